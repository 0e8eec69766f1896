#include "vision/colour_kernel.h"

#include "vision/colour_loops.h"

static uint64_t luma_sum(const uint8_t *rgb, size_t pixels)
{
    return loop_luma_sum(rgb, pixels);
}

static void bw(uint8_t *rgb, size_t pixels)
{
    loop_bw(rgb, pixels);
}

static void saturate(uint8_t *rgb, size_t pixels, float factor)
{
    loop_saturate(rgb, pixels, factor);
}

static void blend(uint8_t *p, size_t n, int base, float factor)
{
    loop_blend(p, n, base, factor);
}

const ColourKernel colour_kernel_plain = { luma_sum, bw, saturate, blend };
