#include "vision/colour_mixture.h"

#include <float.h>
#include <math.h>

/* Added to each variance: what rounding to bytes and a sensor's noise make at least. Without it a region of one colour
 * would have a Gaussian that nothing else, not even the next brightness, could belong to. */
static const double VARIANCE_MIN = 4;

/* ---- sums ---- */

/* Of weight, colour and products of colours. */
typedef struct {
    double w, c[3], cc[6];
} Sums;

static void sums_add(Sums *s, const WeightedColour *v)
{
    double w = (double)v->weight, r = (double)v->rgb[0], g = (double)v->rgb[1], b = (double)v->rgb[2];
    s->w += w;
    s->c[0] += w * r;
    s->c[1] += w * g;
    s->c[2] += w * b;
    s->cc[0] += w * r * r;
    s->cc[1] += w * r * g;
    s->cc[2] += w * r * b;
    s->cc[3] += w * g * g;
    s->cc[4] += w * g * b;
    s->cc[5] += w * b * b;
}

static void covariance(const Sums *s, double mean[3], double cov[6])
{
    static const int row[] = { 0, 0, 0, 1, 1, 2 }, col[] = { 0, 1, 2, 1, 2, 2 };
    for (int i = 0; i < 3; i++)
        mean[i] = s->c[i] / s->w;
    for (int i = 0; i < 6; i++)
        cov[i] = s->cc[i] / s->w - mean[row[i]] * mean[col[i]];
}

/* ---- Gaussians ---- */

static ColourGaussian gaussian_of(const Sums *s, double total)
{
    ColourGaussian g;
    double v[6];
    covariance(s, g.mean, v);
    double a = v[0] + VARIANCE_MIN, b = v[1], c = v[2], d = v[3] + VARIANCE_MIN, e = v[4],
           f = v[5] + VARIANCE_MIN;
    double det = a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d);
    /* The covariance is at least VARIANCE_MIN in every direction but for rounding. */
    det = fmax(det, VARIANCE_MIN * VARIANCE_MIN * VARIANCE_MIN);
    g.inverse[0] = (d * f - e * e) / det;
    g.inverse[1] = (c * e - b * f) / det;
    g.inverse[2] = (b * e - c * d) / det;
    g.inverse[3] = (a * f - c * c) / det;
    g.inverse[4] = (b * c - a * e) / det;
    g.inverse[5] = (a * d - b * b) / det;
    g.log_scale = log(s->w / total) - 0.5 * log(det);
    return g;
}

/* log of share times density. */
static double log_density(const ColourGaussian *g, const float rgb[3])
{
    double r = (double)rgb[0] - g->mean[0], gr = (double)rgb[1] - g->mean[1], b = (double)rgb[2] - g->mean[2];
    const double *v = g->inverse;
    double square =
        r * (v[0] * r + 2 * (v[1] * gr + v[2] * b)) + gr * (v[3] * gr + 2 * v[4] * b) + b * v[5] * b;
    return g->log_scale - 0.5 * square;
}

static void build(ColourMixture *m, const Sums *sums, size_t count)
{
    double total = 0;
    for (size_t k = 0; k < count; k++)
        total += sums[k].w;
    m->count = 0;
    for (size_t k = 0; k < count; k++)
        if (sums[k].w > 0)
            m->part[m->count++] = gaussian_of(&sums[k], total);
}

static size_t most_likely(const ColourMixture *m, const float rgb[3])
{
    size_t best = 0;
    double best_density = -DBL_MAX;
    for (size_t k = 0; k < m->count; k++) {
        double d = log_density(&m->part[k], rgb);
        if (d > best_density) {
            best = k;
            best_density = d;
        }
    }
    return best;
}

void mixture_refit(ColourMixture *m, const WeightedColour *colours, size_t n)
{
    Sums sums[MIXTURE_MAX] = { { 0 } };
    for (size_t i = 0; m->count && i < n; i++)
        if (colours[i].weight > 0)
            sums_add(&sums[most_likely(m, colours[i].rgb)], &colours[i]);
    build(m, sums, m->count);
}

