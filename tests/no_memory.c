#include "no_memory.h"

#include "temp.h"

#include <jansson.h>

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

void memory_watch(void)
{
    json_set_alloc_funcs(jansson_malloc, free);
}

void memory_fails_at(long call)
{
    memory.calls = 0;
    memory.fail_at = call;
    memory.jansson_s = false;
}

bool memory_suffices(void)
{
    bool all_there = memory.calls <= memory.fail_at;
    memory.fail_at = -1;
    return all_there;
}

void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
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

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return runs_out() ? NULL : __real_aligned_alloc(alignment, size);
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

void memory_fail_each(bool (*fn)(void *user, Err *err), void *user)
{
    for (long i = 0;; i++) {
        Err err = { 0 };
        memory_fails_at(i);
        bool ok = fn(user, &err);
        if (memory_suffices()) {
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
