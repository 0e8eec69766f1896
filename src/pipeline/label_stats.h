/* pipeline/label_stats.h: how large the objects of a dataset are, and where. */
#ifndef FACET_PIPELINE_LABEL_STATS_H
#define FACET_PIPELINE_LABEL_STATS_H

#include "base/err.h"

#include <stddef.h>

enum { LABEL_SIZE_BINS = 10, LABEL_MAP = 16 };

typedef struct {
    size_t files, empty, objects; /* files read, those without an object, label lines */
    size_t size[LABEL_SIZE_BINS]; /* objects by sqrt(share of the picture their polygon covers): 0-10 %, 10-20
                                     %, ... */
    size_t map[LABEL_MAP][LABEL_MAP];     /* [row][column]: centres of the objects' boxes */
    size_t aspect[3];                     /* boxes upright, about square (within 1 : 1.25), lying */
    double mean_area, min_area, max_area; /* share of the picture, 0..1; 0 without objects */
} LabelStats;

/* Add the label files of a folder, at most `limit` of them, evenly chosen. Lines that are no labels are
 * skipped. */
bool label_stats_add(LabelStats *s, const char *labels_folder, size_t limit, Err *err)
    __attribute__((warn_unused_result));

#endif
