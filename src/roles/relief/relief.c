#include "roles/relief/relief.h"

#include "roles/relief/cutout.h"
#include "roles/relief/lathe.h"
#include "roles/relief/render.h"
#include "roles/relief/skin.h"
#include "roles/relief/surface.h"
#include "roles/relief/well.h"
#include "vision/matting.h"

#include <stdlib.h>

typedef struct {
    const ViewsRequest *req; /* borrowed */
    Cutout cutout;
    Lathe lathe;
    Well well;
    Surface surface;
    Skin skin;
} Relief;

/* Distance of the photo's camera in sizes of the object: at 65 % of the frame's height, a 50 mm lens on a
 * full frame film. */
static const float CAMERA_DISTANCE = 3.2f;

static bool relief_probe(const RoleConfig *cfg, Err *err)
{
    (void)cfg;
    (void)err;
    return true;
}

static void relief_close(void *self)
{
    Relief *r = self;
    if (!r)
        return;
    skin_clear(&r->skin);
    surface_clear(&r->surface);
    lathe_clear(&r->lathe);
    cutout_clear(&r->cutout);
    free(r);
}

static bool check_request(const ViewsRequest *req, Err *err)
{
    if (image_empty(req->image) || req->image->channels != 3)
        return err_set(err, ERR_INPUT, "views need an RGB image of the object");
    if (req->alpha && (image_empty(req->alpha) || req->alpha->channels != 1 ||
                       req->alpha->width != req->image->width || req->alpha->height != req->image->height))
        return err_set(err, ERR_INPUT,
                       "the object's alpha must have one channel and the size of its image, %d x %d",
                       req->image->width, req->image->height);
    if (req->width < 1 || req->height < 1 || req->width > 16384 || req->height > 16384)
        return err_set(err, ERR_USAGE, "a view of %d x %d pixels cannot be made; sides are 1 to 16384",
                       req->width, req->height);
    for (size_t i = 0; i < req->count; i++)
        if (!(req->pose[i].distance_factor >= 0.1f && req->pose[i].distance_factor <= 10))
            return err_set(err, ERR_USAGE, "a distance factor of %g cannot be shown; it is 0.1 to 10",
                           (double)req->pose[i].distance_factor);
    return true;
}

static bool relief_open(void **self, const RoleConfig *cfg, const ViewsRequest *req, Err *err)
{
    (void)cfg;
    *self = NULL;
    if (!check_request(req, err))
        return false;
    Relief *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ERR_NOMEM, "no memory to open the relief");
    r->req = req;
    Image found = { 0 };
    bool ok = req->alpha || matte_from_white(&found, req->image, err);
    ok = ok && cutout_init(&r->cutout, req->image, req->alpha ? req->alpha : &found, err) &&
         lathe_init(&r->lathe, &r->cutout, CAMERA_DISTANCE * r->cutout.extent, err) &&
         well_find(&r->well, &r->lathe, &r->cutout, err) &&
         surface_init(&r->surface, &r->cutout, &r->lathe, &r->well, err) &&
         skin_init(&r->skin, &r->cutout, &r->lathe, &r->well, &r->surface, req->seed, err);
    image_clear(&found);
    if (!ok) {
        relief_close(r);
        return false;
    }
    *self = r;
    return true;
}

static bool relief_render(void *self, size_t index, ViewResult *out, Err *err)
{
    const Relief *r = self;
    RenderScene scene = { &r->surface, &r->skin };
    *out = (ViewResult){ 0 };
    if (index >= r->req->count)
        return err_set(err, ERR_INTERNAL, "view %zu of %zu was asked for", index, r->req->count);
    return render_view(&scene, &r->req->pose[index], r->req->width, r->req->height, out, err);
}

const Views views_relief = {
    .name = "relief",
    .exact_alpha = true,
    .probe = relief_probe,
    .open = relief_open,
    .render = relief_render,
    .close = relief_close,
};
