#include "roles/procedural/restyle_tiles.h"

#include "roles/procedural/noise.h"

#include <math.h>
#include <stdlib.h>

enum { N = RESTYLE_TILE, AREA = N * N };

static void tiles_free(RestyleTiles *t)
{
    if (!t)
        return;
    free(t->clouds);
    free(t->smooth);
    free(t->grain);
    free(t->flecks);
    free(t->water);
    free(t->ice);
    free(t->glass);
    free(t);
}

/* Cells whose walls are bent by noise: `bend` in texels. */
static void bent_cells(float *out, const float *edge, const RestyleTiles *t, float bend, float shift)
{
    for (int y = 0; y < N; y++)
        for (int x = 0; x < N; x++) {
            float dx = noise_at(t->smooth, N, (float)x, (float)y + shift);
            float dy = noise_at(t->smooth, N, (float)x + shift, (float)y + 91);
            out[y * N + x] = noise_at(edge, N, (float)x + bend * dx, (float)y + bend * dy);
        }
}

/* Light through ripples gathers in a net of bright lines: two nets of cells, one finer. */
static void make_water(RestyleTiles *t, float *edge, float *bent)
{
    for (int k = 0; k < 2; k++) {
        noise_cells(edge, NULL, N, k ? 9 : 5, 71u + (uint32_t)k);
        bent_cells(bent, edge, t, k ? 9 : 16, 37.0f * (float)(k + 1));
        for (int i = 0; i < AREA; i++) {
            float d = bent[i] * (k ? 9.0f : 7.5f);
            t->water[i] += (k ? 0.9f : 1.9f) / (1 + d * d * d) + 0.05f;
        }
    }
}

/* Gaps between leaves: cells of uneven size, rounded, some of them closed. */
static void make_flecks(RestyleTiles *t, float *edge, float *bent)
{
    float *id = t->ice; /* scratch until make_ice() */
    noise_cells(edge, id, N, 11, 5);
    bent_cells(bent, edge, t, 9, 53);
    for (int i = 0; i < AREA; i++) {
        float closed = 0.10f + 0.25f * id[i];
        t->flecks[i] = smooth_step(closed, closed + 0.10f, bent[i] + 0.10f * t->clouds[i]);
    }
}

static void make_glass(RestyleTiles *t, float *edge, float *id)
{
    static const uint32_t colour[] = { 0xFF1408, 0x0C38FF, 0xFFD400, 0xFF1408,
                                       0x1060FF, 0xFFC020, 0xFF3018, 0xFFF0D8 };
    enum { COLOURS = sizeof colour / sizeof *colour };
    noise_cells(edge, id, N, 6, 31);
    for (int i = 0; i < AREA; i++) {
        Pixel p = colour_hex(colour[(int)(id[i] * COLOURS) % COLOURS]);
        float open = smooth_step(0.0f, 0.15f, edge[i]);
        t->glass[i] = p * (Pixel){ open, open, open, open };
    }
}

/* Thin needles in many directions: noise drawn out along a direction that turns from place to place. */
static void make_ice(RestyleTiles *t)
{
    for (int y = 0; y < N; y++)
        for (int x = 0; x < N; x++) {
            float turn = 3.5f * noise_at(t->smooth, N, 0.5f * (float)x, 0.5f * (float)y);
            /* A whole number of turns a tile is not needed: the seam is as crooked as the needles. */
            float c = cosf(turn), s = sinf(turn), sum = 0;
            for (int k = -4; k <= 4; k++)
                sum += noise_at(t->grain, N, (float)x + c * (float)k, (float)y + s * (float)k);
            float v = 0.30f * sum + 0.35f * t->clouds[y * N + x];
            t->ice[y * N + x] = smooth_step(-0.15f, 0.55f, v);
        }
}

static RestyleTiles *tiles_new(void)
{
    RestyleTiles *t = calloc(1, sizeof *t);
    float *edge = malloc(AREA * sizeof *edge), *bent = malloc(AREA * sizeof *bent);
    if (t) {
        t->clouds = calloc(AREA, sizeof *t->clouds);
        t->smooth = calloc(AREA, sizeof *t->smooth);
        t->grain = calloc(AREA, sizeof *t->grain);
        t->flecks = calloc(AREA, sizeof *t->flecks);
        t->water = calloc(AREA, sizeof *t->water);
        t->ice = calloc(AREA, sizeof *t->ice);
        t->glass = calloc(AREA, sizeof *t->glass);
    }
    if (t && edge && bent && t->clouds && t->smooth && t->grain && t->flecks && t->water && t->ice &&
        t->glass) {
        noise_add(t->clouds, N, &(NoiseSpec){ 4, 4, 6, 0.55f, 1.0f, 11 });
        noise_add(t->smooth, N, &(NoiseSpec){ 8, 8, 1, 0.5f, 1.0f, 12 });
        for (int i = 0; i < AREA; i++)
            t->grain[i] = 2 * noise_hash((uint32_t)i, 7, 13) - 1;
        make_water(t, edge, bent);
        make_flecks(t, edge, bent);
        make_glass(t, edge, bent);
        make_ice(t);
    } else {
        tiles_free(t);
        t = NULL;
    }
    free(edge);
    free(bent);
    return t;
}

void restyle_cache_open(RestyleCache *c)
{
    pthread_mutex_init(&c->lock, NULL);
    c->tiles = NULL;
}

void restyle_cache_close(RestyleCache *c)
{
    tiles_free(c->tiles);
    c->tiles = NULL;
    pthread_mutex_destroy(&c->lock);
}

const RestyleTiles *restyle_tiles_get(RestyleCache *c, Err *err)
{
    RestyleTiles *t = c->tiles;
    if (t)
        return t;
    pthread_mutex_lock(&c->lock);
    t = c->tiles;
    if (!t)
        c->tiles = t = tiles_new();
    pthread_mutex_unlock(&c->lock);
    if (!t)
        err_set(err, ERR_NOMEM, "no memory for the noise of light and weather");
    return t;
}
