#include "weights/torch_tensors.h"

#include "base/str.h"
#include "weights/complain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- storages ----------------------------------------------------------------------------------- */

int storage_compare(PickleText a, PickleText b)
{
    int head = memcmp(a.s, b.s, a.n < b.n ? a.n : b.n);
    return head ? head : a.n < b.n ? -1 : a.n > b.n;
}

const StorageData *storage_find(const StorageData *sorted, size_t n, PickleText key)
{
    size_t from = 0, to = n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = storage_compare(sorted[middle].key, key);
        if (order == 0)
            return &sorted[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

/* ---- views -------------------------------------------------------------------------------------- */

/* Whether every element of a tensor that has some lies in its storage. */
static bool is_inside(const PickleTensor *t, size_t elements)
{
    size_t last = t->offset;
    for (int i = 0; i < t->rank; i++) {
        size_t step;
        if (__builtin_mul_overflow(t->dim[i] - 1, t->stride[i], &step) ||
            __builtin_add_overflow(last, step, &last))
            return false;
    }
    return last < elements;
}

/* A stride matters only where there is more than one element along it. */
static bool is_contiguous(const PickleTensor *t)
{
    size_t n = 1;
    for (int i = t->rank; i-- > 0;) {
        if (t->dim[i] != 1 && t->stride[i] != n)
            return false;
        n *= t->dim[i];
    }
    return true;
}

/* The elements of a view in order, one after the other. */
static void gather(const PickleTensor *t, size_t size, size_t elements, const uint8_t *from, uint8_t *to)
{
    size_t index[WEIGHT_MAX_RANK] = { 0 };
    size_t at = t->offset;
    for (size_t n = 0; n < elements; n++) {
        memcpy(to + n * size, from + at * size, size);
        for (int i = t->rank; i-- > 0;) {
            at += t->stride[i];
            if (++index[i] < t->dim[i])
                break;
            at -= t->stride[i] * t->dim[i];
            index[i] = 0;
        }
    }
}

/* ---- tensors by name ---------------------------------------------------------------------------- */

/* No checkpoint nests so deep, or has so many values and so long names: a pickle that does refers to its
 * values again and again. */
enum {
    MAX_DEPTH = 32,
    MAX_VALUES = 1 << 22,
    MAX_NAME = 512,
    MAX_NAMES = 1 << 26, /* bytes of all names */
};

typedef struct {
    const StorageData *storage;
    size_t storages, max_copy;
    size_t values, names; /* so far */
    Str name;             /* of the value at hand */
    WeightList *out;
    Err *err;
} Walk;

static bool add_tensor(Walk *w, const PickleTensor *from)
{
    char shown[COMPLAIN_NAME], shape[WEIGHT_SHAPE_TEXT];
    complain_name(shown, str_text(&w->name), w->name.len);
    const StorageData *s = storage_find(w->storage, w->storages, from->storage->key);
    size_t size = weight_dtype_size(from->storage->dtype), elements;
    WeightTensor t = { .dtype = from->storage->dtype, .rank = from->rank };
    memcpy(t.dim, from->dim, sizeof t.dim);
    weight_shape_text(shape, t.rank, t.dim);
    if (!weight_shape_size(t.dtype, t.rank, t.dim, &elements, &t.bytes))
        return complain_damaged(w->err, "%s claims the shape %s, more than memory can address", shown, shape);
    if (!s || s->dtype != t.dtype || (elements && !is_inside(from, s->elements)))
        return complain_damaged(w->err, "%s, %s, does not lie in its storage of %zu numbers", shown, shape,
                                s ? s->elements : 0);
    w->names += w->name.len;
    if (w->names > MAX_NAMES)
        return complain_damaged(w->err, "its tensors' names take more than %d bytes", MAX_NAMES);
    if (elements && is_contiguous(from))
        t.data = s->data + from->offset * size;
    else if (elements) {
        if (t.bytes > w->max_copy)
            return complain_damaged(w->err, "%s, %s, repeats the same numbers more often than any model",
                                    shown, shape);
        w->max_copy -= t.bytes;
        uint8_t *copy = malloc(t.bytes);
        if (!copy)
            return err_set(w->err, ERR_NOMEM, "no memory for the %zu bytes of %s", t.bytes, shown);
        gather(from, size, elements, s->data, copy);
        t.data = copy;
        if (!weight_list_own(w->out, copy, w->err))
            return false;
    }
    return weight_list_add(w->out, &t, str_text(&w->name), w->name.len, w->err);
}

static bool walk(Walk *w, const PickleValue *v, int depth);

/* A value under a key, whose text is added to the name while it is looked at. */
static bool walk_under(Walk *w, PickleText key, const PickleValue *v, int depth)
{
    size_t before = w->name.len;
    if (v->kind != PICKLE_TENSOR && v->kind != PICKLE_DICT && v->kind != PICKLE_LIST &&
        v->kind != PICKLE_TUPLE)
        return true;
    if (before + 1 + key.n > MAX_NAME)
        return complain_damaged(w->err, "the name of one of its tensors has more than %d letters", MAX_NAME);
    if (before)
        str_add_char(&w->name, '.');
    str_add_n(&w->name, key.s, key.n);
    if (w->name.failed)
        return err_set(w->err, ERR_NOMEM, "no memory for the names of its tensors");
    bool ok = walk(w, v, depth + 1);
    w->name.len = before;
    return ok;
}

static bool walk_dict(Walk *w, const PickleItems *items, int depth)
{
    char number[24];
    for (size_t i = 0; i < items->count; i += 2) {
        const PickleValue *key = items->item[i];
        PickleText text = key->text;
        if (key->kind == PICKLE_INT)
            text = (PickleText){ number, (size_t)snprintf(number, sizeof number, "%" PRId64, key->integer) };
        else if (key->kind != PICKLE_TEXT)
            continue; /* no key of a model */
        if (!walk_under(w, text, items->item[i + 1], depth))
            return false;
    }
    return true;
}

static bool walk(Walk *w, const PickleValue *v, int depth)
{
    char number[24];
    if (v->kind == PICKLE_TENSOR)
        return add_tensor(w, v->tensor);
    if (depth > MAX_DEPTH)
        return complain_damaged(w->err, "its values lie in each other more than %d deep", MAX_DEPTH);
    w->values += v->items.count;
    if (w->values > MAX_VALUES)
        return complain_damaged(w->err, "it has more than %d values", MAX_VALUES);
    if (v->kind == PICKLE_DICT)
        return walk_dict(w, &v->items, depth);
    for (size_t i = 0; i < v->items.count; i++) {
        PickleText text = { number, (size_t)snprintf(number, sizeof number, "%zu", i) };
        if (!walk_under(w, text, v->items.item[i], depth))
            return false;
    }
    return true;
}

bool torch_tensors_list(const PickleValue *root, const StorageData *storage, size_t storages, size_t max_copy,
                        WeightList *out, Err *err)
{
    Walk w = { .storage = storage, .storages = storages, .max_copy = max_copy, .out = out, .err = err };
    if (root->kind != PICKLE_DICT && root->kind != PICKLE_LIST && root->kind != PICKLE_TUPLE)
        return err_set(err, ERR_INPUT, "holds no dictionary of tensors; save the model's state_dict");
    bool ok = walk(&w, root, 0);
    str_clear(&w.name);
    return ok;
}
