#include "roles/procedural/canvas.h"

#include "base/clamp.h"
#include "roles/procedural/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool canvas_init(Canvas *c, int width, int height, Err *err)
{
    *c = (Canvas){ 0 };
    if (width < 1 || height < 1 || width > 65535 || height > 65535)
        return err_set(err, ERR_INTERNAL, "a canvas of %d x %d pixels", width, height);
    c->px = calloc((size_t)width * (size_t)height, sizeof *c->px);
    if (!c->px)
        return err_set(err, ERR_NOMEM, "no memory for a canvas of %d x %d pixels; use a smaller image size",
                       width, height);
    c->width = width;
    c->height = height;
    return true;
}

bool canvas_copy(Canvas *to, const Canvas *from, Err *err)
{
    if (!canvas_init(to, from->width, from->height, err))
        return false;
    memcpy(to->px, from->px, (size_t)from->width * (size_t)from->height * sizeof *to->px);
    return true;
}

void canvas_clear(Canvas *c)
{
    free(c->px);
    *c = (Canvas){ 0 };
}

/* sums[x] is the sum of the row's pixels before x - margin; the border repeats `margin` pixels on both sides.
 */
static void row_sums(Pixel *sums, const Pixel *row, int width, int margin)
{
    Pixel s = { 0 };
    for (int x = 0; x < width + 2 * margin; x++) {
        sums[x] = s;
        s += row[clamp_int(x - margin, 0, width - 1)];
    }
    sums[width + 2 * margin] = s;
}

/* A disc is a stack of horizontal runs; with running sums a run costs one subtraction. */
bool canvas_blur_disc(Canvas *c, float radius, Err *err)
{
    int r = (int)ceilf(radius - 0.5f);
    if (r < 1)
        return true;
    size_t stride = (size_t)c->width + 2 * (size_t)r + 1;
    Pixel *sums = malloc(stride * (size_t)c->height * sizeof *sums);
    int *half = malloc((2 * (size_t)r + 1) * sizeof *half);
    if (!sums || !half) {
        free(sums);
        free(half);
        return err_set(err, ERR_NOMEM, "no memory to blur %d x %d pixels", c->width, c->height);
    }
    int area = 0;
    for (int dy = -r; dy <= r; dy++) {
        float w2 = (radius + 0.3f) * (radius + 0.3f) - (float)(dy * dy);
        half[dy + r] = w2 > 0 ? clamp_int((int)sqrtf(w2), 0, r) : 0;
        area += 2 * half[dy + r] + 1;
    }
    for (int y = 0; y < c->height; y++)
        row_sums(sums + (size_t)y * stride, c->px + (size_t)y * (size_t)c->width, c->width, r);
    Pixel norm = pixel_all(1.0f / (float)area);
    for (int y = 0; y < c->height; y++) {
        Pixel *out = c->px + (size_t)y * (size_t)c->width;
        memset(out, 0, (size_t)c->width * sizeof *out);
        for (int dy = -r; dy <= r; dy++) {
            int h = half[dy + r];
            const Pixel *s = sums + (size_t)clamp_int(y + dy, 0, c->height - 1) * stride + r;
            for (int x = 0; x < c->width; x++)
                out[x] += s[x + h + 1] - s[x - h];
        }
        for (int x = 0; x < c->width; x++)
            out[x] *= norm;
    }
    free(sums);
    free(half);
    return true;
}

static inline Pixel over(Pixel below, Pixel layer)
{
    Pixel keep = pixel_all(1.0f - layer[3]);
    layer[3] = 0;
    return layer + below * keep;
}

void canvas_over(Canvas *c, const Canvas *layer)
{
    size_t n = (size_t)c->width * (size_t)c->height;
    for (size_t i = 0; i < n; i++)
        c->px[i] = over(c->px[i], layer->px[i]);
}

/* Where a stretched row or column reads: between `at` and `next`, `part` of the way. */
typedef struct {
    int at, next;
    float part;
} Tap;

