/* models/noise.h: the normal numbers that torch.manual_seed() and torch.randn() give on a CPU, so that pictures can be
 * compared with those of a Python program one by one. */
#ifndef FACET_MODELS_NOISE_H
#define FACET_MODELS_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A torch.Generator on the CPU: mt19937 (Matsumoto and Nishimura 1998). */
typedef struct {
    uint32_t state[624];
    size_t next;  /* of state; 624: all are used up */
    double spare; /* of a pair of normal numbers, the one that was not asked for */
    bool has_spare;
} TorchNoise;

/* Of the seed only the low 32 bits count, as in torch. */
void torch_noise_init(TorchNoise *g, uint64_t seed);

/* torch.randn(n, dtype=torch.float32): exactly what torch computes without vector instructions; with them its last bits
 * depend on the processor, 3e-6 at most. Numbers depend on how many are asked for at a time. */
void torch_noise_normal(TorchNoise *g, float *out, size_t n);

#endif