/* ---- splitting ---- */

/* The axis along which a covariance is greatest, by power iteration, and the variance along it. */
static double principal_axis(const double v[6], double axis[3])
{
    double x = v[0] + 1e-9, y = v[3] + 2e-9, z = v[5] + 3e-9, variance = 0;
    for (int i = 0; i < 24; i++) {
        double length = sqrt(x * x + y * y + z * z);
        axis[0] = x / length;
        axis[1] = y / length;
        axis[2] = z / length;
        x = v[0] * axis[0] + v[1] * axis[1] + v[2] * axis[2];
        y = v[1] * axis[0] + v[3] * axis[1] + v[4] * axis[2];
        z = v[2] * axis[0] + v[4] * axis[1] + v[5] * axis[2];
        variance = x * axis[0] + y * axis[1] + z * axis[2];
        if (!(x * x + y * y + z * z > 1e-12))
            break;
    }
    return variance;
}

/* A cluster: the colours on one side of all planes that split it off. Membership is by replaying the splits. */
typedef struct {
    size_t of; /* the cluster that was split; its upper half becomes a cluster of its own */
    double axis[3], level;
} Split;

static size_t cluster_of(const Split *splits, size_t count, const float rgb[3])
{
    size_t k = 0;
    for (size_t i = 0; i < count; i++)
        if (k == splits[i].of && splits[i].axis[0] * (double)rgb[0] + splits[i].axis[1] * (double)rgb[1] +
                                         splits[i].axis[2] * (double)rgb[2] >
                                     splits[i].level)
            k = i + 1;
    return k;
}

/* The split of the cluster with the greatest sum of squares along its principal axis, at its mean; false where all have
 * one colour. */
static bool best_split(Split *out, const Sums *sums, size_t count)
{
    double most = 1e-3;
    bool found = false;
    for (size_t k = 0; k < count; k++) {
        double mean[3], cov[6], axis[3];
        if (!(sums[k].w > 0))
            continue;
        covariance(&sums[k], mean, cov);
        double spread = principal_axis(cov, axis) * sums[k].w;
        if (spread <= most)
            continue;
        most = spread;
        found = true;
        *out = (Split){ k,
                        { axis[0], axis[1], axis[2] },
                        axis[0] * mean[0] + axis[1] * mean[1] + axis[2] * mean[2] };
    }
    return found;
}

void mixture_fit(ColourMixture *m, const WeightedColour *colours, size_t n)
{
    Split splits[MIXTURE_MAX];
    Sums sums[MIXTURE_MAX] = { { 0 } };
    size_t count = 0;
    for (;;) {
        for (size_t k = 0; k <= count; k++)
            sums[k] = (Sums){ 0 };
        for (size_t i = 0; i < n; i++)
            if (colours[i].weight > 0)
                sums_add(&sums[cluster_of(splits, count, colours[i].rgb)], &colours[i]);
        if (count + 1 == MIXTURE_MAX || !best_split(&splits[count], sums, count + 1))
            break;
        count++;
    }
    build(m, sums, count + 1);
    mixture_refit(m, colours, n);
}

float mixture_cost(const ColourMixture *m, const float rgb[3])
{
    double density[MIXTURE_MAX], most = -DBL_MAX, sum = 0;
    if (!m->count)
        return MIXTURE_COST_MAX;
    for (size_t k = 0; k < m->count; k++) {
        density[k] = log_density(&m->part[k], rgb);
        most = fmax(most, density[k]);
    }
    for (size_t k = 0; k < m->count; k++)
        sum += exp(density[k] - most);
    double cost = -(most + log(sum));
    return (float)fmin(fmax(cost, (double)-MIXTURE_COST_MAX), (double)MIXTURE_COST_MAX);
}
