/* arrange.c: the same numbers at other places. */
#include <string.h>

#include "tensor/plain/plain.h"

void plain_permute(OpCtx *c, Tensor y, Tensor x, const int *axes)
{
    size_t stride[TENSOR_MAX_RANK] = { 0 }, step[TENSOR_MAX_RANK] = { 0 }, at[TENSOR_MAX_RANK] = { 0 };
    (void)c;
    for (int i = x.rank - 1; i >= 0; i--)
        stride[i] = i == x.rank - 1 ? 1 : stride[i + 1] * x.dim[i + 1];
    for (int i = 0; i < y.rank; i++)
        step[i] = stride[axes[i]];
    float *out = y.data;
    const float *in = x.data;
    for (size_t n = tensor_count(y); n > 0; n--) {
        size_t from = 0;
        for (int i = 0; i < y.rank; i++)
            from += at[i] * step[i];
        *out++ = in[from];
        for (int i = y.rank - 1; i >= 0 && ++at[i] == y.dim[i]; i--)
            at[i] = 0;
    }
}

/* The i-th id, or false with an error where there is no such row. */
static bool row_of(OpCtx *c, const char *op, Tensor ids, size_t i, size_t rows, size_t *row)
{
    int32_t id = ((const int32_t *)ids.data)[i];
    if (id < 0 || (size_t)id >= rows) {
        op_fail(c, ERR_INPUT, "%s: there is no row %d among %zu", op, id, rows);
        return false;
    }
    *row = (size_t)id;
    return true;
}

void plain_gather(OpCtx *c, Tensor y, Tensor x, Tensor ids)
{
    size_t row, bytes = tensor_bytes(y) / y.dim[0];
    for (size_t i = 0; i < y.dim[0]; i++)
        if (row_of(c, "op_gather", ids, i, x.dim[0], &row))
            memcpy((char *)y.data + i * bytes, (char *)x.data + row * bytes, bytes);
}

void plain_embedding(OpCtx *c, Tensor y, const Weight *table, Tensor ids)
{
    size_t row, cols = y.dim[1];
    for (size_t i = 0; i < y.dim[0]; i++)
        if (row_of(c, "op_embedding", ids, i, table->host.dim[0], &row))
            tensor_to_f32(table->host, row * cols, cols, (float *)y.data + i * cols);
}

/* Line `line` of window (row, column) and the part of the image it covers: bytes of it that exist, 0 outside.
 */
static size_t covered(size_t h, size_t w, size_t size, size_t row, size_t column, size_t line, size_t pixel,
                      size_t *offset)
{
    size_t top = row * size + line, left = column * size;
    *offset = (top * w + left) * pixel;
    return top >= h ? 0 : (w - left < size ? w - left : size) * pixel;
}

void plain_cut_windows(Tensor windows, Tensor image, size_t size, size_t first, size_t last)
{
    size_t across = (image.dim[1] + size - 1) / size, pixel = image.dim[2] * 4, line = size * pixel, offset;
    char *out = (char *)windows.data + first * size * line;
    for (size_t n = first; n < last; n++)
        for (size_t l = 0; l < size; l++, out += line) {
            size_t there =
                covered(image.dim[0], image.dim[1], size, n / across, n % across, l, pixel, &offset);
            if (there)
                memcpy(out, (char *)image.data + offset, there);
            memset(out + there, 0, line - there);
        }
}

void plain_join_windows(Tensor image, Tensor windows, size_t size, size_t first, size_t last)
{
    size_t across = (image.dim[1] + size - 1) / size, pixel = image.dim[2] * 4, line = size * pixel, offset;
    const char *in = (char *)windows.data + first * size * line;
    for (size_t n = first; n < last; n++)
        for (size_t l = 0; l < size; l++, in += line) {
            size_t there =
                covered(image.dim[0], image.dim[1], size, n / across, n % across, l, pixel, &offset);
            if (there)
                memcpy((char *)image.data + offset, in, there);
        }
}

void plain_windows(OpCtx *c, Tensor y, Tensor x, size_t size)
{
    (void)c;
    plain_cut_windows(y, x, size, 0, y.dim[0]);
}

void plain_unwindows(OpCtx *c, Tensor y, Tensor x, size_t size)
{
    (void)c;
    plain_join_windows(y, x, size, 0, x.dim[0]);
}
