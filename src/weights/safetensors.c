#include "weights/safetensors.h"

#include "base/byte_order.h"
#include "base/file.h"
#include "base/str.h"
#include "weights/byte_ranges.h"
#include "weights/complain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Headers take about 150 bytes a tensor, so this is for 200,000 of them. The reference reader stops at 100
 * MB; parsed, that could take many gigabytes. */
static const size_t max_header = (size_t)1 << 25;

/* ---- reading ------------------------------------------------------------------------------------ */

bool safetensors_is(const uint8_t *data, size_t size)
{
    return size > 8 && data[8] == '{';
}

/* A whole number from 0 to SIZE_MAX. */
static bool get_size(const json_t *v, size_t *out)
{
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *out = (size_t)json_integer_value(v);
    return true;
}

/* The dtype and the shape of a header's entry. */
static bool read_type(const json_t *entry, const char *name, WeightTensor *t, Err *err)
{
    char shown[COMPLAIN_NAME];
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *shape = json_object_get(entry, "shape");
    if (!dtype || !json_is_array(shape))
        return complain_damaged(err, "the header gives %s no dtype or no shape", name);
    if (!weight_dtype_by_name(dtype, &t->dtype))
        return err_set(err, ERR_INPUT,
                       "%s holds numbers of type %s, which facet does not read; fetch the model in F32, F16 "
                       "or BF16",
                       name, complain_name(shown, dtype, strlen(dtype)));
    if (json_array_size(shape) > WEIGHT_MAX_RANK)
        return err_set(err, ERR_INPUT, "%s has %zu dimensions and facet reads at most %d; is it a model?",
                       name, json_array_size(shape), WEIGHT_MAX_RANK);
    t->rank = (int)json_array_size(shape);
    for (int i = 0; i < t->rank; i++)
        if (!get_size(json_array_get(shape, (size_t)i), &t->dim[i]))
            return complain_damaged(err, "dimension %d of %s is not a whole number", i, name);
    return true;
}

/* One entry of the header; `buffer` is what follows it. */
static bool read_entry(const json_t *entry, const char *name, const uint8_t *buffer, size_t buffer_size,
                       WeightTensor *t, Err *err)
{
    const json_t *range = json_object_get(entry, "data_offsets");
    size_t begin, end, elements;
    if (!read_type(entry, name, t, err))
        return false;
    if (json_array_size(range) != 2 || !get_size(json_array_get(range, 0), &begin) ||
        !get_size(json_array_get(range, 1), &end) || begin > end)
        return complain_damaged(err, "the header gives %s no data_offsets that make sense", name);
    char shape[WEIGHT_SHAPE_TEXT];
    weight_shape_text(shape, t->rank, t->dim);
    if (!weight_shape_size(t->dtype, t->rank, t->dim, &elements, &t->bytes))
        return complain_damaged(err, "%s claims the shape %s, more than memory can address", name, shape);
    if (t->bytes != end - begin)
        return complain_damaged(err, "%s, %s %s, takes %zu bytes and its data_offsets give it %zu", name,
                                weight_dtype_name(t->dtype), shape, t->bytes, end - begin);
    if (end > buffer_size)
        return complain_damaged(err, "%s ends at byte %zu of the data and there are %zu", name, end,
                                buffer_size);
    t->data = buffer + begin;
    return true;
}

