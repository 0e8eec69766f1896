#include "roles/relief/render.h"

#include "roles/relief/raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 3 }; /* along a pixel's side */

static const float MEDIUM_SHARE = 0.65f, LARGEST_SHARE = 0.92f;

typedef struct {
    const RenderScene *scene;
    SkinView view;
    ScreenPoint *point;
    int width, height; /* of the picture, samples */
    bool close;        /* a pixel is less than two of the photo's */
} Camera;

/* Elevation 0 is the photo's own; towards 60 and -60 the photo's counts less and less, so that those are what
 * they say. */
static float true_elevation(float elevation_deg, float tilt)
{
    float degree = 3.14159265f / 180, e = elevation_deg * degree;
    float left = clamp_float(1 - fabsf(elevation_deg) / 60, 0, 1);
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
    float lo[2] = { 1e30f, 1e30f }, hi[2] = { -1e30f, -1e30f };
    for (size_t i = 0; i < s->vertex_count; i++) {
        Vec3 v = mat3_apply(&cam->view.turn, s->vertex[i].at);
        float near = 1 / (cam->view.distance - v.z);
        float at[2] = { v.x * cam->view.distance * near, -v.y * cam->view.distance * near };
        cam->point[i] = (ScreenPoint){ at[0], at[1], near };
        for (int a = 0; a < 2; a++) {
            lo[a] = fminf(lo[a], at[a]);
            hi[a] = fmaxf(hi[a], at[a]);
        }
    }
    const float frame[2] = { (float)cam->width, (float)cam->height };
    const float photo[2] = { cam->scene->skin->cutout->box_width, cam->scene->skin->cutout->box_height };
    float scale = 1e30f;
    for (int a = 0; a < 2; a++) {
        scale = fminf(scale, MEDIUM_SHARE / pose->distance_factor * frame[a] / photo[a]);
        scale = fminf(scale, LARGEST_SHARE * frame[a] / fmaxf(hi[a] - lo[a], 1e-6f));
    }
    cam->close = SAMPLES * cam->scene->skin->cutout->texel < 2 * scale;
    float dx = 0.5f * (frame[0] - 1) - 0.5f * scale * (lo[0] + hi[0]);
    float dy = 0.5f * (frame[1] - 1) - 0.5f * scale * (lo[1] + hi[1]);
    for (size_t i = 0; i < s->vertex_count; i++) {
        cam->point[i].x = scale * cam->point[i].x + dx;
        cam->point[i].y = scale * cam->point[i].y + dy;
    }
}

static SkinSpot spot_at(const Surface *s, const uint32_t corner[3], const float weight[3])
{
    SkinSpot p = { 0 };
    for (int k = 0; k < 3; k++) {
        const Vertex *v = &s->vertex[corner[k]];
        p.at = vec3_add(p.at, vec3_scale(v->at, weight[k]));
        p.normal = vec3_add(p.normal, vec3_scale(v->normal, weight[k]));
        p.texel_x += weight[k] * v->texel_x;
        p.texel_y += weight[k] * v->texel_y;
        p.reach += weight[k] * v->reach;
        p.turn += weight[k] * v->turn;
    }
    p.normal = vec3_unit(p.normal);
    return p;
}

/* ---- picture ---- */

/* A pixel's samples. */
typedef struct {
    Vec3 colour; /* sum over those that were coloured */
    int coloured, covered;
} Sum;

static void colour_sample(const Camera *cam, const Raster *r, int x, int row, Sum *sum)
{
    const Surface *s = cam->scene->surface;
    uint32_t id = r->triangle[(size_t)row * (size_t)r->width + (size_t)x];
    const uint32_t *corner = s->triangle[id];
    float weight[3];
    raster_weights(corner, cam->point, (float)(x + r->x0), (float)(row + r->y0), weight);
    SkinSpot spot = spot_at(s, corner, weight);
    Vec3 c = skin_colour(cam->scene->skin, &cam->view, &spot, (SurfaceSide)s->side[id]);
    sum->colour = vec3_add(sum->colour, (Vec3){ fminf(c.x, 255), fminf(c.y, 255), fminf(c.z, 255) });
    sum->coloured++;
}

