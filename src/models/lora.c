#include "models/lora.h"

#include "weights/weights.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- forward ---- */

Tensor lora_linear(OpCtx *c, Tensor x, const LoraLinear *l, Act act)
{
    return op_linear_changed(c, x, &l->base, l->changes, act);
}

void lora_linear_clear(LoraLinear *l)
{
    linear_clear(&l->base);
    l->changes = NULL;
}

/* ---- names ---- */

/* What may stand before a layer's name. `flat`: the dots in the name are written as underscores. */
static const struct {
    const char *text;
    bool flat;
} prefixes[] = { { "transformer.", false },
                 { "diffusion_model.", false },
                 { "base_model.model.", false },
                 { "lora_unet_", true } };

typedef enum { DOWN, UP, ALPHA, ROLES } Role;

/* What stands behind it. The older pair is scaled by alpha / rank; beside the newer an alpha means nothing. */
static const struct {
    const char *text;
    Role role;
    bool by_alpha;
} suffixes[] = { { ".lora_A.weight", DOWN, false },
                 { ".lora_B.weight", UP, false },
                 { ".lora_down.weight", DOWN, true },
                 { ".lora_up.weight", UP, true },
                 { ".alpha", ALPHA, false } };

/* A key, taken apart. */
typedef struct {
    char layer[256];
    bool flat;
    size_t suffix; /* of the table */
} Key;

/* ".default", PEFT's name for the only adapter, is no part of a name. */
static void remove_default(char *text)
{
    static const char word[] = ".default.";
    char *at = strstr(text, word);
    if (at)
        memmove(at, at + sizeof word - 2, strlen(at + sizeof word - 2) + 1);
}

static bool key_parse(Key *k, const char *name)
{
    k->flat = false;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t n = strlen(prefixes[i].text);
        if (strncmp(name, prefixes[i].text, n) != 0)
            continue;
        k->flat = prefixes[i].flat;
        name += n;
        break;
    }
    if (strlen(name) >= sizeof k->layer)
        return false;
    strcpy(k->layer, name);
    remove_default(k->layer);
    size_t length = strlen(k->layer);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t n = strlen(suffixes[i].text);
        if (length <= n || strcmp(k->layer + length - n, suffixes[i].text) != 0)
            continue;
        k->layer[length - n] = '\0';
        k->suffix = i;
        return true;
    }
    return false;
}

static bool same_layer(const Key *k, const char *name)
{
    size_t i = 0;
    for (; name[i] && k->layer[i]; i++)
        if (k->layer[i] != name[i] && !(k->flat && name[i] == '.' && k->layer[i] == '_'))
            return false;
    return name[i] == k->layer[i];
}

/* ---- what a file holds ---- */

/* Of one layer. */
typedef struct {
    const WeightTensor *part[ROLES];
    bool by_alpha;
} Found;

struct Lora {
    Weights *weights;
    LoraLinear **layer; /* those it changes */
    LowRank *change;    /* what it adds to them */
    size_t count;
};

static bool is_float(const WeightTensor *t)
{
    return t->dtype == WEIGHT_F32 || t->dtype == WEIGHT_F16 || t->dtype == WEIGHT_BF16;
}

static Tensor tensor_from(const WeightTensor *t, Shape s)
{
    Dtype d = t->dtype == WEIGHT_F32 ? DTYPE_F32 : t->dtype == WEIGHT_F16 ? DTYPE_F16 : DTYPE_BF16;
    return tensor_of((void *)(uintptr_t)t->data, d, s);
}

/* Sort the tensors of the file by layer. found[i] belongs to targets[i]. */
static bool sort(const Weights *w, const LoraTarget *targets, size_t count, Found *found, Err *err)
{
    const char *path = weights_name(w), *stranger = NULL;
    size_t strangers = 0, i, all = weights_count(w);
    for (size_t k = 0; k < all; k++) {
        const WeightTensor *t = weights_at(w, k);
        Key key;
        if (!key_parse(&key, t->name))
            return err_set(err, ERR_INPUT,
                           "%s: %.200s is no part of a LoRA that facet knows: those are pairs of lora_A and "
                           "lora_B, or lora_down, lora_up and alpha",
                           path, t->name);
        for (i = 0; i < count && !same_layer(&key, targets[i].name);)
            i++;
        if (i == count) {
            stranger = stranger ? stranger : t->name;
            strangers++;
            continue;
        }
        Role role = suffixes[key.suffix].role;
        if (found[i].part[role])
            return err_set(err, ERR_INPUT, "%s: %.200s is there twice, under two names", path, t->name);
        if (!is_float(t))
            return err_set(err, ERR_INPUT, "%s: %.200s is %s where a floating point type is needed", path,
                           t->name, weight_dtype_name(t->dtype));
        found[i].part[role] = t;
        found[i].by_alpha = found[i].by_alpha || suffixes[key.suffix].by_alpha;
    }
    if (strangers || all == 0)
        return err_set(
            err, ERR_INPUT,
            "%s: %zu of its %zu tensors are for layers that this model does not have (%.200s is the "
            "first): it is a LoRA of another model",
            path, strangers, all, stranger ? stranger : "none");
    return true;
}

/* ---- scales ---- */

/* lora_adapter_metadata: PEFT's configuration, its keys behind "transformer.". NULL: none. */
static json_t *adapter_of(const Weights *w)
{
    const char *text = weights_metadata(w, "lora_adapter_metadata");
    return text ? json_loads(text, 0, NULL) : NULL;
}

