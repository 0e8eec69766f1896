#include "vision/colour.h"

#include "vision/colour_kernel.h"

static size_t pixels_of(const Image *rgb)
{
    return (size_t)rgb->width * (size_t)rgb->height;
}

static const ColourKernel *const kernels[CPU_LEVELS] = {
    [CPU_PLAIN] = &colour_kernel_plain,
#ifdef __x86_64__
    [CPU_SSE4] = &colour_kernel_sse4,
    [CPU_AVX2] = &colour_kernel_avx2,
    [CPU_AVX512] = &colour_kernel_avx512,
#endif
};

void colour_at(Image *rgb, ColourChange change, double factor, CpuLevel level)
{
    const ColourKernel *k = kernels[level];
    uint64_t n = pixels_of(rgb);
    switch (change) {
    case COLOUR_BW: k->bw(rgb->data, n); break;
    case COLOUR_SATURATION: k->saturate(rgb->data, n, (float)factor); break;
    case COLOUR_CONTRAST:
        k->blend(rgb->data, 3 * n, (int)((2 * k->luma_sum(rgb->data, n) + n) / (2 * n)), (float)factor);
        break;
    case COLOUR_BRIGHTNESS: k->blend(rgb->data, 3 * n, 0, (float)factor); break;
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
