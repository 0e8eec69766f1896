#include "cli/dump.h"

#include "weights/safetensors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, FIRST_ROOM = 32 };

static bool grow(Dump *d)
{
    size_t room = d->room ? 2 * d->room : FIRST_ROOM;
    WeightTensor *tensor = realloc(d->tensor, room * sizeof *tensor);
    d->tensor = tensor ? tensor : d->tensor;
    void **copy = realloc(d->copy, room * sizeof *copy);
    d->copy = copy ? copy : d->copy;
    if (tensor && copy)
        d->room = room;
    return tensor && copy;
}

static void add(Dump *d, const void *data, WeightDtype dtype, Shape shape, const char *fmt, va_list args)
{
    char name[NAME_MAX_BYTES];
    vsnprintf(name, sizeof name, fmt, args);
    WeightTensor t = { .name = strdup(name), .dtype = dtype, .rank = shape.rank, .data = data };
    if (d->failed || !t.name || (d->count == d->room && !grow(d))) {
        d->failed = true;
        free((char *)t.name);
        return;
    }
    memcpy(t.dim, shape.dim, (size_t)shape.rank * sizeof *t.dim);
    size_t elements;
    if (!weight_shape_size(dtype, shape.rank, t.dim, &elements, &t.bytes))
        t.bytes = 0;
    d->copy[d->count] = NULL;
    d->tensor[d->count++] = t;
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

void dump_keep(Dump *d)
{
    if (d->failed || d->count == 0)
        return;
    WeightTensor *t = &d->tensor[d->count - 1];
    void *copy = malloc(t->bytes + 1);
    d->failed = copy == NULL;
    if (copy) {
        memcpy(copy, t->data, t->bytes);
        t->data = d->copy[d->count - 1] = copy;
    }
}

bool dump_write(const Dump *d, const char *path, Err *err)
{
    if (path && d->failed)
        return err_set(err, ERR_NOMEM, "%s: no memory to write it", path);
    return !path || safetensors_write(path, d->tensor, d->count, err);
}

void dump_clear(Dump *d)
{
    for (size_t i = 0; i < d->count; i++) {
        free((char *)d->tensor[i].name);
        free(d->copy[i]);
    }
    free(d->tensor);
    free(d->copy);
    *d = (Dump){ 0 };
}

float *dump_channels_first(const float *image, size_t pixels, size_t channels)
{
    float *out = malloc((pixels * channels + 1) * sizeof *out);
    for (size_t i = 0; out && i < pixels; i++)
        for (size_t k = 0; k < channels; k++)
            out[k * pixels + i] = image[i * channels + k];
    return out;
}
