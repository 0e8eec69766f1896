/* base/denormals.h: floats too small for full precision, with which x86 computes a hundred times slower. */
#ifndef FACET_BASE_DENORMALS_H
#define FACET_BASE_DENORMALS_H

#if defined(__SSE2__)
#include <xmmintrin.h>

/* Take such numbers for zero, in this thread, until denormals_restore() is given what this returned. Nothing elsewhere, where they
 * cost nothing. */
static inline unsigned denormals_off(void)
{
    unsigned state = _mm_getcsr();
    _mm_setcsr(state | 0x8040); /* flush to zero, and denormals are zeros */
    return state;
}

static inline void denormals_restore(unsigned state)
{
    _mm_setcsr(state);
}
#else
static inline unsigned denormals_off(void)
{
    return 0;
}

static inline void denormals_restore(unsigned state)
{
    (void)state;
}
#endif

#endif
