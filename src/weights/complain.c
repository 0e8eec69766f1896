#include "weights/complain.h"

#include <stdarg.h>
#include <stdio.h>

bool complain_damaged(Err *err, const char *fmt, ...)
{
    char what[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(err, ERR_INPUT, "%s; the file is damaged or was cut short: fetch it again", what);
}

const char *complain_name(char out[COMPLAIN_NAME], const void *text, size_t n)
{
    const char *from = text;
    size_t keep = n < COMPLAIN_NAME ? n : COMPLAIN_NAME - 4;
    for (size_t i = 0; i < keep; i++)
        out[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
    for (size_t i = 0; keep < n && i < 3; i++)
        out[keep++] = '.';
    out[keep] = '\0';
    return out;
}
