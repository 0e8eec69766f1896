#include "vision/png_kernel_body.h"

const PngKernel png_kernel_avx512 = PNG_KERNEL;
