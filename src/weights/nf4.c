#include "weights/nf4.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 320, BLOCK_MAX = 1 << 16 };

typedef struct {
    char text[NAME_BYTES];
} Name;

static Name beside(const char *name, const char *what)
{
    Name n;
    snprintf(n.text, sizeof n.text, "%.250s.%s", name, what);
    return n;
}

/* ---- the JSON ---- */

static const char *const state_names[] = { "quant_state.bitsandbytes__nf4", "quant_state.bitsandbytes__fp4" };

static const char *state_name(const Weights *w, const char *name)
{
    for (size_t i = 0; i < sizeof state_names / sizeof *state_names; i++)
        if (weights_find(w, beside(name, state_names[i]).text))
            return state_names[i];
    return NULL;
}

/* The caller calls json_decref(). NULL: no JSON object. */
static json_t *state_of(const WeightTensor *t)
{
    json_t *state = t->dtype == WEIGHT_U8 && t->bytes ? json_loadb(t->data, t->bytes, 0, NULL) : NULL;
    if (json_is_object(state))
        return state;
    json_decref(state);
    return NULL;
}

/* A whole number from 1 to max; 0 where it is none. */
static size_t whole(const json_t *v, size_t max)
{
    json_int_t n = json_integer_value(v);
    return json_is_integer(v) && n >= 1 && (uint64_t)n <= max ? (size_t)n : 0;
}

static void shape_of(const json_t *state, size_t dim[2])
{
    const json_t *shape = json_object_get(state, "shape");
    bool matrix = json_array_size(shape) == 2;
    for (size_t i = 0; i < 2; i++)
        dim[i] = matrix ? whole(json_array_get(shape, i), SIZE_MAX >> 1) : 0;
}

bool nf4_is(const Weights *w, const char *name, size_t dim[2])
{
    const char *state = state_name(w, name);
    if (!state)
        return false;
    if (dim) {
        json_t *json = state_of(weights_find(w, beside(name, state).text));
        shape_of(json, dim);
        json_decref(json);
    }
    return true;
}

/* ---- the parts ---- */

typedef struct {
    Weights *w;
    const char *name;
    Err *err;
} Taker;

static bool refuse(const Taker *t, const char *part, const char *why)
{
    return err_set(t->err, ERR_INPUT, "%s.%s %s: this 4-bit matrix is damaged, fetch the file again", t->name,
                   part, why);
}

/* The part's data, `count` elements of that type. */
static const void *take(const Taker *t, const char *part, WeightDtype dtype, size_t count)
{
    const WeightTensor *x = weights_take(t->w, beside(t->name, part).text, -1, NULL);
    if (!x)
        return NULL;
    size_t elements, bytes;
    if (x->dtype != dtype || !weight_shape_size(x->dtype, x->rank, x->dim, &elements, &bytes) ||
        elements != count) {
        char why[120];
        snprintf(why, sizeof why, "is no list of %zu numbers of type %s", count, weight_dtype_name(dtype));
        refuse(t, part, why);
        return NULL;
    }
    return x->data;
}

/* The scales of the scales. */
static bool take_nested(const Taker *t, const json_t *state, size_t blocks, PackedMatrix *out)
{
    double offset = json_number_value(json_object_get(state, "nested_offset"));
    const char *dtype = json_string_value(json_object_get(state, "nested_dtype"));
    out->nested_block = whole(json_object_get(state, "nested_blocksize"), BLOCK_MAX);
    out->nested_offset = (float)offset;
    if (out->nested_block == 0 || !isfinite(offset) || !dtype || strcmp(dtype, "float32") != 0)
        return refuse(t, "quant_state",
                      "has no nested_blocksize, nested_offset and nested_dtype that go together");
    out->absmax_u8 = take(t, "absmax", WEIGHT_U8, blocks);
    out->nested_code = take(t, "nested_quant_map", WEIGHT_F32, NF4_NESTED_CODES);
    out->nested_absmax = take(t, "nested_absmax", WEIGHT_F32, (blocks - 1) / out->nested_block + 1);
    return out->absmax_u8 && out->nested_code && out->nested_absmax;
}

static bool take_all(const Taker *t, const json_t *state, size_t rows, size_t cols, PackedMatrix *out)
{
    size_t dim[2], count, block = whole(json_object_get(state, "blocksize"), BLOCK_MAX);
    shape_of(state, dim);
    if (block == 0)
        return refuse(t, "quant_state", "has no blocksize");
    if (dim[0] != rows || dim[1] != cols)
        return err_set(t->err, ERR_INPUT, "%s is [%zu, %zu] in 4 bits, not [%zu, %zu]", t->name, dim[0],
                       dim[1], rows, cols);
    if (__builtin_mul_overflow(rows, cols, &count) || count == 0 || count % 2)
        return refuse(t, "quant_state", "has a shape without or with an odd number of elements");
    size_t blocks = (count - 1) / block + 1;
    *out = (PackedMatrix){ .rows = rows, .cols = cols, .block = block };

    const WeightTensor *packed = weights_take(t->w, t->name, -1, NULL);
    out->code = take(t, "quant_map", WEIGHT_F32, NF4_CODES);
    bool scales;
    if (json_object_get(state, "nested_blocksize"))
        scales = take_nested(t, state, blocks, out);
    else
        scales = (out->absmax = take(t, "absmax", WEIGHT_F32, blocks)) != NULL;
    if (!packed || !out->code || !scales)
        return false;
    if (packed->dtype != WEIGHT_U8 || packed->bytes != count / 2)
        return err_set(t->err, ERR_INPUT,
                       "%s has %zu bytes of type %s where %zu elements in 4 bits need %zu bytes of type U8",
                       t->name, packed->bytes, weight_dtype_name(packed->dtype), count, count / 2);
    out->packed = packed->data;
    return true;
}

bool nf4_take(Weights *w, const char *name, size_t rows, size_t cols, PackedMatrix *out, Err *err)
{
    Taker t = { w, name, err };
    *out = (PackedMatrix){ 0 };
    const char *state = state_name(w, name);
    const WeightTensor *x = weights_take(w, beside(name, state ? state : state_names[0]).text, -1, NULL);
    if (!x)
        return false;
    json_t *json = state_of(x);
    bool ok = json ? take_all(&t, json, rows, cols, out) : refuse(&t, "quant_state", "is no JSON object");
    json_decref(json);
    return ok;
}
