#include "vision/colour.h"

#include "base/simd.h"

/* base + factor * (value - base) with the fraction cut off. The product and the sum are each rounded to
 * float32, as in Pillow; the build forbids the compiler to fuse them. */
static inline uint8_t blend(int base, int value, float factor)
{
    float product = factor * (float)(value - base);
    float t = (float)base + product;
    t = t > 0 ? t : 0;
    return (uint8_t)(int)(t < 255 ? t : 255);
}

static size_t pixels_of(const Image *rgb)
{
    return (size_t)rgb->width * (size_t)rgb->height;
}

SIMD_CLONES static void bw(uint8_t *p, size_t pixels)
{
    for (size_t i = 0; i < pixels; i++, p += 3)
        p[0] = p[1] = p[2] = image_luma(p);
}

SIMD_CLONES static void saturate(uint8_t *p, size_t pixels, float factor)
{
    for (size_t i = 0; i < pixels; i++, p += 3) {
        int base = image_luma(p);
        p[0] = blend(base, p[0], factor);
        p[1] = blend(base, p[1], factor);
        p[2] = blend(base, p[2], factor);
    }
}

SIMD_CLONES static uint64_t luma_sum(const uint8_t *p, size_t pixels)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < pixels; i++, p += 3)
        sum += image_luma(p);
    return sum;
}

SIMD_CLONES static void blend_all(uint8_t *p, size_t samples, int base, float factor)
{
    for (size_t i = 0; i < samples; i++)
        p[i] = blend(base, p[i], factor);
}

void colour_bw(Image *rgb)
{
    bw(rgb->data, pixels_of(rgb));
}

void colour_saturation(Image *rgb, double factor)
{
    saturate(rgb->data, pixels_of(rgb), (float)factor);
}

void colour_contrast(Image *rgb, double factor)
{
    uint64_t n = pixels_of(rgb);
    int mean = (int)((2 * luma_sum(rgb->data, n) + n) / (2 * n));
    blend_all(rgb->data, image_bytes(rgb), mean, (float)factor);
}

void colour_brightness(Image *rgb, double factor)
{
    blend_all(rgb->data, image_bytes(rgb), 0, (float)factor);
}
