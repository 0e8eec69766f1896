#include "qwen_files.h"

#include "base/file.h"
#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { D = FILES_WIDTH, HEADS = D / 128, JOINT = FILES_TEXT_WIDTH, PACKED = FILES_PACKED, RANK = 32 };

typedef struct {
    Str header;
    FILE *f;
    size_t bytes;
    uint32_t random;
    bool gguf;      /* else safetensors */
    uint64_t count; /* tensors */
} Writer;

/* Numbers of about 2^-6, of both signs, as bf16; as bytes anything will do. */
static void write_random(Writer *w, size_t bytes)
{
    uint16_t chunk[4096];
    while (bytes) {
        size_t n = bytes < sizeof chunk ? bytes : sizeof chunk;
        for (size_t i = 0; i < (n + 1) / 2; i++) {
            w->random = w->random * 1664525u + 1013904223u;
            chunk[i] = (uint16_t)(0x3c00 | (w->random >> 16 & 0x80ff));
        }
        fwrite(chunk, 1, n, w->f);
        bytes -= n;
    }
}

static void add_le(Str *s, uint64_t value, int n)
{
    for (int i = 0; i < n; i++)
        str_add_char(s, (char)(value >> 8 * i));
}

/* Room for the header is left in front; the data begin at HEADER + 8, those of a gguf file at HEADER, for which that is the
 * alignment of every tensor. */
enum { HEADER = 1 << 16 };

/* Of a gguf file: sizes innermost first, 0 beyond the last. */
static void declare_gguf(Writer *w, const char *name, uint32_t type, size_t inner, size_t outer)
{
    add_le(&w->header, strlen(name), 8);
    str_add(&w->header, name);
    add_le(&w->header, outer ? 2 : 1, 4);
    add_le(&w->header, inner, 8);
    if (outer)
        add_le(&w->header, outer, 8);
    add_le(&w->header, type, 4);
    add_le(&w->header, w->bytes, 8);
    w->count++;
}

static void fill_gguf(Writer *w, size_t bytes)
{
    w->bytes += (bytes + HEADER - 1) / HEADER * HEADER;
    fseek(w->f, (long)(HEADER + w->bytes), SEEK_SET);
}

static void declare(Writer *w, const char *name, const char *dtype, const char *shape, size_t bytes)
{
    str_printf(&w->header, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
               w->header.len ? "," : "{", name, dtype, shape, w->bytes, w->bytes + bytes);
    w->bytes += bytes;
}

/* Vectors and matrices of bf16 numbers. */
static void add_gguf_bf16(Writer *w, const char *name, size_t inner, size_t outer)
{
    size_t bytes = 2 * inner * (outer ? outer : 1);
    declare_gguf(w, name, 30, inner, outer);
    write_random(w, bytes);
    fill_gguf(w, bytes);
}

/* Blocks of 256 numbers with scales of 2^-13 and 2^-10. */
static void add_q4_k(Writer *w, const char *name, size_t out, size_t in)
{
    static const uint8_t scales[] = { 0, 0x08, 0, 0x14 };
    size_t blocks = out * in / 256;
    declare_gguf(w, name, 12, in, out);
    for (size_t i = 0; i < blocks; i++) {
        fwrite(scales, 1, sizeof scales, w->f);
        write_random(w, 140);
    }
    fill_gguf(w, blocks * 144);
}

/* A tensor of bf16 numbers of that shape, "3072, 64". */
static void add_bf16(Writer *w, const char *name, const char *shape, size_t count)
{
    declare(w, name, "BF16", shape, 2 * count);
    write_random(w, 2 * count);
}

