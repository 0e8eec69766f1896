/* How fast the parts of Qwen-Image are at full width, with random weights: qwen_image [--threads N]. One transformer block
 * (3072 wide, 24 heads, 2048 image and 300 text tokens) with bf16 weights, the same with a LoRA of rank 32 on all its
 * layers, and with 4-bit weights; the autoencoder's decoding of 512 x 512 pixels, whole and in tiles; beside oneDNN's own
 * product, all in this run. At the end the time that an edit of 1024 x 1024 pixels would take at these rates. */
#include "yard.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "models/qwen_image/transformer.h"
#include "models/qwen_image/vae.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { D = 3072, HEADS = 24, JOINT = 3584, PACKED = 64, IMAGE = 2048, TEXT = 300, RANK = 32, ROUNDS = 2 };

/* ---- files full of random numbers ---- */

typedef enum { BF16, NF4, LORA_PAIR } Kind;

typedef struct {
    Str header;
    FILE *f;
    size_t bytes;
    uint32_t random;
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

static void declare(Writer *w, const char *name, const char *dtype, const char *shape, size_t bytes)
{
    str_printf(&w->header, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
               w->header.len ? "," : "{", name, dtype, shape, w->bytes, w->bytes + bytes);
    w->bytes += bytes;
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

static void add_linear(Writer *w, Kind kind, const char *name, size_t out, size_t in)
{
    char part[200], shape[40];
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

/* Room for the header is left in front; the data begin at HEADER + 8. */
enum { HEADER = 1 << 16 };

static bool writer_open(Writer *w, const char *path)
{
    *w = (Writer){ .f = fopen(path, "wb"), .random = 1 };
    return w->f && fseek(w->f, HEADER + 8, SEEK_SET) == 0;
}

static bool writer_close(Writer *w)
{
    uint64_t size = HEADER;
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

static bool write_transformer(const char *folder, Kind kind)
{
    static const char *const norms[] = { "norm_q", "norm_k", "norm_added_q", "norm_added_k" };
    char path[300], name[100];
    Writer w;
    snprintf(path, sizeof path, "%s/diffusion_pytorch_model.safetensors", folder);
    if (!write_text(folder, "{\"num_layers\": 1}") || !writer_open(&w, path))
        return false;
    add_linear(&w, BF16, "time_text_embed.timestep_embedder.linear_1", D, 256);
    add_linear(&w, BF16, "time_text_embed.timestep_embedder.linear_2", D, D);
    add_linear(&w, BF16, "img_in", D, PACKED);
    add_linear(&w, BF16, "txt_in", D, JOINT);
    add_linear(&w, BF16, "norm_out.linear", 2 * D, D);
    add_linear(&w, BF16, "proj_out", PACKED, D);
    add_bf16(&w, "txt_norm.weight", "3584", JOINT);
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "transformer_blocks.0.attn.%s.weight", norms[i]);
        add_bf16(&w, name, "128", D / HEADS);
    }
    add_block(&w, kind);
    return writer_close(&w);
}

static bool write_lora(const char *path)
{
    Writer w;
    if (!writer_open(&w, path))
        return false;
    add_block(&w, LORA_PAIR);
    return writer_close(&w);
}

/* ---- the autoencoder's file; its convolutions are counted on the way ---- */

typedef struct {
    Writer w;
    double flop; /* of decoding, a pixel at this level */
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

static void add_encoder(VaeWriter *v)
{
    char name[100];
    size_t in = 96, n = 0;
    add_conv(v, "encoder.conv_in", 96, 3, 3, 3, 0);
    for (size_t i = 0; i < 4; i++) {
        size_t out = 96 * vae_mult[i];
        for (size_t r = 0; r < 2; r++, in = out) {
            snprintf(name, sizeof name, "encoder.down_blocks.%zu", n++);
            add_res(v, name, out, in, 0);
        }
        if (i < 3) {
            snprintf(name, sizeof name, "encoder.down_blocks.%zu.resample.1", n++);
            add_conv(v, name, out, out, 0, 3, 0);
        }
    }
    add_mid(v, "encoder", in, 0);
    add_gamma(v, "encoder.norm_out", in, "1, 1, 1");
    add_conv(v, "encoder.conv_out", 32, in, 3, 3, 0);
    add_conv(v, "quant_conv", 32, 32, 1, 1, 0);
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

/* Returns the operations of decoding `cells` latent cells; 0: it could not be written. */
static double write_vae(const char *folder, double cells)
{
    char path[300];
    Str config = { 0 };
    VaeWriter v = { .flop = 0 };
    for (int k = 0; k < 2; k++) {
        str_printf(&config, "%s\"latents_%s\": [", k ? ", " : "{", k ? "std" : "mean");
        for (int i = 0; i < 16; i++)
            str_printf(&config, "%s1", i ? ", " : "");
        str_add(&config, "]");
    }
    str_add(&config, "}");
    snprintf(path, sizeof path, "%s/diffusion_pytorch_model.safetensors", folder);
    bool ok = write_text(folder, str_text(&config)) && writer_open(&v.w, path);
    str_clear(&config);
    if (!ok)
        return 0;
    add_encoder(&v);
    add_decoder(&v, cells);
    return writer_close(&v.w) ? v.flop : 0;
}

/* ---- measuring ---- */

static double block_flop(double image, double text)
{
    return 2 * (image + text) * 12 * D * D + 4 * (image + text) * (image + text) * D;
}

/* A whole pass of a model of one block: also what comes before and behind it. */
static double pass_flop(void)
{
    return block_flop(IMAGE, TEXT) + 2.0 * IMAGE * D * PACKED * 2 + 2.0 * TEXT * JOINT * D;
}

/* The best of a few rounds: seconds, and those that all threads together have worked. */
typedef struct {
    double seconds, work;
} Time;

static Time better(Time a, Time b)
{
    return (Time){ a.seconds < b.seconds ? a.seconds : b.seconds, a.work < b.work ? a.work : b.work };
}

static const Time never = { 1e9, 1e9 };

/* `run` once; false where the context failed, which is said. */
static bool time_once(OpCtx *c, void (*run)(OpCtx *c, const void *of), const void *of, Time *best)
{
    Err err = { 0 };
    double begin = clock_ms();
    clock_t work = clock();
    run(c, of);
    bool ok = op_finish(c, &err);
    Time t = { (clock_ms() - begin) / 1000, (double)(clock() - work) / CLOCKS_PER_SEC };
    if (!ok)
        fprintf(stderr, "%s\n", err.msg);
    *best = better(*best, t);
    return ok;
}

static void run_pass(OpCtx *c, const void *transformer)
{
    const QwenTransformer *t = transformer;
    const QwenGrid grid = { 32, 64 };
    op_reset(c, (ArenaMark){ 0 });
    Tensor text = op_fill(c, SHAPE(TEXT, JOINT), 0.01f);
    QwenRope rope = qwen_rope(c, qwen_transformer_config(t), &grid, 1, TEXT);
    QwenStep s = { .latents = op_fill(c, SHAPE(IMAGE, PACKED), 0.5f),
                   .images = &grid,
                   .image_count = 1,
                   .rope = &rope,
                   .branches = 1,
                   .text = &text,
                   .timestep = 0.5f };
    qwen_transformer_forward(c, t, &s);
}

typedef struct {
    const QwenVae *v;
    size_t side, tile;
} Decode;

static void run_decode(OpCtx *c, const void *of)
{
    const Decode *d = of;
    op_reset(c, (ArenaMark){ 0 });
    qwen_vae_decode(c, d->v, op_fill(c, SHAPE(d->side / 8, d->side / 8, 16), 0.5f), d->tile);
}

static void say(const char *what, double flop, Time t, double product)
{
    printf("%-34s %6.2f s (work %6.2f s), %5.0f GFLOP/s, %3.0f %% of oneDNN's product at %.0f\n", what,
           t.seconds, t.work, flop * 1e-9 / t.seconds, 100 * flop * 1e-9 / t.seconds / product, product);
    fflush(stdout);
}

static void say_more(const char *what, Time t, Time plain)
{
    printf("%-34s %6.2f s (work %6.2f s), %+.1f %% (work %+.1f %%)\n", what, t.seconds, t.work,
           100 * (t.seconds / plain.seconds - 1), 100 * (t.work / plain.work - 1));
    fflush(stdout);
}

/* Rates of the two parts, GFLOP/s. */
typedef struct {
    double block, decode, decode_flop;
} Rates;

static bool open_again(QwenTransformer **t, const char *folder, const char *name)
{
    char path[200];
    Err err = { 0 };
    snprintf(path, sizeof path, "%s/%s", folder, name);
    bool ok = qwen_transformer_open(t, path, &err);
    if (!ok)
        fprintf(stderr, "%s\n", err.msg);
    return ok;
}

static bool open_transformer(QwenTransformer **t, const char *folder, const char *name, Kind kind)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return write_transformer(path, kind) && open_again(t, folder, name);
}

/* The three kinds take turns, so that whatever else the machine does slows down all of them. */
static bool measure_transformer(OpCtx *c, const Yard *yard, const char *folder, Rates *r)
{
    char lora[200];
    Err err = { 0 };
    Time plain = never, with_lora = never, nf4 = never, packing = never;
    QwenTransformer *t = NULL, *adapted = NULL, *packed = NULL;
    double product = 0;
    snprintf(lora, sizeof lora, "%s/lora.safetensors", folder);
    bool ok = open_transformer(&t, folder, "bf16", BF16) && open_transformer(&packed, folder, "nf4", NF4) &&
              write_lora(lora) && open_again(&adapted, folder, "bf16") &&
              qwen_transformer_add_lora(adapted, lora, 1, &err) && time_once(c, run_pass, t, &packing) &&
              time_once(c, run_pass, adapted, &packing) && time_once(c, run_pass, packed, &packing);
    for (int i = 0; ok && i < ROUNDS; i++) {
        double now = yard_gflops(yard);
        product = now > product ? now : product;
        ok = time_once(c, run_pass, t, &plain) && time_once(c, run_pass, adapted, &with_lora) &&
             time_once(c, run_pass, packed, &nf4);
    }
    if (ok) {
        say("block, bf16 weights", pass_flop(), plain, product);
        say("block, 4-bit weights", pass_flop(), nf4, product);
        say_more("  more than bf16", nf4, plain);
        say_more("block, bf16, a LoRA of rank 32", with_lora, plain);
    } else
        fprintf(stderr, "%s\n", err.msg);
    r->block = pass_flop() * 1e-9 / plain.seconds;
    qwen_transformer_close(t);
    qwen_transformer_close(adapted);
    qwen_transformer_close(packed);
    return ok;
}

static bool measure_vae(OpCtx *c, const Yard *yard, const char *folder, Rates *r)
{
    char path[200];
    Err err = { 0 };
    QwenVae *v;
    Time whole = never, tiled = never, packing = never;
    double product = 0;
    snprintf(path, sizeof path, "%s/vae", folder);
    r->decode_flop = write_vae(path, 64 * 64);
    if (r->decode_flop == 0 || !qwen_vae_open(&v, path, &err)) {
        fprintf(stderr, "%s: %s\n", path, err.msg);
        return false;
    }
    const Decode once = { v, 512, 0 }, in_tiles = { v, 512, 256 };
    bool ok = time_once(c, run_decode, &once, &packing) && time_once(c, run_decode, &in_tiles, &packing);
    for (int i = 0; ok && i < ROUNDS; i++) {
        double now = yard_gflops(yard);
        product = now > product ? now : product;
        ok = time_once(c, run_decode, &once, &whole) && time_once(c, run_decode, &in_tiles, &tiled);
    }
    say("decoding 512 x 512", r->decode_flop, whole, product);
    say_more("the same in tiles of 256", tiled, whole);
    r->decode = r->decode_flop * 1e-9 / whole.seconds;
    qwen_vae_close(v);
    return ok;
}

int main(int argc, char **argv)
{
    int threads = argc == 3 && strcmp(argv[1], "--threads") == 0 ? atoi(argv[2]) : 2;
    char folder[] = "/tmp/facet-qwen-XXXXXX";
    Err err = { 0 };
    Yard yard;
    Rates r = { 0 };
    struct rusage use;
    OpCtx *c = op_open(&(OpOptions){ .threads = threads }, &err);
    if (!c || !mkdtemp(folder)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    yard_open(&yard, threads);
    bool ok = measure_transformer(c, &yard, folder, &r) && measure_vae(c, &yard, folder, &r);
    if (ok) {
        /* 4096 tokens of the picture and 4096 of one reference, about 300 of text, two branches, 60 blocks, 20 steps. */
        double blocks = 20 * 60 * 2 * block_flop(8192, TEXT) * 1e-9 / r.block,
               decode = 4 * r.decode_flop * 1e-9 / r.decode;
        printf(
            "an edit of 1024 x 1024 in 20 steps with guidance: %.1f h in the transformer, %.0f s of decoding\n",
            blocks / 3600, decode);
    }
    getrusage(RUSAGE_SELF, &use);
    printf("at most %.2f GB\n", (double)use.ru_maxrss * 1024e-9);
    yard_close(&yard);
    op_close(c);
    return !folder_remove(folder, &err) || !ok;
}
