#include "models/qwen_image/vae.h"

#include "base/file.h"
#include "models/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The reference divides by max(length of the row, 1e-12); this eps under the root of the mean of squares does the same for
 * all rows but those of about that length, and keeps zeros zero. The usual 1e-6 would be seen. */
static const float EPS = 1e-26f;

/* Levels next to the attention that run on the whole picture also where the others work in tiles: they are small, and the
 * others alone need a narrower halo. */
enum { WHOLE_LEVELS = 1 };

/* ---- weights ---- */

typedef struct {
    Norm norm1, norm2;
    Linear conv1, conv2;
    Linear shortcut; /* where the number of channels changes */
    bool has_shortcut;
} ResBlock;

/* One head over all channels. */
typedef struct {
    Norm norm;
    Linear qkv, proj;
} Attention;

/* Residual blocks at one size, and what halves or doubles the picture behind them. */
typedef struct {
    ResBlock *res;
    size_t res_count;
    Linear resample;
    bool has_resample;
} Level;

typedef struct {
    Linear conv_in;
    Level level[QWEN_VAE_LEVELS_MAX];
    ResBlock mid1, mid2; /* behind the encoder's levels, before the decoder's */
    Attention mid_attention;
    Norm norm_out;
    Linear conv_out;
} Coder;

struct QwenVae {
    QwenVaeConfig config;
    Weights *weights;
    Coder encoder, decoder;
    Linear quant_conv, post_quant_conv; /* 1x1 */
};

/* ---- load ---- */

/* gamma [C, 1, 1, 1] (in the attention [C, 1, 1]) is a weight [C]. */
static void load_gamma(Loader *l, Norm *norm, size_t channels, int rank, const char *name)
{
    Shape s = { .rank = rank, .dim = { channels, 1, 1, 1 } };
    load_weight(l, &norm->weight, s, "%s.gamma", name);
    if (tensor_is(norm->weight.host))
        norm->weight.host = tensor_of(norm->weight.host.data, norm->weight.host.dtype, SHAPE(channels));
}

/* A causal convolution over time, of which a single frame meets the last slice only. */
static void load_causal(Loader *l, Linear *conv, size_t out, size_t in, size_t kernel, const char *name)
{
    load_conv(l, conv, (ConvShape){ .out = out, .in = in, .kernel = kernel, .frames = kernel }, "%s", name);
}

typedef struct {
    char text[160];
} Path;

__attribute__((format(printf, 1, 2))) static Path path_of(const char *fmt, ...)
{
    Path p;
    va_list args;
    va_start(args, fmt);
    vsnprintf(p.text, sizeof p.text, fmt, args);
    va_end(args);
    return p;
}

static void load_res(Loader *l, ResBlock *r, size_t out, size_t in, const char *name)
{
    load_gamma(l, &r->norm1, in, 4, path_of("%s.norm1", name).text);
    load_causal(l, &r->conv1, out, in, 3, path_of("%s.conv1", name).text);
    load_gamma(l, &r->norm2, out, 4, path_of("%s.norm2", name).text);
    load_causal(l, &r->conv2, out, out, 3, path_of("%s.conv2", name).text);
    r->has_shortcut = in != out;
    if (r->has_shortcut)
        load_causal(l, &r->shortcut, out, in, 1, path_of("%s.conv_shortcut", name).text);
}

static void load_mid(Loader *l, Coder *k, size_t channels, const char *prefix)
{
    load_res(l, &k->mid1, channels, channels, path_of("%s.mid_block.resnets.0", prefix).text);
    load_gamma(l, &k->mid_attention.norm, channels, 3,
               path_of("%s.mid_block.attentions.0.norm", prefix).text);
    load_conv(l, &k->mid_attention.qkv, (ConvShape){ .out = 3 * channels, .in = channels, .kernel = 1 },
              "%s.mid_block.attentions.0.to_qkv", prefix);
    load_conv(l, &k->mid_attention.proj, (ConvShape){ .out = channels, .in = channels, .kernel = 1 },
              "%s.mid_block.attentions.0.proj", prefix);
    load_res(l, &k->mid2, channels, channels, path_of("%s.mid_block.resnets.1", prefix).text);
}

static bool level_new(Loader *l, Level *level, size_t res_count)
{
    level->res = calloc(res_count, sizeof *level->res);
    if (!level->res)
        load_fail(l, "no memory for the autoencoder");
    level->res_count = level->res ? res_count : 0;
    return level->res != NULL;
}

