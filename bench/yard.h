/* bench/yard.h: the yardstick: how fast oneDNN itself multiplies matrices on this machine, right now. */
#ifndef FACET_BENCH_YARD_H
#define FACET_BENCH_YARD_H

#include <dnnl.h>

/* oneDNN called directly: 4096 x 1280 x 5120 in f32, with its packed weights. */
typedef struct {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_t product;
    dnnl_memory_t memory[3];
} Yard;

/* Ends the program where oneDNN fails. */
void yard_open(Yard *y, int threads);
void yard_close(Yard *y);

/* One product, and the floating-point operations it takes. */
void yard_run(const Yard *y);
double yard_flop(void);

/* GFLOP/s, the best of a few rounds. */
double yard_gflops(const Yard *y);

#endif
