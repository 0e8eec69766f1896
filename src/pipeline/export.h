/* pipeline/export.h: a YOLO dataset in the forms that other tools read. */
#ifndef FACET_PIPELINE_EXPORT_H
#define FACET_PIPELINE_EXPORT_H

#include "base/log.h"
#include "pipeline/yolo_dataset.h"

#include <jansson.h>
#include <stdatomic.h>

/* What is written:
 *
 *   yolo-seg     dataset.yaml, classes.txt, {train,val,test}/{images,labels}; outlines
 *   yolo-detect  the same with boxes
 *   coco         {train,val,test}/ with the images, annotations/instances_{train,val,test}.json
 *   voc          JPEGImages, Annotations, ImageSets/Main and, with masks, SegmentationClass, SegmentationObject,
 *                ImageSets/Segmentation, in the layout of VOC 2012 */
typedef enum { EXPORT_YOLO_SEG, EXPORT_YOLO_DETECT, EXPORT_COCO, EXPORT_VOC, EXPORT_FORMATS } ExportFormat;
#define EXPORT_FORMAT_CHOICES "yolo-seg|yolo-detect|coco|voc" /* in this order */
extern const char *const export_format_names[EXPORT_FORMATS];

/* All borrowed for the call. */
typedef struct {
    const char
        *source; /* a YOLO dataset (yolo_dataset_read), or an execution folder: its last finished dataset */
    const char *output; /* made; may exist when it is empty or an earlier export, which is replaced */
    ExportFormat format;
    bool split[SPLIT_COUNT]; /* which; none set: all */
    bool masks;              /* voc: pictures of the objects' areas, too */

    /* Asked for every image in the order of the dataset: false leaves it out. *label is its label file, or NULL when it has
     * none; another path put there (which must live until the next call) is read in its place. NULL: all images. */
    bool (*choose)(void *user, const YoloImage *image, const char **label);
    void *user;

    const atomic_bool *stop; /* may be NULL: ends with ERR_CANCELLED when it becomes true */
    const Log *log;
} Export;

typedef struct {
    size_t images[SPLIT_COUNT];
    size_t objects, empty; /* empty: images without an object */
    size_t left_out;       /* images that were not chosen or are in another split */
    size_t skipped;        /* label lines that are no object */
    size_t failed;         /* images that could not be read; each was told to the log */
} ExportResult;

/* Make the export beside its place and move it there when it is whole: on failure `output` is what it was. Images are linked
 * or copied, never changed. An image's number and its objects' follow from its place in the dataset, so that they do not
 * depend on which others are left out. ERR_STATE: the output is a folder of something else, or of an export under way, or
 * the execution has no dataset yet. ERR_INPUT: nothing is left to export. */
bool export_dataset(const Export *e, ExportResult *out, Err *err) __attribute__((warn_unused_result));

/* The result as {"format": ..., "images": {"train": n, ...}, ...}; NULL when memory runs out. */
json_t *export_summary(const Export *e, const ExportResult *r);

#endif
