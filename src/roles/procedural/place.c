#include "roles/procedural/place.h"

#include "base/clamp.h"
#include "roles/procedural/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES = 8, PATCH_LEVELS = 8 };

/* The object as it will be seen, and where. */
typedef struct {
    const Scene *scene;
    Canvas level[PATCH_LEVELS]; /* the drawn object and its smaller sizes */
    int levels;
    int x0, y0;                   /* of level 0 in the picture */
    int left, right, top, bottom; /* of the solid object in the patch, last ones included */
    float *cast, *contact;        /* [half_h, half_w]: share of the key light, of all light, taken away */
    int half_w, half_h;
} Placement;

static void placement_clear(Placement *p)
{
    for (int k = 0; k < p->levels; k++)
        canvas_clear(&p->level[k]);
    free(p->cast);
    free(p->contact);
}

static void find_solid(Placement *p)
{
    const Canvas *c = &p->level[0];
    p->left = c->width - 1;
    p->top = c->height - 1;
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++)
            if (c->px[(size_t)y * (size_t)c->width + (size_t)x][3] > 0.4f) {
                p->left = x < p->left ? x : p->left;
                p->right = x > p->right ? x : p->right;
                p->top = y < p->top ? y : p->top;
                p->bottom = y;
            }
    if (p->bottom == 0 && p->right == 0) { /* nothing solid: all of it counts */
        p->left = p->top = 0;
        p->right = c->width - 1;
        p->bottom = c->height - 1;
    }
}

static bool placement_init(Placement *p, const Canvas *picture, const Scene *s, const Sprite *object,
                           Err *err)
{
    *p = (Placement){ .scene = s };
    if (!sprite_draw(&p->level[0], object, s->object_px, s->object_tilt, err))
        return false;
    for (p->levels = 1; p->levels < PATCH_LEVELS; p->levels++)
        if (!canvas_half(&p->level[p->levels], &p->level[p->levels - 1], err))
            return false;
    find_solid(p);
    p->x0 = (int)lrintf(s->object_x - 0.5f * (float)(p->left + p->right));
    p->y0 = (int)lrintf(s->object_bottom) - p->bottom;
    p->x0 = clamp_int(p->x0, 1 - p->left, picture->width - 2 - p->right);
    p->y0 = clamp_int(p->y0, 1 - p->top, picture->height - 2 - p->bottom);
    p->half_w = (picture->width + 1) / 2;
    p->half_h = (picture->height + 1) / 2;
    size_t n = (size_t)p->half_w * (size_t)p->half_h;
    p->cast = calloc(n, sizeof *p->cast);
    p->contact = calloc(n, sizeof *p->contact);
    if (!p->cast || !p->contact)
        return err_set(err, ERR_NOMEM, "no memory for the object's shadow");
    return true;
}

/* Alpha of the patch at picture coordinates, blurred to a radius of about `soft` pixels. */
static float soft_alpha(const Placement *p, float x, float y, float soft)
{
    float lod = soft > 1 ? log2f(soft) : 0;
    int k = (int)lod;
    if (k > p->levels - 2)
        k = p->levels - 2;
    float a[2];
    for (int i = 0; i < 2; i++) {
        const Canvas *c = &p->level[k + i];
        float s = 1.0f / (float)(1 << (k + i));
        float u = (x - (float)p->x0 + 0.5f) * s - 0.5f, v = (y - (float)p->y0 + 0.5f) * s - 0.5f;
        if (u <= -1 || v <= -1 || u >= (float)c->width || v >= (float)c->height) {
            a[i] = 0;
            continue;
        }
        float edge = 1; /* nothing outside: fade over the last pixel */
        edge *= u < 0 ? 1 + u : u > (float)(c->width - 1) ? (float)c->width - u : 1;
        edge *= v < 0 ? 1 + v : v > (float)(c->height - 1) ? (float)c->height - v : 1;
        a[i] = canvas_at(c, u, v)[3] * edge;
    }
    float t = lod - (float)k;
    return a[0] + (a[1] - a[0]) * (t > 1 ? 1 : t);
}

/* How much of the main light the object takes from the surface point (wx, wz). Towards the light, each metre
 * up is run_x and run_z metres aside. The object is taken for a round body around its middle, and asked where
 * the ray is inside its depth. */
