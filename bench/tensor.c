/* How close the tensor operations come to oneDNN's own f32 product: tensor [THREADS [cpu|passed [NAME]]]
 *
 * The yardstick is oneDNN called directly, 4096 x 1280 x 5120 with its packed weights, run again before each operation:
 * what else keeps the machine busy then slows both. With "cpu" processor time counts instead of time passed, which
 * for one thread is the better measure on a busy machine. NAME: only operations with that in their name. */
#include "clocks.h"
#include "yard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "base/rng.h"
#include "tensor/ops.h"

enum { ROUNDS = 3 };

static clockid_t clock_id = CLOCK_MONOTONIC;

static double seconds(void)
{
    return clock_ms_of(clock_id) / 1000;
}

typedef struct {
    OpCtx *c;
    Rng rng;
    Tensor x, y, bias_h, bias_w;
    Linear w;
    Norm norm;
    size_t a, b; /* what the operation needs beyond that */
} Work;

static Tensor host(Work *w, Shape s)
{
    size_t n, bytes;
    if (!shape_size(s, DTYPE_F32, &n, &bytes))
        exit(1);
    float *p = malloc(bytes);
    for (size_t i = 0; p && i < n; i++)
        p[i] = rng_normal(&w->rng) * 0.1f;
    return tensor_of(p, DTYPE_F32, s); /* the program's, to its end */
}

static void set_linear(Work *w, Shape x, Shape weight)
{
    w->x = op_upload(w->c, host(w, x));
    w->w.weight.host = host(w, weight);
    w->w.bias.host = host(w, SHAPE(weight.dim[0]));
}

static double set_mlp(Work *w)
{
    set_linear(w, SHAPE(4096, 1280), SHAPE(5120, 1280));
    return 2.0 * 4096 * 1280 * 5120;
}

static void run_gelu(Work *w)
{
    op_linear_act(w->c, w->x, &w->w, ACT_GELU);
}

static void run_linear(Work *w)
{
    op_linear(w->c, w->x, &w->w);
}

static double set_square(Work *w)
{
    set_linear(w, SHAPE(4900, 1280), SHAPE(1280, 1280));
    return 2.0 * 4900 * 1280 * 1280;
}

/* A linear layer with a bf16 weight [out, in]. */
static double set_bf16(Work *w, size_t rows, size_t in, size_t out)
{
    set_linear(w, SHAPE(rows, in), SHAPE(out, in));
    uint16_t *h = malloc(out * in * 2);
    for (size_t i = 0; h && i < out * in; i++)
        h[i] = f32_to_bf16(((float *)w->w.weight.host.data)[i]);
    w->w.weight.host = tensor_of(h, DTYPE_BF16, SHAPE(out, in));
    return 2.0 * (double)(rows * in * out);
}

static double set_half(Work *w)
{
    return set_bf16(w, 1024, 3072, 3072);
}

/* Of an edit with Qwen-Image at 1024 x 1024 with one reference. */
static double set_tall(Work *w)
{
    return set_bf16(w, 8192, 3072, 3072);
}

static double set_tall_deep(Work *w)
{
    return set_bf16(w, 8192, 12288, 3072);
}

static double set_tall_wide(Work *w)
{
    return set_bf16(w, 8192, 3072, 12288);
}

static double set_nf4(Work *w)
{
    static Nf4 q = { .block = 64 };
    size_t n = (size_t)3072 * 3072;
    set_linear(w, SHAPE(1024, 3072), SHAPE(3072, 3072));
    for (int i = 0; i < 16; i++)
        q.code[i] = (float)(i - 8) / 8;
    q.absmax = w->w.weight.host.data;
    w->w.weight.host = tensor_of(malloc(n / 2), DTYPE_NF4, SHAPE(3072, 3072));
    memset(w->w.weight.host.data, 0x5c, n / 2);
    w->w.weight.host.nf4 = &q;
    return 2.0 * 1024 * 3072 * 3072;
}

/* SAM ViT-H: 16 heads of 80 channels. a is the number of windows, b their side. */
static double set_sam(Work *w, size_t n, size_t side)
{
    size_t t = side * side;
    w->x = op_upload(w->c, host(w, SHAPE(n, t, 3 * 1280)));
    w->bias_h = op_upload(w->c, host(w, SHAPE(2 * side - 1, 80)));
    w->a = n;
    w->b = side;
    return 4.0 * (double)n * (double)t * (double)t * 1280 + 4.0 * (double)n * (double)t * (double)side * 1280;
}

static double set_global(Work *w)
{
    return set_sam(w, 1, 64);
}

static double set_windows(Work *w)
{
    return set_sam(w, 25, 14);
}

static void run_sam(Work *w)
{
    Tensor h = op_rel_pos(w->c, w->x, w->bias_h, 16, w->b, w->b, REL_ROWS);
    Tensor v = op_rel_pos(w->c, w->x, w->bias_h, 16, w->b, w->b, REL_COLS);
    op_attention_qkv(w->c, w->x, (AttentionOpts){ .heads = 16, .rel_h = h, .rel_w = v });
}

