#include "models/sam/tiny_vit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float EPS = 1e-5f; /* of layer norms and batch norms */

/* Not in the checkpoint: MobileSAM is trained for this side, and its stem and two of its downsamplings halve it. */
enum { PIXELS = 1024 };

/* The reference keeps the resolution in downsamplings to one of these widths. */
static bool keeps_resolution(size_t out)
{
    return out == 320 || out == 448 || out == 576;
}

/* ---- parameters made from the checkpoint's ---- */

/* One array that a parameter lies in; a chain through TinyVit.made. */
typedef struct Made {
    struct Made *next;
    float data[];
} Made;

static float *make(Loader *l, TinyVit *t, size_t count)
{
    Made *m = malloc(sizeof *m + (count + 1) * sizeof *m->data);
    if (!m) {
        load_fail(l, "no memory for the image encoder");
        return NULL;
    }
    m->next = t->made;
    t->made = m;
    return m->data;
}

/* A convolution without bias and the batch norm behind it become one convolution with bias:
 * (conv(x) - mean) * weight / sqrt(var + eps) + bias. */
static void load_conv_bn(Loader *l, TinyVit *t, Linear *conv, Shape shape, const char *name)
{
    size_t out = shape.dim[0], per = shape.dim[1] * shape.dim[2] * shape.dim[3];
    float *w = load_floats(l, shape, "%s.c.weight", name);
    float *gain = load_floats(l, SHAPE(out), "%s.bn.weight", name);
    float *shift = load_floats(l, SHAPE(out), "%s.bn.bias", name);
    float *mean = load_floats(l, SHAPE(out), "%s.bn.running_mean", name);
    float *var = load_floats(l, SHAPE(out), "%s.bn.running_var", name);
    load_ignore(l, "%s.bn.num_batches_tracked", name);
    if (w && gain && shift && mean && var) {
        float *weight = make(l, t, out * per), *bias = make(l, t, out);
        for (size_t o = 0; weight && bias && o < out; o++) {
            double scale = gain[o] / sqrt((double)var[o] + (double)EPS);
            for (size_t i = 0; i < per; i++)
                weight[o * per + i] = (float)(w[o * per + i] * scale);
            bias[o] = (float)(shift[o] - mean[o] * scale);
        }
        conv->weight.host = tensor_of(weight, DTYPE_F32, shape);
        conv->bias.host = tensor_of(bias, DTYPE_F32, SHAPE(out));
    }
    free(w);
    free(gain);
    free(shift);
    free(mean);
    free(var);
}

/* ---- load ---- */

static void load_mb_conv(Loader *l, TinyVit *t, MbConv *m, const char *name)
{
    char part[256];
    Shape expand = { 0 }, project = { 0 };
    load_shape(l, &expand, "%s.conv1.c.weight", name);
    load_shape(l, &project, "%s.conv3.c.weight", name);
    m->hidden = expand.dim[0];
    m->dim = expand.dim[1];
    m->out = project.dim[0];
    struct {
        const char *name;
        Linear *to;
        Shape shape;
    } convs[] = { { "conv1", &m->expand, SHAPE(m->hidden, m->dim, 1, 1) },
                  { "conv2", &m->depthwise, SHAPE(m->hidden, 1, 3, 3) },
                  { "conv3", &m->project, SHAPE(m->out, m->hidden, 1, 1) } };
    for (int i = 0; i < 3; i++) {
        snprintf(part, sizeof part, "%s.%s", name, convs[i].name);
        load_conv_bn(l, t, convs[i].to, convs[i].shape, part);
    }
}

/* The checkpoint lays out the rows of qkv head by head, q, k and v of each; attention wants q of all heads first. */
static void load_qkv(Loader *l, TinyVit *t, TinyVitBlock *b, size_t dim, const char *name)
{
    size_t heads = (size_t)b->heads, d = dim / heads;
    float *w = load_floats(l, SHAPE(3 * dim, dim), "%s.attn.qkv.weight", name);
    float *bias = load_floats(l, SHAPE(3 * dim), "%s.attn.qkv.bias", name);
    float *to = make(l, t, 3 * dim * dim), *to_bias = make(l, t, 3 * dim);
    for (size_t row = 0; w && bias && to && to_bias && row < 3 * dim; row++) {
        size_t part = row / dim, head = row % dim / d, from = (head * 3 + part) * d + row % d;
        memcpy(to + row * dim, w + from * dim, dim * sizeof *to);
        to_bias[row] = bias[from];
    }
    if (w && bias && to && to_bias) {
        b->qkv.weight.host = tensor_of(to, DTYPE_F32, SHAPE(3 * dim, dim));
        b->qkv.bias.host = tensor_of(to_bias, DTYPE_F32, SHAPE(3 * dim));
    }
    free(w);
    free(bias);
}

