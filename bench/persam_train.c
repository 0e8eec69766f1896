/* How long PerSAM-F learns: persam_train [SIDE]. Epochs of its loss on a reference of SIDE x SIDE pixels (1024) with random
 * logits, on one thread and on two, beside the same formula written plainly with expf and log1pf. */
#include "base/clock.h"
#include "base/rng.h"
#include "models/persam/weigh.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { EPOCHS = 200, PLAIN_EPOCHS = 5 };

/* One epoch as one would write it; what it returns keeps the compiler from dropping it. */
static double plain_epoch(const float *l, const float *truth, size_t n, const float w[2])
{
    double sums[9] = { 0 };
    for (size_t i = 0; i < n; i++) {
        float d1 = l[n + i] - l[i], d2 = l[2 * n + i] - l[i], x = l[i] + w[0] * d1 + w[1] * d2;
        float y = truth[i] > 0 ? x : -x, e = expf(-fabsf(y)), q = y >= 0 ? 1 / (1 + e) : e / (1 + e);
        float ce = (y >= 0 ? 0 : -y) + log1pf(e), m = 1 - q, p = truth[i] > 0 ? q : m;
        float df = -m * m * (2 * q * ce + m);
        const float terms[9] = { p,          p * truth[i],      m * m * ce,        p * q * d1,
                                 p * q * d2, p * truth[i] * d1, p * truth[i] * d2, df * d1,
                                 df * d2 };
        for (int k = 0; k < 9; k++)
            sums[k] += (double)terms[k];
    }
    return sums[0] + sums[8];
}

int main(int argc, char **argv)
{
    size_t side = argc > 1 ? (size_t)atoi(argv[1]) : 1024, n = side * side;
    Err err = { 0 };
    Rng r;
    float *logits = malloc(3 * n * sizeof *logits), *truth = malloc(n * sizeof *truth),
          w[2] = { 0.33f, 0.33f };
    if (!logits || !truth)
        return 1;
    rng_init(&r, 1);
    for (size_t i = 0; i < 3 * n; i++)
        logits[i] = 8 * rng_normal(&r);
    for (size_t i = 0; i < n; i++)
        truth[i] = rng_float(&r) < 0.2f;
    Weighing *pixels = weighing_new(logits, truth, n, &err);
    if (!pixels) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    double begin = clock_ms(), sink = 0;
    for (int i = 0; i < PLAIN_EPOCHS; i++)
        sink += plain_epoch(logits, truth, n, w);
    double plain = (clock_ms() - begin) / PLAIN_EPOCHS;
    printf("%zu x %zu pixels, an epoch: plainly %.2f ms%s", side, side, plain, sink == 0.5 ? "!" : "");
    for (int threads = 1; threads <= 2; threads++) {
        begin = clock_ms();
        for (int i = 0; i < EPOCHS; i++)
            sink += weighing_loss(pixels, w, threads).dice;
        double ms = (clock_ms() - begin) / EPOCHS;
        printf("; %d thread%s %.3f ms (%.1f times as fast, 1000 epochs %.2f s)", threads,
               threads > 1 ? "s" : "", ms, plain / ms, ms);
    }
    printf("\n");
    weighing_free(pixels);
    free(logits);
    free(truth);
    return 0;
}
