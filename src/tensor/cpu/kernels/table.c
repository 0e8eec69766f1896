/* table.c: the kernels of one instruction set. */
#include "tensor/cpu/kernels/isa.h"

#define TEXT(x)       #x
#define TEXT_OF(x)    TEXT(x)
#define TABLE_JOIN(a) cpu_kernels_##a
#define TABLE(a)      TABLE_JOIN(a)

const CpuKernels TABLE(ISA) = { .name = TEXT_OF(ISA),
                                .dot = K(dot),
#define ROW(op, args) .op = K(op),
                                KERNEL_OPS(ROW)
#undef ROW
};
