/* tensor/cpu/kernels.h: inner loops, compiled once for each width of vectors. */
#ifndef FACET_TENSOR_CPU_KERNELS_H
#define FACET_TENSOR_CPU_KERNELS_H

#include "tensor/backend.h"

/* Lanes that matrix tiles are wide, and rows that they may be high. */
enum { TILE_COLS = 32, TILE_ROWS = 14 };

/* Up to 32 queries of one head and the keys [0, keys) that they attend to. Keys and values lie in panels of as many
 * as a tile has rows, so that a tile reads one stream. */
enum {
    ATTEND_KEYS = 12 * TILE_ROWS
}; /* keys at a time: their scores, 21 KB, stay in the first-level cache */
typedef struct {
    size_t queries, keys, d, e;
    const float *q; /* [d, 32], scaled; 0 beyond `queries` */
    const float *k; /* [keys / 14 rounded up, d, 14] */
    const float *v; /* [e / v_high rounded up, v_step]: in each [.., v_high], of which `keys` count */
    size_t v_high, v_step;
    bool causal;
    ptrdiff_t visible;          /* query i sees the keys below visible + i; may be negative */
    const float *bias;          /* [keys, 32]; or NULL */
    const float *rel_h, *rel_w; /* [kh, 32], [kw, 32]; or NULL */
    size_t rel_kw;
    float *score; /* ATTEND_KEYS * 32, for the scores */
    float *out;   /* [e, 32], for what is summed so far */
    float *y;     /* [queries, e], rows y_row apart */
    size_t y_row;
} Attend;

/* All work on one thread and on rows that do not overlap, except that y may be the first operand. The results of
 * avx2 and avx512 are the same bits. */
typedef struct {
    const char *name;

    void (*act)(float *y, const float *x, size_t n, Act act);
    void (*act_mul)(float *y, const float *gate, const float *x, size_t n, Act act);
    void (*binary)(float *y, const float *a, const float *b, size_t n, Binary op);
    void (*modulate)(float *y, const float *x, const float *shift, const float *scale, size_t n);
    void (*affine)(float *y, const float *x, float mul, float add, size_t n);
    void (*add_scaled)(float *x, float s, const float *y, size_t n);
    void (*add_gated)(float *x, const float *gate, const float *y, size_t n);
    void (*max)(float *y, const float *x, size_t n);

    /* One row; weight and bias may be NULL. */
    void (*layer_norm)(float *y, const float *x, const float *weight, const float *bias, size_t n, float eps);
    void (*rms_norm)(float *y, const float *x, const float *weight, const float *bias, size_t n, float eps);
    void (*normalize)(float *y, const float *x, size_t n, float eps);
    void (*softmax)(float *y, const float *x, size_t n);
    float (*dot)(const float *a, const float *b, size_t n);
    /* sum[i] += x[r][i], and with a mean [n]: += (x[r][i] - mean[i])^2, over rows that lie n apart */
    void (*column_sums)(float *sum, const float *x, size_t rows, size_t n);
    void (*column_squares)(float *sum, const float *x, const float *mean, size_t rows, size_t n);
    /* y = act(x * mul + add), channel by channel */
    void (*scale_shift)(float *y, const float *x, const float *mul, const float *add, size_t n, Act act);

    /* As tensor_to_f32. */
    void (*widen)(Tensor host, size_t first, size_t count, float *out);
    void (*rope)(float *y, const float *x, const float *cosines, const float *sines, size_t heads, size_t d,
                 size_t r, RopeLayout layout);
    /* y[i] = sum over t of weight[t] * x[t * step + i] */
    void (*mix)(float *y, const float *x, size_t step, const float *weight, size_t taps, size_t n);
    /* Pixel i of a line of `out`, of c channels each, is the sum over t of weight[i * taps + t] * x[first[i] + t]. */
    void (*mix_line)(float *y, const float *x, const size_t *first, const float *weight, size_t taps,
                     size_t out, size_t c);
    /* y[j * y_row + i] = x[i * x_row + j], i < rows, j < cols */
    void (*transpose)(float *y, size_t y_row, const float *x, size_t x_row, size_t rows, size_t cols);

    /* y[i * y_row + j] (+)= sum over p < k of a[p * a_step + i] * b[p * b_step + j]: i < rows <= 14, j < 32 */
    void (*tile)(float *y, size_t y_row, const float *a, size_t a_step, const float *b, size_t b_step,
                 size_t k, size_t rows, bool add);
    void (*attend)(const Attend *a);
} CpuKernels;

extern const CpuKernels cpu_kernels_plain, cpu_kernels_avx2, cpu_kernels_avx512;

/* Those of that name, or for "" those for the widest vectors; NULL where this processor has none such. */
const CpuKernels *cpu_kernels(const char *name);

#endif
