/* elementwise.c: operations on one element at a time, shared out among threads. */
#include "tensor/cpu/cpu.h"

enum {
    GRAIN = 32768,      /* elements below which another thread does not pay */
    SHORT_OPERAND = 256 /* operands below that are repeated first: short loops do not pay either */
};

/* An operand that repeats: element i of the whole meets p[i % period]. */
typedef struct {
    const float *p;
    size_t period;
} Operand;

typedef struct {
    const CpuKernels *k;
    float *y;
    const float *x;
    Operand a, b;
    float mul, add;
    int kind; /* an Act or a Binary */
    void (*run)(const CpuKernels *k, float *y, const float *x, const float *a, const float *b, size_t n,
                float mul, float add, int kind);
} Work;

/* The most elements from i on that an operand has in a row. */
static size_t reach(Operand o, size_t i)
{
    return o.p ? o.period - i % o.period : SIZE_MAX;
}

static const float *from(Operand o, size_t i)
{
    return o.p ? o.p + i % o.period : NULL;
}

static void run_range(void *user, size_t first, size_t last)
{
    const Work *w = user;
    for (size_t i = first, n; i < last; i += n) {
        n = last - i;
        n = reach(w->a, i) < n ? reach(w->a, i) : n;
        n = reach(w->b, i) < n ? reach(w->b, i) : n;
        w->run(w->k, w->y + i, w->x + i, from(w->a, i), from(w->b, i), n, w->mul, w->add, w->kind);
    }
}

/* An operand for a result of `count` elements; a short one is written out several times. */
static Operand operand(OpCtx *c, Tensor t, size_t count)
{
    Operand o = { t.data, tensor_count(t) };
    if (o.period >= SHORT_OPERAND || o.period >= count)
        return o;
    size_t times = SHORT_OPERAND * 4 / o.period;
    float *p = op_alloc(c, times * o.period * sizeof *p);
    for (size_t i = 0; p && i < times * o.period; i++)
        p[i] = o.p[i % o.period];
    return (Operand){ p, times * o.period };
}

static void each(OpCtx *c, Work w, size_t count)
{
    w.k = cpu_k(c);
    if (op_ok(c))
        cpu_ranges(c, count, GRAIN, run_range, &w);
}

#define RUN(name, call)                                                                             \
    static void name(const CpuKernels *k, float *y, const float *x, const float *a, const float *b, \
                     size_t n, float mul, float add, int kind)                                      \
    {                                                                                               \
        (void)x, (void)a, (void)b, (void)mul, (void)add, (void)kind;                                \
        call;                                                                                       \
    }
RUN(run_act, k->act(y, x, n, (Act)kind))
RUN(run_act_mul, k->act_mul(y, a, x, n, (Act)kind))
RUN(run_binary, k->binary(y, x, a, n, (Binary)kind))
RUN(run_modulate, k->modulate(y, x, a, b, n))
RUN(run_affine, k->affine(y, x, mul, add, n))
RUN(run_add_scaled, k->add_scaled(y, mul, a, n))
RUN(run_add_gated, k->add_gated(y, a, b, n))
#undef RUN

void cpu_act(OpCtx *c, Tensor y, Tensor x, Act act)
{
    each(c, (Work){ .y = y.data, .x = x.data, .kind = (int)act, .run = run_act }, tensor_count(y));
}

void cpu_act_mul(OpCtx *c, Tensor y, Tensor gate, Tensor x, Act act)
{
    size_t n = tensor_count(y);
    each(c, (Work){ .y = y.data, .x = x.data, .a = { gate.data, n }, .kind = (int)act, .run = run_act_mul },
         n);
}

void cpu_affine(OpCtx *c, Tensor y, Tensor x, float mul, float add)
{
    each(c, (Work){ .y = y.data, .x = x.data, .mul = mul, .add = add, .run = run_affine }, tensor_count(y));
}

void cpu_binary(OpCtx *c, Tensor y, Tensor a, Tensor b, Binary op)
{
    ArenaMark mark = op_mark(c);
    size_t n = tensor_count(y);
    each(c, (Work){ .y = y.data, .x = a.data, .a = operand(c, b, n), .kind = (int)op, .run = run_binary }, n);
    op_reset(c, mark);
}

void cpu_modulate(OpCtx *c, Tensor y, Tensor x, Tensor shift, Tensor scale)
{
    ArenaMark mark = op_mark(c);
    size_t n = tensor_count(y);
    each(c,
         (Work){ .y = y.data,
                 .x = x.data,
                 .a = operand(c, shift, n),
                 .b = operand(c, scale, n),
                 .run = run_modulate },
         n);
    op_reset(c, mark);
}

void cpu_add_scaled(OpCtx *c, Tensor x, float s, Tensor y)
{
    ArenaMark mark = op_mark(c);
    size_t n = tensor_count(x);
    each(c, (Work){ .y = x.data, .x = x.data, .a = operand(c, y, n), .mul = s, .run = run_add_scaled }, n);
    op_reset(c, mark);
}

void cpu_add_gated(OpCtx *c, Tensor x, Tensor gate, Tensor y)
{
    ArenaMark mark = op_mark(c);
    size_t n = tensor_count(x);
    each(c,
         (Work){
             .y = x.data, .x = x.data, .a = operand(c, gate, n), .b = { y.data, n }, .run = run_add_gated },
         n);
    op_reset(c, mark);
}
