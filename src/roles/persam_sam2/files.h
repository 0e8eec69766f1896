/* roles/persam_sam2/files.h: where the checkpoints of SAM and SAM 2 are. */
#ifndef FACET_ROLES_PERSAM_SAM2_FILES_H
#define FACET_ROLES_PERSAM_SAM2_FILES_H

#include "roles/role.h"

/* Paths; `config` may be the short name of an official configuration. Start it as {0}; clear with sam_files_clear(). */
typedef struct {
    char *sam, *sam2, *config;
} SamFiles;

/* What --sam_ckpt, --sam2_ckpt and --sam2_config name, else what the original's download puts into --cache_dir:
 * checkpoints/sam/sam_vit_h_4b8939.pth by --sam_type, facebook/sam2.1-hiera-large as a Hugging Face cache.
 * ERR_MISSING lists what is not there and which flag names it. */
bool sam_files_find(SamFiles *out, const RoleConfig *cfg, Err *err) __attribute__((warn_unused_result));
void sam_files_clear(SamFiles *f);

/* One of them alone, for whoever asks only one model; the other's paths are NULL. Without cfg->sam_type any SAM that is in
 * the cache, the largest first. ERR_MISSING names no flag, for they differ. */
bool sam_file_find(SamFiles *out, const RoleConfig *cfg, Err *err) __attribute__((warn_unused_result));
bool sam2_file_find(SamFiles *out, const RoleConfig *cfg, Err *err) __attribute__((warn_unused_result));

/* The configuration that a SAM 2 checkpoint of an official file name goes with ("sam2.1_hiera_large.pt":
 * "sam2.1_hiera_l"); NULL for another name. */
const char *sam2_config_of(const char *checkpoint);

#endif
