#include "vision/pixel_kernel.h"

const PixelKernel *pixel_kernel(CpuLevel level)
{
#ifdef __x86_64__
    if (level == CPU_AVX512)
        return &pixel_kernel_avx512;
    if (level == CPU_AVX2)
        return &pixel_kernel_avx2;
#endif
    (void)level;
    return &pixel_kernel_plain;
}
