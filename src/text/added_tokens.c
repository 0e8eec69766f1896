#include "text/added_tokens.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool added_tokens_add(AddedTokens *a, const char *content, size_t n, int32_t id, bool special, Err *err)
{
    if (n == 0 || n > ADDED_TOKEN_MAX)
        return err_set(err, ERR_INPUT, "the added token %" PRId32 " has %zu bytes; 1 to %d are allowed", id,
                       n, ADDED_TOKEN_MAX);
    if (a->count == a->room) {
        size_t room = a->room ? 2 * a->room : 32;
        AddedToken *grown = realloc(a->token, room * sizeof *grown);
        if (!grown)
            return err_set(err, ERR_NOMEM, "no memory for the added tokens");
        a->token = grown;
        a->room = room;
    }
    char *copy = malloc(n);
    if (!copy)
        return err_set(err, ERR_NOMEM, "no memory for the added tokens");
    memcpy(copy, content, n);
    a->token[a->count] = (AddedToken){ copy, n, id, special, a->count };
    a->count++;
    return true;
}

static int by_content(const void *a, const void *b)
{
    const AddedToken *x = a, *y = b;
    int c = memcmp(x->content, y->content, x->length < y->length ? x->length : y->length);
    return c                        ? c
           : x->length != y->length ? (x->length < y->length ? -1 : 1)
           : x->order < y->order    ? -1
                                    : x->order > y->order;
}

bool added_tokens_finish(AddedTokens *a, Err *err)
{
    size_t kept = 0;
    bool ok = true;
    if (a->count)
        qsort(a->token, a->count, sizeof *a->token, by_content);
    for (size_t i = 0; i < a->count; i++) {
        AddedToken *t = &a->token[i], *last = kept ? &a->token[kept - 1] : NULL;
        if (last && last->length == t->length && memcmp(last->content, t->content, t->length) == 0) {
            if (ok && last->id != t->id)
                ok = err_set(err, ERR_INPUT,
                             "the numbers %" PRId32 " and %" PRId32 " are the same added token", last->id,
                             t->id);
            free(t->content);
        } else
            a->token[kept++] = *t;
    }
    a->count = kept;
    for (size_t i = 0; i < kept; i++)
        a->begins[(uint8_t)a->token[i].content[0]] = true;
    return ok;
}

/* Among the sorted tokens [low, high), whose first `depth` bytes are alike, the first whose next byte is above `byte`,
 * or not below it with `equal`. One that has no next byte comes before all others. */
static size_t bound(const AddedTokens *a, size_t low, size_t high, size_t depth, uint8_t byte, bool equal)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const AddedToken *t = &a->token[middle];
        int c = t->length > depth ? (uint8_t)t->content[depth] : -1;
        if (equal ? c < byte : c <= byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The longest token that `text` of n bytes begins with. The range of tokens that can still be it gets narrower with each
 * byte; a token that ends here is the range's first. */
static const AddedToken *longest_at(const AddedTokens *a, const char *text, size_t n)
{
    const AddedToken *best = NULL;
    size_t low = 0, high = a->count;
    for (size_t depth = 0; depth < n; depth++) {
        uint8_t byte = (uint8_t)text[depth];
        low = bound(a, low, high, depth, byte, true);
        high = bound(a, low, high, depth, byte, false);
        if (low == high)
            break;
        if (a->token[low].length == depth + 1)
            best = &a->token[low];
    }
    return best;
}

const AddedToken *added_tokens_next(const AddedTokens *a, const char *text, size_t from, size_t size,
                                    size_t *at)
{
    const AddedToken *found = NULL;
    size_t i = from;
    for (; i < size; i++)
        if (a->begins[(uint8_t)text[i]] && (found = longest_at(a, text + i, size - i)))
            break;
    *at = i;
    return found;
}

const AddedToken *added_tokens_find(const AddedTokens *a, const char *content, size_t n)
{
    const AddedToken *t = longest_at(a, content, n);
    return t && t->length == n ? t : NULL;
}

void added_tokens_clear(AddedTokens *a)
{
    for (size_t i = 0; i < a->count; i++)
        free(a->token[i].content);
    free(a->token);
    *a = (AddedTokens){ 0 };
}
