#include "vision/colour.h"

#include "vision/pixel_kernel.h"

static size_t pixels_of(const Image *rgb)
{
    return (size_t)rgb->width * (size_t)rgb->height;
}

/* base + factor * (value - base) with the fraction cut off. The product and the sum are each rounded to
 * float32, as in Pillow; the build forbids the compiler to fuse them. With one base for all there are only 256 results. */
static void blend_all(Image *rgb, int base, float factor, const PixelKernel *k)
{
    uint8_t table[256];
    for (int value = 0; value < 256; value++) {
        float product = factor * (float)(value - base);
        float t = (float)base + product;
        t = t > 0 ? t : 0;
        table[value] = (uint8_t)(int)(t < 255 ? t : 255);
    }
    k->look_up(rgb->data, image_bytes(rgb), table);
}

void colour_at(Image *rgb, ColourChange change, double factor, CpuLevel level)
{
    const PixelKernel *k = pixel_kernel(level);
    uint64_t n = pixels_of(rgb);
    switch (change) {
    case COLOUR_BW: k->bw(rgb->data, n); break;
    case COLOUR_SATURATION: k->saturate(rgb->data, n, (float)factor); break;
    case COLOUR_CONTRAST:
        blend_all(rgb, (int)((2 * k->luma_sum(rgb->data, n) + n) / (2 * n)), (float)factor, k);
        break;
    case COLOUR_BRIGHTNESS: blend_all(rgb, 0, (float)factor, k); break;
    }
}

void colour_bw(Image *rgb)
{
    colour_at(rgb, COLOUR_BW, 1, cpu_level());
}

void colour_saturation(Image *rgb, double factor)
{
    colour_at(rgb, COLOUR_SATURATION, factor, cpu_level());
}

void colour_contrast(Image *rgb, double factor)
{
    colour_at(rgb, COLOUR_CONTRAST, factor, cpu_level());
}

void colour_brightness(Image *rgb, double factor)
{
    colour_at(rgb, COLOUR_BRIGHTNESS, factor, cpu_level());
}
