/* How fast Qwen2.5-VL 7B looks, reads and writes: qwen_vl [--threads N]. One layer of each kind at full width with random
 * bf16 weights, beside oneDNN's own product in f32 in the same run; what a whole model takes is projected from them. */
#include "qwen_vl_pieces.h"
#include "yard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static double layer_flop(double t)
{
    double d = (double)vl_text.hidden_size, kv = (double)(vl_text.num_key_value_heads * vl_text.head_dim);
    double weights = 2 * d * d + 2 * d * kv + 3 * d * (double)vl_text.intermediate_size;
    return 2 * t * weights + 2 * t * t * d;
}

static double block_flop(double t, double keys)
{
    double d = (double)vl_tower.hidden_size;
    return 2 * t * (4 * d * d + 3 * d * (double)vl_tower.intermediate_size) + 4 * t * keys * d;
}

static void measure_tower(OpCtx *c, const Yard *yard, size_t pixels)
{
    QwenVlVision v = vl_vision();
    double product = yard_gflops(yard);
    VlPicture p = vl_time_picture(c, &v, pixels);
    double n = (double)p.patches, rate = block_flop(n, 64) * 1e-9 / p.window.seconds,
           full_rate = block_flop(n, n) * 1e-9 / p.full.seconds;
    printf(
        "a picture of %zu x %zu, %zu patches: a block with windows %.0f ms, %.0f GFLOP/s, %.0f %% of oneDNN's %.0f; a "
        "global one %.0f ms, %.0f GFLOP/s, %.0f %%; all 32 and the merger: %.1f s projected\n",
        pixels, pixels, p.patches, p.window.seconds * 1000, rate, 100 * rate / product, product,
        p.full.seconds * 1000, full_rate, 100 * full_rate / product, p.all.seconds);
}

int main(int argc, char **argv)
{
    static const size_t lengths[] = { 550, 1500 };
    Err err = { 0 };
    int threads = argc > 2 && strcmp(argv[1], "--threads") == 0 ? atoi(argv[2]) : 2;
    OpCtx *c = op_open(&(OpOptions){ .threads = threads }, &err);
    Yard yard;
    struct rusage use;
    if (!c)
        return 1;
    yard_open(&yard, threads);
    measure_tower(c, &yard, 392);
    measure_tower(c, &yard, 1036);
    QwenVlDecoder d = vl_decoder();
    for (size_t i = 0; i < 2; i++) {
        double product = yard_gflops(&yard), s = vl_time_layer(c, &d, 0, lengths[i]).seconds;
        double rate = layer_flop((double)lengths[i]) * 1e-9 / s;
        printf(
            "a prompt of %zu tokens: a layer %.0f ms, %.0f GFLOP/s, %.0f %% of oneDNN's %.0f; all %d: %.1f s projected\n",
            lengths[i], s * 1000, rate, 100 * rate / product, product, VL_LAYERS, VL_LAYERS * s);
    }
    double token = vl_time_layer(c, &d, 1500, 1).seconds, head = vl_time_head(c, &d).seconds;
    double bytes = layer_flop(1); /* two operations and two bytes a weight */
    printf(
        "a token behind 1500: a layer %.1f ms, weights read at %.1f GB/s; all %d and the head: %.2f s projected\n",
        token * 1000, bytes * 1e-9 / token, VL_LAYERS, VL_LAYERS * token + head);
    getrusage(RUSAGE_SELF, &use);
    printf("at most %.2f GB in use\n", (double)use.ru_maxrss * 1024e-9);
    yard_close(&yard);
    op_close(c);
    return 0;
}
