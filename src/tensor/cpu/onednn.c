#include "tensor/cpu/onednn.h"

#include <stdlib.h>

static void fill_dims(dnnl_dims_t out, int rank, const size_t *dim)
{
    for (int i = 0; i < rank; i++)
        out[i] = (dnnl_dim_t)dim[i];
}

#if DNNL_VERSION_MAJOR >= 3

Layout layout_new(int rank, const size_t *dim, dnnl_format_tag_t tag)
{
    dnnl_dims_t dims = { 0 };
    Layout l = NULL;
    fill_dims(dims, rank, dim);
    return dnnl_memory_desc_create_with_tag(&l, rank, dims, dnnl_f32, tag) == dnnl_success ? l : NULL;
}

Layout layout_copy(ConstLayout l)
{
    Layout copy = NULL;
    return l && dnnl_memory_desc_clone(&copy, l) == dnnl_success ? copy : NULL;
}

void layout_free(Layout l)
{
    if (l)
        dnnl_memory_desc_destroy(l);
}

dnnl_status_t onednn_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, ConstLayout src,
                            ConstLayout weight, ConstLayout bias, ConstLayout dst,
                            const_dnnl_primitive_attr_t attr)
{
    return dnnl_matmul_primitive_desc_create(pd, engine, src, weight, bias, dst, attr);
}

dnnl_status_t onednn_convolution(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, const OnednnConv *c,
                                 ConstLayout src, ConstLayout weight, ConstLayout bias, ConstLayout dst,
                                 const_dnnl_primitive_attr_t attr)
{
    return dnnl_convolution_forward_primitive_desc_create(pd, engine, dnnl_forward_inference,
                                                          dnnl_convolution_direct, src, weight, bias, dst,
                                                          c->stride, c->dilation, c->before, c->after, attr);
}

dnnl_status_t onednn_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha)
{
    return dnnl_post_ops_append_eltwise(ops, alg, alpha, 0);
}

#else

Layout layout_new(int rank, const size_t *dim, dnnl_format_tag_t tag)
{
    dnnl_dims_t dims = { 0 };
    Layout l = calloc(1, sizeof *l);
    fill_dims(dims, rank, dim);
    if (l && dnnl_memory_desc_init_by_tag(l, rank, dims, dnnl_f32, tag) == dnnl_success)
        return l;
    free(l);
    return NULL;
}

Layout layout_copy(ConstLayout l)
{
    Layout copy = l ? malloc(sizeof *copy) : NULL;
    if (copy)
        *copy = *l;
    return copy;
}

void layout_free(Layout l)
{
    free(l);
}

dnnl_status_t onednn_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, ConstLayout src,
                            ConstLayout weight, ConstLayout bias, ConstLayout dst,
                            const_dnnl_primitive_attr_t attr)
{
    dnnl_matmul_desc_t d;
    dnnl_status_t s = dnnl_matmul_desc_init(&d, src, weight, bias, dst);
    return s == dnnl_success ? dnnl_primitive_desc_create(pd, (const_dnnl_op_desc_t)&d, attr, engine, NULL)
                             : s;
}

dnnl_status_t onednn_convolution(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, const OnednnConv *c,
                                 ConstLayout src, ConstLayout weight, ConstLayout bias, ConstLayout dst,
                                 const_dnnl_primitive_attr_t attr)
{
    dnnl_convolution_desc_t d;
    dnnl_status_t s = dnnl_dilated_convolution_forward_desc_init(
        &d, dnnl_forward_inference, dnnl_convolution_direct, src, weight, bias, dst, c->stride, c->dilation,
        c->before, c->after);
    return s == dnnl_success ? dnnl_primitive_desc_create(pd, (const_dnnl_op_desc_t)&d, attr, engine, NULL)
                             : s;
}

dnnl_status_t onednn_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha)
{
    return dnnl_post_ops_append_eltwise(ops, 1, alg, alpha, 0);
}

#endif
