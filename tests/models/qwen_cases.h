/* qwen_cases.h: what the reference made of tiny Qwen-Image models, for the tests of every part. */
#ifndef FACET_TESTS_QWEN_CASES_H
#define FACET_TESTS_QWEN_CASES_H

#include "sam_cases.h"

#include "models/qwen_image/rope.h"

/* One folder of the golden values, see their README. */
typedef struct {
    char *folder;
    json_t *about; /* case.json */
} QwenCase;

/* The case of that folder name, from the full set where this checkout has one, else from tests/fixtures/qwen; false where
 * neither has it. The caller closes it. */
bool qwen_case_open(QwenCase *qc, const char *name);
void qwen_case_close(QwenCase *qc);

/* A file of it; fails the test when it is not there. The name is a printf format. */
GoldenTensors *qwen_case_tensors(const QwenCase *qc, const char *name, ...)
    __attribute__((format(printf, 2, 3)));
/* Its path, which the caller frees. */
char *qwen_case_path(const QwenCase *qc, const char *name);

/* A golden tensor as floats, which the caller frees, and as a tensor of that shape in the arena. Dimensions of 1 at the
 * front are left out where `rank` says so. */
float *golden_floats(GoldenTensor t);
Tensor golden_upload(OpCtx *c, GoldenTensor t, int rank);

/* [[frames, height, width], ..] of a case.json; returns how many. */
enum { QWEN_GRIDS_MAX = 8 };
size_t qwen_grids(json_t *img_shapes, QwenGrid out[QWEN_GRIDS_MAX]);

/* Sums in another order than the reference's, in float32: the bound for every part, of norms of differences. */
#define QWEN_EXACT 2e-5

OpCtx *qwen_ctx(void);

#endif
