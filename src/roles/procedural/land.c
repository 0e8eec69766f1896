#include "roles/procedural/land.h"

#include "roles/procedural/noise.h"

#include <math.h>

/* Height of a range's outline, 0..1, along u (in widths of the picture). */
static float outline(const float *clouds, float u, float offset, float rough)
{
    float v = 0.5f + 0.5f * noise_at(clouds, TILE_SIZE, u * 34, offset);
    float crag = 1 - fabsf(noise_at(clouds, TILE_SIZE, u * 60 + 9, offset + 40)) * 1.6f;
    float fine = noise_at(clouds, TILE_SIZE, u * 260, offset + 90);
    return v * (1 - 0.45f * rough) + rough * (0.45f * crag * v * 1.5f + 0.07f * fine);
}

void land_range(Stage *st, const RangeLook *look)
{
    Painter *p = stage_layer(st, look->z);
    const float *clouds = st->materials->clouds;
    const Light *l = &st->scene->light;
    Canvas *to = p->to;
    float offset = rng_range(&st->rng, 0, 256), start = rng_range(&st->rng, 0, 50);
    float k = p->camera.focal / p->z, foot = camera_y(&p->camera, 0, p->z), across = 1.0f / (float)to->width;
    Pixel haze = l->haze;
    haze[3] = 1;
    for (int x = 0; x < to->width; x++) {
        float u = start + (float)x * across, h = outline(clouds, u, offset, look->rough);
        float slope = outline(clouds, u + 0.012f, offset, look->rough) - h;
        float top = foot - k * look->height * (0.25f + 0.75f * h);
        for (int y = (int)fmaxf(0, floorf(top)); y < to->height && (float)y < foot + 1; y++) {
            float cover = fminf(1, (float)y + 1 - top), down = ((float)y - top) / (k * look->height + 1);
            float ridge = noise_at(clouds, TILE_SIZE, u * 190 + down * 40, offset + down * 130);
            float facing = 1 - 2.2f * slope * p->side * 4 - 0.5f * look->rough * ridge * p->side;
            facing = facing < 0.35f ? 0.35f : facing > 1.5f ? 1.5f : facing;
            Pixel c = look->colour;
            float line = look->snow * (0.9f + 0.5f * ridge) - (1 - h) * 0.3f;
            c = pixel_mix(c, (Pixel){ 0.85f, 0.88f, 0.94f, 1 },
                          look->snow > 0 ? smooth_step(0.06f, -0.06f, down - line * 0.6f) : 0);
            c = c * (l->key * pixel_all(0.75f * facing) + l->fill * pixel_all(0.75f + 0.1f * facing));
            c = pixel_mix(c, haze,
                          fminf(0.97f, look->haze * (0.75f + 0.5f * fminf(1, down)) + p->haze_part * 0.7f));
            c[3] = 1;
            Pixel *q = &to->px[(size_t)y * (size_t)to->width + (size_t)x];
            *q = pixel_mix(*q, c, cover);
        }
    }
}

void land_water(Stage *st, float z0, float z1, Pixel colour, float waves)
{
    stage_flush(st);
    const Camera c = { .focal = st->paint.camera.focal,
                       .centre = st->paint.camera.centre,
                       .horizon = st->paint.camera.horizon,
                       .height = st->scene->camera.height - st->scene->surface.floor };
    const Light *l = &st->scene->light;
    const float *clouds = st->materials->clouds;
    Canvas *to = &st->picture;
    Pixel body = colour * light_on_upright(l);
    float far = camera_y(&c, 0, z1), near = camera_y(&c, 0, z0), offset = rng_range(&st->rng, 0, 256);
    int first = (int)fmaxf(0, floorf(far)), last = (int)fminf((float)to->height, ceilf(near));
    for (int y = first; y < last; y++) {
        float z = camera_depth(&c, fmaxf((float)y + 0.5f, c.horizon + 0.25f));
        float miss = 1 - c.height / sqrtf(c.height * c.height + z * z),
              mirror = 0.12f + 0.68f * miss * miss * miss;
        float cover = fminf(1, fminf((float)y + 1 - far, near - (float)y));
        float small = 1 / (1 + 0.02f * z); /* far waves fall below a pixel */
        Pixel *row = to->px + (size_t)y * (size_t)to->width;
        for (int x = 0; x < to->width; x++) {
            float wx = ((float)x - c.centre) * z / c.focal;
            float swell = noise_at(clouds, TILE_SIZE, wx * 5 + offset, z * 9);
            float chop = noise_at(clouds, TILE_SIZE, wx * 24, z * 40 + offset) * small;
            float tilt = waves * (0.6f * swell + 0.8f * chop);
            float my = 2 * far - (float)y - 1 - fabsf(tilt) * 0.12f * c.focal;
            Pixel m = canvas_at(to, (float)x + tilt * 0.04f * c.focal, my < 0 ? 0 : my);
            Pixel p = pixel_mix(body * pixel_all(1 + 0.5f * tilt), m,
                                fmaxf(0, fminf(0.95f, mirror + 0.35f * tilt)));
            p = pixel_mix(p, l->haze, 1 - expf(-z * 0.6f * l->haze_density));
            p[3] = 0;
            row[x] = pixel_mix(row[x], p, cover < 0 ? 0 : cover);
        }
    }
}
