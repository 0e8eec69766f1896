/* vision/colour_kernel_body.h: the functions of a ColourKernel over blocks of pixels, in the vectors of the file that includes this
 * one, which has defined before:
 *
 *   Vec, LANES        a vector of LANES 32-bit numbers, or of 4 * LANES bytes
 *   BLOCK_SLACK       bytes behind a block's 3 * BLOCK that are read
 *   store, widen      a vector's bytes to memory; LANES bytes from there as numbers
 *   pack              the bytes of four vectors of numbers, limited to a byte, in order
 *   luma_of_lanes     the luma of LANES pixels
 *   blend_lanes       blends of numbers, below 256
 *   sum_of_block      the sum of BLOCK bytes
 *   spread_block      each of BLOCK bytes three times, for a pixel's three samples
 *   blend_bytes       the blend of a ColourKernel
 */
#include "vision/colour_kernel.h"

#include "vision/colour_loops.h"

static inline void luma_of_block(uint8_t luma[BLOCK], const uint8_t *rgb)
{
    Vec v[4];
    for (int k = 0; k < 4; k++)
        v[k] = luma_of_lanes(rgb + 3 * LANES * k);
    store(luma, pack(v));
}

/* The samples blended from `base`. */
static inline void saturate_block(uint8_t *rgb, const uint8_t *base, float factor)
{
    for (int i = 0; i < 3 * BLOCK; i += BLOCK) {
        Vec v[4];
        for (int k = 0; k < 4; k++)
            v[k] = blend_lanes(widen(rgb + i + LANES * k), widen(base + i + LANES * k), factor);
        store(rgb + i, pack(v));
    }
}

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