static float cast_at(const Placement *p, float wx, float wz, float run_x, float run_z)
{
    const Scene *s = p->scene;
    const Camera *c = &s->camera;
    float unit = c->focus / c->focal; /* metres a pixel where the object stands */
    float radius = fminf(0.4f * (float)(p->right - p->left + 1) * unit, 0.6f * s->object_m);
    float axis = (float)p->x0 + 0.5f * (float)(p->left + p->right), bottom = (float)(p->y0 + p->bottom);
    float from = (wz - c->focus) / run_z, to = (wz - c->focus - 2 * radius) / run_z;
    float lo = fmaxf(0, fminf(from, to)), hi = fminf(1.1f * s->object_m, fmaxf(from, to));
    if (lo >= hi)
        return 0;
    float most = 0, step = (hi - lo) / SLICES;
    for (int k = 0; k < SLICES; k++) {
        float up = lo + ((float)k + 0.5f) * step;
        float t = (wz - run_z * up - c->focus) / radius - 1, narrow = sqrtf(fmaxf(0.02f, 1 - t * t));
        float x = axis + ((wx - run_x * up) / unit + c->centre - axis) / narrow;
        float soft = 1 + (s->light.shadow_soft * up * 2.2f + 0.5f * step * fabsf(run_x)) / unit;
        most = fmaxf(most, soft_alpha(p, x, bottom - up / unit, soft));
    }
    return most;
}

static void cast_shadow(Placement *p)
{
    const Scene *s = p->scene;
    const Camera *c = &s->camera;
    float up = fmaxf(s->light.to[1], 0.15f);
    float run_x = -s->light.to[0] / up, run_z = -s->light.to[2] / up;
    if (fabsf(run_z) < 0.12f)
        run_z = run_z < 0 ? -0.12f : 0.12f;
    for (int hy = 0; hy < p->half_h; hy++) {
        float y = 2.0f * (float)hy + 0.5f;
        if (y <= c->horizon + 1)
            continue;
        float z = camera_depth(c, y);
        float far =
            (z - c->focus) / run_z; /* height whose shadow falls here, give or take the body's radius */
        if (far < -1.5f * s->object_m / fabsf(run_z) - s->object_m ||
            far > 2.5f * s->object_m + s->object_m / fabsf(run_z))
            continue;
        for (int hx = 0; hx < p->half_w; hx++) {
            float wx = (2.0f * (float)hx + 0.5f - c->centre) * z / c->focal;
            p->cast[(size_t)hy * (size_t)p->half_w + (size_t)hx] = cast_at(p, wx, z, run_x, run_z);
        }
    }
}

/* Running mean over 2 r + 1 values, `n` values `step` apart; the ends see zeros. */
static void box_line(float *v, float *copy, int n, size_t step, int r)
{
    for (int i = 0; i < n; i++)
        copy[i] = v[(size_t)i * step];
    float sum = 0, norm = 1.0f / (float)(2 * r + 1);
    for (int i = -r; i < n; i++) {
        if (i + r < n)
            sum += copy[i + r];
        if (i - r - 1 >= 0)
            sum -= copy[i - r - 1];
        if (i >= 0)
            v[(size_t)i * step] = sum * norm;
    }
}

static void box_blur(float *v, const int size[2], int rx, int ry, float *copy)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int y = 0; rx > 0 && y < size[1]; y++)
            box_line(v + (size_t)y * (size_t)size[0], copy, size[0], 1, rx);
        for (int x = 0; ry > 0 && x < size[0]; x++)
            box_line(v + x, copy, size[1], (size_t)size[0], ry);
    }
}

/* The part of the surface that the object stands on, as far as its lower outline tells. */
static void mark_footprint(const Placement *p, float *map, float squash)
{
    const Canvas *c = &p->level[0];
    float high = (float)(p->bottom - p->top + 1), width = (float)(p->right - p->left + 1);
    for (int x = p->left; x <= p->right; x++) {
        int b = p->bottom;
        while (b > p->top && c->px[(size_t)b * (size_t)c->width + (size_t)x][3] < 0.4f)
            b--;
        if ((float)(p->bottom - b) > 0.10f * high + 0.12f * width * squash)
            continue;
        float u = 2 * ((float)(x - p->left) + 0.5f) / width - 1;
        float deep = 0.8f * squash * width * sqrtf(fmaxf(0, 1 - u * u));
        int hx = (p->x0 + x) / 2, h0 = (int)((float)(p->y0 + b) - deep) / 2, h1 = (p->y0 + b) / 2;
        for (int hy = h0 < 0 ? 0 : h0; hy <= h1 && hy < p->half_h; hy++)
            if (hx >= 0 && hx < p->half_w)
                map[(size_t)hy * (size_t)p->half_w + (size_t)hx] = 1;
    }
}

