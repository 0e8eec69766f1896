#include "roles/relief/light.h"

#include <math.h>

static void basis(Vec3 n, float out[LIGHT_TERMS])
{
    const float terms[LIGHT_TERMS] = {
        n.x, n.y, n.z, n.x * n.y, n.x * n.z, n.y * n.z, n.x * n.x - n.y * n.y, n.z * n.z
    };
    for (int k = 0; k < LIGHT_TERMS; k++)
        out[k] = terms[k];
}

/* Normal equations. */
typedef struct {
    double a[LIGHT_TERMS][LIGHT_TERMS], b[LIGHT_TERMS];
} System;

/* Gaussian elimination; the matrix is positive definite. */
static void system_solve(System *s, float x[LIGHT_TERMS])
{
    for (int k = 0; k < LIGHT_TERMS; k++)
        for (int i = k + 1; i < LIGHT_TERMS; i++) {
            double f = s->a[i][k] / s->a[k][k];
            for (int j = k; j < LIGHT_TERMS; j++)
                s->a[i][j] -= f * s->a[k][j];
            s->b[i] -= f * s->b[k];
        }
    for (int i = LIGHT_TERMS - 1; i >= 0; i--) {
        double v = s->b[i];
        for (int j = i + 1; j < LIGHT_TERMS; j++)
            v -= s->a[i][j] * x[j];
        x[i] = (float)(v / s->a[i][i]);
    }
}

static float log_luma(const Cutout *c, const Vertex *v)
{
    int x = (int)clamp_float(v->texel_x + 0.5f, 0, (float)(c->colour.width - 1));
    int y = (int)clamp_float(v->texel_y + 0.5f, 0, (float)(c->colour.height - 1));
    const uint8_t *p = image_at(&c->colour, x, y);
    return logf(0.3f * (float)p[0] + 0.59f * (float)p[1] + 0.11f * (float)p[2] + 12.0f);
}

/* Samples of one band: terms and brightness less their means over the band. */
static void add_band(System *s, const Surface *surface, const Cutout *c, size_t first, size_t end, int count)
{
    double mean[LIGHT_TERMS + 1] = { 0 };
    float value[LIGHT_TERMS + 1];
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = first; i < end; i++) {
            const Vertex *v = &surface->vertex[i];
            if (v->band == 0)
                continue;
            basis(v->normal, value);
            value[LIGHT_TERMS] = log_luma(c, v);
            if (pass == 0) {
                for (int k = 0; k <= LIGHT_TERMS; k++)
                    mean[k] += value[k] / (double)count;
                continue;
            }
            double l = clamp_float((float)(value[LIGHT_TERMS] - mean[LIGHT_TERMS]), -0.5f,
                                   0.5f); /* labels, highlights */
            for (int j = 0; j < LIGHT_TERMS; j++) {
                for (int k = 0; k < LIGHT_TERMS; k++)
                    s->a[j][k] += (value[j] - mean[j]) * (value[k] - mean[k]);
                s->b[j] += (value[j] - mean[j]) * l;
            }
        }
}

Light light_fit(const Surface *s, const Cutout *c)
{
    System system = { .a = { { 0 } } };
    size_t i = 0, used = 0;
    while (i < s->vertex_count) {
        size_t first = i;
        int band = 0, count = 0;
        for (; i < s->vertex_count; i++) {
            int b = s->vertex[i].band;
            if (b && band && b != band)
                break;
            band = b ? b : band;
            count += b != 0;
        }
        if (count > 8) {
            add_band(&system, s, c, first, i, count);
            used += (size_t)count;
        }
    }
    Light light = { { 0 } };
    for (int k = 0; k < LIGHT_TERMS; k++)
        system.a[k][k] += 0.02 * (double)used + 1;
    system_solve(&system, light.term);
    return light;
}

static float log_light(const Light *light, Vec3 n)
{
    float t[LIGHT_TERMS], sum = 0;
    basis(n, t);
    for (int k = 0; k < LIGHT_TERMS; k++)
        sum += light->term[k] * t[k];
    return sum;
}

float light_ratio(const Light *light, Vec3 was, Vec3 is)
{
    float x = clamp_float(log_light(light, is) - log_light(light, was), -0.6f, 0.45f);
    float e = 1 + x / 16; /* exp(x) to 1 % */
    e *= e;
    e *= e;
    e *= e;
    return e * e;
}
