#include "roles/procedural/restyle_air.h"

#include "roles/procedural/noise.h"

#include <math.h>

/* e^-t for t >= 0, to about 1 %: the same on every machine. */
static float fade(float t)
{
    float d = 1 + t * (1 + t * (0.5f + t * (0.1667f + t * 0.0417f)));
    return 1 / d;
}

float air_beam(const Plate *p, const Recipe *r, const RestyleTiles *tiles, float x, float y)
{
    if (r->sum.beam <= 0)
        return 0;
    float w = (float)p->full.width, h = (float)p->full.height;
    /* From a point above the picture, on the light's side, through the object. */
    float sx = 0.5f * w + r->side * (0.62f + 0.1f * (float)(r->seed & 7) / 7) * w, sy = -0.45f * h;
    float cx = 0.5f * (float)(p->left + p->right), cy = 0.5f * (float)(p->top + p->bottom);
    float ax = cx - sx, ay = cy - sy, bx = x - sx, by = y - sy;
    float dot = ax * bx + ay * by, cross = ax * by - ay * bx;
    if (dot <= 0)
        return 0;
    float angle = cross / dot, wide = 0.155f; /* tangent of the angle off the axis */
    float window = smooth_step(-wide - 0.03f, -wide + 0.03f, angle) *
                   (1 - smooth_step(wide - 0.03f, wide + 0.03f, angle));
    float rays =
        0.72f + 0.5f * noise_at(tiles->clouds, RESTYLE_TILE, 260 * angle + (float)(r->seed & 255), 20);
    return window * float_max(0, rays);
}

/* One place of the air: what it hides and how bright it is. */
typedef struct {
    const Plate *p;
    const Recipe *r;
    const RestyleTiles *t;
    float shift;
} Air;

/* Drifting noise at two scales, about -1..1; `drawn` is how much longer than high its shapes are. */
static float drift(const Air *a, float x, float y, float scale, float drawn)
{
    float u = x * scale / drawn + a->shift, v = y * scale + a->shift;
    return 0.65f * noise_at(a->t->clouds, RESTYLE_TILE, u, v) +
           0.35f * noise_at(a->t->clouds, RESTYLE_TILE, 2.6f * u + 71, 2.6f * v);
}

/* Wisps: noise that is displaced by noise, so that it curls. */
static float wisps(const Air *a, float x, float y)
{
    float k = 190 / a->p->side, u = x * k + a->shift, v = y * k * 0.75f + a->shift;
    float du = noise_at(a->t->smooth, RESTYLE_TILE, 0.5f * u, 0.5f * v),
          dv = noise_at(a->t->smooth, RESTYLE_TILE, 0.5f * v + 130, 0.5f * u);
    float wx = u + 26 * du, wy = v + 26 * dv;
    float broad = noise_at(a->t->clouds, RESTYLE_TILE, 0.42f * wx, 0.42f * wy);
    float fine = noise_at(a->t->clouds, RESTYLE_TILE, 0.9f * wx + 60, 1.4f * wy);
    return smooth_step(-0.30f, 0.75f, broad + 0.45f * fine);
}

/* Optical thickness up to a place `far` away (0 at the object) and `up` above the surface, in shares of the
 * picture's side; the noise `n` makes it uneven. */
static float thickness(const Look *s, float far, float up, float n)
{
    float t = s->fog * (0.16f + 2.7f * far * far) * (1 + 0.45f * n);
    t += s->mist * (0.12f + 1.9f * far) * fade(up > 0 ? up * 5.5f : 0) * float_max(0, 1 + 1.1f * n);
    t += s->haze * (0.05f + 1.05f * far * far);
    return t > 0 ? t : 0;
}

static void air_pixel(const Air *a, float x, float y, Pixel guide, Pixel *room, Pixel *front)
{
    const Look *s = &a->r->sum;
    const Plate *p = a->p;
    float inv = 1 / p->side, edge = plate_edge(p, x);
    float n = drift(a, x, y, 120 * inv, 2.2f);
    float up_far = guide[0] > 0.5f ? 0 : (edge - y) * inv, up_near = (p->contact - y) * inv;
    float t_room = thickness(s, guide[1], up_far, n), t_front = 0.75f * thickness(s, 0, up_near, n);
    if (s->smoke > 0) {
        float w = wisps(a, x, y);
        t_room += s->smoke * (0.10f + 1.5f * w);
        t_front += s->smoke * 0.30f * w;
    }
    if (s->sand > 0) {
        float streak = drift(a, x, y - 0.12f * x, 260 * inv, 7.0f),
              low = fade(float_max(0, guide[0] > 0.5f ? 0 : up_near) * 4.5f);
        float veil = float_max(0, 0.45f + 1.3f * streak);
        t_room += s->sand * veil * (0.25f + 0.55f * low);
        t_front += s->sand * veil * (0.06f + 0.30f * fade(float_max(0, up_near) * 9));
    }
    float k = 1 - fade(t_room), q = 1 - fade(t_front);
    /* Thick air is a little uneven in brightness too, and brighter towards the light. */
    float bright = (1 + 0.06f * n) * (1 + 0.10f * a->r->side * (x / (float)p->full.width - 0.5f));
    Pixel colour = a->r->air * pixel_all(bright);
    *room = colour * pixel_all(k);
    *front = colour * pixel_all(q);
    (*room)[3] = k;
    (*front)[3] = q;
    if (s->beam > 0) {
        float b = s->beam * air_beam(p, a->r, a->t, x, y) * (0.8f + 0.45f * n);
        *room += a->r->air * (Pixel){ 0.36f * b, 0.36f * b, 0.36f * b, 0 };
        *front += a->r->air * (Pixel){ 0.16f * b, 0.16f * b, 0.16f * b, 0 };
    }
}

/* A beam lights what it falls on. */
static void light_beam(Plate *p, const Recipe *r, const RestyleTiles *tiles)
{
    for (int y = 0; y < p->full.height; y++)
        for (int x = 0; x < p->full.width; x += 2) {
            float b = r->sum.beam * air_beam(p, r, tiles, (float)x, (float)y);
            Pixel gain = pixel_all(1) + r->air * (Pixel){ 0.85f * b, 0.85f * b, 0.85f * b, 0 };
            Pixel *px = &p->full.px[(size_t)y * (size_t)p->full.width + (size_t)x];
            gain[3] = 1;
            px[0] *= gain;
            if (x + 1 < p->full.width)
                px[1] *= gain;
        }
}

bool restyle_air(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
{
    const Look *s = &r->sum;
    if (s->fog + s->mist + s->haze + s->smoke + s->sand + s->beam <= 0)
        return true;
    if (s->beam > 0)
        light_beam(p, r, tiles);
    Air a = { p, r, tiles, (float)(r->seed >> 12 & 255) };
    Canvas room = { 0 }, front = { 0 };
    bool ok = canvas_init(&room, p->half.width, p->half.height, err) &&
              canvas_init(&front, p->half.width, p->half.height, err);
    for (int y = 0; ok && y < room.height; y++)
        for (int x = 0; x < room.width; x++) {
            size_t i = (size_t)y * (size_t)room.width + (size_t)x;
            air_pixel(&a, 2.0f * (float)x + 0.5f, 2.0f * (float)y + 0.5f, p->guide.px[i], &room.px[i],
                      &front.px[i]);
        }
    ok = ok && plate_lay(p, &room, &front, err);
    canvas_clear(&room);
    canvas_clear(&front);
    return ok;
}
