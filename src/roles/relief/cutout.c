#include "roles/relief/cutout.h"

#include "vision/matting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GRID_SIDE = 400,    /* cells along the longer side: facets of the mesh stay below three pixels at 1024 */
    COLOUR_SIDE = 1280, /* pixels along the longer side: more than any view shows */
    COLOUR_MARGIN = 8,
    EDGE_SHARE = 450, /* of the longer side, in pixels that count as mixed at the outline */
};

typedef struct {
    int x0, y0, x1, y1; /* half open */
} Box;

static Box bounding_box(const Image *alpha)
{
    Box b = { alpha->width, alpha->height, 0, 0 };
    for (int y = 0; y < alpha->height; y++)
        for (int x = 0; x < alpha->width; x++) {
            if (*image_at(alpha, x, y) < 128)
                continue;
            b.x0 = x < b.x0 ? x : b.x0;
            b.x1 = x + 1 > b.x1 ? x + 1 : b.x1;
            b.y0 = y < b.y0 ? y : b.y0;
            b.y1 = y + 1 > b.y1 ? y + 1 : b.y1;
        }
    return b;
}

/* Mean of channel `ch` over the rectangle [x, x+size) x [y, y+size) of the image, with fractions of pixels at
 * its sides; outside the image counts as `outside`. */
static float area_mean(const Image *im, int ch, float x, float y, float size, float outside)
{
    float sum = 0, x1 = x + size, y1 = y + size;
    for (int py = (int)floorf(y); (float)py < y1; py++) {
        float wy = fminf(y1, (float)py + 1) - fmaxf(y, (float)py);
        for (int px = (int)floorf(x); (float)px < x1; px++) {
            float wx = fminf(x1, (float)px + 1) - fmaxf(x, (float)px);
            bool in = px >= 0 && py >= 0 && px < im->width && py < im->height;
            sum += wx * wy * (in ? (float)image_at(im, px, py)[ch] : outside);
        }
    }
    return sum / (size * size);
}

/* Label 4-connected regions of cells whose being inside is `inside`, and turn those of fewer than `least`
 * cells over. `mark` holds a byte a cell, `queue` an index a cell. */
static void turn_small_regions(Cutout *c, bool inside, size_t least, uint8_t *mark, uint32_t *queue)
{
    size_t cells = (size_t)c->width * (size_t)c->height;
    memset(mark, 0, cells);
    for (size_t start = 0; start < cells; start++) {
        if (mark[start] || (c->alpha[start] >= 0.5f) != inside)
            continue;
        size_t head = 0, tail = 0;
        queue[tail++] = (uint32_t)start;
        mark[start] = 1;
        while (head < tail) {
            size_t i = queue[head++];
            int x = (int)(i % (size_t)c->width), y = (int)(i / (size_t)c->width);
            size_t next[4];
            int n = 0;
            if (x > 0)
                next[n++] = i - 1;
            if (x + 1 < c->width)
                next[n++] = i + 1;
            if (y > 0)
                next[n++] = i - (size_t)c->width;
            if (y + 1 < c->height)
                next[n++] = i + (size_t)c->width;
            for (int k = 0; k < n; k++) {
                if (mark[next[k]] || (c->alpha[next[k]] >= 0.5f) != inside)
                    continue;
                mark[next[k]] = 1;
                queue[tail++] = (uint32_t)next[k];
            }
        }
        if (tail < least)
            for (size_t k = 0; k < tail; k++)
                c->alpha[queue[k]] = inside ? 0.0f : 1.0f;
    }
}

bool cutout_clean(Cutout *c, size_t least_hole, size_t least_piece, Err *err)
{
    size_t cells = (size_t)c->width * (size_t)c->height;
    uint8_t *mark = malloc(cells);
    uint32_t *queue = malloc(cells * sizeof *queue);
    bool ok = mark && queue;
    if (ok) {
        turn_small_regions(c, false, least_hole, mark, queue);
        turn_small_regions(c, true, least_piece, mark, queue);
    } else {
        err_set(err, ERR_NOMEM, "no memory to clean a cut-out of %zu cells", cells);
    }
    free(mark);
    free(queue);
    return ok;
}

/* Cells of `cell` photo pixels over the box. */
static bool make_grid(Cutout *c, const Image *alpha, Box b, float cell, Err *err)
{
    float w = (float)(b.x1 - b.x0) / cell, h = (float)(b.y1 - b.y0) / cell;
    c->width = (int)ceilf(w) + 2;
    c->height = (int)ceilf(h) + 2; /* at most GRID_SIDE + 3 each */
    c->box_width = w;
    c->box_height = h;
    c->extent = fmaxf(w, h);
    c->middle_x = 0.5f * w + 0.5f; /* cell 1 begins where the box does; its centre is column 1 */
    c->middle_y = 0.5f * h + 0.5f;
    c->alpha = calloc((size_t)c->width * (size_t)c->height, sizeof *c->alpha);
    if (!c->alpha)
        return err_set(err, ERR_NOMEM, "no memory for a grid of %d x %d cells", c->width, c->height);
    for (int y = 1; y + 1 < c->height; y++)
        for (int x = 1; x + 1 < c->width; x++)
            c->alpha[(size_t)y * (size_t)c->width + (size_t)x] =
                area_mean(alpha, 0, (float)b.x0 + (float)(x - 1) * cell, (float)b.y0 + (float)(y - 1) * cell,
                          cell, 0) /
                255.0f;
    size_t solid = 0;
    for (size_t i = 0; i < (size_t)c->width * (size_t)c->height; i++)
        solid += c->alpha[i] >= 0.5f;
    return cutout_clean(c, solid / 1000 + 1, solid / 20 + 1, err);
}

