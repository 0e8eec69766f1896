/* tests/support.h: golden values from files, for tests of every layer. */
#ifndef FACET_TESTS_SUPPORT_H
#define FACET_TESTS_SUPPORT_H

#include "vision/image.h"

#include <jansson.h>

/* One tensor of a .safetensors file. `data` lies in the file's memory and has no alignment. */
typedef struct {
    const char *name, *dtype; /* "U8", "I32", "I64", "F32", "F64", ... */
    size_t dim[8], dims;
    const uint8_t *data;
    size_t bytes;
} GoldenTensor;

typedef struct GoldenTensors GoldenTensors;

/* Read a .safetensors file. NULL when it is not there; a broken one fails the test. */
GoldenTensors *golden_tensors_open(const char *path);
void golden_tensors_close(GoldenTensors *t);
/* The tensor of that name; its `data` is NULL when there is none. The name is a printf format. */
GoldenTensor golden_find(const GoldenTensors *t, const char *name, ...) __attribute__((format(printf, 2, 3)));

/* Element i of a tensor as a double or as a whole number, whatever its type. */
double golden_real(GoldenTensor t, size_t i);
int64_t golden_int(GoldenTensor t, size_t i);

/* A picture made of a U8 tensor [height, width] or [height, width, channels]. The caller clears it. */
Image golden_image(GoldenTensor t);
/* Fail the test unless the picture has the tensor's shape and bytes; `what` names the case. */
void assert_image_is_golden(const Image *im, GoldenTensor t, const char *what);

/* The folders that hold golden values of a topic ("vision"): tests/fixtures/<topic>, and the full set where
 * this checkout has it. golden_folder(topic, i) is NULL when there is no i-th; the caller frees it. */
char *golden_folder(const char *topic, int i);
/* <folder>/index.json; the caller calls json_decref(). Fails the test when it is not there. */
json_t *golden_index(const char *folder);
/* <folder>/<group>.safetensors; fails the test when it is not there. */
GoldenTensors *golden_tensors(const char *folder, const char *group);

#endif
