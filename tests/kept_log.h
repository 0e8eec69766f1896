/* tests/kept_log.h: a log that keeps what it is told. */
#ifndef FACET_TESTS_KEPT_LOG_H
#define FACET_TESTS_KEPT_LOG_H

#include "base/log.h"
#include "base/str.h"

static inline void kept_log_line(void *user, LogLevel level, const char *message)
{
    str_printf(user, "%s%s\n", level == LOG_WARN ? "warning: " : "", message);
}

/* Its lines go to `told`, one after the other; warnings begin with "warning: ". */
static inline Log kept_log(Str *told)
{
    return (Log){ .line = kept_log_line, .user = told };
}

#endif
