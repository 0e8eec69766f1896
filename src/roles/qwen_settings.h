/* roles/qwen_settings.h: how the roles that Qwen-Image-Edit plays are asked to work. */
#ifndef FACET_ROLES_QWEN_SETTINGS_H
#define FACET_ROLES_QWEN_SETTINGS_H

#include "base/text_list.h"

/* Filled from the option rows in cli/qwen_options.h. Texts are NULL when not given. */
typedef struct {
    int num_inference_steps;
    double true_cfg_scale;
    char *negative_prompt; /* NULL: what the Python original gives, a space for edits and "" for views */
    double vae_area, condition_area; /* pixels; 0: as released */
    char *scheduler_config;          /* a file, or a folder with one; NULL: the model's own */
    char *transformer;               /* other weights for it; NULL: the model's own */
    TextList loras;                  /* of the editor: a file, or a name in the cache, maybe with :SCALE */
    char *multicamera_model;         /* NULL: as the original */
    TextList multicamera_loras;      /* empty: as the original; "none" alone: none */
} QwenSettings;

/* Whether they name a model or a LoRA for views. */
static inline bool qwen_settings_name_views(const QwenSettings *s)
{
    return s->multicamera_model || s->multicamera_loras.count > 0;
}

/* 20 steps at a scale of 4, as the Python original has them. */
extern const QwenSettings qwen_settings_default;

#endif
