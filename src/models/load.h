/* models/load.h: the parameters of a model, taken by name from a checkpoint and checked against their shapes. */
#ifndef FACET_MODELS_LOAD_H
#define FACET_MODELS_LOAD_H

#include "tensor/tensor.h"
#include "weights/weights.h"

/* A model being loaded. Every function below takes a name as printf does; what is missing, of another shape or of a
 * type that is no floating point number is remembered for load_finish(), and the parameter then is empty. Parameters
 * borrow from the checkpoint, which must outlive the model. */
typedef struct {
    Weights *weights;
    Err err; /* the first thing that weights_finish() cannot know */
} Loader;

/* A parameter of this shape. */
void load_weight(Loader *l, Weight *out, Shape shape, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
/* <name>.weight [out, in] and <name>.bias [out]. The weight may be in 4 bits (weights/nf4.h) or in blocks (tensor/blocks.h). */
void load_linear(Loader *l, Linear *layer, size_t out, size_t in, const char *name, ...)
    __attribute__((format(printf, 5, 6)));
/* A convolution [out, in, kernel, kernel], with or without <name>.bias [out]. */
typedef struct {
    size_t out, in, kernel;
    size_t
        frames; /* of a convolution over time, [out, in, frames, kernel, kernel]; 0: there is no such dimension */
    bool no_bias;
    bool transposed; /* the weight is [in, out, kernel, kernel] */
} ConvShape;
void load_conv(Loader *l, Linear *layer, ConvShape s, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
/* <name>.weight and <name>.bias, [channels] each. */
void load_norm(Loader *l, Norm *norm, size_t channels, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
/* A parameter that the host computes with: shape_size() f32 numbers, which the caller frees; NULL when it cannot be had. */
float *load_floats(Loader *l, Shape shape, const char *name, ...) __attribute__((format(printf, 3, 4)));

/* Whether the checkpoint has a tensor of this name; its shape, where `shape` is not NULL. Hyper-parameters are read so. */
bool load_shape(const Loader *l, Shape *shape, const char *name, ...) __attribute__((format(printf, 3, 4)));

/* Tensors whose names start so are there and not used. */
void load_ignore(Loader *l, const char *name, ...) __attribute__((format(printf, 2, 3)));

/* Say that the checkpoint is no such model: sizes that do not go together, for instance. The first one counts. */
void load_fail(Loader *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same where memory ran out: ERR_NOMEM, "no memory for <what>". */
void load_no_memory(Loader *l, const char *what);

/* Whether everything was there and everything there was used; else *err names the file and what does not fit. */
bool load_finish(Loader *l, Err *err) __attribute__((warn_unused_result));

#endif
