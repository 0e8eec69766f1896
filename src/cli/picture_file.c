#include "cli/picture_file.h"

#include "vision/codec.h"

/* Copy the alpha of RGBA. */
static bool take_alpha(Image *mask, const Image *rgba, Err *err)
{
    if (!image_init(mask, rgba->width, rgba->height, 1, err))
        return false;
    size_t n = image_bytes(mask);
    for (size_t i = 0; i < n; i++)
        mask->data[i] = rgba->data[4 * i + 3];
    return true;
}

static bool load_mask(Image *mask, const Image *rgb, const char *path, Err *err)
{
    DecodeOptions gray = { .channels = 1, .upright = true };
    if (!image_load(mask, path, &gray, err))
        return false;
    if (mask->width == rgb->width && mask->height == rgb->height)
        return true;
    return err_set(err, ERR_INPUT,
                   "%s: the mask has %d x %d pixels and the picture %d x %d; they must have the same size",
                   path, mask->width, mask->height, rgb->width, rgb->height);
}

bool picture_file_load(Image *rgb, Image *mask, const char *path, const char *mask_path, Err *err)
{
    *rgb = *mask = (Image){ 0 };
    DecodeOptions as_stored = { .upright = true };
    if (image_load(rgb, path, &as_stored, err) && (!mask_path || load_mask(mask, rgb, mask_path, err)) &&
        (mask_path || rgb->channels != 4 || take_alpha(mask, rgb, err)) && image_to_channels(rgb, 3, err))
        return true;
    image_clear(rgb);
    image_clear(mask);
    return false;
}
