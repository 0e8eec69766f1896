#include "roles/procedural/ground.h"

#include "roles/procedural/noise.h"

#include <math.h>

/* Row where the surface ends at column x, for the camera's picture. */
static float edge_row(const Surface *f, const Camera *c, float x)
{
    if (f->edge == EDGE_HORIZON)
        return c->horizon;
    float row = camera_y(c, 0, f->edge_z);
    if (f->edge == EDGE_STRAIGHT)
        return row + f->edge_slope * (x - c->centre);
    /* A round top of radius R with its far point at edge_z: the far half of an ellipse on the screen. Solved
     * for the point where the ray's X meets the circle, which one step of the fixed point does well enough.
     */
    float radius = f->edge_slope, centre = f->edge_z - radius, z = f->edge_z;
    for (int k = 0; k < 4; k++) {
        float wx = (x - c->centre) * z / c->focal, d = radius * radius - wx * wx;
        if (d <= 0)
            return 1e9f;
        z = centre + sqrtf(d);
    }
    return camera_y(c, 0, z);
}

/* What holds for one row of the picture. */
typedef struct {
    float z, lod, cover, blur, fresnel, haze;
    float light_x, light_z; /* slope of the relief along the texture's axes to light */
} Row;

static Row row_of(const GroundView *g, float y)
{
    const Surface *f = g->surface;
    const Camera *c = &g->camera;
    Row r = { .z = camera_depth(c, y), .cover = 1 };
    float across = r.z / c->focal, along = r.z * r.z / (c->focal * c->height);
    r.blur = camera_blur(c, r.z);
    float texel = f->span / (float)g->texture->size;
    r.lod = log2f(sqrtf(across * fminf(along, 6 * across)) * fmaxf(0.8f, 1.3f * r.blur) / texel);
    if (g->max_blur > 0)
        r.cover = 1 - smooth_step(0.5f * g->max_blur, g->max_blur, r.blur);
    float grazing = c->height / sqrtf(c->height * c->height + r.z * r.z), miss = 1 - grazing;
    r.fresnel = f->gloss * (0.05f + 0.95f * miss * miss * miss * miss);
    r.haze = 1 - expf(-r.z * g->scene->light.haze_density);
    const float *to = g->scene->light.to;
    float k = f->bump / fmaxf(to[1], 0.4f), ct = cosf(f->turn), st = sinf(f->turn);
    r.light_x = k * (to[0] * ct + to[2] * st);
    r.light_z = k * (to[2] * ct - to[0] * st);
    return r;
}

static float mark_cover(const Surface *f, float wx, float pixel, float tone)
{
    if (f->mark_width <= 0)
        return 0;
    float d = fabsf(wx - f->mark_x) - 0.5f * f->mark_width;
    float c = 0.5f - d / fmaxf(pixel, 1e-4f);
    c = c < 0 ? 0 : c > 1 ? 1 : c;
    return c * smooth_step(0.12f, 0.3f, tone) * 0.9f;
}

/* The surface's own colour times the light that reaches it at one texel. */
static Pixel shade(const GroundView *g, const Row *r, const Pixel t, float wx, float wz)
{
    const Surface *f = g->surface;
    const Light *l = &g->scene->light;
    float broad = noise_at(g->clouds, TILE_SIZE, wx * 40 / f->span, wz * 40 / f->span);
    float tone = t[0] + 0.12f * broad, mix = t[1];
    Pixel c = pixel_mix(f->colour[0], f->colour[1], tone < 0 ? 0 : tone > 1 ? 1 : tone);
    c = pixel_mix(c, f->colour[2], mix);
    float mark = mark_cover(f, wx, (r->blur + 0.7f) * r->z / g->camera.focal, t[0]);
    if (mark > 0)
        c = pixel_mix(c, (Pixel){ 0.75f, 0.74f, 0.68f, 1 }, mark);
    float facing = 1 - (t[2] * r->light_x + t[3] * r->light_z);
    facing = facing < 0.05f ? 0.05f : facing > 2.2f ? 2.2f : facing;
    if (f->dapple > 0) {
        float k = 60 / f->dapple_size;
        float spot =
            smooth_step(-0.12f, 0.22f, noise_at(g->clouds, TILE_SIZE, wx * k + 19, wz * k * 0.7f + 7));
        facing *= 1 - f->dapple + f->dapple * 1.8f * spot;
    }
    float sky = 0.75f + 0.25f * (facing > 1.4f ? 1.4f : facing);
    return c * (l->key * pixel_all(facing) + l->fill * pixel_all(sky));
}

static void draw_row(Canvas *to, const GroundView *g, int y, float edge_soft)
{
    const Surface *f = g->surface;
    const Camera *c = &g->camera;
    Row r = row_of(g, (float)y);
    if (r.cover <= 0)
        return;
    float ct = cosf(f->turn), st = sinf(f->turn), step = r.z / c->focal;
    Pixel *row = to->px + (size_t)y * (size_t)to->width;
    float scale = g->mirror ? (float)g->mirror->width / (float)to->width : 0;
    for (int x = 0; x < to->width; x++) {
        float cover = r.cover, edge = c->horizon;
        if (f->edge != EDGE_HORIZON || g->mirror)
            edge = edge_row(g->surface, c, (float)x);
        float in = ((float)y - edge) / edge_soft * 0.5f + 0.5f;
        cover *= in < 0 ? 0 : in > 1 ? 1 : in;
        if (cover <= 0)
            continue;
        float wx = ((float)x - c->centre) * step, u = wx * ct + r.z * st, v = r.z * ct - wx * st;
        Pixel t = texture_at(g->texture, u / f->span, v / f->span, r.lod);
        Pixel p = shade(g, &r, t, u, v);
        if (g->mirror) {
            float my = edge - ((float)y - edge) + 60.0f * scale * t[3] * f->bump;
            Pixel m = canvas_at(g->mirror, (float)x * scale, my * scale);
            p = pixel_mix(p, m, r.fresnel);
        }
        p = pixel_mix(p, g->scene->light.haze, r.haze);
        p[3] = 0;
        row[x] = pixel_mix(row[x], p, cover);
    }
}

void ground_draw(Canvas *to, const GroundView *g)
{
    const Camera *c = &g->camera;
    float z = g->surface->edge == EDGE_HORIZON ? 1e3f : g->surface->edge_z;
    float soft = fmaxf(0.6f, camera_blur(c, z));
    float top = c->horizon;
    if (g->surface->edge != EDGE_HORIZON) {
        float a = edge_row(g->surface, c, 0), b = edge_row(g->surface, c, (float)to->width);
        top = fminf(fminf(a, b), edge_row(g->surface, c, c->centre)) - soft;
    }
    int first = (int)fmaxf(0, fmaxf(ceilf(top), floorf(c->horizon) + 1));
    for (int y = first; y < to->height; y++)
        draw_row(to, g, y, g->surface->edge == EDGE_HORIZON ? 0.6f : soft);
}
