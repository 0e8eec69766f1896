#include "web/name_table.h"

#include <stdbool.h>

#include <stdlib.h>
#include <string.h>

/* Texts live in chunks that are freed together, so that a pointer to one stays good while the table grows. */
typedef struct NameChunk {
    struct NameChunk *next;
    size_t used;
    char text[65536 - 16];
} NameChunk;

static uint64_t hash(uint8_t space, const char *name, size_t n)
{
    uint64_t h = 14695981039346656037u ^ space; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)name[i]) * 1099511628211u;
    return h ^ (h >> 29);
}

/* The slot that a name is in, or the free one that it would get. */
static size_t slot_of(const NameTable *t, uint8_t space, const char *name, size_t n)
{
    size_t i = (size_t)hash(space, name, n) & (t->slots - 1);
    while (t->slot[i] >= 0) {
        const char *text = t->text[t->slot[i]];
        if (t->space[t->slot[i]] == space && !strncmp(text, name, n) && text[n] == '\0')
            break;
        i = (i + 1) & (t->slots - 1);
    }
    return i;
}

static bool grow(NameTable *t)
{
    size_t slots = t->slots ? t->slots * 2 : 256, room = slots / 2;
    if (slots > (size_t)INT32_MAX)
        return false;
    const char **text = realloc(t->text, room * sizeof *text);
    if (text)
        t->text = text;
    uint8_t *space = realloc(t->space, room);
    if (space)
        t->space = space;
    int32_t *slot = malloc(slots * sizeof *slot);
    if (!text || !space || !slot) {
        free(slot);
        return false;
    }
    memset(slot, 0xff, slots * sizeof *slot);
    free(t->slot);
    t->slot = slot;
    t->slots = slots;
    t->room = room;
    for (size_t i = 0; i < t->count; i++)
        t->slot[slot_of(t, t->space[i], t->text[i], strlen(t->text[i]))] = (int32_t)i;
    return true;
}

const char *name_table_keep(NameTable *t, const char *text, size_t n)
{
    if (n > 60000)
        n = 60000;
    if (!t->chunks || sizeof t->chunks->text - t->chunks->used < n + 1) {
        NameChunk *c = malloc(sizeof *c);
        if (!c)
            return NULL;
        c->next = t->chunks;
        c->used = 0;
        t->chunks = c;
    }
    char *to = t->chunks->text + t->chunks->used;
    memcpy(to, text, n);
    to[n] = '\0';
    t->chunks->used += n + 1;
    return to;
}

int32_t name_table_find(const NameTable *t, uint8_t space, const char *name, size_t n)
{
    return t->slots ? t->slot[slot_of(t, space, name, n)] : -1;
}

int32_t name_table_add(NameTable *t, uint8_t space, const char *name, size_t n)
{
    int32_t found = name_table_find(t, space, name, n);
    if (found >= 0)
        return found;
    if (t->count >= t->room && !grow(t))
        return -1;
    const char *text = name_table_keep(t, name, n);
    if (!text)
        return -1;
    t->text[t->count] = text;
    t->space[t->count] = space;
    t->slot[slot_of(t, space, name, n)] = (int32_t)t->count;
    return (int32_t)t->count++;
}

void name_table_clear(NameTable *t)
{
    for (NameChunk *c = t->chunks; c;) {
        NameChunk *next = c->next;
        free(c);
        c = next;
    }
    free(t->text);
    free(t->space);
    free(t->slot);
    *t = (NameTable){ 0 };
}
