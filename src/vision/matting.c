#include "vision/matting.h"

#include "base/clamp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool check_pair(const Image *rgb, const Image *gray, const char *what, Err *err)
{
    if (image_empty(rgb) || rgb->channels != 3)
        return err_set(err, ERR_INPUT, "matting needs an RGB image");
    if (gray && (image_empty(gray) || gray->channels != 1 || gray->width != rgb->width ||
                 gray->height != rgb->height))
        return err_set(err, ERR_INPUT, "matting needs %s of one channel and the size of its image, %d x %d",
                       what, rgb->width, rgb->height);
    return true;
}

/* ---- planes of floats and their box means ---- */

typedef struct {
    int width, height;
    size_t size; /* width * height */
} Grid;

/* Mean over the (2r+1)^2 window cut at the borders, in place. Running sums in double do not drift.
 * `line` holds width + size floats, `sums` holds width doubles. */
static void box_mean(float *plane, Grid g, int r, float *line, double *sums)
{
    for (int y = 0; y < g.height; y++) {
        float *row = plane + (size_t)y * (size_t)g.width;
        double sum = 0;
        for (int x = 0; x < g.width && x < r; x++)
            sum += row[x];
        for (int x = 0; x < g.width; x++) {
            if (x + r < g.width)
                sum += row[x + r];
            if (x - r - 1 >= 0)
                sum -= line[x - r - 1];
            line[x] = row[x];
            int count = clamp_int(x + r, 0, g.width - 1) - clamp_int(x - r, 0, g.width - 1) + 1;
            row[x] = (float)(sum / count);
        }
    }
    /* Columns: the same, for all x of a row at once. */
    float *old = line + g.width;
    memcpy(old, plane, g.size * sizeof *old);
    for (int x = 0; x < g.width; x++)
        sums[x] = 0;
    for (int y = -r; y < g.height; y++) {
        if (y + r < g.height)
            for (int x = 0; x < g.width; x++)
                sums[x] += old[(size_t)(y + r) * (size_t)g.width + (size_t)x];
        if (y - r - 1 >= 0)
            for (int x = 0; x < g.width; x++)
                sums[x] -= old[(size_t)(y - r - 1) * (size_t)g.width + (size_t)x];
        if (y < 0)
            continue;
        int count = clamp_int(y + r, 0, g.height - 1) - clamp_int(y - r, 0, g.height - 1) + 1;
        double scale = 1.0 / count;
        for (int x = 0; x < g.width; x++)
            plane[(size_t)y * (size_t)g.width + (size_t)x] = (float)(sums[x] * scale);
    }
}

/* ---- refine: the guided filter ---- */

/* First the moments of guide I and mask p, then, in place, the local linear model p ~ a . I + b. */
enum {
    I_R,
    I_G,
    I_B,
    P,
    RR,
    RG,
    RB,
    GG,
    GB,
    BB,
    RP,
    GP,
    BP,
    MOMENTS,
    A_R = RR,
    A_G,
    A_B,
    B,
    TRUST,
    MODEL_END
};

typedef struct {
    Grid grid;
    int step;              /* photo pixels of one cell's side */
    float *plane[MOMENTS]; /* grid.size floats each, one allocation */
    float *line;
    double *sums;
} Guided;

/* 0.03 of full scale: colour steps below it are noise and the mask's edge is kept there. */
static const float GUIDE_EPS = 0.0009f;

static bool guided_init(Guided *f, const Image *rgb, int step, Err *err)
{
    *f = (Guided){ .step = step };
    f->grid.width = (rgb->width + step - 1) / step;
    f->grid.height = (rgb->height + step - 1) / step;
    f->grid.size = (size_t)f->grid.width * (size_t)f->grid.height; /* at most 2^32 */
    size_t n = f->grid.size, w = (size_t)f->grid.width;
    f->plane[0] = malloc((n * (MOMENTS + 1) + w) * sizeof(float));
    f->sums = malloc(w * sizeof *f->sums);
    if (!f->plane[0] || !f->sums)
        return err_set(err, ERR_NOMEM, "no memory to refine a mask of %d x %d pixels", rgb->width,
                       rgb->height);
    for (int k = 1; k < MOMENTS; k++)
        f->plane[k] = f->plane[0] + (size_t)k * n;
    f->line = f->plane[0] + (size_t)MOMENTS * n;
    return true;
}

static void guided_clear(Guided *f)
{
    free(f->plane[0]);
    free(f->sums);
}

