#include "vision/resample_kernel.h"

const ResampleKernel *resample_kernel(CpuLevel level)
{
#ifdef __x86_64__
    if (level == CPU_AVX512)
        return &resample_kernel_avx512;
    if (level == CPU_AVX2)
        return &resample_kernel_avx2;
#endif
    (void)level;
    return &resample_kernel_plain;
}
