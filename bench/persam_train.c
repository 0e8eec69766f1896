/* How long PerSAM-F learns: persam_train [SIDE]. 1000 epochs of its loss on a reference of SIDE x SIDE pixels (1024), on one thread
 * and on two, beside the same formula written plainly with expf and log1pf. The weights move down the slope by the whole
 * rate in every epoch, which is the farthest they can. Two kinds of logits: those of an object with soft edges that three masks
 * draw differently, and noise. */
#include "clocks.h"

#include "base/rng.h"
#include "models/persam/weigh.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { EPOCHS = 1000, PLAIN_EPOCHS = 5 };

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

/* Three discs of different sizes: 15 inside, -15 outside, an edge of some pixels, uneven everywhere. The truth is one of them. */
static void draw_discs(float *logits, float *truth, size_t side, Rng *r)
{
    size_t n = side * side;
    for (size_t i = 0; i < n; i++) {
        double x = (double)(i % side) / (double)side - 0.5, y = (double)(i / side) / (double)side - 0.5;
        double from_centre = sqrt(x * x + y * y);
        for (int k = 0; k < 3; k++)
            logits[(size_t)k * n + i] =
                15 * tanhf((float)(0.2 + 0.08 * k - from_centre) * 20) + 2 * rng_normal(r);
        truth[i] = from_centre < 0.3;
    }
}

static void draw_noise(float *logits, float *truth, size_t side, Rng *r)
{
    size_t n = side * side;
    for (size_t i = 0; i < 3 * n; i++)
        logits[i] = 8 * rng_normal(r);
    for (size_t i = 0; i < n; i++)
        truth[i] = rng_float(r) < 0.2f;
}

/* How long 1000 epochs take, making ready included. */
static bool learn(Time *out, const float *logits, const float *truth, size_t n, int threads, Err *err)
{
    Time begin = time_now();
    float w[2] = { 1 / 3.0f, 1 / 3.0f };
    Weighing *pixels = weighing_new(logits, truth, n, err);
    if (!pixels)
        return false;
    for (int i = 0; i < EPOCHS; i++) {
        WeighLoss loss = weighing_loss(pixels, w, threads);
        for (int k = 0; k < 2; k++)
            w[k] -= copysignf(1e-3f * (float)(1 + cos(M_PI * i / EPOCHS)) / 2, loss.slope[k]);
    }
    weighing_free(pixels);
    *out = time_since(begin);
    return true;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*draw)(float *logits, float *truth, size_t side, Rng *r);
    } kinds[] = { { "discs", draw_discs }, { "noise", draw_noise } };
    size_t side = argc > 1 ? (size_t)atoi(argv[1]) : 1024, n = side * side;
    Err err = { 0 };
    Rng r;
    float *logits = malloc(3 * n * sizeof *logits), *truth = malloc(n * sizeof *truth),
          w[2] = { 0.33f, 0.33f };
    bool ok = logits && truth;
    rng_init(&r, 1);
    for (size_t i = 0; ok && i < sizeof kinds / sizeof *kinds; i++) {
        kinds[i].draw(logits, truth, side, &r);
        Time begin = time_now(), t;
        double sink = 0;
        for (int k = 0; k < PLAIN_EPOCHS; k++)
            sink += plain_epoch(logits, truth, n, w);
        double plain = time_since(begin).work / PLAIN_EPOCHS * EPOCHS;
        printf("%s of %zu x %zu, %d epochs: plainly %.1f s%s", kinds[i].name, side, side, EPOCHS, plain,
               sink == 0.5 ? "!" : "");
        for (int threads = 1; ok && threads <= 2; threads++)
            if ((ok = learn(&t, logits, truth, n, threads, &err)))
                printf("; %d thread%s %.2f s (%.2f s of processor time)", threads, threads > 1 ? "s" : "",
                       t.seconds, t.work);
        printf("\n");
    }
    free(logits);
    free(truth);
    if (!ok)
        fprintf(stderr, "%s\n", err.msg[0] ? err.msg : "no memory for the logits");
    return !ok;
}
