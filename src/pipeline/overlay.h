/* pipeline/overlay.h: a label drawn on its picture, for people to look at. */
#ifndef FACET_PIPELINE_OVERLAY_H
#define FACET_PIPELINE_OVERLAY_H

#include "vision/image.h"
#include "vision/polygon.h"

/* stem.jpg of a dataset has the overlay stem_mask_overlay.jpg. */
#define OVERLAY_SUFFIX "_mask_overlay.jpg"

/* Save a picture (RGB) to `path`, a JPEG, with the object's pixels tinted and its outlines drawn. An empty mask: what the
 * outlines enclose is tinted. */
bool overlay_save(const char *path, const Image *picture, const Image *mask, const PolygonList *outlines,
                  Err *err) __attribute__((warn_unused_result));

#endif
