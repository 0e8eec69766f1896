#include "vision/resample_kernel.h"

static void across(int16_t *to, const uint8_t *row, int in_width, const LinearTap *tap, int width,
                   int channels)
{
    (void)in_width;
    resample_across(to, row, tap, width, channels);
}

const ResampleKernel resample_kernel_plain = { resample_turn, resample_weigh, across, resample_down };
