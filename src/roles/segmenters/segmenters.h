/* roles/segmenters/segmenters.h: who can segment. */
#ifndef FACET_ROLES_SEGMENTERS_SEGMENTERS_H
#define FACET_ROLES_SEGMENTERS_SEGMENTERS_H

#include "roles/segmenter.h"

extern const Segmenter segmenter_sam, segmenter_sam2, segmenter_grabcut;

#endif
