/* The segmenter that needs no model. */
#include "roles/segmenters/prompt.h"
#include "roles/segmenters/segmenters.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const RoleConfig *cfg;
    const Image *picture; /* NULL: nothing was looked at */
} Grabcut;

static bool probe(const RoleConfig *cfg, Err *err)
{
    (void)cfg;
    (void)err;
    return true;
}

static bool open_grabcut(void **self, const RoleConfig *cfg, Err *err)
{
    Grabcut *g = calloc(1, sizeof *g);
    *self = g;
    if (!g)
        return err_set(err, ERR_NOMEM, "no memory for a segmenter");
    g->cfg = cfg;
    return true;
}

static bool look(void *self, const Image *rgb, Err *err)
{
    Grabcut *g = self;
    g->picture = NULL;
    if (!segmenter_picture_check(rgb, err))
        return false;
    g->picture = rgb;
    return true;
}

static bool segment(void *self, const SegmenterPrompt *p, SegmenterAnswer *out, Err *err)
{
    Grabcut *g = self;
    *out = (SegmenterAnswer){ 0 };
    if (!segmenter_prompt_check(p, g->picture, err) ||
        !image_init(&out->mask[0], g->picture->width, g->picture->height, 1, err))
        return false;
    if (p->start)
        memcpy(out->mask[0].data, p->start->data, image_bytes(p->start));
    else if (p->box) {
        PixelBox b = segmenter_pixel_box(p->box, g->picture->width, g->picture->height);
        for (int y = b.y0; y <= b.y1; y++)
            memset(image_at(&out->mask[0], b.x0, y), 255, (size_t)(b.x1 - b.x0 + 1));
    }
    segmenter_apply_strokes(&out->mask[0], p->strokes);
    out->count = 1;
    out->score[0] = 0.5f;
    return true;
}

static void close_grabcut(void *self)
{
    free(self);
}

const Segmenter segmenter_grabcut = {
    .name = "grabcut",
    .title = "GrabCut",
    .probe = probe,
    .open = open_grabcut,
    .look = look,
    .segment = segment,
    .close = close_grabcut,
};
