#include "sam_checkpoint.h"

#include "base/rng.h"
#include "base/str.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKENS = 4096, PROMPT = 256, WINDOW = 14, MLP_RATIO = 4 };

const SamModel sam_models[] = {
    { .name = "sam_vit_b", .dim = 768, .depth = 12, .heads = 12 },
    { .name = "sam_vit_l", .dim = 1024, .depth = 24, .heads = 16 },
    { .name = "sam_vit_h", .dim = 1280, .depth = 32, .heads = 16 },
    { .name = "sam2.1_hiera_t",
      .config = "sam2.1_hiera_t",
      .embed = 96,
      .head0 = 1,
      .stages = { 1, 2, 7, 2 },
      .windows = { 8, 4, 14, 7 },
      .global = { 5, 7, 9 },
      .bkg = 7 },
    { .name = "sam2.1_hiera_b+",
      .config = "sam2.1_hiera_b+",
      .embed = 112,
      .head0 = 2,
      .stages = { 2, 3, 16, 3 },
      .windows = { 8, 4, 14, 7 },
      .global = { 12, 16, 20 },
      .bkg = 14 },
    { .name = "sam2.1_hiera_l",
      .config = "sam2.1_hiera_l",
      .embed = 144,
      .head0 = 2,
      .stages = { 2, 6, 36, 4 },
      .windows = { 8, 4, 16, 8 },
      .global = { 23, 33, 43 },
      .bkg = 7 },
    { .name = NULL },
};

/* ---- the file: a header that grows, and how the numbers of each tensor are scaled ---- */

typedef struct {
    Str header;
    size_t bytes;
    struct {
        size_t count;
        float scale, shift;
    } part[4096];
    size_t parts;
} File;

