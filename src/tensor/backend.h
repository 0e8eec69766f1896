/* tensor/backend.h: what a device must be able to do. Private to the tensor core; models see ops.h only.
 *
 * The functions of ops.h check arguments and shapes, make the result `y` in the arena and call the backend,
 * which only computes: tensors are there, dtypes and shapes fit as ops.h says, and nothing is empty (a result
 * without elements never reaches the backend). Activations are f32. A backend that fails calls op_fail. */
#ifndef FACET_TENSOR_BACKEND_H
#define FACET_TENSOR_BACKEND_H

#include "tensor/ops.h"
#include "tensor/weight.h"

typedef enum { BINARY_ADD, BINARY_SUB, BINARY_MUL } Binary;

/* Where q, k and v are, whether in tensors of their own or side by side in one. Strides are in elements. A
 * missing batch is n = 1; missing segments are one segment of all rows. */
typedef struct {
    const float *q, *k, *v;
    float *y;
    size_t n, queries, keys;
    size_t heads, kv_heads, d, e; /* e: channels of a head of v and y */
    size_t q_row, k_row, v_row;   /* from one row to the next; of y it is heads * e */
    size_t q_batch, k_batch, v_batch;
    float scale;
    bool causal;
    const float *bias; /* NULL: none */
    size_t bias_heads; /* 1 or heads */
    const float *rel_h, *rel_w;
    size_t rel_kh, rel_kw;
    const size_t *segment_ends;
    size_t segments;
} Attention;

typedef struct {
    size_t n, h, w, c; /* of x */
    size_t oh, ow, o;  /* of y */
    size_t kh, kw, kt; /* of the weight [o, c / groups, (kt,) kh, kw] */
    size_t stride, pad, dilation, groups;
    size_t pad_bottom, pad_right; /* pad + pad_end */
    Act act;
} Conv;

typedef struct {
    size_t n, t, heads, d, r; /* r: pairs that turn */
    RopeLayout layout;
} RopeShape;

#define BACKEND_OPS(X)                                                                                    \
    /* y [..]: all elements */                                                                            \
    X(fill, (OpCtx * c, Tensor y, float value))                                                           \
    X(upload, (OpCtx * c, Tensor y, Tensor host))                                                         \
    X(download, (OpCtx * c, Tensor x, float *out))                                                        \
    X(move, (OpCtx * c, void *to, const void *from, size_t bytes)) /* may overlap */                      \
    /* rows of row_bytes, of which copies of one source row may follow each other: strides in bytes */    \
    X(copy_rows, (OpCtx * c, void *to, size_t to_stride, const void *from, size_t from_stride,            \
                  size_t row_bytes, size_t rows))                                                         \
    X(permute, (OpCtx * c, Tensor y, Tensor x, const int *axes))                                          \
    X(gather, (OpCtx * c, Tensor y, Tensor x, Tensor ids))                                                \
    X(embedding, (OpCtx * c, Tensor y, const Weight *table, Tensor ids))                                  \
    X(windows, (OpCtx * c, Tensor y, Tensor x, size_t size))                                              \
    X(unwindows, (OpCtx * c, Tensor y, Tensor x, size_t size))                                            \
    X(linear, (OpCtx * c, Tensor y, Tensor x, const Linear *l, const LowRank *changes, Act act))          \
    /* n matrices a [m, k] by b [k, n], or [n, k]; b_batch: is there a b for each */                      \
    X(matmul, (OpCtx * c, Tensor y, Tensor a, Tensor b, bool transposed, bool b_batch))                   \
    X(attention, (OpCtx * c, const Attention *a))                                                         \
    X(rel_pos, (OpCtx * c, Tensor y, Tensor q, Tensor table, size_t height, size_t width, RelAxis axis))  \
    X(rope, (OpCtx * c, Tensor y, Tensor x, Tensor cosines, Tensor sines, RopeShape s))                   \
    X(conv2d, (OpCtx * c, Tensor y, Tensor x, const Linear *conv, Conv s))                                \
    X(conv_transpose2d, (OpCtx * c, Tensor y, Tensor x, const Linear *conv, Conv s))                      \
    X(max_pool2d, (OpCtx * c, Tensor y, Tensor x, size_t size, size_t stride))                            \
    X(resize, (OpCtx * c, Tensor y, Tensor x, ResizeMode mode))                                           \
    X(layer_norm, (OpCtx * c, Tensor y, Tensor x, const Norm *norm, float eps))                           \
    X(rms_norm, (OpCtx * c, Tensor y, Tensor x, const Norm *norm, float eps))                             \
    X(group_norm,                                                                                         \
      (OpCtx * c, Tensor y, Tensor x, const Norm *norm, size_t batch, size_t groups, float eps, Act act)) \
    X(normalize, (OpCtx * c, Tensor y, Tensor x, float eps))                                              \
    /* from here on b, shift, scale, gate repeat: element i meets element i modulo their count */         \
    X(modulate, (OpCtx * c, Tensor y, Tensor x, Tensor shift, Tensor scale))                              \
    X(binary, (OpCtx * c, Tensor y, Tensor a, Tensor b, Binary op))                                       \
    X(act_mul, (OpCtx * c, Tensor y, Tensor gate, Tensor x, Act act))                                     \
    X(affine, (OpCtx * c, Tensor y, Tensor x, float mul, float add))                                      \
    X(act, (OpCtx * c, Tensor y, Tensor x, Act act))                                                      \
    X(add_scaled, (OpCtx * c, Tensor x, float s, Tensor y))                                               \
    X(add_gated, (OpCtx * c, Tensor x, Tensor gate, Tensor y))                                            \
    X(softmax, (OpCtx * c, Tensor y, Tensor x))                                                           \
    X(sum_rows, (OpCtx * c, Tensor y, Tensor x, float scale))

