/* models/lora.h: low-rank changes of linear layers, from LoRA files (Hu et al. 2021, arXiv:2106.09685).
 *
 * They are computed beside the layer, y = W x + b + scale * up(down(x)), and never added to W: W may be quantised, and lies
 * in a mapped file. */
#ifndef FACET_MODELS_LORA_H
#define FACET_MODELS_LORA_H

#include "tensor/ops.h"

/* A linear layer with what LoRA files add to it. */
typedef struct {
    Linear base;
    const LowRank *changes; /* one a file; NULL: nothing */
} LoraLinear;

/* act(op_linear(x) + all changes) */
Tensor lora_linear(OpCtx *c, Tensor x, const LoraLinear *l, Act act);
/* Clears the layer; its changes belong to their files. */
void lora_linear_clear(LoraLinear *l);

/* A layer by its dotted name in the model: "transformer_blocks.0.attn.to_q". */
enum { LORA_NAME_BYTES = 96 };
typedef struct {
    char name[LORA_NAME_BYTES];
    LoraLinear *layer;
} LoraTarget;

/* A LoRA file that is in use. */
typedef struct Lora Lora;

/* Open a LoRA file and add it to the layers that it names, `scale` times as strong as it says. It takes the key styles of
 * diffusers and PEFT (transformer.X.lora_A.weight), ComfyUI (diffusion_model.X.lora_A.weight) and kohya
 * (lora_unet_X.lora_down.weight with .alpha), and X alone. The scale within the file is alpha / rank with lora_down, that of
 * the header's lora_adapter_metadata with lora_A, else 1.
 *
 * On failure *out is NULL and no layer is changed: ERR_MISSING, ERR_IO, ERR_NOMEM, ERR_INPUT: it names a layer that is not
 * in the model, has other shapes or half of a pair, or changes the model in another way than by two low-rank matrices. */
bool lora_open(Lora **out, const char *path, float scale, const LoraTarget *targets, size_t count, Err *err)
    __attribute__((warn_unused_result));
/* Take it from its layers and close it; it must be the last that was opened on them. NULL is fine. */
void lora_close(Lora *l);

#endif
