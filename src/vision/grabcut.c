#include "vision/grabcut.h"

#include "vision/grabcut_refine.h"

#include <stdlib.h>
#include <string.h>

struct Grabcut {
    Levels levels;
    MaxFlow *flow;
};

bool grabcut_open(Grabcut **out, const Image *rgb, Err *err)
{
    *out = NULL;
    if (image_empty(rgb) || rgb->channels != 3)
        return err_set(err, ERR_INPUT, "objects are cut out of RGB pictures; convert this one to 3 channels");
    Grabcut *g = calloc(1, sizeof *g);
    if (!g)
        return err_set(err, ERR_NOMEM, "no memory for a picture to cut");
    if (!levels_init(&g->levels, rgb, err) || !max_flow_open(&g->flow, COARSE_PIXELS_MAX, err)) {
        grabcut_close(g);
        return false;
    }
    *out = g;
    return true;
}

void grabcut_close(Grabcut *g)
{
    if (!g)
        return;
    levels_clear(&g->levels);
    max_flow_close(g->flow);
    free(g);
}

bool grabcut_cut(Grabcut *g, const MaskPrompt *p, const atomic_bool *cancel, Image *mask, float *score,
                 Err *err)
{
    const Image *full = &g->levels.level[0];
    Seeds seeds;
    Coarse c;
    *mask = (Image){ 0 };
    if (!mask_prompt_check(p, full, err) || !seeds_init(&seeds, p, &g->levels, err))
        return false;
    bool ok = coarse_cut(&c, &g->levels, &seeds, p, g->flow, cancel, err);
    *score = ok ? coarse_contrast(&c, &g->levels) : 0;
    ok = ok && coarse_refine(&c, &g->levels, &seeds, g->flow, cancel, err) &&
         image_init(mask, full->width, full->height, 1, err);
    for (int y = 0; ok && y < c.region.height; y++)
        for (int x = 0; x < c.region.width; x++)
            image_at(mask, c.region.x + x, c.region.y + y)[0] =
                c.object[(size_t)y * (size_t)c.region.width + (size_t)x] ? 255 : 0;
    if (ok)
        mask_apply_strokes(mask, p->strokes);
    seeds_clear(&seeds);
    coarse_clear(&c);
    return ok;
}
