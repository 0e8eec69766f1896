/* base/simd.h: loops that use the widest vectors of the machine they run on. */
#ifndef FACET_BASE_SIMD_H
#define FACET_BASE_SIMD_H

/* Put SIMD_CLONES before a function of plain integer loops: it is compiled once for each vector width and the
 * right one is chosen when the program starts. Integer results do not depend on the choice. Not under the
 * thread sanitizer: the choice is made by code that runs before the sanitizer is there, which is then called.
 */
#if defined(__SANITIZE_THREAD__)
#define SIMD_CLONES
#elif defined(__x86_64__) && defined(__ELF__) && defined(__gnu_linux__)
#if defined(__clang__) || __GNUC__ >= 12
#define SIMD_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SIMD_CLONES __attribute__((target_clones("avx2", "default")))
#endif
#else
#define SIMD_CLONES
#endif

#endif
