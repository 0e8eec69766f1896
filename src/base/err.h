/* base/err.h: how a function says that it failed. */
#ifndef FACET_BASE_ERR_H
#define FACET_BASE_ERR_H

#include <stdbool.h>

typedef enum {
    ERR_NONE = 0,
    ERR_USAGE,   /* the command line or the configuration asks for something that cannot be */
    ERR_INPUT,   /* a file or an answer from outside is not what it should be */
    ERR_IO,      /* the system refused: permission, disk full, a device error */
    ERR_MISSING, /* a needed file, model or server is not there */
    ERR_STATE,   /* an execution folder is in use, or its state does not allow this */
    ERR_NOMEM,
    ERR_CANCELLED, /* somebody asked to stop; the item is neither done nor failed */
    ERR_DEVICE,    /* an accelerator failed */
    ERR_INTERNAL,  /* our own mistake */
} ErrKind;

/* A kind and one sentence that names the file, the thing and what to do. Start it as {0}. */
typedef struct {
    ErrKind kind;
    char msg[1024];
} Err;

/* Set *err and return false, so that a failing function can end with `return err_set(...)`.
 * A message longer than the buffer is cut on a UTF-8 boundary. `err` is never NULL. */
bool err_set(Err *err, ErrKind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set with ERR_IO, with the text of `errnum` (an errno value) appended; a full disk and
 * a missing permission get their remedy named. ENOENT gives ERR_MISSING, ENOMEM gives ERR_NOMEM. */
bool err_set_errno(Err *err, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Put more context before the message of a set error. Returns false. */
bool err_prefix(Err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Back to "no error". */
void err_clear(Err *err);

#endif
