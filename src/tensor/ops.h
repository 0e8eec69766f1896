/* tensor/ops.h: every operation a model is made of: the whole contract between models and devices.
 *
 * A forward pass reads as a formula:
 *
 *     OpCtx *c = op_open(&(OpOptions){ .threads = 2 }, &err);
 *     Tensor x = op_upload(c, image);                            // f32 [64, 64, 1280] from the host
 *     Tensor y = op_add(c, x, mlp(c, &w->mlp, op_layer_norm(c, x, &w->norm2, 1e-6f)));
 *     op_download(c, y, out);
 *     if (!op_finish(c, &err)) ...
 *
 * Common to all of them:
 * - Results are in the arena of `c` and live until op_reset() to an earlier mark. Arguments are borrowed.
 * - "[.., C]" is any rank from 1 up: the operation works on rows of C, and the result keeps the leading
 *   dimensions. A linear layer thus also is a 1x1 convolution, and a layer norm on an image is the
 *   reference's LayerNorm2d.
 * - Activations have the one dtype of the context, f32 on the CPU; no model names it. Sums are kept in f32
 *   at least.
 * - Weights have any dtype (Weight, Linear, Norm in tensor.h) and are converted and packed at first use.
 * - Errors stick: a wrong shape, missing memory or a failing device is recorded in `c` with the operation's
 *   name and the shapes; every later operation does nothing and returns the empty tensor; op_finish() reports
 *   it, once. An empty tensor as an argument is an error, except where "may be missing" is said.
 * - A dimension of length 0 is allowed and gives an empty or a zero result.
 * - Results depend neither on the number of threads nor on earlier calls.
 * - A context belongs to one thread at a time. Contexts share only weights, which they may use at once. */
#ifndef FACET_TENSOR_OPS_H
#define FACET_TENSOR_OPS_H

#include "tensor/tensor.h"

/* ---- context ---- */

typedef struct OpCtx OpCtx;

typedef struct {
    /* "cpu" (default), or "plain": slow loops in double precision that tests compare with. "cpu:avx2" and
     * "cpu:plain" hold our own kernels back to such vectors. */
    const char *backend;
    int threads;         /* 0: all processors of this process */
    size_t memory_limit; /* bytes of arena; 0: no limit */
} OpOptions;

/* NULL with *err set: no such backend, or it does not run on this machine. */
OpCtx *op_open(const OpOptions *o, Err *err);
void op_close(OpCtx *c); /* also for NULL */

/* The outcome of everything since the last op_finish, after waiting for the device. False with *err set to
 * the first failure; the context works again afterwards. */
