#include "vision/png_kernel_body.h"

const PngKernel png_kernel_avx2 = PNG_KERNEL;
