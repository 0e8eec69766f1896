#include "models/qwen_vl/config.h"

#include "base/json_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_MAX_BYTES = 1 << 20, WIDTH_MAX = 1 << 17, NEEDED = -1 };

/* ---- reading ---- */

typedef struct {
    const char *name; /* of the file */
    Err *err;
    bool ok;
} Reader;

static void refuse(Reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void refuse(Reader *r, const char *fmt, ...)
{
    char why[256];
    va_list args;
    if (!r->ok)
        return;
    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    r->ok = err_set(r->err, ERR_INPUT, "%s: %s", r->name, why);
}

/* null stands for a setting that is not there. */
static const json_t *setting(const json_t *in, const char *key)
{
    const json_t *v = json_object_get(in, key);
    return json_is_null(v) ? NULL : v;
}

/* A whole number from 1 to `max`; `otherwise` where the file has none, unless it is NEEDED. */
static void whole(Reader *r, const json_t *in, const char *key, size_t max, int otherwise, size_t *out)
{
    const json_t *v = setting(in, key);
    if (!v && otherwise != NEEDED) {
        *out = (size_t)otherwise;
        return;
    }
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 1 || n > (json_int_t)max)
        refuse(r, "%s is %s; a whole number from 1 to %zu is needed", key, v ? "out of range" : "missing",
               max);
    else
        *out = (size_t)n;
}

static void real(Reader *r, const json_t *in, const char *key, double min, double max, double otherwise,
                 float *out)
{
    const json_t *v = setting(in, key);
    double n = v ? json_number_value(v) : otherwise;
    if ((v && !json_is_number(v)) || !(n >= min && n <= max))
        refuse(r, "%s is no number from %g to %g", key, min, max);
    *out = (float)n;
}

static bool truth(Reader *r, const json_t *in, const char *key, bool otherwise)
{
    const json_t *v = setting(in, key);
    if (v && !json_is_boolean(v))
        refuse(r, "%s is neither true nor false", key);
    return v ? json_is_true(v) : otherwise;
}

/* Settings of which one value is implemented. */
static void must_be(Reader *r, const json_t *in, const char *key, const char *value)
{
    const json_t *v = setting(in, key);
    if (v && (!json_is_string(v) || strcmp(json_string_value(v), value) != 0))
        refuse(r, "%s is not \"%s\", which is all that a Qwen2.5-VL may have there", key, value);
}

/* ---- the parts ---- */

/* Releases before 5 of the library have rope_scaling with rope_theta beside it, later ones rope_parameters with
 * everything in it. Its type is called "mrope", or "default" once the library has touched the file. */
static void read_rope(Reader *r, const json_t *in, QwenVlTextConfig *t)
{
    const json_t *scaling = setting(in, "rope_scaling"), *all = setting(in, "rope_parameters");
    const json_t *from = all ? all : scaling;
    real(r, all && setting(all, "rope_theta") ? all : in, "rope_theta", 1, 1e12, 1e6, &t->rope_theta);

    const json_t *type = setting(from, "rope_type") ? setting(from, "rope_type") : setting(from, "type");
    const char *name = type ? json_string_value(type) : "default";
    if (!name || (strcmp(name, "default") != 0 && strcmp(name, "mrope") != 0))
        refuse(
            r,
            "the rotary positions are scaled by a rule that is not implemented: rope_type is not \"mrope\"");

    const json_t *section = setting(from, "mrope_section");
    size_t sum = 0;
    if (!json_is_array(section) || json_array_size(section) != 3) {
        refuse(r, "mrope_section is not a list of three numbers");
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        json_int_t n = json_integer_value(json_array_get(section, i));
        t->mrope_section[i] = n >= 0 && n <= QWEN_VL_HEAD_DIM_MAX ? (size_t)n : QWEN_VL_HEAD_DIM_MAX;
        sum += t->mrope_section[i];
    }
    if (2 * sum != t->head_dim)
        refuse(r, "mrope_section must sum to half of the %zu channels of a head", t->head_dim);
}

