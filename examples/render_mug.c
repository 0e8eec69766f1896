/* render_mug.c: draws the example object, a ceramic mug, as a photograph or from any side. */
#include "base/file.h"
#include "base/pool.h"
#include "mug/scene.h"
#include "mug/shape.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    float azimuth_deg, elevation_deg, distance;
    int size;
    bool plain;
    const char *mask, *out;
} Options;

enum { GRID = 4, SAMPLES = GRID * GRID };

typedef struct {
    const Options *opt;
    Scene scene;
    Vec3 eye, right, up, forward;
    uint8_t *rgb, *mask; /* size x size */
} Picture;

static void camera_set(Picture *pic)
{
    const Options *o = pic->opt;
    const Vec3 target = { 0.10f, 0.475f, 0 };
    float az = o->azimuth_deg * PI / 180, el = o->elevation_deg * PI / 180;
    Vec3 back = vec3(sinf(az) * cosf(el), sinf(el), cosf(az) * cosf(el));
    pic->eye = along(target, back, o->distance);
    pic->forward = scale(back, -1);
    pic->right = vec3(cosf(az), 0, -sinf(az));
    pic->up = cross(pic->right, pic->forward);
    pic->scene = (Scene){ .plain = o->plain };
}

/* Linear light to an 8-bit sRGB value, with a shoulder that keeps highlights from clipping hard. */
static uint8_t develop(float x)
{
    x = x * (1 + x * 0.10f) / (1 + x * 0.62f) * 1.30f;
    x = clamp01(x);
    x = x < 0.0031308f ? 12.92f * x : 1.055f * powf(x, 1 / 2.4f) - 0.055f;
    return (uint8_t)(x * 255 + 0.5f);
}

static Vec3 sample(const Picture *pic, float px, float py, float lens_turn, int index, bool *hit)
{
    static const float HALF_FIELD = 0.2126f; /* tangent of 12 degrees: a short telephoto lens */
    static const float LENS = 0.055f;        /* radius of the aperture */
    float half = (float)pic->opt->size * 0.5f;
    float sx = (px - half) / half * HALF_FIELD, sy = (half - py) / half * HALF_FIELD;
    Vec3 through = add(pic->forward, add(scale(pic->right, sx), scale(pic->up, sy)));
    Vec3 dir = unit(through);
    float t;
    *hit = mug_hit(pic->eye, dir, &t);
    if (*hit)
        return scene_mug(&pic->scene, along(pic->eye, dir, t), dir);
    /* Vogel's spiral spreads the samples evenly over the lens. */
    float r = LENS * sqrtf(((float)index + 0.5f) / SAMPLES), a = lens_turn + (float)index * 2.3999632f;
    Vec3 shift = add(scale(pic->right, r * cosf(a)), scale(pic->up, r * sinf(a)));
    Vec3 focus = along(pic->eye, through, pic->opt->distance);
    Vec3 from = add(pic->eye, shift);
    return scene_behind(&pic->scene, from, unit(add(focus, scale(from, -1))));
}

static bool render_row(void *user, size_t y, int worker)
{
    Picture *pic = user;
    int size = pic->opt->size;
    (void)worker;
    for (int x = 0; x < size; x++) {
        float turn = 2 * PI * lattice(x, (int)y, 77);
        Vec3 sum = { 0 };
        int hits = 0;
        for (int i = 0; i < SAMPLES; i++) {
            float dx = ((float)(i % GRID) + 0.5f) / GRID, dy = ((float)(i / GRID) + 0.5f) / GRID;
            bool hit;
            Vec3 c = sample(pic, (float)x + dx, (float)y + dy, turn, i, &hit);
            /* One bright glint must not make a hard white pixel among its neighbours. */
            sum = add(sum, vec3(fminf(c.x, 6), fminf(c.y, 6), fminf(c.z, 6)));
            hits += hit;
        }
        size_t at = y * (size_t)size + (size_t)x;
        float nx = 2 * (float)x / (float)size - 1, ny = 2 * (float)y / (float)size - 1;
        float corner = pic->opt->plain ? 1 : 1 - 0.11f * (nx * nx + ny * ny);
        Vec3 c = scale(sum, corner / SAMPLES);
        if (pic->opt->plain && hits == 0)
            c = vec3(9, 9, 9);
        pic->rgb[at * 3] = develop(c.x);
        pic->rgb[at * 3 + 1] = develop(c.y);
        pic->rgb[at * 3 + 2] = develop(c.z);
        pic->mask[at] = hits * 2 >= SAMPLES ? 255 : 0;
    }
    return true;
}

