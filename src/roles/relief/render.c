#include "roles/relief/render.h"

#include "roles/relief/raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 2 }; /* a pixel's side */

static const float MEDIUM_SHARE = 0.65f, LARGEST_SHARE = 0.92f;

typedef struct {
    const RenderScene *scene;
    Mat3 turn;      /* photo's frame to view frame */
    float distance; /* of the camera, cells */
    ScreenPoint *point;
    int width, height; /* of the picture, samples */
} Camera;

/* Elevation 0 is the photo's own; towards 60 and -60 the photo's counts less and less, so that those are what
 * they say. */
static float true_elevation(float elevation_deg, float tilt)
{
    float degree = 3.14159265f / 180, e = elevation_deg * degree;
    float left = clampf(1 - fabsf(elevation_deg) / 60, 0, 1);
    return e + tilt * left;
}

/* Photo's frame to the upright one (tilt), around the axis (azimuth), and up (elevation). */
static Mat3 turn_to(const ViewPose *pose, float tilt)
{
    float azimuth = pose->azimuth_deg * 3.14159265f / 180, up = true_elevation(pose->elevation_deg, tilt);
    float ct = cosf(tilt), st = sinf(tilt), ca = cosf(azimuth), sa = sinf(azimuth), ce = cosf(up),
          se = sinf(up);
    Vec3 x = { 1, 0, 0 }, y = { 0, ct, st }, z = { 0, -st, ct }; /* upright axes in the photo's frame */
    Vec3 right = vec3_sub(vec3_scale(x, ca), vec3_scale(z, sa));
    Vec3 out = vec3_add(vec3_scale(x, sa), vec3_scale(z, ca));
    return (Mat3){ { right, vec3_sub(vec3_scale(y, ce), vec3_scale(out, se)),
                     vec3_add(vec3_scale(y, se), vec3_scale(out, ce)) } };
}

/* Project around the view's axis; then scale and shift so that the bounding box sits in the middle. */
static void camera_frame(Camera *cam, const ViewPose *pose)
{
    const Surface *s = cam->scene->surface;
    float lo[2] = { 1e30f, 1e30f }, hi[2] = { -1e30f, -1e30f }, photo[2] = { 0, 0 };
    for (size_t i = 0; i < s->vertex_count; i++) {
        Vec3 v = mat3_apply(&cam->turn, s->vertex[i].at);
        float near = 1 / (cam->distance - v.z);
        float at[2] = { v.x * cam->distance * near, -v.y * cam->distance * near };
        cam->point[i] = (ScreenPoint){ at[0], at[1], near };
        const Vec3 *p = &s->vertex[i].at;
        photo[0] = fmaxf(photo[0], fabsf(p->x) / (1 - p->z / s->camera));
        photo[1] = fmaxf(photo[1], fabsf(p->y) / (1 - p->z / s->camera));
        for (int a = 0; a < 2; a++) {
            lo[a] = fminf(lo[a], at[a]);
            hi[a] = fmaxf(hi[a], at[a]);
        }
    }
    const float frame[2] = { (float)cam->width, (float)cam->height };
    float scale = 1e30f;
    for (int a = 0; a < 2; a++) {
        scale = fminf(scale, MEDIUM_SHARE / pose->distance_factor * frame[a] / (2 * photo[a]));
        scale = fminf(scale, LARGEST_SHARE * frame[a] / fmaxf(hi[a] - lo[a], 1e-6f));
    }
    float dx = 0.5f * (frame[0] - 1) - 0.5f * scale * (lo[0] + hi[0]);
    float dy = 0.5f * (frame[1] - 1) - 0.5f * scale * (lo[1] + hi[1]);
    for (size_t i = 0; i < s->vertex_count; i++) {
        cam->point[i].x = scale * cam->point[i].x + dx;
        cam->point[i].y = scale * cam->point[i].y + dy;
    }
}

/* ---- colour of a sample ---- */

