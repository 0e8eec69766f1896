/* roles/qwen/memo.h: results of a model's parts that are asked for again.
 *
 * A key is a text that names everything a result depends on, so what is found is exactly what would be computed. */
#ifndef FACET_ROLES_QWEN_MEMO_H
#define FACET_ROLES_QWEN_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* f32 [rows, cols] in host memory. */
typedef struct {
    char *key;
    float *data;
    size_t rows, cols;
    uint64_t used; /* when it was last asked for */
} MemoEntry;

enum { MEMO_ENTRIES_MAX = 256 };

/* Start it as {.limit = bytes}. What was asked for longest ago goes first. */
typedef struct {
    MemoEntry entry[MEMO_ENTRIES_MAX];
    size_t count;
    size_t bytes, limit; /* one result may exceed the limit; then it is the only one */
    uint64_t clock;
    size_t made, reused; /* what was put in, what was found */
} Memo;

/* NULL when it is not there. Borrowed until the next memo_put(). */
const MemoEntry *memo_find(Memo *m, const char *key);
/* Keep a result; `data` is taken, also on failure. NULL when memory runs out. */
const MemoEntry *memo_put(Memo *m, const char *key, float *data, size_t rows, size_t cols);
/* Forget everything, the counts too. */
void memo_clear(Memo *m);

#endif
