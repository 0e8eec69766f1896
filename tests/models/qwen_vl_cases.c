#include "qwen_vl_cases.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *find_file(const char *name)
{
    char *found = NULL, *root;
    for (int i = 0; (root = golden_folder("qwen", i)) != NULL; i++) {
        char *path = path_join(root, name);
        free(root);
        if (!path_exists(path)) {
            free(path);
            continue;
        }
        free(found);
        found = path;
    }
    return found;
}

#define NAME(var, fmt)                     \
    char var[200];                         \
    va_list args;                          \
    va_start(args, fmt);                   \
    vsnprintf(var, sizeof var, fmt, args); \
    va_end(args)

char *qwen_file(const char *name, ...)
{
    NAME(text, name);
    return find_file(text);
}

json_t *qwen_json(const char *name, ...)
{
    NAME(text, name);
    char *path = find_file(text);
    json_t *j = path ? json_load_file(path, 0, NULL) : NULL;
    if (!j)
        fail_msg("%s is not there", text);
    free(path);
    return j;
}

size_t qwen_vl_collapse(const int32_t *ids, size_t count, int32_t image, int32_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != image || ids[i - 1] != image)
            out[n++] = ids[i];
    return n;
}

static GoldenTensors *open_tensors(const char *part, const char *run)
{
    char *path = qwen_file("text_encoder/%s_%s.safetensors", part, run);
    GoldenTensors *t = path ? golden_tensors_open(path) : NULL;
    free(path);
    return t;
}

static void read_run(QwenVlRun *run, int32_t image)
{
    GoldenTensor grid = golden_find(run->in, "image_grid_thw"), ids = golden_find(run->in, "input_ids");
    assert_non_null(ids.data);
    run->pictures = grid.data ? grid.dim[0] : 0;
    assert_true(run->pictures <= 4);
    for (size_t i = 0; i < run->pictures; i++)
        run->grids[i] =
            (QwenVlGrid){ (size_t)golden_int(grid, 3 * i + 1), (size_t)golden_int(grid, 3 * i + 2) };
    run->tokens = ids.dim[1];
    run->ids = calloc(run->tokens, sizeof *run->ids);
    run->prompt = calloc(run->tokens, sizeof *run->prompt);
    assert_true(run->ids && run->prompt);
    for (size_t i = 0; i < run->tokens; i++)
        run->ids[i] = (int32_t)golden_int(ids, i);
    run->prompt_tokens = qwen_vl_collapse(run->ids, run->tokens, image, run->prompt);
}

void qwen_vl_each_run(void (*check)(const QwenVlRun *run))
{
    json_t *about = qwen_json("text_encoder/case.json"), *run_about;
    int32_t image =
        (int32_t)json_integer_value(json_object_get(json_object_get(about, "config"), "image_token_id"));
    const char *name;
    int seen = 0;
    json_object_foreach(json_object_get(about, "runs"), name, run_about)
    {
        QwenVlRun run = { .name = name, .in = open_tensors("in", name) };
        if (!run.in)
            continue;
        run.expected = open_tensors("expected", name);
        assert_non_null(run.expected);
        read_run(&run, image);
        check(&run);
        seen++;
        golden_tensors_close(run.in);
        golden_tensors_close(run.expected);
        free(run.ids);
        free(run.prompt);
    }
    json_decref(about);
    assert_true(seen > 0);
}
