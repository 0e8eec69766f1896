/* base/simd.h: loops that use the widest vectors of the machine they run on. */
#ifndef FACET_BASE_SIMD_H
#define FACET_BASE_SIMD_H

/* Put SIMD_CLONES before a function of plain integer loops: it is compiled once for each vector width and the
 * right one is chosen when the program starts. Integer results do not depend on the choice. */
#if defined(__x86_64__) && defined(__ELF__) && defined(__gnu_linux__)
#if defined(__clang__) || __GNUC__ >= 12
#define SIMD_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SIMD_CLONES __attribute__((target_clones("avx2", "default")))
#endif
#else
#define SIMD_CLONES
#endif

#endif
