#include "roles/procedural/restyle_guide.h"

#include "roles/procedural/noise.h"

#include <math.h>

/* ---- surface, distance, sky --------------------------------------------------------------------- */

/* How much a small picture's pixel looks like sky: bright, not warm, no step from the one above it. */
static float sky_like(Pixel c, Pixel above, float least)
{
    Pixel d = c - above;
    float luma = pixel_luma(c), jump = fabsf(d[0]) + fabsf(d[1]) + fabsf(d[2]), cool = c[2] - 0.92f * c[0];
    float like = smooth_step(least, 2 * least, luma) * smooth_step(-0.06f, 0.02f, cool + 0.1f * luma);
    return like * (1 - smooth_step(0.05f, 0.14f, jump / (luma + 0.1f) - 0.08f));
}

/* Into the third number of `guide`: sky that is joined to the upper edge of its column by pixels like it. */
static void find_columns(const Plate *p, const Canvas *quarter, Canvas *guide, float least)
{
    float scale = (float)p->full.width / (float)quarter->width;
    for (int x = 0; x < quarter->width; x++) {
        float joined = 1;
        Pixel above = quarter->px[x];
        for (int y = 0; y < quarter->height; y++) {
            size_t i = (size_t)y * (size_t)quarter->width + (size_t)x;
            Pixel c = quarter->px[i];
            if (c[3] < 0.1f) {
                float like = sky_like(c, above, least);
                joined = float_min(joined, like > 0.6f ? 1.0f : like * 1.6f);
                above = c;
            }
            bool far = (float)y * scale < plate_edge(p, (float)x * scale);
            guide->px[i][2] = far ? joined : 0;
        }
    }
}

/* Light of the brighter part of what may be sky; walls in the shade are darker than half of it. */
static float sky_level(const Canvas *quarter, const Canvas *guide)
{
    double sum = 0, squares = 0;
    size_t n = (size_t)quarter->width * (size_t)quarter->height;
    for (size_t i = 0; i < n; i++) {
        double luma = pixel_luma(quarter->px[i]) * guide->px[i][2];
        sum += luma;
        squares += luma * luma;
    }
    return sum > 1e-6 ? (float)(squares / sum) : 0;
}

/* A column of sky between columns of none is a wall: of its neighbourhood more than half must be sky. */
static bool find_sky(const Plate *p, const Canvas *quarter, Canvas *guide, Err *err)
{
    size_t n = (size_t)quarter->width * (size_t)quarter->height;
    find_columns(p, quarter, guide, 0.16f);
    find_columns(p, quarter, guide, float_max(0.16f, 0.36f * sky_level(quarter, guide)));
    Canvas wide, soft = { 0 };
    bool ok = canvas_copy(&wide, guide, err) && canvas_blur_disc(&wide, 0.03f * (float)quarter->width, err) &&
              canvas_copy(&soft, guide, err) &&
              canvas_blur_disc(&soft, 0.008f * (float)quarter->width + 0.6f, err);
    for (size_t i = 0; ok && i < n; i++)
        guide->px[i][2] = soft.px[i][2] * smooth_step(0.25f, 0.55f, wide.px[i][2]);
    canvas_clear(&wide);
    canvas_clear(&soft);
    return ok;
}

/* Surface, distance and sky, at a quarter of the size. */
static bool fill_guide(const Plate *p, const Canvas *quarter, const Canvas *soft, Canvas *guide, Err *err)
{
    float scale = (float)p->full.width / (float)guide->width;
    float feather = 0.012f * p->side + 1;
    if (!find_sky(p, quarter, guide, err))
        return false;
    for (int y = 0; y < guide->height; y++) {
        float fy = ((float)y + 0.5f) * scale;
        for (int x = 0; x < guide->width; x++) {
            float edge = plate_edge(p, ((float)x + 0.5f) * scale);
            size_t i = (size_t)y * (size_t)guide->width + (size_t)x;
            float on = smooth_step(edge - feather, edge + feather, fy);
            float ground = float_max(0, 1 - 1 / plate_depth(p, fy));
            /* What is sharp behind the surface is nearer than what is out of focus. */
            Pixel d = quarter->px[i] - soft->px[i];
            float detail = fabsf(d[1]) / (soft->px[i][1] + 0.05f);
            float back =
                float_max(0.72f, 1 - 1 / plate_depth(p, edge)) - 0.12f * smooth_step(0.05f, 0.5f, detail);
            float sky = guide->px[i][2];
            back += (1 - back) * sky;
            guide->px[i] = (Pixel){ on, back + (ground - back) * on, sky, 0 };
        }
    }
    return true;
}