static json_t *adapter_get(const json_t *adapter, const char *key)
{
    char with[64];
    snprintf(with, sizeof with, "transformer.%s", key);
    json_t *v = json_object_get(adapter, with);
    return v ? v : json_object_get(adapter, key);
}

/* `key` of the adapter, unless its `pattern` has a number for this layer: for its name, or how its name ends. */
static double number_for(const json_t *adapter, const char *key, const char *pattern, const char *layer,
                         double otherwise)
{
    const char *name;
    json_t *v = adapter_get(adapter, key), *one;
    double x = json_is_number(v) ? json_number_value(v) : otherwise;
    json_object_foreach(adapter_get(adapter, pattern), name, one)
    {
        size_t n = strlen(name), length = strlen(layer);
        if (n <= length && strcmp(layer + length - n, name) == 0 &&
            (n == length || layer[length - n - 1] == '.'))
            x = json_is_number(one) ? json_number_value(one) : x;
    }
    return x;
}

static double scale_of(const json_t *adapter, const Found *f, const char *layer)
{
    double rank = (double)f->part[DOWN]->dim[0];
    if (f->by_alpha) {
        float alpha;
        if (!f->part[ALPHA])
            return 1;
        tensor_to_f32(tensor_from(f->part[ALPHA], SHAPE(1)), 0, 1, &alpha);
        return (double)alpha / rank;
    }
    if (!adapter)
        return 1;
    double r = number_for(adapter, "r", "rank_pattern", layer, rank);
    double alpha = number_for(adapter, "lora_alpha", "alpha_pattern", layer, r);
    return alpha / (json_is_true(adapter_get(adapter, "use_rslora")) ? sqrt(r) : r);
}

/* ---- opening ---- */

static bool change_make(LowRank *p, const LoraTarget *target, const Found *f, const char *path, Err *err)
{
    const WeightTensor *down = f->part[DOWN], *up = f->part[UP], *alpha = f->part[ALPHA];
    const size_t *is = target->layer->base.weight.host.dim;
    if (!down || !up)
        return err_set(err, ERR_INPUT, "%s: %s has only half of its pair of matrices: fetch the file again",
                       path, target->name);
    if (down->rank != 2 || up->rank != 2 || down->dim[0] == 0 || down->dim[0] != up->dim[1] ||
        down->dim[1] != is[1] || up->dim[0] != is[0]) {
        char a[WEIGHT_SHAPE_TEXT], b[WEIGHT_SHAPE_TEXT];
        return err_set(
            err, ERR_INPUT,
            "%s: %s is changed by %.80s after %.80s, but is [%zu, %zu] here: it is a LoRA of another model",
            path, target->name, weight_shape_text(a, up->rank, up->dim),
            weight_shape_text(b, down->rank, down->dim), is[0], is[1]);
    }
    if (alpha && alpha->bytes != weight_dtype_size(alpha->dtype))
        return err_set(err, ERR_INPUT, "%s: the alpha of %s is no single number", path, target->name);
    p->down.host = tensor_from(down, SHAPE(down->dim[0], down->dim[1]));
    p->up.host = tensor_from(up, SHAPE(up->dim[0], up->dim[1]));
    return true;
}

/* Fill l->change for every layer that was found. */
static bool make_changes(Lora *l, const LoraTarget *targets, const Found *found, size_t count, float scale,
                         Err *err)
{
    const char *path = weights_name(l->weights);
    json_t *adapter = adapter_of(l->weights);
    bool ok = true;
    if (json_is_true(adapter_get(adapter, "use_dora")))
        ok = err_set(err, ERR_INPUT, "%s: this is a DoRA, which facet cannot apply; use a LoRA", path);
    for (size_t i = 0; ok && i < count; i++) {
        const Found *f = &found[i];
        if (!f->part[DOWN] && !f->part[UP] && !f->part[ALPHA])
            continue;
        LowRank *p = &l->change[l->count];
        ok = change_make(p, &targets[i], f, path, err);
        p->scale = ok ? (float)(scale * scale_of(adapter, f, targets[i].name)) : 0;
        if (ok && !isfinite(p->scale))
            ok = err_set(err, ERR_INPUT, "%s: the scale of %s is no number", path, targets[i].name);
        l->layer[l->count++] = targets[i].layer;
    }
    json_decref(adapter);
    return ok;
}

bool lora_open(Lora **out, const char *path, float scale, const LoraTarget *targets, size_t count, Err *err)
{
    *out = NULL;
    Lora *l = calloc(1, sizeof *l);
    Found *found = calloc(count + 1, sizeof *found);
    if (l) {
        l->layer = calloc(count + 1, sizeof *l->layer);
        l->change = calloc(count + 1, sizeof *l->change);
    }
    if (!l || !found || !l->layer || !l->change) {
        err_set(err, ERR_NOMEM, "%s: no memory to open it", path);
        goto fail;
    }
    if (!weights_open(&l->weights, path, err) || !sort(l->weights, targets, count, found, err) ||
        !make_changes(l, targets, found, count, scale, err))
        goto fail;
    for (size_t i = 0; i < l->count; i++) {
        l->change[i].next = l->layer[i]->changes;
        l->layer[i]->changes = &l->change[i];
    }
    free(found);
    *out = l;
    return true;
fail:
    free(found);
    if (l)
        l->count = 0; /* no layer knows of it */
    lora_close(l);
    return false;
}

void lora_close(Lora *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->count; i++) {
        l->layer[i]->changes = l->change[i].next;
        low_rank_clear(&l->change[i]);
    }
    free(l->layer);
    free(l->change);
    weights_close(l->weights);
    free(l);
}
