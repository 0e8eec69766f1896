#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "true_mug.h"

#include "mug/shape.h"

/* As in examples/render_mug.c, whose defaults made the photo. */
static const float PHOTO_AZIMUTH = 10, DISTANCE = 4.2f;

typedef struct {
    Vec3 eye, right, up, forward;
} Eye;

static Eye eye_at(float azimuth, float elevation)
{
    const Vec3 target = { 0.10f, 0.475f, 0 };
    float az = azimuth * PI / 180, el = elevation * PI / 180;
    Vec3 back = vec3(sinf(az) * cosf(el), sinf(el), cosf(az) * cosf(el));
    Eye e = { along(target, back, DISTANCE), vec3(cosf(az), 0, -sinf(az)), { 0 }, scale(back, -1) };
    e.up = cross(e.right, e.forward);
    return e;
}

/* `field` is the tangent of half the angle that the picture covers. */
static bool hit(const Eye *e, float field, int size, int x, int y)
{
    float half = 0.5f * (float)size, sx = ((float)x + 0.5f - half) / half,
          sy = (half - (float)y - 0.5f) / half;
    Vec3 dir = add(e->forward, add(scale(e->right, sx * field), scale(e->up, sy * field)));
    float distance;
    return mug_hit(e->eye, unit(dir), &distance);
}

void true_mug_outline(Image *out, float azimuth, float elevation, int size)
{
    Err err = { 0 };
    assert_true(image_init(out, size, size, 1, &err));
    Eye photo = eye_at(PHOTO_AZIMUTH, TRUE_MUG_ELEVATION);
    const float field = 0.2126f;
    enum { FINE = 512 };
    int top = FINE, bottom = 0, left = FINE, right = 0;
    for (int y = 0; y < FINE; y++)
        for (int x = 0; x < FINE; x++)
            if (hit(&photo, field, FINE, x, y)) {
                top = y < top ? y : top;
                bottom = y + 1;
                left = x < left ? x : left;
                right = x + 1 > right ? x + 1 : right;
            }
    int longer = bottom - top > right - left ? bottom - top : right - left;
    float scaled = field * (float)longer / (FINE * 0.65f);
    Eye e = eye_at(PHOTO_AZIMUTH + azimuth, elevation);
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++)
            *image_at(out, x, y) = hit(&e, scaled, size, x, y) ? 255 : 0;
}
