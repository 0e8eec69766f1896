/* cli/segmenter_options.h: which segmenter a page has, and its files. */
#ifndef FACET_CLI_SEGMENTER_OPTIONS_H
#define FACET_CLI_SEGMENTER_OPTIONS_H

#include "cli/role_options.h"

typedef struct {
    char *name, *sam_type, *sam_checkpoint, *sam2_checkpoint, *sam2_config;
} SegmenterOptions;

/* Their rows, and of the member `role` those of its models, for the member `segmenter` of an options struct `T`. */
/* clang-format off */
#define SEGMENTER_OPTION_ROWS(T)                                                                                                   \
    { .group = "The segmenter", .name = "segmenter", .type = OPT_TEXT, .offset = offsetof(T, segmenter.name),                      \
      .fallback = "auto", .choices = "auto|sam|sam2|grabcut",                                                                      \
      .help = "Who turns points and boxes into a mask; auto takes a model where its checkpoint is found, else grabcut" },          \
    { .name = "sam_type", .type = OPT_TEXT, .offset = offsetof(T, segmenter.sam_type), .choices = "vit_h|vit_l|vit_b|vit_t",       \
      .help = "Which Segment Anything to look for in the cache; default: whichever is there" },                                    \
    { .name = "sam_checkpoint", .type = OPT_PATH, .offset = offsetof(T, segmenter.sam_checkpoint), .value = "FILE",                \
      .help = "Checkpoint of Segment Anything or MobileSAM" },                                                                     \
    { .name = "sam2_checkpoint", .type = OPT_PATH, .offset = offsetof(T, segmenter.sam2_checkpoint), .value = "FILE",              \
      .help = "Checkpoint of SAM 2 or 2.1" },                                                                                      \
    { .name = "sam2_config", .type = OPT_PATH, .offset = offsetof(T, segmenter.sam2_config), .value = "FILE",                      \
      .help = "Its YAML or its name; default: by the checkpoint's name" },                                                         \
    { .name = "cache_dir", .type = OPT_PATH, .offset = offsetof(T, role.cache_dir), .value = "DIR", .help = "Folder of models" },  \
    { .name = "jobs", .type = OPT_INT, .offset = offsetof(T, role.jobs), .fallback = "0", .min = 0, .max = 1024,                   \
      .help = "Threads; 0 is one a processor" }
/* clang-format on */

static inline bool segmenter_options_choose(const Segmenter **out, const SegmenterOptions *o,
                                            RoleConfig *config, Err *err)
{
    config->sam_type = o->sam_type;
    config->sam_ckpt = o->sam_checkpoint;
    config->sam2_ckpt = o->sam2_checkpoint;
    config->sam2_config = o->sam2_config;
    return segmenter_choose(out, o->name, config, err);
}

#endif
