/* tensor/cpu/onednn.h: oneDNN 2 and 3 by one set of names: Debian 12 and Ubuntu 22.04 have the former, Ubuntu 24.04 the latter. */
#ifndef FACET_TENSOR_CPU_ONEDNN_H
#define FACET_TENSOR_CPU_ONEDNN_H

#include <dnnl.h>
#include <stdbool.h>
#include <stddef.h>

/* How an array lies in memory, on the heap; both fit where oneDNN takes a memory descriptor. */
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t Layout;
typedef const_dnnl_memory_desc_t ConstLayout;
#else
typedef dnnl_memory_desc_t *Layout;
typedef const dnnl_memory_desc_t *ConstLayout;
#endif

/* Of f32 numbers; dnnl_format_tag_any leaves the choice to the primitive. NULL when oneDNN refuses or memory runs out. */
Layout layout_new(int rank, const size_t *dim, dnnl_format_tag_t tag);
Layout layout_copy(ConstLayout l);
void layout_free(Layout l); /* also for NULL */

/* Descriptions of primitives. bias may be NULL. */
dnnl_status_t onednn_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, ConstLayout src,
                            ConstLayout weight, ConstLayout bias, ConstLayout dst,
                            const_dnnl_primitive_attr_t attr);

/* Lengths of a convolution: down, across. */
typedef struct {
    dnnl_dims_t stride, dilation, before, after;
} OnednnConv;
dnnl_status_t onednn_convolution(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, const OnednnConv *c,
                                 ConstLayout src, ConstLayout weight, ConstLayout bias, ConstLayout dst,
                                 const_dnnl_primitive_attr_t attr);

/* An element-by-element operation behind the primitive. */
dnnl_status_t onednn_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha);

#endif
