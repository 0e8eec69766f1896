#include "pipeline/reference.h"

#include "vision/codec.h"
#include "vision/resample.h"

#include <stdlib.h>

/* Shrink in place so that the longest side is at most `side`. */
static bool limit_side(Image *im, int side, Err *err)
{
    int longest = im->width > im->height ? im->width : im->height;
    if (longest <= side)
        return true;
    int w = (int)((long long)im->width * side / longest), h = (int)((long long)im->height * side / longest);
    Image small;
    if (!image_resize(&small, im, w > 0 ? w : 1, h > 0 ? h : 1, RESAMPLE_BILINEAR, err))
        return false;
    image_clear(im);
    *im = small;
    return true;
}

/* Split RGBA into RGB and, where some of it is transparent and some is not, a mask. */
static bool split_alpha(Reference *r, const char *path, const Log *log, Err *err)
{
    if (r->photo.channels != 4)
        return image_to_channels(&r->photo, 3, err);
    size_t pixels = (size_t)r->photo.width * (size_t)r->photo.height, opaque = 0;
    Image alpha;
    if (!image_init(&alpha, r->photo.width, r->photo.height, 1, err))
        return false;
    for (size_t i = 0; i < pixels; i++) {
        alpha.data[i] = r->photo.data[4 * i + 3] > 127 ? 255 : 0;
        opaque += alpha.data[i] != 0;
    }
    if (opaque > 0 && opaque < pixels) {
        r->mask = alpha;
        log_info(log, "%s: no --input_mask is given, so its transparency is the mask", path);
    } else
        image_clear(&alpha);
    return image_to_channels(&r->photo, 3, err);
}

/* Make the mask 0 or 255, count the object's pixels and those that were neither black nor white. */
static void cut(Image *mask, size_t *object, size_t *gray)
{
    size_t pixels = (size_t)mask->width * (size_t)mask->height;
    *object = *gray = 0;
    for (size_t i = 0; i < pixels; i++) {
        uint8_t v = mask->data[i];
        *gray += v > 32 && v < 223;
        mask->data[i] = v > 127 ? 255 : 0;
        *object += v > 127;
    }
}

/* Fit the mask that was read to a photo of this size, before it was made smaller. */
static bool fit_mask(Reference *r, const char *path, int photo_width, int photo_height, const Log *log,
                     Err *err)
{
    int w = r->mask.width, h = r->mask.height;
    size_t object, gray;
    size_t pixels = (size_t)w * (size_t)h;
    cut(&r->mask, &object, &gray);
    if (object == 0)
        return err_set(err, ERR_INPUT,
                       "--input_mask %s: has no object (no pixel above 127); paint the object white on black",
                       path);
    if (w != photo_width || h != photo_height)
        log_warn(log,
                 "--input_mask %s: is %d x %d pixels, the photo %d x %d; the mask is fitted to the photo",
                 path, w, h, photo_width, photo_height);
    if (gray * 50 > pixels)
        log_warn(log, "--input_mask %s: has gray levels; values above 127 count as object", path);
    if (object == pixels)
        log_warn(
            log,
            "--input_mask %s: covers the whole photo, so the object cannot be told from what is around it",
            path);
    if (r->mask.width == r->photo.width && r->mask.height == r->photo.height)
        return true;
    Image fitted;
    if (!image_resize(&fitted, &r->mask, r->photo.width, r->photo.height, RESAMPLE_BILINEAR, err))
        return false;
    image_clear(&r->mask);
    r->mask = fitted;
    cut(&r->mask, &object, &gray);
    return object > 0 ||
           err_set(err, ERR_INPUT, "--input_mask %s: its object is too small to be seen in the photo", path);
}

bool reference_load(Reference *r, const char *photo_path, const char *mask_path, size_t max_pixels,
                    const Log *log, Err *err)
{
    DecodeOptions photo = { .channels = mask_path ? 3 : 0, .upright = true, .max_pixels = max_pixels };
    DecodeOptions mask = { .channels = 1, .upright = true, .max_pixels = max_pixels };
    *r = (Reference){ 0 };
    if (!image_load(&r->photo, photo_path, &photo, err))
        return err_prefix(err, "--input_image ");
    int w = r->photo.width, h = r->photo.height;
    if (!limit_side(&r->photo, REFERENCE_MAX_SIDE, err))
        goto fail;
    if (mask_path && !image_load(&r->mask, mask_path, &mask, err)) {
        err_prefix(err, "--input_mask ");
        goto fail;
    }
    if (mask_path ? fit_mask(r, mask_path, w, h, log, err) : split_alpha(r, photo_path, log, err))
        return true;
fail:
    reference_clear(r);
    return false;
}

void reference_clear(Reference *r)
{
    image_clear(&r->photo);
    image_clear(&r->mask);
}
