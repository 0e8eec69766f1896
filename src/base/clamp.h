/* base/clamp.h: numbers kept between two ends, of which the lower one counts where they cross. */
#ifndef FACET_BASE_CLAMP_H
#define FACET_BASE_CLAMP_H

static inline int clamp_int(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

/* What is not a number stays that. */
static inline float clamp_float(float v, float low, float high)
{
    return v < low ? low : v > high ? high : v;
}

static inline float clamp_share(float v)
{
    return clamp_float(v, 0, 1);
}

#endif
