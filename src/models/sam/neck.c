#include "models/sam/neck.h"

static const float EPS = 1e-6f;

void sam_neck_load(Loader *l, SamNeck *n, size_t in, size_t out)
{
    load_conv(l, &n->project, (ConvShape){ .out = out, .in = in, .kernel = 1, .no_bias = true },
              "image_encoder.neck.0");
    load_norm(l, &n->norm1, out, "image_encoder.neck.1");
    load_conv(l, &n->smooth, (ConvShape){ .out = out, .in = out, .kernel = 3, .no_bias = true },
              "image_encoder.neck.2");
    load_norm(l, &n->norm2, out, "image_encoder.neck.3");
}

void sam_neck_clear(SamNeck *n)
{
    linear_clear(&n->project);
    linear_clear(&n->smooth);
    norm_clear(&n->norm1);
    norm_clear(&n->norm2);
}

Tensor sam_neck_forward(OpCtx *c, const SamNeck *n, Tensor x)
{
    x = op_layer_norm(c, op_conv2d(c, x, &n->project, (ConvOpts){ 0 }), &n->norm1, EPS);
    return op_layer_norm(c, op_conv2d(c, x, &n->smooth, (ConvOpts){ .pad = 1 }), &n->norm2, EPS);
}
