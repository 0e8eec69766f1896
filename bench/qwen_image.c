/* How fast the parts of Qwen-Image are at full width, with random weights: qwen_image [--threads N] [--large SIDE]. One transformer
 * block (3072 wide, 24 heads, 2048 image and 300 text tokens) with bf16 weights, the same with a LoRA of rank 32 on all its
 * layers, with 4-bit weights of bitsandbytes and of a gguf file; the autoencoder on 512 x 512 pixels, whole and in tiles;
 * beside oneDNN's own product, all in this run. At the end the time that an edit of 1024 x 1024 pixels would take, from a block
 * with as many tokens as that has and from layers of the text encoder. --large encodes and decodes a picture of SIDE x SIDE pixels
 * in tiles of 512 instead, and says how much memory that takes. */
#include "clocks.h"
#include "qwen_files.h"
#include "qwen_vl_pieces.h"
#include "yard.h"

#include "base/file.h"
#include "models/qwen_image/transformer.h"
#include "models/qwen_image/vae.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { D = FILES_WIDTH, IMAGE = 2048, TEXT = 300, ROUNDS = 3 };

/* An edit of 1024 x 1024 pixels as the pipeline of -2509 and -2511 makes it: 4096 tokens of the picture, 4096 of one reference,
 * two branches, 60 blocks, 20 steps; for the text encoder the reference has 392 x 392 pixels, which are 196 tokens of 364. */
enum { EDIT_SIDE = 1024, BRANCHES = 2, BLOCKS = 60, STEPS = 20, LOOK_SIDE = 392, PROMPT = TEXT + 64 };

/* ---- the most memory that was in use ---- */

/* From here on; false where the system does not allow it. */
static bool peak_reset(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");
    bool ok = f && fputs("5", f) >= 0;
    return f && fclose(f) == 0 && ok;
}

/* GB */
static double peak(void)
{
    char line[200];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtod(line + 6, NULL);
    if (f)
        fclose(f);
    return kb * 1024e-9;
}

/* ---- measuring ---- */

/* Each part in a context of its own, so that none counts the memory of another. */
static OpCtx *open_context(int threads)
{
    Err err = { 0 };
    OpCtx *c = op_open(&(OpOptions){ .threads = threads }, &err);
    if (!c) {
        fprintf(stderr, "%s\n", err.msg);
        exit(1);
    }
    return c;
}

/* `run` once; false where the context failed, which is said. */
static bool time_once(OpCtx *c, void (*run)(OpCtx *c, const void *of), const void *of, Time *best)
{
    Err err = { 0 };
    Time begin = time_now();
    run(c, of);
    bool ok = op_finish(c, &err);
    Time t = time_since(begin);
    if (!ok)
        fprintf(stderr, "%s\n", err.msg);
    *best = time_better(*best, t);
    return ok;
}

/* ---- the transformer ---- */

static double block_flop(double image, double text)
{
    return 2 * (image + text) * 12 * D * D + 4 * (image + text) * (image + text) * D;
}

/* A whole pass of a model of one block: also what comes before and behind it. */
static double pass_flop(void)
{
    return block_flop(IMAGE, TEXT) + 2.0 * IMAGE * D * FILES_PACKED * 2 + 2.0 * TEXT * FILES_TEXT_WIDTH * D;
}

typedef struct {
    const QwenTransformer *t;
    QwenGrid grids[2];
    size_t pictures;
} Forward;

