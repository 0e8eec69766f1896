#include "vision/blur_kernel.h"

const BlurKernel *blur_kernel(CpuLevel level)
{
#ifdef __x86_64__
    if (level == CPU_AVX512)
        return &blur_kernel_avx512;
    if (level == CPU_AVX2)
        return &blur_kernel_avx2;
#endif
    (void)level;
    return &blur_kernel_plain;
}
