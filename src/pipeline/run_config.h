/* pipeline/run_config.h: what a run is asked to do. The specification's parameters, one field each. */
#ifndef FACET_PIPELINE_RUN_CONFIG_H
#define FACET_PIPELINE_RUN_CONFIG_H

#include "base/text_list.h"
#include "roles/role.h"

typedef enum { MODE_NEW, MODE_LAST, MODE_BY_NAME } ExecutionMode;
typedef enum { SPLIT_GROUP, SPLIT_IMAGE } SplitBy;

/* Filled from the option table in cli/run_options.c, which also has the defaults and limits. Texts are NULL
 * when not given. */
typedef struct {
    /* basic */
    char *input_image, *input_mask, *object_name, *working_dir, *cache_dir;
    /* execution */
    ExecutionMode execution_mode;
    char *execution_name;
    int start_from_step;
    bool start_from_step_given;
    uint64_t seed;
    int jobs;          /* 0: one a processor */
    int width, height; /* --resolution, of every image made */
    int max_pixels;    /* of every picture that is read */
    /* who plays the roles: names of roles/registry.h; "auto" or NULL leaves it to the engine */
    Engine engine;
    char *editor, *perspective_generator, *prompt_generator, *annotator;
    /* views; empty lists mean the multi-camera defaults */
    TextList views, elevations, distances;
    /* prompts and scenes */
    int num_prompts, num_iterations;
    char *system_prompt_file, *project_info_file, *model_path, *ollama_model, *ollama_host;
    bool system_prompt_file_given, project_info_file_given, model_path_given;
    QwenSettings qwen;
    /* step 5 */
    bool enable_qwen_augmentation;
    char *predefined_prompts_file;
    bool predefined_prompts_file_given;
    int qwen_augmentation_count;
    /* step 6 */
    bool enable_annotation;
    double split_ratio;
    SplitBy split_by;
    bool all_polygons;
    double min_score; /* labels that score below go to review/ */
    char *sam_type, *sam_ckpt, *sam2_config, *sam2_ckpt;
    bool enable_persam_training;
    double persam_lr;
    int persam_epochs, persam_log_epoch;
    /* step 7 */
    bool enable_cv_augmentation;
    int cv_augmentation_count;
    double bw_probability, saturation_probability, contrast_probability, brightness_probability,
        motion_blur_probability, compression_noise_probability;
    double saturation_range[2], contrast_range[2], brightness_range[2];
    int motion_blur_range[2], compression_iterations_range[2], compression_quality_range[2];
    /* retry */
    int max_retries;
    bool retry_failed, retry_failed_qwen_augmentations;
} RunConfig;

#endif
