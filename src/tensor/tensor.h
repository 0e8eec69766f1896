/* tensor/tensor.h: an array of numbers with a shape: the value that weights, operations and models pass
 * around. */
#ifndef FACET_TENSOR_TENSOR_H
#define FACET_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef enum {
    DTYPE_NONE = 0, /* of an empty tensor */
    DTYPE_F32,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_I32,
    DTYPE_U8,
    DTYPE_NF4, /* bitsandbytes, 4 bits an element: Tensor.nf4 says how they are read */
    /* Blocks of 32 and of 256 elements of a row, as gguf files hold them: tensor/blocks.h. */
    DTYPE_Q4_0,
    DTYPE_Q4_1,
    DTYPE_Q5_0,
    DTYPE_Q5_1,
    DTYPE_Q8_0,
    DTYPE_Q2_K,
    DTYPE_Q3_K,
    DTYPE_Q4_K,
    DTYPE_Q5_K,
    DTYPE_Q6_K,
    DTYPE_COUNT,
} Dtype;

enum { TENSOR_MAX_RANK = 5 };

/* Lengths, outermost first. Write one as SHAPE(64, 64, 256). Rank 0 is a single number. */
typedef struct {
    int rank;
    size_t dim[TENSOR_MAX_RANK];
} Shape;

#define SHAPE(...) \
    ((Shape){ .rank = (int)(sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t)), .dim = { __VA_ARGS__ } })

/* How bitsandbytes stores a 4-bit weight. Elements are numbered in row-major order over the whole tensor;
 * element i is the high half of byte i / 2 where i is even, the low half where it is odd. Its value is
 *     code[nibble] * absmax(i / block)
 * and absmax(b) is absmax[b], or, where that is NULL ("double quantisation"),
 *     nested_code[absmax_u8[b]] * nested_absmax[b / nested_block] + nested_offset
 * The arrays are borrowed; their lengths were checked by whoever made the tensor. */
typedef struct {
    float code[16];
    size_t block; /* elements that share a scale, 64 as a rule */
    const float *absmax;
    const uint8_t *absmax_u8;
    const float *nested_code; /* 256 of them */
    const float *nested_absmax;
    size_t nested_block; /* 256 as a rule */
    float nested_offset;
} Nf4;

/* What the codes of block number `block` are multiplied with. */
float nf4_scale(const Nf4 *q, size_t block);

/* Contiguous, row-major. A value: copy it freely, it owns nothing. Whoever made `data` says how long it
 * lives: the arena of an OpCtx until its reset, a mapped checkpoint until it is closed. Activations belong to
 * the device of their OpCtx, and only operations touch their data; weights as a checkpoint holds them are in
 * host memory. Activations are token matrices [rows, channels] or images [H, W, C]; a batch is one more
 * dimension in front. The empty tensor {0} stands for "none", and is what operations on a failed context
 * return. */
typedef struct {
    void *data;
    size_t dim[TENSOR_MAX_RANK]; /* 0 beyond rank */
    int rank;
    Dtype dtype;
    const Nf4 *nf4; /* with DTYPE_NF4 only */
} Tensor;

/* "f32", "nf4" and so on; "none" for what is no dtype. */
const char *dtype_name(Dtype d);
/* Bytes of `count` elements stored in a row of their own; count must be a multiple of dtype_block(). */
size_t dtype_bytes(Dtype d, size_t count);
/* Elements that are stored together: 1, 2 for nf4, 32 for q8_0, 256 for q4_k and so on. */
size_t dtype_block(Dtype d);

/* The number of elements of a shape in *count, its size as `d` in *bytes (either may be NULL). False where
 * one does not fit into size_t, or the last dimension (nf4: the whole) is no multiple of a block. */
bool shape_size(Shape s, Dtype d, size_t *count, size_t *bytes);
bool shape_equal(Shape a, Shape b);

/* A tensor over memory that exists. */
Tensor tensor_of(void *data, Dtype d, Shape s);
Shape tensor_shape(Tensor t);
size_t tensor_count(Tensor t); /* elements; 0 for the empty tensor, 1 at rank 0 */
size_t tensor_bytes(Tensor t);
size_t tensor_cols(Tensor t); /* the last dimension: channels; 1 at rank 0 */
size_t tensor_rows(Tensor t); /* the product of all others */
bool tensor_same_shape(Tensor a, Tensor b);
bool tensor_is(Tensor t); /* false for the empty tensor */

/* "f32 [64, 64, 256]", for messages. Returns buf. */
const char *tensor_describe(Tensor t, char *buf, size_t size);

/* The elements [first, first + count) of a host tensor of any dtype, as f32. For quantised dtypes first must
 * be a multiple of dtype_block() (nf4: any). f16 and bf16 convert exactly; i32 rounds; u8 is its number. */
void tensor_to_f32(Tensor host, size_t first, size_t count, float *out);

/* What an operation has made of a weight for its device: packed, converted, uploaded. Private to the tensor
 * core. */
typedef struct WeightPack WeightPack;

/* A tensor of a model: as the checkpoint holds it, in host memory, any dtype. It must outlive the model. What
 * a backend makes of it at first use is kept beside it, so fill a Weight once, leave it where it is (never
 * copy it after its first use), and clear it when the model is freed. A model may be used by several contexts
 * and threads at a time: the field `packs` is only touched atomically, also through a pointer to const. Start
 * it as {0}; a weight without data stands for "none" where an operation says that it may be missing. */
typedef struct {
    Tensor host;
    bool mapped; /* `host` lies in a mapped file: its pages may be given back to the system once packed */
    WeightPack *packs;
} Weight;

/* A linear or convolution layer: bias [O] may be missing. */
typedef struct {
    Weight weight; /* linear [O, I]; convolution [O, I / groups, kh, kw]; transposed convolution [I, O, kh,
                      kw] */
    Weight bias;
} Linear;

/* A low-rank change of a linear layer (LoRA: Hu et al. 2021, arXiv:2106.09685): scale * up(down(x)) is added to what the layer
 * makes of x, and to that what the next change makes. */
typedef struct LowRank {
    Weight down, up; /* [R, I], [O, R] */
    float scale;
    const struct LowRank *next; /* NULL: no more */
} LowRank;

/* A normalisation's own scale and shift, [C] each; both may be missing. */
typedef struct {
    Weight weight, bias;
} Norm;

/* Free what backends keep of it; the host tensor is not touched. Also for an empty weight, and twice. */
void weight_clear(Weight *w);
void linear_clear(Linear *l);
void norm_clear(Norm *n);
void low_rank_clear(LowRank *r); /* this one only */

#endif