static void run_forward(OpCtx *c, const void *of)
{
    const Forward *f = of;
    size_t tokens = 0;
    for (size_t i = 0; i < f->pictures; i++)
        tokens += f->grids[i].height * f->grids[i].width;
    op_reset(c, (ArenaMark){ 0 });
    Tensor text = op_fill(c, SHAPE(TEXT, FILES_TEXT_WIDTH), 0.01f);
    QwenRope rope = qwen_rope(c, qwen_transformer_config(f->t), f->grids, f->pictures, TEXT);
    QwenStep s = { .latents = op_fill(c, SHAPE(tokens, FILES_PACKED), 0.5f),
                   .images = f->grids,
                   .image_count = f->pictures,
                   .rope = &rope,
                   .branches = 1,
                   .text = &text,
                   .timestep = 0.5f };
    qwen_transformer_forward(c, f->t, &s);
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

typedef enum { PLAIN, WITH_LORA, FOUR_BITS, GGUF, KINDS } Variant;

static const struct {
    const char *folder, *name;
    Kind kind;
} variants[KINDS] = { [PLAIN] = { "bf16", "bf16", BF16 },
                      [WITH_LORA] = { "bf16", "bf16 and a LoRA of rank 32", BF16 },
                      [FOUR_BITS] = { "nf4", "nf4", NF4 },
                      [GGUF] = { "q4_k", "gguf q4_k", Q4_K } };

typedef struct {
    QwenTransformer *t[KINDS];
    Time block[KINDS];
    Time edit_block; /* with the tokens of an edit, one branch, bf16 */
} Transformers;

static bool open_transformers(Transformers *all, const char *folder)
{
    char path[200];
    Err err = { 0 };
    bool ok = true;
    for (int i = 0; ok && i < KINDS; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, variants[i].folder);
        ok = (i == WITH_LORA || files_transformer(path, variants[i].kind)) &&
             qwen_transformer_open(&all->t[i], path, &err);
    }
    snprintf(path, sizeof path, "%s/lora.safetensors", folder);
    ok = ok && files_lora(path) && qwen_transformer_add_lora(all->t[WITH_LORA], path, 1, &err);
    if (!ok)
        fprintf(stderr, "%s: %s\n", folder, err.kind ? err.msg : "cannot be written");
    return ok;
}

/* All kinds take turns, so that whatever else the machine does slows down all of them. */
static bool measure_blocks(OpCtx *c, const Yard *yard, Transformers *all)
{
    char what[80];
    double product = 0;
    bool ok = true;
    for (int round = 0; ok && round <= ROUNDS; round++) {
        double now = round ? yard_gflops(yard) : 0;
        product = now > product ? now : product;
        for (int i = 0; ok && i < KINDS; i++) {
            Forward f = { .t = all->t[i], .grids = { { 32, 64 } }, .pictures = 1 };
            Time first = TIME_NEVER; /* the weights come from the disk */
            all->block[i] = round ? all->block[i] : TIME_NEVER;
            ok = time_once(c, run_forward, &f, round ? &all->block[i] : &first);
        }
    }
    for (int i = 0; ok && i < KINDS; i++) {
        snprintf(what, sizeof what, "block, %s", variants[i].name);
        say(what, pass_flop(), all->block[i], product);
        if (i != PLAIN)
            say_more("  more than bf16", all->block[i], all->block[PLAIN]);
    }
    return ok;
}

static bool measure_edit_block(OpCtx *c, const Yard *yard, Transformers *all)
{
    size_t side = EDIT_SIDE / 16;
    Forward f = { .t = all->t[PLAIN], .grids = { { side, side }, { side, side } }, .pictures = 2 };
    Time t = TIME_NEVER;
    double product = yard_gflops(yard);
    for (int round = 0; round < 2;
         round++) /* the first one gets its memory from the system, 60 blocks of 20 steps do not */
        if (!time_once(c, run_forward, &f, &t))
            return false;
    say("block, bf16, 8192 + 300 tokens", block_flop(8192, TEXT), t, product);
    all->edit_block = t;
    return true;
}

static bool measure_transformer(OpCtx *c, const Yard *yard, const char *folder, Transformers *all)
{
    bool ok =
        open_transformers(all, folder) && measure_blocks(c, yard, all) && measure_edit_block(c, yard, all);
    for (int i = 0; i < KINDS; i++)
        qwen_transformer_close(all->t[i]);
    return ok;
}

/* ---- the autoencoder ---- */