/* Means of colour and mask over each cell. */
static void guided_sample(Guided *f, const Image *rgb, const Image *mask)
{
    for (int cy = 0; cy < f->grid.height; cy++)
        for (int cx = 0; cx < f->grid.width; cx++) {
            int sum[4] = { 0 }, count = 0;
            for (int y = cy * f->step; y < (cy + 1) * f->step && y < rgb->height; y++)
                for (int x = cx * f->step; x < (cx + 1) * f->step && x < rgb->width; x++, count++) {
                    const uint8_t *p = image_at(rgb, x, y);
                    for (int c = 0; c < 3; c++)
                        sum[c] += p[c];
                    sum[3] += *image_at(mask, x, y) >= 128 ? 255 : 0;
                }
            size_t i = (size_t)cy * (size_t)f->grid.width + (size_t)cx;
            for (int k = 0; k < 4; k++)
                f->plane[k][i] = (float)sum[k] / (255.0f * (float)count);
        }
}

static void guided_moments(Guided *f, int r)
{
    static const int pair[MOMENTS][2] = { [RR] = { I_R, I_R }, [RG] = { I_R, I_G }, [RB] = { I_R, I_B },
                                          [GG] = { I_G, I_G }, [GB] = { I_G, I_B }, [BB] = { I_B, I_B },
                                          [RP] = { I_R, P },   [GP] = { I_G, P },   [BP] = { I_B, P } };
    for (int k = RR; k < MOMENTS; k++) {
        const float *u = f->plane[pair[k][0]], *v = f->plane[pair[k][1]];
        for (size_t i = 0; i < f->grid.size; i++)
            f->plane[k][i] = u[i] * v[i];
    }
    for (int k = 0; k < MOMENTS; k++)
        box_mean(f->plane[k], f->grid, r, f->line, f->sums);
}

/* Solve (cov(I) + eps) a = cov(I, p) by the adjugate; TRUST is the share of the mask's variance that the
 * colours explain. p is 0 or 1, its variance therefore mean - mean^2. */
static void guided_solve(Guided *f)
{
    float **m = f->plane;
    for (size_t i = 0; i < f->grid.size; i++) {
        float r = m[I_R][i], g = m[I_G][i], b = m[I_B][i], p = m[P][i];
        float rr = m[RR][i] - r * r + GUIDE_EPS, rg = m[RG][i] - r * g, rb = m[RB][i] - r * b;
        float gg = m[GG][i] - g * g + GUIDE_EPS, gb = m[GB][i] - g * b, bb = m[BB][i] - b * b + GUIDE_EPS;
        float rp = m[RP][i] - r * p, gp = m[GP][i] - g * p, bp = m[BP][i] - b * p;
        float c00 = gg * bb - gb * gb, c01 = rb * gb - rg * bb, c02 = rg * gb - rb * gg;
        float c11 = rr * bb - rb * rb, c12 = rb * rg - rr * gb, c22 = rr * gg - rg * rg;
        float inv = 1.0f / (rr * c00 + rg * c01 + rb * c02); /* at least eps^3 for a covariance */
        float ar = (c00 * rp + c01 * gp + c02 * bp) * inv;
        float ag = (c01 * rp + c11 * gp + c12 * bp) * inv;
        float ab = (c02 * rp + c12 * gp + c22 * bp) * inv;
        float variance = p - p * p;
        m[A_R][i] = ar;
        m[A_G][i] = ag;
        m[A_B][i] = ab;
        m[B][i] = p - ar * r - ag * g - ab * b;
        m[TRUST][i] = variance > 1e-4f ? clamp_share((ar * rp + ag * gp + ab * bp) / variance) : 1.0f;
    }
}

/* The model at photo pixel (x, y), by bilinear interpolation between cell centres. */
static void guided_model(const Guided *f, int x, int y, float model[5])
{
    float u = ((float)x + 0.5f) / (float)f->step - 0.5f, v = ((float)y + 0.5f) / (float)f->step - 0.5f;
    int w = f->grid.width, h = f->grid.height;
    int x0 = clamp_int((int)floorf(u), 0, w - 1), y0 = clamp_int((int)floorf(v), 0, h - 1);
    int x1 = x0 + 1 < w ? x0 + 1 : x0, y1 = y0 + 1 < h ? y0 + 1 : y0;
    float tx = clamp_share(u - (float)x0), ty = clamp_share(v - (float)y0);
    size_t i00 = (size_t)y0 * (size_t)w + (size_t)x0, i01 = (size_t)y0 * (size_t)w + (size_t)x1;
    size_t i10 = (size_t)y1 * (size_t)w + (size_t)x0, i11 = (size_t)y1 * (size_t)w + (size_t)x1;
    for (int k = A_R; k < MODEL_END; k++) {
        const float *p = f->plane[k];
        float top = p[i00] + (p[i01] - p[i00]) * tx, bottom = p[i10] + (p[i11] - p[i10]) * tx;
        model[k - A_R] = top + (bottom - top) * ty;
    }
}

