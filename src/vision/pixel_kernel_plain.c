#include "vision/pixel_kernel_body.h"

const PixelKernel pixel_kernel_plain = PIXEL_KERNEL;
