/* Every allocation of opening a model fails once: each time a clear refusal, nothing lost, nothing used after.
 *
 * The calls of facet come here by the linker's --wrap, those of jansson by its own hook. jansson drops a letter of a
 * token in silence when its buffer cannot grow, so of its allocations only the lack of a crash and a leak counts. */
#include "../support.h"
#include "forge.h"

#include "weights/safetensors.h"
#include "weights/weights.h"

/* ---- memory that runs out --------------------------------------------------------------------------- */

static struct {
    long calls, fail_at; /* -1: never */
    bool jansson_s;      /* the one that failed */
} memory = { 0, -1, false };

static bool runs_out(void)
{
    return memory.calls++ == memory.fail_at;
}

void *__real_malloc(size_t size);

static void *jansson_malloc(size_t size)
{
    bool fails = runs_out();
    memory.jansson_s |= fails;
    return fails ? NULL : __real_malloc(size);
}

static void arm(long fail_at)
{
    memory.calls = 0;
    memory.fail_at = fail_at;
    memory.jansson_s = false;
}

void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

void *__wrap_malloc(size_t size)
{
    return runs_out() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return runs_out() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return runs_out() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
    return runs_out() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *s)
{
    return runs_out() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return runs_out() ? NULL : __real_strndup(s, n);
}

/* ---- tests ------------------------------------------------------------------------------------------ */

/* Call fn with allocation 0, 1, 2, ... failing, until none is left to fail. */
static void fail_each(bool (*fn)(void *user, Err *err), void *user)
{
    for (long i = 0;; i++) {
        Err err = { 0 };
        arm(i);
        bool ok = fn(user, &err);
        memory.fail_at = -1;
        if (memory.calls <= i) {
            assert_ok(ok);
            assert_true(i > 3);
            return;
        }
        if (memory.jansson_s)
            continue;
        if (ok)
            fail_msg("allocation %ld failed and nobody noticed", i);
        if (err.kind != ERR_NOMEM)
            fail_msg("allocation %ld failed: \"%s\"", i, err.msg);
    }
}

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
        fail_each(open_and_close, path);
        free(path);
    }
    free(folder);
    Str s = forge_safetensors("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2);
    forge_write(temp_path(state, "one.safetensors"), s.s, s.len);
    temp_write(temp_path(state, "x.safetensors.index.json"), "{\"weight_map\":{\"a\":\"one.safetensors\"}}");
    str_clear(&s);
    fail_each(open_and_close, ((Temp *)*state)->path);
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
        arm(i);
        bool fits = hold_against(w, &err);
        memory.fail_at = -1;
        weights_close(w);
        assert_false(fits);
        if (memory.calls <= i) {
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
    fail_each(dump, path);
}

int main(void)
{
    json_set_alloc_funcs(jansson_malloc, free);
    const struct CMUnitTest tests[] = {
        temp_test(opening_says_that_memory_ran_out),
        cmocka_unit_test(strict_loading_says_that_memory_ran_out),
        temp_test(writing_says_that_memory_ran_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
