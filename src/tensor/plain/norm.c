/* norm.c: normalisations and sums of rows. */
#include <math.h>

#include "tensor/plain/plain.h"

void plain_layer_norm(OpCtx *c, Tensor y, Tensor x, const Norm *norm, float eps)
{
    size_t n = tensor_cols(x);
    const float *w = norm ? plain_values(c, &norm->weight) : NULL,
                *b = norm ? plain_values(c, &norm->bias) : NULL;
    const float *px = x.data;
    float *py = y.data;
    for (size_t r = 0; op_ok(c) && r < tensor_rows(x); r++, px += n, py += n) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++)
            sum += px[i];
        double mean = sum / (double)n;
        for (size_t i = 0; i < n; i++)
            squares += (px[i] - mean) * (px[i] - mean);
        double rate = 1 / sqrt(squares / (double)n + eps);
        for (size_t i = 0; i < n; i++)
            py[i] = (float)((px[i] - mean) * rate * (w ? w[i] : 1) + (b ? b[i] : 0));
    }
}

static double sum_of_squares(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

void plain_rms_norm(OpCtx *c, Tensor y, Tensor x, const Norm *norm, float eps)
{
    size_t n = tensor_cols(x);
    const float *w = norm ? plain_values(c, &norm->weight) : NULL,
                *b = norm ? plain_values(c, &norm->bias) : NULL;
    const float *px = x.data;
    float *py = y.data;
    for (size_t r = 0; op_ok(c) && r < tensor_rows(x); r++, px += n, py += n) {
        double rate = 1 / sqrt(sum_of_squares(px, n) / (double)n + eps);
        for (size_t i = 0; i < n; i++)
            py[i] = (float)(px[i] * rate * (w ? w[i] : 1) + (b ? b[i] : 0));
    }
}

void plain_normalize(OpCtx *c, Tensor y, Tensor x, float eps)
{
    size_t n = tensor_cols(x);
    const float *px = x.data;
    float *py = y.data;
    (void)c;
    for (size_t r = 0; r < tensor_rows(x); r++, px += n, py += n) {
        double rate = 1 / fmax(sqrt(sum_of_squares(px, n)), eps);
        for (size_t i = 0; i < n; i++)
            py[i] = (float)(px[i] * rate);
    }
}

void plain_group_norm(OpCtx *c, Tensor y, Tensor x, const Norm *norm, size_t batch, size_t groups, float eps,
                      Act act)
{
    size_t channels = tensor_cols(x), size = channels / groups, rows = tensor_rows(x) / batch;
    const float *w = norm ? plain_values(c, &norm->weight) : NULL,
                *b = norm ? plain_values(c, &norm->bias) : NULL;
    for (size_t k = 0; op_ok(c) && k < batch * groups; k++) {
        size_t first = k % groups * size, start = k / groups * rows * channels + first;
        const float *px = (float *)x.data + start;
        float *py = (float *)y.data + start;
        double sum = 0, squares = 0, count = (double)(rows * size);
        for (size_t r = 0; r < rows; r++)
            for (size_t i = 0; i < size; i++)
                sum += px[r * channels + i];
        double mean = sum / count;
        for (size_t r = 0; r < rows; r++)
            for (size_t i = 0; i < size; i++)
                squares += (px[r * channels + i] - mean) * (px[r * channels + i] - mean);
        double rate = 1 / sqrt(squares / count + eps);
        for (size_t r = 0; r < rows; r++)
            for (size_t i = 0; i < size; i++) {
                double v =
                    (px[r * channels + i] - mean) * rate * (w ? w[first + i] : 1) + (b ? b[first + i] : 0);
                py[r * channels + i] = (float)plain_activation(v, act);
            }
    }
}

void plain_softmax(OpCtx *c, Tensor y, Tensor x)
{
    size_t n = tensor_cols(x), rows = tensor_count(x) / n;
    const float *px = x.data;
    float *py = y.data;
    (void)c;
    for (size_t r = 0; r < rows; r++, px += n, py += n) {
        double max = -INFINITY, sum = 0;
        for (size_t i = 0; i < n; i++)
            max = fmax(max, px[i]);
        for (size_t i = 0; i < n; i++)
            sum += max == -INFINITY ? 0 : exp(px[i] - max);
        for (size_t i = 0; i < n; i++)
            py[i] = max == -INFINITY ? 0 : (float)(exp(px[i] - max) / sum);
    }
}

void plain_sum_rows(OpCtx *c, Tensor y, Tensor x, float scale)
{
    size_t n = tensor_count(y);
    const float *px = x.data;
    (void)c;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t r = 0; r < x.dim[0]; r++)
            sum += px[r * n + i];
        ((float *)y.data)[i] = (float)(sum * scale);
    }
}