/* The convolution behind a level; what it does to time is not there for single frames. */
static void load_resample(Loader *l, Level *level, size_t out, size_t in, const char *name)
{
    level->has_resample = true;
    load_conv(l, &level->resample, (ConvShape){ .out = out, .in = in, .kernel = 3 }, "%s.resample.1", name);
    load_ignore(l, "%s.time_conv.", name);
}

/* The checkpoint numbers residual blocks and resamplers of all levels together. */
static void load_encoder(Loader *l, Coder *k, const QwenVaeConfig *cfg)
{
    size_t in = cfg->base_dim, n = 0;
    load_causal(l, &k->conv_in, in, cfg->input_channels, 3, "encoder.conv_in");
    for (size_t i = 0; i < cfg->levels; i++) {
        size_t out = cfg->base_dim * cfg->dim_mult[i];
        if (!level_new(l, &k->level[i], cfg->num_res_blocks))
            return;
        for (size_t r = 0; r < cfg->num_res_blocks; r++, in = out)
            load_res(l, &k->level[i].res[r], out, in, path_of("encoder.down_blocks.%zu", n++).text);
        if (i + 1 < cfg->levels)
            load_resample(l, &k->level[i], out, out, path_of("encoder.down_blocks.%zu", n++).text);
    }
    load_mid(l, k, in, "encoder");
    load_gamma(l, &k->norm_out, in, 4, "encoder.norm_out");
    load_causal(l, &k->conv_out, 2 * cfg->z_dim, in, 3, "encoder.conv_out");
}

/* The levels in reverse, each with one residual block more; the upsampler halves the channels, so all levels but the first
 * start from half. */
static void load_decoder(Loader *l, Coder *k, const QwenVaeConfig *cfg)
{
    size_t in = cfg->base_dim * cfg->dim_mult[cfg->levels - 1];
    load_causal(l, &k->conv_in, in, cfg->z_dim, 3, "decoder.conv_in");
    load_mid(l, k, in, "decoder");
    for (size_t i = 0; i < cfg->levels; i++) {
        size_t out = cfg->base_dim * cfg->dim_mult[cfg->levels - 1 - i];
        if (!level_new(l, &k->level[i], cfg->num_res_blocks + 1))
            return;
        for (size_t r = 0; r < k->level[i].res_count; r++, in = out)
            load_res(l, &k->level[i].res[r], out, in,
                     path_of("decoder.up_blocks.%zu.resnets.%zu", i, r).text);
        if (i + 1 < cfg->levels) {
            load_resample(l, &k->level[i], out / 2, out,
                          path_of("decoder.up_blocks.%zu.upsamplers.0", i).text);
            in = out / 2;
        }
    }
    load_gamma(l, &k->norm_out, in, 4, "decoder.norm_out");
    load_causal(l, &k->conv_out, cfg->input_channels, in, 3, "decoder.conv_out");
}

static void load(Loader *l, QwenVae *v)
{
    const QwenVaeConfig *cfg = &v->config;
    load_encoder(l, &v->encoder, cfg);
    load_causal(l, &v->quant_conv, 2 * cfg->z_dim, 2 * cfg->z_dim, 1, "quant_conv");
    load_causal(l, &v->post_quant_conv, cfg->z_dim, cfg->z_dim, 1, "post_quant_conv");
    load_decoder(l, &v->decoder, cfg);
}

bool qwen_vae_open(QwenVae **out, const char *folder, Err *err)
{
    *out = NULL;
    QwenVae *v = calloc(1, sizeof *v);
    char *path = path_join(folder, "config.json");
    if (!v || !path) {
        err_set(err, ERR_NOMEM, "%s: no memory to load it", folder);
        goto fail;
    }
    if (!qwen_vae_config_read(&v->config, path, err) || !weights_open(&v->weights, folder, err))
        goto fail;
    Loader l = { .weights = v->weights };
    load(&l, v);
    if (!load_finish(&l, err))
        goto fail;
    free(path);
    *out = v;
    return true;
fail:
    free(path);
    qwen_vae_close(v);
    return false;
}

static void res_clear(ResBlock *r)
{
    norm_clear(&r->norm1);
    norm_clear(&r->norm2);
    linear_clear(&r->conv1);
    linear_clear(&r->conv2);
    linear_clear(&r->shortcut);
}

static void coder_clear(Coder *k)
{
    linear_clear(&k->conv_in);
    for (size_t i = 0; i < QWEN_VAE_LEVELS_MAX; i++) {
        for (size_t r = 0; r < k->level[i].res_count; r++)
            res_clear(&k->level[i].res[r]);
        free(k->level[i].res);
        linear_clear(&k->level[i].resample);
    }
    res_clear(&k->mid1);
    res_clear(&k->mid2);
    norm_clear(&k->mid_attention.norm);
    linear_clear(&k->mid_attention.qkv);
    linear_clear(&k->mid_attention.proj);
    norm_clear(&k->norm_out);
    linear_clear(&k->conv_out);
}

