/* Opening a model in all the shapes that it comes in, and holding it against what the model wants. */
#include "../support.h"
#include "forge.h"

#include "weights/weights.h"

static const char two_tensors[] =
    "{\"neck.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
    "\"neck.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}}";

/* A safetensors file in the test's folder. */
static const char *put(void **state, const char *name, const char *header, size_t data_size)
{
    const char *path = temp_path(state, name);
    Str s = forge_safetensors(header, data_size);
    forge_write(path, s.s, s.len);
    str_clear(&s);
    return path;
}

static Weights *open_ok(const char *path)
{
    Weights *w;
    Err err = { 0 };
    assert_ok(weights_open(&w, path, &err));
    return w;
}

static void assert_refused(const char *path, ErrKind kind, const char *words)
{
    Weights *w = (Weights *)1;
    Err err = { 0 };
    assert_false(weights_open(&w, path, &err));
    assert_null(w);
    assert_says(err, words);
    assert_int_equal(err.kind, kind);
    assert_null(strchr(err.msg, '\n'));
}

/* ---- opening ---------------------------------------------------------------------------------------- */

static void a_tensor_is_found_by_name_and_no_other_is(void **state)
{
    Weights *w = open_ok(put(state, "named.anything", two_tensors, 32));
    assert_int_equal(weights_count(w), 2);
    const WeightTensor *t = weights_find(w, "neck.0.bias");
    assert_non_null(t);
    assert_string_equal(t->name, "neck.0.bias");
    assert_int_equal(((const uint8_t *)t->data)[0], 24);
    assert_null(weights_find(w, "neck.0.bia"));
    assert_null(weights_find(w, "neck.0.bias2"));
    assert_null(weights_find(w, ""));
    assert_null(weights_find(w, "zzz"));
    weights_close(w);
}

static const char index_json[] = "{\"weight_map\":{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\","
                                 "\"c\":\"m-2.safetensors\"}}";

