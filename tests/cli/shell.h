/* tests/cli/shell.h: the program started from a shell, in a folder of the test's own. */
#ifndef FACET_TESTS_SHELL_H
#define FACET_TESTS_SHELL_H

#include "temp.h"

#include <stdbool.h>

/* What a start left behind; valid until the next one. */
typedef struct {
    int code; /* -1: it was killed */
    const char *out, *err;
} Shell;

/* Make a folder with photo.png (200 x 160, a red disc on green) and its mask.png, and remove it. */
int shell_setup(void **state);
int shell_teardown(void **state);
#define shell_test(f) cmocka_unit_test_setup_teardown(f, shell_setup, shell_teardown)

/* Run a shell line in the test's folder. In it $F is facet, RUN a quick new run ("facet run --quiet" with the
 * photo, its mask, a name and small numbers), `START ... & p=$!` the same as process $p, $FIXTURES the fixtures of the codecs, $FAULTS the library of
 * tests/faults.h for LD_PRELOAD. */
const Shell *shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Run, and hold the exit code and what is said on standard error against what is expected: `code`, one or more
 * lines that begin with "facet: ", and `part` in them. */
const Shell *shell_fails(int code, const char *part, const char *line);
/* Run, and expect exit code 0. */
const Shell *shell_works(const char *line);

/* A path in the test's folder; up to eight stay valid at once. */
const char *shell_path(const char *name);
bool shell_has(const char *name);
/* The folder of the only execution in ./executions, as a path in the test's folder. */
const char *shell_execution(void);

#endif
