#include "weights/gguf.h"

#include "base/byte_order.h"
#include "weights/byte_ranges.h"
#include "weights/complain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ggml's own limit of dimensions; lists in lists occur in no real file; other settings are of no use here. */
enum { MAX_DIMS = 4, MAX_NESTED = 4, MAX_TEXTS = 256, MAX_TEXT_BYTES = 4096 };

static const uint32_t DEFAULT_ALIGNMENT = 32, MAX_ALIGNMENT = 1 << 20;

/* ---- reading step by step ----------------------------------------------------------------------- */

typedef struct {
    const uint8_t *data;
    size_t size, at;
    Err *err;
} Cursor;

/* The next n bytes; NULL where the file ends before. */
static const uint8_t *take(Cursor *c, uint64_t n)
{
    if (n > c->size - c->at) {
        complain_damaged(c->err, "it ends within its header, at byte %zu", c->size);
        return NULL;
    }
    const uint8_t *p = c->data + c->at;
    c->at += (size_t)n;
    return p;
}

static bool take_u32(Cursor *c, uint32_t *out)
{
    const uint8_t *p = take(c, 4);
    if (p)
        *out = load_le32(p);
    return p != NULL;
}

static bool take_u64(Cursor *c, uint64_t *out)
{
    const uint8_t *p = take(c, 8);
    if (p)
        *out = load_le64(p);
    return p != NULL;
}

/* Borrowed from the file, and without a zero at its end. */
typedef struct {
    const char *s;
    size_t n;
} Text;

static bool take_text(Cursor *c, Text *out)
{
    uint64_t n;
    const uint8_t *p = take_u64(c, &n) ? take(c, n) : NULL;
    if (p)
        *out = (Text){ (const char *)p, (size_t)n };
    return p != NULL;
}

static bool text_is(Text t, const char *word)
{
    return t.n == strlen(word) && memcmp(t.s, word, t.n) == 0;
}

/* ---- settings ----------------------------------------------------------------------------------- */

typedef enum { VALUE_U32 = 4, VALUE_TEXT = 8, VALUE_LIST = 9 } ValueType;

/* Bytes of a value of each type; those of texts and lists depend. */
static const uint8_t value_bytes[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };

static bool known_value(const Cursor *c, uint32_t type)
{
    return type < sizeof value_bytes ||
           complain_damaged(c->err, "a setting at byte %zu has the unknown type %" PRIu32, c->at, type);
}

static bool skip_value(Cursor *c, uint32_t type, int nested);

static bool skip_list(Cursor *c, int nested)
{
    uint32_t type;
    uint64_t n, bytes;
    if (!take_u32(c, &type) || !take_u64(c, &n) || !known_value(c, type))
        return false;
    if (nested == MAX_NESTED)
        return complain_damaged(c->err, "a setting at byte %zu holds lists in lists in lists", c->at);
    if (value_bytes[type])
        return !__builtin_mul_overflow(n, value_bytes[type], &bytes)
                   ? take(c, bytes) != NULL
                   : complain_damaged(c->err, "a list at byte %zu claims %" PRIu64 " values", c->at, n);
    for (uint64_t i = 0; i < n; i++) /* each takes bytes of the file, so this ends */
        if (!skip_value(c, type, nested + 1))
            return false;
    return true;
}

/* Calls itself through skip_list for lists in lists, MAX_NESTED deep at most. */
static bool skip_value(Cursor *c, uint32_t type, int nested)
{
    Text t;
    if (!known_value(c, type))
        return false;
    if (type == VALUE_TEXT)
        return take_text(c, &t);
    return type == VALUE_LIST ? skip_list(c, nested) : take(c, value_bytes[type]) != NULL;
}

static bool take_alignment(Cursor *c, uint32_t type, uint32_t *alignment)
{
    if (type != VALUE_U32)
        return complain_damaged(c->err, "general.alignment is no whole number of 32 bits");
    if (!take_u32(c, alignment))
        return false;
    if (*alignment == 0 || *alignment > MAX_ALIGNMENT || (*alignment & (*alignment - 1)))
        return complain_damaged(c->err, "general.alignment is %" PRIu32 ", no power of two", *alignment);
    return true;
}

/* What is no text, or too long to be one of a model's names, is passed over. */
static bool take_general(Cursor *c, Text key, uint32_t type, json_t *texts)
{
    char name[COMPLAIN_NAME];
    Text t;
    if (type != VALUE_TEXT || key.n >= sizeof name || json_object_size(texts) >= MAX_TEXTS)
        return skip_value(c, type, 0);
    if (!take_text(c, &t))
        return false;
    memcpy(name, key.s, key.n);
    name[key.n] = '\0';
    json_t *value = t.n <= MAX_TEXT_BYTES ? json_stringn(t.s, t.n) : NULL; /* NULL: it is no UTF-8 */
    if (value && json_object_set_new(texts, name, value))
        return err_set(c->err, ERR_NOMEM, "no memory for its settings");
    return true;
}

