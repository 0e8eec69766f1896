#include "tensor/cpu/primitive.h"

#include <omp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tensor/cpu/cpu.h"
#include "tensor/cpu/onednn.h"
#include "tensor/plain/plain.h"

enum { CACHED_PRIMITIVES = 512 };

typedef struct {
    PrimitiveKey key;
    dnnl_primitive_t primitive;
    Layout weight; /* the one it wants; owned */
    size_t scratch;
    dnnl_memory_t src, wei, bias, dst, scratchpad;
} Entry;

struct PrimitiveCache {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    Entry entry[CACHED_PRIMITIVES];
    size_t count, next; /* `next` is the oldest once all are used */
};

PrimitiveCache *primitives_open(Err *err)
{
    PrimitiveCache *p = calloc(1, sizeof *p);
    if (!p) {
        err_set(err, ERR_NOMEM, "out of memory opening oneDNN");
        return NULL;
    }
    if (dnnl_engine_create(&p->engine, dnnl_cpu, 0) != dnnl_success ||
        dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags) != dnnl_success) {
        err_set(err, ERR_DEVICE, "oneDNN does not run on this processor");
        primitives_close(p);
        return NULL;
    }
    return p;
}

static void entry_clear(Entry *e)
{
    dnnl_memory_t memories[] = { e->src, e->wei, e->bias, e->dst, e->scratchpad };
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        if (memories[i])
            dnnl_memory_destroy(memories[i]);
    if (e->primitive)
        dnnl_primitive_destroy(e->primitive);
    layout_free(e->weight);
    *e = (Entry){ 0 };
}

void primitives_close(PrimitiveCache *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->count; i++)
        entry_clear(&p->entry[i]);
    if (p->stream)
        dnnl_stream_destroy(p->stream);
    if (p->engine)
        dnnl_engine_destroy(p->engine);
    free(p);
}

/* ---- what to make ---- */

/* How the weight lies before packing, or with `any` the same numbers in whatever layout is fastest. */
static Layout weight_layout(const PrimitiveKey *k, bool any)
{
    const size_t *s = k->size;
    const Conv *v = &k->conv;
    switch (k->kind) {
    case PRIMITIVE_LINEAR:
        return layout_new(2, (size_t[]){ s[1], s[2] }, any ? dnnl_format_tag_any : dnnl_ba);
    case PRIMITIVE_SPREAD:
        return layout_new(2, (size_t[]){ s[1], s[2] }, any ? dnnl_format_tag_any : dnnl_ab);
    case PRIMITIVE_MATMUL: /* the second factor is used as it lies */
        return layout_new(3, (size_t[]){ s[0], s[2], s[3] }, s[4] ? dnnl_acb : dnnl_abc);
    case PRIMITIVE_CONV: break;
    }
    if (v->groups == 1)
        return layout_new(4, (size_t[]){ v->o, v->c, v->kh, v->kw }, any ? dnnl_format_tag_any : dnnl_oihw);
    return layout_new(5, (size_t[]){ v->groups, v->o / v->groups, v->c / v->groups, v->kh, v->kw },
                      any ? dnnl_format_tag_any : dnnl_goihw);
}

/* Descriptions of one primitive's operands; without a bias that one is NULL. */
typedef struct {
    Layout src, weight, bias, dst;
} Operands;

static void operands_clear(Operands *o)
{
    layout_free(o->src);
    layout_free(o->weight);
    layout_free(o->bias);
    layout_free(o->dst);
    *o = (Operands){ 0 };
}

/* False when memory runs out; the operands are to be cleared in any case. */
static bool operands_init(Operands *o, const PrimitiveKey *k)
{
    const size_t *s = k->size;
    const Conv *v = &k->conv;
    *o = (Operands){ .weight = weight_layout(k, true) };
    switch (k->kind) {
    case PRIMITIVE_LINEAR:
    case PRIMITIVE_SPREAD:
        o->src = layout_new(2, (size_t[]){ s[0], s[1] }, dnnl_ab);
        o->bias = k->bias ? layout_new(2, (size_t[]){ 1, s[2] }, dnnl_ab) : NULL;
        o->dst = layout_new(2, (size_t[]){ s[0], s[2] }, dnnl_ab);
        break;
    case PRIMITIVE_MATMUL:
        o->src = layout_new(3, (size_t[]){ s[0], s[1], s[2] }, dnnl_abc);
        o->dst = layout_new(3, (size_t[]){ s[0], s[1], s[3] }, dnnl_abc);
        break;
    case PRIMITIVE_CONV:
        o->src = layout_new(4, (size_t[]){ v->n, v->c, v->h, v->w }, dnnl_nhwc);
        o->bias = k->bias ? layout_new(1, (size_t[]){ v->o }, dnnl_a) : NULL;
        o->dst = layout_new(4, (size_t[]){ v->n, v->o, v->oh, v->ow }, dnnl_nhwc);
        break;
    }
    return o->src && o->weight && o->dst && (o->bias || !k->bias);
}

