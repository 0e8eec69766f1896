#include "text/bpe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table of merges ---------------------------------------------------------------------------- */

typedef struct {
    int32_t right, into;
    uint32_t rank;
} Follower;

/* Sorted by what stands left and then right, not hashed: no file can be made that is slow to look up. */
struct Bpe {
    int32_t byte_id[256];
    size_t size;
    uint32_t *first; /* [size + 1]: follower[first[left]] and on, up to first[left + 1] */
    Follower *follower;
};

static int by_right_and_rank(const void *a, const void *b)
{
    const Follower *x = a, *y = b;
    if (x->right != y->right)
        return x->right < y->right ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* What becomes of the pair, NULL for nothing. */
static const Follower *find_merge(const Bpe *b, int32_t left, int32_t right)
{
    size_t low = b->first[left], high = b->first[left + 1];
    while (low < high) { /* the last one that is not above `right` ends at `low` */
        size_t middle = low + (high - low) / 2;
        if (b->follower[middle].right <= right)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == b->first[left] || b->follower[low - 1].right != right)
        return NULL;
    return &b->follower[low - 1];
}

bool bpe_new(Bpe **bpe, const int32_t byte_id[256], const BpeMerge *merge, size_t merges, size_t size,
             Err *err)
{
    Bpe *b = *bpe = calloc(1, sizeof *b);
    uint32_t *next = calloc(size + 1, sizeof *next);
    if (b) {
        b->size = size;
        b->first = calloc(size + 1, sizeof *b->first);
        b->follower = merges < UINT32_MAX ? calloc(merges + 1, sizeof *b->follower) : NULL;
    }
    if (!b || !next || !b->first || !b->follower) {
        free(next);
        bpe_free(b);
        *bpe = NULL;
        return err_set(err, ERR_NOMEM, "no memory for %zu merges", merges);
    }
    memcpy(b->byte_id, byte_id, sizeof b->byte_id);
    for (size_t i = 0; i < merges; i++)
        b->first[merge[i].left + 1]++;
    for (size_t i = 0; i < size; i++)
        next[i + 1] = b->first[i + 1] += b->first[i];
    for (size_t i = 0; i < merges; i++)
        b->follower[next[merge[i].left]++] = (Follower){ merge[i].right, merge[i].into, (uint32_t)i };
    for (size_t i = 0; i < size; i++)
        qsort(b->follower + b->first[i], b->first[i + 1] - b->first[i], sizeof *b->follower,
              by_right_and_rank);
    free(next);
    return true;
}

void bpe_free(Bpe *bpe)
{
    if (!bpe)
        return;
    free(bpe->first);
    free(bpe->follower);
    free(bpe);
}

/* ---- words seen lately ------------------------------------------------------------------------------ */

/* A slot holds one word, and another word that falls into it takes its place: the memory is bounded, and a text made to
 * collide only loses the gain. Longer words are rare in text. */
enum { SLOTS = 1 << 14, SLOT_BYTES = 22, SLOT_IDS = 10 };

typedef struct {
    uint8_t length; /* 0: empty */
    uint8_t count;
    char word[SLOT_BYTES];
    int32_t id[SLOT_IDS];
} Slot;

/* FNV-1a, with its high bits brought down. */
static size_t slot_of(const char *word, size_t n)
{
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)word[i]) * 0x100000001b3;
    return (size_t)((h ^ h >> 32) % SLOTS);
}

/* ---- merging ---------------------------------------------------------------------------------------- */

/* A token of the word on its way. Neighbours are linked, so that two can become one without moving the rest. */
typedef struct {
    int32_t id;            /* -1: it has become part of the one before */
    int32_t before, after; /* -1: none */
} Symbol;

struct BpeCoder {
    const Bpe *bpe;
    Slot *slot;
    Symbol *symbol;
    size_t symbols_room;
    /* A binary heap of pairs that may be merged, rank << 32 | place of the left one: the smallest is done next. A pair
     * whose tokens have changed since stays in it and is skipped. */
    uint64_t *heap;
    size_t pairs;
};

bool bpe_coder_new(BpeCoder **coder, const Bpe *bpe, Err *err)
{
    BpeCoder *c = *coder = calloc(1, sizeof *c);
    if (c) {
        c->bpe = bpe;
        c->slot = calloc(SLOTS, sizeof *c->slot);
    }
    if (c && c->slot)
        return true;
    free(c);
    *coder = NULL;
    return err_set(err, ERR_NOMEM, "no memory to encode text");
}

void bpe_coder_free(BpeCoder *c)
{
    if (!c)
        return;
    free(c->slot);
    free(c->symbol);
    free(c->heap);
    free(c);
}

