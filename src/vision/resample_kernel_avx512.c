#include "vision/vec_avx512.h"

#include "vision/resample_kernel_body.h"

const ResampleKernel resample_kernel_avx512 = RESAMPLE_KERNEL;
