/* cpu.c: the table of the CPU backend. What needs no speed is plain's. */
#include "tensor/cpu/cpu.h"

#include <stdlib.h>

#include "tensor/cpu/primitive.h"
#include "tensor/plain/plain.h"

static void cpu_close(OpCtx *c)
{
    CpuDevice *d = c->device;
    primitives_close(d->primitives);
    free(d);
}

static bool cpu_open(OpCtx *c, const char *variant, Err *err)
{
    const CpuKernels *k = cpu_kernels(variant);
    if (!k)
        return err_set(err, ERR_USAGE, "this processor or this build has no tensor backend cpu:%s", variant);
    CpuDevice *d = calloc(1, sizeof *d);
    if (!d)
        return err_set(err, ERR_NOMEM, "out of memory opening the CPU for tensors");
    d->k = k;
    d->primitives = primitives_open(err);
    if (!d->primitives) {
        free(d);
        return false;
    }
    c->device = d;
    return true;
}

const Backend cpu_backend = {
    .name = "cpu",
    .open = cpu_open,
    .close = cpu_close,
    .wait = plain_wait,
    .alloc = plain_alloc,
    .release = plain_release,
    .weight = plain_weight,

    .fill = plain_fill,
    .upload = plain_upload,
    .download = plain_download,
    .move = plain_move,
    .copy_rows = cpu_copy_rows,
    .permute = cpu_permute,
    .gather = plain_gather,
    .embedding = plain_embedding,
    .windows = cpu_windows,
    .unwindows = cpu_unwindows,
    .linear = cpu_linear,
    .matmul = cpu_matmul,
    .attention = cpu_attention,
    .rel_pos = cpu_rel_pos,
    .rope = cpu_rope,
    .conv2d = cpu_conv2d,
    .conv_transpose2d = cpu_conv_transpose2d,
    .max_pool2d = cpu_max_pool2d,
    .resize = cpu_resize,
    .layer_norm = cpu_layer_norm,
    .rms_norm = cpu_rms_norm,
    .group_norm = cpu_group_norm,
    .normalize = cpu_normalize,
    .modulate = cpu_modulate,
    .binary = cpu_binary,
    .act_mul = cpu_act_mul,
    .affine = cpu_affine,
    .act = cpu_act,
    .add_scaled = cpu_add_scaled,
    .add_gated = cpu_add_gated,
    .softmax = cpu_softmax,
    .sum_rows = cpu_sum_rows,
};
