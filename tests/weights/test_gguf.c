/* Reading gguf files: what is in published ones, and what hostile ones claim. */
#include "../forge_gguf.h"
#include "../support.h"
#include "forge.h"

#include "weights/gguf.h"
#include "weights/weights.h"

/* Read bytes that lie in memory of exactly their size, so that a sanitizer sees any step beyond. */
static bool read_bytes(const Str *s, size_t size, WeightList *list, void **memory, json_t **metadata,
                       Err *err)
{
    *memory = malloc(size ? size : 1);
    memcpy(*memory, s->s, size);
    *list = (WeightList){ 0 };
    return gguf_read(*memory, size, list, metadata, err);
}

static void assert_refused(Str s, const char *words)
{
    WeightList list;
    void *memory;
    json_t *metadata;
    Err err = { 0 };
    if (read_bytes(&s, s.len, &list, &memory, &metadata, &err))
        fail_msg("was read: %s", words);
    assert_null(metadata);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, words);
    assert_null(strchr(err.msg, '\n'));
    weight_list_clear(&list);
    free(memory);
    str_clear(&s);
}

/* A setting of each type that there is, a list of each kind, and a list of lists. */
static void add_settings(GgufFile *f)
{
    static const int sizes[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };
    Str *s = &f->more;
    for (uint32_t type = 0; type < 13; type++) {
        if (sizes[type] == 0)
            continue;
        gguf_text(s, "some.number");
        gguf_le(s, type, 4);
        gguf_le(s, 1, sizes[type]);
        gguf_text(s, "some.list");
        gguf_le(s, 9, 4);
        gguf_le(s, type, 4);
        gguf_le(s, 3, 8);
        for (int i = 0; i < 3; i++)
            gguf_le(s, 7, sizes[type]);
        f->more_count += 2;
    }
    gguf_text(s, "tokenizer.ggml.tokens");
    gguf_le(s, 9, 4);
    gguf_le(s, 8, 4);
    gguf_le(s, 2, 8);
    gguf_text(s, "a");
    gguf_text(s, "");
    gguf_text(s, "some.lists");
    gguf_le(s, 9, 4);
    gguf_le(s, 9, 4);
    gguf_le(s, 1, 8);
    gguf_le(s, 0, 4);
    gguf_le(s, 2, 8);
    gguf_le(s, 0, 2);
    gguf_text(s, "general.name");
    gguf_le(s, 8, 4);
    gguf_text(s, "Qwen");
    f->more_count += 3;
}

static const float numbers[] = { 1, 2, 3, 4, 5, 6 };
static const uint8_t block[34] = { 0, 0x3c, 5 };
static const GgufTensor two[] = { { "a", 0, { 2, 3 }, 2, numbers, sizeof numbers, 0 },
                                  { "b.weight", 8, { 1, 32 }, 2, block, sizeof block, 0 } };

static void tensors_have_names_shapes_and_bytes_whatever_the_settings(void **state)
{
    (void)state;
    static const uint32_t alignments[] = { 0, 8, 64 };
    for (uint32_t version = 2; version <= 3; version++)
        for (size_t k = 0; k < 3; k++) {
            GgufFile f = { .tensor = two,
                           .count = 2,
                           .version = version,
                           .alignment = alignments[k],
                           .architecture = "qwen_image" };
            WeightList list;
            void *memory;
            json_t *metadata;
            Err err = { 0 };
            add_settings(&f);
            Str s = forge_gguf(&f);
            assert_ok(read_bytes(&s, s.len, &list, &memory, &metadata, &err));
            assert_int_equal(list.count, 2);
            assert_string_equal(list.tensor[0].name, "a");
            assert_int_equal(list.tensor[0].dtype, WEIGHT_F32);
            assert_int_equal(list.tensor[0].rank, 2);
            assert_int_equal(list.tensor[0].dim[0], 2);
            assert_int_equal(list.tensor[0].dim[1], 3);
            assert_memory_equal(list.tensor[0].data, numbers, sizeof numbers);
            assert_string_equal(list.tensor[1].name, "b.weight");
            assert_int_equal(list.tensor[1].dtype, WEIGHT_Q8_0);
            assert_int_equal(list.tensor[1].bytes, 34);
            assert_memory_equal(list.tensor[1].data, block, 34);
            assert_string_equal(json_string_value(json_object_get(metadata, "general.architecture")),
                                "qwen_image");
            assert_string_equal(json_string_value(json_object_get(metadata, "general.name")), "Qwen");
            json_decref(metadata);
            weight_list_clear(&list);
            free(memory);
            str_clear(&f.more);
            str_clear(&s);
        }
}

