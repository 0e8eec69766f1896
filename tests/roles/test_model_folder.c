/* Where the model is that --model_path names. */
#include "../temp.h"

#include "roles/model_folder.h"
#include "roles/role.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A model as download tools leave it below `cache`, with two snapshots of which refs/main names the second. */
static void make_cached(void **state, const char *cache)
{
    Err err = { 0 };
    char name[256];
    static const char *const snapshots[] = { "aaa", "bbb" };
    for (size_t i = 0; i < COUNT(snapshots); i++) {
        snprintf(name, sizeof name, "%s/models--org--name/snapshots/%s", cache, snapshots[i]);
        assert_ok(folder_make(temp_path(state, name), &err));
    }
    snprintf(name, sizeof name, "%s/models--org--name/refs", cache);
    assert_ok(folder_make(temp_path(state, name), &err));
    snprintf(name, sizeof name, "%s/models--org--name/refs/main", cache);
    temp_write(temp_path(state, name), "bbb\n");
}

static void assert_located(const RoleConfig *cfg, const char *expected)
{
    Err err = { 0 };
    char *folder = NULL;
    assert_ok(model_folder_locate(&folder, cfg->model_path, "model_path", cfg->cache_dir, &err));
    assert_string_equal(folder, expected);
    free(folder);
}

static void assert_not_located(const RoleConfig *cfg, ErrKind kind, const char *says)
{
    Err err = { 0 };
    char unset, *folder = &unset;
    assert_false(model_folder_locate(&folder, cfg->model_path, "model_path", cfg->cache_dir, &err));
    assert_null(folder);
    assert_int_equal(err.kind, kind);
    assert_says(err, says);
}

static void a_folder_is_itself_also_where_the_cache_has_its_name(void **state)
{
    make_cached(state, "cache");
    const char *folder = temp_path(state, "cache");
    assert_located(&(RoleConfig){ .model_path = folder, .cache_dir = folder }, folder);
}

static void a_name_is_the_main_snapshot_in_the_cache_or_in_its_hub(void **state)
{
    make_cached(state, "cache");
    make_cached(state, "home/hub");
    assert_located(&(RoleConfig){ .model_path = "org/name", .cache_dir = temp_path(state, "cache") },
                   temp_path(state, "cache/models--org--name/snapshots/bbb"));
    assert_located(&(RoleConfig){ .model_path = "org/name", .cache_dir = temp_path(state, "home/hub") },
                   temp_path(state, "home/hub/models--org--name/snapshots/bbb"));
    assert_located(&(RoleConfig){ .model_path = "org/name", .cache_dir = temp_path(state, "home") },
                   temp_path(state, "home/hub/models--org--name/snapshots/bbb"));
}

static void what_is_not_there_is_told_with_its_remedy(void **state)
{
    make_cached(state, "cache");
    const char *cache = temp_path(state, "cache");
    assert_not_located(&(RoleConfig){ 0 }, ERR_MISSING, "--model_path");
    assert_not_located(&(RoleConfig){ .model_path = "org/other" }, ERR_MISSING, "no --cache_dir");
    assert_not_located(&(RoleConfig){ .model_path = "org/other", .cache_dir = cache }, ERR_MISSING,
                       "hf download org/other --cache-dir ");
    assert_not_located(&(RoleConfig){ .model_path = "/no/such/folder", .cache_dir = cache }, ERR_MISSING,
                       "there is no such folder; name");
    temp_write(temp_path(state, "file"), "");
    assert_not_located(&(RoleConfig){ .model_path = temp_path(state, "file") }, ERR_INPUT, "this is a file");
}

static void no_name_leads_out_of_the_cache(void **state)
{
    make_cached(state, "cache");
    const char *cache = temp_path(state, "cache");
    static const char *const names[] = { "../name", "org/..", "org//name", "org/",
                                         "~/name",  "a/b/c",  "org/na me" };
    for (size_t i = 0; i < COUNT(names); i++)
        assert_not_located(&(RoleConfig){ .model_path = names[i], .cache_dir = cache }, ERR_MISSING,
                           "there is no such folder; name");
}

static bool check_text_encoder(const char *folder, Err *err)
{
    ModelIndex index;
    bool ok =
        model_index_read(&index, folder, err) && model_index_check_part(&index, "text_encoder", "Qwen", err);
    model_index_clear(&index);
    return ok;
}

static void a_part_of_another_class_is_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        { "{", "line 1" },
        { "[]", "no JSON object" },
        { "{}", "names no text_encoder" },
        { "{\"text_encoder\": \"Qwen\"}", "names no text_encoder" },
        { "{\"text_encoder\": [\"transformers\", \"T5EncoderModel\"]}",
          "its text_encoder is a T5EncoderModel" },
    };
    const char *folder = temp_path(state, "model"), *index = temp_path(state, "model/model_index.json");
    Err err = { 0 };
    assert_ok(folder_make(folder, &err));
    assert_false(check_text_encoder(folder, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    for (size_t i = 0; i < COUNT(cases); i++) {
        temp_write(index, cases[i].text);
        assert_false(check_text_encoder(folder, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_says(err, cases[i].says);
        assert_says(err, "model_index.json");
    }
    temp_write(index, "{\"text_encoder\": [\"transformers\", \"Qwen\"]}");
    assert_ok(check_text_encoder(folder, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(a_folder_is_itself_also_where_the_cache_has_its_name),
        temp_test(a_name_is_the_main_snapshot_in_the_cache_or_in_its_hub),
        temp_test(what_is_not_there_is_told_with_its_remedy),
        temp_test(no_name_leads_out_of_the_cache),
        temp_test(a_part_of_another_class_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
