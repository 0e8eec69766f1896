/* Reading and writing safetensors: what is in real files, and what hostile ones claim. */
#include "forge.h"

#include "weights/safetensors.h"

/* ---- helpers -------------------------------------------------------------------------------------- */

/* Read bytes that lie in memory of exactly their size, so that a sanitizer sees any step beyond. */
static bool read_bytes(const Str *s, size_t size, WeightList *list, void **memory, Err *err)
{
    json_t *metadata;
    *memory = malloc(size ? size : 1);
    memcpy(*memory, s->s, size);
    *list = (WeightList){ 0 };
    bool ok = safetensors_read(*memory, size, list, &metadata, err);
    json_decref(metadata);
    return ok;
}

static void assert_refused(const char *header, size_t data_size, const char *words)
{
    Str s = forge_safetensors(header, data_size);
    WeightList list;
    void *memory;
    Err err = { 0 };
    if (read_bytes(&s, s.len, &list, &memory, &err))
        fail_msg("%s was read", header);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, words);
    weight_list_clear(&list);
    free(memory);
    str_clear(&s);
}

/* ---- what is read ----------------------------------------------------------------------------------- */

static void tensors_have_the_header_s_names_shapes_and_bytes(void **state)
{
    (void)state;
    Str s = forge_safetensors("{\"__metadata__\":{\"format\":\"pt\"},"
                              "\"b\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[4,16]},"
                              "\"a\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]},"
                              "\"none\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[16,16]}}  ",
                              16);
    WeightList list;
    void *memory;
    Err err = { 0 };
    assert_ok(read_bytes(&s, s.len, &list, &memory, &err));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.tensor[0].name, "b");
    assert_int_equal(list.tensor[0].dtype, WEIGHT_F16);
    assert_int_equal(list.tensor[0].rank, 2);
    assert_int_equal(list.tensor[0].dim[0], 2);
    assert_int_equal(list.tensor[0].dim[1], 3);
    assert_int_equal(list.tensor[0].bytes, 12);
    assert_int_equal(((const uint8_t *)list.tensor[0].data)[0], 4);
    assert_int_equal(list.tensor[1].rank, 0);
    assert_int_equal(list.tensor[1].bytes, 4);
    assert_int_equal(list.tensor[2].bytes, 0);
    assert_null(list.tensor[2].data);
    weight_list_clear(&list);
    free(memory);
    str_clear(&s);
}

/* The data of "b" begins at an odd byte of the file. */
static void a_tensor_at_an_odd_place_is_moved_to_an_even_one(void **state)
{
    (void)state;
    Str s = forge_safetensors("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                              "\"b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[1,9]}}",
                              9);
    WeightList list;
    void *memory;
    Err err = { 0 };
    assert_ok(read_bytes(&s, s.len, &list, &memory, &err));
    assert_int_equal((uintptr_t)list.tensor[1].data % 8, 0);
    assert_memory_equal(list.tensor[1].data, s.s + s.len - 8, 8);
    weight_list_clear(&list);
    free(memory);
    str_clear(&s);
}

/* ---- what is refused -------------------------------------------------------------------------------- */

