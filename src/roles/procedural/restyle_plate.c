#include "roles/procedural/restyle_plate.h"

#include "roles/procedural/noise.h"

#include <math.h>
#include <stdlib.h>

/* An alpha that is nowhere solid shows no object. */
static void find_object(Plate *p, const Image *rgb, const Image *alpha)
{
    int w = rgb->width, h = rgb->height;
    p->left = w;
    p->top = h;
    p->right = p->bottom = -1;
    for (int y = 0; alpha && y < h; y++)
        for (int x = 0; x < w; x++)
            if (*image_at(alpha, x, y) > 100) {
                p->left = x < p->left ? x : p->left;
                p->right = x > p->right ? x : p->right;
                p->top = y < p->top ? y : p->top;
                p->bottom = y;
            }
    p->has_object = p->bottom >= 0;
    if (!p->has_object) {
        p->left = w / 3;
        p->right = w - 1 - w / 3;
        p->top = h * 2 / 5;
        p->bottom = h * 4 / 5;
    }
    p->side = (float)(w < h ? w : h);
}

static bool decode(Plate *p, const Image *rgb, const Image *alpha, Err *err)
{
    float linear[256];
    for (int i = 0; i < 256; i++)
        linear[i] = srgb_to_linear((float)i / 255.0f);
    if (!canvas_init(&p->full, rgb->width, rgb->height, err))
        return false;
    size_t n = (size_t)rgb->width * (size_t)rgb->height;
    const uint8_t *c = rgb->data;
    for (size_t i = 0; i < n; i++, c += 3)
        p->full.px[i] = (Pixel){ linear[c[0]], linear[c[1]], linear[c[2]], 0 };
    for (size_t i = 0; p->has_object && i < n; i++)
        p->full.px[i][3] = (float)alpha->data[i] * (1 / 255.0f);
    return true;
}

/* ---- where the surface ends --------------------------------------------------------------------- */

/* Of each row of a strip of the small picture, without the object: its mean colour (square root of the light)
 * and its detail; as running sums. */
typedef struct {
    Pixel *sum;
    int rows;
} Profile;

static bool profile_open(Profile *f, const Canvas *c, int x0, int x1, Err *err)
{
    f->rows = c->height;
    f->sum = malloc(((size_t)c->height + 1) * sizeof *f->sum);
    if (!f->sum)
        return err_set(err, ERR_NOMEM, "no memory to look at %d rows", c->height);
    Pixel s = { 0 };
    Pixel last = { 0 };
    for (int y = 0; y < c->height; y++) {
        const Pixel *row = c->px + (size_t)y * (size_t)c->width;
        Pixel mean = { 0 };
        float weight = 1e-3f;
        for (int x = x0; x < x1; x++) {
            float k = row[x][3] > 0.05f ? 0.0f : 1.0f;
            Pixel root = { sqrtf(row[x][0]), sqrtf(row[x][1]), sqrtf(row[x][2]), 0 };
            Pixel next = row[x + 1 < c->width ? x + 1 : x];
            root[3] = 3 * fabsf(sqrtf(next[1]) - root[1]);
            mean += root * pixel_all(k);
            weight += k;
        }
        if (weight > 1)
            last = mean / pixel_all(weight);
        f->sum[y] = s;
        s += last;
    }
    f->sum[c->height] = s;
    return true;
}

/* How much rows [y - n, y) differ from [y, y + n). */
static float step_at(const Profile *f, int y, int n)
{
    Pixel d = (f->sum[y + n] - f->sum[y] - f->sum[y] + f->sum[y - n]) / pixel_all((float)n);
    return d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + d[3] * d[3];
}

/* The row of the greatest step between two rows; the lower of two that are near equal, because behind the end
 * of the surface there may be any number of steps. */
static int greatest_step(const Profile *f, int from, int to, int n, float *height)
{
    int best = -1;
    *height = 0;
    for (int y = from > n ? from : n; y <= to && y + n <= f->rows; y++) {
        float s = step_at(f, y, n) * (1 + 0.6f * (float)(y - from) / (float)(to - from + 1));
        if (s > *height) {
            *height = s;
            best = y;
        }
    }
    return best;
}

/* The edge as a line through what the left and the right part of the picture show. */
static bool find_edge(Plate *p, const Canvas *quarter, Err *err)
{
    int w = quarter->width, h = quarter->height, n = h / 24 + 1;
    float scale = (float)p->full.height / (float)h;
    int to = (int)((p->contact - 0.07f * p->side) / scale), from = h / 6;
    float guess = fmaxf(0.15f * (float)p->full.height, p->contact - 0.3f * p->side), height;
    Profile all;
    if (!profile_open(&all, quarter, 0, w, err))
        return false;
    int row = to > from ? greatest_step(&all, from, to, n, &height) : -1;
    free(all.sum);
    p->edge[0] = row >= 0 && height > 0.0015f ? (float)row * scale : guess;
    p->edge[1] = 0;
    if (row < 0 || w < 32)
        return true;
    int found[2];
    for (int k = 0; k < 2; k++) {
        Profile part;
        if (!profile_open(&part, quarter, k ? w * 2 / 3 : 0, k ? w : w / 3, err))
            return false;
        found[k] = greatest_step(&part, row - h / 16, row + h / 16 < to ? row + h / 16 : to, n, &height);
        free(part.sum);
    }
    if (found[0] >= 0 && found[1] >= 0 && abs(found[0] - found[1]) < h / 10) {
        p->edge[1] = (float)(found[1] - found[0]) * scale / (0.667f * (float)p->full.width);
        p->edge[0] = 0.5f * (float)(found[0] + found[1]) * scale - p->edge[1] * 0.5f * (float)p->full.width;
    }
    return true;
}

