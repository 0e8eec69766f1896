#include "vision/vec_avx2.h"

#include "vision/resample_kernel_body.h"

const ResampleKernel resample_kernel_avx2 = RESAMPLE_KERNEL;
