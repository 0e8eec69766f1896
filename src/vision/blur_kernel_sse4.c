#include "vision/blur_kernel_body.h"

const BlurKernel blur_kernel_sse4 = BLUR_KERNEL;