/* <name>.weight in 4 bits with scales of scales. */
static void add_nf4(Writer *w, const char *name, size_t out, size_t in)
{
    char part[200], shape[40], state[200];
    size_t count = out * in, blocks = count / 64, nested = (blocks + 255) / 256;
    float floats[256];
#define PART(suffix, dtype, n, size)                          \
    snprintf(part, sizeof part, "%s.weight%s", name, suffix); \
    snprintf(shape, sizeof shape, "%zu", (size_t)(n));        \
    declare(w, part, dtype, shape, (size_t)(n) * (size))
    PART("", "U8", count / 2, 1);
    write_random(w, count / 2);
    PART(".absmax", "U8", blocks, 1);
    write_random(w, blocks);
    PART(".quant_map", "F32", 16, 4);
    for (int i = 0; i < 16; i++)
        floats[i] = (float)(i - 8) / 8;
    fwrite(floats, 4, 16, w->f);
    PART(".nested_quant_map", "F32", 256, 4);
    for (int i = 0; i < 256; i++)
        floats[i] = (float)(i - 128) / 128;
    fwrite(floats, 4, 256, w->f);
    PART(".nested_absmax", "F32", nested, 4);
    floats[0] = 1e-3f;
    for (size_t i = 0; i < nested; i++)
        fwrite(floats, 4, 1, w->f);
    int length = snprintf(state, sizeof state,
                          "{\"blocksize\": 64, \"shape\": [%zu, %zu], \"nested_blocksize\": 256, "
                          "\"nested_dtype\": \"float32\", \"nested_offset\": 0.015}",
                          out, in);
    length += snprintf(state + length, sizeof state - (size_t)length, "%*s", (8 - length % 8) % 8, "");
    PART(".quant_state.bitsandbytes__nf4", "U8", length, 1);
    fwrite(state, 1, (size_t)length, w->f);
#undef PART
}

static void add_gguf_linear(Writer *w, Kind kind, const char *name, size_t out, size_t in)
{
    char part[200];
    snprintf(part, sizeof part, "%s.weight", name);
    if (kind == Q4_K)
        add_q4_k(w, part, out, in);
    else
        add_gguf_bf16(w, part, in, out);
    snprintf(part, sizeof part, "%s.bias", name);
    add_gguf_bf16(w, part, out, 0);
}

static void add_vector(Writer *w, const char *name, size_t n)
{
    char shape[40];
    snprintf(shape, sizeof shape, "%zu", n);
    if (w->gguf)
        add_gguf_bf16(w, name, n, 0);
    else
        add_bf16(w, name, shape, n);
}

static void add_linear(Writer *w, Kind kind, const char *name, size_t out, size_t in)
{
    char part[200], shape[40];
    if (w->gguf) {
        add_gguf_linear(w, kind, name, out, in);
        return;
    }
    if (kind == LORA_PAIR) {
        snprintf(part, sizeof part, "%s.lora_A.weight", name);
        snprintf(shape, sizeof shape, "%d, %zu", RANK, in);
        add_bf16(w, part, shape, RANK * in);
        snprintf(part, sizeof part, "%s.lora_B.weight", name);
        snprintf(shape, sizeof shape, "%zu, %d", out, RANK);
        add_bf16(w, part, shape, RANK * out);
        return;
    }
    if (kind == NF4)
        add_nf4(w, name, out, in);
    else {
        snprintf(part, sizeof part, "%s.weight", name);
        snprintf(shape, sizeof shape, "%zu, %zu", out, in);
        add_bf16(w, part, shape, out * in);
    }
    snprintf(part, sizeof part, "%s.bias", name);
    snprintf(shape, sizeof shape, "%zu", out);
    add_bf16(w, part, shape, out);
}

static bool writer_open(Writer *w, const char *path, bool gguf)
{
    *w = (Writer){ .f = fopen(path, "wb"), .random = 1, .gguf = gguf };
    return w->f && fseek(w->f, gguf ? HEADER : HEADER + 8, SEEK_SET) == 0;
}

/* The header of a gguf file: one setting, then the tensors. */
static bool write_gguf_header(Writer *w)
{
    Str s = { 0 };
    str_add(&s, "GGUF");
    add_le(&s, 3, 4);
    add_le(&s, w->count, 8);
    add_le(&s, 1, 8);
    add_le(&s, strlen("general.alignment"), 8);
    str_add(&s, "general.alignment");
    add_le(&s, 4, 4);
    add_le(&s, HEADER, 4);
    str_add_n(&s, w->header.s, w->header.len);
    bool ok = ftruncate(fileno(w->f), (off_t)(HEADER + w->bytes)) == 0 && s.len <= HEADER &&
              fseek(w->f, 0, SEEK_SET) == 0 && fwrite(s.s, 1, s.len, w->f) == s.len;
    str_clear(&s);
    return ok;
}

static bool writer_close(Writer *w)
{
    uint64_t size = HEADER;
    if (w->gguf) {
        bool ok = write_gguf_header(w);
        str_clear(&w->header);
        return fclose(w->f) == 0 && ok;
    }
    str_add(&w->header, "}");
    while (w->header.len < HEADER)
        str_add_char(&w->header, ' ');
    bool ok = fseek(w->f, 0, SEEK_SET) == 0 && fwrite(&size, 8, 1, w->f) == 1 &&
              fwrite(w->header.s, 1, HEADER, w->f) == HEADER;
    str_clear(&w->header);
    return fclose(w->f) == 0 && ok;
}