/* ---- the object's form -------------------------------------------------------------------------- */

static bool stretched(Canvas *out, const Canvas *like, const Canvas *from, Err *err)
{
    return canvas_init(out, like->width, like->height, err) && canvas_stretch(out, from, out->height, err);
}

/* The object's alpha blurred to four widths, at a quarter of the size: one number of a pixel each. */
static bool blur_alpha(Canvas *out, const Plate *p, const Canvas *quarter, Err *err)
{
    float size = 0.25f * 0.5f * (float)(p->right - p->left + p->bottom - p->top + 2);
    const float radius[4] = { 0.030f * size + 0.6f, 0.10f * size + 0.8f, 0.30f * size + 1, 0.5f * size + 1 };
    if (!canvas_init(out, quarter->width, quarter->height, err))
        return false;
    size_t n = (size_t)out->width * (size_t)out->height;
    for (int k = 0; k < 4; k++) {
        Canvas one;
        /* Wide blurs of a quarter are made at a sixteenth. */
        Canvas a = { 0 }, b = { 0 };
        bool wide = radius[k] > 10;
        bool ok =
            wide ? canvas_half(&a, quarter, err) && canvas_half(&b, &a, err) : canvas_copy(&b, quarter, err);
        float r = wide ? 0.25f * radius[k] : radius[k];
        ok = ok && canvas_blur_disc(&b, 0.7f * r, err) && canvas_blur_disc(&b, 0.7f * r, err);
        ok = ok && stretched(&one, out, &b, err);
        canvas_clear(&a);
        canvas_clear(&b);
        if (!ok)
            return false;
        for (size_t i = 0; i < n; i++)
            out->px[i][k] = one.px[i][3];
        canvas_clear(&one);
    }
    return true;
}

static void fill_normal(const Plate *p, const Canvas *alpha, Canvas *normal, Canvas *guide)
{
    int w = alpha->width, h = alpha->height;
    float size = 0.25f * 0.5f * (float)(p->right - p->left + p->bottom - p->top + 2);
    Pixel gain = { 0, 0.10f * size + 0.8f, 0.9f * (0.30f * size + 1), 0.6f * (0.5f * size + 1) };
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            size_t row = (size_t)y * (size_t)w, i = row + (size_t)x;
            size_t up = y ? i - (size_t)w : i, down = y + 1 < h ? i + (size_t)w : i;
            Pixel dx = (alpha->px[x ? i - 1 : i] - alpha->px[x + 1 < w ? i + 1 : i]) * gain;
            Pixel dy = (alpha->px[down] - alpha->px[up]) * gain;
            float nx = 0.5f * dx[1] + 0.7f * dx[2] + 0.5f * dx[3],
                  ny = 0.5f * dy[1] + 0.6f * dy[2] + 0.4f * dy[3];
            float len = sqrtf(nx * nx + ny * ny);
            if (len > 0.97f) {
                nx *= 0.97f / len;
                ny *= 0.97f / len;
                len = 0.97f;
            }
            float edge = 1 - smooth_step(0.5f, 0.98f, alpha->px[i][0]);
            normal->px[i] = (Pixel){ nx, ny, sqrtf(1 - len * len), edge };
            guide->px[i][3] = alpha->px[i][2];
        }
}

bool plate_fill_maps(Plate *p, const Canvas *quarter, Err *err)
{
    Canvas soft = { 0 }, guide = { 0 }, normal = { 0 }, alpha = { 0 };
    bool ok = canvas_copy(&soft, quarter, err) && canvas_blur_disc(&soft, 3, err) &&
              canvas_init(&guide, quarter->width, quarter->height, err) &&
              canvas_init(&normal, quarter->width, quarter->height, err);
    ok = ok && fill_guide(p, quarter, &soft, &guide, err);
    if (ok && p->has_object) {
        ok = blur_alpha(&alpha, p, quarter, err);
        if (ok)
            fill_normal(p, &alpha, &normal, &guide);
    }
    ok = ok && stretched(&p->guide, &p->half, &guide, err) && stretched(&p->normal, &p->half, &normal, err);
    canvas_clear(&soft);
    canvas_clear(&guide);
    canvas_clear(&normal);
    canvas_clear(&alpha);
    return ok;
}
