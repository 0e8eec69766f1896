/* pipeline/export_private.h: what export.c and the formats agree on. */
#ifndef FACET_PIPELINE_EXPORT_PRIVATE_H
#define FACET_PIPELINE_EXPORT_PRIVATE_H

#include "base/file.h"
#include "base/str.h"
#include "pipeline/export.h"
#include "pipeline/yolo_label.h"

/* An export under way. */
typedef struct {
    const Export *e;
    const char *folder; /* where it is made */
    const char *home;   /* the absolute path where it will be */
    const TextList *classes;
    bool present[SPLIT_COUNT]; /* has images so far */
    Str text[SPLIT_COUNT][2];  /* a format's own */
} ExportWork;

typedef struct {
    const YoloImage *image;
    size_t number; /* 1, 2, ... in the whole dataset */
    const YoloLabel *label;
    int width, height; /* as seen upright; 0 where the format does not ask for them */
} ExportItem;

/* A format. Functions return false with *err set. */
typedef struct {
    bool sizes; /* needs width and height */
    bool (*begin)(ExportWork *w, Err *err);
    bool (*add)(ExportWork *w, const ExportItem *item, Err *err);
    bool (*end)(ExportWork *w, Err *err);
} ExportWriter;

extern const ExportWriter export_yolo_seg, export_yolo_detect, export_coco, export_voc;

/* Make a folder of the export, given by a printf format. */
bool export_folder(const ExportWork *w, Err *err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Write a text there, and empty it. */
bool export_text(const ExportWork *w, Str *text, Err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Link or copy the item's image there. */
bool export_image(const ExportWork *w, const ExportItem *item, Err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A path of the export; the caller frees it. NULL with *err set. */
char *export_path(const ExportWork *w, Err *err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The length of an item's name without extension. */
int export_stem(const ExportItem *item);

#endif