static bool png_save(const char *path, const uint8_t *pixels, int size, bool rgb, Err *err)
{
    png_image picture = { .version = PNG_IMAGE_VERSION,
                          .width = (png_uint_32)size,
                          .height = (png_uint_32)size,
                          .format = rgb ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY };
    png_alloc_size_t length = PNG_IMAGE_PNG_SIZE_MAX(picture);
    void *png = malloc(length);
    if (!png)
        return err_set(err, ERR_NOMEM, "%s: no memory to write it", path);
    bool ok = png_image_write_to_memory(&picture, png, &length, 0, pixels, 0, NULL)
                  ? file_write(path, png, length, err)
                  : err_set(err, ERR_INTERNAL, "%s: cannot be encoded: %s", path, picture.message);
    free(png);
    return ok;
}

static bool render(const Options *opt, Err *err)
{
    size_t pixels = (size_t)opt->size * (size_t)opt->size;
    Picture pic = { .opt = opt, .rgb = malloc(pixels * 3), .mask = malloc(pixels) };
    bool ok = false;
    if (!pic.rgb || !pic.mask) {
        err_set(err, ERR_NOMEM, "no memory for a picture of side %d; ask for a smaller --size", opt->size);
        goto done;
    }
    camera_set(&pic);
    if (!pool_run(pool_cpus(), (size_t)opt->size, render_row, &pic)) {
        err_set(err, ERR_IO, "cannot start the drawing threads");
        goto done;
    }
    ok = png_save(opt->out, pic.rgb, opt->size, true, err) &&
         (!opt->mask || png_save(opt->mask, pic.mask, opt->size, false, err));
done:
    free(pic.rgb);
    free(pic.mask);
    return ok;
}

/* Read a number within limits; false for anything else. */
static bool parse_number(const char *text, float lo, float hi, float *out)
{
    char *end = NULL;
    *out = text ? strtof(text, &end) : 0;
    return text && end != text && *end == 0 && *out >= lo && *out <= hi;
}

static bool parse_options(int argc, char **argv, Options *o)
{
    float size = 1024;
    bool ok = true;
    for (int i = 1; i < argc && ok; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--plain") == 0)
            o->plain = true;
        else if (strcmp(name, "--azimuth") == 0)
            ok = parse_number(argv[++i], -720, 720, &o->azimuth_deg);
        else if (strcmp(name, "--elevation") == 0)
            ok = parse_number(argv[++i], 1, 85, &o->elevation_deg);
        else if (strcmp(name, "--distance") == 0)
            ok = parse_number(argv[++i], 1.5f, 40, &o->distance);
        else if (strcmp(name, "--size") == 0)
            ok = parse_number(argv[++i], 16, 8192, &size);
        else if (strcmp(name, "--mask") == 0)
            ok = (o->mask = argv[++i]) != NULL;
        else if (name[0] == '-' || o->out)
            ok = false;
        else
            o->out = name;
    }
    o->size = (int)size;
    return ok && o->out;
}

int main(int argc, char **argv)
{
    Options opt = { .azimuth_deg = 10, .elevation_deg = 17, .distance = 4.2f };
    if (!parse_options(argc, argv, &opt)) {
        fputs("usage: render_mug [--azimuth DEG] [--elevation 1..85] [--distance 1.5..40] [--size 16..8192]\n"
              "                  [--plain] [--mask FILE.png] OUT.png\n"
              "Azimuth 0 has the label in front and the handle at the right; distances are in mug heights.\n",
              stderr);
        return 2;
    }
    Err err = { 0 };
    if (!render(&opt, &err)) {
        fprintf(stderr, "render_mug: %s\n", err.msg);
        return 1;
    }
    return 0;
}
