/* memory.c: host memory as a device: nothing to open, wait for or transfer. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tensor/plain/plain.h"

bool plain_open(OpCtx *c, const char *variant, Err *err)
{
    (void)c;
    return !*variant || err_set(err, ERR_USAGE, "the tensor backend plain has no variant \"%s\"", variant);
}

void plain_close(OpCtx *c)
{
    (void)c;
}

bool plain_wait(OpCtx *c, Err *err)
{
    (void)c, (void)err;
    return true;
}

void *plain_alloc(OpCtx *c, size_t bytes)
{
    (void)c;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    (void)madvise(p, bytes, MADV_HUGEPAGE); /* fewer page faults; does not matter where the system refuses */
    return p;
}

void plain_release(OpCtx *c, void *p, size_t bytes)
{
    (void)c;
    munmap(p, bytes);
}

void plain_fill(OpCtx *c, Tensor y, float value)
{
    float *p = y.data;
    (void)c;
    for (size_t i = 0; i < tensor_count(y); i++)
        p[i] = value;
}

void plain_upload(OpCtx *c, Tensor y, Tensor host)
{
    (void)c;
    if (y.dtype == DTYPE_I32)
        memcpy(y.data, host.data, tensor_bytes(y));
    else
        tensor_to_f32(host, 0, tensor_count(host), y.data);
}

void plain_download(OpCtx *c, Tensor x, float *out)
{
    (void)c;
    memcpy(out, x.data, tensor_bytes(x));
}

void plain_move(OpCtx *c, void *to, const void *from, size_t bytes)
{
    (void)c;
    memmove(to, from, bytes);
}

void plain_copy_rows(OpCtx *c, void *to, size_t to_stride, const void *from, size_t from_stride,
                     size_t row_bytes, size_t rows)
{
    (void)c;
    for (size_t i = 0; i < rows; i++)
        memcpy((char *)to + i * to_stride, (const char *)from + i * from_stride, row_bytes);
}

/* ---- weights ---- */

typedef struct {
    WeightPack head;
    float data[];
} F32Weight;

static const char f32_form;

static void f32_free(WeightPack *p)
{
    free(p);
}

Tensor plain_weight(OpCtx *c, const Weight *w)
{
    Tensor host = w->host;
    if (host.dtype == DTYPE_F32 && (uintptr_t)host.data % sizeof(float) == 0)
        return host;
    F32Weight *f = (F32Weight *)weight_get(w, &f32_form, 0);
    if (!f) {
        size_t bytes;
        if (shape_size(tensor_shape(host), DTYPE_F32, NULL, &bytes) && bytes < SIZE_MAX - sizeof *f)
            f = malloc(sizeof *f + bytes);
        if (!f)
            return op_fail(c, ERR_NOMEM, "out of memory converting a weight to f32");
        f->head = (WeightPack){ .form = &f32_form, .free = f32_free };
        tensor_to_f32(host, 0, tensor_count(host), f->data);
        f = (F32Weight *)weight_put(w, &f->head);
        weight_drop_pages(w);
    }
    return tensor_of(f->data, DTYPE_F32, tensor_shape(host));
}

const float *plain_values(OpCtx *c, const Weight *w)
{
    return tensor_is(w->host) ? plain_weight(c, w).data : NULL;
}
