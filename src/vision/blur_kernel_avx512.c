#include "vision/blur_kernel_body.h"

const BlurKernel blur_kernel_avx512 = BLUR_KERNEL;
