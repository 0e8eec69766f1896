#include "vision/vec_avx512.h"

#include "vision/jpeg_kernel_body.h"

const JpegKernel jpeg_kernel_avx512 = JPEG_KERNEL;
