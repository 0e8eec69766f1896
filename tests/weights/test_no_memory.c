/* Every allocation of opening a model fails once: each time a clear refusal, nothing lost, nothing used after. */
#include "../no_memory.h"
#include "../support.h"
#include "forge.h"

#include "weights/safetensors.h"
#include "weights/weights.h"

static bool open_and_close(void *path, Err *err)
{
    Weights *w;
    if (!weights_open(&w, path, err))
        return false;
    weights_close(w);
    return true;
}

static void opening_says_that_memory_ran_out(void **state)
{
    static const char *const names[] = { "module.pth", "every_type.pth", "every_type_legacy.pth",
                                         "module.safetensors" };
    char *folder = golden_folder("weights", 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = path_join(folder, names[i]);
        memory_fail_each(open_and_close, path);
        free(path);
    }
    free(folder);
    Str s = forge_safetensors("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2);
    forge_write(temp_path(state, "one.safetensors"), s.s, s.len);
    temp_write(temp_path(state, "x.safetensors.index.json"), "{\"weight_map\":{\"a\":\"one.safetensors\"}}");
    str_clear(&s);
    memory_fail_each(open_and_close, ((Temp *)*state)->path);
}

static bool hold_against(Weights *w, Err *err)
{
    weights_prefix(w, "conv.");
    weights_take(w, "nothing", 1, (size_t[]){ 3 });
    weights_take(w, "bias", 2, (size_t[]){ 3, 4 });
    return weights_finish(w, err);
}

/* weights_finish() must not call a model right because its faults could not be written down. */
static void strict_loading_says_that_memory_ran_out(void **state)
{
    (void)state;
    char *folder = golden_folder("weights", 0), *path = path_join(folder, "module.pth");
    for (long i = 0;; i++) {
        Weights *w;
        Err err = { 0 };
        assert_ok(weights_open(&w, path, &err));
        memory_fails_at(i);
        bool fits = hold_against(w, &err);
        bool all_there = memory_suffices();
        weights_close(w);
        assert_false(fits);
        if (all_there) {
            assert_says(err, "1 missing (nothing)");
            assert_true(i > 2);
            break;
        }
        assert_int_equal(err.kind, ERR_NOMEM);
    }
    free(path);
    free(folder);
}

static bool dump(void *path, Err *err)
{
    static const float number = 1;
    static const WeightTensor t = { "a", WEIGHT_F32, 1, { 1 }, &number, sizeof number };
    return safetensors_write(path, &t, 1, err);
}

static void writing_says_that_memory_ran_out(void **state)
{
    char path[512];
    strcpy(path, temp_path(state, "dump.safetensors"));
    memory_fail_each(dump, path);
}

int main(void)
{
    memory_watch();
    const struct CMUnitTest tests[] = {
        temp_test(opening_says_that_memory_ran_out),
        cmocka_unit_test(strict_loading_says_that_memory_ran_out),
        temp_test(writing_says_that_memory_ran_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
