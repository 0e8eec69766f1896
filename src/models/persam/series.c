#include "models/persam/series.h"

#include "base/simd.h"
#include "models/persam/sigmoid.h"

#include <stdbool.h>

enum { N = SERIES_DEGREE + 1 };

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));

/* c = a b, up to the degree of all series. */
static inline void multiply(Lanes c[N], const Lanes a[N], const Lanes b[N])
{
    for (int k = 0; k < N; k++) {
        c[k] = a[0] * b[k];
        for (int i = 1; i <= k; i++)
            c[k] += a[i] * b[k - i];
    }
}

/* The smaller of p and 1 - p, u = sigmoid(-|x| + s), is a series in s = -sign(x) t by u' = u (1 - u): no term cancels another
 * however small u is. From it, with m = 1 - q, which is u where the pixel is right and 1 - u where it is wrong:
 *     p = 1 - u or u,   (-log q)' = m or -m,   focal = m^2 (-log q)
 * In single precision for each pixel, 64 of them to a lane, then in double. */
SIMD_CLONES
void series_add(Series *s, SeriesPixels pixels, size_t n, bool on, const float centre[2], float radius)
{
    Lanes sum[2][SERIES_TERMS] = { 0 };
    for (size_t at = 0; at < n; at += LANES) {
        Lanes u[N], rest[N], m[N], log_q[N], square[N], focal[N], power1[N], power2[N], p0, side, right;
        for (size_t k = 0; k < LANES; k++) {
            float d1 = pixels.first[at + k], d2 = pixels.second[at + k];
            float x = pixels.base[at + k] + centre[0] * d1 + centre[1] * d2;
            bool wrong = (x < 0) == on;
            Sigmoid g = sigmoid(x);
            u[0][k] = g.small;
            rest[0][k] = g.large;
            p0[k] = x < 0 ? g.small : g.large;
            m[0][k] = wrong ? g.large : g.small;
            log_q[0][k] = g.minus_log_large + (wrong ? fabsf(x) : 0);
            side[k] = x < 0 ? 1 : -1;
            right[k] = wrong ? -1 : 1;
            power1[1][k] = side[k] * radius * d1;
            power2[1][k] = side[k] * radius * d2;
        }
        power1[0] = power2[0] = (Lanes){ 0 } + 1;
        for (int k = 2; k < N; k++) {
            power1[k] = power1[k - 1] * power1[1];
            power2[k] = power2[k - 1] * power2[1];
        }
        for (int k = 1; k < N; k++) {
            Lanes next = u[0] * rest[k - 1];
            for (int i = 1; i < k; i++)
                next += u[i] * rest[k - 1 - i];
            u[k] = next * (1 / (float)k);
            rest[k] = -u[k];
            m[k] = right * u[k];
            log_q[k] = right * m[k - 1] * (1 / (float)k);
        }
        multiply(square, m, m);
        multiply(focal, square, log_q);
        for (int k = 0, term = 0; k < N; k++) {
            Lanes p = k ? side * u[k] : p0;
            for (int j = 0; j <= k; j++, term++) {
                Lanes monomial = power1[k - j] * power2[j];
                sum[0][term] += p * monomial;
                sum[1][term] += focal[k] * monomial;
            }
        }
    }
    for (int term = 0, k = 0, j = 0; term < SERIES_TERMS; term++) {
        double choose = 1; /* k over j: (d1 v1 + d2 v2)^k has so many of each product */
        for (int i = 0; i < j; i++)
            choose = choose * (k - i) / (i + 1);
        for (int lane = 0; lane < LANES; lane++) {
            s->p[term] += choose * (double)sum[0][term][lane];
            s->focal[term] += choose * (double)sum[1][term][lane];
        }
        j = j < k ? j + 1 : (k++, 0);
    }
}

void series_join(Series *s, const Series *other)
{
    for (int term = 0; term < SERIES_TERMS; term++) {
        s->p[term] += other->p[term];
        s->focal[term] += other->focal[term];
    }
}

SeriesValue series_at(const double factors[SERIES_TERMS], const double v[2])
{
    double power[2][N] = { { 1 }, { 1 } };
    SeriesValue out = { 0 };
    for (int k = 1; k < N; k++)
        for (int side = 0; side < 2; side++)
            power[side][k] = power[side][k - 1] * v[side];
    for (int k = 0, term = 0; k < N; k++)
        for (int j = 0, i = k; j <= k; j++, i--, term++) {
            out.value += factors[term] * power[0][i] * power[1][j];
            if (i > 0)
                out.slope[0] += factors[term] * i * power[0][i - 1] * power[1][j];
            if (j > 0)
                out.slope[1] += factors[term] * j * power[0][i] * power[1][j - 1];
        }
    return out;
}
