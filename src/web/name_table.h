/* web/name_table.h: names become numbers, and keep them. */
#ifndef FACET_WEB_NAME_TABLE_H
#define FACET_WEB_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* A set of names, each in a `space` (a small number, such as a folder's), numbered 0, 1, ... as they come. Start it as {0}. */
typedef struct {
    const char **text; /* [count] the names; they stay where they are */
    uint8_t *space;    /* [count] */
    size_t count;
    int32_t *slot; /* open addressing; -1 is free */
    size_t slots, room;
    struct NameChunk *chunks;
} NameTable;

/* The number of the first `n` bytes of `name`; -1 when it is not there. */
int32_t name_table_find(const NameTable *t, uint8_t space, const char *name, size_t n);
/* The same, and put it in when it is not there; -1 when memory runs out. */
int32_t name_table_add(NameTable *t, uint8_t space, const char *name, size_t n);
/* A copy of a text that lives as long as the table; NULL when memory runs out. Texts are cut at 60 KB. */
const char *name_table_keep(NameTable *t, const char *text, size_t n);
void name_table_clear(NameTable *t);

#endif
