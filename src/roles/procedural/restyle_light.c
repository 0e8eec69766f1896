#include "roles/procedural/restyle_light.h"

#include "roles/procedural/noise.h"
#include "roles/procedural/restyle_pattern.h"
#include "roles/procedural/restyle_shadow.h"

#include <math.h>
#include <stdlib.h>

/* A light of the recipe in this picture. */
typedef struct {
    const RecipeLight *light;
    float at[3];       /* of a lamp: pixels right of the object's foot, above it, towards the camera */
    float norm, range; /* makes a lamp's light 1 on the object; 1 / its reach squared */
    float level[2];    /* share that a level surface, and an upright one that faces the camera, get */
    Gobo gobo;
    float *shadow; /* [height / 4, width / 4], NULL without */
} Lamp;

typedef struct {
    Plate *plate;
    const Recipe *recipe;
    const RestyleTiles *tiles;
    Lamp lamp[RECIPE_LIGHTS];
    int lamps;
    Outline outline;
    Canvas room, object; /* half size: the light on everything but the object, on the object */
    float foot_x, foot_y;
} Lighting;

static float facing(float cosine, float wrap)
{
    float f = (cosine + wrap) / (1 + wrap);
    return f > 0 ? f : 0;
}

static void lamp_init(Lamp *l, const Lighting *s, const RecipeLight *light)
{
    const Plate *p = s->plate;
    *l = (Lamp){ .light = light, .norm = 1 };
    float away = light->away * p->side, half = 0.5f * (float)(p->bottom - p->top + 1);
    for (int k = 0; k < 3; k++)
        l->at[k] = light->to[k] * away;
    l->at[1] += half;
    if (light->reach > 0) {
        l->range = 1 / (light->reach * light->reach * p->side * p->side);
        l->norm = 1 + away * away * l->range;
    }
    /* What lies level under a low light still shows it: textures stand up. */
    l->level[0] =
        light->to[1] > 0 ? 0.25f * light->wrap + (1 - 0.25f * light->wrap) * sqrtf(light->to[1]) : 0.10f;
    l->level[1] = 0.30f + 0.70f * facing(light->to[2], light->wrap);
    gobo_init(&l->gobo, light, s->tiles);
}

static bool cast_shadows(Lighting *s, Err *err)
{
    size_t n = (size_t)s->outline.width[0] * (size_t)s->outline.height[0];
    for (int i = 0; i < s->lamps; i++) {
        Lamp *l = &s->lamp[i];
        if (l->light->shadow <= 0.05f || !s->plate->has_object)
            continue;
        l->shadow = malloc(n * sizeof *l->shadow);
        if (!l->shadow)
            return err_set(err, ERR_NOMEM, "no memory for the object's shadow");
        shadow_cast(l->shadow, &s->outline, s->plate, l->light);
    }
    return true;
}

/* The shadow at a half-size pixel, its edge drawn to the light's softness. */
static float shadow_at(const Lighting *s, const Lamp *l, int x, int y)
{
    int w = s->outline.width[0], h = s->outline.height[0];
    float u = 0.5f * (float)x - 0.25f, v = 0.5f * (float)y - 0.25f;
    u = u < 0 ? 0 : u;
    v = v < 0 ? 0 : v;
    int x0 = (int)u, y0 = (int)v, x1 = x0 + 1 < w ? x0 + 1 : w - 1, y1 = y0 + 1 < h ? y0 + 1 : h - 1;
    float fx = u - (float)x0, fy = v - (float)y0;
    const float *a = l->shadow + (size_t)y0 * (size_t)w, *b = l->shadow + (size_t)y1 * (size_t)w;
    float top = a[x0] + (a[x1] - a[x0]) * fx, low = b[x0] + (b[x1] - b[x0]) * fx, m = top + (low - top) * fy;
    return l->light->soft < 0.15f ? smooth_step(0.12f, 0.88f, m) : m;
}

/* Light of a lamp over the distance from it, 1 where the object stands. */
static float fall_off(const Lamp *l, float dx, float dy, float dz)
{
    if (l->range <= 0)
        return 1;
    float f = l->norm / (1 + (dx * dx + dy * dy + dz * dz) * l->range);
    return f > 3 ? 3 : f;
}

/* A place of the picture: pixels right of the object's foot, above it, towards the camera. */
typedef struct {
    float x, y, z;
} Place;

