#include "forge_execution.h"

#include "temp.h"
#include "vision/codec.h"

static char *place(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    Err err = { 0 };
    char *parent = strndup(path, (size_t)(path_name(path) - path - 1));
    assert_ok(folder_make(parent, &err));
    free(parent);
    return path;
}

void forge_text(const char *folder, const char *name, const char *text)
{
    char *path = place(folder, name);
    temp_write(path, text);
    free(path);
}

void forge_image(const char *folder, const char *name, int width, int height)
{
    char *path = place(folder, name);
    Image im;
    Err err = { 0 };
    assert_ok(image_init(&im, width, height, 3, &err));
    for (size_t i = 0; i < image_bytes(&im); i++)
        im.data[i] = (uint8_t)(i * 7);
    assert_ok(image_save(&im, path, 90, &err));
    image_clear(&im);
    free(path);
}

void forge_line(const char *folder, const char *name, const char *line)
{
    char *path = place(folder, name);
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    fputs(line, f);
    fclose(f);
    free(path);
}

char *forge_read(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    char *text = path_exists(path) ? temp_read(path) : NULL;
    free(path);
    return text;
}

/* A scene, what is made of it, and the lines of the journal. `k` counts the labels. */
static void forge_family(const char *folder, int view, int prompt, int k)
{
    static const char *const split[] = { "train", "val" };
    char stem[2][96], name[300], line[600];
    snprintf(stem[0], 80, "perspective_%d_prompt_%d_seed_%d", view, prompt, 10 * (view + 1) + prompt);
    snprintf(stem[1], sizeof stem[1], "%.80s_qwen000", stem[0]);
    for (int restyled = 0; restyled < 2; restyled++) {
        const char *s = stem[restyled];
        snprintf(name, sizeof name, "%s/%s.png", restyled ? "05_qwen_augmented_images" : "04_dataset", s);
        forge_image(folder, name, 16, 12);
        snprintf(line, sizeof line,
                 "{\"step\":%d,\"item\":\"%s.png\",\"key\":\"1\",\"ok\":true,\"attempts\":1,\"ms\":5.0%s}\n",
                 restyled ? 5 : 4, s, restyled ? ",\"note\":\"in heavy rain\"" : "");
        forge_line(folder, "journal.jsonl", line);
        snprintf(name, sizeof name, "06_yolo_dataset/%s/images/%s.jpg", split[view], s);
        forge_image(folder, name, 16, 12);
        snprintf(name, sizeof name, "06_yolo_dataset/%s/labels/%s.txt", split[view], s);
        forge_text(folder, name, FORGED_LABEL);
        snprintf(
            line, sizeof line,
            "{\"step\":6,\"item\":\"%s.png\",\"key\":\"1\",\"ok\":true,\"attempts\":1,\"ms\":5.0,\"note\":\"1 %.4f 0.9000\"}\n",
            s, 0.5 + 0.05 * (2 * k + restyled));
        forge_line(folder, "journal.jsonl", line);
        for (int combined = 0; combined < 2; combined++)
            for (int degraded = !combined; degraded < 2; degraded++) {
                const char *root = combined ? "07_cv_combined_dataset" : "07_cv_augmented_dataset",
                           *end = degraded ? "_cv000" : "";
                snprintf(name, sizeof name, "%s/%s/images/%s%s.jpg", root, split[view], s, end);
                forge_image(folder, name, 16, 12);
                snprintf(name, sizeof name, "%s/%s/labels/%s%s.txt", root, split[view], s, end);
                forge_text(folder, name, FORGED_LABEL);
            }
        snprintf(
            line, sizeof line,
            "{\"step\":7,\"item\":\"%s/%s_cv000.jpg\",\"key\":\"1\",\"ok\":true,\"attempts\":1,\"ms\":5.0,\"note\":\"bw_"
            "conversion\\nmotion_blur_31_angle_212\"}\n",
            split[view], s);
        forge_line(folder, "journal.jsonl", line);
    }
}

void forge_execution(const char *folder)
{
    forge_image(folder, "01_white_background.png", 16, 12);
    forge_image(folder, "02_perspectives/perspective_00_front_view__eye_level.png", 16, 12);
    forge_image(folder, "02_perspectives/perspective_01_left_side__eye_level.png", 16, 12);
    for (int view = 0; view < 2; view++)
        for (int prompt = 0; prompt < 2; prompt++)
            forge_family(folder, view, prompt, 2 * view + prompt);
    forge_text(folder, "07_cv_combined_dataset/dataset.yaml",
               "path: .\ntrain: train/images\nval: val/images\nnc: 1\nnames: [mug]\n");
    forge_text(folder, "06_yolo_dataset/dataset.yaml",
               "path: .\ntrain: train/images\nval: val/images\nnc: 1\nnames: [mug]\n");
    forge_text(
        folder, "run_config.json",
        "{\"num_prompts\":2,\"num_iterations\":1,\"enable_qwen_augmentation\":true,\"qwen_augmentation_count\":1,"
        "\"enable_annotation\":true,\"enable_cv_augmentation\":true,\"cv_augmentation_count\":1,\"polygons\":\"largest\"}");
    forge_text(
        folder, "pipeline_state.json",
        "{\"state_version\":1,\"completed_steps\":[1,2,3,4,5,6,7],\"object_name\":\"mug\","
        "\"prompts\":[\"on a Table\",\"in a forest\"],\"perspective_images\":[\"a\",\"b\"],"
        "\"perspective_view_info\":[{\"index\":0,\"view\":\"front view\",\"elevation\":\"eye-level shot\"},"
        "{\"index\":1,\"view\":\"left side view\",\"elevation\":\"eye-level shot\"}]}");
}
