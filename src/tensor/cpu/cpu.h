/* tensor/cpu/cpu.h: the CPU backend: what its files share. */
#ifndef FACET_TENSOR_CPU_CPU_H
#define FACET_TENSOR_CPU_CPU_H

#include "tensor/backend.h"
#include "tensor/cpu/kernels.h"

typedef struct PrimitiveCache PrimitiveCache;

typedef struct {
    const CpuKernels *k; /* for the widest vectors of this processor */
    PrimitiveCache *primitives;
} CpuDevice;

static inline const CpuDevice *cpu_device(const OpCtx *c)
{
    return c->device;
}

static inline const CpuKernels *cpu_k(const OpCtx *c)
{
    return cpu_device(c)->k;
}

/* Call work(user, item, thread) for each item below `items`, on the threads of the context; `thread` is below
 * op_threads(c). Items are handed out as threads come free, so each must write what no other does. With `parallel`
 * false everything runs in the caller's thread: for work that takes less time than waking others. */
void cpu_each(OpCtx *c, size_t items, bool parallel, void (*work)(void *user, size_t item, size_t thread),
              void *user);

/* The same for ranges: cut `count` into pieces of at least `grain` and call work(user, first, last). */
void cpu_ranges(OpCtx *c, size_t count, size_t grain, void (*work)(void *user, size_t first, size_t last),
                void *user);

/* Ask for rows that will be wanted soon: they lie too far apart for the hardware to foresee. */
static inline void cpu_prefetch(const float *x, size_t row, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j += 16)
            __builtin_prefetch(x + i * row + j, 0, 2);
}

/* cpu_linear for weights that are not f32: gemm.c. */
void cpu_linear_widening(OpCtx *c, Tensor y, Tensor x, const Linear *l, const LowRank *changes, Act act);
/* y = act(y + the changes of x) */
void cpu_add_changes(OpCtx *c, Tensor y, Tensor x, const LowRank *changes, Act act);

#define CPU_OP(op, args) void cpu_##op args;
BACKEND_OPS(CPU_OP)
#undef CPU_OP

#endif
