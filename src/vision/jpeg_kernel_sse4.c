#include "vision/vec_sse4.h"

#include "vision/jpeg_kernel_body.h"

const JpegKernel jpeg_kernel_sse4 = JPEG_KERNEL;
