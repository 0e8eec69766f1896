/* models/qwen_vl/sample.h: the next token, chosen from what the decoder thinks of each. */
#ifndef FACET_MODELS_QWEN_VL_SAMPLE_H
#define FACET_MODELS_QWEN_VL_SAMPLE_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    float temperature; /* logits are divided by it; 0: always the most likely token */
    float
        top_p; /* only the likeliest tokens that together have this share; 1: all. The likeliest always counts */
} QwenVlSampling;

typedef struct {
    float p;
    int32_t id;
} QwenVlCandidate;

/* A token from `logits` [count], which becomes *id; of equal ones the first. `scratch` has room for `count`. The same
 * numbers and the same state of `rng` give the same token; without a temperature `rng` is not used. False where the logits
 * are not numbers. */
bool qwen_vl_sample(const QwenVlSampling *s, const float *logits, size_t count, QwenVlCandidate *scratch,
                    Rng *rng, int32_t *id) __attribute__((warn_unused_result));

#endif