void qwen_vae_close(QwenVae *v)
{
    if (!v)
        return;
    coder_clear(&v->encoder);
    coder_clear(&v->decoder);
    linear_clear(&v->quant_conv);
    linear_clear(&v->post_quant_conv);
    weights_close(v->weights);
    free(v);
}

const QwenVaeConfig *qwen_vae_config(const QwenVae *v)
{
    return &v->config;
}

size_t qwen_vae_scale(const QwenVae *v)
{
    return (size_t)1 << (v->config.levels - 1);
}

/* ---- blocks; all pictures are [H, W, C] ---- */

static Tensor norm_silu(OpCtx *c, Tensor x, const Norm *norm)
{
    return op_act(c, op_rms_norm(c, x, norm, EPS), ACT_SILU);
}

static Tensor conv3(OpCtx *c, Tensor x, const Linear *conv)
{
    return op_conv2d(c, x, conv, (ConvOpts){ .pad = 1 });
}

static Tensor conv1(OpCtx *c, Tensor x, const Linear *conv)
{
    return op_conv2d(c, x, conv, (ConvOpts){ 0 });
}

static Tensor res_forward(OpCtx *c, const ResBlock *r, Tensor x)
{
    ArenaMark mark = op_mark(c);
    Tensor y = conv3(c, norm_silu(c, x, &r->norm1), &r->conv1);
    y = conv3(c, norm_silu(c, y, &r->norm2), &r->conv2);
    op_add_to(c, y, r->has_shortcut ? conv1(c, x, &r->shortcut) : x);
    return op_reset_keep(c, mark, y);
}

static Tensor attention_forward(OpCtx *c, const Attention *a, Tensor x)
{
    if (!op_ok(c))
        return x;
    ArenaMark mark = op_mark(c);
    size_t h = x.dim[0], w = x.dim[1], channels = x.dim[2];
    Tensor qkv = conv1(c, op_rms_norm(c, x, &a->norm, EPS), &a->qkv);
    qkv = op_reshape(c, qkv, SHAPE(h * w, 3 * channels));
    Tensor y = op_attention_qkv(c, qkv, (AttentionOpts){ .heads = 1 });
    y = conv1(c, op_reshape(c, y, SHAPE(h, w, channels)), &a->proj);
    op_add_to(c, y, x);
    return op_reset_keep(c, mark, y);
}

static Tensor mid_forward(OpCtx *c, const Coder *k, Tensor x)
{
    x = res_forward(c, &k->mid1, x);
    x = attention_forward(c, &k->mid_attention, x);
    return res_forward(c, &k->mid2, x);
}

/* Each latent channel times `mul`, plus `add`. */
static Tensor channels_affine(OpCtx *c, Tensor x, size_t channels, const float *mul, const float *add)
{
    x = op_mul(c, x, op_from_f32(c, mul, SHAPE(channels)));
    return op_add(c, x, op_from_f32(c, add, SHAPE(channels)));
}

/* ---- tiles ---- */

/* Layers in which every output depends on its neighbourhood only, run on one tile after the other. Places are counted in
 * cells of the coarser side. */
typedef struct {
    Tensor (*layers)(OpCtx *c, const QwenVae *v, Tensor x);
    size_t before, behind; /* pixels a side of a cell in what goes in and in what comes out */
    size_t tile, halo;     /* cells a side, and cells around it that it depends on */
} Tiling;

typedef struct {
    size_t from, count;   /* cells of the tile */
    size_t start, length; /* with the halo, as far as the picture goes */
} Stretch;

static Stretch stretch_of(size_t from, const Tiling *t, size_t size)
{
    Stretch s = { .from = from, .count = size - from < t->tile ? size - from : t->tile };
    s.start = from > t->halo ? from - t->halo : 0;
    size_t end = from + s.count + t->halo < size ? from + s.count + t->halo : size;
    s.length = end - s.start;
    return s;
}

static Tensor one_tile(OpCtx *c, const QwenVae *v, Tensor x, const Tiling *t, Stretch down, Stretch across)
{
    ArenaMark mark = op_mark(c);
    x = op_crop(c, x, down.start * t->before, across.start * t->before, down.length * t->before,
                across.length * t->before);
    x = t->layers(c, v, x);
    x = op_crop(c, x, (down.from - down.start) * t->behind, (across.from - across.start) * t->behind,
                down.count * t->behind, across.count * t->behind);
    return op_reset_keep(c, mark, x);
}

