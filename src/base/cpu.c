#include "base/cpu.h"

const char *const cpu_level_names[CPU_LEVELS] = { "plain", "sse4", "avx2", "avx512" };

CpuLevel cpu_level(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") &&
        __builtin_cpu_supports("avx512vbmi"))
        return CPU_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return CPU_AVX2;
    if (__builtin_cpu_supports("sse4.1"))
        return CPU_SSE4;
#endif
    return CPU_PLAIN;
}
