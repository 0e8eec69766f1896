/* norm.c: normalisations and sums of rows, shared out among threads. */
#include <math.h>
#include <string.h>

#include "tensor/cpu/cpu.h"
#include "tensor/plain/plain.h"

enum {
    GRAIN = 32768, /* elements below which another thread does not pay */
    CHUNKS =
        64, /* pieces in which rows are summed: a number of its own, so that threads do not change the sums */
};

typedef struct {
    const CpuKernels *k;
    float *y;
    const float *x, *weight, *bias;
    size_t n; /* of a row */
    float eps;
    void (*row)(float *y, const float *x, const float *weight, const float *bias, size_t n, float eps);
    void (*bare)(float *y, const float *x, size_t n, float eps);
} Rows;

static void run_rows(void *user, size_t first, size_t last)
{
    const Rows *r = user;
    for (size_t i = first; i < last; i++) {
        float *y = r->y + i * r->n;
        const float *x = r->x + i * r->n;
        if (r->row)
            r->row(y, x, r->weight, r->bias, r->n, r->eps);
        else if (r->bare)
            r->bare(y, x, r->n, r->eps);
        else
            r->k->softmax(y, x, r->n);
    }
}

static void each_row(OpCtx *c, Rows r, Tensor y, Tensor x)
{
    r.k = cpu_k(c);
    r.y = y.data;
    r.x = x.data;
    r.n = tensor_cols(x);
    if (op_ok(c))
        cpu_ranges(c, tensor_count(x) / r.n, GRAIN / r.n + 1, run_rows, &r);
}

static const float *norm_values(OpCtx *c, const Norm *norm, bool bias)
{
    return norm ? plain_values(c, bias ? &norm->bias : &norm->weight) : NULL;
}

void cpu_layer_norm(OpCtx *c, Tensor y, Tensor x, const Norm *norm, float eps)
{
    each_row(c,
             (Rows){ .weight = norm_values(c, norm, false),
                     .bias = norm_values(c, norm, true),
                     .eps = eps,
                     .row = cpu_k(c)->layer_norm },
             y, x);
}

void cpu_rms_norm(OpCtx *c, Tensor y, Tensor x, const Norm *norm, float eps)
{
    each_row(c,
             (Rows){ .weight = norm_values(c, norm, false),
                     .bias = norm_values(c, norm, true),
                     .eps = eps,
                     .row = cpu_k(c)->rms_norm },
             y, x);
}

void cpu_normalize(OpCtx *c, Tensor y, Tensor x, float eps)
{
    each_row(c, (Rows){ .eps = eps, .bare = cpu_k(c)->normalize }, y, x);
}

void cpu_softmax(OpCtx *c, Tensor y, Tensor x)
{
    each_row(c, (Rows){ 0 }, y, x);
}

/* ---- down the columns ---- */

/* Column sums of x [rows, n], or of squared distances from mean [n], in chunks of rows; partial [CHUNKS, n]. */
typedef struct {
    const CpuKernels *k;
    const float *x, *mean;
    float *partial;
    size_t rows, n;
} Columns;

static void sum_chunk(void *user, size_t chunk, size_t thread)
{
    const Columns *s = user;
    size_t size = (s->rows + CHUNKS - 1) / CHUNKS, first = chunk * size;
    size_t count = first >= s->rows ? 0 : s->rows - first < size ? s->rows - first : size;
    float *sum = s->partial + chunk * s->n;
    (void)thread;
    memset(sum, 0, s->n * sizeof *sum);
    if (s->mean)
        s->k->column_squares(sum, s->x + first * s->n, s->mean, count, s->n);
    else
        s->k->column_sums(sum, s->x + first * s->n, count, s->n);
}

/* total [n] in double. */
static void sum_columns(OpCtx *c, Columns *s, double *total)
{
    cpu_each(c, CHUNKS, s->rows * s->n > GRAIN, sum_chunk, s);
    for (size_t i = 0; i < s->n; i++) {
        total[i] = 0;
        for (size_t chunk = 0; chunk < CHUNKS; chunk++)
            total[i] += s->partial[chunk * s->n + i];
    }
}

void cpu_sum_rows(OpCtx *c, Tensor y, Tensor x, float scale)
{
    ArenaMark mark = op_mark(c);
    Columns s = { .k = cpu_k(c), .x = x.data, .rows = x.dim[0], .n = tensor_count(y) };
    s.partial = op_alloc(c, CHUNKS * s.n * sizeof *s.partial);
    double *total = op_alloc(c, s.n * sizeof *total);
    if (op_ok(c)) {
        sum_columns(c, &s, total);
        for (size_t i = 0; i < s.n; i++)
            ((float *)y.data)[i] = (float)(total[i] * scale);
    }
    op_reset(c, mark);
}

typedef struct {
    const CpuKernels *k;
    float *y;
    const float *x, *mul, *add;
    size_t n;
    Act act;
} ScaleShift;

static void scale_rows(void *user, size_t first, size_t last)
{
    const ScaleShift *s = user;
    for (size_t r = first; r < last; r++)
        s->k->scale_shift(s->y + r * s->n, s->x + r * s->n, s->mul, s->add, s->n, s->act);
}

/* The mean of each group, from the sums of its channels, written to each of its channels. */
static void spread_means(const double *total, size_t n, size_t groups, double count, float *mean)
{
    size_t size = n / groups;
    for (size_t g = 0; g < groups; g++) {
        double sum = 0;
        for (size_t i = 0; i < size; i++)
            sum += total[g * size + i];
        for (size_t i = 0; i < size; i++)
            mean[g * size + i] = (float)(sum / count);
    }
}

/* Means first, then the squares of the distances from them: one pass for both would lose digits. */
void cpu_group_norm(OpCtx *c, Tensor y, Tensor x, const Norm *norm, size_t batch, size_t groups, float eps,
                    Act act)
{
    const float *weight = norm_values(c, norm, false), *bias = norm_values(c, norm, true);
    size_t n = tensor_cols(x), rows = tensor_rows(x) / batch;
    double count = (double)rows * (double)(n / groups);
    ArenaMark mark = op_mark(c);
    float *partial = op_alloc(c, CHUNKS * n * sizeof *partial), *mean = op_alloc(c, n * sizeof *mean);
    float *mul = op_alloc(c, n * sizeof *mul), *add = op_alloc(c, n * sizeof *add);
    double *total = op_alloc(c, n * sizeof *total);
    for (size_t b = 0; op_ok(c) && b < batch; b++) {
        const float *image = (const float *)x.data + b * rows * n;
        Columns s = { .k = cpu_k(c), .x = image, .partial = partial, .rows = rows, .n = n };
        sum_columns(c, &s, total);
        spread_means(total, n, groups, count, mean);
        s.mean = mean;
        sum_columns(c, &s, total);
        spread_means(total, n, groups, count, mul); /* the variances */
        for (size_t i = 0; i < n; i++) {
            double rate = 1 / sqrt((double)mul[i] + eps) * (weight ? weight[i] : 1);
            mul[i] = (float)rate;
            add[i] = (float)((bias ? bias[i] : 0) - mean[i] * rate);
        }
        ScaleShift t = { .k = cpu_k(c),
                         .y = (float *)y.data + b * rows * n,
                         .x = image,
                         .mul = mul,
                         .add = add,
                         .n = n,
                         .act = act };
        cpu_ranges(c, rows, GRAIN / n + 1, scale_rows, &t);
    }
    op_reset(c, mark);
}