static double set_flux(Work *w)
{
    w->x = op_upload(w->c, host(w, SHAPE(2048, 3 * 3072)));
    return 4.0 * 2048 * 2048 * 3072;
}

static void run_flux(Work *w)
{
    op_attention_qkv(w->c, w->x, (AttentionOpts){ .heads = 24 });
}

/* Six of Qwen-Image's 24 heads over the tokens of an edit at 1024 x 1024: keys and values of a head are 8.7 MB. */
static double set_long(Work *w)
{
    w->x = op_upload(w->c, host(w, SHAPE(8492, 3 * 768)));
    return 4.0 * 8492 * 8492 * 768;
}

static void run_long(Work *w)
{
    op_attention_qkv(w->c, w->x, (AttentionOpts){ .heads = 6 });
}

/* TinyViT: windows of 14 x 14 with a bias for each pair; 5 heads of 32 channels. */
static double set_tiny(Work *w)
{
    w->x = op_upload(w->c, host(w, SHAPE(25, 196, 3 * 160)));
    w->y = op_upload(w->c, host(w, SHAPE(5, 196, 196)));
    return 4.0 * 25 * 196 * 196 * 160;
}

static void run_tiny(Work *w)
{
    op_attention_qkv(w->c, w->x, (AttentionOpts){ .heads = 5, .bias = w->y });
}

static double set_conv(Work *w)
{
    set_linear(w, SHAPE(64, 64, 256), SHAPE(256, 256, 3, 3));
    return 2.0 * 64 * 64 * 256 * 256 * 9;
}

static void run_conv(Work *w)
{
    op_conv2d(w->c, w->x, &w->w, (ConvOpts){ .pad = 1 });
}

static double set_unet(Work *w)
{
    set_linear(w, SHAPE(2, 64, 64, 320), SHAPE(320, 320, 3, 3));
    return 2.0 * 2 * 64 * 64 * 320 * 320 * 9;
}

static double set_patch(Work *w)
{
    set_linear(w, SHAPE(1024, 1024, 3), SHAPE(1280, 3, 16, 16));
    return 2.0 * 64 * 64 * 1280 * 768;
}

static void run_patch(Work *w)
{
    op_conv2d(w->c, w->x, &w->w, (ConvOpts){ .stride = 16 });
}

static const struct {
    const char *name;
    double (*set)(Work *w); /* makes the inputs, returns the operations of one run */
    void (*run)(Work *w);
} operations[] = {
    { "linear 4096 x 1280 x 5120, gelu", set_mlp, run_gelu },
    { "linear 4900 x 1280 x 1280", set_square, run_linear },
    { "linear 1024 x 3072 x 3072, bf16 weight", set_half, run_linear },
    { "linear 1024 x 3072 x 3072, nf4 weight", set_nf4, run_linear },
    { "linear 8192 x 3072 x 3072, bf16 weight", set_tall, run_linear },
    { "linear 8192 x 12288 x 3072, bf16 weight", set_tall_deep, run_linear },
    { "linear 8192 x 3072 x 12288, bf16 weight, gelu", set_tall_wide, run_gelu },
    { "attention, SAM ViT-H global: 4096 tokens, 16 x 80, relative positions", set_global, run_sam },
    { "attention, SAM ViT-H windows: 25 of 196, 16 x 80, relative positions", set_windows, run_sam },
    { "attention, FLUX: 2048 tokens, 24 x 128", set_flux, run_flux },
    { "attention, Qwen-Image edit: 8492 tokens, 6 x 128", set_long, run_long },
    { "attention, TinyViT windows: 25 of 196, 5 x 32, bias", set_tiny, run_tiny },
    { "convolution 3x3, 64 x 64, 256 to 256", set_conv, run_conv },
    { "convolution 3x3, 2 of 64 x 64, 320 to 320", set_unet, run_conv },
    { "convolution 16x16 stride 16, 1024 x 1024 x 3 to 1280", set_patch, run_patch },
};

/* Operations that move more than they compute: bytes read and written. */
static double set_rows(Work *w)
{
    w->x = op_upload(w->c, host(w, SHAPE(4096, 1280)));
    w->y = op_upload(w->c, host(w, SHAPE(4096, 1280)));
    w->norm.weight.host = host(w, SHAPE(1280));
    w->norm.bias.host = host(w, SHAPE(1280));
    return 2.0 * 4096 * 1280 * 4;
}

static void run_layer_norm(Work *w)
{
    op_layer_norm(w->c, w->x, &w->norm, 1e-6f);
}

static void run_act_gelu(Work *w)
{
    op_act(w->c, w->x, ACT_GELU);
}

static void run_softmax(Work *w)
{
    op_softmax(w->c, w->x);
}

static void run_add(Work *w)
{
    op_add(w->c, w->x, w->y);
}