static Tap tap_of(int i, int n_out, int n_in)
{
    float v = ((float)i + 0.5f) * (float)n_in / (float)n_out - 0.5f;
    float f = floorf(v);
    int at = (int)f;
    return (Tap){ clamp_int(at, 0, n_in - 1), clamp_int(at + 1, 0, n_in - 1), v - f };
}

static bool stretch_rows(Canvas *c, const Canvas *from, int rows, bool lay_over, Err *err)
{
    Tap *taps = malloc((size_t)c->width * sizeof *taps);
    Pixel *line = malloc((size_t)from->width * sizeof *line);
    if (!taps || !line) {
        free(taps);
        free(line);
        return err_set(err, ERR_NOMEM, "no memory to stretch %d x %d pixels", c->width, c->height);
    }
    for (int x = 0; x < c->width; x++)
        taps[x] = tap_of(x, c->width, from->width);
    for (int y = 0; y < rows && y < c->height; y++) {
        Tap t = tap_of(y, c->height, from->height);
        const Pixel *a = from->px + (size_t)t.at * (size_t)from->width;
        const Pixel *b = from->px + (size_t)t.next * (size_t)from->width;
        for (int x = 0; x < from->width; x++)
            line[x] = pixel_mix(a[x], b[x], t.part);
        Pixel *out = c->px + (size_t)y * (size_t)c->width;
        for (int x = 0; x < c->width; x++) {
            Pixel p = pixel_mix(line[taps[x].at], line[taps[x].next], taps[x].part);
            out[x] = lay_over ? over(out[x], p) : p;
        }
    }
    free(taps);
    free(line);
    return true;
}

bool canvas_stretch(Canvas *c, const Canvas *from, int rows, Err *err)
{
    return stretch_rows(c, from, rows, false, err);
}

bool canvas_half(Canvas *out, const Canvas *in, Err *err)
{
    if (!canvas_init(out, (in->width + 1) / 2, (in->height + 1) / 2, err))
        return false;
    for (int y = 0; y < out->height; y++) {
        const Pixel *a = in->px + (size_t)(2 * y) * (size_t)in->width;
        const Pixel *b = 2 * y + 1 < in->height ? a + in->width : a;
        for (int x = 0; x < out->width; x++) {
            int x1 = 2 * x + 1 < in->width ? 2 * x + 1 : 2 * x;
            out->px[(size_t)y * (size_t)out->width + (size_t)x] =
                (a[2 * x] + a[x1] + b[2 * x] + b[x1]) * pixel_all(0.25f);
        }
    }
    return true;
}

Pixel canvas_at(const Canvas *c, float x, float y)
{
    int ix = float_floor(x), iy = float_floor(y);
    int x0 = clamp_int(ix, 0, c->width - 1), x1 = clamp_int(ix + 1, 0, c->width - 1);
    int y0 = clamp_int(iy, 0, c->height - 1), y1 = clamp_int(iy + 1, 0, c->height - 1);
    const Pixel *a = c->px + (size_t)y0 * (size_t)c->width, *b = c->px + (size_t)y1 * (size_t)c->width;
    return pixel_mix(pixel_mix(a[x0], a[x1], x - (float)ix), pixel_mix(b[x0], b[x1], x - (float)ix),
                     y - (float)iy);
}

float srgb_to_linear(float v)
{
    return v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}

float srgb_from_linear(float v)
{
    return v <= 0.0031308f ? v * 12.92f : 1.055f * powf(v, 1.0f / 2.4f) - 0.055f;
}

Pixel colour_hex(uint32_t rgb)
{
    return (Pixel){ srgb_to_linear((float)(rgb >> 16 & 255) / 255.0f),
                    srgb_to_linear((float)(rgb >> 8 & 255) / 255.0f),
                    srgb_to_linear((float)(rgb & 255) / 255.0f), 1.0f };
}