static void put_shards(void **state)
{
    put(state, "m-1.safetensors", "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2);
    put(state, "m-2.safetensors",
        "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        "\"c\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}",
        4);
}

static void shards_are_one_model_by_index_or_by_folder(void **state)
{
    put_shards(state);
    temp_write(temp_path(state, "m.safetensors.index.json"), index_json);
    const char *ways[] = { temp_path(state, "m.safetensors.index.json"), ((Temp *)*state)->path };
    for (int i = 0; i < 2; i++) {
        Weights *w = open_ok(ways[i]);
        assert_string_equal(weights_name(w), ways[i]);
        assert_int_equal(weights_count(w), 3);
        assert_int_equal(weights_find(w, "a")->bytes, 2);
        assert_int_equal(weights_find(w, "c")->bytes, 3);
        assert_string_equal(weights_metadata(w, "format"), "pt");
        assert_null(weights_metadata(w, "other"));
        weights_close(w);
    }
}

static void a_broken_set_of_shards_says_which_file_and_what(void **state)
{
    put_shards(state);
    const char *index = temp_path(state, "m.safetensors.index.json");
    temp_write(index, "{\"weight_map\":{\"a\":\"m-1.safetensors\",\"z\":\"m-2.safetensors\"}}");
    assert_refused(index, ERR_INPUT, "promises z in m-2.safetensors");
    temp_write(index, "{\"weight_map\":{\"a\":\"m-1.safetensors\",\"z\":\"m-3.safetensors\"}}");
    assert_refused(index, ERR_MISSING, "m-3.safetensors: cannot be opened");
    temp_write(index, "{\"weight_map\":{\"a\":\"../m-1.safetensors\"}}");
    assert_refused(index, ERR_INPUT, "shard of a is not the name of a file beside it");
    temp_write(index, "{\"weight_map\":{\"a\":\"x/m-1.safetensors\"}}");
    assert_refused(index, ERR_INPUT, "shard of a is not the name of a file beside it");
    temp_write(index, "{\"weight_map\":{\"a\":3}}");
    assert_refused(index, ERR_INPUT, "shard of a is not the name of a file beside it");
    temp_write(index, "{\"weight_map\":[]}");
    assert_refused(index, ERR_INPUT, "no index of shards");
    temp_write(index, "{\"weight_map\":");
    assert_refused(index, ERR_INPUT, "no index of shards");
    temp_write(index, "{\"weight_map\":{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\"}}");
    put(state, "m-2.safetensors", "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2);
    assert_refused(index, ERR_INPUT, "two tensors are called a");
}

static void a_folder_must_leave_no_doubt(void **state)
{
    const char *folder = ((Temp *)*state)->path;
    assert_refused(folder, ERR_MISSING, "no model is in this folder");
    put(state, "one.safetensors", two_tensors, 32);
    weights_close(open_ok(folder));
    put(state, "two.safetensors", two_tensors, 32);
    assert_refused(folder, ERR_INPUT, "one.safetensors, two.safetensors and maybe more");
    put(state, "model.safetensors", "{}", 0);
    Weights *w = open_ok(folder);
    assert_int_equal(weights_count(w), 0);
    weights_close(w);
}

static void what_is_no_model_is_refused_in_its_own_words(void **state)
{
    const char *path = temp_path(state, "model.safetensors");
    assert_refused(path, ERR_MISSING, "model.safetensors: cannot be opened");
    forge_write(path, "", 0);
    assert_refused(path, ERR_INPUT, "is empty");
    temp_write(path, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
    assert_refused(path, ERR_INPUT, "git lfs pull");
    temp_write(path, "<!DOCTYPE html><html>Not found</html>");
    assert_refused(path, ERR_INPUT, "web page");
    temp_write(path, "{\"weight_map\":{}}");
    assert_refused(path, ERR_INPUT, "is JSON and no model");
    temp_write(path, "GGUF\3");
    assert_refused(path, ERR_INPUT, "ends within its header");
    temp_write(path, "Hello, I am a poem and not a model");
    assert_refused(path, ERR_INPUT, "model.safetensors: is no model");
    temp_write(path, "\x80\4\x95 and what else a pickle holds");
    assert_refused(path, ERR_INPUT, "a pickle that torch.save() did not write");
    temp_write(path, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F{\"a\":");
    assert_refused(path, ERR_INPUT, "claims a header of 9223372036854775807");
}

/* ---- strict loading --------------------------------------------------------------------------------- */

static void a_model_that_fits_is_accepted(void **state)
{
    Weights *w = open_ok(put(state, "m.safetensors", two_tensors, 32));
    Err err = { 0 };
    assert_non_null(weights_take(w, "neck.0.weight", 2, (size_t[]){ 2, 3 }));
    assert_non_null(weights_take(w, "neck.0.weight", 2, (size_t[]){ SIZE_MAX, 3 }));
    assert_non_null(weights_take(w, "neck.0.bias", -1, NULL));
    assert_ok(weights_finish(w, &err));
    weights_close(w);
}

static void everything_that_does_not_fit_is_named_at_once(void **state)
{
    Weights *w = open_ok(put(state, "m.safetensors", two_tensors, 32));
    Err err = { 0 };
    assert_null(weights_take(w, "neck.0.weight", 2, (size_t[]){ SIZE_MAX, 4 }));
    assert_null(weights_take(w, "neck.1.weight", 1, (size_t[]){ 4 }));
    assert_null(weights_take(w, "neck.2.weight", 1, (size_t[]){ 4 }));
    assert_false(weights_finish(w, &err));
    assert_says(err, "m.safetensors: ");
    assert_says(err, "2 missing (neck.1.weight, neck.2.weight)");
    assert_says(err, "1 unexpected (neck.0.bias)");
    assert_says(err, "1 of another shape (neck.0.weight is [2, 3], not [any, 4])");
    weights_close(w);
}

static void a_wrong_rank_is_a_wrong_shape(void **state)
{
    Weights *w = open_ok(put(state, "m.safetensors", two_tensors, 32));
    Err err = { 0 };
    assert_null(weights_take(w, "neck.0.weight", 1, (size_t[]){ 2 }));
    assert_null(weights_take(w, "neck.0.bias", 2, (size_t[]){ 2, 1 }));
    assert_false(weights_finish(w, &err));
    assert_says(err, "2 of another shape (neck.0.weight is [2, 3], not [2], neck.0.bias is [2], not [2, 1])");
    weights_close(w);
}

static void ignored_tensors_are_not_unexpected(void **state)
{
    Weights *w = open_ok(put(state, "m.safetensors", two_tensors, 32));
    Err err = { 0 };
    weights_ignore(w, "nothing starts so");
    assert_non_null(weights_take(w, "neck.0.bias", 1, (size_t[]){ 2 }));
    assert_false(weights_finish(w, &err));
    weights_ignore(w, "neck.0.w");
    assert_ok(weights_finish(w, &err));
    weights_close(w);
}

/* 300 wrong names of 60 letters: far more than a message holds. */
static void a_long_list_is_cut_and_says_how_long_it_is(void **state)
{
    Str header = { 0 };
    for (int i = 0; i < 300; i++)
        str_printf(&header, "%c\"%057d%03d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}",
                   i ? ',' : '{', 0, i, i, i + 1);
    str_add(&header, "}");
    Weights *w = open_ok(put(state, "m.safetensors", header.s, 300));
    str_clear(&header);
    char name[64];
    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_null(weights_take(w, name, 0, NULL));
    }
    Err err = { 0 };
    assert_false(weights_finish(w, &err));
    assert_says(err, "12 missing (n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 2 more)");
    assert_says(err, "300 unexpected (000");
    assert_says(err, " and 297 more)");
    assert_says(err, "name the checkpoint of this model");
    weights_close(w);
}

static void a_prefix_makes_names_relative_and_hides_the_rest(void **state)
{
    static const char header[] = "{\"model.a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                                 "\"model.b.c\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]},"
                                 "\"model_ema.a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[3,4]},"
                                 "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[4,5]}}";
    Weights *w = open_ok(put(state, "m.safetensors", header, 5));
    Err err = { 0 };
    assert_false(weights_prefix(w, "state_dict."));
    assert_string_equal(weights_find(w, "a")->name, "a");
    assert_true(weights_prefix(w, "model."));
    assert_string_equal(weights_find(w, "a")->name, "model.a");
    assert_null(weights_find(w, "model.a"));
    assert_non_null(weights_take(w, "a", 1, (size_t[]){ 1 }));
    assert_false(weights_finish(w, &err));
    assert_says(err, "1 unexpected (b.c)");
    weights_ignore(w, "b.");
    assert_ok(weights_finish(w, &err));
    assert_true(weights_prefix(w, ""));
    assert_string_equal(weights_find(w, "a")->name, "a");
    weights_close(w);
}

static void every_cut_of_a_file_is_refused_with_its_name(void **state)
{
    const char *path = put(state, "cut.safetensors", two_tensors, 32);
    for (long size = (long)(8 + strlen(two_tensors) + 32) - 1; size >= 0; size--) {
        assert_int_equal(truncate(path, size), 0);
        assert_refused(path, ERR_INPUT, "cut.safetensors: ");
    }
}

/* ---- the full set ----------------------------------------------------------------------------------- */

/* Every tensor of a model against the reader of the golden files, which is another program: it has the same bytes. */
static void assert_model_is_its_files(const char *folder)
{
    Weights *w;
    Err err = { 0 };
    assert_ok(weights_open(&w, folder, &err));
    TextList names;
    size_t found = 0;
    assert_ok(folder_list(folder, &names, &err));
    for (size_t n = 0; n < names.count; n++) {
        if (strcmp(path_ext(names.text[n]), ".safetensors") != 0)
            continue;
        char *path = path_join(folder, names.text[n]);
        GoldenTensors *file = golden_tensors_open(path);
        for (size_t i = 0; i < weights_count(w); i++) {
            const WeightTensor *t = weights_at(w, i);
            GoldenTensor g = golden_find(file, "%s", t->name);
            if (!g.data)
                continue;
            assert_string_equal(weight_dtype_name(t->dtype), g.dtype);
            assert_int_equal(t->rank, g.dims);
            assert_memory_equal(t->dim, g.dim, (size_t)t->rank * sizeof *t->dim);
            assert_int_equal(t->bytes, g.bytes);
            assert_memory_equal(t->data, g.data, g.bytes);
            assert_int_equal((uintptr_t)t->data % weight_dtype_align(t->dtype), 0);
            found++;
        }
        golden_tensors_close(file);
        free(path);
    }
    assert_true(found > 0);
    assert_int_equal(found, weights_count(w));
    text_list_clear(&names);
    weights_close(w);
}

static void the_models_of_the_qwen_fixtures_hold_their_files(void **state)
{
    (void)state;
    static const char *const models[] = { "e2e_edit/model/text_encoder", /* two shards */
                                          "e2e_edit/model/transformer", "e2e_edit/model/vae",
                                          "dit_nf4/transformer", /* U8, and F32 behind it */
                                          "text_encoder/text_encoder" };
    char *folder = golden_folder("qwen", 1);
    if (!folder)
        skip();
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char *path = path_join(folder, models[i]);
        assert_model_is_its_files(path);
        free(path);
    }
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(a_tensor_is_found_by_name_and_no_other_is),
        temp_test(shards_are_one_model_by_index_or_by_folder),
        temp_test(a_broken_set_of_shards_says_which_file_and_what),
        temp_test(a_folder_must_leave_no_doubt),
        temp_test(what_is_no_model_is_refused_in_its_own_words),
        temp_test(a_model_that_fits_is_accepted),
        temp_test(everything_that_does_not_fit_is_named_at_once),
        temp_test(a_wrong_rank_is_a_wrong_shape),
        temp_test(ignored_tensors_are_not_unexpected),
        temp_test(a_long_list_is_cut_and_says_how_long_it_is),
        temp_test(a_prefix_makes_names_relative_and_hides_the_rest),
        temp_test(every_cut_of_a_file_is_refused_with_its_name),
        cmocka_unit_test(the_models_of_the_qwen_fixtures_hold_their_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