typedef struct {
    const QwenVae *v;
    size_t side, tile;
} Picture;

static void run_encode(OpCtx *c, const void *of)
{
    const Picture *p = of;
    op_reset(c, (ArenaMark){ 0 });
    qwen_vae_encode(c, p->v, op_fill(c, SHAPE(p->side, p->side, 3), 0.5f), p->tile);
}

static void run_decode(OpCtx *c, const void *of)
{
    const Picture *p = of;
    op_reset(c, (ArenaMark){ 0 });
    qwen_vae_decode(c, p->v, op_fill(c, SHAPE(p->side / 8, p->side / 8, 16), 0.5f), p->tile);
}

typedef struct {
    const char *name;
    void (*run)(OpCtx *c, const void *of);
} Direction;

static const Direction encoding = { "encoding", run_encode }, decoding = { "decoding", run_decode };

/* Once, in a context of its own, whose memory is counted from zero. */
static bool time_alone(const Direction *d, const Picture *p, int threads, Time *t, double *gb)
{
    OpCtx *c = open_context(threads);
    bool counted = peak_reset(), ok = time_once(c, d->run, p, t);
    *gb = counted ? peak() : 0;
    op_close(c);
    return ok;
}

/* Whole and in tiles; *whole_time is of the whole. */
static bool measure_direction(const Direction *d, const QwenVae *v, double flop, const Yard *yard,
                              int threads, Time *whole_time)
{
    const Picture whole = { v, 512, 0 }, tiles = { v, 512, 256 };
    Time packing = TIME_NEVER, t = TIME_NEVER, tiled = TIME_NEVER;
    double product = 0, whole_gb = 0, tiled_gb = 0;
    char what[60];
    bool ok = time_alone(d, &whole, threads, &packing, &whole_gb);
    for (int i = 0; ok && i < 2; i++) {
        double now = yard_gflops(yard);
        product = now > product ? now : product;
        ok = time_alone(d, &whole, threads, &t, &whole_gb) &&
             time_alone(d, &tiles, threads, &tiled, &tiled_gb);
    }
    if (!ok)
        return false;
    snprintf(what, sizeof what, "%s 512 x 512", d->name);
    say(what, flop, t, product);
    say_more("the same in tiles of 256", tiled, t);
    printf("at most %.2f GB in use, in tiles %.2f GB\n", whole_gb, tiled_gb);
    *whole_time = t;
    return true;
}

static bool open_vae(QwenVae **v, const char *folder, size_t side, VaeFlop *flop)
{
    char path[200];
    Err err = { 0 };
    snprintf(path, sizeof path, "%s/vae", folder);
    bool ok = files_vae(path, side, flop) && qwen_vae_open(v, path, &err);
    if (!ok)
        fprintf(stderr, "%s: %s\n", path, err.kind ? err.msg : "cannot be written");
    return ok;
}

/* What an edit's pictures would take at the rates of the smaller ones. */
static bool measure_vae(const Yard *yard, const char *folder, int threads, Time *encode, Time *decode)
{
    QwenVae *v;
    VaeFlop small, edit;
    Time e, d;
    if (!open_vae(&v, folder, EDIT_SIDE, &edit))
        return false;
    qwen_vae_close(v);
    if (!open_vae(&v, folder, 512, &small))
        return false;
    bool ok = measure_direction(&encoding, v, small.encode, yard, threads, &e) &&
              measure_direction(&decoding, v, small.decode, yard, threads, &d);
    if (ok) {
        *encode = time_plus((Time){ 0 }, edit.encode / small.encode, e);
        *decode = time_plus((Time){ 0 }, edit.decode / small.decode, d);
    }
    qwen_vae_close(v);
    return ok;
}

