#include "vision/vec_avx2.h"

#include "vision/jpeg_kernel_body.h"

const JpegKernel jpeg_kernel_avx2 = JPEG_KERNEL;
