#include "vision/resample_kernel.h"

const ResampleKernel resample_kernel_plain = { resample_turn, resample_weigh, resample_blend };