static bool read_settings(Cursor *c, uint64_t count, uint32_t *alignment, json_t *texts)
{
    static const char general[] = "general.";
    for (uint64_t i = 0; i < count; i++) {
        Text key;
        uint32_t type;
        if (!take_text(c, &key) || !take_u32(c, &type) || !known_value(c, type))
            return false;
        bool ok;
        if (text_is(key, "general.alignment"))
            ok = take_alignment(c, type, alignment);
        else if (key.n > strlen(general) && memcmp(key.s, general, strlen(general)) == 0)
            ok = take_general(c, key, type, texts);
        else
            ok = skip_value(c, type, 0);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- tensors ------------------------------------------------------------------------------------ */

/* The types by number. Those that are not read have a name only. */
static const struct {
    const char *name;
    bool read;
    WeightDtype dtype;
} types[] = {
    [0] = { "F32", true, WEIGHT_F32 },    [1] = { "F16", true, WEIGHT_F16 },
    [2] = { "Q4_0", true, WEIGHT_Q4_0 },  [3] = { "Q4_1", true, WEIGHT_Q4_1 },
    [6] = { "Q5_0", true, WEIGHT_Q5_0 },  [7] = { "Q5_1", true, WEIGHT_Q5_1 },
    [8] = { "Q8_0", true, WEIGHT_Q8_0 },  [9] = { .name = "Q8_1" },
    [10] = { "Q2_K", true, WEIGHT_Q2_K }, [11] = { "Q3_K", true, WEIGHT_Q3_K },
    [12] = { "Q4_K", true, WEIGHT_Q4_K }, [13] = { "Q5_K", true, WEIGHT_Q5_K },
    [14] = { "Q6_K", true, WEIGHT_Q6_K }, [15] = { .name = "Q8_K" },
    [16] = { .name = "IQ2_XXS" },         [17] = { .name = "IQ2_XS" },
    [18] = { .name = "IQ3_XXS" },         [19] = { .name = "IQ1_S" },
    [20] = { .name = "IQ4_NL" },          [21] = { .name = "IQ3_S" },
    [22] = { .name = "IQ2_S" },           [23] = { .name = "IQ4_XS" },
    [24] = { "I8", true, WEIGHT_I8 },     [25] = { "I16", true, WEIGHT_I16 },
    [26] = { "I32", true, WEIGHT_I32 },   [27] = { "I64", true, WEIGHT_I64 },
    [28] = { "F64", true, WEIGHT_F64 },   [29] = { .name = "IQ1_M" },
    [30] = { "BF16", true, WEIGHT_BF16 }, [34] = { .name = "TQ1_0" },
    [35] = { .name = "TQ2_0" },           [39] = { .name = "MXFP4" },
};

typedef struct {
    Text name;
    WeightTensor tensor;
    uint64_t offset;
} Info;

static bool take_type(Cursor *c, const char *shown, WeightDtype *out)
{
    uint32_t type;
    if (!take_u32(c, &type))
        return false;
    const char *name = type < sizeof types / sizeof *types ? types[type].name : NULL;
    if (!name)
        return complain_damaged(c->err, "%s has the unknown type %" PRIu32, shown, type);
    if (!types[type].read)
        return err_set(c->err, ERR_INPUT,
                       "%s is stored as %s, which facet does not read; fetch the model as Q4_K_M or Q8_0",
                       shown, name);
    *out = types[type].dtype;
    return true;
}

static bool take_dims(Cursor *c, const char *shown, WeightTensor *t)
{
    uint32_t rank;
    if (!take_u32(c, &rank))
        return false;
    if (rank > MAX_DIMS)
        return complain_damaged(c->err, "%s claims %" PRIu32 " dimensions and ggml has at most %d", shown,
                                rank, MAX_DIMS);
    t->rank = (int)rank;
    for (uint32_t i = 0; i < rank; i++) {
        uint64_t dim;
        if (!take_u64(c, &dim))
            return false;
        t->dim[rank - 1 - i] = (size_t)dim;
    }
    return true;
}

/* All but where its data lies. */
static bool take_info(Cursor *c, Info *info)
{
    char shown[COMPLAIN_NAME], shape[WEIGHT_SHAPE_TEXT];
    size_t elements;
    *info = (Info){ 0 };
    WeightTensor *t = &info->tensor;
    if (!take_text(c, &info->name))
        return false;
    complain_name(shown, info->name.s, info->name.n);
    if (!take_dims(c, shown, t) || !take_type(c, shown, &t->dtype) || !take_u64(c, &info->offset))
        return false;
    size_t row = t->rank ? t->dim[t->rank - 1] : 1, block = weight_dtype_block(t->dtype);
    if (row % block)
        return complain_damaged(c->err, "%s has rows of %zu numbers, which %s stores %zu at a time", shown,
                                row, weight_dtype_name(t->dtype), block);
    if (!weight_shape_size(t->dtype, t->rank, t->dim, &elements, &t->bytes))
        return complain_damaged(c->err, "%s claims the shape %s, more than memory can address", shown,
                                weight_shape_text(shape, t->rank, t->dim));
    return true;
}

/* Add the tensors whose descriptions begin here; their data begins at `start`. `range` has room for as many. */
static bool add_tensors(Cursor *c, uint64_t count, size_t start, uint32_t alignment, ByteRange *range,
                        WeightList *out)
{
    size_t data_size = start < c->size ? c->size - start : 0, ranges = 0;
    for (uint64_t i = 0; i < count; i++) {
        char shown[COMPLAIN_NAME];
        Info info;
        if (!take_info(c, &info))
            return false;
        complain_name(shown, info.name.s, info.name.n);
        WeightTensor *t = &info.tensor;
        if (info.offset % alignment)
            return complain_damaged(c->err, "%s begins at byte %" PRIu64 ", no multiple of %" PRIu32, shown,
                                    info.offset, alignment);
        if (info.offset > data_size || t->bytes > data_size - info.offset)
            return complain_damaged(
                c->err, "%s takes %zu bytes from byte %" PRIu64 " of the data on and there are %zu", shown,
                t->bytes, info.offset, data_size);
        t->data = t->bytes ? c->data + start + info.offset : NULL;
        if (!weight_list_add(out, t, info.name.s, info.name.n, c->err))
            return false;
        if (t->bytes)
            range[ranges++] = (ByteRange){ (size_t)info.offset, (size_t)info.offset + t->bytes,
                                           out->tensor[out->count - 1].name };
    }
    return byte_ranges_sort(range, ranges, c->err);
}

static bool read_tensors(Cursor *c, uint64_t count, uint32_t alignment, WeightList *out)
{
    Cursor first = *c;
    Info info;
    for (uint64_t i = 0; i < count; i++) /* where they end decides where the data begins */
        if (!take_info(c, &info))
            return false;
    size_t start = (c->at + alignment - 1) / alignment * alignment;
    ByteRange *range = calloc((size_t)count + 1, sizeof *range);
    if (!range)
        return err_set(c->err, ERR_NOMEM, "no memory for the list of its tensors");
    bool ok = add_tensors(&first, count, start, alignment, range, out);
    free(range);
    return ok;
}

/* ---- the file ----------------------------------------------------------------------------------- */

static const char magic[] = { 'G', 'G', 'U', 'F' };

bool gguf_is(const uint8_t *data, size_t size)
{
    return size >= sizeof magic && memcmp(data, magic, sizeof magic) == 0;
}

static bool check_version(const Cursor *c, uint32_t version)
{
    if ((version & 0xFFFF) == 0)
        return err_set(c->err, ERR_INPUT,
                       "is a GGUF file for machines that store the highest byte first; fetch the usual one");
    if (version != 2 && version != 3)
        return err_set(c->err, ERR_INPUT,
                       "is a GGUF file of version %" PRIu32
                       " and facet reads 2 and 3; fetch one that was made otherwise",
                       version);
    return true;
}

/* The shortest setting is an empty name with a value of one byte, the shortest tensor one without name and dimensions: so
 * the counts are held against what the file has room for. */
static bool check_counts(const Cursor *c, uint64_t tensors, uint64_t settings)
{
    enum { SETTING_BYTES = 8 + 4 + 1, TENSOR_BYTES = 8 + 4 + 4 + 8 };
    size_t left = c->size - c->at;
    if (settings > left / SETTING_BYTES || tensors > left / TENSOR_BYTES)
        return complain_damaged(c->err,
                                "it claims %" PRIu64 " settings and %" PRIu64 " tensors and has %zu bytes",
                                settings, tensors, c->size);
    return true;
}

bool gguf_read(const uint8_t *data, size_t size, WeightList *out, json_t **metadata, Err *err)
{
    Cursor c = { data, size, sizeof magic < size ? sizeof magic : size, err };
    uint32_t version, alignment = DEFAULT_ALIGNMENT;
    uint64_t tensors, settings;
    *metadata = NULL;
    if (!take_u32(&c, &version) || !check_version(&c, version) || !take_u64(&c, &tensors) ||
        !take_u64(&c, &settings) || !check_counts(&c, tensors, settings))
        return false;
    json_t *texts = json_object();
    if (!texts)
        return err_set(err, ERR_NOMEM, "no memory for its settings");
    if (!read_settings(&c, settings, &alignment, texts) || !read_tensors(&c, tensors, alignment, out)) {
        json_decref(texts);
        return false;
    }
    *metadata = texts;
    return true;
}