static void headers_that_lie_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data_size;
        const char *words;
    } cases[] = {
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}", 8, "not JSON" },
        { "[1]", 0, "not JSON" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
          "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
          8, "names a tensor twice" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
          "\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
          12, "y and x lie over each other" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12,
          "4 bytes before x belong to no tensor" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9,
          "last 1 bytes belong to no" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 12,
          "x ends at byte 16 of the data and there are 12" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "no data_offsets" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8, "no data_offsets" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8, "no data_offsets" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[9223372036854775800,"
          "9223372036854775807]}}",
          8, "give it 7" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8,
          "x, F32 [3], takes 12 bytes and its data_offsets give it 8" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[1152921504606846976,32],\"data_offsets\":[0,8]}}", 8,
          "more than memory can address" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[1152921504606846976],\"data_offsets\":[0,8]}}", 8,
          "takes 4611686018427387904 bytes" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", 0,
          "more than memory can address" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}", 8,
          "not JSON" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "dimension 0 of x" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", 8, "dimension 0 of x" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", 8,
          "9 dimensions" },
        { "{\"x\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}", 8, "type F8_E4M3" },
        { "{\"x\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "no dtype" },
        { "{\"x\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "no shape" },
        { "{\"x\":[]}", 0, "no dtype" },
        { "{\"\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "is empty" },
        { "{\"a\\u001b[2J\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "\"a?[2J\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].header, cases[i].data_size, cases[i].words);
}

static void a_header_size_that_lies_is_refused(void **state)
{
    (void)state;
    static const uint64_t claims[] = { 50,         1000,           ((uint64_t)1 << 25) + 1,
                                       UINT64_MAX, UINT64_MAX - 7, 1ULL << 63 };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        Str s = { 0 };
        forge_le(&s, claims[i], 8);
        str_add(&s, "{\"x\":{\"dtype\":\"F32\"}}");
        WeightList list;
        void *memory;
        Err err = { 0 };
        assert_false(read_bytes(&s, s.len, &list, &memory, &err));
        assert_says(err, "claims a header");
        weight_list_clear(&list);
        free(memory);
        str_clear(&s);
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    Str s = forge_safetensors("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                              "\"y\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}",
                              11);
    for (size_t cut = 0; cut <= s.len; cut++) {
        WeightList list;
        void *memory;
        Err err = { 0 };
        bool ok = read_bytes(&s, cut, &list, &memory, &err);
        assert_int_equal(ok, cut == s.len);
        if (!ok)
            assert_int_equal(err.kind, ERR_INPUT);
        weight_list_clear(&list);
        free(memory);
    }
    str_clear(&s);
}

/* Whatever one byte becomes: read or refused, and never a tensor outside of the file. */
static void a_changed_byte_never_leads_outside(void **state)
{
    (void)state;
    Str s = forge_safetensors("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8);
    for (size_t i = 0; i < s.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            s.s[i] ^= (char)(1 << bit);
            WeightList list;
            void *memory;
            Err err = { 0 };
            if (read_bytes(&s, s.len, &list, &memory, &err)) {
                for (size_t t = 0; t < list.count; t++) {
                    volatile uint8_t sum = 0;
                    for (size_t b = 0; b < list.tensor[t].bytes; b++)
                        sum ^= ((const uint8_t *)list.tensor[t].data)[b];
                    (void)sum;
                }
            }
            weight_list_clear(&list);
            free(memory);
            s.s[i] ^= (char)(1 << bit);
        }
    str_clear(&s);
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static void what_is_written_is_read_back(void **state)
{
    static const uint8_t bytes[3] = { 1, 0, 255 };
    static const double real[2] = { 0.5, -3 };
    static const float one[1] = { 7 };
    const WeightTensor tensors[] = {
        { "masks", WEIGHT_U8, 1, { 3 }, bytes, sizeof bytes },
        { "quote \" and \\ and \xC3\xA4", WEIGHT_F64, 2, { 1, 2 }, real, sizeof real },
        { "iou", WEIGHT_F32, 0, { 0 }, one, sizeof one },
        { "empty", WEIGHT_F16, 2, { 0, 4 }, NULL, 0 },
    };
    const char *path = temp_path(state, "dump.safetensors");
    Err err = { 0 };
    assert_ok(safetensors_write(path, tensors, 4, &err));
    FileMap map;
    assert_ok(file_map(&map, path, &err));
    WeightList list = { 0 };
    json_t *metadata;
    assert_ok(safetensors_read(map.data, map.size, &list, &metadata, &err));
    assert_null(metadata);
    assert_int_equal(list.count, 4);
    assert_int_equal(list.owned_count, 0); /* written so that all can be used in place */
    for (size_t i = 0; i < 4; i++) {
        const WeightTensor *want = &tensors[i];
        const WeightTensor *got = NULL;
        for (size_t k = 0; k < 4; k++)
            if (strcmp(list.tensor[k].name, want->name) == 0)
                got = &list.tensor[k];
        assert_non_null(got);
        assert_int_equal(got->dtype, want->dtype);
        assert_int_equal(got->rank, want->rank);
        assert_memory_equal(got->dim, want->dim, sizeof got->dim);
        assert_int_equal(got->bytes, want->bytes);
        if (want->bytes)
            assert_memory_equal(got->data, want->data, want->bytes);
    }
    weight_list_clear(&list);
    file_unmap(&map);
}

static void two_tensors_of_one_name_are_not_written(void **state)
{
    static const uint8_t byte = 1;
    const WeightTensor tensors[] = {
        { "a", WEIGHT_U8, 0, { 0 }, &byte, 1 },
        { "a", WEIGHT_U8, 0, { 0 }, &byte, 1 },
    };
    const char *path = temp_path(state, "dump.safetensors");
    Err err = { 0 };
    assert_false(safetensors_write(path, tensors, 2, &err));
    assert_says(err, "called a");
    assert_false(path_exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_have_the_header_s_names_shapes_and_bytes),
        cmocka_unit_test(a_tensor_at_an_odd_place_is_moved_to_an_even_one),
        cmocka_unit_test(headers_that_lie_are_refused_by_name),
        cmocka_unit_test(a_header_size_that_lies_is_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_changed_byte_never_leads_outside),
        temp_test(what_is_written_is_read_back),
        temp_test(two_tensors_of_one_name_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
