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

/* Room for one more element. */
static bool make_room(void **array, size_t count, size_t *cap, size_t element)
{
    if (count < *cap)
        return true;
    size_t more = *cap ? 2 * *cap : 64;
    void *grown = reallocarray(*array, more, element);
    if (!grown)
        return false;
    *array = grown;
    *cap = more;
    return true;
}

bool weight_list_own(WeightList *l, void *data, Err *err)
{
    void *owned = l->owned;
    if (!make_room(&owned, l->owned_count, &l->owned_cap, sizeof *l->owned)) {
        free(data);
        return err_set(err, ERR_NOMEM, "no memory for the list of its tensors");
    }
    l->owned = owned;
    l->owned[l->owned_count++] = data;
    return true;
}

bool weight_list_add(WeightList *l, const WeightTensor *t, const char *name, size_t n, Err *err)
{
    char shown[COMPLAIN_NAME];
    if (!is_plain(name, n))
        return complain_damaged(err, "the tensor name \"%s\" is empty or holds control characters",
                                complain_name(shown, name, n));
    void *moved = NULL;
    if (t->bytes && (uintptr_t)t->data % weight_dtype_align(t->dtype)) {
        moved = malloc(t->bytes);
        if (!moved)
            return err_set(err, ERR_NOMEM, "no memory for the %zu bytes of %s", t->bytes,
                           complain_name(shown, name, n));
        memcpy(moved, t->data, t->bytes);
        if (!weight_list_own(l, moved, err))
            return false;
    }
    char *own_name = strndup(name, n);
    void *tensors = l->tensor;
    if (!own_name || !make_room(&tensors, l->count, &l->cap, sizeof *l->tensor)) {
        free(own_name);
        return err_set(err, ERR_NOMEM, "no memory for the list of its tensors");
    }
    l->tensor = tensors;
    WeightTensor *to = &l->tensor[l->count++];
    *to = *t;
    to->name = own_name;
    to->data = t->bytes == 0 ? NULL : moved ? moved : t->data;
    return true;
}

void weight_list_clear(WeightList *l)
{
    for (size_t i = 0; i < l->count; i++)
        free((char *)l->tensor[i].name);
    for (size_t i = 0; i < l->owned_count; i++)
        free(l->owned[i]);
    free(l->tensor);
    free(l->owned);
    *l = (WeightList){ 0 };
}
