/* cli/dump.h: the tensors that a command writes with --dump FILE.safetensors. */
#ifndef FACET_CLI_DUMP_H
#define FACET_CLI_DUMP_H

#include "tensor/tensor.h"
#include "weights/weight_tensor.h"

/* Tensors to be written. Start it as {0}; clear it with dump_clear(). That memory ran out is told by dump_write(). */
typedef struct {
    WeightTensor *tensor;
    void **copy; /* of its data, where the dump has one */
    size_t count, room;
    bool failed;
} Dump;

/* Put in a tensor of f32, of bytes, or of whole numbers; its data is borrowed until dump_write(). The name is a printf format. */
void dump_f32(Dump *d, const float *data, Shape shape, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
void dump_u8(Dump *d, const uint8_t *data, Shape shape, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
void dump_i32(Dump *d, const int32_t *data, Shape shape, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
/* Copy the data of the tensor put in last: it may go away. */
void dump_keep(Dump *d);

/* Write them all; nothing when path is NULL. */
bool dump_write(const Dump *d, const char *path, Err *err) __attribute__((warn_unused_result));
void dump_clear(Dump *d);

/* An image [height, width, channels] as [1, channels, height, width], as the reference keeps it. The caller frees it; NULL when
 * memory runs out. */
float *dump_channels_first(const float *image, size_t pixels, size_t channels);

#endif
