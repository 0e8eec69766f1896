/* roles/persam_sam2/persam_sam2.h: the annotator that runs PerSAM and SAM 2. */
#ifndef FACET_ROLES_PERSAM_SAM2_PERSAM_SAM2_H
#define FACET_ROLES_PERSAM_SAM2_PERSAM_SAM2_H

#include "roles/annotator.h"

extern const Annotator annotator_persam_sam2;

#endif