/* Whether the tensors cover the buffer: no overlap, no gap, nothing left over. */
static bool check_cover(ByteRange *range, size_t n, size_t buffer_size, Err *err)
{
    char shown[COMPLAIN_NAME];
    size_t end = 0;
    if (!byte_ranges_sort(range, n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (range[i].begin > end)
            return complain_damaged(err, "%zu bytes before %s belong to no tensor", range[i].begin - end,
                                    complain_name(shown, range[i].name, strlen(range[i].name)));
        end = range[i].end;
    }
    if (end != buffer_size)
        return complain_damaged(err, "its last %zu bytes belong to no tensor", buffer_size - end);
    return true;
}

/* All entries of a header. `range` has room for as many. */
static bool read_entries(json_t *header, const uint8_t *buffer, size_t buffer_size, ByteRange *range,
                         WeightList *out, json_t **metadata, Err *err)
{
    const char *name;
    json_t *entry;
    size_t n = 0;
    json_object_foreach(header, name, entry)
    {
        char shown[COMPLAIN_NAME];
        WeightTensor t = { 0 };
        if (strcmp(name, "__metadata__") == 0) {
            *metadata = json_incref(entry);
            continue;
        }
        if (!read_entry(entry, complain_name(shown, name, strlen(name)), buffer, buffer_size, &t, err))
            return false;
        size_t begin = (size_t)((const uint8_t *)t.data - buffer);
        range[n++] = (ByteRange){ begin, begin + t.bytes, name };
        if (!weight_list_add(out, &t, name, strlen(name), err))
            return false;
    }
    return check_cover(range, n, buffer_size, err);
}

bool safetensors_read(const uint8_t *data, size_t size, WeightList *out, json_t **metadata, Err *err)
{
    *metadata = NULL;
    /* The first 8 bytes are the file's own claim: hold it against the real size before use. The subtraction
     * is on the trusted side, because adding 8 to the claim could wrap. */
    uint64_t claim = size < 8 ? 0 : load_le64(data);
    if (size < 8 || claim > size - 8)
        return complain_damaged(err,
                                "it has %zu bytes and, read as a safetensors file, claims a header of "
                                "%" PRIu64,
                                size, claim);
    if (claim > max_header)
        return complain_damaged(err, "its header of %" PRIu64 " bytes is larger than any real one", claim);
    json_error_t why;
    json_t *header = json_loadb((const char *)data + 8, (size_t)claim, JSON_REJECT_DUPLICATES, &why);
    if (!header && json_error_code(&why) == json_error_duplicate_key)
        return complain_damaged(err, "its header names a tensor twice");
    if (!header && !why.text[0]) /* jansson says nothing where memory runs out */
        return err_set(err, ERR_NOMEM, "no memory for its header of %" PRIu64 " bytes", claim);
    if (!json_is_object(header)) {
        json_decref(header);
        return complain_damaged(err, "its header is not JSON, so it is no safetensors file");
    }
    ByteRange *range = calloc(json_object_size(header) + 1, sizeof *range);
    bool ok =
        range ? read_entries(header, data + 8 + claim, size - 8 - (size_t)claim, range, out, metadata, err)
              : err_set(err, ERR_NOMEM, "no memory for the list of its tensors");
    free(range);
    json_decref(header);
    if (!ok) {
        json_decref(*metadata);
        *metadata = NULL;
    }
    return ok;
}

/* ---- writing ------------------------------------------------------------------------------------ */

/* The types with the largest elements first, so that every tensor lies at a multiple of its element's size.
 */
static const size_t sizes_in_order[] = { 8, 4, 2, 1 };

/* {"dtype": ..., "shape": [...], "data_offsets": [begin, end]}; NULL: no memory. */
static json_t *make_entry(const WeightTensor *t, size_t begin)
{
    json_t *shape = json_array();
    for (int i = 0; i < t->rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)t->dim[i]));
    if (json_array_size(shape) != (size_t)t->rank) {
        json_decref(shape);
        return NULL;
    }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", weight_dtype_name(t->dtype), "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)(begin + t->bytes));
}

/* The header of the tensors, and how many bytes of data follow it. */
static json_t *make_header(const char *path, const WeightTensor *tensors, size_t n, size_t *data_size,
                           Err *err)
{
    char shown[COMPLAIN_NAME];
    json_t *header = json_object();
    size_t at = 0;
    for (size_t s = 0; s < sizeof sizes_in_order / sizeof *sizes_in_order; s++)
        for (size_t i = 0; i < n; i++) {
            const WeightTensor *t = &tensors[i];
            if (weight_dtype_size(t->dtype) != sizes_in_order[s])
                continue;
            complain_name(shown, t->name, strlen(t->name));
            if (json_object_get(header, t->name)) {
                err_set(err, ERR_INTERNAL, "%s: two tensors to be written are called %s", path, shown);
                goto fail;
            }
            json_t *entry = make_entry(t, at);
            if (!entry) {
                err_set(err, ERR_NOMEM, "%s: no memory to write the header", path);
                goto fail;
            }
            if (json_object_set_new(header, t->name, entry)) {
                err_set(err, ERR_INTERNAL,
                        "%s: the tensor %s cannot be written: its name is no UTF-8, or there is no memory",
                        path, shown);
                goto fail;
            }
            at += t->bytes;
        }
    *data_size = at;
    return header;
fail:
    json_decref(header);
    return NULL;
}

bool safetensors_write(const char *path, const WeightTensor *tensors, size_t n, Err *err)
{
    size_t data_size;
    json_t *header = make_header(path, tensors, n, &data_size, err);
    if (!header)
        return false;
    char *text = json_dumps(header, JSON_COMPACT);
    json_decref(header);
    Str head = { 0 };
    str_add_n(&head, "\0\0\0\0\0\0\0", 8); /* for the length */
    str_add(&head, text ? text : "");
    /* Spaces fill the header up to a multiple of 8, which keeps the data aligned. */
    while (head.len % 8 && !head.failed)
        str_add_char(&head, ' ');
    uint8_t *file = text && !head.failed ? malloc(head.len + data_size) : NULL;
    bool ok = file != NULL;
    if (!ok)
        err_set(err, ERR_NOMEM, "%s: no memory to write its %zu bytes", path, head.len + data_size);
    if (ok) {
        size_t at = head.len;
        memcpy(file, head.s, head.len);
        for (int i = 0; i < 8; i++)
            file[i] = (uint8_t)((head.len - 8) >> 8 * i);
        for (size_t s = 0; s < sizeof sizes_in_order / sizeof *sizes_in_order; s++)
            for (size_t i = 0; i < n; i++)
                if (weight_dtype_size(tensors[i].dtype) == sizes_in_order[s] && tensors[i].bytes) {
                    memcpy(file + at, tensors[i].data, tensors[i].bytes);
                    at += tensors[i].bytes;
                }
        ok = file_write(path, file, at, err);
    }
    free(file);
    free(text);
    str_clear(&head);
    return ok;
}
