#include "roles/procedural/restyle_plate.h"

#include "roles/procedural/noise.h"
#include "roles/procedural/restyle_edge.h"
#include "roles/procedural/restyle_guide.h"

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

/* Where an object usually is: what would hide it holds back in the middle of a picture without a mask. */
static void guess_object(Plate *p)
{
    int w = p->full.width, h = p->full.height;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            float u = ((float)x + 0.5f) / (float)w - 0.5f, v = ((float)y + 0.5f) / (float)h - 0.54f;
            float far = u * u / (0.33f * 0.33f) + v * v / (0.40f * 0.40f);
            p->full.px[(size_t)y * (size_t)w + (size_t)x][3] = 0.88f * (1 - smooth_step(0.3f, 1.0f, far));
        }
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
    if (!p->has_object)
        guess_object(p);
    return true;
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
        ok = edge_find(p->edge, &quarter, p->contact, 4, err);
    }
    if (ok) {
        size_t n = (size_t)p->eighth.width * (size_t)p->eighth.height;
        for (size_t i = 0; i < n; i++)
            p->level += pixel_luma(p->eighth.px[i]) / (float)n;
        float mid = plate_edge(p, 0.5f * (float)p->full.width);
        p->horizon = fminf(mid - 0.06f * p->side, p->contact - 0.2f * p->side);
        p->squash = fmaxf(0.16f, fminf(0.5f, (p->contact - p->horizon) / (1.6f * p->side)));
        ok = plate_fill_maps(p, &quarter, err);
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