typedef struct {
    const char *name;
    bool (*open)(OpCtx *c, const char *variant, Err *err); /* variant: what follows "name:", or empty */
    void (*close)(OpCtx *c);
    bool (*wait)(OpCtx *c, Err *err);       /* until everything asked for is done */
    void *(*alloc)(OpCtx *c, size_t bytes); /* a chunk for the arena, aligned to 64 bytes; NULL: none left */
    void (*release)(OpCtx *c, void *p, size_t bytes);
    Tensor (*weight)(OpCtx *c, const Weight *w); /* as f32 on the device, kept with the weight */
#define BACKEND_FIELD(op, args) void(*op) args;
    BACKEND_OPS(BACKEND_FIELD)
#undef BACKEND_FIELD
} Backend;

extern const Backend plain_backend, cpu_backend;

/* What backends need of a context. */
typedef struct {
    void *data;
    size_t bytes;
} ArenaChunk;

struct OpCtx {
    const Backend *backend;
    void *device; /* the backend's own */
    int threads;
    Err err; /* the first failure */
    ArenaChunk *chunks;
    size_t chunk_count, chunk, used; /* the arena's end is at `used` in chunks[chunk] */
    size_t full;                     /* bytes of the chunks before that one */
    size_t limit, peak;
};

/* Memory in the arena, aligned to 64 bytes; NULL and a sticky error where there is none. */
void *op_alloc(OpCtx *c, size_t bytes);

/* For the functions of ops.h: record "op: a f32 [..], b f32 [..]: why" and return the empty tensor. */
Tensor op_misfit(OpCtx *c, const char *op, const char *why, const Tensor *args, int count);
/* False where the context has failed or, with an error recorded, an argument is empty or no activation. */
bool op_ready(OpCtx *c, const char *op, const Tensor *args, int count);
#define OP_READY(c, op, ...) \
    op_ready(c, op, (Tensor[]){ __VA_ARGS__ }, (int)(sizeof((Tensor[]){ __VA_ARGS__ }) / sizeof(Tensor)))
#define OP_MISFIT(c, op, why, ...)                   \
    op_misfit(c, op, why, (Tensor[]){ __VA_ARGS__ }, \
              (int)(sizeof((Tensor[]){ __VA_ARGS__ }) / sizeof(Tensor)))

#endif
