#include "roles/relief/skin.h"

#include "roles/relief/turned.h"
#include "roles/relief/unseen.h"
#include "vision/resample.h"

#include <stdlib.h>

/* ---- the photo ---- */

static Vec3 sample_colour(const Image *im, float x, float y)
{
    x = clamp_float(x, 0, (float)(im->width - 1));
    y = clamp_float(y, 0, (float)(im->height - 1));
    int x0 = (int)x, y0 = (int)y, right = x0 + 1 < im->width ? 3 : 0;
    size_t down = y0 + 1 < im->height ? 3 * (size_t)im->width : 0;
    float tx = x - (float)x0, ty = y - (float)y0;
    const uint8_t *a = image_at(im, x0, y0), *b = a + down;
    float w00 = (1 - tx) * (1 - ty), w01 = tx * (1 - ty), w10 = (1 - tx) * ty, w11 = tx * ty;
    float out[3];
    for (int c = 0; c < 3; c++)
        out[c] =
            w00 * (float)a[c] + w01 * (float)a[right + c] + w10 * (float)b[c] + w11 * (float)b[right + c];
    return (Vec3){ out[0], out[1], out[2] };
}

static Vec3 photo_colour(const Skin *k, Vec3 at)
{
    const Cutout *c = k->cutout;
    float scale = c->texel / (1 - at.z / k->lathe->camera);
    return sample_colour(&c->colour, c->texel_x + at.x * scale, c->texel_y - at.y * scale);
}

/* Cosine of the angle under which the photo shows a place of this normal. */
static float shown(const Skin *k, Vec3 at, Vec3 normal)
{
    return vec3_dot(normal, vec3_unit((Vec3){ -at.x, -at.y, k->lathe->camera - at.z }));
}

/* ---- reliefs ---- */

/* Angles between normal and photo's view: colours are taken as they are up to the first, without their print
 * from the second on, and repeated to and fro between the two for what lies further around the edge. */
static const float EDGE_LO = 0.6f, EDGE_HI = 0.95f;

/* Grain of the surface, as strong as it may be without being the edge of a print. */
static const float GRAIN_MOST = 16;

static float grain(float photo, float plain)
{
    float d = photo - plain;
    return d * fmaxf(1 - fabsf(d) / GRAIN_MOST, 0);
}

/* What is there without print on it. */
static Vec3 plain_colour(const Skin *k, float x, float y)
{
    float step = (float)k->cutout->colour.width / (float)k->plain.width;
    Vec3 photo = sample_colour(&k->cutout->colour, x, y);
    Vec3 plain = sample_colour(&k->plain, (x + 0.5f) / step - 0.5f, (y + 0.5f) / step - 0.5f);
    return vec3_add(plain,
                    (Vec3){ grain(photo.x, plain.x), grain(photo.y, plain.y), grain(photo.z, plain.z) });
}

/* Colours that the photo shows edge on would be smeared over a wide area from the side. There the colours
 * from a little further in are used, folded to and fro. *was is the normal where they come from. */
static Vec3 folded_colour(const Skin *k, const SkinSpot *p, Vec3 *was)
{
    float side = sqrtf(p->normal.x * p->normal.x + p->normal.y * p->normal.y), front = fabsf(p->normal.z);
    *was = (Vec3){ p->normal.x, p->normal.y, front };
    float angle = atan2f(side, front), folded = angle;
    if (angle <= EDGE_LO || side < 1e-3f)
        return sample_colour(&k->cutout->colour, p->texel_x, p->texel_y);
    if (angle > EDGE_HI) {
        float span = EDGE_HI - EDGE_LO, t = (angle - EDGE_HI) / span;
        t = fabsf(t - 2 * floorf(0.5f * t) - 1); /* 1 at the fold, down to 0, up again */
        folded = EDGE_LO + span * t;
    }
    float ux = p->normal.x / side, uy = p->normal.y / side, in = (side - sinf(folded)) * p->reach;
    *was = (Vec3){ ux * sinf(folded), uy * sinf(folded), cosf(folded) };
    Vec3 plain = plain_colour(k, p->texel_x - in * ux, p->texel_y + in * uy);
    float sharp = 1 - smoothstep(EDGE_LO, EDGE_HI, angle);
    if (sharp <= 0)
        return plain;
    Vec3 photo = sample_colour(&k->cutout->colour, p->texel_x, p->texel_y);
    return vec3_add(vec3_scale(plain, 1 - sharp), vec3_scale(photo, sharp));
}

enum { LEVELS = 64 };