static void an_empty_tensor_and_a_single_number_are_read(void **state)
{
    (void)state;
    const GgufTensor t[] = { { "none", 0, { 0 }, 1, NULL, 0, 0 }, { "one", 30, { 0 }, 0, numbers, 2, 0 } };
    Str s = forge_gguf(&(GgufFile){ .tensor = t, .count = 2 });
    WeightList list;
    void *memory;
    json_t *metadata;
    Err err = { 0 };
    assert_ok(read_bytes(&s, s.len, &list, &memory, &metadata, &err));
    assert_null(list.tensor[0].data);
    assert_int_equal(list.tensor[1].rank, 0);
    assert_int_equal(list.tensor[1].bytes, 2);
    json_decref(metadata);
    weight_list_clear(&list);
    free(memory);
    str_clear(&s);
}

static void a_file_that_ends_anywhere_before_its_end_is_refused(void **state)
{
    (void)state;
    GgufFile f = { .tensor = two, .count = 2, .architecture = "qwen_image" };
    add_settings(&f);
    Str s = forge_gguf(&f);
    size_t end = s.len - 32 * 2 + sizeof block; /* what follows only fills */
    for (size_t size = 4; size < end; size++) {
        WeightList list;
        void *memory;
        json_t *metadata;
        Err err = { 0 };
        if (read_bytes(&s, size, &list, &memory, &metadata, &err))
            fail_msg("%zu of %zu bytes were read", size, end);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_says(err, "cut short");
        weight_list_clear(&list);
        free(memory);
    }
    str_clear(&f.more);
    str_clear(&s);
}

static void headers_that_lie_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        GgufTensor t;
        const char *words;
    } bad[] = {
        { { "x", 0, { (uint64_t)1 << 60 }, 1, NULL, 0, 0 }, "x takes 4611686018427387904 bytes" },
        { { "x", 0, { (uint64_t)1 << 60, (uint64_t)1 << 60 }, 2, NULL, 0, 0 },
          "more than memory can address" },
        { { "x", 12, { (uint64_t)1 << 62, 256 }, 2, NULL, 0, 0 }, "more than memory can address" },
        { { "x", 0, { 1, 1, 1, 1, 1 }, 5, NULL, 4, 0 }, "claims 5 dimensions" },
        { { "x", 0, { 4 }, 1, NULL, 16, (uint64_t)1 << 40 }, "x takes 16 bytes from byte 1099511627840" },
        { { "x", 0, { 4 }, 1, NULL, 16, UINT64_MAX - 127 },
          "x takes 16 bytes from byte 18446744073709551552" },
        { { "x", 0, { 4 }, 1, NULL, 16, 3 }, "no multiple of 32" },
        { { "x", 0, { 4 }, 1, NULL, 16, (uint64_t)0 - 32 }, "lie over each other" },
        { { "x", 12, { 96 }, 1, NULL, 54, 0 }, "x has rows of 96 numbers, which Q4_K stores 256 at a time" },
        { { "x", 17, { 256 }, 1, NULL, 74, 0 }, "x is stored as IQ2_XS, which facet does not read" },
        { { "x", 39, { 32 }, 1, NULL, 17, 0 }, "x is stored as MXFP4" },
        { { "x", 4, { 32 }, 1, NULL, 17, 0 }, "x has the unknown type 4" },
        { { "x", 4000000000, { 32 }, 1, NULL, 17, 0 }, "x has the unknown type 4000000000" },
        { { "x\n", 0, { 4 }, 1, NULL, 16, 0 }, "the tensor name \"x?\"" },
        { { "", 0, { 4 }, 1, NULL, 16, 0 }, "the tensor name \"\" is empty" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const GgufTensor t[] = { { "a", 0, { 6 }, 1, numbers, sizeof numbers, 0 },
                                 { "b", 0, { 6 }, 1, numbers, sizeof numbers, 0 },
                                 bad[i].t };
        assert_refused(forge_gguf(&(GgufFile){ .tensor = t, .count = 3 }), bad[i].words);
    }
}

static void counts_and_versions_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const struct {
        GgufFile f;
        const char *words;
    } bad[] = {
        { { .version = 1 }, "version 1 and facet reads 2 and 3" },
        { { .version = 4 }, "version 4" },
        { { .version = 0x03000000 }, "highest byte first" },
        { { .claimed_tensors = (uint64_t)1 << 60 }, "1152921504606846976 tensors" },
        { { .claimed_settings = UINT64_MAX }, "claims 18446744073709551615 settings" },
        { { .alignment = 24 }, "general.alignment is 24" },
        { { .alignment = 1 << 21 }, "general.alignment is 2097152" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        GgufFile f = bad[i].f;
        f.tensor = two;
        f.count = f.alignment ? 0 : 2;
        assert_refused(forge_gguf(&f), bad[i].words);
    }
}

