#include "vision/pixel_kernel_body.h"

const PixelKernel pixel_kernel_avx2 = PIXEL_KERNEL;