static void read_text(Reader *r, const json_t *in, QwenVlTextConfig *t)
{
    whole(r, in, "num_hidden_layers", QWEN_VL_DEPTH_MAX, NEEDED, &t->num_hidden_layers);
    whole(r, in, "hidden_size", WIDTH_MAX, NEEDED, &t->hidden_size);
    whole(r, in, "intermediate_size", WIDTH_MAX, NEEDED, &t->intermediate_size);
    whole(r, in, "num_attention_heads", 1024, NEEDED, &t->num_attention_heads);
    whole(r, in, "vocab_size", 1 << 24, NEEDED, &t->vocab_size);
    if (!r->ok)
        return;
    whole(r, in, "num_key_value_heads", 1024, (int)t->num_attention_heads, &t->num_key_value_heads);
    whole(r, in, "head_dim", QWEN_VL_HEAD_DIM_MAX, (int)(t->hidden_size / t->num_attention_heads),
          &t->head_dim);
    whole(r, in, "max_position_embeddings", 1 << 24, 32768, &t->max_position_embeddings);
    real(r, in, "rms_norm_eps", 0, 1, 1e-6, &t->rms_norm_eps);
    must_be(r, in, "hidden_act", "silu");
    if (truth(r, in, "use_sliding_window", false))
        refuse(r, "use_sliding_window is on, and attention in sliding windows is not implemented");
    if (r->ok && (t->num_attention_heads % t->num_key_value_heads || t->head_dim == 0 || t->head_dim % 2 ||
                  t->head_dim > QWEN_VL_HEAD_DIM_MAX))
        refuse(r, "%zu channels in %zu heads, %zu of them with keys: no decoder has such sizes",
               t->hidden_size, t->num_attention_heads, t->num_key_value_heads);
    if (r->ok)
        read_rope(r, in, t);
}

static void read_full_attention(Reader *r, const json_t *in, QwenVlVisionConfig *v)
{
    const json_t *list = setting(in, "fullatt_block_indexes"), *entry;
    size_t i;
    if (!json_is_array(list)) {
        refuse(r, "fullatt_block_indexes is not a list of block numbers");
        return;
    }
    json_array_foreach(list, i, entry)
    {
        json_int_t n = json_integer_value(entry);
        if (!json_is_integer(entry) || n < 0 || n >= (json_int_t)v->depth) {
            refuse(r, "fullatt_block_indexes has an entry that is no block from 0 to %zu", v->depth - 1);
            return;
        }
        v->full_attention[n] = true;
    }
}

static void read_vision(Reader *r, const json_t *in, QwenVlVisionConfig *v)
{
    whole(r, in, "depth", QWEN_VL_DEPTH_MAX, NEEDED, &v->depth);
    whole(r, in, "hidden_size", WIDTH_MAX, NEEDED, &v->hidden_size);
    whole(r, in, "intermediate_size", WIDTH_MAX, NEEDED, &v->intermediate_size);
    whole(r, in, "num_heads", 1024, NEEDED, &v->num_heads);
    whole(r, in, "out_hidden_size", WIDTH_MAX, NEEDED, &v->out_hidden_size);
    /* The released files say in_chans; in_channels is what the library looks at, and both are 3. */
    whole(r, in, "in_channels", 3, 3, &v->in_channels);
    whole(r, in, "patch_size", 256, 14, &v->patch_size);
    whole(r, in, "temporal_patch_size", 16, 2, &v->temporal_patch_size);
    whole(r, in, "spatial_merge_size", 16, 2, &v->spatial_merge_size);
    whole(r, in, "window_size", 1 << 16, 112, &v->window_size);
    must_be(r, in, "hidden_act", "silu");
    if (!r->ok)
        return;
    if (v->in_channels != 3)
        refuse(r, "in_channels is not 3");
    /* A head's channels are pairs, and one half of the pairs turns with the height, the other with the width. */
    if (v->hidden_size % v->num_heads || v->hidden_size / v->num_heads % 4 ||
        v->hidden_size / v->num_heads > QWEN_VL_HEAD_DIM_MAX)
        refuse(r, "%zu channels in %zu heads: no vision tower has such sizes", v->hidden_size, v->num_heads);
    if (v->window_size < v->patch_size * v->spatial_merge_size)
        refuse(r, "a window of %zu pixels holds no token of %zu", v->window_size,
               v->patch_size * v->spatial_merge_size);
    read_full_attention(r, in, v);
}

