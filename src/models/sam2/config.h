/* models/sam2/config.h: the sizes of a SAM 2, from the YAML that its authors publish with each checkpoint. */
#ifndef FACET_MODELS_SAM2_CONFIG_H
#define FACET_MODELS_SAM2_CONFIG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { HIERA_STAGES = 4, HIERA_GLOBAL_MAX = 64 };

/* Names as in the YAML; what it leaves out is the default of the reference's constructors. */
typedef struct {
    int image_size;
    /* model.image_encoder.trunk */
    int embed_dim, num_heads;
    int stages[HIERA_STAGES]; /* blocks of each */
    int global_att_blocks[HIERA_GLOBAL_MAX];
    int global_att_count;
    int window_spec[HIERA_STAGES];
    int window_pos_embed_bkg_spatial_size[2];
    int q_pool; /* how many stage borders halve the picture */
    /* model.image_encoder.neck */
    int d_model;
    bool top_down[HIERA_STAGES]; /* fpn_top_down_levels */
    /* model */
    bool iou_prediction_use_sigmoid;
} Sam2Config;

/* `name` is a YAML file, or one of the official names: sam2_hiera_t, sam2_hiera_s, sam2_hiera_b+, sam2_hiera_l, the same
 * with sam2.1_, and each also with .yaml behind it or a folder before it, as the reference's configuration system takes
 * them. A file of that name wins. ERR_MISSING, ERR_INPUT: names the file and the setting. */
bool sam2_config_read(Sam2Config *out, const char *name, Err *err) __attribute__((warn_unused_result));

/* From the text of a YAML file; messages call it `name`. */
bool sam2_config_parse(Sam2Config *out, const char *text, size_t size, const char *name, Err *err)
    __attribute__((warn_unused_result));

#endif