/* The layers on x [H, W, C], with so many channels in the result. */
static Tensor in_tiles(OpCtx *c, const QwenVae *v, Tensor x, const Tiling *t, size_t channels)
{
    if (!op_ok(c))
        return (Tensor){ 0 };
    size_t h = x.dim[0] / t->before, w = x.dim[1] / t->before, row = w * t->behind * channels;
    Tensor all = op_zeros(c, SHAPE(h * t->behind, row));
    for (size_t y = 0; y < h && op_ok(c); y += t->tile) {
        ArenaMark mark = op_mark(c);
        Stretch down = stretch_of(y, t, h);
        size_t lines = down.count * t->behind;
        Tensor line = { 0 };
        for (size_t z = 0; z < w && op_ok(c); z += t->tile) {
            Stretch across = stretch_of(z, t, w);
            Tensor one = one_tile(c, v, x, t, down, across);
            one = op_reshape(c, one, SHAPE(lines, across.count * t->behind * channels));
            line = z == 0 ? one : op_concat_cols(c, line, one);
        }
        op_add_to(c, op_rows(c, all, y * t->behind, lines), line); /* to zeros */
        op_reset(c, mark);
    }
    return op_reshape(c, all, SHAPE(h * t->behind, w * t->behind, channels));
}

/* Cells of a tile of so many pixels; at least one. */
static size_t cells_of(size_t tile, size_t cell)
{
    return tile / cell ? tile / cell : 1;
}

/* ---- encode ---- */

/* Levels [first, end), with what lies before the first of all. */
static Tensor encode_levels(OpCtx *c, const QwenVae *v, Tensor x, size_t first, size_t end)
{
    const Coder *k = &v->encoder;
    if (first == 0)
        x = conv3(c, x, &k->conv_in);
    for (size_t i = first; i < end; i++) {
        for (size_t r = 0; r < k->level[i].res_count; r++)
            x = res_forward(c, &k->level[i].res[r], x);
        /* One line of zeros at the bottom and one on the right, none at the top and on the left. */
        if (k->level[i].has_resample)
            x = op_conv2d(c, x, &k->level[i].resample, (ConvOpts){ .stride = 2, .pad_end = 1 });
    }
    return x;
}

static Tensor encode_tile(OpCtx *c, const QwenVae *v, Tensor x)
{
    return encode_levels(c, v, x, 0, v->config.levels - WHOLE_LEVELS);
}

/* From a cell behind the tiled levels back to the pixels: halving doubles the reach and looks one further to the right and
 * down, each 3x3 convolution reaches one further. In whole cells, because tiles begin at cells. */
static size_t encode_halo(const QwenVae *v)
{
    size_t reach = 0, levels = v->config.levels - WHOLE_LEVELS;
    for (size_t i = 0; i < levels; i++)
        reach = 2 * reach + 1 + 2 * v->config.num_res_blocks;
    size_t cell = (size_t)1 << levels;
    return (reach + 1 + cell - 1) / cell;
}

static Tensor encode_in_tiles(OpCtx *c, const QwenVae *v, Tensor image, size_t tile)
{
    size_t levels = v->config.levels - WHOLE_LEVELS, cell = (size_t)1 << levels;
    Tiling t = { .layers = encode_tile,
                 .before = cell,
                 .behind = 1,
                 .tile = cells_of(tile, cell),
                 .halo = encode_halo(v) };
    return in_tiles(c, v, image, &t, v->config.base_dim * v->config.dim_mult[levels - 1]);
}

