/* tests/tensor/case.h: one operation, random inputs, and a comparison with what its formula says in double.
 */
#ifndef FACET_TESTS_TENSOR_CASE_H
#define FACET_TESTS_TENSOR_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "tensor/ops.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

typedef struct {
    OpCtx *c;
    const char *backend;
    Rng rng;
    void **owned; /* freed at close */
    size_t owned_count;
} Case;

/* Every backend, and the fast one with several thread counts: way 0, 1, ... until NULL. */
Case *case_open(size_t way);
void case_close(Case *t);
void *case_alloc(Case *t, size_t bytes); /* zeroed, freed at close */

/* Normal numbers of that size around 0. */
Tensor case_random(Case *t, Shape s, float size);
/* The same in host memory, for weights; of other dtypes: rounded to them. */
Tensor case_host(Case *t, Dtype d, Shape s, float size);
Linear case_linear(Case *t, Dtype d, Shape weight,
                   size_t bias); /* bias 0: none. Outputs of size 1 for inputs of size 1 */
Norm case_norm(Case *t, size_t channels);

/* What an activation or a host tensor holds. */
double *case_values(Case *t, Tensor x);
double *case_host_values(Case *t, Tensor host);

/* y has this shape and each element is within `tolerance` of the expected one, relative to the larger of 1
 * and the expected magnitude. A NaN matches only a NaN. */
void case_expect(Case *t, Tensor y, Shape s, const double *want, double tolerance);
/* The last operation failed, with these words in the message. */
void case_expect_failure(Case *t, Tensor y, const char *words);

double activation(double x, Act act); /* by the formula in ops.h */

#endif
