/* cli/picture_file.h: a picture and what of it is the object, from files. */
#ifndef FACET_CLI_PICTURE_FILE_H
#define FACET_CLI_PICTURE_FILE_H

#include "vision/image.h"

/* Load a picture as RGB, upright, and its object as one channel of the same size: from `mask_path`, or when
 * that is NULL from the picture's own transparency; *mask is empty when it has none. ERR_INPUT when the sizes
 * differ. On failure both are empty. */
bool picture_file_load(Image *rgb, Image *mask, const char *path, const char *mask_path, Err *err)
    __attribute__((warn_unused_result));

#endif
