/* base/cpu.h: how wide the vectors of the machine are. */
#ifndef FACET_BASE_CPU_H
#define FACET_BASE_CPU_H

/* Kernels that are written for several levels come in tables with an entry each; all entries give the same
 * bytes. */
typedef enum {
    CPU_PLAIN,  /* C without intrinsics */
    CPU_SSE4,   /* 128 bits: SSE4.1 */
    CPU_AVX2,   /* 256 bits: AVX2 */
    CPU_AVX512, /* 512 bits: AVX-512 F, BW, VL, VNNI, VBMI */
    CPU_LEVELS
} CpuLevel;

extern const char *const cpu_level_names[CPU_LEVELS]; /* "plain", "sse4", "avx2", "avx512" */

/* The highest level that this machine has. A cheap call. */
CpuLevel cpu_level(void);

#endif