/* Memory for a word of n bytes. There are n - 1 pairs at first, and each of the n - 1 merges takes one from the heap and
 * adds two at most. */
static bool reserve(BpeCoder *c, size_t n)
{
    if (n > c->symbols_room) {
        size_t room = n < 64 ? 64 : n;
        Symbol *grown = realloc(c->symbol, room * sizeof *grown);
        if (!grown)
            return false;
        c->symbol = grown;
        uint64_t *heap = realloc(c->heap, 2 * room * sizeof *heap);
        if (!heap)
            return false;
        c->heap = heap;
        c->symbols_room = room;
    }
    return true;
}

static void heap_push(BpeCoder *c, uint64_t pair)
{
    size_t i = c->pairs++;
    for (; i && c->heap[(i - 1) / 2] > pair; i = (i - 1) / 2)
        c->heap[i] = c->heap[(i - 1) / 2];
    c->heap[i] = pair;
}

static uint64_t heap_pop(BpeCoder *c)
{
    uint64_t top = c->heap[0], last = c->heap[--c->pairs];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < c->pairs) {
        child += child + 1 < c->pairs && c->heap[child + 1] < c->heap[child];
        if (last <= c->heap[child])
            break;
        c->heap[i] = c->heap[child];
        i = child;
    }
    c->heap[i] = last;
    return top;
}

/* What becomes of a token and the one behind it, NULL for nothing. */
static const Follower *merge_at(const BpeCoder *c, int32_t left)
{
    const Symbol *s = &c->symbol[left];
    return s->id < 0 || s->after < 0 ? NULL : find_merge(c->bpe, s->id, c->symbol[s->after].id);
}

static void push_pair(BpeCoder *c, int32_t left)
{
    const Follower *f = merge_at(c, left);
    if (f)
        heap_push(c, (uint64_t)f->rank << 32 | (uint32_t)left);
}

/* Put the word into c->symbol and its pairs into the heap. False when a byte has no token. */
static bool begin_word(BpeCoder *c, const char *word, size_t n, Err *err)
{
    c->pairs = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t id = c->bpe->byte_id[(uint8_t)word[i]];
        if (id < 0)
            return err_set(err, ERR_INPUT, "the vocabulary has no token for the byte 0x%02x of the text",
                           (uint8_t)word[i]);
        c->symbol[i] = (Symbol){ id, (int32_t)i - 1, i + 1 < n ? (int32_t)i + 1 : -1 };
    }
    for (size_t i = 0; i + 1 < n; i++)
        push_pair(c, (int32_t)i);
    return true;
}

static void merge_all(BpeCoder *c)
{
    while (c->pairs) {
        uint64_t pair = heap_pop(c);
        int32_t left = (int32_t)(pair & UINT32_MAX);
        const Follower *f = merge_at(c, left);
        if (!f || f->rank != pair >> 32)
            continue;
        Symbol *s = &c->symbol[left], *gone = &c->symbol[s->after];
        s->id = f->into;
        s->after = gone->after;
        gone->id = -1;
        if (s->after >= 0) {
            c->symbol[s->after].before = left;
            push_pair(c, left);
        }
        if (s->before >= 0)
            push_pair(c, s->before);
    }
}

bool bpe_encode(BpeCoder *c, const char *word, size_t n, TokenIds *ids, Err *err)
{
    assert(n <= BPE_WORD_MAX);
    if (n == 0)
        return true;
    Slot *slot = n <= SLOT_BYTES ? &c->slot[slot_of(word, n)] : NULL;
    if (slot && slot->length == n && memcmp(slot->word, word, n) == 0)
        return token_ids_add(ids, slot->id, slot->count) ||
               err_set(err, ERR_NOMEM, "no memory for the tokens");
    if (!reserve(c, n))
        return err_set(err, ERR_NOMEM, "no memory for a word of %zu bytes", n);
    if (!begin_word(c, word, n, err))
        return false;
    merge_all(c);
    size_t before = ids->count;
    for (int32_t i = 0; i >= 0; i = c->symbol[i].after)
        if (!token_ids_add(ids, &c->symbol[i].id, 1))
            return err_set(err, ERR_NOMEM, "no memory for the tokens");
    size_t count = ids->count - before;
    if (slot && count <= SLOT_IDS) {
        slot->length = (uint8_t)n;
        slot->count = (uint8_t)count;
        memcpy(slot->word, word, n);
        memcpy(slot->id, ids->id + before, count * sizeof *slot->id);
    }
    return true;
}
