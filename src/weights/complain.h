/* weights/complain.h: sentences about a model file that cannot be used. */
#ifndef FACET_WEIGHTS_COMPLAIN_H
#define FACET_WEIGHTS_COMPLAIN_H

#include "base/err.h"

#include <stddef.h>

/* Set ERR_INPUT with the text, followed by what to do about a damaged file. Returns false. The name of the
 * file is put before it by weights_open(). */
bool complain_damaged(Err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A text out of a file that nobody has checked, fit for a message: at most 63 bytes, and '?' for everything
 * that is not a plain ASCII character. Returns `out`. */
enum { COMPLAIN_NAME = 64 };
const char *complain_name(char out[COMPLAIN_NAME], const void *text, size_t n);

#endif
