#include "roles/procedural/finish.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

enum { CODE_STEPS = 4096, GRAIN_SIZE = 4096 };

/* sRGB, 0..255, of the square of i / (CODE_STEPS - 1): even steps of a square root are near even to the eye.
 */
static void fill_codes(float *codes)
{
    for (int i = 0; i < CODE_STEPS; i++) {
        float v = (float)i / (CODE_STEPS - 1);
        codes[i] = 255.0f * srgb_from_linear(v * v);
    }
}

/* Light above 0.8 is pressed together so that white is never reached at once, as on film. */
static inline Pixel shoulder(Pixel p)
{
    Pixel over = p - pixel_all(0.8f);
    Pixel bent = pixel_all(0.8f) + over / (pixel_all(1) + over * pixel_all(4.0f));
    for (int k = 0; k < 3; k++)
        p[k] = over[k] > 0 ? bent[k] : p[k] > 0 ? p[k] : 0;
    return p;
}

static uint8_t to_byte(float v)
{
    return v <= 0 ? 0 : v >= 254.5f ? 255 : (uint8_t)(v + 0.5f);
}

/* The glow around what is brighter than white, at a quarter of the size. */
static bool make_bloom(Canvas *out, const Canvas *c, Err *err)
{
    Canvas half;
    if (!canvas_half(&half, c, err))
        return false;
    bool ok = canvas_half(out, &half, err);
    canvas_clear(&half);
    if (!ok)
        return false;
    size_t n = (size_t)out->width * (size_t)out->height;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 4; k++) {
            float v = out->px[i][k] - 1;
            out->px[i][k] = k == 3 || v < 0 ? 0 : v > 6 ? 6 : v;
        }
    float r = 0.012f * (float)(out->width + out->height);
    if (!canvas_blur_disc(out, r, err) || !canvas_blur_disc(out, 0.7f * r, err)) {
        canvas_clear(out);
        return false;
    }
    return true;
}

static void encode_row(Image *rgb, Image *alpha, const Pixel *row, int y, const float *codes,
                       const float *grain, Rng *rng, float edge_y, float vignette)
{
    uint8_t *to = image_at(rgb, 0, y), *a = image_at(alpha, 0, y);
    size_t shift = rng_u32(rng) & (GRAIN_SIZE - 1);
    float mid = 0.5f * (float)(rgb->width - 1), inv = 1.0f / (mid + 0.5f);
    for (int x = 0; x < rgb->width; x++) {
        float dx = ((float)x - mid) * inv, r2 = 0.5f * (dx * dx + edge_y);
        Pixel p = shoulder(row[x] * pixel_all(1 - vignette * r2 * r2 - 0.35f * vignette * r2));
        float g = grain[(shift + (size_t)x) & (GRAIN_SIZE - 1)];
        for (int k = 0; k < 3; k++) {
            float root = sqrtf(p[k]) * (CODE_STEPS - 1);
            float code = codes[root >= CODE_STEPS - 1 ? CODE_STEPS - 1 : (int)(root + 0.5f)];
            float h = grain[(shift + (size_t)(3 * x + k) * 7 + 1999) & (GRAIN_SIZE - 1)];
            float strength = 0.45f + code * (255 - code) * 6.2e-5f; /* least in black and in white */
            to[3 * x + k] = to_byte(code + strength * (0.75f * g + 0.45f * h));
        }
        a[x] = to_byte(row[x][3] * 255.0f);
    }
}

bool finish_picture(Image *rgb, Image *alpha, const Canvas *c, const FinishOptions *opt, Err *err)
{
    *rgb = *alpha = (Image){ 0 };
    Canvas bloom = { 0 };
    float *tables = malloc((CODE_STEPS + GRAIN_SIZE) * sizeof *tables);
    Pixel *line = malloc((size_t)c->width * sizeof *line);
    bool ok = tables && line;
    if (!ok)
        err_set(err, ERR_NOMEM, "no memory for the tables of the finish");
    ok = ok && image_init(rgb, c->width, c->height, 3, err) &&
         image_init(alpha, c->width, c->height, 1, err) && (opt->bloom <= 0 || make_bloom(&bloom, c, err));
    if (ok) {
        Rng rng;
        rng_init(&rng, opt->seed);
        fill_codes(tables);
        for (int i = 0; i < GRAIN_SIZE; i++)
            tables[CODE_STEPS + i] = opt->grain * rng_normal(&rng);
        float kx = bloom.px ? (float)bloom.width / (float)c->width : 0;
        float ky = bloom.px ? (float)bloom.height / (float)c->height : 0, mid = 0.5f * (float)(c->height - 1);
        for (int y = 0; y < c->height; y++) {
            const Pixel *row = c->px + (size_t)y * (size_t)c->width;
            if (bloom.px) {
                for (int x = 0; x < c->width; x++)
                    line[x] = row[x] + canvas_at(&bloom, ((float)x + 0.5f) * kx - 0.5f,
                                                 ((float)y + 0.5f) * ky - 0.5f) *
                                           pixel_all(opt->bloom);
                row = line;
            }
            float dy = ((float)y - mid) / (mid + 0.5f);
            encode_row(rgb, alpha, row, y, tables, tables + CODE_STEPS, &rng, dy * dy, opt->vignette);
        }
    } else {
        image_clear(rgb);
        image_clear(alpha);
    }
    canvas_clear(&bloom);
    free(tables);
    free(line);
    return ok;
}

bool finish_plain(Image *rgb, Image *alpha, const Canvas *c, Err *err)
{
    *rgb = *alpha = (Image){ 0 };
    float *codes = malloc(CODE_STEPS * sizeof *codes);
    if (!codes)
        return err_set(err, ERR_NOMEM, "no memory for the tables of the finish");
    bool ok = image_init(rgb, c->width, c->height, 3, err) && image_init(alpha, c->width, c->height, 1, err);
    if (ok) {
        fill_codes(codes);
        size_t n = (size_t)c->width * (size_t)c->height;
        for (size_t i = 0; i < n; i++) {
            for (int k = 0; k < 3; k++) {
                float v = c->px[i][k], root = v > 0 ? sqrtf(v) * (CODE_STEPS - 1) : 0;
                rgb->data[3 * i + (size_t)k] =
                    to_byte(codes[root >= CODE_STEPS - 1 ? CODE_STEPS - 1 : (int)(root + 0.5f)]);
            }
            alpha->data[i] = to_byte(c->px[i][3] * 255.0f);
        }
    } else {
        image_clear(rgb);
        image_clear(alpha);
    }
    free(codes);
    return ok;
}