static bool measure_large(const char *folder, size_t side, int threads)
{
    const Direction *const both[] = { &encoding, &decoding };
    QwenVae *v;
    VaeFlop flop;
    if (!open_vae(&v, folder, side, &flop))
        return false;
    bool ok = true;
    for (int i = 0; ok && i < 2; i++) {
        const Picture p = { v, side, 512 };
        Time t = TIME_NEVER;
        double gb;
        ok = time_alone(both[i], &p, threads, &t, &gb);
        printf("%s %zu x %zu in tiles of 512: %.0f s (work %.0f s), at most %.2f GB in use\n", both[i]->name,
               side, side, t.seconds, t.work, gb);
        fflush(stdout);
    }
    qwen_vae_close(v);
    return ok;
}

/* ---- an edit ---- */

/* The reference's features once, each prompt by itself. */
static Time time_text_encoder(OpCtx *c)
{
    QwenVlVision v = vl_vision();
    QwenVlDecoder d = vl_decoder();
    Time look = vl_time_picture(c, &v, LOOK_SIDE).all, layer = vl_time_layer(c, &d, 0, PROMPT);
    return time_plus(look, BRANCHES * VL_LAYERS, layer);
}

/* A step of all blocks. Weights are widened once a pass, whatever the number of tokens: what a kind costs more than bf16 is
 * added for both branches together. What a LoRA costs grows with the tokens. */
static Time time_step(const Transformers *all, Variant kind)
{
    const Time *plain = &all->block[PLAIN], *block = &all->block[kind];
    Time step = time_plus((Time){ 0 }, BLOCKS * BRANCHES, all->edit_block);
    if (kind != WITH_LORA)
        return time_plus(step, BLOCKS, time_plus(*block, -1, *plain));
    return (Time){ step.seconds * block->seconds / plain->seconds, step.work * block->work / plain->work };
}

static void say_edit(const Transformers *all, Time text, Time encode, Time decode, int threads)
{
    Time rest = time_plus(time_plus(text, 1, encode), 1, decode);
    printf(
        "an edit of %d x %d with one reference, guidance and %d steps, projected from all this: as it was, and "
        "if each of the %d threads had had a processor of its own\n"
        "  text encoder %.0f s (%.0f s), encoding %.0f s (%.0f s), decoding %.0f s (%.0f s)\n",
        EDIT_SIDE, EDIT_SIDE, STEPS, threads, text.seconds, text.work / threads, encode.seconds,
        encode.work / threads, decode.seconds, decode.work / threads);
    for (int i = 0; i < KINDS; i++) {
        Time step = time_step(all, (Variant)i), edit = time_plus(rest, STEPS, step);
        printf("  %-28s a step %.0f s (%.0f s), all %.1f h (%.1f h)\n", variants[i].name, step.seconds,
               step.work / threads, edit.seconds / 3600, edit.work / threads / 3600);
    }
}

static bool measure_all(const char *folder, int threads)
{
    Yard yard;
    Transformers all = { 0 };
    Time encode, decode;
    yard_open(&yard, threads);
    OpCtx *c = open_context(threads);
    bool ok = measure_transformer(c, &yard, folder, &all);
    op_close(c);
    if (ok && measure_vae(&yard, folder, threads, &encode, &decode)) {
        c = open_context(threads);
        say_edit(&all, time_text_encoder(c), encode, decode, threads);
        op_close(c);
    } else
        ok = false;
    yard_close(&yard);
    return ok;
}

int main(int argc, char **argv)
{
    int threads = 2;
    size_t large = 0;
    char folder[] = "/tmp/facet-qwen-XXXXXX";
    Err err = { 0 };
    struct rusage use;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--large") == 0 && i + 1 < argc)
            large = strtoul(argv[++i], NULL, 10) / 8 * 8;
        else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
            threads = atoi(argv[++i]);
    }
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    bool ok = large ? measure_large(folder, large, threads) : measure_all(folder, threads);
    getrusage(RUSAGE_SELF, &use);
    printf("the whole program: at most %.2f GB\n", (double)use.ru_maxrss * 1024e-9);
    return !folder_remove(folder, &err) || !ok;
}
