#include "vision/vec_sse4.h"

#include "vision/resample_kernel_body.h"

const ResampleKernel resample_kernel_sse4 = RESAMPLE_KERNEL;