static void read_token(Reader *r, const json_t *v, const char *key, size_t vocab_size, int32_t *out)
{
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 0 || n >= (json_int_t)vocab_size)
        refuse(r, "%s is no token from 0 to %zu", key, vocab_size - 1);
    else
        *out = (int32_t)n;
}

/* eos_token_id is one token or a list of them. */
static void read_end(Reader *r, const json_t *eos, QwenVlConfig *c)
{
    size_t n = json_is_array(eos) ? json_array_size(eos) : eos != NULL;
    if (n > QWEN_VL_EOS_MAX)
        refuse(r, "eos_token_id lists more than %d tokens", QWEN_VL_EOS_MAX);
    for (c->eos_count = 0; r->ok && c->eos_count < n; c->eos_count++)
        read_token(r, json_is_array(eos) ? json_array_get(eos, c->eos_count) : eos, "eos_token_id",
                   c->text.vocab_size, &c->eos[c->eos_count]);
}

static void read_tokens(Reader *r, const json_t *root, const json_t *text, QwenVlConfig *c)
{
    const json_t *image = setting(root, "image_token_id"), *eos = setting(root, "eos_token_id");
    read_token(r, image ? image : setting(text, "image_token_id"), "image_token_id", c->text.vocab_size,
               &c->image_token_id);
    read_end(r, eos ? eos : setting(text, "eos_token_id"), c);
}

static void read_all(Reader *r, const json_t *root, QwenVlConfig *c)
{
    const char *type = json_string_value(json_object_get(root, "model_type"));
    const json_t *vision = setting(root, "vision_config");
    if (!type || strcmp(type, "qwen2_5_vl") != 0 || !json_is_object(vision)) {
        refuse(r, "this is no configuration of a Qwen2.5-VL: its model_type is \"%.60s\"", type ? type : "");
        return;
    }
    /* The published files have the text settings at the top, the library writes them under text_config or in both
     * places; some then only set image_token_id and tie_word_embeddings at the top. */
    const json_t *text = json_is_object(setting(root, "text_config")) ? setting(root, "text_config") : root;
    read_text(r, text, &c->text);
    bool tied = truth(r, text, "tie_word_embeddings", false);
    c->text.tie_word_embeddings = truth(r, root, "tie_word_embeddings", tied);
    read_vision(r, vision, &c->vision);
    if (!r->ok)
        return;
    read_tokens(r, root, text, c);
    if (c->vision.out_hidden_size != c->text.hidden_size)
        refuse(r, "the vision tower makes tokens of %zu channels (out_hidden_size) and the decoder has %zu",
               c->vision.out_hidden_size, c->text.hidden_size);
}

/* `root` is freed; NULL: *err says why there is none. */
static bool take(QwenVlConfig *out, json_t *root, const char *name, Err *err)
{
    Reader r = { name, err, root != NULL };
    *out = (QwenVlConfig){ 0 };
    if (root)
        read_all(&r, root, out);
    json_decref(root);
    return r.ok;
}

bool qwen_vl_config_parse(QwenVlConfig *out, const char *text, size_t size, const char *name, Err *err)
{
    return take(out, json_text_object(text, size, 0, name, err), name, err);
}

bool qwen_vl_config_read(QwenVlConfig *out, const char *path, Err *err)
{
    return take(out, json_file_object(path, JSON_MAX_BYTES, 0, err), path, err);
}

bool qwen_vl_config_read_end(QwenVlConfig *config, const char *path, Err *err)
{
    json_t *root = json_file_object(path, JSON_MAX_BYTES, 0, err);
    Reader r = { path, err, root != NULL };
    const json_t *eos = setting(root, "eos_token_id");
    if (eos)
        read_end(&r, eos, config);
    json_decref(root);
    return r.ok;
}
