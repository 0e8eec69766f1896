#include "cli/dump.h"

#include "weights/safetensors.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(Dump *d, const void *data, WeightDtype dtype, Shape shape, const char *fmt, va_list args)
{
    assert(d->count < DUMP_MAX);
    WeightTensor *t = &d->tensor[d->count];
    char *name = d->name[d->count++];
    vsnprintf(name, DUMP_NAME, fmt, args);
    *t = (WeightTensor){ .name = name, .dtype = dtype, .rank = shape.rank, .data = data };
    memcpy(t->dim, shape.dim, (size_t)shape.rank * sizeof *t->dim);
    size_t elements;
    if (!weight_shape_size(dtype, shape.rank, t->dim, &elements, &t->bytes))
        t->bytes = 0;
}

void dump_f32(Dump *d, const float *data, Shape shape, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    add(d, data, WEIGHT_F32, shape, name, args);
    va_end(args);
}

void dump_u8(Dump *d, const uint8_t *data, Shape shape, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    add(d, data, WEIGHT_U8, shape, name, args);
    va_end(args);
}

void dump_i32(Dump *d, const int32_t *data, Shape shape, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    add(d, data, WEIGHT_I32, shape, name, args);
    va_end(args);
}

bool dump_write(const Dump *d, const char *path, Err *err)
{
    return !path || safetensors_write(path, d->tensor, d->count, err);
}

float *dump_channels_first(const float *image, size_t pixels, size_t channels)
{
    float *out = malloc((pixels * channels + 1) * sizeof *out);
    for (size_t i = 0; out && i < pixels; i++)
        for (size_t k = 0; k < channels; k++)
            out[k * pixels + i] = image[i * channels + k];
    return out;
}