/* Darkness where the surface and the object see only each other: three blurs of the footprint. */
static bool contact_shadow(Placement *p, Err *err)
{
    static const float reach[3] = { 0.008f, 0.045f, 0.16f }, strength[3] = { 0.55f, 0.5f, 0.38f };
    size_t n = (size_t)p->half_w * (size_t)p->half_h;
    int longest = p->half_w > p->half_h ? p->half_w : p->half_h;
    float *map = calloc(n + (size_t)longest, sizeof *map);
    if (!map)
        return err_set(err, ERR_NOMEM, "no memory for the object's shadow");
    const Camera *c = &p->scene->camera;
    float squash = c->height / sqrtf(c->height * c->height + c->focus * c->focus);
    float wide =
        0.25f * (float)(p->right - p->left + p->bottom - p->top); /* half the mean side, in half pixels */
    for (int k = 0; k < 3; k++) {
        memset(map, 0, n * sizeof *map);
        mark_footprint(p, map, squash);
        int rx = (int)lrintf(reach[k] * 2 * wide),
            ry = (int)lrintf(reach[k] * 2 * wide * fmaxf(0.3f, squash));
        box_blur(map, (int[2]){ p->half_w, p->half_h }, rx < 1 ? 1 : rx, ry, map + n);
        for (size_t i = 0; i < n; i++)
            p->contact[i] = 1 - (1 - p->contact[i]) * (1 - strength[k] * fminf(1, 1.3f * map[i]));
    }
    free(map);
    return true;
}