/* A pixel inside of one part of the surface, away from its outline and from edges in front of others. */
static bool is_smooth(const Camera *cam, const Raster *r, int sx, int sy)
{
    enum { LAST = SAMPLES - 1 };
    if (sx < 0 || sy < 0 || sx + LAST >= r->width || sy + LAST >= r->height)
        return false;
    float least = 1e30f, most = 0;
    int side = -1;
    for (int y = 0; y < SAMPLES; y++)
        for (int x = 0; x < SAMPLES; x++) {
            size_t i = (size_t)(sy + y) * (size_t)r->width + (size_t)(sx + x);
            if (r->triangle[i] == RASTER_EMPTY)
                return false;
            int own = cam->scene->surface->side[r->triangle[i]];
            if (side >= 0 && own != side)
                return false;
            side = own;
            least = fminf(least, r->near[i]);
            most = fmaxf(most, r->near[i]);
        }
    return most < 1.005f * least;
}

/* All samples say whether the object is there. How it looks say two of them in a smooth place of a close view;
 * else the four in the pixel's corners, or where the object is in none of those, another one. */
static void add_pixel(const Camera *cam, const Raster *r, int x, int y, Sum *sum)
{
    enum { LAST = SAMPLES - 1 };
    int left = x * SAMPLES - r->x0, top = y * SAMPLES - r->y0, any_x = 0, any_y = 0;
    if (cam->close && is_smooth(cam, r, left, top)) {
        sum->covered = SAMPLES * SAMPLES;
        colour_sample(cam, r, left, top, sum);
        colour_sample(cam, r, left + LAST, top + LAST, sum);
        return;
    }
    for (int k = 0; k < SAMPLES * SAMPLES; k++) {
        int sx = left + k % SAMPLES, sy = top + k / SAMPLES;
        if (sx < 0 || sy < 0 || sx >= r->width || sy >= r->height ||
            r->triangle[(size_t)sy * (size_t)r->width + (size_t)sx] == RASTER_EMPTY)
            continue;
        sum->covered++;
        any_x = sx;
        any_y = sy;
        if (k % SAMPLES % LAST == 0 && k / SAMPLES % LAST == 0)
            colour_sample(cam, r, sx, sy, sum);
    }
    if (sum->covered && !sum->coloured)
        colour_sample(cam, r, any_x, any_y, sum);
}

static void draw_line(const Camera *cam, const Raster *r, int y, ViewResult *out)
{
    enum { ALL = SAMPLES * SAMPLES };
    memset(image_at(&out->image, 0, y), 255, 3 * (size_t)out->image.width);
    for (int x = r->x0 / SAMPLES; x < out->image.width && x * SAMPLES < r->x0 + r->width; x++) {
        Sum sum = { 0 };
        add_pixel(cam, r, x, y, &sum);
        if (!sum.covered)
            continue;
        float alpha = (float)sum.covered / ALL, share = alpha / (float)sum.coloured;
        uint8_t *p = image_at(&out->image, x, y);
        p[0] = (uint8_t)(sum.colour.x * share + 255 * (1 - alpha) + 0.5f);
        p[1] = (uint8_t)(sum.colour.y * share + 255 * (1 - alpha) + 0.5f);
        p[2] = (uint8_t)(sum.colour.z * share + 255 * (1 - alpha) + 0.5f);
        *image_at(&out->alpha, x, y) = (uint8_t)(255 * alpha + 0.5f);
    }
}

static bool draw(const Camera *cam, ViewResult *out, Err *err)
{
    Raster r;
    bool ok = raster_draw(&r, cam->scene->surface, cam->point, cam->width, cam->height, err);
    for (int y = 0; ok && y < out->image.height; y++)
        draw_line(cam, &r, y, out);
    raster_clear(&r);
    return ok;
}

bool render_view(const RenderScene *scene, const ViewPose *pose, int width, int height, ViewResult *out,
                 Err *err)
{
    *out = (ViewResult){ 0 };
    const Surface *s = scene->surface;
    float azimuth = pose->azimuth_deg * 3.14159265f / 180;
    /* Nearer cameras see more perspective; half of it, or the close-up of a deep thing looks swollen. */
    Camera cam = { .scene = scene,
                   .view = { .turn = turn_to(pose, s->tilt),
                             .distance = s->camera * (0.5f + 0.5f * pose->distance_factor),
                             .cosine = cosf(azimuth),
                             .sine = sinf(azimuth) },
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