static bool append_act(dnnl_post_ops_t ops, Act act)
{
    static const struct {
        dnnl_alg_kind_t alg;
        float alpha;
    } table[ACT_COUNT] = {
        [ACT_RELU] = { dnnl_eltwise_relu, 0 },           [ACT_GELU] = { dnnl_eltwise_gelu_erf, 0 },
        [ACT_GELU_TANH] = { dnnl_eltwise_gelu_tanh, 0 }, [ACT_QUICK_GELU] = { dnnl_eltwise_swish, 1.702f },
        [ACT_SILU] = { dnnl_eltwise_swish, 1 },          [ACT_SIGMOID] = { dnnl_eltwise_logistic, 0 },
        [ACT_TANH] = { dnnl_eltwise_tanh, 0 },           [ACT_EXP] = { dnnl_eltwise_exp, 0 },
    };
    return act == ACT_NONE || onednn_append_eltwise(ops, table[act].alg, table[act].alpha) == dnnl_success;
}

static OnednnConv conv_lengths(const Conv *v)
{
    return (OnednnConv){ .stride = { (dnnl_dim_t)v->stride, (dnnl_dim_t)v->stride },
                         .dilation = { (dnnl_dim_t)v->dilation - 1, (dnnl_dim_t)v->dilation - 1 },
                         .before = { (dnnl_dim_t)v->pad, (dnnl_dim_t)v->pad },
                         .after = { (dnnl_dim_t)v->pad_bottom, (dnnl_dim_t)v->pad_right } };
}

/* The description of the primitive, with its weight in this layout. */
static dnnl_status_t describe(dnnl_primitive_desc_t *pd, PrimitiveCache *p, const PrimitiveKey *k,
                              const Operands *o, ConstLayout weight)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t ops = NULL;
    ConstLayout bias = k->bias ? o->bias : NULL;
    OnednnConv lengths = conv_lengths(&k->conv);
    dnnl_status_t s = dnnl_primitive_attr_create(&attr);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (s == dnnl_success)
        s = dnnl_post_ops_create(&ops);
    if (s == dnnl_success && !append_act(ops, k->act))
        s = dnnl_invalid_arguments;
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_post_ops(attr, ops);
    if (s == dnnl_success)
        s = k->kind == PRIMITIVE_CONV
                ? onednn_convolution(pd, p->engine, &lengths, o->src, weight, bias, o->dst, attr)
                : onednn_matmul(pd, p->engine, o->src, weight, bias, o->dst, attr);
    if (ops)
        dnnl_post_ops_destroy(ops);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    return s;
}

static bool make_memory(PrimitiveCache *p, dnnl_memory_t *m, ConstLayout l)
{
    return dnnl_memory_create(m, l, p->engine, DNNL_MEMORY_NONE) == dnnl_success;
}

/* Fill e; `layout` is the layout the weight is packed in already, or NULL: any. On failure *memory says whether it was for
 * lack of memory. */
static bool make(PrimitiveCache *p, Entry *e, const PrimitiveKey *k, ConstLayout layout, bool *memory)
{
    Operands o;
    dnnl_primitive_desc_t pd = NULL;
    bool ok = operands_init(&o, k);
    *memory = !ok;
    ok = ok && ((layout && describe(&pd, p, k, &o, layout) == dnnl_success) ||
                describe(&pd, p, k, &o, o.weight) == dnnl_success);
    if (ok) {
        ConstLayout scratch = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
        e->key = *k;
        e->weight = layout_copy(dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0));
        e->scratch = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
        *memory = e->weight == NULL;
        ok = e->weight && dnnl_primitive_create(&e->primitive, pd) == dnnl_success &&
             make_memory(p, &e->src, o.src) && make_memory(p, &e->wei, e->weight) &&
             (!k->bias || make_memory(p, &e->bias, o.bias)) && make_memory(p, &e->dst, o.dst) &&
             make_memory(p, &e->scratchpad, scratch);
    }
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    operands_clear(&o);
    if (!ok)
        entry_clear(e);
    return ok;
}

