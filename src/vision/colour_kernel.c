#include "vision/colour_kernel.h"

const ColourKernel *colour_kernel(CpuLevel level)
{
#ifdef __x86_64__
    if (level == CPU_AVX512)
        return &colour_kernel_avx512;
    if (level == CPU_AVX2)
        return &colour_kernel_avx2;
#endif
    (void)level;
    return &colour_kernel_plain;
}