Tensor qwen_vae_encode(OpCtx *c, const QwenVae *v, Tensor image, size_t tile)
{
    const QwenVaeConfig *cfg = &v->config;
    const Coder *k = &v->encoder;
    size_t scale = qwen_vae_scale(v);
    if (!op_ok(c))
        return (Tensor){ 0 };
    if (image.rank != 3 || image.dim[2] != cfg->input_channels || image.dim[0] % scale ||
        image.dim[1] % scale || image.dim[0] == 0 || image.dim[1] == 0)
        return op_fail(c, ERR_INTERNAL,
                       "a picture of %zu x %zu pixels with %zu channels: the autoencoder takes multiples of "
                       "%zu pixels and %zu channels",
                       image.dim[1], image.dim[0], image.dim[2], scale, cfg->input_channels);
    ArenaMark mark = op_mark(c);
    bool tiled = tile && cfg->levels > WHOLE_LEVELS;
    size_t first = tiled ? cfg->levels - WHOLE_LEVELS : 0;
    Tensor x = tiled ? encode_in_tiles(c, v, image, tile) : image;
    x = encode_levels(c, v, x, first, cfg->levels);
    x = mid_forward(c, k, x);
    x = conv3(c, norm_silu(c, x, &k->norm_out), &k->conv_out);
    Tensor mean = op_cols(c, conv1(c, x, &v->quant_conv), 0, cfg->z_dim);

    float mul[QWEN_LATENT_CHANNELS_MAX], add[QWEN_LATENT_CHANNELS_MAX];
    for (size_t i = 0; i < cfg->z_dim; i++) {
        mul[i] = 1 / cfg->latents_std[i];
        add[i] = -cfg->latents_mean[i] / cfg->latents_std[i];
    }
    return op_reset_keep(c, mark, channels_affine(c, mean, cfg->z_dim, mul, add));
}

/* ---- decode ---- */

/* Levels from `first` on, and the last layers: everything here looks at neighbours only. */
static Tensor decode_levels(OpCtx *c, const QwenVae *v, Tensor x, size_t first, size_t end)
{
    const Coder *k = &v->decoder;
    for (size_t i = first; i < end; i++) {
        for (size_t r = 0; r < k->level[i].res_count; r++)
            x = res_forward(c, &k->level[i].res[r], x);
        if (k->level[i].has_resample) {
            ArenaMark mark = op_mark(c);
            Tensor large = op_resize(c, x, 2 * x.dim[0], 2 * x.dim[1], RESIZE_NEAREST);
            x = op_reset_keep(c, mark, conv3(c, large, &k->level[i].resample));
        }
    }
    return x;
}

/* min(max(x, -1), 1) */
static Tensor clamp(OpCtx *c, Tensor x)
{
    x = op_act(c, op_affine(c, x, 1, 1), ACT_RELU);
    return op_affine(c, op_act(c, op_affine(c, x, -1, 2), ACT_RELU), -1, 1);
}

static Tensor decode_last(OpCtx *c, const QwenVae *v, Tensor x, size_t first)
{
    x = decode_levels(c, v, x, first, v->config.levels);
    return clamp(c, conv3(c, norm_silu(c, x, &v->decoder.norm_out), &v->decoder.conv_out));
}

/* From the last pixel back to the first tiled level: each 3x3 convolution reaches one cell further, and enlarging halves the
 * reach, rounded up. */
static size_t decode_halo(const QwenVae *v)
{
    size_t levels = v->config.levels, convs = 2 * (v->config.num_res_blocks + 1), reach = 1 + convs;
    for (size_t i = levels - 1; i > WHOLE_LEVELS; i--)
        reach = (reach + 1 + 1) / 2 + convs;
    return reach;
}

static Tensor decode_tile(OpCtx *c, const QwenVae *v, Tensor x)
{
    return decode_last(c, v, x, WHOLE_LEVELS);
}

Tensor qwen_vae_decode(OpCtx *c, const QwenVae *v, Tensor latents, size_t tile)
{
    const QwenVaeConfig *cfg = &v->config;
    if (!op_ok(c))
        return (Tensor){ 0 };
    if (latents.rank != 3 || latents.dim[2] != cfg->z_dim || latents.dim[0] == 0 || latents.dim[1] == 0)
        return op_fail(c, ERR_INTERNAL,
                       "latents of %zu x %zu cells with %zu channels: the autoencoder has %zu",
                       latents.dim[1], latents.dim[0], latents.dim[2], cfg->z_dim);
    ArenaMark mark = op_mark(c);
    Tensor x = channels_affine(c, latents, cfg->z_dim, cfg->latents_std, cfg->latents_mean);
    x = conv3(c, conv1(c, x, &v->post_quant_conv), &v->decoder.conv_in);
    x = mid_forward(c, &v->decoder, x);

    if (tile == 0 || cfg->levels <= WHOLE_LEVELS)
        return op_reset_keep(c, mark, decode_last(c, v, x, 0));
    size_t cell = qwen_vae_scale(v) >> WHOLE_LEVELS;
    Tiling t = { .layers = decode_tile,
                 .before = 1,
                 .behind = cell,
                 .tile = cells_of(tile, cell),
                 .halo = decode_halo(v) };
    x = decode_levels(c, v, x, 0, WHOLE_LEVELS);
    return op_reset_keep(c, mark, in_tiles(c, v, x, &t, cfg->input_channels));
}
