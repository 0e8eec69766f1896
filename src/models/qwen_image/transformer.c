#include "models/qwen_image/transformer.h"

#include "base/file.h"
#include "models/load.h"
#include "models/lora.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float EPS = 1e-6f;

/* Sines and cosines that the timestep becomes; fixed in the reference. */
enum { TIME_CHANNELS = 256 };

/* ---- weights ---- */

/* What text and image have each for themselves. */
typedef struct {
    LoraLinear mod; /* timestep embedding to shift, scale and gate, for attention and for MLP */
    LoraLinear q, k, v, out;
    Norm norm_q, norm_k; /* RMS norm of each head */
    LoraLinear mlp_in, mlp_out;
} Stream;

typedef struct {
    Stream img, txt;
} Block;

struct QwenTransformer {
    QwenTransformerConfig config;
    Weights *weights;
    Lora **loras;
    size_t lora_count;
    size_t dim, img_hidden, txt_hidden; /* channels of tokens, and inside the two MLPs */
    size_t packed_out;                  /* patch_size^2 * out_channels */
    LoraLinear time_in, time_out;
    Weight additional_t; /* [2, D], with use_additional_t_cond */
    Norm txt_norm;
    LoraLinear img_in, txt_in;
    Block *blocks;
    LoraLinear norm_out; /* timestep embedding to the last scale and shift */
    LoraLinear proj_out;
};

/* ---- load ---- */

/* How wide the layers are, in terms of the model. */
typedef enum { DIM, DIM_6, DIM_2, IMG_HIDDEN, TXT_HIDDEN, TIME, PACKED_IN, PACKED_OUT, JOINT } Width;

static size_t width(const QwenTransformer *t, Width w)
{
    switch (w) {
    case DIM: return t->dim;
    case DIM_6: return 6 * t->dim;
    case DIM_2: return 2 * t->dim;
    case IMG_HIDDEN: return t->img_hidden;
    case TXT_HIDDEN: return t->txt_hidden;
    case TIME: return TIME_CHANNELS;
    case PACKED_IN: return t->config.in_channels;
    case PACKED_OUT: return t->packed_out;
    case JOINT: return t->config.joint_attention_dim;
    }
    return 0;
}

/* The linear layers by the names that a checkpoint has for them: [out, in]. */
typedef struct {
    const char *name;
    size_t at; /* offset in the Block or the QwenTransformer */
    Width out, in;
} LayerName;

static const LayerName model_layers[] = {
    { "time_text_embed.timestep_embedder.linear_1", offsetof(QwenTransformer, time_in), DIM, TIME },
    { "time_text_embed.timestep_embedder.linear_2", offsetof(QwenTransformer, time_out), DIM, DIM },
    { "img_in", offsetof(QwenTransformer, img_in), DIM, PACKED_IN },
    { "txt_in", offsetof(QwenTransformer, txt_in), DIM, JOINT },
    { "norm_out.linear", offsetof(QwenTransformer, norm_out), DIM_2, DIM },
    { "proj_out", offsetof(QwenTransformer, proj_out), PACKED_OUT, DIM },
};

static const LayerName block_layers[] = {
    { "img_mod.1", offsetof(Block, img.mod), DIM_6, DIM },
    { "attn.to_q", offsetof(Block, img.q), DIM, DIM },
    { "attn.to_k", offsetof(Block, img.k), DIM, DIM },
    { "attn.to_v", offsetof(Block, img.v), DIM, DIM },
    { "attn.to_out.0", offsetof(Block, img.out), DIM, DIM },
    { "img_mlp.net.0.proj", offsetof(Block, img.mlp_in), IMG_HIDDEN, DIM },
    { "img_mlp.net.2", offsetof(Block, img.mlp_out), DIM, IMG_HIDDEN },
    { "txt_mod.1", offsetof(Block, txt.mod), DIM_6, DIM },
    { "attn.add_q_proj", offsetof(Block, txt.q), DIM, DIM },
    { "attn.add_k_proj", offsetof(Block, txt.k), DIM, DIM },
    { "attn.add_v_proj", offsetof(Block, txt.v), DIM, DIM },
    { "attn.to_add_out", offsetof(Block, txt.out), DIM, DIM },
    { "txt_mlp.net.0.proj", offsetof(Block, txt.mlp_in), TXT_HIDDEN, DIM },
    { "txt_mlp.net.2", offsetof(Block, txt.mlp_out), DIM, TXT_HIDDEN },
};

