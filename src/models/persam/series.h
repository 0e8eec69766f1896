/* models/persam/series.h: sums over pixels as a power series in the weights of PerSAM-F. */
#ifndef FACET_MODELS_PERSAM_SERIES_H
#define FACET_MODELS_PERSAM_SERIES_H

#include <stdbool.h>
#include <stddef.h>

/* Two variables v1, v2 with powers up to 8 together. Pixel by pixel the series is one of t = d1 v1 + d2 v2, where sigmoid(x + t)
 * and the focal loss are analytic for |t| < pi. Up to SERIES_REACH the slope is right to 1.5e-5 of itself for every x, which a
 * test goes through. */
enum { SERIES_DEGREE = 8, SERIES_TERMS = (SERIES_DEGREE + 1) * (SERIES_DEGREE + 2) / 2 };
#define SERIES_REACH 0.5f

/* Factors of v1^(k - j) v2^j, in the order of k, then of j. */
typedef struct {
    double p[SERIES_TERMS];     /* of the sum of p = sigmoid(x + t) */
    double focal[SERIES_TERMS]; /* of the sum of (1 - q)^2 (-log q), q = p on the object and 1 - p off it */
} Series;

/* Add `n` pixels, a multiple of 16 and at most 1024, all on the object or all off it, about `centre`: x = base + centre[0] first +
 * centre[1] second, and d1 = first * radius, d2 = second * radius with |d1| + |d2| <= SERIES_REACH, so that |v1|, |v2| <= 1
 * is where the series holds. The arrays are aligned to 64 bytes. */
typedef struct {
    const float *base, *first, *second;
} SeriesPixels;

void series_add(Series *s, SeriesPixels pixels, size_t n, bool on, const float centre[2], float radius);

/* Add the pixels of `other`, about the same centre with the same radius. */
void series_join(Series *s, const Series *other);

/* A sum and its slope by v1 and v2. */
typedef struct {
    double value, slope[2];
} SeriesValue;

SeriesValue series_at(const double factors[SERIES_TERMS], const double v[2]);

#endif