static bool key_equal(const PrimitiveKey *a, const PrimitiveKey *b)
{
    return a->kind == b->kind && a->bias == b->bias && a->act == b->act &&
           !memcmp(a->size, b->size, sizeof a->size) &&
           !memcmp(&a->conv, &b->conv, offsetof(Conv, act)); /* lengths only, without gaps */
}

/* The kept primitive for this key, made where there is none; NULL with an error where it cannot be. */
static Entry *entry_for(OpCtx *c, const PrimitiveKey *k, ConstLayout layout)
{
    PrimitiveCache *p = cpu_device(c)->primitives;
    for (size_t i = 0; i < p->count; i++)
        if (key_equal(&p->entry[i].key, k))
            return &p->entry[i];
    Entry *e = &p->entry[p->next];
    entry_clear(e);
    bool memory;
    if (!make(p, e, k, layout, &memory)) {
        const char *what = k->kind == PRIMITIVE_CONV ? "convolution" : "product";
        if (memory)
            op_fail(c, ERR_NOMEM, "out of memory making a %s", what);
        else
            op_fail(c, ERR_DEVICE, "oneDNN has no %s of these sizes", what);
        return NULL;
    }
    p->next = (p->next + 1) % CACHED_PRIMITIVES;
    if (p->count < CACHED_PRIMITIVES)
        p->count++;
    return e;
}

/* ---- packed weights ---- */

typedef struct {
    WeightPack head;
    Layout layout;
    float *data;
    size_t bytes;
} Packed;

static const char packed_form;

static void packed_free(WeightPack *w)
{
    Packed *p = (Packed *)w;
    if (p->data)
        munmap(p->data, p->bytes);
    layout_free(p->layout);
    free(p);
}

static Packed *packed_new(OpCtx *c, ConstLayout layout, int variant)
{
    Packed *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->head = (WeightPack){ .form = &packed_form, .variant = variant, .free = packed_free };
    p->layout = layout_copy(layout);
    p->bytes = dnnl_memory_desc_get_size(layout);
    p->data = p->layout ? plain_alloc(c, p->bytes) : NULL;
    if (!p->data) {
        packed_free(&p->head);
        return NULL;
    }
    return p;
}

/* The numbers of w as the layout before packing has them: f32, and of a convolution over time the last step. */
static const float *unpacked(const PrimitiveKey *k, const Weight *w, float **owned)
{
    size_t kt = k->kind == PRIMITIVE_CONV ? k->conv.kt : 1;
    size_t field = k->kind == PRIMITIVE_CONV ? k->conv.kh * k->conv.kw : 1,
           count = tensor_count(w->host) / kt;
    *owned = NULL;
    if (w->host.dtype == DTYPE_F32 && kt == 1 && (uintptr_t)w->host.data % sizeof(float) == 0)
        return w->host.data;
    *owned = malloc(count * sizeof(float));
    for (size_t i = 0; *owned && i < count; i += kt == 1 ? count : field)
        tensor_to_f32(w->host, i * kt + (kt - 1) * field, kt == 1 ? count : field, *owned + i);
    return *owned;
}

/* From one layout to another. */
static bool reorder(PrimitiveCache *p, ConstLayout from, const float *src, ConstLayout to, float *dst)
{
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t r = NULL;
    dnnl_memory_t a = NULL, b = NULL;
    bool ok = dnnl_reorder_primitive_desc_create(&pd, from, p->engine, to, p->engine, NULL) == dnnl_success &&
              dnnl_primitive_create(&r, pd) == dnnl_success &&
              dnnl_memory_create(&a, from, p->engine, (void *)(uintptr_t)src) == dnnl_success &&
              dnnl_memory_create(&b, to, p->engine, dst) == dnnl_success;
    dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, a }, { DNNL_ARG_TO, b } };
    ok = ok && dnnl_primitive_execute(r, p->stream, 2, args) == dnnl_success &&
         dnnl_stream_wait(p->stream) == dnnl_success;
    if (a)
        dnnl_memory_destroy(a);
    if (b)
        dnnl_memory_destroy(b);
    if (r)
        dnnl_primitive_destroy(r);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return ok;
}

