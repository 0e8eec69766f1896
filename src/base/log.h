/* base/log.h: what library code has to tell the person who runs it. */
#ifndef FACET_BASE_LOG_H
#define FACET_BASE_LOG_H

#include <stddef.h>

typedef enum { LOG_INFO, LOG_WARN } LogLevel;

/* A number under a name of letters and underscores. */
typedef struct {
    const char *name;
    size_t value;
} LogCount;

/* Where messages go. `line` gets one sentence without a newline and may be called from any thread;
 * only cli/ provides one that prints. A NULL Log, or one with a NULL `line`, is silent. */
typedef struct {
    void (*line)(void *user, LogLevel level, const char *message);
    void *user;
    /* For programs that read the log; NULL: counts become a line. */
    void (*counts)(void *user, const char *what, const LogCount *counts, size_t n);
} Log;

void log_info(const Log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const Log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* How often something happened, "what" being who tells it. */
void log_counts(const Log *log, const char *what, const LogCount *counts, size_t n);

#endif
