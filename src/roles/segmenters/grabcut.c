/* The segmenter that needs no model: vision/grabcut.h. */
#include "roles/segmenters/segmenters.h"

#include "vision/grabcut.h"

#include <stdlib.h>

typedef struct {
    const RoleConfig *cfg;
    Grabcut *picture; /* NULL: nothing was looked at */
} Self;

static bool probe(const RoleConfig *cfg, Err *err)
{
    (void)cfg;
    (void)err;
    return true;
}

static bool open_grabcut(void **self, const RoleConfig *cfg, Err *err)
{
    Self *s = calloc(1, sizeof *s);
    *self = s;
    if (!s)
        return err_set(err, ERR_NOMEM, "no memory for a segmenter");
    s->cfg = cfg;
    return true;
}

static bool look(void *self, const Image *rgb, Err *err)
{
    Self *s = self;
    grabcut_close(s->picture);
    return grabcut_open(&s->picture, rgb, err);
}

static bool segment(void *self, const SegmenterPrompt *p, SegmenterAnswer *out, Err *err)
{
    Self *s = self;
    *out = (SegmenterAnswer){ 0 };
    if (!s->picture)
        return err_set(err, ERR_STATE, "no picture was looked at; open one first");
    if (!grabcut_cut(s->picture, p, s->cfg->cancel, &out->mask[0], &out->score[0], err))
        return false;
    out->count = 1;
    return true;
}

static void close_grabcut(void *self)
{
    Self *s = self;
    if (!s)
        return;
    grabcut_close(s->picture);
    free(s);
}

const Segmenter segmenter_grabcut = {
    .name = "grabcut",
    .title = "GrabCut, built in",
    .probe = probe,
    .open = open_grabcut,
    .look = look,
    .segment = segment,
    .close = close_grabcut,
};