/* The mask over 3 x 3 pixels: its own edge, softened. */
static float mask_soft(const Image *mask, int x, int y)
{
    int sum = 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            sum += *image_at(mask, clamp_int(x + dx, 0, mask->width - 1),
                             clamp_int(y + dy, 0, mask->height - 1)) >= 128;
    return (float)sum / 9.0f;
}

static uint8_t guided_alpha(const Guided *f, const Image *rgb, const Image *mask, int x, int y)
{
    float m[5];
    guided_model(f, x, y, m);
    const uint8_t *p = image_at(rgb, x, y);
    float q = (m[0] * (float)p[0] + m[1] * (float)p[1] + m[2] * (float)p[2]) / 255.0f + m[3];
    /* Averaging the windows' models pulls q towards 1/2; the stretch gives solid and empty back. */
    q = clamp_share((q - 0.1f) / 0.8f);
    float trust = clamp_share((m[4] - 0.3f) / 0.4f);
    float a = trust * q + (1.0f - trust) * mask_soft(mask, x, y);
    return (uint8_t)(a * 255.0f + 0.5f);
}

bool matte_refine(Image *alpha, const Image *rgb, const Image *mask, Err *err)
{
    *alpha = (Image){ 0 };
    if (!check_pair(rgb, mask, "a mask", err))
        return false;
    int side = rgb->width > rgb->height ? rgb->width : rgb->height;
    int radius = clamp_int(side / 100, 3, 40), step = clamp_int(radius / 4, 1, 8);
    Guided f;
    bool ok = guided_init(&f, rgb, step, err) && image_init(alpha, rgb->width, rgb->height, 1, err);
    if (ok) {
        guided_sample(&f, rgb, mask);
        guided_moments(&f, (radius + step - 1) / step);
        guided_solve(&f);
        /* P keeps the window's share of mask: it says where the band is. */
        for (int k = A_R; k < MODEL_END; k++)
            box_mean(f.plane[k], f.grid, (radius + step - 1) / step, f.line, f.sums);
        for (int y = 0; y < rgb->height; y++)
            for (int x = 0; x < rgb->width; x++) {
                float share = f.plane[P][(size_t)(y / step) * (size_t)f.grid.width + (size_t)(x / step)];
                *image_at(alpha, x, y) = share < 1e-5f      ? 0
                                         : share > 0.99999f ? 255
                                                            : guided_alpha(&f, rgb, mask, x, y);
            }
    }
    guided_clear(&f);
    return ok;
}

/* ---- from white ---- */

/* Levels: how far from white a background may be, and how far a pixel from it. */
enum { LIGHT_MIN = 215, BACKGROUND_TOLERANCE = 10 };

static int max_distance(const uint8_t *p, const uint8_t q[3])
{
    int worst = 0;
    for (int c = 0; c < 3; c++) {
        int d = abs(p[c] - q[c]);
        if (d > worst)
            worst = d;
    }
    return worst;
}

/* The k-th pixel of the border, walking top, bottom, left, right. */
static const uint8_t *border_pixel(const Image *im, int k)
{
    int w = im->width, h = im->height;
    if (k < 2 * w)
        return image_at(im, k % w, k < w ? 0 : h - 1);
    k -= 2 * w;
    return image_at(im, k < h ? 0 : w - 1, k % h);
}

/* Median of each channel over the light pixels of the border; false when fewer than a tenth are light. */
static bool background_colour(const Image *rgb, uint8_t colour[3])
{
    int histogram[3][256] = { 0 }, light = 0, length = 2 * (rgb->width + rgb->height);
    for (int k = 0; k < length; k++) {
        const uint8_t *p = border_pixel(rgb, k);
        if (p[0] < LIGHT_MIN || p[1] < LIGHT_MIN || p[2] < LIGHT_MIN)
            continue;
        light++;
        for (int c = 0; c < 3; c++)
            histogram[c][p[c]]++;
    }
    for (int c = 0; c < 3; c++) {
        int below = 0, v = 0;
        while (v < 255 && (below += histogram[c][v]) * 2 < light)
            v++;
        colour[c] = (uint8_t)v;
    }
    return light * 10 >= length;
}

