#include "roles/procedural/restyle_wet.h"

#include "roles/procedural/noise.h"

#include <math.h>

typedef struct {
    const Plate *p;
    const Recipe *r;
    const RestyleTiles *t;
    Canvas clear, rough; /* the lit picture at a half and, blurred, at an eighth of the size */
    float shift;
} Wet;

/* The picture upside down: the object around its foot, the rest around the surface's far end. */
static Pixel mirrored(const Wet *s, const Canvas *from, float x, float y)
{
    const Plate *p = s->p;
    float k = (float)from->width / (float)p->full.width, edge = plate_edge(p, x);
    float above = edge - 1.15f * (y - edge);
    above = above < 0 ? -0.35f * above : above;
    Pixel back = canvas_at(from, (x + 0.5f) * k - 0.5f, (above + 0.5f) * k - 0.5f);
    if (!p->has_object || y < p->contact - 2 || x < (float)p->left - 20 || x > (float)p->right + 20)
        return back;
    Pixel front = canvas_at(from, (x + 0.5f) * k - 0.5f, (2 * p->contact - y + 0.5f) * k - 0.5f);
    return pixel_mix(back, front, front[3]);
}

/* Share of puddle in texels of the surface. */
static float puddle_at(const Wet *s, float u, float v)
{
    if (s->r->sum.puddles <= 0)
        return 0;
    float n = noise_at(s->t->clouds, RESTYLE_TILE, 0.30f * u, 0.30f * v) +
              0.25f * noise_at(s->t->clouds, RESTYLE_TILE, 1.3f * u, 1.3f * v);
    float level = 0.62f - 0.62f * float_min(1.1f, s->r->sum.puddles);
    return smooth_step(level - 0.03f, level + 0.07f, n);
}

static void wet_row(const Wet *s, int y)
{
    const Plate *p = s->p;
    int w = p->full.width;
    Pixel *row = p->full.px + (size_t)y * (size_t)w;
    const Pixel *guide = p->guide.px + (size_t)(y / 2) * (size_t)p->guide.width;
    float fy = (float)y, depth = float_min(plate_depth(p, fy), 24), step = 512 / p->side * depth,
          v = 820 * depth + s->shift;
    float wet = float_min(1, s->r->sum.wet), edge_mid = plate_edge(p, 0.5f * (float)w);
    /* Flat rays mirror more (Schlick's approximation, by the share of the way to the camera's foot). */
    float down = float_max(0, (fy - edge_mid) / float_max(1, (float)p->full.height - edge_mid)),
          graze = 1 - float_min(1, down);
    float fresnel = 0.14f + 0.62f * graze * graze;
    float drop = s->r->sum.rain > 0 ? 1.0f : 0.35f;
    for (int x = 0; x < w; x++) {
        float on = guide[x / 2][0] * (1 - row[x][3]);
        if (on <= 0.01f)
            continue;
        float u = ((float)x - 0.5f * (float)w) * step + s->shift;
        float uneven = noise_at(s->t->clouds, RESTYLE_TILE, 0.8f * u, 0.8f * v),
              puddle = depth < 6 ? puddle_at(s, u, v) * (1 - smooth_step(3, 6, depth)) : 0;
        float damp = float_max(puddle, wet * (0.80f + 0.35f * uneven));
        damp = damp < 0 ? 0 : damp > 1 ? 1 : damp;
        /* Ripples bend the mirror, more across than along the view. */
        float bend = drop * p->side * 0.012f / depth;
        float ripple = noise_at(s->t->smooth, RESTYLE_TILE, 3.1f * u, 3.1f * v);
        Pixel rough = mirrored(s, &s->rough, (float)x + bend * ripple, fy + 2 * bend * uneven);
        Pixel mirror = rough;
        if (puddle > 0.02f)
            mirror =
                pixel_mix(rough, mirrored(s, &s->clear, (float)x + 0.5f * bend * ripple, fy), 0.85f * puddle);
        float f = damp * (fresnel * (0.75f + 0.5f * puddle) + 0.16f * puddle);
        float dark = 1 - damp * (0.42f + 0.18f * puddle);
        /* Wet things are darker and deeper in colour. */
        Pixel c = row[x];
        Pixel base = pixel_mix(pixel_all(pixel_luma(c)), c, 1 + 0.25f * damp) * pixel_all(dark);
        Pixel out = base * pixel_all(1 - 0.6f * f) + mirror * pixel_all(f * 1.05f);
        row[x] = pixel_mix(c, out, on);
        row[x][3] = c[3];
    }
}

bool restyle_wet(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
{
    if (r->sum.wet <= 0 && r->sum.puddles <= 0)
        return true;
    Wet s = { .p = p, .r = r, .t = tiles, .shift = (float)(r->seed >> 16 & 255) };
    Canvas quarter = { 0 };
    bool ok = canvas_half(&s.clear, &p->full, err) && canvas_half(&quarter, &s.clear, err) &&
              canvas_half(&s.rough, &quarter, err) &&
              canvas_blur_disc(&s.rough, 0.012f * p->side / 8 + 0.6f, err);
    for (int y = 0; ok && y < p->full.height; y++)
        wet_row(&s, y);
    canvas_clear(&quarter);
    canvas_clear(&s.clear);
    canvas_clear(&s.rough);
    return ok;
}