/* One number a head and distance (|dy|, |dx|) becomes one a head, query and key. */
static void load_bias(Loader *l, TinyVit *t, TinyVitBlock *b, const char *name)
{
    size_t s = b->window, n = s * s, heads = (size_t)b->heads;
    float *table = load_floats(l, SHAPE(heads, n), "%s.attn.attention_biases", name);
    float *to = make(l, t, heads * n * n);
    for (size_t i = 0; table && to && i < heads * n * n; i++) {
        size_t head = i / (n * n), q = i / n % n, k = i % n;
        size_t dy = q / s > k / s ? q / s - k / s : k / s - q / s,
               dx = q % s > k % s ? q % s - k % s : k % s - q % s;
        to[i] = table[head * n + dy * s + dx];
    }
    if (table && to)
        b->bias.host = tensor_of(to, DTYPE_F32, SHAPE(heads, n, n));
    free(table);
}

static void load_block(Loader *l, TinyVit *t, TinyVitBlock *b, size_t dim, const char *name)
{
    char part[256];
    Shape biases = { 0 }, hidden = { 0 };
    load_shape(l, &biases, "%s.attn.attention_biases", name);
    load_shape(l, &hidden, "%s.mlp.fc1.weight", name);
    b->window = (size_t)lround(sqrt((double)biases.dim[1]));
    b->heads = biases.dim[0] <= dim ? (int)biases.dim[0] : 0;
    if (b->heads == 0 || dim % (size_t)b->heads || b->window == 0 || b->window > 64) {
        load_fail(l, "%s has %zu heads for %zu channels in windows of %zu", name, biases.dim[0], dim,
                  b->window);
        return;
    }
    load_norm(l, &b->attn_norm, dim, "%s.attn.norm", name);
    load_qkv(l, t, b, dim, name);
    load_linear(l, &b->proj, dim, dim, "%s.attn.proj", name);
    load_bias(l, t, b, name);
    snprintf(part, sizeof part, "%s.local_conv", name);
    load_conv_bn(l, t, &b->local, SHAPE(dim, 1, 3, 3), part);
    load_norm(l, &b->mlp_norm, dim, "%s.mlp.norm", name);
    load_linear(l, &b->fc1, hidden.dim[0], dim, "%s.mlp.fc1", name);
    load_linear(l, &b->fc2, dim, hidden.dim[0], "%s.mlp.fc2", name);
}

static void load_layer(Loader *l, TinyVit *t, size_t i, size_t dim)
{
    char name[200];
    TinyVitLayer *y = &t->layer[i];
    y->dim = dim;
    while (y->count < TINY_VIT_BLOCKS_MAX) {
        snprintf(name, sizeof name, "image_encoder.layers.%zu.blocks.%zu", i, y->count);
        if (load_shape(l, NULL, "%s.conv1.c.weight", name))
            load_mb_conv(l, t, &y->conv[y->count], name);
        else if (load_shape(l, NULL, "%s.attn.attention_biases", name))
            load_block(l, t, &y->block[y->count], dim, name);
        else
            break;
        y->count++;
    }
    snprintf(name, sizeof name, "image_encoder.layers.%zu.downsample", i);
    y->has_downsample = load_shape(l, NULL, "%s.conv1.c.weight", name);
    if (y->has_downsample) {
        load_mb_conv(l, t, &y->downsample, name);
        y->downsample.stride = keeps_resolution(y->downsample.out) ? 1 : 2;
    }
}

bool tiny_vit_is(const Loader *l)
{
    return load_shape(l, NULL, "image_encoder.patch_embed.seq.0.c.weight");
}

void tiny_vit_load(Loader *l, TinyVit *t)
{
    Shape stem1 = { 0 }, stem2 = { 0 }, neck = { 0 };
    *t = (TinyVit){ .pixels = PIXELS };
    t->layer = calloc(TINY_VIT_LAYERS_MAX, sizeof *t->layer);
    if (!t->layer) {
        load_fail(l, "no memory for the image encoder");
        return;
    }
    load_shape(l, &stem1, "image_encoder.patch_embed.seq.0.c.weight");
    load_shape(l, &stem2, "image_encoder.patch_embed.seq.2.c.weight");
    load_shape(l, &neck, "image_encoder.neck.0.weight");
    t->out = neck.dim[0];
    load_conv_bn(l, t, &t->stem1, SHAPE(stem1.dim[0], 3, 3, 3), "image_encoder.patch_embed.seq.0");
    load_conv_bn(l, t, &t->stem2, SHAPE(stem2.dim[0], stem1.dim[0], 3, 3), "image_encoder.patch_embed.seq.2");

    size_t dim = stem2.dim[0];
    t->grid = PIXELS / 4;
    while (t->layer_count < TINY_VIT_LAYERS_MAX) {
        TinyVitLayer *y = &t->layer[t->layer_count];
        load_layer(l, t, t->layer_count++, dim);
        if (!y->has_downsample)
            break;
        dim = y->downsample.out;
        t->grid /= y->downsample.stride;
    }
    sam_neck_load(l, &t->neck, dim, t->out);
    load_ignore(l, "image_encoder.norm_head.");
    load_ignore(l, "image_encoder.head.");
}

