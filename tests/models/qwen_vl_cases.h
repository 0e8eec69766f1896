/* qwen_vl_cases.h: what the reference implementation of Qwen2.5-VL made of tiny models, for the tests of every part. */
#ifndef FACET_TESTS_QWEN_VL_CASES_H
#define FACET_TESTS_QWEN_VL_CASES_H

#include "../support.h"

#include "models/qwen_vl/preprocess.h"

/* The path of a golden file ("text_encoder/case.json"), from the full set where this checkout has it, else from the
 * repository; NULL where neither has it. The caller frees it. */
char *qwen_file(const char *name, ...) __attribute__((format(printf, 1, 2)));
/* The same read as JSON; fails the test when it is not there. */
json_t *qwen_json(const char *name, ...) __attribute__((format(printf, 1, 2)));

/* One run of the text encoder: its inputs and what the reference made of them. */
typedef struct {
    const char *name;
    GoldenTensors *in, *expected;
    QwenVlGrid grids[4];
    size_t pictures;
    int32_t *ids; /* [tokens], as the model gets them */
    size_t tokens;
    int32_t *prompt; /* [prompt_tokens], with one placeholder a picture */
    size_t prompt_tokens;
} QwenVlRun;

/* Run `check` on every run of this checkout ("edit_one_image", ...); fails the test when there is none. */
void qwen_vl_each_run(void (*check)(const QwenVlRun *run));

/* ids with each row of `image` tokens, one a picture in these fixtures, put together to one. Returns how many are left. */
size_t qwen_vl_collapse(const int32_t *ids, size_t count, int32_t image, int32_t *out);

#endif