static bool crop(Image *out, const Image *im, Box b, Err *err)
{
    if (!image_init(out, b.x1 - b.x0, b.y1 - b.y0, im->channels, err))
        return false;
    size_t row = (size_t)out->width * (size_t)im->channels;
    for (int y = 0; y < out->height; y++)
        memcpy(image_at(out, 0, y), image_at(im, b.x0, b.y0 + y), row);
    return true;
}

static bool reduce(Image *out, const Image *im, float step, Err *err)
{
    int w = (int)ceilf((float)im->width / step), h = (int)ceilf((float)im->height / step);
    if (!image_init(out, w, h, 3, err))
        return false;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int ch = 0; ch < 3; ch++) {
                float v = area_mean(im, ch, (float)x * step, (float)y * step, step, 128);
                image_at(out, x, y)[ch] = (uint8_t)(v + 0.5f);
            }
    return true;
}

/* Least alpha within `reach` pixels, along the rows and then along the columns: the outermost pixels of the object
 * are mixed with the background wherever a mask was drawn a little too wide. */
static bool shrink(Image *alpha, int reach, Err *err)
{
    Image copy = { 0 };
    if (!image_init(&copy, alpha->width, alpha->height, 1, err))
        return false;
    for (int pass = 0; pass < 2; pass++) {
        const Image *from = pass ? &copy : alpha;
        Image *to = pass ? alpha : &copy;
        for (int y = 0; y < alpha->height; y++)
            for (int x = 0; x < alpha->width; x++) {
                uint8_t least = 255;
                for (int k = -reach; k <= reach; k++) {
                    int px = pass ? x : x + k, py = pass ? y + k : y;
                    if (px < 0 || py < 0 || px >= alpha->width || py >= alpha->height)
                        continue;
                    uint8_t a = *image_at(from, px, py);
                    least = a < least ? a : least;
                }
                *image_at(to, x, y) = least;
            }
    }
    image_clear(&copy);
    return true;
}

/* Colours of the box and a margin, cleaned of background, then reduced. */
static bool make_colour(Cutout *c, const Image *rgb, const Image *alpha, Box b, float cell, Err *err)
{
    Box wide = { b.x0 - COLOUR_MARGIN, b.y0 - COLOUR_MARGIN, b.x1 + COLOUR_MARGIN, b.y1 + COLOUR_MARGIN };
    wide.x0 = wide.x0 > 0 ? wide.x0 : 0;
    wide.y0 = wide.y0 > 0 ? wide.y0 : 0;
    wide.x1 = wide.x1 < rgb->width ? wide.x1 : rgb->width;
    wide.y1 = wide.y1 < rgb->height ? wide.y1 : rgb->height;
    int w = b.x1 - b.x0, h = b.y1 - b.y0;
    float step = (float)(w > h ? w : h) / (float)COLOUR_SIDE;
    Image part = { 0 }, part_alpha = { 0 };
    bool ok = crop(&part, rgb, wide, err) && crop(&part_alpha, alpha, wide, err) &&
              shrink(&part_alpha, ((w > h ? w : h) + EDGE_SHARE / 2) / EDGE_SHARE, err) &&
              matte_clean_colours(&part, &part_alpha, err);
    if (ok && step > 1) {
        ok = reduce(&c->colour, &part, step, err);
    } else if (ok) {
        step = 1;
        c->colour = part;
        part = (Image){ 0 };
    }
    c->texel = cell / step;
    c->texel_x = (0.5f * (float)(b.x0 + b.x1) - (float)wide.x0) / step - 0.5f;
    c->texel_y = (0.5f * (float)(b.y0 + b.y1) - (float)wide.y0) / step - 0.5f;
    image_clear(&part);
    image_clear(&part_alpha);
    return ok;
}

bool cutout_init(Cutout *c, const Image *rgb, const Image *alpha, Err *err)
{
    *c = (Cutout){ 0 };
    Box b = bounding_box(alpha);
    if (b.x1 <= b.x0)
        return err_set(err, ERR_INPUT, "there is no object: its alpha is below one half everywhere");
    int side = b.x1 - b.x0 > b.y1 - b.y0 ? b.x1 - b.x0 : b.y1 - b.y0;
    float cell = side > GRID_SIDE ? (float)side / (float)GRID_SIDE : 1.0f;
    return make_grid(c, alpha, b, cell, err) && make_colour(c, rgb, alpha, b, cell, err);
}

void cutout_clear(Cutout *c)
{
    free(c->alpha);
    image_clear(&c->colour);
    *c = (Cutout){ 0 };
}