static void clear_mb_conv(MbConv *m)
{
    linear_clear(&m->expand);
    linear_clear(&m->depthwise);
    linear_clear(&m->project);
}

static void clear_layer(TinyVitLayer *y)
{
    for (size_t i = 0; i < y->count; i++) {
        TinyVitBlock *b = &y->block[i];
        clear_mb_conv(&y->conv[i]);
        norm_clear(&b->attn_norm);
        linear_clear(&b->qkv);
        linear_clear(&b->proj);
        weight_clear(&b->bias);
        linear_clear(&b->local);
        norm_clear(&b->mlp_norm);
        linear_clear(&b->fc1);
        linear_clear(&b->fc2);
    }
    clear_mb_conv(&y->downsample);
}

void tiny_vit_clear(TinyVit *t)
{
    for (size_t i = 0; i < t->layer_count; i++)
        clear_layer(&t->layer[i]);
    free(t->layer);
    linear_clear(&t->stem1);
    linear_clear(&t->stem2);
    sam_neck_clear(&t->neck);
    for (Made *m = t->made, *next; m; m = next) {
        next = m->next;
        free(m);
    }
    *t = (TinyVit){ 0 };
}

/* ---- forward ---- */

/* Without the last activation. */
static Tensor mb_conv(OpCtx *c, const MbConv *m, Tensor x)
{
    ConvOpts pointwise = { .act = ACT_GELU };
    ConvOpts depthwise = { .stride = m->stride, .pad = 1, .groups = m->hidden, .act = ACT_GELU };
    x = op_conv2d(c, x, &m->expand, pointwise);
    x = op_conv2d(c, x, &m->depthwise, depthwise);
    return op_conv2d(c, x, &m->project, (ConvOpts){ 0 });
}

/* x [H, W, C]. The norm is inside, behind the filling: what fills the windows enters as the norm's bias. */
static Tensor attention(OpCtx *c, const TinyVitBlock *b, Tensor x)
{
    size_t h = x.dim[0], w = x.dim[1], dim = x.dim[2], s = b->window;
    Tensor y = op_layer_norm(c, op_windows(c, x, s), &b->attn_norm, EPS);
    size_t n = y.dim[0];
    y = op_linear(c, op_reshape(c, y, SHAPE(n, s * s, dim)), &b->qkv);
    y = op_attention_qkv(c, y, (AttentionOpts){ .heads = b->heads, .bias = op_weight(c, &b->bias) });
    y = op_linear(c, y, &b->proj);
    return op_unwindows(c, op_reshape(c, y, SHAPE(n, s, s, dim)), h, w);
}

static Tensor block_forward(OpCtx *c, const TinyVitBlock *b, Tensor x)
{
    x = op_add(c, x, attention(c, b, x));
    x = op_conv2d(c, x, &b->local, (ConvOpts){ .pad = 1, .groups = x.dim[2] });
    Tensor y = op_linear_act(c, op_layer_norm(c, x, &b->mlp_norm, EPS), &b->fc1, ACT_GELU);
    return op_add(c, x, op_linear(c, y, &b->fc2));
}

static Tensor layer_forward(OpCtx *c, const TinyVitLayer *y, bool convolutions, Tensor x)
{
    for (size_t i = 0; i < y->count; i++) {
        ArenaMark mark = op_mark(c);
        Tensor next = convolutions ? op_act(c, op_add(c, mb_conv(c, &y->conv[i], x), x), ACT_GELU)
                                   : block_forward(c, &y->block[i], x);
        x = op_reset_keep(c, mark, next);
    }
    return y->has_downsample ? mb_conv(c, &y->downsample, x) : x;
}

Tensor tiny_vit_forward(OpCtx *c, const TinyVit *t, Tensor image)
{
    Tensor x = op_conv2d(c, image, &t->stem1, (ConvOpts){ .stride = 2, .pad = 1, .act = ACT_GELU });
    x = op_conv2d(c, x, &t->stem2, (ConvOpts){ .stride = 2, .pad = 1 });
    for (size_t i = 0; i < t->layer_count; i++)
        x = layer_forward(c, &t->layer[i], i == 0, x);
    return sam_neck_forward(c, &t->neck, x);
}