/* One setting whose value is `type` and then these numbers of 8 bytes. */
static Str with_setting(const char *key, uint32_t type, const uint64_t *value, size_t count)
{
    GgufFile f = { .tensor = two, .count = 2, .more_count = 1 };
    gguf_text(&f.more, key);
    gguf_le(&f.more, type, 4);
    for (size_t i = 0; i < count; i++)
        gguf_le(&f.more, value[i], 8);
    Str s = forge_gguf(&f);
    str_clear(&f.more);
    return s;
}

static void settings_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const uint64_t huge[] = { UINT64_MAX - 7 }, zero[] = { 0 };
    assert_refused(with_setting("general.name", 8, huge, 1), "ends within its header");
    assert_refused(with_setting("other", 8, huge, 1), "ends within its header");
    assert_refused(with_setting("other", 13, zero, 1), "unknown type 13");
    assert_refused(with_setting("general.alignment", 8, zero, 1), "no whole number of 32 bits");
    /* A list: type and length of 4 and 8 bytes, so the second number is read from the middle of these. */
    static const uint64_t longs[] = { 10 | (uint64_t)0xFFFFFFFF << 32, 0xFFFFFFFF };
    assert_refused(with_setting("other", 9, longs, 2), "claims 18446744073709551615 values");
    static const uint64_t texts[] = { 8 | (uint64_t)0xFFFFFFFF << 32, 0xFFFFFFFF, 0 };
    assert_refused(with_setting("other", 9, texts, 3), "ends within its header");
    GgufFile f = { .tensor = two, .count = 2, .more_count = 1 };
    gguf_text(&f.more, "deep");
    gguf_le(&f.more, 9, 4);
    for (int i = 0; i < 2000; i++) {
        gguf_le(&f.more, 9, 4);
        gguf_le(&f.more, 1, 8);
    }
    Str s = forge_gguf(&f);
    str_clear(&f.more);
    assert_refused(s, "lists in lists");
}

/* ---- as a model ------------------------------------------------------------------------------------- */

static void a_gguf_file_opens_as_any_other_model(void **state)
{
    Weights *w;
    Err err = { 0 };
    Str s = forge_gguf(&(GgufFile){ .tensor = two, .count = 2, .architecture = "qwen_image" });
    const char *path = temp_path(state, "any.gguf");
    forge_write(path, s.s, s.len);
    str_clear(&s);
    const char *ways[] = { path, ((Temp *)*state)->path };
    for (int i = 0; i < 2; i++) {
        assert_ok(weights_open(&w, ways[i], &err));
        assert_string_equal(weights_metadata(w, "general.architecture"), "qwen_image");
        assert_non_null(weights_take(w, "a", 2, (size_t[]){ 2, 3 }));
        const WeightTensor *b = weights_take(w, "b.weight", 2, (size_t[]){ 1, 32 });
        assert_non_null(b);
        assert_true(weights_mapped(w, b));
        assert_ok(weights_finish(w, &err));
        weights_close(w);
    }
}

static void a_name_that_is_there_twice_is_refused(void **state)
{
    Weights *w;
    Err err = { 0 };
    const GgufTensor t[] = { two[0], two[1], two[0] };
    Str s = forge_gguf(&(GgufFile){ .tensor = t, .count = 3 });
    const char *path = temp_path(state, "twice.gguf");
    forge_write(path, s.s, s.len);
    str_clear(&s);
    assert_false(weights_open(&w, path, &err));
    assert_says(err, "twice.gguf: two tensors are called a;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_have_names_shapes_and_bytes_whatever_the_settings),
        cmocka_unit_test(an_empty_tensor_and_a_single_number_are_read),
        cmocka_unit_test(a_file_that_ends_anywhere_before_its_end_is_refused),
        cmocka_unit_test(headers_that_lie_are_refused_by_name),
        cmocka_unit_test(counts_and_versions_that_cannot_be_are_refused),
        cmocka_unit_test(settings_that_cannot_be_are_refused),
        cmocka_unit_test_setup_teardown(a_gguf_file_opens_as_any_other_model, temp_setup, temp_teardown),
        cmocka_unit_test_setup_teardown(a_name_that_is_there_twice_is_refused, temp_setup, temp_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
