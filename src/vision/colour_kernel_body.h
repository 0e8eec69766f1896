/* vision/colour_kernel_body.h: the functions of a ColourKernel over blocks of pixels, which the file that includes this one has
 * defined before in its own vectors:
 *
 *   BLOCK             pixels at a time; up to BLOCK_SLACK bytes behind a block's 3 * BLOCK are read
 *   luma_of_block     the luma of BLOCK pixels
 *   sum_of_block      its sum
 *   spread_block      each luma three times, for a pixel's three samples
 *   saturate_block    the samples blended from these
 *   blend_bytes       the blend of a ColourKernel
 */
#include "vision/colour_kernel.h"

#include "vision/colour_loops.h"

/* Pixels that are left over when blocks are taken as long as they and their slack fit. */
static inline bool has_block(size_t pixels)
{
    return 3 * pixels >= 3 * BLOCK + BLOCK_SLACK;
}

static uint64_t luma_sum(const uint8_t *rgb, size_t pixels)
{
    uint64_t sum = 0;
    for (; has_block(pixels); rgb += 3 * BLOCK, pixels -= BLOCK) {
        uint8_t luma[BLOCK];
        luma_of_block(luma, rgb);
        sum += sum_of_block(luma);
    }
    return sum + loop_luma_sum(rgb, pixels);
}

static void bw(uint8_t *rgb, size_t pixels)
{
    for (; has_block(pixels); rgb += 3 * BLOCK, pixels -= BLOCK) {
        uint8_t luma[BLOCK];
        luma_of_block(luma, rgb);
        spread_block(rgb, luma);
    }
    loop_bw(rgb, pixels);
}

static void saturate(uint8_t *rgb, size_t pixels, float factor)
{
    for (; has_block(pixels); rgb += 3 * BLOCK, pixels -= BLOCK) {
        uint8_t luma[BLOCK], base[3 * BLOCK];
        luma_of_block(luma, rgb);
        spread_block(base, luma);
        saturate_block(rgb, base, factor);
    }
    loop_saturate(rgb, pixels, factor);
}

#define COLOUR_KERNEL                       \
    {                                       \
        luma_sum, bw, saturate, blend_bytes \
    }