bool op_finish(OpCtx *c, Err *err);
/* Has nothing failed so far? For leaving a long loop early. */
bool op_ok(const OpCtx *c);
/* Record a failure of the model's own (the first one counts). Returns the empty tensor. */
Tensor op_fail(OpCtx *c, ErrKind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Everything made after op_mark is gone after op_reset to it. {0} is the beginning; memory is kept. */
typedef struct {
    size_t chunk, used;
} ArenaMark;

ArenaMark op_mark(const OpCtx *c);
void op_reset(OpCtx *c, ArenaMark mark);
/* op_reset, but carry x (made after the mark) over; its data move, the returned tensor is valid. */
Tensor op_reset_keep(OpCtx *c, ArenaMark mark, Tensor x);
/* The most bytes that were in use at a time. */
size_t op_peak(const OpCtx *c);
int op_threads(const OpCtx *c);

/* ---- making, moving in and out ---- */

Tensor op_new(OpCtx *c, Shape s); /* contents undefined */
Tensor op_zeros(OpCtx *c, Shape s);
Tensor op_fill(OpCtx *c, Shape s, float value);
/* A copy of a host tensor. Floats of any dtype (u8 counts as one) become activations; i32 stays i32. */
Tensor op_upload(OpCtx *c, Tensor host);
Tensor op_from_f32(OpCtx *c, const float *data, Shape s);
Tensor op_from_i32(OpCtx *c, const int32_t *data, Shape s);
/* Wait for x and copy it to host memory, as f32. On a failed context `out` stays untouched. */
void op_download(OpCtx *c, Tensor x, float *out);
/* op_download to memory of its own, which the caller frees; NULL on a failed context. */
float *op_fetch(OpCtx *c, Tensor x);
/* A parameter as an activation (position embeddings, learned tokens); it stays with the weight. */
Tensor op_weight(OpCtx *c, const Weight *w);

/* The same elements under another shape; no copy. */
Tensor op_reshape(OpCtx *c, Tensor x, Shape s);
/* [first, first + count) of the outermost dimension; no copy, writes go through. */
Tensor op_rows(OpCtx *c, Tensor x, size_t first, size_t count);
/* [first, first + count) of the last dimension; a copy. It splits what one linear made for q, k and v. */
Tensor op_cols(OpCtx *c, Tensor x, size_t first, size_t count);
/* One after the other along the outermost (all other dimensions equal), or along the last dimension. */
Tensor op_concat_rows(OpCtx *c, Tensor a, Tensor b);
Tensor op_concat_cols(OpCtx *c, Tensor a, Tensor b);
/* y.dim[i] = x.dim[axes[i]]: axes is a permutation, one entry a dimension of x. */
Tensor op_permute(OpCtx *c, Tensor x, const int *axes);
/* Swap the last two dimensions. */
Tensor op_transpose(OpCtx *c, Tensor x);
Tensor op_copy(OpCtx *c, Tensor x);
/* `times` copies one after the other along a leading dimension put in front: [..] becomes [times, ..]. */
Tensor op_repeat(OpCtx *c, Tensor x, size_t times);
/* y[i] = x[ids[i]], along the outermost dimension. ids is i32 [n]; one out of range fails the context. */
Tensor op_gather(OpCtx *c, Tensor x, Tensor ids);
/* The same from a parameter [V, C] of any dtype, of which only those rows are converted. */
Tensor op_embedding(OpCtx *c, const Weight *table, Tensor ids);

/* Cut an image [H, W, C] into windows [n, size, size, C], row by row; zeros fill up below and on the right. */
Tensor op_windows(OpCtx *c, Tensor x, size_t size);
/* And back: [n, size, size, C] to [height, width, C], without the filling. */
Tensor op_unwindows(OpCtx *c, Tensor x, size_t height, size_t width);
/* Zeros around an image [.., H, W, C]: lines above and below, columns left and right. */
typedef struct {
    size_t top, bottom, left, right;
} Padding;
Tensor op_pad(OpCtx *c, Tensor x, Padding p);
/* [.., H, W, C] to [.., height, width, C] from line `top` and column `left` on. */
Tensor op_crop(OpCtx *c, Tensor x, size_t top, size_t left, size_t height, size_t width);

/* ---- linear algebra ---- */

typedef enum {
    ACT_NONE = 0,
    ACT_RELU,
    ACT_GELU,       /* x * (1 + erf(x / sqrt 2)) / 2: torch's default */
    ACT_GELU_TANH,  /* x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2 */
    ACT_QUICK_GELU, /* x * sigmoid(1.702 x): CLIP's */
    ACT_SILU,       /* x * sigmoid(x) */
    ACT_SIGMOID,    /* 1 / (1 + exp(-x)) */
    ACT_TANH,
    ACT_EXP,
    ACT_COUNT,
} Act;

/* y[r, o] = sum over i of x[r, i] * weight[o, i], + bias[o]. x [.., I], weight [O, I]; y [.., O]. */
Tensor op_linear(OpCtx *c, Tensor x, const Linear *l);
/* act(op_linear(x)) */
Tensor op_linear_act(OpCtx *c, Tensor x, const Linear *l, Act act);
/* act(op_linear(x) + scale * up(down(x)) of all `changes`, which may be NULL). One op, because apart from the layer a LoRA
 * of rank 32 costs a tenth of a transformer block, and in its sums a fiftieth (bench_qwen_image). */
Tensor op_linear_changed(OpCtx *c, Tensor x, const Linear *l, const LowRank *changes, Act act);

/* Matrix by matrix: a [.., M, K], b [.., K, N]; y [.., M, N]. Leading dimensions are equal, or b has rank 2
 * and is used for all. Neither is a parameter: for those there is op_linear. */
Tensor op_matmul(OpCtx *c, Tensor a, Tensor b);
/* The same with b [.., N, K]: a times b transposed. */
Tensor op_matmul_t(OpCtx *c, Tensor a, Tensor b);

typedef struct {
    int heads;
    int kv_heads; /* grouped keys: head h reads k and v of head h / (heads / kv_heads). 0: as many as heads */
    float scale;  /* of q.k; 0: 1 / sqrt(D) */
    bool causal;  /* query i sees keys up to i + K - Q: the queries are the last Q of the K positions */

    /* Added to the scaled scores; may be missing: [1 or heads, Q, K], the same for the whole batch. -INFINITY
     * hides a key; where a query sees none, its result is zero. */
    Tensor bias;

    /* Decomposed relative positions, as op_rel_pos makes them; both or none. [N, heads, Q, Kh] and [N, heads,
     * Q, Kw] (without N where q has none), Kh * Kw = K. To the score of key j they add rel_h[.., j / Kw] +
     * rel_w[.., j % Kw]. */
    Tensor rel_h, rel_w;

    /* Rows that belong together: segment s is the rows [ends[s - 1], ends[s]) of q and also of k and v (Q =
     * K), and attends to itself only. Ends ascend and the last is Q. NULL: one segment. Borrowed host memory;
     * no batch. */
    const size_t *segment_ends;
    size_t segments;
} AttentionOpts;

/* softmax over keys of (scale * q.k + biases), times v, for each head on its own.
 * q [N, Q, heads * D], k [N, K, kv_heads * D], v [N, K, kv_heads * E], all with or all without the batch N; a
 * head's channels lie together. y [N, Q, heads * E]. */
Tensor op_attention(OpCtx *c, Tensor q, Tensor k, Tensor v, AttentionOpts o);
/* The same where one linear layer made all three: qkv [N, T, 3 * heads * D] holds q, then k, then v in each
 * row (N may be missing; as many key as query heads). Saves the copies of op_cols. */
Tensor op_attention_qkv(OpCtx *c, Tensor qkv, AttentionOpts o);

/* One half of the decomposed relative position bias of ViTDet and SAM (Li et al. 2022, arXiv:2203.16527):
 *     y[n, head, i, j] = sum over d of q[n, i, head * D + d] * table[p(i) - j + S - 1, d],   j = 0 .. S - 1
 * q [N, H * W, heads * D] (N may be missing), queries in raster order over a grid H x W; p(i) is i / W and S
 * = H for REL_ROWS, i % W and S = W for REL_COLS. table [2 S - 1, D]. y [N, heads, H * W, S]. D is the
 * table's; rows of q may be longer than heads * D (qkv as it is), the rest is not looked at. */
typedef enum { REL_ROWS, REL_COLS } RelAxis;
Tensor op_rel_pos(OpCtx *c, Tensor q, Tensor table, int heads, size_t height, size_t width, RelAxis axis);

/* Rotary positions: pairs of channels of each head turn by the angle of their row. cos and sin are [T, R], R
 * <= D / 2. (a, b) becomes (a * cos - b * sin, a * sin + b * cos) ROPE_PAIRS: pair i is the channels 2i, 2i +
 * 1 (FLUX, Qwen-Image). ROPE_HALVES: i and R + i (Qwen2.5-VL, LLaMA). Channels from 2R on stay. */
typedef enum { ROPE_PAIRS, ROPE_HALVES } RopeLayout;
typedef struct {
    Tensor cos, sin;
    int head_dim; /* D */
    RopeLayout layout;
} Rope;
/* x [N, T, heads * D], N may be missing; y is a copy. */
Tensor op_rope(OpCtx *c, Tensor x, Rope r);

/* ---- images, [H, W, C] or [N, H, W, C] ---- */

typedef struct {
    size_t stride;   /* 0: 1 */
    size_t pad;      /* zeros on all four sides */
    size_t pad_end;  /* zeros added to those at the bottom and on the right only (the VAE's downsampling) */
    size_t dilation; /* 0: 1 */
    size_t groups;   /* 0: 1; C: depthwise */
    Act act;
} ConvOpts;

/* act(convolution + bias): y[.., oy, ox, o] = sum over i, ky, kx of
 *     x[.., oy * stride + ky * dilation - pad, ox * stride + kx * dilation - pad, i] * weight[o, i, ky, kx]
 * weight [O, C / groups, kh, kw]. Of a weight [O, C, kt, kh, kw] the last kt is used: what a causal
 * convolution over time does to a single frame. y [.., H', W', O], H' = (H + 2 pad + pad_end - dilation (kh -
 * 1) - 1) / stride + 1. */
Tensor op_conv2d(OpCtx *c, Tensor x, const Linear *conv, ConvOpts o);

/* y[.., y * stride + ky, x * stride + kx, o] += x[.., y, x, i] * weight[i, o, ky, kx], + bias[o], act.
 * weight [C, O, kh, kw]; y [.., (H - 1) * stride + kh, (W - 1) * stride + kw, O]. */
Tensor op_conv_transpose2d(OpCtx *c, Tensor x, const Linear *conv, size_t stride, Act act);

/* The largest of each size x size field; no padding. y [.., (H - size) / stride + 1, .., C]. */
Tensor op_max_pool2d(OpCtx *c, Tensor x, size_t size, size_t stride);

/* torch.nn.functional.interpolate to a size, align_corners=False. The antialiased ones are its
 * antialias=True. */
typedef enum {
    RESIZE_NEAREST, /* source floor(i * in / out) */
    RESIZE_BILINEAR,
    RESIZE_BILINEAR_ANTIALIAS,
    RESIZE_BICUBIC,           /* a = -0.75 */
    RESIZE_BICUBIC_ANTIALIAS, /* a = -0.5, as Pillow */
} ResizeMode;
Tensor op_resize(OpCtx *c, Tensor x, size_t height, size_t width, ResizeMode mode);

/* ---- normalisation ---- */

/* Each row of C channels: (x - mean) / sqrt(variance + eps) * weight + bias. norm may be NULL. */
Tensor op_layer_norm(OpCtx *c, Tensor x, const Norm *norm, float eps);
/* x / sqrt(mean of squares + eps) * weight + bias. For a norm of each head, op_reshape first. */
Tensor op_rms_norm(OpCtx *c, Tensor x, const Norm *norm, float eps);
/* act(layer norm over H, W and C / groups neighbouring channels * weight + bias), of one image [H, W, C] (or
 * rows [T, C]) or of each of several [N, H, W, C]. */
Tensor op_group_norm(OpCtx *c, Tensor x, const Norm *norm, size_t groups, float eps, Act act);
/* x / max(length of the row, eps) */
Tensor op_normalize(OpCtx *c, Tensor x, float eps);
/* x * (1 + scale) + shift; scale and shift broadcast as in op_add. */
Tensor op_modulate(OpCtx *c, Tensor x, Tensor shift, Tensor scale);

/* ---- element by element ---- */

/* b has the shape of a, or the last dimensions of it (a position embedding under a batch), possibly written
 * with leading ones ([1, C] for a row), or one element. The result has the shape of a. */
Tensor op_add(OpCtx *c, Tensor a, Tensor b);
Tensor op_sub(OpCtx *c, Tensor a, Tensor b);
Tensor op_mul(OpCtx *c, Tensor a, Tensor b);
/* act(gate) * x, same shapes: the middle of a gated MLP. */
Tensor op_act_mul(OpCtx *c, Tensor gate, Tensor x, Act act);
/* x * mul + add */
Tensor op_affine(OpCtx *c, Tensor x, float mul, float add);
Tensor op_act(OpCtx *c, Tensor x, Act act);

/* In place, on x; y broadcasts as b in op_add. */
void op_copy_to(OpCtx *c, Tensor x, Tensor y);             /* x = y, of the same shape */
void op_add_to(OpCtx *c, Tensor x, Tensor y);              /* x += y */
void op_add_scaled(OpCtx *c, Tensor x, float s, Tensor y); /* x += s * y */
void op_add_gated(OpCtx *c, Tensor x, Tensor gate,
                  Tensor y); /* x += gate * y: y has the shape of x, gate broadcasts */

/* ---- along rows ---- */

/* exp(x - max) / sum, along the last dimension; a row of -INFINITY becomes zero. */
Tensor op_softmax(OpCtx *c, Tensor x);
/* Over the outermost dimension: [R, ..] to [..]. A mean of nothing is zero. */
Tensor op_sum_rows(OpCtx *c, Tensor x);
Tensor op_mean_rows(OpCtx *c, Tensor x);

#endif