/* Median of one channel over a square around each pixel; the histogram moves along the row. */
static void median_row(const Image *in, Image *out, int y, int channel, int reach)
{
    int histogram[LEVELS] = { 0 }, count = 0;
    int y0 = y > reach ? y - reach : 0, y1 = y + reach < in->height ? y + reach : in->height - 1;
    for (int x = -reach; x < in->width; x++) {
        for (int k = y0; k <= y1; k++) {
            if (x + reach < in->width) {
                histogram[image_at(in, x + reach, k)[channel] * LEVELS / 256]++;
                count++;
            }
            if (x - reach - 1 >= 0) {
                histogram[image_at(in, x - reach - 1, k)[channel] * LEVELS / 256]--;
                count--;
            }
        }
        int level = 0, below = 0;
        while (x >= 0 && 2 * (below + histogram[level]) < count)
            below += histogram[level++];
        if (x >= 0)
            image_at(out, x, y)[channel] = (uint8_t)((level * 256 + 128) / LEVELS);
    }
}

/* Print and other things that are narrower than about a fortieth of the object vanish in the median. */
static bool make_plain(Skin *k, Err *err)
{
    enum { STEP = 4, SHARE = 80 };
    const Image *im = &k->cutout->colour;
    int side = im->width > im->height ? im->width : im->height, reach = side / (STEP * SHARE / 2) + 1;
    Image small = { 0 };
    bool ok = image_resize(&small, im, (im->width + STEP - 1) / STEP, (im->height + STEP - 1) / STEP,
                           RESAMPLE_BILINEAR, err) &&
              image_init(&k->plain, small.width, small.height, 3, err);
    for (int y = 0; ok && y < small.height; y++)
        for (int channel = 0; channel < 3; channel++)
            median_row(&small, &k->plain, y, channel, reach);
    image_clear(&small);
    return ok;
}

/* ---- turned bodies ---- */

static Vec3 unrolled_light(const Skin *k)
{
    return lathe_to_photo(k->lathe, (Vec3){ 0, 0, 1 });
}

/* Whether the photo shows the object here. */
static bool inside_photo(const Cutout *c, Vec3 at, float camera)
{
    float near = 1 - at.z / camera;
    int x = (int)lrintf(c->middle_x + at.x / near), y = (int)lrintf(c->middle_y - at.y / near);
    return x >= 0 && y >= 0 && x < c->width && y < c->height && cutout_inside(c, x, y);
}

/* As well a little above and below, where rows begin to mix with the ends. */
static bool deep_inside_photo(const Cutout *c, Vec3 at, float camera)
{
    Vec3 above = { at.x, at.y + 2, at.z }, below = { at.x, at.y - 2, at.z };
    return inside_photo(c, above, camera) && inside_photo(c, below, camera);
}

/* Roll out what the photo shows, in the light that falls on the body's front. */
static void unroll(const Skin *k, Unrolled *u)
{
    const Lathe *l = k->lathe;
    Vec3 front = unrolled_light(k);
    for (int y = 0; y < u->height; y++)
        for (int x = 0; x < u->width; x++) {
            Vec3 at, normal;
            float height = l->upper - (l->upper - l->lower) * ((float)y + 0.5f) / (float)u->height;
            turned_point(l, ((float)x + 0.5f) / (float)u->width, height, &at, &normal);
            size_t i = (size_t)y * (size_t)u->width + (size_t)x;
            u->sure[i] = deep_inside_photo(k->cutout, at, l->camera)
                             ? smoothstep(0.3f, 0.55f, shown(k, at, normal))
                             : 0;
            if (u->sure[i] <= 0)
                continue;
            Vec3 c = vec3_scale(photo_colour(k, at), light_ratio(&k->light, normal, front));
            u->colour[3 * i] = c.x;
            u->colour[3 * i + 1] = c.y;
            u->colour[3 * i + 2] = c.z;
        }
}

/* As many texels as the photo has, but no more than a view shows. */
static void unrolled_size(const Skin *k, int *width, int *height)
{
    enum { HEIGHT = 800, WIDTH = 3000, LEAST = 16 };
    const Lathe *l = k->lathe;
    float radius = 0, tall = l->upper - l->lower;
    for (size_t i = 0; i < l->ring_count; i++)
        radius = fmaxf(radius, l->ring[i].radius);
    float h = clamp_float(tall * k->cutout->texel, LEAST, HEIGHT);
    *height = (int)h;
    *width = (int)clamp_float(turned_circumference(l) * radius * h / tall, LEAST, WIDTH);
}

/* Mean colour of a row, away from what the photo shows. */
static Vec3 end_colour(const Unrolled *u, int row)
{
    Vec3 sum = { 0 };
    float weight = 0;
    for (int x = 0; x < u->width; x++) {
        size_t i = (size_t)row * (size_t)u->width + (size_t)x;
        float w = 1.001f - u->sure[i];
        sum = vec3_add(sum,
                       vec3_scale((Vec3){ u->colour[3 * i], u->colour[3 * i + 1], u->colour[3 * i + 2] }, w));
        weight += w;
    }
    return vec3_scale(sum, 1 / weight);
}

