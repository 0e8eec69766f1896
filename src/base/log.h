/* base/log.h: what library code has to tell the person who runs it. */
#ifndef FACET_BASE_LOG_H
#define FACET_BASE_LOG_H

typedef enum { LOG_INFO, LOG_WARN } LogLevel;

/* Where messages go. `line` gets one sentence without a newline and may be called from any thread;
 * only cli/ provides one that prints. A NULL Log, or one with a NULL `line`, is silent. */
typedef struct {
    void (*line)(void *user, LogLevel level, const char *message);
    void *user;
} Log;

void log_info(const Log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const Log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