/* The RMS norms of the heads, [head_dim] each. */
static const LayerName block_norms[] = {
    { "attn.norm_q", offsetof(Block, img.norm_q), DIM, DIM },
    { "attn.norm_k", offsetof(Block, img.norm_k), DIM, DIM },
    { "attn.norm_added_q", offsetof(Block, txt.norm_q), DIM, DIM },
    { "attn.norm_added_k", offsetof(Block, txt.norm_k), DIM, DIM },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void *member(void *whole, size_t at)
{
    return (char *)whole + at;
}

static Linear *layer_at(void *whole, size_t at)
{
    LoraLinear *l = member(whole, at);
    return &l->base;
}

/* Sizes that config.json does not tell: the biases of the first MLP layers have them. */
static void read_sizes(Loader *l, QwenTransformer *t)
{
    Shape img = { 0 }, txt = { 0 };
    load_shape(l, &img, "transformer_blocks.0.img_mlp.net.0.proj.bias");
    load_shape(l, &txt, "transformer_blocks.0.txt_mlp.net.0.proj.bias");
    t->img_hidden = img.dim[0];
    t->txt_hidden = txt.dim[0];
    t->dim = t->config.num_attention_heads * t->config.attention_head_dim;
    t->packed_out = t->config.patch_size * t->config.patch_size * t->config.out_channels;
}

static void load(Loader *l, QwenTransformer *t)
{
    const QwenTransformerConfig *cfg = &t->config;
    read_sizes(l, t);
    for (size_t k = 0; k < COUNT(model_layers); k++)
        load_linear(l, layer_at(t, model_layers[k].at), width(t, model_layers[k].out),
                    width(t, model_layers[k].in), "%s", model_layers[k].name);
    load_weight(l, &t->txt_norm.weight, SHAPE(cfg->joint_attention_dim), "txt_norm.weight");
    if (cfg->use_additional_t_cond)
        load_weight(l, &t->additional_t, SHAPE(2, t->dim), "time_text_embed.addition_t_embedding.weight");
    for (size_t i = 0; i < cfg->num_layers; i++) {
        Block *b = &t->blocks[i];
        for (size_t k = 0; k < COUNT(block_layers); k++)
            load_linear(l, layer_at(b, block_layers[k].at), width(t, block_layers[k].out),
                        width(t, block_layers[k].in), "transformer_blocks.%zu.%s", i, block_layers[k].name);
        for (size_t k = 0; k < COUNT(block_norms); k++) {
            Norm *norm = member(b, block_norms[k].at);
            load_weight(l, &norm->weight, SHAPE(cfg->attention_head_dim), "transformer_blocks.%zu.%s.weight",
                        i, block_norms[k].name);
        }
    }
    /* in_channels is what goes in and patch_size^2 * out_channels what comes out; a step adds one to the other. */
    if (t->packed_out != cfg->in_channels)
        load_fail(
            l,
            "config.json has in_channels %zu and patch_size^2 * out_channels %zu: an editing model has both the same",
            cfg->in_channels, t->packed_out);
}

/* Files for ComfyUI may put a word before each name, and mark the model of -2511 by an empty tensor. */
static void read_comfy_names(Loader *l, const QwenTransformerConfig *cfg)
{
    static const char *const prefixes[] = { "model.diffusion_model.", "diffusion_model." };
    static const char marker[] = "__index_timestep_zero__";
    const char *architecture = weights_metadata(l->weights, "general.architecture");
    if (architecture && strcmp(architecture, "qwen_image") != 0 && strcmp(architecture, "pig") != 0)
        load_fail(l, "general.architecture is %.60s where qwen_image is needed: this is another model",
                  architecture);
    for (size_t i = 0; i < COUNT(prefixes) && !weights_prefix(l->weights, prefixes[i]);)
        i++;
    if (load_shape(l, NULL, "%s", marker) && !cfg->zero_cond_t)
        load_fail(l,
                  "this is the transformer of -2511 and config.json that of an earlier Qwen-Image-Edit: name "
                  "the model folder of -2511");
    load_ignore(l, "%s", marker);
}

bool qwen_transformer_open_with(QwenTransformer **out, const char *folder, const char *weights, Err *err)
{
    *out = NULL;
    QwenTransformer *t = calloc(1, sizeof *t);
    char *path = path_join(folder, "config.json");
    if (!t || !path) {
        err_set(err, ERR_NOMEM, "%s: no memory to load it", folder);
        goto fail;
    }
    if (!qwen_transformer_config_read(&t->config, path, err))
        goto fail;
    t->blocks = calloc(t->config.num_layers, sizeof *t->blocks);
    if (!t->blocks) {
        err_set(err, ERR_NOMEM, "%s: no memory to load it", folder);
        goto fail;
    }
    if (!weights_open(&t->weights, weights, err))
        goto fail;
    Loader l = { .weights = t->weights };
    read_comfy_names(&l, &t->config);
    load(&l, t);
    if (!load_finish(&l, err))
        goto fail;
    free(path);
    *out = t;
    return true;
fail:
    free(path);
    qwen_transformer_close(t);
    return false;
}

bool qwen_transformer_open(QwenTransformer **out, const char *folder, Err *err)
{
    return qwen_transformer_open_with(out, folder, folder, err);
}

/* ---- LoRA ---- */

/* Every linear layer by its name; the caller frees them. NULL: no memory. */
static LoraTarget *targets_of(QwenTransformer *t, size_t *count)
{
    size_t n = 0;
    LoraTarget *all = calloc(COUNT(model_layers) + t->config.num_layers * COUNT(block_layers), sizeof *all);
    if (!all)
        return NULL;
    for (size_t k = 0; k < COUNT(model_layers); k++, n++) {
        all[n].layer = member(t, model_layers[k].at);
        snprintf(all[n].name, sizeof all[n].name, "%s", model_layers[k].name);
    }
    for (size_t i = 0; i < t->config.num_layers; i++)
        for (size_t k = 0; k < COUNT(block_layers); k++, n++) {
            all[n].layer = member(&t->blocks[i], block_layers[k].at);
            snprintf(all[n].name, sizeof all[n].name, "transformer_blocks.%zu.%s", i, block_layers[k].name);
        }
    *count = n;
    return all;
}

bool qwen_transformer_add_lora(QwenTransformer *t, const char *path, float scale, Err *err)
{
    size_t count = 0;
    LoraTarget *targets = targets_of(t, &count);
    Lora **loras = realloc(t->loras, (t->lora_count + 1) * sizeof *loras);
    if (loras)
        t->loras = loras;
    bool ok = targets && loras ? lora_open(&loras[t->lora_count], path, scale, targets, count, err)
                               : err_set(err, ERR_NOMEM, "%s: no memory to open it", path);
    t->lora_count += ok;
    free(targets);
    return ok;
}

void qwen_transformer_drop_loras(QwenTransformer *t)
{
    while (t->lora_count)
        lora_close(t->loras[--t->lora_count]);
    free(t->loras);
    t->loras = NULL;
}

/* ---- closing ---- */

void qwen_transformer_close(QwenTransformer *t)
{
    if (!t)
        return;
    qwen_transformer_drop_loras(t);
    for (size_t k = 0; k < COUNT(model_layers); k++)
        lora_linear_clear(member(t, model_layers[k].at));
    weight_clear(&t->additional_t);
    norm_clear(&t->txt_norm);
    for (size_t i = 0; t->blocks && i < t->config.num_layers; i++) {
        for (size_t k = 0; k < COUNT(block_layers); k++)
            lora_linear_clear(member(&t->blocks[i], block_layers[k].at));
        for (size_t k = 0; k < COUNT(block_norms); k++)
            norm_clear(member(&t->blocks[i], block_norms[k].at));
    }
    free(t->blocks);
    weights_close(t->weights);
    free(t);
}

const QwenTransformerConfig *qwen_transformer_config(const QwenTransformer *t)
{
    return &t->config;
}

/* ---- timesteps ---- */

/* The sinusoidal embedding of Ho et al. 2020, cosines first. */
static void time_projection(float timestep, float out[TIME_CHANNELS])
{
    enum { HALF = TIME_CHANNELS / 2 };
    for (int i = 0; i < HALF; i++) {
        float frequency = expf((float)(-log(10000.0)) * (float)i / HALF);
        /* The input is t / 1000, and is multiplied by 1000 here: in float32, as the reference does. */
        float angle = 1000.0f * (timestep * frequency);
        out[i] = (float)cos((double)angle);
        out[HALF + i] = (float)sin((double)angle);
    }
}

/* temb [times, D]: a row for the timestep, and with zero_cond_t one for timestep 0, that of a clean image. */
static Tensor embed_time(OpCtx *c, const QwenTransformer *t, const QwenStep *s)
{
    float proj[2][TIME_CHANNELS];
    size_t times = t->config.zero_cond_t ? 2 : 1;
    time_projection(s->timestep, proj[0]);
    time_projection(0, proj[1]);
    Tensor x = op_from_f32(c, proj[0], SHAPE(times, TIME_CHANNELS));
    x = lora_linear(c, lora_linear(c, x, &t->time_in, ACT_SILU), &t->time_out, ACT_NONE);
    if (t->config.use_additional_t_cond)
        op_add_to(c, x, op_rows(c, op_weight(c, &t->additional_t), s->additional_cond, 1));
    return x;
}

/* ---- which token is where ---- */

/* Rows of a token matrix that have the same row of temb. */
typedef struct {
    size_t first, count, time;
} Span;

typedef struct {
    Span span[2 * QWEN_BRANCHES_MAX];
    size_t count;
} Spans;

typedef struct {
    const QwenTransformer *t;
    const QwenStep *step;
    Tensor temb; /* behind SiLU */
    size_t image_tokens, target_tokens;
    size_t text_first[QWEN_BRANCHES_MAX + 1]; /* where the text of a branch begins; the last: their number */
    Spans img, txt;
} Pass;

static void span_add(Spans *s, size_t first, size_t count, size_t time)
{
    if (count)
        s->span[s->count++] = (Span){ first, count, time };
}

/* Image tokens are [branches * image_tokens, D]. With zero_cond_t the references of each branch have timestep 0. */
static void lay_out(Pass *p, const QwenStep *s, bool zero_cond)
{
    p->target_tokens = s->images[0].height * s->images[0].width;
    p->image_tokens = s->latents.dim[0];
    for (size_t b = 0; b < s->branches; b++) {
        p->text_first[b + 1] = p->text_first[b] + s->text[b].dim[0];
        if (zero_cond) {
            span_add(&p->img, b * p->image_tokens, p->target_tokens, 0);
            span_add(&p->img, b * p->image_tokens + p->target_tokens, p->image_tokens - p->target_tokens, 1);
        }
    }
    if (!zero_cond)
        span_add(&p->img, 0, s->branches * p->image_tokens, 0);
    span_add(&p->txt, 0, p->text_first[s->branches], 0);
}

static size_t text_tokens(const Pass *p, size_t branch)
{
    return p->text_first[branch + 1] - p->text_first[branch];
}

/* a, and b below it; nothing below nothing is b. */
static Tensor stack(OpCtx *c, Tensor a, Tensor b)
{
    return tensor_is(a) ? op_concat_rows(c, a, b) : b;
}

/* ---- blocks ---- */

/* One sub-layer's part of the modulation, [times, D] each. */
typedef struct {
    Tensor shift, scale, gate;
} Modulation;

static void modulation(OpCtx *c, const Pass *p, const LoraLinear *mod, Modulation *attention, Modulation *mlp)
{
    Tensor m = lora_linear(c, p->temb, mod, ACT_NONE);
    Tensor *const chunk[] = { &attention->shift, &attention->scale, &attention->gate,
                              &mlp->shift,       &mlp->scale,       &mlp->gate };
    for (size_t i = 0; i < COUNT(chunk); i++)
        *chunk[i] = op_cols(c, m, i * p->t->dim, p->t->dim);
}

/* norm(x) * (1 + scale) + shift, with the row of temb that each token has. */
static Tensor modulate(OpCtx *c, Tensor x, const Spans *spans, const Modulation *m)
{
    Tensor y = { 0 };
    x = op_layer_norm(c, x, NULL, EPS);
    for (size_t i = 0; i < spans->count; i++) {
        Span s = spans->span[i];
        y = stack(c, y,
                  op_modulate(c, op_rows(c, x, s.first, s.count), op_rows(c, m->shift, s.time, 1),
                              op_rows(c, m->scale, s.time, 1)));
    }
    return y;
}

/* x += gate * y */
static void add_gated(OpCtx *c, Tensor x, const Spans *spans, Tensor gate, Tensor y)
{
    for (size_t i = 0; i < spans->count; i++) {
        Span s = spans->span[i];
        op_add_gated(c, op_rows(c, x, s.first, s.count), op_rows(c, gate, s.time, 1),
                     op_rows(c, y, s.first, s.count));
    }
}

typedef struct {
    Tensor q, k, v;
} Qkv;

static Tensor head_norm(OpCtx *c, const QwenTransformer *t, Tensor x, const Norm *norm)
{
    size_t heads = t->config.num_attention_heads, d = t->config.attention_head_dim, rows = tensor_rows(x);
    x = op_rms_norm(c, op_reshape(c, x, SHAPE(rows, heads, d)), norm, EPS);
    return op_reshape(c, x, SHAPE(rows, heads * d));
}

static Qkv project(OpCtx *c, const QwenTransformer *t, const Stream *s, Tensor x)
{
    return (Qkv){ head_norm(c, t, lora_linear(c, x, &s->q, ACT_NONE), &s->norm_q),
                  head_norm(c, t, lora_linear(c, x, &s->k, ACT_NONE), &s->norm_k),
                  lora_linear(c, x, &s->v, ACT_NONE) };
}

/* Turn each row of the images of all branches by its position. */
static Tensor turn_images(OpCtx *c, const Pass *p, Tensor x)
{
    Shape batch = SHAPE(p->step->branches, p->image_tokens, p->t->dim);
    return op_reshape(c, op_rope(c, op_reshape(c, x, batch), p->step->rope->image), tensor_shape(x));
}

static Tensor turn_text(OpCtx *c, Tensor x, const Rope *rope)
{
    Rope r = *rope;
    r.cos = op_rows(c, rope->cos, 0, tensor_rows(x));
    r.sin = op_rows(c, rope->sin, 0, tensor_rows(x));
    return op_rope(c, x, r);
}

/* Text and image of a branch attend to each other as one sequence, text first; branches do not see each other. The results
 * go to *txt and *img, before their output layers. Hidden text tokens are no keys but still are queries. */
static void joint_attention(OpCtx *c, const Pass *p, Qkv t, Qkv i, Tensor *txt, Tensor *img)
{
    const QwenStep *s = p->step;
    *txt = *img = (Tensor){ 0 };
    i.q = turn_images(c, p, i.q);
    i.k = turn_images(c, p, i.k);
    for (size_t b = 0; b < s->branches; b++) {
        size_t from = p->text_first[b], n = text_tokens(p, b), image = b * p->image_tokens;
        Tensor q = turn_text(c, op_rows(c, t.q, from, n), &s->rope->text);
        Tensor k = turn_text(c, op_rows(c, t.k, from, n), &s->rope->text);
        Tensor v = op_rows(c, t.v, from, n);
        if (s->text_keys) {
            k = op_gather(c, k, s->text_keys[b]);
            v = op_gather(c, v, s->text_keys[b]);
        }
        q = op_concat_rows(c, q, op_rows(c, i.q, image, p->image_tokens));
        k = op_concat_rows(c, k, op_rows(c, i.k, image, p->image_tokens));
        v = op_concat_rows(c, v, op_rows(c, i.v, image, p->image_tokens));
        Tensor a =
            op_attention(c, q, k, v, (AttentionOpts){ .heads = (int)p->t->config.num_attention_heads });
        *txt = stack(c, *txt, op_rows(c, a, 0, n));
        *img = stack(c, *img, op_rows(c, a, n, p->image_tokens));
    }
}

static Tensor mlp(OpCtx *c, const Stream *s, Tensor x)
{
    return lora_linear(c, lora_linear(c, x, &s->mlp_in, ACT_GELU_TANH), &s->mlp_out, ACT_NONE);
}

/* txt [text tokens, D] and img [branches * image tokens, D] are updated in place. */
static void block_forward(OpCtx *c, const Pass *p, const Block *b, Tensor txt, Tensor img)
{
    ArenaMark mark = op_mark(c);
    Modulation txt_attn, txt_mlp, img_attn, img_mlp;
    modulation(c, p, &b->txt.mod, &txt_attn, &txt_mlp);
    modulation(c, p, &b->img.mod, &img_attn, &img_mlp);

    Tensor txt_seen, img_seen;
    Qkv t = project(c, p->t, &b->txt, modulate(c, txt, &p->txt, &txt_attn));
    Qkv i = project(c, p->t, &b->img, modulate(c, img, &p->img, &img_attn));
    joint_attention(c, p, t, i, &txt_seen, &img_seen);
    add_gated(c, txt, &p->txt, txt_attn.gate, lora_linear(c, txt_seen, &b->txt.out, ACT_NONE));
    add_gated(c, img, &p->img, img_attn.gate, lora_linear(c, img_seen, &b->img.out, ACT_NONE));

    add_gated(c, txt, &p->txt, txt_mlp.gate, mlp(c, &b->txt, modulate(c, txt, &p->txt, &txt_mlp)));
    add_gated(c, img, &p->img, img_mlp.gate, mlp(c, &b->img, modulate(c, img, &p->img, &img_mlp)));
    op_reset(c, mark);
}

/* ---- forward ---- */

static bool check(OpCtx *c, const QwenTransformer *t, const QwenStep *s)
{
    size_t tokens = 0, longest = 0;
    for (size_t i = 0; i < s->image_count; i++)
        tokens += s->images[i].height * s->images[i].width;
    if (s->branches < 1 || s->branches > QWEN_BRANCHES_MAX || s->image_count < 1 || s->additional_cond > 1) {
        op_fail(c, ERR_INTERNAL, "a step of Qwen-Image with %zu branches, %zu images, condition %zu",
                s->branches, s->image_count, s->additional_cond);
        return false;
    }
    for (size_t b = 0; b < s->branches; b++) {
        Tensor x = s->text[b];
        if (x.rank != 2 || x.dim[0] == 0 || x.dim[1] != t->config.joint_attention_dim) {
            op_fail(c, ERR_INPUT,
                    "the text embedding has %zu tokens of %zu channels, the transformer wants %zu channels: "
                    "text encoder and transformer are of two models",
                    tensor_rows(x), tensor_cols(x), t->config.joint_attention_dim);
            return false;
        }
        longest = x.dim[0] > longest ? x.dim[0] : longest;
    }
    if (s->latents.rank != 2 || s->latents.dim[0] != tokens || s->latents.dim[1] != t->config.in_channels ||
        s->rope->image.cos.dim[0] != tokens || s->rope->text.cos.dim[0] < longest) {
        op_fail(c, ERR_INPUT,
                "%zu latent tokens of %zu channels: the transformer wants %zu tokens of %zu channels, and "
                "positions for them and %zu text tokens",
                tensor_rows(s->latents), tensor_cols(s->latents), tokens, t->config.in_channels, longest);
        return false;
    }
    return true;
}

static void show(OpCtx *c, const QwenStep *s, const char *name, Tensor x)
{
    if (s->watch)
        s->watch->see(s->watch->user, c, name, x);
}

static void show_block(OpCtx *c, const Pass *p, size_t i, Tensor txt, Tensor img)
{
    char name[40];
    snprintf(name, sizeof name, "block%zu.txt", i);
    show(c, p->step, name, txt);
    snprintf(name, sizeof name, "block%zu.img", i);
    show(c, p->step, name, op_reshape(c, img, SHAPE(p->step->branches, p->image_tokens, p->t->dim)));
}

/* Of the image tokens only those of the picture are wanted. scale comes before shift here, other than in the blocks. */
static Tensor last_layers(OpCtx *c, const Pass *p, Tensor img)
{
    const QwenTransformer *t = p->t;
    Tensor x = { 0 };
    for (size_t b = 0; b < p->step->branches; b++)
        x = stack(c, x, op_rows(c, img, b * p->image_tokens, p->target_tokens));
    Tensor m = lora_linear(c, op_rows(c, p->temb, 0, 1), &t->norm_out, ACT_NONE);
    Tensor scale = op_cols(c, m, 0, t->dim), shift = op_cols(c, m, t->dim, t->dim);
    x = lora_linear(c, op_modulate(c, op_layer_norm(c, x, NULL, EPS), shift, scale), &t->proj_out, ACT_NONE);
    return op_reshape(c, x, SHAPE(p->step->branches, p->target_tokens, t->packed_out));
}

Tensor qwen_transformer_forward(OpCtx *c, const QwenTransformer *t, const QwenStep *s)
{
    if (!op_ok(c) || !check(c, t, s))
        return (Tensor){ 0 };
    ArenaMark mark = op_mark(c);
    Pass p = { .t = t, .step = s };
    lay_out(&p, s, t->config.zero_cond_t);
    Tensor temb = embed_time(c, t, s);
    show(c, s, "temb", temb);
    p.temb = op_act(c, temb, ACT_SILU);

    Tensor txt = { 0 };
    for (size_t b = 0; b < s->branches; b++)
        txt = stack(c, txt, s->text[b]);
    txt = lora_linear(c, op_rms_norm(c, txt, &t->txt_norm, EPS), &t->txt_in, ACT_NONE);
    Tensor img = op_repeat(c, lora_linear(c, s->latents, &t->img_in, ACT_NONE), s->branches);
    img = op_reshape(c, img, SHAPE(s->branches * p.image_tokens, t->dim));

    for (size_t i = 0; i < t->config.num_layers && op_ok(c); i++) {
        block_forward(c, &p, &t->blocks[i], txt, img);
        show_block(c, &p, i, txt, img);
    }
    return op_reset_keep(c, mark, last_layers(c, &p, img));
}
