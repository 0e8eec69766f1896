/* cli/report.h: what a command says at its end, and the exit code that goes with it. */
#ifndef FACET_CLI_REPORT_H
#define FACET_CLI_REPORT_H

#include "base/err.h"
#include "base/str.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_WRONG_USAGE = 2, EXIT_SOME_FAILED = 3, EXIT_INTERRUPTED = 130 };

/* The exit code for this kind of error. */
int report_code(const Err *err);

/* Print "facet: message" to standard error. Returns the exit code for this kind of error. */
int report_error(const Err *err);

/* Print "facet: text" to standard error: something to know that is no error. */
void report_note(const char *text);

/* Write a result to standard output and empty `out`. Returns EXIT_DONE, or what report_error() says when the
 * text is incomplete for lack of memory or cannot be written, as on a full disk. */
int report_output(Str *out);

#endif
