#include "roles/grammar/seen.h"

#include <stdlib.h>

/* 0 marks an empty slot; that value shares another one's place, which only makes it seen too early. */
static uint64_t stored(uint64_t value)
{
    return value ? value : 1;
}

/* Where the value is or would go: open addressing, the next slot after a taken one. */
static size_t find(const Seen *s, uint64_t value)
{
    size_t i = (size_t)value & (s->size - 1);
    while (s->slot[i] && s->slot[i] != value)
        i = (i + 1) & (s->size - 1);
    return i;
}

bool seen_has(const Seen *s, uint64_t value)
{
    return s->size && s->slot[find(s, stored(value))];
}

static bool grow(Seen *s)
{
    Seen bigger = { .size = s->size ? 2 * s->size : 256 };
    if (bigger.size < s->size || !(bigger.slot = calloc(bigger.size, sizeof *bigger.slot)))
        return false;
    for (size_t i = 0; i < s->size; i++)
        if (s->slot[i])
            bigger.slot[find(&bigger, s->slot[i])] = s->slot[i];
    bigger.count = s->count;
    free(s->slot);
    *s = bigger;
    return true;
}

bool seen_add(Seen *s, uint64_t value)
{
    if (2 * s->count >= s->size && !grow(s))
        return false;
    size_t i = find(s, stored(value));
    s->count += !s->slot[i];
    s->slot[i] = stored(value);
    return true;
}

void seen_clear(Seen *s)
{
    free(s->slot);
    *s = (Seen){ 0 };
}