static void run_copy(Work *w)
{
    op_copy(w->c, w->x);
}

/* One token of a language model: the weight is read once. */
static double set_token_half(Work *w)
{
    set_half(w);
    w->x = op_rows(w->c, w->x, 0, 1);
    return 3072.0 * 3072 * 2;
}

static double set_token_nf4(Work *w)
{
    set_nf4(w);
    w->x = op_rows(w->c, w->x, 0, 1);
    return 3072.0 * 3072 / 2;
}

static double set_image(Work *w)
{
    w->x = op_upload(w->c, host(w, SHAPE(64, 64, 1280)));
    w->norm.weight.host = host(w, SHAPE(1280));
    w->norm.bias.host = host(w, SHAPE(1280));
    return 2.0 * 4096 * 1280 * 4;
}

static void run_group_norm(Work *w)
{
    op_group_norm(w->c, w->x, &w->norm, 32, 1e-6f, ACT_SILU);
}

static void run_window_cut(Work *w)
{
    op_windows(w->c, w->x, 14);
}

static void run_permute(Work *w)
{
    op_permute(w->c, w->x, (int[]){ 2, 0, 1 });
}

static double set_mask(Work *w)
{
    w->x = op_upload(w->c, host(w, SHAPE(256, 256, 3)));
    return 1024 * 1024 * 3 * 4;
}

static void run_resize(Work *w)
{
    op_resize(w->c, w->x, 1024, 1024, RESIZE_BILINEAR);
}

static const struct {
    const char *name;
    double (*set)(Work *w);
    void (*run)(Work *w);
} movers[] = {
    { "linear of one row, weight 3072 x 3072 bf16: of the weight", set_token_half, run_linear },
    { "linear of one row, weight 3072 x 3072 nf4: of the weight", set_token_nf4, run_linear },
    { "copy [4096, 1280]", set_rows, run_copy },
    { "add", set_rows, run_add },
    { "layer norm", set_rows, run_layer_norm },
    { "softmax", set_rows, run_softmax },
    { "gelu", set_rows, run_act_gelu },
    { "group norm, silu [64, 64, 1280]", set_image, run_group_norm },
    { "windows of 14 x 14", set_image, run_window_cut },
    { "permute to [1280, 64, 64]", set_image, run_permute },
    { "resize [256, 256, 3] to 1024 x 1024", set_mask, run_resize },
};

/* The least of several times: what else runs on the machine only adds. */
static void measure(OpCtx *c, const Yard *yard /* may be NULL */, double (*set)(Work *), void (*run)(Work *),
                    double *amount, double *time, double *yard_time)
{
    Work w = { .c = c };
    rng_init(&w.rng, 1);
    *amount = set(&w);
    *time = *yard_time = 1e9;
    ArenaMark mark = op_mark(c);
    for (int i = 0; i <= ROUNDS; i++) {
        double begin = seconds();
        if (yard)
            yard_run(yard);
        double start = seconds(), y = start - begin;
        run(&w);
        double t = seconds() - start;
        op_reset(c, mark);
        if (i > 0 && t < *time) /* the first one packs */
            *time = t;
        *yard_time = y < *yard_time ? y : *yard_time;
    }
    op_reset(c, (ArenaMark){ 0 });
    linear_clear(&w.w);
}

int main(int argc, char **argv)
{
    Err err = { 0 };
    OpCtx *c = op_open(&(OpOptions){ .threads = argc > 1 ? atoi(argv[1]) : 0 }, &err);
    if (!c) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    if (argc > 2 && !strcmp(argv[2], "cpu"))
        clock_id = CLOCK_PROCESS_CPUTIME_ID;
    Yard yard;
    yard_open(&yard, op_threads(c));
    printf(
        "%d thread%s; GFLOP/s, and the share of oneDNN's product of 4096 x 1280 x 5120 in the same minute\n",
        op_threads(c), op_threads(c) == 1 ? "" : "s");
    const char *only = argc > 3 ? argv[3] : "";
    double amount, t, y;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (!strstr(operations[i].name, only))
            continue;
        measure(c, &yard, operations[i].set, operations[i].run, &amount, &t, &y);
        double rate = amount / t * 1e-9, raw = yard_flop() / y * 1e-9;
        printf("%-72s %6.1f of %6.1f: %3.0f %%   (%.1f ms)\n", operations[i].name, rate, raw,
               100 * rate / raw, t * 1e3);
    }
    for (size_t i = 0; i < sizeof movers / sizeof *movers; i++) {
        if (!strstr(movers[i].name, only))
            continue;
        measure(c, NULL, movers[i].set, movers[i].run, &amount, &t, &y);
        printf("%-72s %6.1f GB/s   (%.2f ms)\n", movers[i].name, amount / t * 1e-9, t * 1e3);
    }
    if (!op_finish(c, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    yard_close(&yard);
    op_close(c);
    return 0;
}
