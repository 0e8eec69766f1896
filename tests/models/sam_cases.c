#include "sam_cases.h"

#include "base/file.h"
#include "base/str.h"
#include "vision/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A predicted quality may be near 0, where a relative tolerance asks for too much: the reference's README suggests this. */
static const double IOU_TOLERANCE = 1e-5;

static bool open_folder(SamCase *sc, const char *root, const char *name)
{
    *sc = (SamCase){ .folder = path_join(root, name) };
    char *about = path_join(sc->folder, "case.json");
    sc->about = json_load_file(about, 0, NULL);
    free(about);
    if (!sc->about) {
        sam_case_close(sc);
        return false;
    }
    char *in = path_join(sc->folder, "in.safetensors"),
         *expected = path_join(sc->folder, "expected.safetensors");
    sc->in = golden_tensors_open(in);
    sc->expected = golden_tensors_open(expected);
    assert_non_null(sc->expected);
    free(in);
    free(expected);
    return true;
}

void sam_case_close(SamCase *sc)
{
    free(sc->folder);
    json_decref(sc->about);
    golden_tensors_close(sc->in);
    golden_tensors_close(sc->expected);
    *sc = (SamCase){ 0 };
}

bool sam_case_open(SamCase *sc, const char *name)
{
    char *root;
    for (int i = 0; (root = golden_folder("sam", i)) != NULL; i++) {
        bool ok = open_folder(sc, root, name);
        free(root);
        if (ok)
            return true;
    }
    return false;
}

/* The folder with everything, where there is one, else that of the repository. */
static char *widest_folder(void)
{
    char *root = NULL, *next;
    for (int i = 0; (next = golden_folder("sam", i)) != NULL; i++) {
        free(root);
        root = next;
    }
    return root;
}

void sam_cases_each(const char *architecture, void (*check)(const SamCase *sc))
{
    static const char *const names[] = { "sam_vit_tiny", "vit_t_tiny", "sam2_tiny", "sam2_0_tiny" };
    int seen = 0;
    char *root = widest_folder();
    assert_non_null(root);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        SamCase sc;
        if (!open_folder(&sc, root, names[i]))
            continue;
        const char *is = json_string_value(json_object_get(sc.about, "architecture"));
        if (is && strcmp(is, architecture) == 0) {
            check(&sc);
            seen++;
        }
        sam_case_close(&sc);
    }
    free(root);
    assert_true(seen > 0);
}

char *sam_case_file(const SamCase *sc, const char *key)
{
    const char *name = json_string_value(json_object_get(json_object_get(sc->about, "files"), key));
    assert_non_null(name);
    return path_join(sc->folder, name);
}

Image sam_case_image(const SamCase *sc, const char *key, int channels)
{
    Image im;
    Err err = { 0 };
    char *path = sam_case_file(sc, key);
    if (!image_load(&im, path, &(DecodeOptions){ .channels = channels }, &err))
        fail_msg("%s", err.msg);
    free(path);
    return im;
}

/* ---- prompts ---- */

static float *floats_of(GoldenTensor t)
{
    size_t n = t.bytes / 4;
    float *out = calloc(n + 1, sizeof *out);
    assert_non_null(out);
    memcpy(out, t.data, n * sizeof *out);
    return out;
}

bool golden_prompt(GoldenPrompt *p, const SamCase *sc, size_t i)
{
    json_t *about = json_array_get(json_object_get(sc->about, "prompts"), i);
    if (!about)
        return false;
    *p = (GoldenPrompt){ .name = json_string_value(json_object_get(about, "name")) };
    GoldenTensor points = golden_find(sc->in, "%s.points", p->name),
                 labels = golden_find(sc->in, "%s.labels", p->name);
    GoldenTensor box = golden_find(sc->in, "%s.box", p->name);
    if (points.data) {
        p->prompt.point_count = points.dim[0];
        for (size_t k = 0; k < 2 * points.dim[0]; k++)
            p->points[k / 2][k % 2] = (float)golden_real(points, k);
        for (size_t k = 0; k < points.dim[0]; k++)
            p->labels[k] = (int)golden_int(labels, k);
        p->prompt.points = (const float(*)[2])p->points;
        p->prompt.labels = p->labels;
    }
    if (box.data) {
        for (size_t k = 0; k < 4; k++)
            p->box[k] = (float)golden_real(box, k);
        p->prompt.box = p->box;
    }
    if (json_is_true(json_object_get(about, "mask_input")))
        p->prompt.mask_input = p->mask = floats_of(golden_find(sc->in, "mask_input"));
    return true;
}

void golden_prompt_clear(GoldenPrompt *p)
{
    free(p->mask);
    *p = (GoldenPrompt){ 0 };
}

