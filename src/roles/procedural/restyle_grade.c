#include "roles/procedural/restyle_grade.h"

#include "base/clamp.h"

#include <math.h>

/* Gain of each colour: more or less light, towards amber or blue at the same brightness. */
static Pixel gain_of(const Look *look)
{
    float warm = clamp_float(look->warmth, -1.5f, 2.2f);
    Pixel g = { 1 + 0.24f * warm, 1 - 0.12f * fmaxf(0, warm - 0.5f), 1 - 0.36f * warm, 0 };
    g = g * pixel_all(exp2f(look->exposure) / pixel_luma(g));
    g[3] = 1;
    return g;
}

float restyle_grade(Canvas *c, const Look *look)
{
    Pixel gain = gain_of(look);
    float saturation = 1 + clamp_float(look->saturation, -0.9f, 0.6f),
          contrast = 1 + clamp_float(look->contrast, -0.5f, 0.6f);
    float lift = clamp_float(look->lift, 0, 0.2f);
    /* Contrast turns around a mid grey; in square roots equal steps look about equal. */
    Pixel pivot = pixel_all(0.40f * exp2f(0.5f * clamp_float(look->exposure, -2, 0)));
    Pixel most = { 0 };
    size_t n = (size_t)c->width * (size_t)c->height;
    for (size_t i = 0; i < n; i++) {
        Pixel p = c->px[i];
        float alpha = p[3];
        p = pixel_mix(pixel_all(pixel_luma(p)), p, saturation) * gain;
        Pixel root;
        for (int k = 0; k < 4; k++)
            root[k] = sqrtf(p[k] > 0 ? p[k] : 0);
        root = pivot + (root - pivot) * pixel_all(contrast);
        for (int k = 0; k < 4; k++)
            root[k] = root[k] > 0 ? root[k] : 0;
        p = root * root * pixel_all(1 - lift) + pixel_all(lift);
        for (int k = 0; k < 4; k++)
            most[k] = p[k] > most[k] ? p[k] : most[k];
        p[3] = alpha;
        c->px[i] = p;
    }
    return fmaxf(most[0], fmaxf(most[1], most[2]));
}
