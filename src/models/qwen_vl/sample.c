#include "models/qwen_vl/sample.h"

#include <math.h>
#include <stdlib.h>

static bool largest(const float *logits, size_t count, size_t *at)
{
    *at = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(logits[i]))
            return false;
        if (logits[i] > logits[*at])
            *at = i;
    }
    return count > 0 && isfinite(logits[*at]);
}

static int likeliest_first(const void *a, const void *b)
{
    const QwenVlCandidate *x = a, *y = b;
    if (x->p != y->p)
        return x->p > y->p ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

bool qwen_vl_sample(const QwenVlSampling *s, const float *logits, size_t count, QwenVlCandidate *scratch,
                    Rng *rng, int32_t *id)
{
    size_t best;
    if (!largest(logits, count, &best))
        return false;
    *id = (int32_t)best;
    if (!(s->temperature > 0))
        return true;

    /* Shares relative to the likeliest, and those that are nothing beside it left out: sorting is what costs here. */
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        float p = (float)exp(((double)logits[i] - logits[best]) / s->temperature);
        sum += p;
        if (p > 1e-12f)
            scratch[n++] = (QwenVlCandidate){ p, (int32_t)i };
    }
    qsort(scratch, n, sizeof *scratch, likeliest_first);
    double kept = 0;
    size_t keep = 0;
    while (keep < n && (keep == 0 || kept < s->top_p * sum))
        kept += scratch[keep++].p;

    double point = rng_float(rng) * kept;
    size_t i = 0;
    for (; i + 1 < keep && point >= scratch[i].p; i++)
        point -= scratch[i].p;
    *id = scratch[i].id;
    return true;
}
