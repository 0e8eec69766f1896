#include "roles/procedural/stage.h"

#include "roles/procedural/ground.h"
#include "roles/procedural/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool stage_open(Stage *s, const Scene *scene, Materials *materials, Err *err)
{
    float far = scene->camera.blur_far;
    *s = (Stage){ .scene = scene, .materials = materials, .err = err, .rng = scene->rng, .base_light = 1 };
    s->factor = far >= 9 ? 4 : far >= 4 ? 2 : 1;
    Camera c = camera_smaller(&scene->camera, s->factor);
    s->paint = (Painter){ .materials = materials, .camera = c, .coverage = 1, .z = 1 };
    s->paint.line = calloc((size_t)c.width, sizeof *s->paint.line);
    if (!s->paint.line)
        return err_set(err, ERR_NOMEM, "no memory for a row of %d pixels", c.width);
    if (canvas_init(&s->picture, c.width, c.height_px, err) &&
        canvas_init(&s->layer, c.width, c.height_px, err))
        return true;
    stage_close(s);
    return false;
}

void stage_close(Stage *s)
{
    free(s->paint.line);
    canvas_clear(&s->picture);
    canvas_clear(&s->layer);
    canvas_clear(&s->mirror);
    *s = (Stage){ 0 };
}

void stage_flush(Stage *s)
{
    if (!s->layer_open || s->failed)
        return;
    s->layer_open = false;
    if (!canvas_blur_disc(&s->layer, camera_blur(&s->paint.camera, s->paint.z), s->err))
        s->failed = true;
    else
        canvas_over(&s->picture, &s->layer);
}

Painter *stage_layer(Stage *s, float z)
{
    stage_flush(s);
    const Light *l = &s->scene->light;
    size_t n = (size_t)s->layer.width * (size_t)s->layer.height;
    memset(s->layer.px, 0, n * sizeof *s->layer.px);
    s->layer_open = true;
    Painter *p = &s->paint;
    p->to = &s->layer;
    p->z = z;
    p->camera = camera_smaller(&s->scene->camera, s->factor);
    p->camera.height -= s->scene->surface.floor;
    p->light = light_on_upright(l) * pixel_all(s->base_light);
    p->haze = l->haze;
    p->haze_part = l->indoors ? 0 : 1 - expf(-z * l->haze_density);
    p->side = l->to[0] > 0 ? 1.0f : -1.0f;
    return p;
}

/* Clouds lie in a plane above; far rows see them squeezed together. */
static float cloud_cover(const Stage *s, float x, float up, const float offset[2])
{
    const Light *l = &s->scene->light;
    float far = 1.0f / (up + 0.12f);
    float u = x * far * 30 + offset[0], v = far * 46 + offset[1];
    float n = noise_at(s->materials->clouds, TILE_SIZE, u, v);
    n += 0.45f * noise_at(s->materials->clouds, TILE_SIZE, 2.7f * u + 31, 2.7f * v);
    float lo = 0.55f - 0.75f * l->clouds;
    return smooth_step(lo, lo + 0.55f, n);
}

void stage_sky(Stage *s)
{
    const Light *l = &s->scene->light;
    const Camera *c = &s->paint.camera;
    float offset[2] = { rng_range(&s->rng, 0, 256), rng_range(&s->rng, 0, 256) };
    float sun_x = c->centre + 0.8f * c->focal * l->to[0] / fmaxf(0.5f, fabsf(l->to[2]));
    float sun_y = c->horizon - c->focal * (l->hour == HOUR_SUNSET ? 0.10f : 0.6f);
    bool sun = !l->overcast && !l->fog && !l->rain && l->lamps < 1;
    Pixel glow = l->key * pixel_all(l->hour == HOUR_SUNSET ? 1.1f : 0.35f);
    Pixel lit = l->key * pixel_all(0.9f) + l->fill * pixel_all(0.8f);
    float night = l->lamps >= 2 ? 0.12f : 1;
    for (int y = 0; y < s->picture.height; y++) {
        float up = (c->horizon - (float)y) / c->focal;
        float rise = smooth_step(-0.02f, 0.75f, up);
        Pixel base = pixel_mix(l->horizon, l->zenith, powf(rise, 0.6f));
        for (int x = 0; x < s->picture.width; x++) {
            Pixel p = base;
            if (up > -0.05f) {
                float side = ((float)x - c->centre) / c->focal;
                float cloud = cloud_cover(s, side, up < 0 ? 0 : up, offset);
                float under = 0.82f - 0.25f * cloud * l->clouds;
                p = pixel_mix(p, lit * pixel_all(under * night),
                              cloud * (0.25f + 0.6f * l->clouds) * smooth_step(-0.02f, 0.1f, up));
            }
            if (sun) {
                float dx = ((float)x - sun_x) / c->focal, dy = ((float)y - sun_y) / c->focal;
                p += glow * pixel_all(1.0f / (1 + 22 * (dx * dx + 1.6f * dy * dy)));
            }
            p[3] = 0;
            s->picture.px[(size_t)y * (size_t)s->picture.width + (size_t)x] = p;
        }
    }
}

void stage_pool(Stage *s, float x, float y, float radius, Pixel colour)
{
    if (s->paint.pools < PAINT_MAX_POOLS)
        s->paint.pool[s->paint.pools++] = (Pool){ x, y, radius, colour };
}

float stage_half_width(const Stage *s, float z)
{
    const Camera *c = &s->scene->camera;
    return 0.52f * (float)c->width * z / c->focal;
}

float stage_top(const Stage *s, float z)
{
    const Camera *c = &s->scene->camera;
    return c->height - s->scene->surface.floor + c->horizon * z / c->focal;
}

/* A glossy surface mirrors what stands behind it, out of focus. */
static bool make_mirror(Stage *s)
{
    canvas_clear(&s->mirror);
    return canvas_copy(&s->mirror, &s->picture, s->err) &&
           canvas_blur_disc(&s->mirror, 0.012f * (float)s->picture.width, s->err);
}

static void draw_surface(Stage *s, const Surface *surface, float floor)
{
    stage_flush(s);
    const Texture *t = s->failed ? NULL : materials_get(s->materials, surface->material, s->err);
    if (!t || (surface->gloss > 0 && !make_mirror(s))) {
        s->failed = true;
        return;
    }
    GroundView g = { .scene = s->scene, .surface = surface, .texture = t, .clouds = s->materials->clouds };
    g.mirror = surface->gloss > 0 ? &s->mirror : NULL;
    g.camera = camera_smaller(&s->scene->camera, s->factor);
    g.camera.height -= floor;
    ground_draw(&s->picture, &g);
}

void stage_ground(Stage *s)
{
    if (s->scene->on_table && s->scene->light.indoors && s->scene->ground.span == 0)
        return; /* hidden by the table; a hall, with a floor to stand on too, is deeper than that */
    if (s->scene->on_table)
        draw_surface(s, &s->scene->ground, s->scene->surface.floor);
    else
        draw_surface(s, &s->scene->surface, 0);
}

void stage_table(Stage *s)
{
    if (s->scene->on_table)
        draw_surface(s, &s->scene->surface, 0);
}
