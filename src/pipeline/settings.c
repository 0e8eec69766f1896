#include "pipeline/settings.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (1u << 20)

/* The step that an option first concerns. */
static const struct {
    const char *option;
    int step;
} concerns[] = {
    { "input_image", 1 },
    { "input_mask", 1 },
    { "resolution", 1 },
    { "views", 2 },
    { "elevations", 2 },
    { "distance", 2 },
    { "perspective_generator", 2 },
    { "num_prompts", 3 },
    { "system_prompt_file", 3 },
    { "project_info_file", 3 },
    { "prompt_generator", 3 },
    { "ollama_model", 3 },
    { "num_iterations", 4 },
    { "editor", 4 },
    { "model_path", 1 },
    { "num_inference_steps", 1 },
    { "true_cfg_scale", 1 },
    { "negative_prompt", 1 },
    { "vae_area", 1 },
    { "condition_area", 1 },
    { "scheduler_config", 1 },
    { "transformer", 1 },
    { "lora", 1 },
    { "multicamera_model", 2 },
    { "multicamera_lora", 2 },
    { "seed", 4 },
    { "predefined_prompts_file", 5 },
    { "qwen_augmentation_count", 5 },
    { "object_name", 6 },
    { "annotator", 6 },
    { "split_ratio", 6 },
    { "split_by", 6 },
    { "polygons", 6 },
    { "cv_augmentation_count", 7 },
    { "bw_probability", 7 },
    { "saturation_probability", 7 },
    { "contrast_probability", 7 },
    { "brightness_probability", 7 },
    { "motion_blur_probability", 7 },
    { "compression_noise_probability", 7 },
    { "saturation_range", 7 },
    { "contrast_range", 7 },
    { "brightness_range", 7 },
    { "motion_blur_range", 7 },
    { "compression_iterations_range", 7 },
    { "compression_quality_range", 7 },
};

static json_t *about(const Run *run)
{
    const RoleSet *r = &run->roles;
    return json_pack("{s:s, s:{s:s?, s:s?, s:s?, s:s?}}", "version", FACET_VERSION, "roles", "editor",
                     r->editor ? r->editor->name : NULL, "views", r->views ? r->views->name : NULL, "writer",
                     r->writer ? r->writer->name : NULL, "annotator",
                     r->annotator ? r->annotator->name : NULL);
}

bool settings_write(const Run *run, Err *err)
{
    json_t *options = run->hooks->config_json ? json_loads(run->hooks->config_json, 0, NULL) : json_object();
    if (!options || json_object_set_new(options, SETTINGS_ABOUT, about(run))) {
        json_decref(options);
        return err_set(err, ERR_NOMEM, "no memory for " FILE_CONFIG);
    }
    return step_write_json(run, FILE_CONFIG, NULL, options, err);
}

static json_t *recorded(const Run *run)
{
    Err err = { 0 };
    char *path = step_path(run, FILE_CONFIG, NULL, &err);
    uint8_t *data = NULL;
    size_t size = 0;
    json_t *o = NULL;
    if (path && path_exists(path) && file_read(path, MAX_BYTES, &data, &size, &err))
        o = json_loadb((char *)data, size, 0, NULL);
    free(data);
    free(path);
    return o;
}

void settings_warn_of_changes(const Run *run, int first_run)
{
    json_t *before = recorded(run),
           *now = run->hooks->config_json ? json_loads(run->hooks->config_json, 0, NULL) : NULL;
    for (size_t i = 0; before && now && i < sizeof concerns / sizeof *concerns; i++) {
        const json_t *a = json_object_get(before, concerns[i].option),
                     *b = json_object_get(now, concerns[i].option);
        int step = concerns[i].step;
        if (a && b && !json_equal(a, b) && step < first_run && state_completed(&run->state, step))
            log_warn(
                run->hooks->log,
                "--%s differs from that of this execution, but step %d is done; --start_from_step %d makes "
                "it again",
                concerns[i].option, step, step);
    }
    json_decref(before);
    json_decref(now);
}
