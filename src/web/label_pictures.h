/* web/label_pictures.h: the pictures that are to get masks, and where those are written. */
#ifndef FACET_WEB_LABEL_PICTURES_H
#define FACET_WEB_LABEL_PICTURES_H

#include "vision/image.h"

typedef struct {
    char *path, *mask_path;
    int width, height; /* upright */
    bool as_it_is;     /* a browser can show the file itself */
    bool has_mask;     /* mask_path exists */
    char *problem;     /* why it cannot be read; NULL: it can */
} LabelPicture;

typedef struct {
    LabelPicture *picture;
    size_t count;
} LabelPictures;

/* What --image, --output, --output_dir and --suffix say. */
typedef struct {
    const char *image;      /* a picture, or a folder of pictures */
    const char *output;     /* the mask's file, for one picture; NULL */
    const char *output_dir; /* the masks' folder, made where it is missing; NULL: beside each picture */
    const char *suffix;     /* NAME.jpg gets the mask NAME<suffix>.png */
} LabelPlaces;

/* List the pictures, sorted by name; of a folder all files with a picture's extension, without those whose name ends like a
 * mask's. ERR_USAGE: options that contradict each other, a mask that would replace a picture, two pictures with one mask;
 * ERR_INPUT: a picture that cannot be read (in a folder that is only its `problem`), a folder without pictures; ERR_IO: a
 * folder that cannot be written to; ERR_MISSING, ERR_NOMEM. Empty after a failure. */
bool label_pictures_open(LabelPictures *out, const LabelPlaces *places, Err *err)
    __attribute__((warn_unused_result));
void label_pictures_clear(LabelPictures *l);

/* Decode a picture as the pipeline reads it: upright, RGB. */
bool label_picture_load(const LabelPicture *p, Image *rgb, Err *err) __attribute__((warn_unused_result));
/* Load its mask, 0 and 255. ERR_INPUT: it has another size than the picture. */
bool label_picture_load_mask(const LabelPicture *p, Image *mask, Err *err)
    __attribute__((warn_unused_result));

#endif
