#include "vision/blur_kernel_body.h"

const BlurKernel blur_kernel_plain = BLUR_KERNEL;
