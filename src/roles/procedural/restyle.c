#include "roles/procedural/restyle.h"

#include "roles/procedural/finish.h"
#include "roles/procedural/restyle_air.h"
#include "roles/procedural/restyle_cover.h"
#include "roles/procedural/restyle_fall.h"
#include "roles/procedural/restyle_grade.h"
#include "roles/procedural/restyle_lamps.h"
#include "roles/procedural/restyle_lens.h"
#include "roles/procedural/restyle_light.h"
#include "roles/procedural/restyle_plate.h"
#include "roles/procedural/restyle_recipe.h"
#include "roles/procedural/restyle_sky.h"
#include "roles/procedural/restyle_wet.h"
#include "vision/resample.h"

#include <math.h>
#include <string.h>

/* From the scene to the lens: what lies on the surface, the light, the air, what falls through it, the lens.
 */
static bool apply(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
{
    restyle_cover(p, r, tiles);
    if (!restyle_light(p, r, tiles, err))
        return false;
    restyle_sky(p, r, tiles);
    restyle_lamps(p, r);
    if (!restyle_wet(p, r, tiles, err) || !restyle_air(p, r, tiles, err))
        return false;
    restyle_fall(p, r, tiles);
    if (!restyle_lens(p, r, tiles, err))
        return false;
    return true;
}

static bool render(const EditRequest *req, const Image *rgb, const Image *alpha, const RestyleTiles *tiles,
                   Image *out, Err *err)
{
    Plate p;
    if (!plate_open(&p, rgb, alpha, err))
        return false;
    Recipe r;
    recipe_make(&r, req->prompt, req->seed, p.level);
    FinishOptions opt = { .vignette = fminf(1, r.sum.vignette), .grain = 0.7f, .seed = r.seed };
    opt.bloom = 0.12f + 0.35f * fminf(1.5f, r.sum.bloom);
    Image unused = { 0 };
    bool ok = apply(&p, &r, tiles, err);
    if (ok && restyle_grade(&p.full, &r.sum) <= 1) /* nothing is bright enough to glow */
        opt.bloom = 0;
    ok = ok && finish_picture(out, &unused, &p.full, &opt, err);
    image_clear(&unused);
    plate_close(&p);
    return ok;
}

/* The request's picture and alpha at the size asked for. */
static bool sized(Image *rgb, Image *alpha, const EditRequest *req, Err *err)
{
    int w = req->width > 0 ? req->width : req->image->width;
    int h = req->height > 0 ? req->height : req->image->height;
    return image_resize(rgb, req->image, w, h, RESAMPLE_BICUBIC, err) &&
           (!req->alpha || image_resize(alpha, req->alpha, w, h, RESAMPLE_BICUBIC, err));
}

bool restyle_edit(RestyleCache *cache, const EditRequest *req, EditResult *out, Err *err)
{
    *out = (EditResult){ 0 };
    if (req->alpha && (req->alpha->width != req->image->width || req->alpha->height != req->image->height))
        return err_set(err, ERR_INPUT,
                       "the mask has %d x %d pixels and its picture %d x %d; give one of the same size",
                       req->alpha->width, req->alpha->height, req->image->width, req->image->height);
    const RestyleTiles *tiles = restyle_tiles_get(cache, err);
    if (!tiles)
        return false;
    Image rgb = { 0 };
    bool ok = sized(&rgb, &out->alpha, req, err) &&
              render(req, &rgb, image_empty(&out->alpha) ? NULL : &out->alpha, tiles, &out->image, err);
    image_clear(&rgb);
    if (!ok)
        edit_result_clear(out);
    return ok;
}