static void add(File *f, float scale, float shift, const char *name, int rank, const int *dim)
{
    size_t count = 1;
    str_printf(&f->header, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[", f->parts ? "," : "{", name);
    for (int i = 0; i < rank; i++) {
        count *= (size_t)dim[i];
        str_printf(&f->header, "%s%d", i ? "," : "", dim[i]);
    }
    str_printf(&f->header, "],\"data_offsets\":[%zu,%zu]}", f->bytes, f->bytes + 4 * count);
    f->bytes += 4 * count;
    f->part[f->parts].count = count;
    f->part[f->parts].scale = scale;
    f->part[f->parts++].shift = shift;
}

#define DIMS(...)                                                \
    (int)(sizeof((int[]){ __VA_ARGS__ }) / sizeof(int)), (int[]) \
    {                                                            \
        __VA_ARGS__                                              \
    }

static void weight(File *f, const char *layer, const char *part, int rank, const int *dim, float scale,
                   float shift)
{
    char name[256];
    snprintf(name, sizeof name, "%s.%s", layer, part);
    add(f, scale, shift, name, rank, dim);
}

static void linear(File *f, const char *layer, int out, int in)
{
    weight(f, layer, "weight", DIMS(out, in), 1 / sqrtf((float)in), 0);
    weight(f, layer, "bias", DIMS(out), 0.01f, 0);
}

static void conv(File *f, const char *layer, int out, int in, int k, bool bias, bool transposed)
{
    weight(f, layer, "weight", 4, transposed ? (int[]){ in, out, k, k } : (int[]){ out, in, k, k },
           1 / sqrtf((float)(in * k * k)), 0);
    if (bias)
        weight(f, layer, "bias", DIMS(out), 0.01f, 0);
}

static void norm(File *f, const char *layer, int channels)
{
    weight(f, layer, "weight", DIMS(channels), 0.1f, 1);
    weight(f, layer, "bias", DIMS(channels), 0.01f, 0);
}

#define NAMED(...) (snprintf(name, sizeof name, __VA_ARGS__), name)

/* ---- the parts ---- */

static void vit(File *f, const SamModel *m)
{
    char name[200];
    int d = m->dim, hd = d / m->heads;
    add(f, 0.02f, 0, "image_encoder.pos_embed", DIMS(1, 64, 64, d));
    conv(f, "image_encoder.patch_embed.proj", d, 3, 16, true, false);
    for (int i = 0; i < m->depth; i++) {
        bool global = i % (m->depth / 4) == m->depth / 4 - 1;
        int rows = 2 * (global ? 64 : WINDOW) - 1;
        norm(f, NAMED("image_encoder.blocks.%d.norm1", i), d);
        add(f, 0.02f, 0, NAMED("image_encoder.blocks.%d.attn.rel_pos_h", i), DIMS(rows, hd));
        add(f, 0.02f, 0, NAMED("image_encoder.blocks.%d.attn.rel_pos_w", i), DIMS(rows, hd));
        linear(f, NAMED("image_encoder.blocks.%d.attn.qkv", i), 3 * d, d);
        linear(f, NAMED("image_encoder.blocks.%d.attn.proj", i), d, d);
        norm(f, NAMED("image_encoder.blocks.%d.norm2", i), d);
        linear(f, NAMED("image_encoder.blocks.%d.mlp.lin1", i), MLP_RATIO * d, d);
        linear(f, NAMED("image_encoder.blocks.%d.mlp.lin2", i), d, MLP_RATIO * d);
    }
    conv(f, "image_encoder.neck.0", PROMPT, d, 1, false, false);
    norm(f, "image_encoder.neck.1", PROMPT);
    conv(f, "image_encoder.neck.2", PROMPT, PROMPT, 3, false, false);
    norm(f, "image_encoder.neck.3", PROMPT);
}

static void hiera(File *f, const SamModel *m)
{
    char name[200];
    int dim = m->embed, block = 0;
    add(f, 0.02f, 0, "image_encoder.trunk.pos_embed", DIMS(1, dim, m->bkg, m->bkg));
    add(f, 0.02f, 0, "image_encoder.trunk.pos_embed_window", DIMS(1, dim, m->windows[0], m->windows[0]));
    conv(f, "image_encoder.trunk.patch_embed.proj", dim, 3, 7, true, false);
    for (int s = 0; s < 4; s++)
        for (int k = 0; k < m->stages[s]; k++, block++) {
            int out = s > 0 && k == 0 ? 2 * dim : dim;
            norm(f, NAMED("image_encoder.trunk.blocks.%d.norm1", block), dim);
            linear(f, NAMED("image_encoder.trunk.blocks.%d.attn.qkv", block), 3 * out, dim);
            linear(f, NAMED("image_encoder.trunk.blocks.%d.attn.proj", block), out, out);
            norm(f, NAMED("image_encoder.trunk.blocks.%d.norm2", block), out);
            linear(f, NAMED("image_encoder.trunk.blocks.%d.mlp.layers.0", block), MLP_RATIO * out, out);
            linear(f, NAMED("image_encoder.trunk.blocks.%d.mlp.layers.1", block), out, MLP_RATIO * out);
            if (out != dim)
                linear(f, NAMED("image_encoder.trunk.blocks.%d.proj", block), out, dim);
            dim = out;
        }
    for (int i = 0; i < 4; i++)
        conv(f, NAMED("image_encoder.neck.convs.%d.conv", i), PROMPT, dim >> i, 1, true, false);
    add(f, 0.02f, 0, "no_mem_embed", DIMS(1, 1, PROMPT));
}

static void prompt_encoder(File *f, const char *prefix)
{
    char name[200];
    add(f, 1, 0, NAMED("%.150s.pe_layer.positional_encoding_gaussian_matrix", prefix), DIMS(2, PROMPT / 2));
    for (int i = 0; i < 4; i++)
        add(f, 1, 0, NAMED("%.150s.point_embeddings.%d.weight", prefix, i), DIMS(1, PROMPT));
    add(f, 1, 0, NAMED("%.150s.not_a_point_embed.weight", prefix), DIMS(1, PROMPT));
    conv(f, NAMED("%.150s.mask_downscaling.0", prefix), 4, 1, 2, true, false);
    norm(f, NAMED("%.150s.mask_downscaling.1", prefix), 4);
    conv(f, NAMED("%.150s.mask_downscaling.3", prefix), 16, 4, 2, true, false);
    norm(f, NAMED("%.150s.mask_downscaling.4", prefix), 16);
    conv(f, NAMED("%.150s.mask_downscaling.6", prefix), PROMPT, 16, 1, true, false);
    add(f, 1, 0, NAMED("%.150s.no_mask_embed.weight", prefix), DIMS(1, PROMPT));
}

static void attention(File *f, const char *layer, int inner)
{
    char name[200];
    linear(f, NAMED("%.150s.q_proj", layer), inner, PROMPT);
    linear(f, NAMED("%.150s.k_proj", layer), inner, PROMPT);
    linear(f, NAMED("%.150s.v_proj", layer), inner, PROMPT);
    linear(f, NAMED("%.150s.out_proj", layer), PROMPT, inner);
}

static void head(File *f, const char *layer, int out)
{
    char name[200];
    linear(f, NAMED("%.150s.layers.0", layer), PROMPT, PROMPT);
    linear(f, NAMED("%.150s.layers.1", layer), PROMPT, PROMPT);
    linear(f, NAMED("%.150s.layers.2", layer), out, PROMPT);
}

static void mask_decoder(File *f, const char *prefix, bool sam2)
{
    char name[200];
    for (int i = 0; i < 2; i++) {
        attention(f, NAMED("%.150s.transformer.layers.%d.self_attn", prefix, i), PROMPT);
        attention(f, NAMED("%.150s.transformer.layers.%d.cross_attn_token_to_image", prefix, i), PROMPT / 2);
        attention(f, NAMED("%.150s.transformer.layers.%d.cross_attn_image_to_token", prefix, i), PROMPT / 2);
        for (int k = 1; k <= 4; k++)
            norm(f, NAMED("%.150s.transformer.layers.%d.norm%d", prefix, i, k), PROMPT);
        linear(f, NAMED("%.150s.transformer.layers.%d.mlp.%s", prefix, i, sam2 ? "layers.0" : "lin1"), 2048,
               PROMPT);
        linear(f, NAMED("%.150s.transformer.layers.%d.mlp.%s", prefix, i, sam2 ? "layers.1" : "lin2"), PROMPT,
               2048);
    }
    attention(f, NAMED("%.150s.transformer.final_attn_token_to_image", prefix), PROMPT / 2);
    norm(f, NAMED("%.150s.transformer.norm_final_attn", prefix), PROMPT);
    add(f, 1, 0, NAMED("%.150s.iou_token.weight", prefix), DIMS(1, PROMPT));
    add(f, 1, 0, NAMED("%.150s.mask_tokens.weight", prefix), DIMS(4, PROMPT));
    conv(f, NAMED("%.150s.output_upscaling.0", prefix), PROMPT / 4, PROMPT, 2, true, true);
    norm(f, NAMED("%.150s.output_upscaling.1", prefix), PROMPT / 4);
    conv(f, NAMED("%.150s.output_upscaling.3", prefix), PROMPT / 8, PROMPT / 4, 2, true, true);
    for (int i = 0; i < 4; i++)
        head(f, NAMED("%.150s.output_hypernetworks_mlps.%d", prefix, i), PROMPT / 8);
    head(f, NAMED("%.150s.iou_prediction_head", prefix), 4);
    if (sam2) {
        add(f, 1, 0, NAMED("%.150s.obj_score_token.weight", prefix), DIMS(1, PROMPT));
        head(f, NAMED("%.150s.pred_obj_score_head", prefix), 1);
        conv(f, NAMED("%.150s.conv_s0", prefix), PROMPT / 8, PROMPT, 1, true, false);
        conv(f, NAMED("%.150s.conv_s1", prefix), PROMPT / 4, PROMPT, 1, true, false);
    }
}

/* ---- writing ---- */

/* The same million normal numbers over and over, scaled for each tensor. */
static bool write_numbers(const File *f, FILE *out)
{
    enum { POOL = 1 << 20, BLOCK = 1 << 14 };
    float *pool = malloc(POOL * sizeof *pool), block[BLOCK];
    Rng r;
    size_t at = 0;
    if (!pool)
        return false;
    rng_init(&r, 1);
    for (size_t i = 0; i < POOL; i++)
        pool[i] = rng_normal(&r);
    bool ok = true;
    for (size_t p = 0; ok && p < f->parts; p++)
        for (size_t left = f->part[p].count; ok && left > 0;) {
            size_t n = left < BLOCK ? left : BLOCK;
            for (size_t i = 0; i < n; i++, at = (at + 1) % POOL)
                block[i] = pool[at] * f->part[p].scale + f->part[p].shift;
            ok = fwrite(block, sizeof *block, n, out) == n;
            left -= n;
        }
    free(pool);
    return ok;
}

bool sam_checkpoint_write(const SamModel *m, const char *path)
{
    File *f = calloc(1, sizeof *f);
    FILE *out = fopen(path, "wb");
    if (!f || !out) {
        perror(path);
        free(f);
        if (out)
            fclose(out);
        return false;
    }
    if (m->config)
        hiera(f, m);
    else
        vit(f, m);
    prompt_encoder(f, m->config ? "sam_prompt_encoder" : "prompt_encoder");
    mask_decoder(f, m->config ? "sam_mask_decoder" : "mask_decoder", m->config != NULL);
    str_add(&f->header, "}");
    while (f->header.len % 8)
        str_add(&f->header, " ");
    uint64_t size = f->header.len;
    bool ok = fwrite(&size, sizeof size, 1, out) == 1 && fwrite(str_text(&f->header), 1, size, out) == size &&
              write_numbers(f, out);
    ok = fclose(out) == 0 && ok;
    if (!ok)
        perror(path);
    str_clear(&f->header);
    free(f);
    return ok;
}

/* ---- counting ---- */

static double linear_flop(double rows, double in, double out)
{
    return 2 * rows * in * out;
}

static double vit_flop(const SamModel *m)
{
    double d = m->dim, all = linear_flop(TOKENS, 3 * 16 * 16, d);
    for (int i = 0; i < m->depth; i++) {
        bool global = i % (m->depth / 4) == m->depth / 4 - 1;
        double side = global ? 64 : WINDOW, windows = global ? 1 : 25, rows = windows * side * side;
        all += linear_flop(rows, d, 4 * d);           /* qkv and proj */
        all += 2 * linear_flop(rows, d, side * side); /* scores and values */
        all += 2 * linear_flop(rows, d, side);        /* relative positions, rows and columns */
        all += 2 * linear_flop(TOKENS, d, MLP_RATIO * d);
    }
    return all + linear_flop(TOKENS, d, PROMPT) + linear_flop(TOKENS, 9 * PROMPT, PROMPT);
}

static double hiera_flop(const SamModel *m)
{
    double dim = m->embed, side = 256, all = linear_flop(side * side, 3 * 7 * 7, dim);
    int block = 0, window = m->windows[0];
    double level[4];
    for (int s = 0; s < 4; s++) {
        for (int k = 0; k < m->stages[s]; k++, block++) {
            bool border = s > 0 && k == 0;
            double out = border ? 2 * dim : dim;
            bool global = block == m->global[0] || block == m->global[1] || block == m->global[2];
            double w = global ? side : window, across = ceil(side / w), rows = across * w * across * w;
            double queries = border ? rows / 4 : rows;
            all += linear_flop(rows, dim, 3 * out) + linear_flop(queries, out, out);
            all += 2 * linear_flop(queries, out, w * w);
            if (border) {
                all += linear_flop(side * side, dim, out);
                side /= 2;
            }
            all += 2 * linear_flop(side * side, out, MLP_RATIO * out);
            dim = out;
            window = m->windows[s];
        }
        level[s] = linear_flop(side * side, dim, PROMPT);
    }
    for (int s = 0; s < 4; s++)
        all += level[s];
    return all + linear_flop(256 * 256, PROMPT, PROMPT / 8) + linear_flop(128 * 128, PROMPT, PROMPT / 4);
}

double sam_encoder_flop(const SamModel *m)
{
    return m->config ? hiera_flop(m) : vit_flop(m);
}
