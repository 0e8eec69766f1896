/* cmd_filter.c: facet filter. */
#include "cli/cmd.h"

#include "cli/camera_options.h"
#include "cli/command.h"
#include "vision/codec.h"
#include "vision/colour.h"
#include "vision/jpeg_passes.h"
#include "vision/motion_blur.h"
#include "vision/resample.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    double factor, angle;
    int kernel, size[2], max_pixels;
    TextList qualities;
    ResampleMethod method;
} FilterOptions;

#define AT(field) offsetof(FilterOptions, field)

/* clang-format off */
const Option cmd_filter_options[] = {
    { .group = "Of saturation, contrast and brightness", .name = "factor", .type = OPT_REAL, .offset = AT(factor),
      .fallback = "1", .min = 0, .max = CAMERA_FACTOR_MAX, .value = "F", .help = "1 changes nothing, 0 leaves no difference" },
    { .group = "Of motion_blur", .name = "kernel", .type = OPT_INT, .offset = AT(kernel), .fallback = "31", .min = 1,
      .max = MOTION_BLUR_MAX, .help = "Length in pixels; an even number is raised by one" },
    { .name = "angle", .type = OPT_REAL, .offset = AT(angle), .fallback = "0", .min = -360, .max = 360, .value = "DEG",
      .help = "Degrees from right, turning to down" },
    { .group = "Of jpeg", .name = "qualities", .type = OPT_LIST, .offset = AT(qualities), .value = "Q,...",
      .help = "One number of 1 to 100 for each time that the picture is saved as JPEG and loaded" },
    { .group = "Of resize", .name = "size", .type = OPT_SIZE, .offset = AT(size), .min = 1, .max = 65535,
      .help = "Of the result" },
    { .name = "method", .type = OPT_CHOICE, .offset = AT(method), .fallback = "bicubic", .choices = "bilinear|bicubic|lanczos",
      .help = "Filter, smoothed when the picture shrinks" },
    { .group = "Of all", MAX_PIXELS_FIELDS(FilterOptions, max_pixels) },
    { .name = NULL },
};
/* clang-format on */

/* --- what can be done ---------------------------------------------------------------------------- */

static bool do_bw(Image *im, const FilterOptions *f, Err *err)
{
    (void)f, (void)err;
    colour_bw(im);
    return true;
}

static bool do_saturation(Image *im, const FilterOptions *f, Err *err)
{
    (void)err;
    colour_saturation(im, f->factor);
    return true;
}

static bool do_contrast(Image *im, const FilterOptions *f, Err *err)
{
    (void)err;
    colour_contrast(im, f->factor);
    return true;
}

static bool do_brightness(Image *im, const FilterOptions *f, Err *err)
{
    (void)err;
    colour_brightness(im, f->factor);
    return true;
}

static bool do_motion_blur(Image *im, const FilterOptions *f, Err *err)
{
    return motion_blur(im, f->kernel | 1, f->angle, err);
}

static bool do_jpeg(Image *im, const FilterOptions *f, Err *err)
{
    int *quality = calloc(f->qualities.count + 1, sizeof *quality);
    bool ok = quality ? true : err_set(err, ERR_NOMEM, "no memory for %zu qualities", f->qualities.count);
    if (ok && f->qualities.count == 0)
        ok = err_set(err, ERR_USAGE, "jpeg needs --qualities, as in --qualities 30,20,12");
    for (size_t i = 0; ok && i < f->qualities.count; i++) {
        char *end;
        long q = strtol(f->qualities.text[i], &end, 10);
        quality[i] = (int)q;
        if (*end || end == f->qualities.text[i] || q < 1 || q > 100)
            ok = err_set(err, ERR_USAGE, "--qualities: \"%.40s\" is no number of 1 to 100",
                         f->qualities.text[i]);
    }
    ok = ok && jpeg_passes(im, quality, (int)f->qualities.count, err);
    free(quality);
    return ok;
}

static bool do_resize(Image *im, const FilterOptions *f, Err *err)
{
    Image out;
    if (f->size[0] == 0)
        return err_set(err, ERR_USAGE, "resize needs --size, as in --size 640x480");
    if (!image_resize(&out, im, f->size[0], f->size[1], f->method, err))
        return false;
    image_clear(im);
    *im = out;
    return true;
}

static const struct {
    const char *name;
    bool (*apply)(Image *im, const FilterOptions *f, Err *err);
} filters[] = {
    { "bw", do_bw },
    { "saturation", do_saturation },
    { "contrast", do_contrast },
    { "brightness", do_brightness },
    { "motion_blur", do_motion_blur },
    { "jpeg", do_jpeg },
    { "resize", do_resize },
};

/* --- the command --------------------------------------------------------------------------------- */

static bool filter(const void *options, CommandWork *work, Err *err)
{
    const FilterOptions *f = options;
    const char *name = work->words.text[0], *in = work->words.text[1], *out = work->words.text[2];
    size_t i = 0, count = sizeof filters / sizeof *filters;
    while (i < count && strcmp(filters[i].name, name) != 0)
        i++;
    if (i == count)
        return err_set(
            err, ERR_USAGE,
            "there is no filter \"%.40s\"; there are bw, saturation, contrast, brightness, motion_blur, jpeg and "
            "resize",
            name);
    if (image_format_of(out) != FORMAT_PNG)
        return err_set(err, ERR_USAGE, "%s: the result is a PNG, so that nothing of it is lost; name it .png",
                       out);
    Image im = { 0 };
    DecodeOptions rgb = { .channels = 3, .max_pixels = (size_t)f->max_pixels };
    bool ok =
        image_load(&im, in, &rgb, err) && filters[i].apply(&im, f, err) && image_save(&im, out, 100, err);
    image_clear(&im);
    return ok;
}

int cmd_filter(int argc, char *const *argv)
{
    FilterOptions o = { 0 };
    return command_act("filter", &o, 3, filter, argc, argv);
}
