#include "base/log.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

static void say(const Log *log, LogLevel level, const char *fmt, va_list ap)
{
    if (!log || !log->line)
        return;
    char text[2048];
    vsnprintf(text, sizeof text, fmt, ap);
    log->line(log->user, level, text);
}

void log_info(const Log *log, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(log, LOG_INFO, fmt, ap);
    va_end(ap);
}

void log_warn(const Log *log, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(log, LOG_WARN, fmt, ap);
    va_end(ap);
}

void log_counts(const Log *log, const char *what, const LogCount *counts, size_t n)
{
    if (log && log->counts) {
        log->counts(log->user, what, counts, n);
        return;
    }
    Str text = { 0 };
    str_printf(&text, "%s: ", what);
    for (size_t i = 0; i < n; i++)
        str_printf(&text, "%s%s %zu", i ? ", " : "", counts[i].name, counts[i].value);
    log_info(log, "%s", str_text(&text));
    str_clear(&text);
}
