#include "roles/qwen/memo.h"

#include <stdlib.h>
#include <string.h>

static size_t entry_bytes(const MemoEntry *e)
{
    return e->rows * e->cols * sizeof *e->data;
}

const MemoEntry *memo_find(Memo *m, const char *key)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->entry[i].key, key) == 0) {
            m->entry[i].used = ++m->clock;
            m->reused++;
            return &m->entry[i];
        }
    return NULL;
}

static void forget(Memo *m, size_t i)
{
    m->bytes -= entry_bytes(&m->entry[i]);
    free(m->entry[i].key);
    free(m->entry[i].data);
    m->entry[i] = m->entry[--m->count];
}

static void forget_oldest(Memo *m)
{
    size_t oldest = 0;
    for (size_t i = 1; i < m->count; i++)
        if (m->entry[i].used < m->entry[oldest].used)
            oldest = i;
    forget(m, oldest);
}

const MemoEntry *memo_put(Memo *m, const char *key, float *data, size_t rows, size_t cols)
{
    MemoEntry e = { strdup(key), data, rows, cols, ++m->clock };
    if (!e.key) {
        free(data);
        return NULL;
    }
    while (m->count && (m->count == MEMO_ENTRIES_MAX || m->bytes + entry_bytes(&e) > m->limit))
        forget_oldest(m);
    m->bytes += entry_bytes(&e);
    m->made++;
    m->entry[m->count] = e;
    return &m->entry[m->count++];
}

void memo_clear(Memo *m)
{
    while (m->count)
        forget(m, m->count - 1);
    *m = (Memo){ .limit = m->limit };
}
