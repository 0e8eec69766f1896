#include "models/sam/mlp.h"

#include <stdarg.h>
#include <stdio.h>

void mlp_load(Loader *l, Mlp *m, size_t in, size_t out, const char *name, ...)
{
    char prefix[200];
    va_list args;
    va_start(args, name);
    vsnprintf(prefix, sizeof prefix, name, args);
    va_end(args);

    Shape s;
    while (m->count < MLP_LAYERS_MAX && load_shape(l, &s, "%s.layers.%d.weight", prefix, m->count))
        m->count++;
    if (m->count == 0) {
        load_linear(l, &m->layer[0], out, in, "%s.layers.0", prefix); /* to be told that it is missing */
        return;
    }
    for (int i = 0; i < m->count; i++) {
        load_shape(l, &s, "%s.layers.%d.weight", prefix, i);
        size_t width = i == m->count - 1 ? out : s.dim[0];
        load_linear(l, &m->layer[i], width, in, "%s.layers.%d", prefix, i);
        in = width;
    }
}

Tensor mlp_forward(OpCtx *c, const Mlp *m, Tensor x)
{
    for (int i = 0; i < m->count; i++)
        x = op_linear_act(c, x, &m->layer[i], i == m->count - 1 ? ACT_NONE : ACT_RELU);
    return x;
}

void mlp_clear(Mlp *m)
{
    for (int i = 0; i < m->count; i++)
        linear_clear(&m->layer[i]);
    *m = (Mlp){ 0 };
}
