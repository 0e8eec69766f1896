#include "vision/blur_kernel_body.h"

const BlurKernel blur_kernel_avx2 = BLUR_KERNEL;