/* Fill *reached (1 channel) with 255 where the background is connected to the border. `stack` holds a pixel
 * each. */
static void flood_background(Image *reached, const Image *rgb, const uint8_t colour[3], uint32_t *stack)
{
    int w = rgb->width, h = rgb->height;
    size_t top = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x += y == 0 || y == h - 1 || w == 1 ? 1 : w - 1) {
            if (max_distance(image_at(rgb, x, y), colour) > BACKGROUND_TOLERANCE)
                continue;
            *image_at(reached, x, y) = 255;
            stack[top++] = (uint32_t)y * (uint32_t)w + (uint32_t)x;
        }
    while (top) {
        uint32_t i = stack[--top];
        int x = (int)(i % (uint32_t)w), y = (int)(i / (uint32_t)w);
        static const int step[4][2] = { { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0, -1 } };
        for (int k = 0; k < 4; k++) {
            int nx = x + step[k][0], ny = y + step[k][1];
            if (nx < 0 || ny < 0 || nx >= w || ny >= h || *image_at(reached, nx, ny) ||
                max_distance(image_at(rgb, nx, ny), colour) > BACKGROUND_TOLERANCE)
                continue;
            *image_at(reached, nx, ny) = 255;
            stack[top++] = (uint32_t)ny * (uint32_t)w + (uint32_t)nx;
        }
    }
}

/* Share of object in an edge pixel: how far its colour went from the background towards the strongest
 * colour within two pixels, which is the object's. A pixel that is the strongest is all object. */
static uint8_t edge_share(const Image *rgb, const Image *reached, const uint8_t colour[3], int x, int y)
{
    enum { REACH = 2 };
    int own = max_distance(image_at(rgb, x, y), colour), strongest = own;
    bool edge = false;
    for (int ny = y - REACH; ny <= y + REACH; ny++)
        for (int nx = x - REACH; nx <= x + REACH; nx++) {
            if (nx < 0 || ny < 0 || nx >= rgb->width || ny >= rgb->height)
                continue;
            if (*image_at(reached, nx, ny)) {
                edge = true;
                continue;
            }
            int d = max_distance(image_at(rgb, nx, ny), colour);
            if (d > strongest)
                strongest = d;
        }
    return !edge || strongest == 0 ? 255 : (uint8_t)((own * 255 + strongest / 2) / strongest);
}

bool matte_from_white(Image *alpha, const Image *rgb, Err *err)
{
    *alpha = (Image){ 0 };
    if (!check_pair(rgb, NULL, NULL, err))
        return false;
    Image reached = { 0 };
    uint32_t *stack = malloc((size_t)rgb->width * (size_t)rgb->height * sizeof *stack);
    bool ok = stack ? image_init(&reached, rgb->width, rgb->height, 1, err)
                    : err_set(err, ERR_NOMEM, "no memory to find the background of %d x %d pixels",
                              rgb->width, rgb->height);
    ok = ok && image_init(alpha, rgb->width, rgb->height, 1, err);
    if (ok) {
        uint8_t colour[3];
        if (background_colour(rgb, colour))
            flood_background(&reached, rgb, colour, stack);
        for (int y = 0; y < rgb->height; y++)
            for (int x = 0; x < rgb->width; x++)
                *image_at(alpha, x, y) =
                    *image_at(&reached, x, y) ? 0 : edge_share(rgb, &reached, colour, x, y);
    }
    image_clear(&reached);
    free(stack);
    return ok;
}

/* ---- clean colours: push and pull ---- */

/* Colours times weight, and weight. */
typedef struct {
    float r, g, b, w;
} Sample;

typedef struct {
    int width, height;
    Sample *at;
} Level;

enum { LEVELS_MAX = 17 }; /* 65535 halves to 1 in 16 steps */

/* Sum of the four children; weights saturate at 1, so that one solid pixel is as sure as four. */
static void level_push(const Level *fine, Level *coarse)
{
    for (int y = 0; y < coarse->height; y++)
        for (int x = 0; x < coarse->width; x++) {
            Sample s = { 0 };
            for (int k = 0; k < 4; k++) {
                int fx = 2 * x + (k & 1), fy = 2 * y + (k >> 1);
                if (fx >= fine->width || fy >= fine->height)
                    continue;
                const Sample *c = &fine->at[(size_t)fy * (size_t)fine->width + (size_t)fx];
                s = (Sample){ s.r + c->r, s.g + c->g, s.b + c->b, s.w + c->w };
            }
            if (s.w > 1) {
                float inv = 1 / s.w;
                s = (Sample){ s.r * inv, s.g * inv, s.b * inv, 1 };
            }
            coarse->at[(size_t)y * (size_t)coarse->width + (size_t)x] = s;
        }
}

