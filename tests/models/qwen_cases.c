#include "qwen_cases.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

bool qwen_case_open(QwenCase *qc, const char *name)
{
    *qc = (QwenCase){ 0 };
    for (int i = 1; i >= 0 && !qc->about; i--) {
        char *root = golden_folder("qwen", i);
        if (!root)
            continue;
        qc->folder = path_join(root, name);
        char *about = path_join(qc->folder, "case.json");
        qc->about = json_load_file(about, 0, NULL);
        free(about);
        free(root);
        if (!qc->about)
            qwen_case_close(qc);
    }
    return qc->about != NULL;
}

void qwen_case_close(QwenCase *qc)
{
    free(qc->folder);
    json_decref(qc->about);
    *qc = (QwenCase){ 0 };
}

char *qwen_case_path(const QwenCase *qc, const char *name)
{
    return path_join(qc->folder, name);
}

GoldenTensors *qwen_case_tensors(const QwenCase *qc, const char *name, ...)
{
    char file[100];
    va_list args;
    va_start(args, name);
    vsnprintf(file, sizeof file, name, args);
    va_end(args);
    char *path = path_join(qc->folder, file);
    GoldenTensors *t = golden_tensors_open(path);
    if (!t)
        fail_msg("%s is not there", path);
    free(path);
    return t;
}

static size_t count_of(GoldenTensor t)
{
    size_t n = 1;
    for (size_t i = 0; i < t.dims; i++)
        n *= t.dim[i];
    return n;
}

float *golden_floats(GoldenTensor t)
{
    assert_non_null(t.data);
    size_t n = count_of(t);
    float *out = calloc(n + 1, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)golden_real(t, i);
    return out;
}

Tensor golden_upload(OpCtx *c, GoldenTensor t, int rank)
{
    float *data = golden_floats(t);
    Shape s = { .rank = rank };
    size_t skip = t.dims - (size_t)rank;
    for (size_t i = 0; i < t.dims; i++)
        if (i < skip)
            assert_int_equal(t.dim[i], 1);
        else
            s.dim[i - skip] = t.dim[i];
    Tensor x = op_from_f32(c, data, s);
    free(data);
    return x;
}

size_t qwen_grids(json_t *img_shapes, QwenGrid out[QWEN_GRIDS_MAX])
{
    size_t n = json_array_size(img_shapes);
    assert_in_range(n, 1, QWEN_GRIDS_MAX);
    for (size_t i = 0; i < n; i++) {
        json_t *s = json_array_get(img_shapes, i);
        out[i].height = (size_t)json_integer_value(json_array_get(s, 1));
        out[i].width = (size_t)json_integer_value(json_array_get(s, 2));
    }
    return n;
}

OpCtx *qwen_ctx(void)
{
    Err err = { 0 };
    OpCtx *c = op_open(&(OpOptions){ .threads = 2 }, &err);
    if (!c)
        fail_msg("%s", err.msg);
    return c;
}
