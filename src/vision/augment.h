/* vision/augment.h: what step 7 does to one image: a cascade of camera effects. */
#ifndef FACET_VISION_AUGMENT_H
#define FACET_VISION_AUGMENT_H

#include "base/rng.h"
#include "base/str.h"
#include "vision/image.h"
#include "vision/jpeg_passes.h"

enum {
    AUGMENT_BW,
    AUGMENT_SATURATION,
    AUGMENT_CONTRAST,
    AUGMENT_BRIGHTNESS,
    AUGMENT_MOTION_BLUR,
    AUGMENT_COMPRESSION,
    AUGMENT_COUNT
};

/* Names as the summary files write them: "bw_conversion", "saturation", "contrast", "brightness",
 * "motion_blur", "compression_noise". */
extern const char *const augment_names[AUGMENT_COUNT];

/* Probabilities in [0, 1]; ranges lo <= hi with both ends included for the integer ones. The specification's
 * defaults are in augment_defaults. */
typedef struct {
    double probability[AUGMENT_COUNT];
    double saturation[2], contrast[2], brightness[2]; /* factors, 1 is unchanged */
    int motion_blur[2];                               /* kernel size, pixels */
    int compression_passes[2], compression_quality[2];
} AugmentOptions;
extern const AugmentOptions augment_defaults;

/* Where the cascade's random numbers come from, so that the reference's own sequence can be replayed in
 * tests. `unit` gives [0, 1); `uniform` lo + (hi - lo) * u in double; `integer` a whole number in [lo, hi].
 */
typedef struct {
    double (*unit)(void *state);
    double (*uniform)(void *state, double lo, double hi);
    int (*integer)(void *state, int lo, int hi);
    void *state;
} AugmentDraws;
/* Draws from an Rng. `r` is borrowed as long as the result is used. */
AugmentDraws augment_draws_from(Rng *r);

/* Apply the cascade to an RGB image in place, in the specification's order. For each effect that was done its
 * description ("motion_blur_31_angle_212") is appended to `done`, separated by '\n', and its bit is set in
 * *applied. */
bool augment_image(Image *rgb, const AugmentOptions *opt, AugmentDraws draws, Str *done, unsigned *applied,
                   Err *err) __attribute__((warn_unused_result));

/* As augment_image(), and what image_encode() makes of the result as a JPEG of `quality`: the same bytes, but a
 * picture that is compressed last is not put together only to be taken apart again. `rgb` may hold anything
 * afterwards. The caller frees file->data, which is NULL on failure. */
typedef struct {
    int quality;
    JpegBytes bytes;
} AugmentFile;
bool augment_to_file(Image *rgb, const AugmentOptions *opt, AugmentDraws draws, AugmentFile *file, Str *done,
                     Err *err) __attribute__((warn_unused_result));

#endif