static const struct {
    const char *name;
    size_t out, in; /* of D */
} layers[] = {
    { "img_mod.1", 6, 1 },          { "attn.to_q", 1, 1 },       { "attn.to_k", 1, 1 },
    { "attn.to_v", 1, 1 },          { "attn.to_out.0", 1, 1 },   { "img_mlp.net.0.proj", 4, 1 },
    { "img_mlp.net.2", 1, 4 },      { "txt_mod.1", 6, 1 },       { "attn.add_q_proj", 1, 1 },
    { "attn.add_k_proj", 1, 1 },    { "attn.add_v_proj", 1, 1 }, { "attn.to_add_out", 1, 1 },
    { "txt_mlp.net.0.proj", 4, 1 }, { "txt_mlp.net.2", 1, 4 },
};

static void add_block(Writer *w, Kind kind)
{
    char name[100];
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        snprintf(name, sizeof name, "transformer_blocks.0.%s", layers[i].name);
        add_linear(w, kind, name, layers[i].out * D, layers[i].in * D);
    }
}

static bool write_text(const char *folder, const char *text)
{
    char path[300];
    Err err = { 0 };
    snprintf(path, sizeof path, "%s/config.json", folder);
    return folder_make(folder, &err) && file_write(path, text, strlen(text), &err);
}

bool files_transformer(const char *folder, Kind kind)
{
    static const char *const norms[] = { "norm_q", "norm_k", "norm_added_q", "norm_added_k" };
    char path[300], name[100];
    Writer w;
    snprintf(path, sizeof path, "%s/diffusion_pytorch_model.%s", folder,
             kind == Q4_K ? "gguf" : "safetensors");
    if (!write_text(folder, "{\"num_layers\": 1}") || !writer_open(&w, path, kind == Q4_K))
        return false;
    add_linear(&w, BF16, "time_text_embed.timestep_embedder.linear_1", D, 256);
    add_linear(&w, BF16, "time_text_embed.timestep_embedder.linear_2", D, D);
    add_linear(&w, BF16, "img_in", D, PACKED);
    add_linear(&w, BF16, "txt_in", D, JOINT);
    add_linear(&w, BF16, "norm_out.linear", 2 * D, D);
    add_linear(&w, BF16, "proj_out", PACKED, D);
    add_vector(&w, "txt_norm.weight", JOINT);
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "transformer_blocks.0.attn.%s.weight", norms[i]);
        add_vector(&w, name, D / HEADS);
    }
    add_block(&w, kind);
    return writer_close(&w);
}

bool files_lora(const char *path)
{
    Writer w;
    if (!writer_open(&w, path, false))
        return false;
    add_block(&w, LORA_PAIR);
    return writer_close(&w);
}

/* ---- the autoencoder; its convolutions are counted on the way ---- */

typedef struct {
    Writer w;
    double flop;
} VaeWriter;

static void add_conv(VaeWriter *v, const char *name, size_t out, size_t in, size_t frames, size_t k,
                     double pixels)
{
    char part[200], shape[80];
    snprintf(part, sizeof part, "%s.weight", name);
    if (frames)
        snprintf(shape, sizeof shape, "%zu, %zu, %zu, %zu, %zu", out, in, frames, k, k);
    else
        snprintf(shape, sizeof shape, "%zu, %zu, %zu, %zu", out, in, k, k);
    add_bf16(&v->w, part, shape, out * in * (frames ? frames : 1) * k * k);
    snprintf(part, sizeof part, "%s.bias", name);
    snprintf(shape, sizeof shape, "%zu", out);
    add_bf16(&v->w, part, shape, out);
    v->flop += 2 * pixels * (double)(out * in * k * k);
}

static void add_gamma(VaeWriter *v, const char *name, size_t channels, const char *ones)
{
    char part[200], shape[40];
    snprintf(part, sizeof part, "%s.gamma", name);
    snprintf(shape, sizeof shape, "%zu, %s", channels, ones);
    add_bf16(&v->w, part, shape, channels);
}