/* ---- comparing ---- */

static void report(double difference, double length, double tolerance, const char *fmt, va_list args)
{
    char what[200];
    vsnprintf(what, sizeof what, fmt, args);
    double relative = sqrt(difference) / (sqrt(length) + 1e-30);
    if (!(relative <= tolerance))
        fail_msg("%s: relative difference %.3g, at most %.3g is allowed", what, relative, tolerance);
}

void assert_near(const float *got, GoldenTensor want, double tolerance, const char *what, ...)
{
    double difference = 0, length = 0;
    va_list args;
    va_start(args, what);
    assert_non_null(want.data);
    for (size_t i = 0; i < want.bytes / 4; i++) {
        double w = golden_real(want, i), d = got[i] - w;
        difference += d * d;
        length += w * w;
    }
    report(difference, length, tolerance, what, args);
    va_end(args);
}

void assert_within(const float *got, GoldenTensor want, double tolerance, const char *what, ...)
{
    char name[200];
    va_list args;
    va_start(args, what);
    vsnprintf(name, sizeof name, what, args);
    va_end(args);
    assert_non_null(want.data);
    for (size_t i = 0; i < want.bytes / 4; i++)
        if (!(fabs(got[i] - golden_real(want, i)) <= tolerance))
            fail_msg("%s: number %zu is %.8g, not %.8g", name, i, (double)got[i], golden_real(want, i));
}

void assert_near_strided(const float *got, size_t n, size_t side, size_t stride, GoldenTensor want,
                         double tolerance, const char *what, ...)
{
    double difference = 0, length = 0;
    size_t at = 0;
    va_list args;
    va_start(args, what);
    assert_non_null(want.data);
    for (size_t k = 0; k < n; k++)
        for (size_t y = stride / 2; y < side; y += stride)
            for (size_t x = stride / 2; x < side; x += stride) {
                double w = golden_real(want, at++), d = got[(k * side + y) * side + x] - w;
                difference += d * d;
                length += w * w;
            }
    assert_int_equal(at, want.bytes / 4);
    report(difference, length, tolerance, what, args);
    va_end(args);
}

void assert_mask_is(const float *logits, size_t pixels, GoldenTensor bits, size_t i, const char *what, ...)
{
    char name[200];
    va_list args;
    va_start(args, what);
    vsnprintf(name, sizeof name, what, args);
    va_end(args);
    assert_non_null(bits.data);
    const uint8_t *row = bits.data + i * ((pixels + 7) / 8);
    size_t wrong = 0, allowed = pixels / 10000 > 8 ? pixels / 10000 : 8;
    for (size_t p = 0; p < pixels; p++)
        wrong += (logits[p] > 0) != (row[p / 8] >> (7 - p % 8) & 1);
    if (wrong > allowed)
        fail_msg("%s: %zu of %zu pixels differ, at most %zu may", name, wrong, pixels, allowed);
}

float *fetch(OpCtx *c, Tensor t)
{
    Err err = { 0 };
    float *out = op_fetch(c, t);
    if (!op_finish(c, &err))
        fail_msg("%s", err.msg);
    assert_non_null(out);
    return out;
}

void assert_image_near(const float *got, size_t side, size_t channels, size_t stride, GoldenTensor want,
                       double tolerance, const char *what)
{
    size_t n = side * side;
    float *planes = calloc(n * channels, sizeof *planes);
    assert_non_null(planes);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < channels; k++)
            planes[k * n + i] = got[i * channels + k];
    assert_near_strided(planes, channels, side, stride, want, tolerance, "%s", what);
    free(planes);
}

void assert_answer(const SamCase *sc, const char *prompt, bool multimask, const Answer *a, double tolerance)
{
    const char *mode = multimask ? "multi" : "single";
    GoldenTensor want = golden_find(sc->expected, "%s.%s.low_res", prompt, mode);
    assert_int_equal(a->n, multimask ? 3 : 1);
    assert_near_strided(a->low_res, a->n, a->side, a->side / want.dim[1], want, tolerance, "%s %s low_res",
                        prompt, mode);
    assert_within(a->iou, golden_find(sc->expected, "%s.%s.iou", prompt, mode), IOU_TOLERANCE, "%s %s iou",
                  prompt, mode);
    for (size_t i = 0; i < a->n; i++)
        assert_mask_is(a->full + i * a->pixels, a->pixels,
                       golden_find(sc->expected, "%s.%s.mask_bits", prompt, mode), i, "%s %s mask %zu",
                       prompt, mode, i);
}

void answer_clear(Answer *a)
{
    free(a->low_res);
    free(a->iou);
    free(a->full);
    *a = (Answer){ 0 };
}
