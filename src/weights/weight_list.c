#include "weights/weight_list.h"

#include "weights/complain.h"

#include <stdlib.h>
#include <string.h>

/* Names go into messages, into other files and into C strings. */
static bool is_plain(const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7F)
            return false;
    return n > 0;
}

static bool make_room(WeightList *l)
{
    if (l->count < l->cap)
        return true;
    size_t cap = l->cap ? 2 * l->cap : 64;
    WeightTensor *tensor = realloc(l->tensor, cap * sizeof *tensor);
    if (tensor)
        l->tensor = tensor;
    void **copy = realloc(l->copy, cap * sizeof *copy);
    if (copy)
        l->copy = copy;
    if (!tensor || !copy)
        return false;
    l->cap = cap;
    return true;
}

bool weight_list_take(WeightList *l, const WeightTensor *t, const char *name, size_t n, void *data, Err *err)
{
    char shown[COMPLAIN_NAME];
    if (!is_plain(name, n)) {
        free(data);
        return complain_damaged(err, "the tensor name \"%s\" is empty or holds control characters",
                                complain_name(shown, name, n));
    }
    char *own_name = strndup(name, n);
    if (!own_name || !make_room(l)) {
        free(own_name);
        free(data);
        return err_set(err, ERR_NOMEM, "no memory for the list of its tensors");
    }
    WeightTensor *to = &l->tensor[l->count];
    *to = *t;
    to->name = own_name;
    if (data)
        to->data = data;
    if (to->bytes == 0)
        to->data = NULL;
    l->copy[l->count++] = data;
    return true;
}

bool weight_list_add(WeightList *l, const WeightTensor *t, const char *name, size_t n, Err *err)
{
    if (t->bytes == 0 || (uintptr_t)t->data % weight_dtype_size(t->dtype) == 0)
        return weight_list_take(l, t, name, n, NULL, err);
    void *data = malloc(t->bytes);
    char shown[COMPLAIN_NAME];
    if (!data)
        return err_set(err, ERR_NOMEM, "no memory for the %zu bytes of %s", t->bytes,
                       complain_name(shown, name, n));
    memcpy(data, t->data, t->bytes);
    return weight_list_take(l, t, name, n, data, err);
}

void weight_list_clear(WeightList *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free((char *)l->tensor[i].name);
        free(l->copy[i]);
    }
    free(l->tensor);
    free(l->copy);
    *l = (WeightList){ 0 };
}
