#include "roles/relief/inflate.h"

#include <math.h>
#include <stdlib.h>

enum { COARSEST = 12, SWEEPS = 80 };

typedef struct {
    int width, height;
    float *alpha, *u, *diagonal; /* [height, width] */
} Level;

static bool level_init(Level *l, int width, int height)
{
    size_t n = (size_t)width * (size_t)height; /* at most (GRID_SIDE + 3)^2 */
    *l = (Level){ width, height, calloc(3 * n, sizeof(float)), NULL, NULL };
    if (!l->alpha)
        return false;
    l->u = l->alpha + n;
    l->diagonal = l->u + n;
    return true;
}

/* Share of a neighbour in the diagonal of the five-point stencil: 1 when it is inside too; else u is taken to
 * fall linearly to 0 at the outline, a fraction t of the way to the neighbour, which gives 1/t. */
static float diagonal_share(float inside, float neighbour)
{
    if (neighbour >= 0.5f)
        return 1;
    float t = (inside - 0.5f) / (inside - neighbour);
    return 1 / fmaxf(t, 0.1f);
}

static void level_prepare(Level *l)
{
    size_t w = (size_t)l->width;
    for (int y = 1; y + 1 < l->height; y++)
        for (int x = 1; x + 1 < l->width; x++) {
            size_t i = (size_t)y * w + (size_t)x;
            const float *a = l->alpha + i;
            if (*a >= 0.5f)
                l->diagonal[i] = 1 / (diagonal_share(*a, a[-1]) + diagonal_share(*a, a[1]) +
                                      diagonal_share(*a, a[-(ptrdiff_t)w]) + diagonal_share(*a, a[w]));
        }
}

/* Red-black over-relaxation; `cell` is the side of this level's cells, in finest ones. */
static void level_relax(Level *l, float rhs, float cell)
{
    size_t w = (size_t)l->width;
    float source = rhs * cell * cell;
    int longer = l->width > l->height ? l->width : l->height;
    float omega = 2 / (1 + sinf(3.14159265f / (float)(longer < 40 ? longer : 40)));
    for (int sweep = 0; sweep < 2 * SWEEPS; sweep++)
        for (int y = 1; y + 1 < l->height; y++)
            for (int x = 1 + ((y + sweep) & 1); x + 1 < l->width; x += 2) {
                size_t i = (size_t)y * w + (size_t)x;
                float *u = l->u + i;
                float sum = u[-1] + u[1] + u[-(ptrdiff_t)w] + u[w] + source;
                if (l->diagonal[i] > 0)
                    *u += omega * (sum * l->diagonal[i] - *u);
            }
}

static void level_reduce(const Level *fine, Level *coarse)
{
    for (int y = 0; y < coarse->height; y++)
        for (int x = 0; x < coarse->width; x++) {
            float sum = 0;
            for (int k = 0; k < 4; k++) {
                int fx = 2 * x - 1 + (k & 1), fy = 2 * y - 1 + (k >> 1); /* the margin stays a margin */
                if (fx >= 0 && fy >= 0 && fx < fine->width && fy < fine->height)
                    sum += fine->alpha[(size_t)fy * (size_t)fine->width + (size_t)fx];
            }
            coarse->alpha[(size_t)y * (size_t)coarse->width + (size_t)x] = sum / 4;
        }
}

static void level_raise(const Level *coarse, Level *fine)
{
    for (int y = 0; y < fine->height; y++)
        for (int x = 0; x < fine->width; x++) {
            size_t i = (size_t)y * (size_t)fine->width + (size_t)x;
            size_t j = (size_t)((y + 1) / 2) * (size_t)coarse->width + (size_t)((x + 1) / 2);
            if (fine->alpha[i] >= 0.5f)
                fine->u[i] = coarse->u[j];
        }
}

/* Coarse to fine: each level starts from the one above it (cascadic multigrid). */
static bool solve(Level *l, float rhs, float cell)
{
    level_prepare(l);
    if (l->width > COARSEST || l->height > COARSEST) {
        Level coarse;
        if (!level_init(&coarse, (l->width + 1) / 2 + 1, (l->height + 1) / 2 + 1))
            return false;
        level_reduce(l, &coarse);
        bool ok = solve(&coarse, rhs, 2 * cell);
        if (ok)
            level_raise(&coarse, l);
        free(coarse.alpha);
        if (!ok)
            return false;
    }
    level_relax(l, rhs, cell);
    return true;
}

float *inflate_cutout(const Cutout *c, float rhs)
{
    Level l;
    if (!level_init(&l, c->width, c->height))
        return NULL;
    size_t n = (size_t)c->width * (size_t)c->height;
    for (size_t i = 0; i < n; i++)
        l.alpha[i] = c->alpha[i];
    float *u = solve(&l, rhs, 1) ? malloc(n * sizeof *u) : NULL;
    for (size_t i = 0; u && i < n; i++)
        u[i] = fmaxf(l.u[i], 0);
    free(l.alpha);
    return u;
}