/* Fill what a level is not sure of from the (full) level above it, which is interpolated bilinearly. */
static void level_pull(Level *fine, const Level *coarse)
{
    for (int y = 0; y < fine->height; y++)
        for (int x = 0; x < fine->width; x++) {
            Sample *s = &fine->at[(size_t)y * (size_t)fine->width + (size_t)x];
            if (s->w >= 1)
                continue;
            int x0 = x / 2, y0 = y / 2;
            int x1 = clamp_int(x & 1 ? x0 + 1 : x0 - 1, 0, coarse->width - 1);
            int y1 = clamp_int(y & 1 ? y0 + 1 : y0 - 1, 0, coarse->height - 1);
            const Sample *row0 = coarse->at + (size_t)y0 * (size_t)coarse->width;
            const Sample *row1 = coarse->at + (size_t)y1 * (size_t)coarse->width;
            const Sample *c[4] = { &row0[x0], &row0[x1], &row1[x0], &row1[x1] };
            static const float weight[4] = { 0.5625f, 0.1875f, 0.1875f, 0.0625f };
            Sample up = { 0 };
            for (int k = 0; k < 4; k++) {
                float w = weight[k] * (1 - s->w);
                up.r += w * c[k]->r;
                up.g += w * c[k]->g;
                up.b += w * c[k]->b;
                up.w += w * c[k]->w;
            }
            *s = (Sample){ s->r + up.r, s->g + up.g, s->b + up.b, s->w + up.w };
            if (s->w > 0) { /* below 1 only where the coarse level was not full */
                float inv = 1 / s->w;
                *s = (Sample){ s->r * inv, s->g * inv, s->b * inv, 1 };
            }
        }
}

static void levels_clear(Level *levels, int count)
{
    for (int k = 0; k < count; k++)
        free(levels[k].at);
}

/* The pyramid, down to one sample. Weight is alpha to the 32nd: solid pixels decide, and where a thin
 * part has none, its best ones do. Returns the number of levels, 0 when there is no memory. */
static int levels_make(Level *levels, const Image *rgb, const Image *alpha)
{
    float weight[256];
    for (int a = 0; a < 256; a++) {
        float t = (float)a / 255.0f;
        for (int k = 0; k < 5; k++)
            t *= t;
        weight[a] = t;
    }
    int w = rgb->width, h = rgb->height, count = 0;
    for (;; w = (w + 1) / 2, h = (h + 1) / 2) {
        Level *l = &levels[count];
        *l = (Level){ w, h, malloc((size_t)w * (size_t)h * sizeof *l->at) };
        if (!l->at) {
            levels_clear(levels, count);
            return 0;
        }
        if (count++ > 0) {
            level_push(l - 1, l);
        } else {
            for (size_t i = 0; i < (size_t)w * (size_t)h; i++) {
                float k = weight[alpha->data[i]];
                const uint8_t *p = rgb->data + 3 * i;
                l->at[i] = (Sample){ k * (float)p[0], k * (float)p[1], k * (float)p[2], k };
            }
        }
        if (w == 1 && h == 1)
            return count;
    }
}

bool matte_clean_colours(Image *rgb, const Image *alpha, Err *err)
{
    if (!check_pair(rgb, alpha, "an alpha", err))
        return false;
    Level levels[LEVELS_MAX];
    int count = levels_make(levels, rgb, alpha);
    if (count == 0)
        return err_set(err, ERR_NOMEM, "no memory to clean the colours of %d x %d pixels", rgb->width,
                       rgb->height);
    Sample *tip = levels[count - 1].at;
    if (tip->w > 0) {
        *tip = (Sample){ tip->r / tip->w, tip->g / tip->w, tip->b / tip->w, 1 };
        for (int k = count - 2; k >= 0; k--)
            level_pull(&levels[k], &levels[k + 1]);
        for (size_t i = 0; i < (size_t)rgb->width * (size_t)rgb->height; i++) {
            if (alpha->data[i] == 255)
                continue;
            const Sample *s = &levels[0].at[i];
            uint8_t *p = rgb->data + 3 * i;
            p[0] = (uint8_t)(s->r + 0.5f);
            p[1] = (uint8_t)(s->g + 0.5f);
            p[2] = (uint8_t)(s->b + 0.5f);
        }
    }
    levels_clear(levels, count);
    return true;
}
