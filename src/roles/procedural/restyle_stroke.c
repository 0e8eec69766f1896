#include "roles/procedural/restyle_stroke.h"

#include "roles/procedural/noise.h"

#include <math.h>

/* The columns of a row that a stroke can reach, as [*from, *to). */
static void row_span(const Stroke *s, float y, float reach, int width, int *from, int *to)
{
    float lo = float_min(s->x0, s->x1), hi = float_max(s->x0, s->x1), dy = s->y1 - s->y0;
    if (fabsf(dy) > 1e-3f) {
        float a = (y - reach - s->y0) / dy, b = (y + reach - s->y0) / dy;
        float t0 = float_max(0, float_min(a, b)), t1 = float_min(1, float_max(a, b));
        float xa = s->x0 + (s->x1 - s->x0) * t0, xb = s->x0 + (s->x1 - s->x0) * t1;
        lo = float_min(xa, xb);
        hi = float_max(xa, xb);
    }
    lo = float_max(lo - reach, 0);
    hi = float_min(hi + reach + 1, (float)width);
    *from = lo < hi ? (int)lo : 0;
    *to = lo < hi ? (int)hi : 0;
}

void stroke_draw(Canvas *c, const Stroke *s)
{
    float squash = s->squash > 0 ? s->squash : 1, soft = float_max(s->soft, 0.5f);
    float reach = s->radius + soft, dx = s->x1 - s->x0, dy = s->y1 - s->y0;
    float inner = s->radius - soft, inv = 1 / (2 * soft), along = dx * dx + dy * dy;
    float inv_along = along > 1e-6f ? 1 / along : 0, inv_radius = 1 / float_max(s->radius, 0.5f);
    float top = float_min(s->y0, s->y1) - reach, low = float_max(s->y0, s->y1) + reach + 1;
    if (!(low > 0) || !(top < (float)c->height))
        return;
    int y0 = top > 0 ? (int)top : 0, y1 = low < (float)c->height ? (int)low : c->height;
    for (int y = y0; y < y1; y++) {
        int x0, x1;
        row_span(s, (float)y, reach, c->width, &x0, &x1);
        Pixel *row = c->px + (size_t)y * (size_t)c->width;
        float py = ((float)y - s->y0);
        for (int x = x0; x < x1; x++) {
            float px = (float)x - s->x0, t = (px * dx + py * dy) * inv_along;
            if (s->butt && (t < 0 || t >= 1))
                continue;
            t = t < 0 ? 0 : t > 1 ? 1 : t;
            float ex = px - t * dx, ey = (py - t * dy) / squash, d = sqrtf(ex * ex + ey * ey);
            float a = 1 - (d - inner) * inv;
            if (a <= 0)
                continue;
            a = a > 1 ? 1 : a * a * (3 - 2 * a);
            if (s->ring > 0)
                a *= 1 - s->ring * (1 - smooth_step(0.55f, 1.0f, d * inv_radius));
            float alpha = row[x][3];
            a *= s->strength * (1 - s->hidden * alpha);
            row[x] = row[x] * pixel_all(1 - a * s->cover) + s->colour * pixel_all(a);
            row[x][3] = alpha;
        }
    }
}