/* Layouts of one weight are told apart by number. */
static Packed *packed_in(const Weight *w, ConstLayout layout, int *variants)
{
    Packed *p;
    for (*variants = 0; (p = (Packed *)weight_get(w, &packed_form, *variants)); ++*variants)
        if (!layout || dnnl_memory_desc_equal(p->layout, layout))
            return p;
    return NULL;
}

static const float *pack(OpCtx *c, const Entry *e, const Weight *w)
{
    int variants;
    Packed *p = packed_in(w, e->weight, &variants);
    if (p)
        return p->data;
    float *owned;
    Layout from = weight_layout(&e->key, false);
    const float *values = unpacked(&e->key, w, &owned);
    p = values ? packed_new(c, e->weight, variants) : NULL;
    if (!p)
        op_fail(c, ERR_NOMEM, "out of memory packing a weight of %zu numbers", tensor_count(w->host));
    else if (!from)
        op_fail(c, ERR_NOMEM, "out of memory packing a weight");
    else if (!reorder(cpu_device(c)->primitives, from, values, p->layout, p->data))
        op_fail(c, ERR_DEVICE, "oneDNN cannot pack a weight");
    layout_free(from);
    free(owned);
    if (!op_ok(c)) {
        if (p)
            packed_free(&p->head);
        return NULL;
    }
    p = (Packed *)weight_put(w, &p->head);
    weight_drop_pages(w);
    /* Another thread may have put a layout of its own under this number: then this one takes the next. */
    return dnnl_memory_desc_equal(p->layout, e->weight) ? p->data : pack(c, e, w);
}

/* ---- running ---- */

static void execute(OpCtx *c, Entry *e, float *y, const float *x, const float *w, const float *bias)
{
    PrimitiveCache *p = cpu_device(c)->primitives;
    ArenaMark mark = op_mark(c);
    void *scratch = e->scratch ? op_alloc(c, e->scratch) : NULL;
    if (!op_ok(c))
        return;
    dnnl_exec_arg_t args[5] = {
        { DNNL_ARG_SRC, e->src },   { DNNL_ARG_WEIGHTS, e->wei },
        { DNNL_ARG_DST, e->dst },   { DNNL_ARG_SCRATCHPAD, e->scratchpad },
        { DNNL_ARG_BIAS, e->bias },
    };
    dnnl_memory_set_data_handle(e->src, (void *)(uintptr_t)x);
    dnnl_memory_set_data_handle(e->wei, (void *)(uintptr_t)w);
    dnnl_memory_set_data_handle(e->dst, y);
    dnnl_memory_set_data_handle(e->scratchpad, scratch);
    if (e->bias)
        dnnl_memory_set_data_handle(e->bias, (void *)(uintptr_t)bias);
    if (dnnl_primitive_execute(e->primitive, p->stream, e->bias ? 5 : 4, args) != dnnl_success ||
        dnnl_stream_wait(p->stream) != dnnl_success)
        op_fail(c, ERR_DEVICE, "oneDNN failed in a %s",
                e->key.kind == PRIMITIVE_CONV ? "convolution" : "product");
    op_reset(c, mark);
}

void primitive_run_packed(OpCtx *c, const PrimitiveKey *key, float *y, const float *x, const Weight *w,
                          const float *bias)
{
    int variants;
    omp_set_num_threads(c->threads);
    Packed *have = packed_in(w, NULL, &variants);
    Entry *e = entry_for(c, key, have ? have->layout : NULL);
    const float *packed = e ? pack(c, e, w) : NULL;
    if (packed)
        execute(c, e, y, x, packed, bias);
}

void primitive_run(OpCtx *c, const PrimitiveKey *key, float *y, const float *a, const float *b)
{
    omp_set_num_threads(c->threads);
    Entry *e = entry_for(c, key, NULL);
    if (e)
        execute(c, e, y, a, b, NULL);
}
