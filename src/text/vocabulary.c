#include "text/vocabulary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool reserve_bytes(Vocabulary *v, size_t n)
{
    if (v->bytes && n <= v->room - v->used)
        return true;
    size_t room = v->room ? v->room : 4096;
    while (room - v->used < n && room < SIZE_MAX / 4)
        room *= 2;
    char *grown = room - v->used < n ? NULL : realloc(v->bytes, room);
    if (!grown)
        return false;
    v->bytes = grown;
    v->room = room;
    return true;
}

/* Make room for the numbers up to `id`, which is below VOCABULARY_MAX. */
static bool reserve_tokens(Vocabulary *v, size_t id)
{
    if (id >= v->tokens_room) {
        size_t room = v->tokens_room ? v->tokens_room : 1024;
        while (room <= id)
            room *= 2;
        struct VocabularyToken *grown = realloc(v->token, room * sizeof *grown);
        if (!grown)
            return false;
        v->token = grown;
        v->tokens_room = room;
    }
    for (; v->size <= id; v->size++)
        v->token[v->size] = (struct VocabularyToken){ 0 };
    return true;
}

bool vocabulary_add(Vocabulary *v, int64_t id, const char *bytes, size_t n, Err *err)
{
    if (id < 0 || id >= VOCABULARY_MAX)
        return err_set(err, ERR_INPUT, "a token has the number %" PRId64 "; they go from 0 to %d", id,
                       VOCABULARY_MAX - 1);
    if (vocabulary_get(v, id, &(size_t){ 0 }))
        return err_set(err, ERR_INPUT, "two tokens have the number %" PRId64, id);
    if (n > UINT32_MAX || !reserve_bytes(v, n) || !reserve_tokens(v, (size_t)id))
        return err_set(err, ERR_NOMEM, "no memory for the vocabulary");
    if (n)
        memcpy(v->bytes + v->used, bytes, n);
    v->token[id] = (struct VocabularyToken){ v->used, (uint32_t)n, true };
    v->used += n;
    return true;
}

const char *vocabulary_get(const Vocabulary *v, int64_t id, size_t *n)
{
    if (id < 0 || (uint64_t)id >= v->size || !v->token[id].given)
        return NULL;
    *n = v->token[id].length;
    return v->bytes + v->token[id].at;
}

void vocabulary_clear(Vocabulary *v)
{
    free(v->token);
    free(v->bytes);
    *v = (Vocabulary){ 0 };
}