static Vec3 sample_colour(const Image *im, float x, float y)
{
    x = clampf(x, 0, (float)(im->width - 1));
    y = clampf(y, 0, (float)(im->height - 1));
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

typedef struct {
    Vec3 at, normal; /* photo's frame */
    float texel_x, texel_y, reach, lid;
} Spot;

static Spot spot_at(const Surface *s, const uint32_t corner[3], const float weight[3])
{
    Spot p = { 0 };
    for (int k = 0; k < 3; k++) {
        const Vertex *v = &s->vertex[corner[k]];
        p.at = vec3_add(p.at, vec3_scale(v->at, weight[k]));
        p.normal = vec3_add(p.normal, vec3_scale(v->normal, weight[k]));
        p.texel_x += weight[k] * v->texel_x;
        p.texel_y += weight[k] * v->texel_y;
        p.reach += weight[k] * v->reach;
        p.lid += weight[k] * v->lid;
    }
    p.normal = vec3_unit(p.normal);
    return p;
}

/* Angles between normal and photo's view up to which colours are taken as they are, and between which they
 * are repeated to and fro for what lies further around. */
static const float FOLD_LO = 0.6f, FOLD_HI = 0.95f;

/* Colours that the photo shows edge on would be smeared over a wide area from the side. There the colours
 * from a little further in are used, folded to and fro. *was is the normal where they come from. */
static Vec3 folded_colour(const RenderScene *scene, const Spot *p, Vec3 *was)
{
    float side = sqrtf(p->normal.x * p->normal.x + p->normal.y * p->normal.y), front = fabsf(p->normal.z);
    *was = (Vec3){ p->normal.x, p->normal.y, front };
    float angle = atan2f(side, front);
    if (angle <= FOLD_HI || side < 1e-3f)
        return sample_colour(scene->colour, p->texel_x, p->texel_y);
    float span = FOLD_HI - FOLD_LO, t = (angle - FOLD_HI) / span;
    t = fabsf(t - 2 * floorf(0.5f * t) - 1); /* 1 at the fold, down to 0, up again */
    float folded = FOLD_LO + span * t, in = (side - sinf(folded)) * p->reach;
    float ux = p->normal.x / side, uy = p->normal.y / side;
    *was = (Vec3){ ux * sinf(folded), uy * sinf(folded), cosf(folded) };
    return sample_colour(scene->colour, p->texel_x - in * ux, p->texel_y + in * uy);
}

static Vec3 spot_colour(const Camera *cam, const Spot *p, SurfaceSide side)
{
    const RenderScene *scene = cam->scene;
    Vec3 is = mat3_apply(&cam->turn, p->normal), at = mat3_apply(&cam->turn, p->at);
    Vec3 to_camera = vec3_unit((Vec3){ -at.x, -at.y, cam->distance - at.z });
    Vec3 to_photo = vec3_unit((Vec3){ -p->at.x, -p->at.y, scene->surface->camera - p->at.z });
    float seen = vec3_dot(is, to_camera), shown = vec3_dot(p->normal, to_photo);
    if (side == SIDE_BACK)
        shown = -shown;
    /* Pixels of the view for one of the photo. */
    float stretch = seen / fmaxf(shown, 0.02f), trust = 1 - smoothstep(1.4f, 2.6f, stretch);
    if (side == SIDE_WALL)
        trust = 0;
    trust = fmaxf(trust, p->lid);
    Vec3 colour = { 0, 0, 0 };
    if (trust > 0) {
        Vec3 was = p->normal;
        was.z = side == SIDE_BACK ? -was.z : was.z;
        colour = vec3_scale(sample_colour(scene->colour, p->texel_x, p->texel_y),
                            trust * light_ratio(scene->light, was, is));
    }
    if (trust < 1) {
        Vec3 was, folded = folded_colour(scene, p, &was);
        colour = vec3_add(colour, vec3_scale(folded, (1 - trust) * light_ratio(scene->light, was, is)));
    }
    return colour;
}

/* ---- picture ---- */

/* Sums of a pixel's samples. */
typedef struct {
    float colour[3];
    int count;
} Sum;

static void add_samples(const Camera *cam, const Raster *r, int row, Sum *line)
{
    const Surface *s = cam->scene->surface;
    const uint32_t *id = r->triangle + (size_t)row * (size_t)r->width;
    for (int x = 0; x < r->width; x++) {
        if (id[x] == RASTER_EMPTY)
            continue;
        const uint32_t *corner = s->triangle[id[x]];
        float weight[3];
        raster_weights(corner, cam->point, (float)(x + r->x0), (float)(row + r->y0), weight);
        Spot spot = spot_at(s, corner, weight);
        Vec3 c = spot_colour(cam, &spot, surface_side(s, id[x]));
        Sum *sum = &line[(x + r->x0) / SAMPLES];
        sum->colour[0] += fminf(c.x, 255);
        sum->colour[1] += fminf(c.y, 255);
        sum->colour[2] += fminf(c.z, 255);
        sum->count++;
    }
}

static void resolve_line(const Sum *line, int y, ViewResult *out)
{
    enum { ALL = SAMPLES * SAMPLES };
    for (int x = 0; x < out->image.width; x++) {
        float white = 255.0f * (float)(ALL - line[x].count);
        uint8_t *p = image_at(&out->image, x, y);
        for (int c = 0; c < 3; c++)
            p[c] = (uint8_t)((line[x].colour[c] + white) / ALL + 0.5f);
        *image_at(&out->alpha, x, y) = (uint8_t)((255 * line[x].count + ALL / 2) / ALL);
    }
}

static bool draw(const Camera *cam, ViewResult *out, Err *err)
{
    Raster r;
    Sum *line = calloc((size_t)out->image.width, sizeof *line);
    bool ok = line ? raster_draw(&r, cam->scene->surface, cam->point, cam->width, cam->height, err)
                   : err_set(err, ERR_NOMEM, "no memory for a row of pixels");
    if (line && !ok)
        raster_clear(&r);
    for (int y = 0; ok && y < out->image.height; y++) {
        memset(line, 0, (size_t)out->image.width * sizeof *line);
        for (int row = y * SAMPLES - r.y0; row < (y + 1) * SAMPLES - r.y0; row++)
            if (row >= 0 && row < r.height)
                add_samples(cam, &r, row, line);
        resolve_line(line, y, out);
    }
    if (ok)
        raster_clear(&r);
    free(line);
    return ok;
}

bool render_view(const RenderScene *scene, const ViewPose *pose, int width, int height, ViewResult *out,
                 Err *err)
{
    *out = (ViewResult){ 0 };
    const Surface *s = scene->surface;
    /* Nearer cameras see more perspective; half of it, or the close-up of a deep thing looks swollen. */
    Camera cam = { .scene = scene,
                   .turn = turn_to(pose, s->tilt),
                   .distance = s->camera * (0.5f + 0.5f * pose->distance_factor),
                   .point = malloc(s->vertex_count * sizeof *cam.point),
                   .width = width * SAMPLES,
                   .height = height * SAMPLES };
    bool ok = cam.point ? image_init(&out->image, width, height, 3, err) &&
                              image_init(&out->alpha, width, height, 1, err)
                        : err_set(err, ERR_NOMEM, "no memory for %zu points", s->vertex_count);
    if (ok) {
        camera_frame(&cam, pose);
        ok = draw(&cam, out, err);
    }
    free(cam.point);
    if (!ok)
        view_result_clear(out);
    return ok;
}
