/* The config.json of a Qwen2.5-VL: read or refused, and what is read stays within its limits. */
#include "models/qwen_vl/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    QwenVlConfig c;
    Err err = { 0 };
    if (!qwen_vl_config_parse(&c, (const char *)data, size, "x", &err))
        return 0;
    const QwenVlTextConfig *t = &c.text;
    const QwenVlVisionConfig *v = &c.vision;
    if (t->num_hidden_layers - 1 >= QWEN_VL_DEPTH_MAX || v->depth - 1 >= QWEN_VL_DEPTH_MAX ||
        t->head_dim > QWEN_VL_HEAD_DIM_MAX || t->num_attention_heads % t->num_key_value_heads ||
        2 * (t->mrope_section[0] + t->mrope_section[1] + t->mrope_section[2]) != t->head_dim)
        abort();
    if (v->hidden_size % v->num_heads || v->window_size < v->patch_size * v->spatial_merge_size ||
        v->out_hidden_size != t->hidden_size || (size_t)c.image_token_id >= t->vocab_size ||
        c.eos_count > QWEN_VL_EOS_MAX)
        abort();
    return 0;
}
