/* cli/qwen_options.h: how Qwen-Image-Edit is asked to work, for every command that runs it. */
#ifndef FACET_CLI_QWEN_OPTIONS_H
#define FACET_CLI_QWEN_OPTIONS_H

#include "cli/options.h"
#include "roles/qwen_settings.h"

/* Rows are for reading across. */
/* clang-format off */
/* For the member `qwen`, a QwenSettings, of a struct that lies at `at` in the options struct. */
#define QWEN_OPTION_ROWS(at) \
    { .name = "num_inference_steps", .type = OPT_INT, .offset = (at) + offsetof(QwenSettings, num_inference_steps), \
      .fallback = "20", .min = 1, .max = 1000, .help = "Steps of an edit by Qwen-Image-Edit" }, \
    { .name = "true_cfg_scale", .type = OPT_REAL, .offset = (at) + offsetof(QwenSettings, true_cfg_scale), .fallback = "4", \
      .min = 0, .max = 100, .value = "S", \
      .help = "How far Qwen-Image-Edit moves away from the negative prompt; at 1 or below it ignores it and is twice as fast" }, \
    { .name = "negative_prompt", .type = OPT_TEXT, .offset = (at) + offsetof(QwenSettings, negative_prompt), \
      .may_be_empty = true, .max = 65536, .help = "What Qwen-Image-Edit moves away from; default: a space for edits, nothing for views" }, \
    { .name = "vae_area", .type = OPT_REAL, .offset = (at) + offsetof(QwenSettings, vae_area), .fallback = "0", .min = 0, \
      .max = 67108864, .value = "PIXELS", .help = "Size at which Qwen-Image-Edit encodes a picture; 0: as released, 1048576" }, \
    { .name = "condition_area", .type = OPT_REAL, .offset = (at) + offsetof(QwenSettings, condition_area), .fallback = "0", \
      .min = 0, .max = 67108864, .value = "PIXELS", \
      .help = "Size at which its text encoder sees a picture; 0: as released, 1048576 or from -2509 on 147456" }, \
    { .name = "scheduler_config", .type = OPT_PATH, .offset = (at) + offsetof(QwenSettings, scheduler_config), .value = "FILE", \
      .help = "Another scheduler_config.json than the model's, as few-step LoRAs want it" }, \
    { .name = "transformer", .type = OPT_PATH, .offset = (at) + offsetof(QwenSettings, transformer), .value = "FILE", \
      .help = "Take the weights of its transformer from this file, a .gguf for instance, and not from the model's folder" }, \
    { .name = "lora", .type = OPT_PATHS, .offset = (at) + offsetof(QwenSettings, loras), .value = "FILE[:SCALE]", \
      .help = "LoRA for the editor: a file, or a Hugging Face name in --cache_dir. May be given several times" }

#define MULTICAMERA_OPTION_ROWS(at) \
    { .name = "multicamera_model", .type = OPT_TEXT, .offset = (at) + offsetof(QwenSettings, multicamera_model), .value = "MODEL", \
      .help = "Model of qwen_multicamera: a folder or a name in --cache_dir; default: ovedrive/Qwen-Image-Edit-2511-4bit, or " \
              "the folder of --model_path" }, \
    { .name = "multicamera_lora", .type = OPT_PATHS, .offset = (at) + offsetof(QwenSettings, multicamera_loras), \
      .value = "FILE[:SCALE]", \
      .help = "Its LoRA for camera positions, or none; default: fal/Qwen-Image-Edit-2511-Multiple-Angles-LoRA in --cache_dir" }
/* clang-format on */

#endif
