/* sam_cases.h: what the reference implementations of SAM and SAM 2 made of tiny models, for the tests of every part. */
#ifndef FACET_TESTS_SAM_CASES_H
#define FACET_TESTS_SAM_CASES_H

#include "../support.h"

#include "models/sam/prompt.h"
#include "vision/image.h"

/* One folder of the golden values, see their README. */
typedef struct {
    char *folder;
    json_t *about;                /* case.json */
    GoldenTensors *in, *expected; /* `in` may be NULL */
} SamCase;

/* Run `check` on every case whose case.json names this architecture ("" : any), wherever this checkout has golden values;
 * fails the test when there is none. */
void sam_cases_each(const char *architecture, void (*check)(const SamCase *sc));
/* The case of that folder name; false where this checkout does not have it. The caller closes it. */
bool sam_case_open(SamCase *sc, const char *name);
void sam_case_close(SamCase *sc);

/* <folder>/<the file that case.json names under files.key>; the caller frees it. */
char *sam_case_file(const SamCase *sc, const char *key);
/* That file as a picture of 1 or 3 channels. The caller clears it. */
Image sam_case_image(const SamCase *sc, const char *key, int channels);

/* The prompt that case.json describes at index i of its "prompts"; its arrays live in the case. */
typedef struct {
    const char *name;
    float points[8][2], box[4];
    int labels[8];
    SamPrompt prompt;
    float *mask; /* owned */
} GoldenPrompt;
bool golden_prompt(GoldenPrompt *p, const SamCase *sc, size_t i);
void golden_prompt_clear(GoldenPrompt *p);

/* Wait for a tensor and fetch it; fails the test where the context has failed. The caller frees it. */
float *fetch(OpCtx *c, Tensor t);

/* Fail unless `got`, [channels last or n, H, W] as the caller lays it out in `rows`, is within `tolerance` of the stored
 * tensor: ||a - b|| / ||b||. */
void assert_near(const float *got, GoldenTensor want, double tolerance, const char *what, ...)
    __attribute__((format(printf, 4, 5)));
/* Fail unless every number is within `tolerance` of the stored one. */
void assert_within(const float *got, GoldenTensor want, double tolerance, const char *what, ...)
    __attribute__((format(printf, 4, 5)));
/* As assert_near, with every stride-th row and column of [n, side, side], beginning in the middle of the first stride. */
void assert_near_strided(const float *got, size_t n, size_t side, size_t stride, GoldenTensor want,
                         double tolerance, const char *what, ...) __attribute__((format(printf, 7, 8)));
/* Fail unless the pixels with logits above 0 are those of mask i of a packed mask, but for 8 or 0.01 % of them: float32
 * and float64 of the reference differ by one. */
void assert_mask_is(const float *logits, size_t pixels, GoldenTensor bits, size_t i, const char *what, ...)
    __attribute__((format(printf, 5, 6)));

/* An image [side, side, channels] against the channels-first tensor that holds every stride-th cell of it. */
void assert_image_near(const float *got, size_t side, size_t channels, size_t stride, GoldenTensor want,
                       double tolerance, const char *what);

/* An answer, as it was fetched. */
typedef struct {
    size_t n, side, pixels;
    float *low_res, *iou; /* [n, side, side], [n] */
    float *full;          /* [n, pixels] logits */
} Answer;

/* Fail unless it is what the reference answered to this prompt. */
void assert_answer(const SamCase *sc, const char *prompt, bool multimask, const Answer *a, double tolerance);
void answer_clear(Answer *a);

#endif
