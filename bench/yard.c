#include "yard.h"

#include "base/clock.h"
#include "tensor/cpu/onednn.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 4, M = 4096, K = 1280, N = 5120 };

static void check(dnnl_status_t s)
{
    if (s != dnnl_success) {
        fprintf(stderr, "oneDNN: error %d\n", (int)s);
        exit(1);
    }
}

static dnnl_memory_t memory(const Yard *y, ConstLayout d)
{
    dnnl_memory_t m;
    void *p;
    check(dnnl_memory_create(&m, d, y->engine, DNNL_MEMORY_ALLOCATE));
    check(dnnl_memory_get_data_handle(m, &p));
    memset(p, 0, dnnl_memory_desc_get_size(d));
    return m;
}

void yard_open(Yard *y, int threads)
{
    dnnl_primitive_desc_t pd;
    Layout x = layout_new(2, (size_t[]){ M, K }, dnnl_ab), out = layout_new(2, (size_t[]){ M, N }, dnnl_ab);
    Layout w = layout_new(2, (size_t[]){ K, N }, dnnl_format_tag_any);
    omp_set_num_threads(threads);
    check(dnnl_engine_create(&y->engine, dnnl_cpu, 0));
    check(dnnl_stream_create(&y->stream, y->engine, dnnl_stream_default_flags));
    check(onednn_matmul(&pd, y->engine, x, w, NULL, out, NULL));
    check(dnnl_primitive_create(&y->product, pd));
    y->memory[0] = memory(y, x);
    y->memory[1] = memory(y, dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0));
    y->memory[2] = memory(y, out);
    layout_free(x);
    layout_free(w);
    layout_free(out);
    dnnl_primitive_desc_destroy(pd);
}

void yard_close(Yard *y)
{
    for (int i = 0; i < 3; i++)
        dnnl_memory_destroy(y->memory[i]);
    dnnl_primitive_destroy(y->product);
    dnnl_stream_destroy(y->stream);
    dnnl_engine_destroy(y->engine);
}

void yard_run(const Yard *y)
{
    const dnnl_exec_arg_t args[3] = { { DNNL_ARG_SRC, y->memory[0] },
                                      { DNNL_ARG_WEIGHTS, y->memory[1] },
                                      { DNNL_ARG_DST, y->memory[2] } };
    check(dnnl_primitive_execute(y->product, y->stream, 3, args));
    check(dnnl_stream_wait(y->stream));
}

double yard_flop(void)
{
    return 2.0 * M * K * N;
}

double yard_gflops(const Yard *y)
{
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = clock_ms();
        yard_run(y);
        double ms = clock_ms() - begin;
        best = ms < best ? ms : best;
    }
    return yard_flop() / (best * 1e6);
}
