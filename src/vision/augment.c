#include "vision/augment.h"

#include "vision/colour.h"
#include "vision/jpeg_passes.h"
#include "vision/motion_blur.h"

#include <stdlib.h>

const char *const augment_names[AUGMENT_COUNT] = {
    [AUGMENT_BW] = "bw_conversion",        [AUGMENT_SATURATION] = "saturation",
    [AUGMENT_CONTRAST] = "contrast",       [AUGMENT_BRIGHTNESS] = "brightness",
    [AUGMENT_MOTION_BLUR] = "motion_blur", [AUGMENT_COMPRESSION] = "compression_noise",
};

const AugmentOptions augment_defaults = {
    .probability = { [AUGMENT_BW] = 0.5,
                     [AUGMENT_SATURATION] = 0.7,
                     [AUGMENT_CONTRAST] = 0.5,
                     [AUGMENT_BRIGHTNESS] = 0.3,
                     [AUGMENT_MOTION_BLUR] = 0.8,
                     [AUGMENT_COMPRESSION] = 1.0 },
    .saturation = { 0.1, 2.5 },
    .contrast = { 0.2, 0.8 },
    .brightness = { 0.4, 1.5 },
    .motion_blur = { 20, 55 },
    .compression_passes = { 10, 30 },
    .compression_quality = { 10, 40 },
};

/* --- numbers from an Rng ------------------------------------------------------------------------- */

static double rng_unit(void *state)
{
    uint32_t a = rng_u32(state) >> 5, b = rng_u32(state) >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0; /* 53 bits */
}

static double rng_uniform(void *state, double lo, double hi)
{
    return lo + (hi - lo) * rng_unit(state);
}

static int rng_integer(void *state, int lo, int hi)
{
    return rng_int(state, lo, hi);
}

AugmentDraws augment_draws_from(Rng *r)
{
    return (AugmentDraws){ rng_unit, rng_uniform, rng_integer, r };
}

/* --- effects ------------------------------------------------------------------------------------- */

/* What an effect works with. It draws its parameters, changes the picture and describes itself. */
typedef struct {
    Image *rgb;
    const AugmentOptions *opt;
    AugmentDraws draws;
    bool gray;         /* the picture has no colours */
    AugmentFile *file; /* or NULL: what the last effect makes, if it can */
    Str *done;
    Err *err;
} Job;

static double draw_factor(const Job *j, const double range[2])
{
    return j->draws.uniform(j->draws.state, range[0], range[1]);
}

static int draw_integer(const Job *j, const int range[2])
{
    return j->draws.integer(j->draws.state, range[0], range[1]);
}

static bool bw(const Job *j)
{
    colour_bw(j->rgb);
    str_add(j->done, augment_names[AUGMENT_BW]);
    return true;
}

static bool saturation(const Job *j)
{
    double factor = draw_factor(j, j->opt->saturation);
    if (!j->gray) /* the luma of a gray pixel is its value, and the difference from it is zero */
        colour_saturation(j->rgb, factor);
    str_printf(j->done, "saturation_%.2f", factor);
    return true;
}

static bool contrast(const Job *j)
{
    double factor = draw_factor(j, j->opt->contrast);
    colour_contrast(j->rgb, factor);
    str_printf(j->done, "contrast_%.2f", factor);
    return true;
}

static bool brightness(const Job *j)
{
    double factor = draw_factor(j, j->opt->brightness);
    colour_brightness(j->rgb, factor);
    str_printf(j->done, "brightness_%.2f", factor);
    return true;
}

static bool blur(const Job *j)
{
    int size = draw_integer(j, j->opt->motion_blur) | 1;
    double angle = j->draws.uniform(j->draws.state, 0, 360);
    str_printf(j->done, "motion_blur_%d_angle_%.0f", size, angle);
    return motion_blur(j->rgb, size, angle, j->err);
}

static bool compression(const Job *j)
{
    int passes = draw_integer(j, j->opt->compression_passes), sum = 0;
    if (passes < 1)
        return err_set(j->err, ERR_USAGE,
                       "%d passes of compression are asked for; there must be one at least", passes);
    int *quality = malloc(((size_t)passes + 1) * sizeof *quality);
    if (!quality)
        return err_set(j->err, ERR_NOMEM, "no memory for %d passes of compression", passes);
    for (int i = 0; i < passes; i++)
        sum += quality[i] = draw_integer(j, j->opt->compression_quality);
    str_printf(j->done, "compression_noise_%dx_avgq%.0f", passes, (double)sum / passes);
    bool ok;
    if (j->file) {
        quality[passes] = j->file->quality;
        ok = jpeg_passes_file(j->rgb, quality, passes + 1, &j->file->bytes, j->err);
    } else
        ok = jpeg_passes(j->rgb, quality, passes, j->err);
    free(quality);
    return ok;
}

static bool (*const effects[AUGMENT_COUNT])(const Job *j) = {
    [AUGMENT_BW] = bw,
    [AUGMENT_SATURATION] = saturation,
    [AUGMENT_CONTRAST] = contrast,
    [AUGMENT_BRIGHTNESS] = brightness,
    [AUGMENT_MOTION_BLUR] = blur,
    [AUGMENT_COMPRESSION] = compression,
};

static bool run(Job *j, unsigned *applied)
{
    *applied = 0;
    if (j->rgb->channels != 3)
        return err_set(j->err, ERR_INTERNAL, "camera effects are asked for on a picture of %d channels",
                       j->rgb->channels);
    for (int i = 0; i < AUGMENT_COUNT; i++) {
        if (j->draws.unit(j->draws.state) >= j->opt->probability[i])
            continue;
        if (*applied)
            str_add_char(j->done, '\n');
        if (!effects[i](j))
            return false;
        *applied |= 1u << i;
        j->gray |= i == AUGMENT_BW;
    }
    return !j->done->failed ||
           err_set(j->err, ERR_NOMEM, "no memory for the description of the camera effects");
}

bool augment_image(Image *rgb, const AugmentOptions *opt, AugmentDraws draws, Str *done, unsigned *applied,
                   Err *err)
{
    Job job = { .rgb = rgb, .opt = opt, .draws = draws, .done = done, .err = err };
    return run(&job, applied);
}

bool augment_to_file(Image *rgb, const AugmentOptions *opt, AugmentDraws draws, AugmentFile *file, Str *done,
                     Err *err)
{
    Job job = { .rgb = rgb, .opt = opt, .draws = draws, .file = file, .done = done, .err = err };
    unsigned applied;
    file->bytes = (JpegBytes){ 0 };
    if (run(&job, &applied) &&
        (file->bytes.data || jpeg_passes_file(rgb, &file->quality, 1, &file->bytes, err)))
        return true;
    free(file->bytes.data);
    file->bytes = (JpegBytes){ 0 };
    return false;
}
