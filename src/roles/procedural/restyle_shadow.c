#include "roles/procedural/restyle_shadow.h"

#include "roles/procedural/noise.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool outline_open(Outline *o, const Plate *p, Err *err)
{
    *o = (Outline){ 0 };
    int w = p->half.width, h = p->half.height;
    for (int k = 0; k < SHADOW_LEVELS; k++) {
        int w2 = (w + 1) / 2, h2 = (h + 1) / 2;
        float *to = malloc((size_t)w2 * (size_t)h2 * sizeof *to);
        if (!to) {
            outline_close(o);
            return err_set(err, ERR_NOMEM, "no memory for the object's shadow");
        }
        o->level[k] = to;
        o->width[k] = w2;
        o->height[k] = h2;
        o->levels = k + 1;
        for (int y = 0; y < h2; y++)
            for (int x = 0; x < w2; x++) {
                float sum = 0;
                for (int j = 0; j < 4; j++) {
                    int sx = 2 * x + (j & 1), sy = 2 * y + (j >> 1);
                    sx = sx < w ? sx : w - 1;
                    sy = sy < h ? sy : h - 1;
                    size_t i = (size_t)sy * (size_t)w + (size_t)sx;
                    sum += k ? o->level[k - 1][i] : p->half.px[i][3];
                }
                to[(size_t)y * (size_t)w2 + (size_t)x] = 0.25f * sum;
            }
        w = w2;
        h = h2;
    }
    return true;
}

void outline_close(Outline *o)
{
    for (int k = 0; k < o->levels; k++)
        free(o->level[k]);
    *o = (Outline){ 0 };
}

static float level_at(const Outline *o, int k, float x, float y)
{
    int w = o->width[k], h = o->height[k];
    float s = 0.25f / (float)(1 << k), u = (x + 0.5f) * s - 0.5f, v = (y + 0.5f) * s - 0.5f;
    if (u <= -1 || v <= -1 || u >= (float)w || v >= (float)h)
        return 0;
    int x0 = float_floor(u), y0 = float_floor(v);
    float fx = u - (float)x0, fy = v - (float)y0, sum = 0;
    for (int j = 0; j < 4; j++) {
        int sx = x0 + (j & 1), sy = y0 + (j >> 1);
        if (sx >= 0 && sy >= 0 && sx < w && sy < h)
            sum += ((j & 1) ? fx : 1 - fx) * ((j >> 1) ? fy : 1 - fy) *
                   o->level[k][(size_t)sy * (size_t)w + (size_t)sx];
    }
    return sum;
}

/* Alpha at a place of the full picture, blurred to about `soft` pixels. */
static float soft_alpha(const Outline *o, float x, float y, float soft)
{
    float top = (float)(o->levels - 2), lod = soft > 4 ? log2f(0.25f * soft) : 0;
    lod = lod > top ? top : lod;
    int k = (int)lod;
    float t = lod - (float)k, a = level_at(o, k, x, y);
    return t < 0.02f ? a : a + (level_at(o, k + 1, x, y) - a) * t;
}

/* The surface point under (x, y) and the ray from it to the light: the object is taken for a round body and
 * asked in several depths. */
typedef struct {
    float run_x, run_y; /* pixels aside and down the picture, for each pixel of height */
    float radius, axis;
    float soft;
} Ray;

static float ground_shadow(const Outline *o, const Plate *p, const Ray *r, float x, float y)
{
    enum { SLICES = 9 };
    float most = 0, high = (float)(p->bottom - p->top + 1);
    /* What lies between two slices is filled by their blur; the edge is drawn sharp again later. */
    float rise = r->radius * p->squash * (2.0f / SLICES) / fabsf(r->run_y);
    float gap = float_min(float_max(fabsf(r->run_x), 0.6f) * rise, 0.4f * r->radius);
    for (int k = 0; k < SLICES; k++) {
        float t = (float)(2 * k - SLICES + 1) / (float)SLICES; /* -0.8 .. 0.8, near positive */
        float row = p->contact + t * r->radius * p->squash;
        float up = (y - row) / r->run_y;
        if (up < -0.02f * high || up > 1.05f * high)
            continue;
        float narrow = sqrtf(1 - t * t);
        float sx = r->axis + (x - r->run_x * up - r->axis) / narrow;
        most =
            float_max(most, soft_alpha(o, sx, p->contact - up, 3 + 0.7f * gap + r->soft * float_max(0, up)));
    }
    return most;
}

/* The shadow on what stands behind: the outline, shifted away from the light and grown a little. */
static float wall_shadow(const Outline *o, const Plate *p, const RecipeLight *l, float x, float y)
{
    float size = 0.5f * (float)(p->right - p->left + p->bottom - p->top + 2);
    float cx = 0.5f * (float)(p->left + p->right), cy = p->contact;
    float gap = l->to[1] < 0 ? 0.34f : 0.16f, grow = l->to[1] < 0 ? 1.30f : 1.04f;
    float sx = -l->to[0] * gap * size, sy = (l->to[1] < 0 ? -0.25f : 0.5f * l->to[1]) * gap * size;
    return soft_alpha(o, cx + (x - sx - cx) / grow, cy + (y - sy - cy) / grow, 2 + l->soft * size * 0.35f);
}

void shadow_cast(float *map, const Outline *o, const Plate *p, const RecipeLight *light)
{
    int w = o->width[0], h = o->height[0];
    memset(map, 0, (size_t)w * (size_t)h * sizeof *map);
    if (!p->has_object || light->shadow <= 0)
        return;
    float up = float_max(light->to[1], 0.22f), run_y = -p->squash * light->to[2] / up;
    /* To the side nothing would be left of a flat outline's shadow: it goes a little to the front or back. */
    if (fabsf(run_y) < 0.14f)
        run_y = light->to[2] < 0 ? 0.14f : -0.14f;
    Ray r = { .run_x = -light->to[0] / up, .run_y = run_y, .soft = light->soft };
    r.radius = float_min(0.36f * (float)(p->right - p->left + 1), 0.5f * (float)(p->bottom - p->top + 1));
    r.axis = 0.5f * (float)(p->left + p->right);
    bool wall = light->to[1] < 0 || (light->reach > 0 && light->to[2] > 0.6f && light->to[1] < 0.75f);
    for (int y = 0; y < h; y++) {
        float fy = 4.0f * (float)y + 1.5f;
        for (int x = 0; x < w; x++) {
            float fx = 4.0f * (float)x + 1.5f, edge = plate_edge(p, fx);
            float on = (fy - edge) / (0.02f * p->side + 1) + 0.5f, s = 0;
            on = on < 0 ? 0 : on > 1 ? 1 : on;
            if (on > 0 && light->to[1] > 0)
                s = on * ground_shadow(o, p, &r, fx, fy);
            if (wall && fy < p->contact)
                s = float_max(s, wall_shadow(o, p, light, fx, fy));
            map[(size_t)y * (size_t)w + (size_t)x] = s;
        }
    }
}
