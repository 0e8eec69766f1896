/* cli/dump.h: the tensors that a command writes with --dump FILE.safetensors. */
#ifndef FACET_CLI_DUMP_H
#define FACET_CLI_DUMP_H

#include "tensor/tensor.h"
#include "weights/weight_tensor.h"

enum { DUMP_MAX = 64, DUMP_NAME = 48 };

/* Tensors to be written; their data is borrowed until then. Start it as {0}. */
typedef struct {
    WeightTensor tensor[DUMP_MAX];
    char name[DUMP_MAX][DUMP_NAME];
    size_t count;
} Dump;

/* Put in a tensor of f32, of bytes, or of whole numbers. The name is a printf format. */
void dump_f32(Dump *d, const float *data, Shape shape, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
void dump_u8(Dump *d, const uint8_t *data, Shape shape, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
void dump_i32(Dump *d, const int32_t *data, Shape shape, const char *name, ...)
    __attribute__((format(printf, 4, 5)));

/* Write them all; nothing when path is NULL. */
bool dump_write(const Dump *d, const char *path, Err *err) __attribute__((warn_unused_result));

/* An image [height, width, channels] as [1, channels, height, width], as the reference keeps it. The caller frees it; NULL when
 * memory runs out. */
float *dump_channels_first(const float *image, size_t pixels, size_t channels);

#endif