static Pixel light_room(const Lighting *s, const Lamp *l, Pixel guide, Place level, Place upright, int x,
                        int y)
{
    float on = guide[0], inv = 1 / s->plate->side;
    float gain = 0, near = float_max(level.z, upright.z); /* the surface joins what stands behind it */
    if (on > 0)
        gain += on * l->level[0] * fall_off(l, level.x - l->at[0], level.y - l->at[1], near - l->at[2]);
    if (on < 1)
        gain += (1 - on) * l->level[1] *
                fall_off(l, upright.x - l->at[0], upright.y - l->at[1], upright.z - l->at[2]);
    float away = guide[1];
    gain *= 1 - (1 - l->light->far) * smooth_step(0.30f, 0.95f, away);
    if (l->shadow)
        gain *= 1 - l->light->shadow * shadow_at(s, l, x, y);
    Pixel out = l->light->colour * pixel_all(gain);
    if (l->light->pattern != PATTERN_NONE) {
        /* Far away on the surface the pattern is finer than a pixel, and none falls on the sky: its mean is
         * seen. */
        Place q = on > 0.5f ? level : upright;
        float deep = -q.z * inv, fine = on > 0.5f ? smooth_step(1.2f, 4.0f, deep) : guide[2];
        if (fine < 0.99f)
            out *= pixel_mix(gobo_at(&l->gobo, q.x * inv, q.y * inv, q.z * inv), gobo_mean(&l->gobo), fine);
        else
            out *= gobo_mean(&l->gobo);
    }
    return out;
}

/* The room in one row of half size. */
static void light_room_row(const Lighting *s, int y)
{
    const Plate *p = s->plate;
    int w = s->room.width;
    Pixel *out = s->room.px + (size_t)y * (size_t)w;
    const Pixel *guide = p->guide.px + (size_t)y * (size_t)w;
    float fy = 2.0f * (float)y + 0.5f, depth = float_min(plate_depth(p, fy), 12);
    float unit = 1.6f * p->side; /* how far the camera is from the object, in pixels there */
    const RestyleTiles *t = s->tiles;
    float shift = (float)(s->recipe->seed & 255), grain = 0.55f * 256 / p->side;
    for (int x = 0; x < w; x++) {
        float dx = 2.0f * (float)x + 0.5f - s->foot_x;
        Place level = { dx * depth, 0, (1 - depth) * unit };
        Place upright = { dx, s->foot_y - fy, -0.5f * p->side };
        Pixel sum = s->recipe->ambient;
        for (int i = 0; i < s->lamps; i++)
            sum += light_room(s, &s->lamp[i], guide[x], level, upright, x, y);
        /* No light is even: it comes from many things. */
        float uneven =
            noise_at(t->clouds, RESTYLE_TILE, (2.0f * (float)x) * 0.25f * grain + shift, fy * 0.25f * grain);
        out[x] = sum * pixel_all(1 + 0.10f * uneven);
        out[x][3] = 1;
    }
}

static void light_object_row(const Lighting *s, int y, int x0, int x1)
{
    const Plate *p = s->plate;
    const Recipe *r = s->recipe;
    int w = s->object.width;
    Pixel *out = s->object.px + (size_t)y * (size_t)w;
    const Pixel *normal = p->normal.px + (size_t)y * (size_t)w;
    float fy = 2.0f * (float)y + 0.5f, inv = 1 / p->side;
    float bulge = 0.3f * (float)(p->right - p->left + 1);
    float low = smooth_step(0.75f, 1.0f, (fy - (float)p->top) / (float)(p->bottom - p->top + 1));
    for (int x = x0; x < x1; x++) {
        Pixel n = normal[x];
        float dx = 2.0f * (float)x + 0.5f - s->foot_x;
        Place q = { dx, s->foot_y - fy, bulge * n[2] };
        Pixel sum = r->ambient + r->front;
        for (int i = 0; i < s->lamps; i++) {
            const Lamp *l = &s->lamp[i];
            const float *to = l->light->to;
            float gain = facing(n[0] * to[0] + n[1] * to[1] + n[2] * to[2], l->light->wrap);
            gain *= fall_off(l, q.x - l->at[0], q.y - l->at[1], q.z - l->at[2]);
            if (to[1] > 0.5f) /* the foot stands in the object's own shade */
                gain *= 1 - 0.35f * low;
            Pixel lit = l->light->colour * pixel_all(gain);
            if (l->light->pattern != PATTERN_NONE)
                lit *= gobo_at(&l->gobo, q.x * inv, q.y * inv, q.z * inv);
            sum += lit;
        }
        out[x] = sum;
        out[x][3] = 1;
    }
}

