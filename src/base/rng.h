/* base/rng.h: pseudo-random numbers that are the same on every machine. */
#ifndef FACET_BASE_RNG_H
#define FACET_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro128++ (Blackman & Vigna 2019), seeded through SplitMix64. A value; copy it freely. */
typedef struct {
    uint32_t s[4];
} Rng;

void rng_init(Rng *r, uint64_t seed);
uint32_t rng_u32(Rng *r);

/* Uniform in [0, 1), 24 bits. */
float rng_float(Rng *r);
/* Uniform in [lo, hi). */
float rng_range(Rng *r, float lo, float hi);
/* Uniform integer in [lo, hi], without bias. lo <= hi. */
int rng_int(Rng *r, int lo, int hi);
/* Uniform index below n, without bias. n > 0. */
size_t rng_index(Rng *r, size_t n);
/* Standard normal (Box-Muller). */
float rng_normal(Rng *r);

/* A new seed from a seed and what it is for: same words and numbers, same seed; any difference gives an
 * unrelated one. This is how an item's seed follows from the run's. */
uint64_t seed_derive(uint64_t seed, const char *what, uint64_t a, uint64_t b, uint64_t c);
/* As above with a text (a file name, a prompt) in place of the numbers. */
uint64_t seed_derive_text(uint64_t seed, const char *what, const char *text);

#endif
