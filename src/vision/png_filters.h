/* vision/png_filters.h: from PNG's filtered rows to pixels. */
#ifndef FACET_VISION_PNG_FILTERS_H
#define FACET_VISION_PNG_FILTERS_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `height` rows of `width` pixels of `channels` bytes (1, 3 or 4), each with its filter's byte before it, to pixels in the same
 * place. `level` is of the vectors, which the machine must have. False: there is no such filter, or no memory. */
bool png_undo_filters(uint8_t *rows, size_t height, size_t width, size_t channels, CpuLevel level)
    __attribute__((warn_unused_result));

#endif
