#include "pipeline/contact_sheet.h"

#include "base/pool.h"
#include "vision/codec.h"
#include "vision/draw.h"
#include "vision/resample.h"

#include <string.h>

#define GAP     6
#define CAPTION 12 /* height of the line under a picture */

typedef struct {
    const ContactSheet *sheet;
    Image *out;
} Task;

static int row_height(const ContactSheet *s)
{
    return s->cell + GAP + (s->caption ? CAPTION : 0);
}

static void draw_caption(const ContactSheet *s, Image *out, size_t i, int x, int y)
{
    char text[64];
    size_t fits = (size_t)s->cell / (size_t)draw_text_width("m", 1);
    const char *c = s->caption[i];
    size_t n = strlen(c);
    if (fits >= sizeof text)
        fits = sizeof text - 1;
    if (n > fits)
        n = fits;
    memcpy(text, c, n);
    text[n] = '\0';
    draw_text(out, x, y, text, (Colour){ 90, 90, 90 }, 1);
}

/* Cells do not overlap, so threads may draw at once. */
static bool draw_cell(void *user, size_t i, int worker)
{
    (void)worker;
    const Task *t = user;
    const ContactSheet *s = t->sheet;
    int x = GAP + (int)(i % (size_t)s->columns) * (s->cell + GAP),
        y = GAP + (int)(i / (size_t)s->columns) * row_height(s);
    Image picture = { 0 }, small = { 0 };
    Err err = { 0 };
    DecodeOptions rgb = { .channels = 3, .upright = true, .max_pixels = s->max_pixels };
    if (!image_load(&picture, s->path[i], &rgb, &err)) {
        draw_rect(t->out, x, y, s->cell, s->cell, (Colour){ 225, 225, 225 });
        return true;
    }
    int longest = picture.width > picture.height ? picture.width : picture.height;
    int w = (int)((long long)picture.width * s->cell / longest),
        h = (int)((long long)picture.height * s->cell / longest);
    if (image_resize(&small, &picture, w > 0 ? w : 1, h > 0 ? h : 1, RESAMPLE_BILINEAR, &err))
        draw_image(t->out, x + (s->cell - small.width) / 2, y + (s->cell - small.height) / 2, &small);
    if (s->caption)
        draw_caption(s, t->out, i, x, y + s->cell + 2);
    image_clear(&picture);
    image_clear(&small);
    return true;
}

bool contact_sheet(const ContactSheet *s, Image *out, Err *err)
{
    *out = (Image){ 0 };
    if (s->count == 0)
        return err_set(err, ERR_INPUT, "a contact sheet of no pictures");
    int columns = s->count < (size_t)s->columns ? (int)s->count : s->columns;
    int rows = (int)((s->count + (size_t)s->columns - 1) / (size_t)s->columns);
    if (!image_init(out, GAP + columns * (s->cell + GAP), GAP + rows * row_height(s), 3, err))
        return false;
    memset(out->data, 255, image_bytes(out));
    Task task = { s, out };
    pool_run(s->threads, s->count, draw_cell, &task);
    return true;
}