static void add_res(VaeWriter *v, const char *name, size_t out, size_t in, double pixels)
{
    char part[160];
#define IN(suffix) (snprintf(part, sizeof part, "%s.%s", name, suffix), part)
    add_gamma(v, IN("norm1"), in, "1, 1, 1");
    add_conv(v, IN("conv1"), out, in, 3, 3, pixels);
    add_gamma(v, IN("norm2"), out, "1, 1, 1");
    add_conv(v, IN("conv2"), out, out, 3, 3, pixels);
    if (in != out)
        add_conv(v, IN("conv_shortcut"), out, in, 1, 1, pixels);
#undef IN
}

static void add_mid(VaeWriter *v, const char *prefix, size_t channels, double pixels)
{
    char part[160];
#define IN(suffix) (snprintf(part, sizeof part, "%s.mid_block.%s", prefix, suffix), part)
    add_res(v, IN("resnets.0"), channels, channels, pixels);
    snprintf(part, sizeof part, "%s.mid_block.attentions.0.norm", prefix);
    add_gamma(v, part, channels, "1, 1");
    add_conv(v, IN("attentions.0.to_qkv"), 3 * channels, channels, 0, 1, pixels);
    add_conv(v, IN("attentions.0.proj"), channels, channels, 0, 1, pixels);
    v->flop += 4 * pixels * pixels * (double)channels;
    add_res(v, IN("resnets.1"), channels, channels, pixels);
#undef IN
}

static const size_t vae_mult[4] = { 1, 2, 4, 4 };

static void add_encoder(VaeWriter *v, double pixels)
{
    char name[100];
    size_t in = 96, n = 0;
    add_conv(v, "encoder.conv_in", 96, 3, 3, 3, pixels);
    for (size_t i = 0; i < 4; i++) {
        size_t out = 96 * vae_mult[i];
        for (size_t r = 0; r < 2; r++, in = out) {
            snprintf(name, sizeof name, "encoder.down_blocks.%zu", n++);
            add_res(v, name, out, in, pixels);
        }
        if (i < 3) {
            pixels /= 4;
            snprintf(name, sizeof name, "encoder.down_blocks.%zu.resample.1", n++);
            add_conv(v, name, out, out, 0, 3, pixels);
        }
    }
    add_mid(v, "encoder", in, pixels);
    add_gamma(v, "encoder.norm_out", in, "1, 1, 1");
    add_conv(v, "encoder.conv_out", 32, in, 3, 3, pixels);
    add_conv(v, "quant_conv", 32, 32, 1, 1, pixels);
}

static void add_decoder(VaeWriter *v, double cells)
{
    char name[100];
    size_t in = 384;
    add_conv(v, "post_quant_conv", 16, 16, 1, 1, cells);
    add_conv(v, "decoder.conv_in", in, 16, 3, 3, cells);
    add_mid(v, "decoder", in, cells);
    for (size_t i = 0; i < 4; i++) {
        size_t out = 96 * vae_mult[3 - i];
        for (size_t r = 0; r < 3; r++, in = out) {
            snprintf(name, sizeof name, "decoder.up_blocks.%zu.resnets.%zu", i, r);
            add_res(v, name, out, in, cells);
        }
        if (i < 3) {
            cells *= 4;
            in = out / 2;
            snprintf(name, sizeof name, "decoder.up_blocks.%zu.upsamplers.0.resample.1", i);
            add_conv(v, name, in, out, 0, 3, cells);
        }
    }
    add_gamma(v, "decoder.norm_out", in, "1, 1, 1");
    add_conv(v, "decoder.conv_out", 3, in, 3, 3, cells);
}

bool files_vae(const char *folder, size_t side, VaeFlop *flop)
{
    char path[300];
    Str config = { 0 };
    VaeWriter v = { .flop = 0 };
    double pixels = (double)side * (double)side;
    for (int k = 0; k < 2; k++) {
        str_printf(&config, "%s\"latents_%s\": [", k ? ", " : "{", k ? "std" : "mean");
        for (int i = 0; i < 16; i++)
            str_printf(&config, "%s1", i ? ", " : "");
        str_add(&config, "]");
    }
    str_add(&config, "}");
    snprintf(path, sizeof path, "%s/diffusion_pytorch_model.safetensors", folder);
    bool ok = write_text(folder, str_text(&config)) && writer_open(&v.w, path, false);
    str_clear(&config);
    if (!ok)
        return false;
    add_encoder(&v, pixels);
    flop->encode = v.flop;
    add_decoder(&v, pixels / 64);
    flop->decode = v.flop - flop->encode;
    return writer_close(&v.w);
}
