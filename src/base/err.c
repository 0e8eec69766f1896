#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* vsnprintf cuts at a byte; do not leave half a character at the end. */
static void cut_to_utf8(char *s, size_t size, int wanted)
{
    if (wanted < 0 || (size_t)wanted < size)
        return;
    size_t n = strlen(s);
    size_t i = n;
    while (i > 0 && n - i < 4 && ((unsigned char)s[i - 1] & 0xC0) == 0x80)
        i--;
    if (i == 0)
        return;
    unsigned char lead = (unsigned char)s[i - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (n - (i - 1) < need)
        s[i - 1] = '\0';
}

bool err_set(Err *err, ErrKind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    cut_to_utf8(err->msg, sizeof err->msg, n);
    err->kind = kind;
    return false;
}

bool err_set_errno(Err *err, int errnum, const char *fmt, ...)
{
    char what[768], why[128];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    cut_to_utf8(what, sizeof what, n);
    const char *text = strerror_r(errnum, why, sizeof why);
    const char *remedy = "";
    ErrKind kind = ERR_IO;
    switch (errnum) {
    case ENOSPC:
    case EDQUOT: remedy = "; free some space and run again with --execution_mode last"; break;
    case EROFS:
    case EACCES:
    case EPERM: remedy = "; check the permissions of the file and its folder"; break;
    case EMFILE:
    case ENFILE: remedy = "; raise the limit with `ulimit -n` or lower --jobs"; break;
    case ENOENT: kind = ERR_MISSING; break;
    case ENOMEM: kind = ERR_NOMEM; break;
    default: break;
    }
    return err_set(err, kind, "%s: %s%s", what, text, remedy);
}

bool err_prefix(Err *err, const char *fmt, ...)
{
    char joined[sizeof err->msg];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(joined, sizeof joined, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof joined)
        n += snprintf(joined + n, sizeof joined - (size_t)n, "%s", err->msg);
    cut_to_utf8(joined, sizeof joined, n);
    memcpy(err->msg, joined, sizeof joined);
    return false;
}

void err_clear(Err *err)
{
    err->kind = ERR_NONE;
    err->msg[0] = '\0';
}
