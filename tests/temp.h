/* tests/temp.h: a folder of its own for each test. */
#ifndef FACET_TESTS_TEMP_H
#define FACET_TESTS_TEMP_H

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    char path[64];
} Temp;

static inline int temp_setup(void **state)
{
    Temp *t = malloc(sizeof *t);
    strcpy(t->path, "/tmp/facet-test-XXXXXX");
    *state = t;
    return mkdtemp(t->path) ? 0 : -1;
}

static inline int temp_teardown(void **state)
{
    Temp *t = *state;
    Err err = { 0 };
    bool ok = folder_remove(t->path, &err);
    free(t);
    return ok ? 0 : -1;
}

/* A path in the test's folder; up to eight stay valid at once. */
static inline const char *temp_path(void **state, const char *name)
{
    static char paths[8][512];
    static int next;
    char *p = paths[next++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s", ((Temp *)*state)->path, name);
    return p;
}

static inline void temp_write(const char *path, const char *text)
{
    Err err = { 0 };
    if (!file_write(path, text, strlen(text), &err))
        fail_msg("%s", err.msg);
}

/* Make a file of one byte in a folder, and the folders that its name has. */
__attribute__((noinline, unused)) static void temp_file_below(const char *folder, const char *name)
{
    Err err = { 0 };
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    if (!folder_make(path, &err))
        fail_msg("%s", err.msg);
    *slash = '/';
    temp_write(path, "x");
}

/* A file's content as text; the caller frees it. */
__attribute__((noinline, unused)) static char *temp_read(const char *path)
{
    uint8_t *data = NULL;
    size_t size;
    Err err = { 0 };
    if (!file_read(path, (size_t)1 << 30, &data, &size, &err))
        fail_msg("%s", err.msg);
    return (char *)data;
}

#define temp_test(f) cmocka_unit_test_setup_teardown(f, temp_setup, temp_teardown)
#define assert_ok(call)              \
    do {                             \
        if (!(call))                 \
            fail_msg("%s", err.msg); \
    } while (0)
#define assert_says(err, text)                                    \
    do {                                                          \
        if (!strstr((err).msg, text))                             \
            fail_msg("\"%s\" is not in \"%s\"", text, (err).msg); \
    } while (0)

#endif