static void darken(Canvas *picture, const Placement *p)
{
    const Light *l = &p->scene->light;
    Pixel all = l->key + l->fill;
    Pixel left = l->fill / (all + pixel_all(1e-4f)); /* what a full shadow leaves */
    left = pixel_mix(pixel_all(1), left, l->shadow);
    int first = clamp_int((int)p->scene->camera.horizon + 1, 0, picture->height);
    float sx = (float)p->half_w / (float)picture->width, sy = (float)p->half_h / (float)picture->height;
    for (int y = first; y < picture->height; y++) {
        float fy = fmaxf(0, ((float)y + 0.5f) * sy - 0.5f);
        int y0 = (int)fy, y1 = clamp_int(y0 + 1, 0, p->half_h - 1);
        float v = fy - (float)y0;
        Pixel *row = picture->px + (size_t)y * (size_t)picture->width;
        for (int x = 0; x < picture->width; x++) {
            float fx = fmaxf(0, ((float)x + 0.5f) * sx - 0.5f);
            int x0 = (int)fx, x1 = clamp_int(x0 + 1, 0, p->half_w - 1);
            float u = fx - (float)x0, w[4] = { (1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v };
            size_t i[4] = { (size_t)y0 * (size_t)p->half_w + (size_t)x0,
                            (size_t)y0 * (size_t)p->half_w + (size_t)x1,
                            (size_t)y1 * (size_t)p->half_w + (size_t)x0,
                            (size_t)y1 * (size_t)p->half_w + (size_t)x1 };
            float cast = 0, contact = 0;
            for (int k = 0; k < 4; k++) {
                cast += w[k] * p->cast[i[k]];
                contact += w[k] * p->contact[i[k]];
            }
            row[x] *= pixel_mix(pixel_all(1), left, cast) * pixel_all(1 - contact);
        }
    }
}

/* The object upside down in a glossy surface, blurred with the distance from it. */
static void reflect(Canvas *picture, const Placement *p)
{
    const Scene *s = p->scene;
    const Camera *c = &s->camera;
    if (s->surface.gloss < 0.02f)
        return;
    int base = p->y0 + p->bottom;
    float graze = c->height / sqrtf(c->height * c->height + c->focus * c->focus), miss = 1 - graze;
    float part = s->surface.gloss * (0.10f + 0.9f * miss * miss * miss);
    for (int y = base - p->level[0].height / 8; y < picture->height; y++) {
        if (y < 0)
            continue;
        for (int x = clamp_int(p->x0 - 8, 0, picture->width);
             x < clamp_int(p->x0 + p->level[0].width + 8, 0, picture->width); x++) {
            float deep = (float)(y - base);
            float soft = 1.5f + 0.10f * fmaxf(0, deep);
            int k = soft < 2 ? 0 : soft < 4 ? 1 : soft < 8 ? 2 : soft < 16 ? 3 : 4;
            const Canvas *m = &p->level[k];
            float scale = 1.0f / (float)(1 << k);
            float u = ((float)(x - p->x0) + 0.5f) * scale - 0.5f;
            float v = ((float)(base - p->y0) - deep + 0.5f) * scale - 0.5f;
            if (u < 0 || v < 0 || u > (float)(m->width - 1) || v > (float)(m->height - 1))
                continue;
            Pixel q = canvas_at(m, u, v);
            float fade = part / (1 + deep / (0.35f * (float)p->level[0].height + 1));
            Pixel *to = &picture->px[(size_t)y * (size_t)picture->width + (size_t)x];
            *to = *to * pixel_all(1 - fade * q[3]) + q * (Pixel){ fade, fade, fade, 0 };
        }
    }
}

/* Light on the object: its own picture times what the scene adds, kept near 1 so that it stays itself. */
typedef struct {
    Pixel tint, rim;
    float side, lift, contrast;
} ObjectLight;

static ObjectLight object_light(const Light *l)
{
    Pixel all = l->key * pixel_all(0.8f) + l->fill;
    float bright = pixel_luma(all), key = pixel_luma(l->key);
    Pixel hue = all / pixel_all(bright + 1e-4f);
    Pixel soft = pixel_mix(pixel_all(1), hue, 0.60f);
    float level = 0.22f + 0.78f * bright;
    ObjectLight o = { .tint = soft * pixel_all(level), .side = l->to[0], .lift = l->to[1] };
    o.contrast = key / (bright + 1e-4f);
    o.rim = l->key;
    o.tint[3] = 1;
    return o;
}

static void lay_object(Canvas *picture, const Placement *p, const Canvas *behind)
{
    const Canvas *c = &p->level[0];
    ObjectLight o = object_light(&p->scene->light);
    float bx = (float)behind->width / (float)picture->width,
          by = (float)behind->height / (float)picture->height;
    int k = 0; /* a level of about 24 pixels: its slope is the broad shape */
    while (k + 1 < p->levels && p->level[k].height > 40)
        k++;
    const Canvas *broad = &p->level[k];
    float scale = 1.0f / (float)(1 << k);
    float high = (float)(p->bottom - p->top + 1), wide = (float)(p->right - p->left + 1);
    for (int y = 0; y < c->height; y++) {
        int py = p->y0 + y;
        if (py < 0 || py >= picture->height)
            continue;
        float v = ((float)(y - p->top)) / high;
        for (int x = 0; x < c->width; x++) {
            int px = p->x0 + x;
            Pixel q = c->px[(size_t)y * (size_t)c->width + (size_t)x];
            if (q[3] <= 0.002f || px < 0 || px >= picture->width)
                continue;
            float u = 2 * (float)(x - p->left) / wide - 1;
            float fx = ((float)x + 0.5f) * scale - 0.5f, fy = ((float)y + 0.5f) * scale - 0.5f;
            float nx = canvas_at(broad, fx - 1, fy)[3] - canvas_at(broad, fx + 1, fy)[3];
            float ny = canvas_at(broad, fx, fy + 1)[3] - canvas_at(broad, fx, fy - 1)[3];
            float shape = o.contrast * (0.22f * o.side * u + 0.30f * (-nx * o.side) + 0.12f * ny * o.lift);
            float ground = 1 - 0.20f * smooth_step(0.75f, 1.0f, v) + 0.05f * (1 - v);
            float gain = fmaxf(0.35f, (1 + shape) * ground);
            Pixel lit = q * o.tint * (Pixel){ gain, gain, gain, 1 };
            float near = soft_alpha(p, (float)px, (float)py, 7);
            float wrap = 0.30f * q[3] * fmaxf(0, 1 - 1.15f * near);
            Pixel back = canvas_at(behind, ((float)px + 0.5f) * bx - 0.5f, ((float)py + 0.5f) * by - 0.5f);
            lit += back * (Pixel){ wrap, wrap, wrap, 0 };
            Pixel *to = &picture->px[(size_t)py * (size_t)picture->width + (size_t)px];
            *to = *to * pixel_all(1 - q[3]) + lit;
        }
    }
}

bool place_object(Canvas *picture, const Scene *scene, const Sprite *object, const Canvas *behind, Err *err)
{
    Placement p;
    bool ok = placement_init(&p, picture, scene, object, err) && contact_shadow(&p, err);
    if (ok) {
        cast_shadow(&p);
        darken(picture, &p);
        reflect(picture, &p);
        lay_object(picture, &p, behind);
    }
    placement_clear(&p);
    return ok;
}
