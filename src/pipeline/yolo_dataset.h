/* pipeline/yolo_dataset.h: a YOLO segmentation dataset on disk. */
#ifndef FACET_PIPELINE_YOLO_DATASET_H
#define FACET_PIPELINE_YOLO_DATASET_H

#include "base/err.h"
#include "base/log.h"
#include "base/text_list.h"

#include <stdint.h>

typedef enum { SPLIT_TRAIN, SPLIT_VAL, SPLIT_TEST, SPLIT_COUNT } Split;
extern const char *const split_names[SPLIT_COUNT]; /* "train", "val", "test": also the folders we write */

/* ---- writing ------------------------------------------------------------------------------------ */

/* The name of the image that a file is derived from: without folder and extension, and without the "_qwen012"
 * of step 5. An image and everything derived from it have the same. The caller frees it; NULL: no memory. */
char *yolo_origin(const char *file_name);

/* Decide for each file on which side it is: side[i] for names[i], train with the share `ratio` (0..1).
 * by_group: files of one origin stay together; groups are drawn in an order that follows from the seed and
 * their names until the share is met as nearly as whole groups allow, and with two groups or more and 0 <
 * ratio < 1 neither side is empty. Otherwise each file is drawn by itself, the first floor(count * ratio) to
 * train, as the Python original does. */
bool yolo_split(Split *side, const char *const *names, size_t count, double ratio, bool by_group,
                uint64_t seed, Err *err) __attribute__((warn_unused_result));

/* Write dataset.yaml (path, train, val, nc, names) and classes.txt into `folder`. `home` is the absolute path where the dataset
 * will be, which the file names; NULL: where it is. A side without images is
 * given the other's folder, because trainers refuse an empty one; `present` says which have images. */
bool yolo_write_index(const char *folder, const char *home, const TextList *classes,
                      const bool present[SPLIT_COUNT], Err *err) __attribute__((warn_unused_result));

/* ---- reading ------------------------------------------------------------------------------------ */

typedef struct {
    Split split;
    char *image; /* path */
    char *label; /* path of its label file; NULL: it has none, which means no object */
    char *name;  /* file name for a flat folder of its split, where no other has the same without extension */
} YoloImage;

/* Images in the order of split and path. Start it as {0}. */
typedef struct {
    TextList classes;
    YoloImage *images;
    size_t count;
} YoloDataset;

/* Read a dataset: by its dataset.yaml or data.yaml (folders, lists of folders, or text files that list
 * images), else by its folders: train/images, images/train, or images alone. Labels are where "images" in the
 * path becomes "labels". ERR_MISSING or ERR_INPUT says what is not there or not understood. An image in two
 * lists is taken once, in the split that its folder is called after. Folders within the folders are gone through, too:
 * the name of sub/a.jpg is sub_a.jpg, and where two names have the same stem the later path's gets "_2" behind
 * it. Where nobody names the classes, their numbers in the labels are their names. */
bool yolo_dataset_read(YoloDataset *d, const char *folder, Err *err) __attribute__((warn_unused_result));
void yolo_dataset_clear(YoloDataset *d);

/* Files that a dataset may have as images: .jpg .jpeg .png .bmp .tif .tiff .webp, in any case. */
bool is_image_name(const char *name);

#endif