/* ---- guides ------------------------------------------------------------------------------------- */

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
                joined = fminf(joined, like > 0.6f ? 1.0f : like * 1.6f);
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
    find_columns(p, quarter, guide, fmaxf(0.16f, 0.36f * sky_level(quarter, guide)));
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
            float ground = fmaxf(0, 1 - 1 / plate_depth(p, fy));
            /* What is sharp behind the surface is nearer than what is out of focus. */
            Pixel d = quarter->px[i] - soft->px[i];
            float detail = fabsf(d[1]) / (soft->px[i][1] + 0.05f);
            float back =
                fmaxf(0.72f, 1 - 1 / plate_depth(p, edge)) - 0.12f * smooth_step(0.05f, 0.5f, detail);
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

static bool fill_maps(Plate *p, const Canvas *quarter, Err *err)
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

bool plate_open(Plate *p, const Image *rgb, const Image *alpha, Err *err)
{
    *p = (Plate){ 0 };
    Canvas quarter = { 0 };
    find_object(p, rgb, alpha);
    bool ok = decode(p, rgb, alpha, err) && canvas_half(&p->half, &p->full, err) &&
              canvas_half(&quarter, &p->half, err) && canvas_half(&p->eighth, &quarter, err);
    if (ok) {
        /* The lowest pixel is the near rim of a foot; what stands is in the middle of it. */
        float width = (float)(p->right - p->left + 1);
        p->contact = (float)p->bottom - fminf(0.10f * width, 0.08f * (float)(p->bottom - p->top + 1));
        ok = find_edge(p, &quarter, err);
    }
    if (ok) {
        float mid = plate_edge(p, 0.5f * (float)p->full.width);
        p->horizon = fminf(mid - 0.06f * p->side, p->contact - 0.2f * p->side);
        p->squash = fmaxf(0.16f, fminf(0.5f, (p->contact - p->horizon) / (1.6f * p->side)));
        ok = fill_maps(p, &quarter, err);
    }
    canvas_clear(&quarter);
    if (!ok)
        plate_close(p);
    return ok;
}

void plate_close(Plate *p)
{
    canvas_clear(&p->full);
    canvas_clear(&p->half);
    canvas_clear(&p->eighth);
    canvas_clear(&p->guide);
    canvas_clear(&p->normal);
    *p = (Plate){ 0 };
}

/* Row y of a layer at the picture's height, in the layer's own columns. */
static void layer_row(Pixel *out, const Canvas *layer, int y, int height)
{
    float fy = ((float)y + 0.5f) * (float)layer->height / (float)height - 0.5f;
    fy = fy < 0 ? 0 : fy;
    int y0 = (int)fy, y1 = y0 + 1 < layer->height ? y0 + 1 : layer->height - 1;
    const Pixel *a = layer->px + (size_t)y0 * (size_t)layer->width,
                *b = layer->px + (size_t)y1 * (size_t)layer->width;
    for (int x = 0; x < layer->width; x++)
        out[x] = pixel_mix(a[x], b[x], fy - (float)y0);
}

bool plate_lay(Plate *p, const Canvas *layer, const Canvas *front, Err *err)
{
    int w = p->full.width, n = layer->width;
    Pixel *line = malloc(2 * (size_t)n * sizeof *line);
    if (!line)
        return err_set(err, ERR_NOMEM, "no memory for a layer of a picture");
    float step = (float)n / (float)w;
    for (int y = 0; y < p->full.height; y++) {
        Pixel *row = p->full.px + (size_t)y * (size_t)w;
        layer_row(line, layer, y, p->full.height);
        if (front)
            layer_row(line + n, front, y, p->full.height);
        for (int x = 0; x < w; x++) {
            float fx = ((float)x + 0.5f) * step - 0.5f, alpha = row[x][3];
            fx = fx < 0 ? 0 : fx;
            int x0 = (int)fx, x1 = x0 + 1 < n ? x0 + 1 : n - 1;
            Pixel l = pixel_mix(line[x0], line[x1], fx - (float)x0);
            if (front && alpha > 0)
                l = pixel_mix(l, pixel_mix(line[n + x0], line[n + x1], fx - (float)x0), alpha);
            row[x] = row[x] * pixel_all(1 - l[3]) + l;
            row[x][3] = alpha;
        }
    }
    free(line);
    return true;
}
