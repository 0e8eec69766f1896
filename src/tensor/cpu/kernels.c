#include "tensor/cpu/kernels.h"

#include <string.h>

static bool runs_here(const CpuKernels *k)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (k == &cpu_kernels_avx512)
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    if (k == &cpu_kernels_avx2)
        return avx2;
#endif
    return k == &cpu_kernels_plain;
}

const CpuKernels *cpu_kernels(const char *name)
{
    static const CpuKernels *const widest_first[] = {
#if defined(__x86_64__)
        &cpu_kernels_avx512,
        &cpu_kernels_avx2,
#endif
        &cpu_kernels_plain,
    };
    for (size_t i = 0; i < sizeof widest_first / sizeof *widest_first; i++)
        if ((!*name || !strcmp(widest_first[i]->name, name)) && runs_here(widest_first[i]))
            return widest_first[i];
    return NULL;
}
