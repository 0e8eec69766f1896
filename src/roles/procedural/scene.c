#include "roles/procedural/scene.h"

#include "roles/procedural/surface.h"

#include <math.h>
#include <string.h>

Pixel colour_near(Rng *rng, uint32_t rgb)
{
    Pixel c = colour_hex(rgb);
    float light = rng_range(rng, 0.82f, 1.18f), warm = rng_range(rng, -0.06f, 0.06f);
    return c * (Pixel){ light * (1 + warm), light, light * (1 - warm), 1 };
}

/* What the prompt says about the camera; 0 for nothing. */
typedef struct {
    int distance; /* 1 far, -1 near */
    int height;   /* 1 high, -1 low */
    int side;     /* 1 the object at the right, -1 at the left */
    bool deep;    /* all in focus */
} CameraWords;

static CameraWords camera_words(const char *prompt)
{
    static const char *const far[] = { "wide shot",    "small in the frame", "far away",
                                       "distant view", "long shot",          NULL };
    static const char *const near[] = { "close-up", "close up", "closeup", "macro", "fills the frame", NULL };
    static const char *const high[] = { "from above",   "high angle",         "top-down", "looks down",
                                        "looking down", "high three-quarter", NULL };
    static const char *const low[] = { "low angle", "from below", "ground level", "close to the surface",
                                       NULL };
    static const char *const deep[] = { "everything in focus", "deep focus", "all in focus", NULL };
    CameraWords w = { .deep = words_contain_any(prompt, deep) };
    w.distance = words_contain_any(prompt, far) ? 1 : words_contain_any(prompt, near) ? -1 : 0;
    w.height = words_contain_any(prompt, high) ? 1 : words_contain_any(prompt, low) ? -1 : 0;
    bool left =
        words_contain(prompt, "off-centre on the left") || words_contain(prompt, "off-center on the left");
    bool right =
        words_contain(prompt, "off-centre on the right") || words_contain(prompt, "off-center on the right");
    w.side = left ? -1 : right ? 1 : 0;
    return w;
}

/* The object's place in the picture comes first; the camera's height and distance follow from it. */
static void plan_camera(Scene *s, const CameraWords *words, const int size[2], float aspect)
{
    const Family *f = s->family;
    Rng *r = &s->rng;
    float w = (float)size[0], h = (float)size[1], side = fminf(w, h);
    Camera *c = &s->camera;
    *c = (Camera){ .width = size[0], .height_px = size[1], .centre = 0.5f * (w - 1) };
    c->focal = side * rng_range(r, 1.35f, 1.9f);
    float horizon = rng_range(r, f->horizon[0], f->horizon[1]) - (words->height > 0   ? 0.14f
                                                                  : words->height < 0 ? -0.12f
                                                                                      : 0);
    c->horizon = h * horizon;
    float lo = words->distance > 0 ? 0.16f : words->distance < 0 ? 0.46f : 0.24f;
    float hi = words->distance > 0 ? 0.26f : words->distance < 0 ? 0.60f : 0.52f;
    s->object_px = fminf(h * rng_range(r, lo, hi), 0.62f * w / aspect);
    s->object_px = fmaxf(fminf(s->object_px, 0.8f * h), 1);
    float row = h * rng_range(r, 0.74f, 0.92f);
    row = fmaxf(row, s->object_px + 0.04f * h);
    row = fmaxf(row, c->horizon + 0.22f * h);
    s->object_bottom = fminf(row, 0.955f * h);
    float room = fmaxf(0, 0.5f * (w - s->object_px * aspect) - 0.03f * w);
    float x = words->side ? (float)words->side * rng_range(r, 0.16f, 0.24f) : rng_range(r, -0.2f, 0.2f);
    s->object_x = 0.5f * w + fmaxf(-room, fminf(room, x * w));
    s->object_tilt = rng_float(r) < 0.35f ? rng_range(r, -0.07f, 0.07f) : 0;
    s->object_m = rng_range(r, f->object_height[0], f->object_height[1]);
    c->height = s->object_m * (s->object_bottom - c->horizon) / s->object_px;
    c->focus = c->focal * s->object_m / s->object_px;
    c->blur_far = side * rng_range(r, f->blur[0], f->blur[1]) * (words->deep ? 0.35f : 1);
}

void scene_plan(Scene *s, const char *prompt, uint64_t seed, const int size[2], float object_aspect)
{
    *s = (Scene){ .family = family_choose(prompt), .prompt = prompt };
    s->seed = seed_derive_text(seed, "procedural scene", prompt);
    rng_init(&s->rng, s->seed);
    CameraWords words = camera_words(prompt);
    plan_camera(s, &words, size, object_aspect);
    light_choose(&s->light, prompt, s->family->indoors, s->family->hour, &s->rng);
    s->covered = rng_float(&s->rng) < 0.2f;
    s->back_z = s->camera.focus + rng_range(&s->rng, 1.7f, 2.8f);
    s->family->surface(s);
    surface_from_words(s, prompt);
}