static bool make_body(Skin *k, uint64_t seed, Err *err)
{
    Unrolled u = { 0 };
    unrolled_size(k, &u.width, &u.height);
    size_t n = (size_t)u.width * (size_t)u.height;
    u.colour = calloc(4 * n, sizeof(float));
    if (!u.colour)
        return err_set(err, ERR_NOMEM, "no memory for a surface of %d x %d texels", u.width, u.height);
    u.sure = u.colour + 3 * n;
    unroll(k, &u);
    bool ok = unseen_fill(&u, seed, err) && image_init(&k->body, u.width, u.height, 3, err);
    for (size_t i = 0; ok && i < 3 * n; i++)
        k->body.data[i] = (uint8_t)clamp_float(u.colour[i] + 0.5f, 0, 255);
    if (ok) {
        k->end[0] = end_colour(&u, 0);
        k->end[1] = end_colour(&u, u.height - 1);
    }
    free(u.colour);
    return ok;
}

static Vec3 body_colour(const Skin *k, const SkinSpot *p)
{
    const Lathe *l = k->lathe;
    float height = lathe_to_upright(l, p->at).y;
    float y = (l->upper - height) / (l->upper - l->lower) * (float)k->body.height - 0.5f;
    float x = p->turn * (float)k->body.width - 0.5f;
    float last = (float)(k->body.width - 1);
    if (x >= 0 && x <= last)
        return sample_colour(&k->body, x, y);
    /* Between the last column and the first. */
    float t = x < 0 ? x + 1 : x - last;
    return vec3_add(vec3_scale(sample_colour(&k->body, last, y), 1 - t),
                    vec3_scale(sample_colour(&k->body, 0, y), t));
}

/* Lids and openings look much alike from all sides: they turn with the camera, so that the photo has seen the
 * side that a view shows. */
static Vec3 lid_colour(const Skin *k, const SkinView *v, const SkinSpot *p, Vec3 *was)
{
    const Lathe *l = k->lathe;
    float centre = l->ring[0].centre;
    Vec3 at = lathe_to_upright(l, p->at), n = lathe_to_upright(l, p->normal);
    at.x -= centre;
    Vec3 turned = { at.x * v->cosine - at.z * v->sine, at.y, at.x * v->sine + at.z * v->cosine };
    if (k->well->open &&
        turned.x * turned.x + turned.z * turned.z < 1.001f * k->well->radius * k->well->radius)
        turned = well_seen(l, k->well, turned);
    turned.x += centre;
    *was = lathe_to_photo(l, (Vec3){ n.x * v->cosine - n.z * v->sine, n.y, n.x * v->sine + n.z * v->cosine });
    return photo_colour(k, lathe_to_photo(l, turned));
}

/* ---- all ---- */

bool skin_init(Skin *k, const Cutout *c, const Lathe *l, const Well *w, const Surface *s, uint64_t seed,
               Err *err)
{
    *k = (Skin){ .cutout = c, .lathe = l, .well = w, .light = light_fit(s, c) };
    return make_plain(k, err) && (!l->turned || make_body(k, seed, err));
}

void skin_clear(Skin *k)
{
    image_clear(&k->plain);
    image_clear(&k->body);
    *k = (Skin){ 0 };
}

/* What is there of the photo's own pixels: they are not drawn out over more than about two. */
static float photo_trust(const Skin *k, const SkinSpot *p, SurfaceSide side, float seen)
{
    if (side != SIDE_FRONT && side != SIDE_BACK && side != SIDE_BODY)
        return 0;
    /* Where the body reaches beyond the object's outline the photo shows what is behind it. */
    if (side == SIDE_BODY && !inside_photo(k->cutout, p->at, k->lathe->camera))
        return 0;
    float s = shown(k, p->at, p->normal);
    if (side == SIDE_BACK)
        s = -s;
    return 1 - smoothstep(1.4f, 2.6f, seen / fmaxf(s, 0.02f));
}

Vec3 skin_colour(const Skin *k, const SkinView *v, const SkinSpot *p, SurfaceSide side)
{
    Vec3 is = mat3_apply(&v->turn, p->normal), at = mat3_apply(&v->turn, p->at);
    float seen = vec3_dot(is, vec3_unit((Vec3){ -at.x, -at.y, v->distance - at.z }));
    float trust = photo_trust(k, p, side, seen);
    Vec3 colour = { 0, 0, 0 };
    if (trust > 0) {
        Vec3 was = p->normal;
        was.z = side == SIDE_BACK ? -was.z : was.z;
        colour = vec3_scale(sample_colour(&k->cutout->colour, p->texel_x, p->texel_y),
                            trust * light_ratio(&k->light, was, is));
    }
    if (trust < 1) {
        Vec3 was = { 0, 0, 1 }, other;
        if (side == SIDE_BODY || side == SIDE_CAP)
            was = unrolled_light(k);
        if (side == SIDE_BODY)
            other = body_colour(k, p);
        else if (side == SIDE_CAP)
            other = k->end[lathe_to_upright(k->lathe, p->normal).y < 0];
        else if (side == SIDE_LID)
            other = lid_colour(k, v, p, &was);
        else
            other = folded_colour(k, p, &was);
        colour = vec3_add(colour, vec3_scale(other, (1 - trust) * light_ratio(&k->light, was, is)));
    }
    return colour;
}
