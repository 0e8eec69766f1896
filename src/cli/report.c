#include "cli/report.h"

#include <errno.h>
#include <stdio.h>

int report_code(const Err *err)
{
    switch (err->kind) {
    case ERR_USAGE: return EXIT_WRONG_USAGE;
    case ERR_CANCELLED: return EXIT_INTERRUPTED;
    default: return EXIT_FAILED;
    }
}

int report_error(const Err *err)
{
    fprintf(stderr, "facet: %s\n", err->msg);
    return report_code(err);
}

void report_note(const char *text)
{
    fprintf(stderr, "facet: %s\n", text);
}

int report_output(Str *out)
{
    Err err = { 0 };
    if (out->failed)
        err_set(&err, ERR_NOMEM, "no memory for the output");
    else if (fwrite(str_text(out), 1, out->len, stdout) != out->len || fflush(stdout))
        err_set_errno(&err, errno, "standard output: cannot be written");
    str_clear(out);
    return err.kind == ERR_NONE ? EXIT_DONE : report_error(&err);
}
