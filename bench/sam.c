/* How fast SAM and SAM 2 look at a picture: sam [MODEL...] [--threads N] [--cpu]. Full-size models with random weights, 1024 x 1024:
 * opening, the first picture (weights are packed), the next, one prompt, the most memory; beside oneDNN's own product and,
 * where Debian's PyTorch is installed, the same encoder in PyTorch (bench/sam_torch.py), all in this run. Default: sam_vit_b
 * and sam2.1_hiera_t. With --cpu one thread's processor time counts instead of time passed, which is the better measure on a
 * busy machine. */
#include "clocks.h"
#include "sam_checkpoint.h"
#include "yard.h"

#include "models/sam/sam.h"
#include "models/sam2/sam2.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIDE = 1024, ROUNDS = 3 };

static clockid_t clock_id = CLOCK_MONOTONIC;

static double now_ms(void)
{
    return clock_ms_of(clock_id);
}

typedef struct {
    double open_ms, first_s, encode_s, prompt_ms;
} Times;

static double best(double a, double b)
{
    return b < a ? b : a;
}

static bool finish(OpCtx *c)
{
    Err err = { 0 };
    if (op_finish(c, &err))
        return true;
    fprintf(stderr, "%s\n", err.msg);
    return false;
}

static const float point[1][2] = { { 512, 512 } };
static const int label[1] = { 1 };
static const SamPrompt prompt = { .points = point, .labels = label, .point_count = 1, .multimask = true };

/* Either kind of model, with the last picture it has looked at. */
typedef struct {
    Sam *sam;
    Sam2 *sam2;
    SamFrame frame;
    Tensor image;
    Sam2Image image2;
} Model;

static bool model_open(Model *m, const char *path, const char *config, Err *err)
{
    *m = (Model){ 0 };
    if (config)
        return sam2_open(&m->sam2, path, config, err);
    if (!sam_open(&m->sam, path, err))
        return false;
    m->frame = sam_frame(m->sam, SIDE, SIDE);
    return true;
}

static void model_close(Model *m)
{
    sam_close(m->sam);
    sam2_close(m->sam2);
}

static void model_encode(Model *m, OpCtx *c, const uint8_t *rgb)
{
    if (m->sam)
        m->image = sam_encode_image(c, m->sam, rgb, m->frame);
    else
        m->image2 = sam2_encode_image(c, m->sam2, rgb, SIDE, SIDE);
}

static void model_predict(Model *m, OpCtx *c)
{
    if (m->sam)
        sam_predict(c, m->sam, m->image, m->frame, &prompt, NULL);
    else
        sam2_predict(c, m->sam2, &m->image2, &prompt);
}

static bool time_model(Times *t, const char *path, const char *config, OpCtx *c, const uint8_t *rgb, Err *err)
{
    Model m;
    double begin = now_ms();
    if (!model_open(&m, path, config, err))
        return false;
    t->open_ms = now_ms() - begin;
    bool ok = true;
    for (int i = 0; ok && i <= ROUNDS; i++) {
        op_reset(c, (ArenaMark){ 0 });
        begin = now_ms();
        model_encode(&m, c, rgb);
        ok = finish(c);
        double seconds = (now_ms() - begin) / 1000;
        t->encode_s = i < 2 ? seconds : best(t->encode_s, seconds);
        if (i == 0)
            t->first_s = seconds;
        for (int k = 0; ok && k < 2; k++) { /* the first prompt packs the decoder */
            ArenaMark mark = op_mark(c);
            begin = now_ms();
            model_predict(&m, c);
            ok = finish(c);
            t->prompt_ms = i + k == 0 ? 1e9 : best(t->prompt_ms, now_ms() - begin);
            op_reset(c, mark);
        }
    }
    model_close(&m);
    return ok;
}

/* What bench/sam_torch.py measures: seconds for a picture and GFLOP/s of a product; false where there is no PyTorch. */
static bool time_torch(const char *model, int threads, double *seconds, double *rate)
{
    char command[256];
    snprintf(command, sizeof command, "/usr/bin/python3 bench/sam_torch.py %s %d%s 2>/dev/null", model,
             threads, clock_id == CLOCK_MONOTONIC ? "" : " cpu");
    FILE *p = popen(command, "r");
    bool ok = p && fscanf(p, "%lf %lf", seconds, rate) == 2;
    if (p)
        pclose(p);
    return ok;
}

static double product_gflops(const Yard *y)
{
    double ms = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now_ms();
        yard_run(y);
        ms = best(ms, now_ms() - begin);
    }
    return yard_flop() / ms * 1e-6;
}

static bool measure(const SamModel *m, int threads)
{
    char path[] = "/tmp/facet-sam-XXXXXX";
    Err err = { 0 };
    Times t = { 0 };
    struct rusage use;
    struct stat st;
    int fd = mkstemp(path);
    uint8_t *rgb = malloc((size_t)3 * SIDE * SIDE);
    OpCtx *c = op_open(&(OpOptions){ .threads = threads }, &err);
    bool ok = fd >= 0 && rgb && c && sam_checkpoint_write(m, path) && stat(path, &st) == 0;
    for (size_t i = 0; ok && i < (size_t)3 * SIDE * SIDE; i++)
        rgb[i] = (uint8_t)(i * 2654435761u >> 24);
    Yard yard;
    yard_open(&yard, threads);
    double product = product_gflops(&yard);
    ok = ok && time_model(&t, path, m->config, c, rgb, &err);
    product = fmax(product, product_gflops(&yard));
    getrusage(RUSAGE_SELF, &use);
    if (ok) {
        double gflop = sam_encoder_flop(m) * 1e-9, seconds, rate;
        printf(
            "%s: weights %.2f GB, open %.0f ms, first picture %.2f s, next %.2f s; %.0f GFLOP at %.0f GFLOP/s, %.0f %% of "
            "oneDNN's product at %.0f; a prompt %.1f ms; at most %.2f GB\n",
            m->name, (double)st.st_size * 1e-9, t.open_ms, t.first_s, t.encode_s, gflop, gflop / t.encode_s,
            100 * gflop / t.encode_s / product, product, t.prompt_ms, (double)use.ru_maxrss * 1024e-9);
        fflush(stdout);
        if (time_torch(m->name, threads, &seconds, &rate))
            printf("  PyTorch %.2f s, its product %.0f GFLOP/s: ours is %.2f times as fast\n", seconds, rate,
                   seconds / t.encode_s);
        else
            printf("  PyTorch is not there (python3-torch with libopenblas0-pthread): no ratio\n");
    } else
        fprintf(stderr, "%s: %s\n", m->name, err.msg);
    yard_close(&yard);
    op_close(c);
    free(rgb);
    close(fd);
    unlink(path);
    return ok;
}

int main(int argc, char **argv)
{
    static const char *const usual[] = { "sam_vit_b", "sam2.1_hiera_t" };
    int threads = 2, named = 0, failed = 0;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
            threads = atoi(argv[++i]);
        else if (strcmp(argv[i], "--cpu") == 0)
            clock_id = CLOCK_PROCESS_CPUTIME_ID;
        else
            named++;
    threads = clock_id == CLOCK_MONOTONIC ? threads : 1;
    for (const SamModel *m = sam_models; m->name; m++) {
        bool chosen = false;
        for (int i = 1; i < argc; i++)
            chosen |= strcmp(argv[i], m->name) == 0;
        for (size_t i = 0; named == 0 && i < 2; i++)
            chosen |= strcmp(usual[i], m->name) == 0;
        if (chosen)
            failed += !measure(m, threads);
    }
    return failed > 0;
}
