/* tests/fuzz/must.h: what holds for every input, or else the input is one to be looked at. */
#ifndef FACET_TESTS_FUZZ_MUST_H
#define FACET_TESTS_FUZZ_MUST_H

#include <stdbool.h>
#include <stdlib.h>

static inline void must(bool holds)
{
    if (!holds)
        abort();
}

#endif