/* The glow of light that comes round the object's edge, on the side where it stands. */
static Pixel rim_at(const Lighting *s, Pixel n, Pixel colour)
{
    const RecipeLight *l = &s->recipe->light[0];
    float towards = l->to[2] < -0.6f ? 0.5f + 0.5f * n[1] /* from straight behind, all around */
                                     : smooth_step(0.05f, 0.5f, n[0] * l->to[0] + 0.5f * n[1] * l->to[1]);
    float v = s->recipe->sum.rim * n[3] * n[3] * float_max(0, towards);
    return colour * (Pixel){ v, v, v, 0 };
}

/* Bring the half-size light to full size and multiply. */
static void apply_row(const Lighting *s, int y, Pixel *room, Pixel *object, Pixel *rim)
{
    const Plate *p = s->plate;
    int w = p->full.width, hw = s->room.width, hh = s->room.height;
    float fy = float_max(0, 0.5f * (float)y - 0.25f);
    int y0 = (int)fy, y1 = y0 + 1 < hh ? y0 + 1 : hh - 1;
    float v = fy - (float)y0;
    size_t a = (size_t)y0 * (size_t)hw, b = (size_t)y1 * (size_t)hw;
    for (int x = 0; x < hw; x++)
        room[x] = pixel_mix(s->room.px[a + (size_t)x], s->room.px[b + (size_t)x], v);
    bool near = p->has_object && y >= p->top - 8 && y <= p->bottom + 8;
    int left = near ? p->left - 8 : w, right = near ? p->right + 8 : -1;
    Pixel colour = s->lamps ? s->lamp[0].light->colour : pixel_all(0.6f);
    if (near)
        for (int x = 0; x < hw; x++) {
            object[x] = pixel_mix(s->object.px[a + (size_t)x], s->object.px[b + (size_t)x], v);
            rim[x] = (Pixel){ 0 };
            if (s->recipe->sum.rim > 0 && s->lamps)
                rim[x] =
                    rim_at(s, pixel_mix(p->normal.px[a + (size_t)x], p->normal.px[b + (size_t)x], v), colour);
        }
    Pixel *px = p->full.px + (size_t)y * (size_t)w;
    for (int x = 0; x < w; x++) {
        float fx = float_max(0, 0.5f * (float)x - 0.25f);
        int x0 = (int)fx, x1 = x0 + 1 < hw ? x0 + 1 : hw - 1;
        float u = fx - (float)x0, alpha = px[x][3];
        Pixel gain = pixel_mix(room[x0], room[x1], u);
        if (alpha > 0 && x >= left && x <= right) {
            gain = pixel_mix(gain, pixel_mix(object[x0], object[x1], u), alpha);
            Pixel glow = pixel_mix(rim[x0], rim[x1], u);
            px[x] = px[x] * gain + glow * (pixel_all(0.22f) + px[x]) * pixel_all(alpha);
            px[x][3] = alpha;
        } else {
            px[x] *= gain;
            px[x][3] = alpha;
        }
    }
}

static void light_all(Lighting *s)
{
    const Plate *p = s->plate;
    for (int y = 0; y < s->room.height; y++)
        light_room_row(s, y);
    if (!p->has_object)
        return;
    int x0 = p->left / 2 - 6, x1 = p->right / 2 + 7, y0 = p->top / 2 - 6, y1 = p->bottom / 2 + 7;
    x0 = x0 < 0 ? 0 : x0;
    x1 = x1 > s->object.width ? s->object.width : x1;
    y1 = y1 > s->object.height ? s->object.height : y1;
    for (int y = y0 < 0 ? 0 : y0; y < y1; y++)
        light_object_row(s, y, x0, x1);
}

bool restyle_light(Plate *p, const Recipe *r, const RestyleTiles *tiles, Err *err)
{
    Lighting s = { .plate = p, .recipe = r, .tiles = tiles };
    s.foot_x = 0.5f * (float)(p->left + p->right);
    s.foot_y = p->contact;
    for (int i = 0; i < r->lights; i++)
        lamp_init(&s.lamp[s.lamps++], &s, &r->light[i]);
    size_t hw = (size_t)p->half.width;
    Pixel *line = malloc(3 * hw * sizeof *line);
    bool ok = line || err_set(err, ERR_NOMEM, "no memory for the light of a picture");
    ok = ok && outline_open(&s.outline, p, err) && cast_shadows(&s, err) &&
         canvas_init(&s.room, p->half.width, p->half.height, err) &&
         canvas_init(&s.object, p->half.width, p->half.height, err);
    if (ok) {
        light_all(&s);
        for (int y = 0; y < p->full.height; y++)
            apply_row(&s, y, line, line + hw, line + 2 * hw);
    }
    for (int i = 0; i < s.lamps; i++)
        free(s.lamp[i].shadow);
    outline_close(&s.outline);
    canvas_clear(&s.room);
    canvas_clear(&s.object);
    free(line);
    return ok;
}
