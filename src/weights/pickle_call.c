#include "weights/pickle_call.h"

#include "weights/complain.h"

#include <string.h>

typedef PickleValue *Call(Pickle *p, const PickleGlobal *global, const PickleItems *args, Err *err);

struct PickleGlobal {
    const char *module, *name;
    Call *call;        /* NULL: a type of storage, which is named and never called */
    WeightDtype dtype; /* of that storage */
};

static PickleValue *bad_arguments(const PickleGlobal *g, Err *err)
{
    complain_damaged(err, "its pickle calls %s.%s with arguments that make no sense", g->module, g->name);
    return NULL;
}

/* ---- tensors ------------------------------------------------------------------------------------ */

static bool get_size(const PickleValue *v, size_t *out)
{
    if (v->kind != PICKLE_INT || v->integer < 0)
        return false;
    *out = (size_t)v->integer;
    return true;
}

/* _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks); the older _rebuild_tensor takes
 * the first four. */
static PickleValue *rebuild_tensor(Pickle *p, const PickleGlobal *g, const PickleItems *args, Err *err)
{
    if (args->count < 4 || args->item[0]->kind != PICKLE_STORAGE || args->item[2]->kind != PICKLE_TUPLE ||
        args->item[3]->kind != PICKLE_TUPLE)
        return bad_arguments(g, err);
    const PickleItems *size = &args->item[2]->items, *stride = &args->item[3]->items;
    PickleTensor *t = pickle_alloc(p, sizeof *t, err);
    PickleValue *v = t ? pickle_value(p, PICKLE_TENSOR, err) : NULL;
    if (!v)
        return NULL;
    if (!get_size(args->item[1], &t->offset) || size->count != stride->count)
        return bad_arguments(g, err);
    if (size->count > WEIGHT_MAX_RANK) {
        err_set(err, ERR_INPUT, "a tensor has %zu dimensions and facet reads at most %d; is it a model?",
                size->count, WEIGHT_MAX_RANK);
        return NULL;
    }
    t->storage = args->item[0]->storage;
    t->rank = (int)size->count;
    for (int i = 0; i < t->rank; i++)
        if (!get_size(size->item[i], &t->dim[i]) || !get_size(stride->item[i], &t->stride[i]))
            return bad_arguments(g, err);
    v->tensor = t;
    return v;
}

/* _rebuild_parameter(tensor, requires_grad, hooks): a parameter is its tensor. */
static PickleValue *rebuild_parameter(Pickle *p, const PickleGlobal *g, const PickleItems *args, Err *err)
{
    (void)p;
    if (args->count < 1 || args->item[0]->kind != PICKLE_TENSOR)
        return bad_arguments(g, err);
    return args->item[0];
}

/* ---- containers --------------------------------------------------------------------------------- */

/* OrderedDict() or OrderedDict([(key, value), ...]). */
static PickleValue *ordered_dict(Pickle *p, const PickleGlobal *g, const PickleItems *args, Err *err)
{
    PickleValue *v = pickle_value(p, PICKLE_DICT, err);
    if (!v || args->count == 0)
        return v;
    if (args->count > 1 || args->item[0]->kind != PICKLE_LIST)
        return bad_arguments(g, err);
    const PickleItems *pairs = &args->item[0]->items;
    for (size_t i = 0; i < pairs->count; i++) {
        const PickleValue *pair = pairs->item[i];
        if ((pair->kind != PICKLE_LIST && pair->kind != PICKLE_TUPLE) || pair->items.count != 2)
            return bad_arguments(g, err);
        for (int k = 0; k < 2; k++)
            if (!pickle_append(p, &v->items, pair->items.item[k], err))
                return NULL;
    }
    return v;
}

/* Size((3, 4)): the tuple itself. */
static PickleValue *size(Pickle *p, const PickleGlobal *g, const PickleItems *args, Err *err)
{
    (void)p;
    if (args->count != 1 || args->item[0]->kind != PICKLE_TUPLE)
        return bad_arguments(g, err);
    return args->item[0];
}

/* ---- the table ---------------------------------------------------------------------------------- */

static const PickleGlobal globals[] = {
    { "torch._utils", "_rebuild_tensor_v2", rebuild_tensor, 0 },
    { "torch._utils", "_rebuild_tensor", rebuild_tensor, 0 },
    { "torch._utils", "_rebuild_parameter", rebuild_parameter, 0 },
    { "torch._utils", "_rebuild_parameter_with_state", rebuild_parameter, 0 },
    { "collections", "OrderedDict", ordered_dict, 0 },
    { "torch", "Size", size, 0 },
    { "torch", "FloatStorage", NULL, WEIGHT_F32 },
    { "torch", "HalfStorage", NULL, WEIGHT_F16 },
    { "torch", "BFloat16Storage", NULL, WEIGHT_BF16 },
    { "torch", "DoubleStorage", NULL, WEIGHT_F64 },
    { "torch", "ByteStorage", NULL, WEIGHT_U8 },
    { "torch", "CharStorage", NULL, WEIGHT_I8 },
    { "torch", "ShortStorage", NULL, WEIGHT_I16 },
    { "torch", "IntStorage", NULL, WEIGHT_I32 },
    { "torch", "LongStorage", NULL, WEIGHT_I64 },
    { "torch", "BoolStorage", NULL, WEIGHT_BOOL },
};

static bool same(PickleText a, const char *b)
{
    return a.n == strlen(b) && memcmp(a.s, b, a.n) == 0;
}

const PickleGlobal *pickle_global_find(PickleText module, PickleText name, Err *err)
{
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++)
        if (same(module, globals[i].module) && same(name, globals[i].name))
            return &globals[i];
    char m[COMPLAIN_NAME], n[COMPLAIN_NAME];
    err_set(err, ERR_INPUT,
            "its pickle wants %s.%s, which no tensor needs and facet never runs; save the model's state_dict "
            "alone, or fetch it as .safetensors",
            complain_name(m, module.s, module.n), complain_name(n, name.s, name.n));
    return NULL;
}

PickleValue *pickle_call(Pickle *p, const PickleGlobal *global, const PickleItems *args, Err *err)
{
    if (!global->call)
        return bad_arguments(global, err);
    return global->call(p, global, args, err);
}

bool pickle_is_text(const PickleValue *v, const char *text)
{
    return v->kind == PICKLE_TEXT && same(v->text, text);
}

PickleValue *pickle_persistent(Pickle *p, const PickleValue *id, Err *err)
{
    PickleItems args = id->kind == PICKLE_TUPLE ? id->items : (PickleItems){ 0 };
    size_t elements;
    if (args.count < 5 || args.count > 6 || !pickle_is_text(args.item[0], "storage") ||
        args.item[1]->kind != PICKLE_GLOBAL || args.item[1]->global->call ||
        args.item[2]->kind != PICKLE_TEXT || !get_size(args.item[4], &elements)) {
        complain_damaged(err, "its pickle names a storage in a way that makes no sense");
        return NULL;
    }
    if (args.count == 6 && args.item[5]->kind != PICKLE_NONE) {
        err_set(err, ERR_INPUT, "holds views of storages, as torch wrote before version 0.4; save it again");
        return NULL;
    }
    PickleStorage *s = pickle_alloc(p, sizeof *s, err);
    PickleValue *v = s ? pickle_value(p, PICKLE_STORAGE, err) : NULL;
    if (!v)
        return NULL;
    *s = (PickleStorage){ args.item[2]->text, args.item[1]->global->dtype, elements, p->storage };
    p->storage = s;
    v->storage = s;
    return v;
}
