#include "vision/vec_plain.h"

#include "vision/jpeg_kernel_body.h"

const JpegKernel jpeg_kernel_plain = JPEG_KERNEL;
