#include "roles/procedural/procedural.h"

#include "roles/procedural/sprite.h"
#include "roles/procedural/finish.h"
#include "roles/procedural/ground.h"
#include "roles/procedural/place.h"
#include "roles/procedural/restyle.h"
#include "roles/procedural/stage.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    Materials materials;
    MatteCache mattes;
    RestyleCache restyle;
} Procedural;

static bool probe(const RoleConfig *cfg, Err *err)
{
    (void)cfg;
    (void)err;
    return true;
}

static bool open_editor(void **self, const RoleConfig *cfg, Err *err)
{
    (void)cfg;
    Procedural *p = calloc(1, sizeof *p);
    *self = NULL;
    if (!p)
        return err_set(err, ERR_NOMEM, "no memory for the procedural editor");
    if (!materials_open(&p->materials, err)) {
        free(p);
        return false;
    }
    matte_cache_open(&p->mattes);
    restyle_cache_open(&p->restyle);
    *self = p;
    return true;
}

static void close_editor(void *self)
{
    Procedural *p = self;
    if (!p)
        return;
    restyle_cache_close(&p->restyle);
    matte_cache_close(&p->mattes);
    materials_close(&p->materials);
    free(p);
}

static bool isolate(const Sprite *object, const int size[2], EditResult *out, Err *err)
{
    const Canvas *full = &object->level[0];
    float high =
        fminf(0.7f * (float)size[1], 0.7f * (float)size[0] * (float)full->height / (float)full->width);
    Canvas drawn, page;
    if (!sprite_draw(&drawn, object, fmaxf(high, 1), 0, err))
        return false;
    if (!canvas_init(&page, size[0], size[1], err)) {
        canvas_clear(&drawn);
        return false;
    }
    int x0 = (size[0] - drawn.width) / 2, y0 = (size[1] - drawn.height) / 2;
    for (int y = 0; y < page.height; y++)
        for (int x = 0; x < page.width; x++) {
            int dx = x - x0, dy = y - y0;
            Pixel q = { 0 };
            if (dx >= 0 && dy >= 0 && dx < drawn.width && dy < drawn.height)
                q = drawn.px[(size_t)dy * (size_t)drawn.width + (size_t)dx];
            page.px[(size_t)y * (size_t)page.width + (size_t)x] =
                q + (Pixel){ 1, 1, 1, 0 } * pixel_all(1 - q[3]);
        }
    canvas_clear(&drawn);
    bool ok = finish_plain(&out->image, &out->alpha, &page, err);
    canvas_clear(&page);
    return ok;
}

/* The picture at full size: what is sharp of the surface over what is not, then the object. */
static bool compose(Canvas *picture, Stage *stage, const Sprite *object, Err *err)
{
    const Scene *s = stage->scene;
    GroundView g = { .scene = s,
                     .surface = &s->surface,
                     .camera = s->camera,
                     .clouds = stage->materials->clouds,
                     .max_blur = 5 };
    g.texture = materials_get(stage->materials, s->surface.material, err);
    g.mirror = stage->mirror.px ? &stage->mirror : NULL;
    if (!g.texture || !canvas_init(picture, s->camera.width, s->camera.height_px, err))
        return false;
    if (!canvas_stretch(picture, &stage->picture, picture->height, err)) {
        canvas_clear(picture);
        return false;
    }
    ground_draw(picture, &g);
    if (!place_object(picture, s, object, &stage->picture, err)) {
        canvas_clear(picture);
        return false;
    }
    return true;
}

static bool place(Procedural *p, const EditRequest *req, const Sprite *object, const int size[2],
                  EditResult *out, Err *err)
{
    Scene scene;
    scene_plan(&scene, req->prompt ? req->prompt : "", req->seed, size,
               (float)object->level[0].width / (float)object->level[0].height);
    Stage stage;
    if (!stage_open(&stage, &scene, &p->materials, err))
        return false;
    scene.family->backdrop(&stage);
    stage_table(&stage);
    stage_flush(&stage);
    Canvas picture;
    bool ok = !stage.failed && compose(&picture, &stage, object, err);
    stage_close(&stage);
    if (!ok)
        return false;
    FinishOptions opt = { .vignette = 0.22f, .grain = 1.1f, .seed = scene.seed };
    opt.bloom = scene.light.lamps > 1 ? 0.35f : 0.12f;
    ok = finish_picture(&out->image, &out->alpha, &picture, &opt, err);
    canvas_clear(&picture);
    return ok;
}

static bool edit(void *self, const EditRequest *req, EditResult *out, Err *err)
{
    Procedural *p = self;
    *out = (EditResult){ 0 };
    if (req->task == EDIT_RESTYLE)
        return restyle_edit(&p->restyle, req, out, err);
    if (req->task == EDIT_ISOLATE && !req->alpha)
        return err_set(err, ERR_INPUT,
                       "the procedural editor cuts out by a mask; give one beside the picture");
    Matte *m = matte_acquire(&p->mattes, req, err);
    if (!m)
        return false;
    int size[2] = { req->width > 0 ? req->width : req->image->width,
                    req->height > 0 ? req->height : req->image->height };
    Sprite object;
    bool ok = sprite_init(&object, m, err);
    matte_release(&p->mattes, m);
    if (!ok)
        return false;
    ok =
        req->task == EDIT_ISOLATE ? isolate(&object, size, out, err) : place(p, req, &object, size, out, err);
    sprite_clear(&object);
    return ok;
}

const Editor editor_procedural = {
    .name = "procedural",
    .exact_alpha = true,
    .needs_mask = true,
    .probe = probe,
    .open = open_editor,
    .edit = edit,
    .close = close_editor,
};
