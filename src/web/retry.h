/* web/retry.h: a run that goes on with an execution, beside the studio. */
#ifndef FACET_WEB_RETRY_H
#define FACET_WEB_RETRY_H

#include "base/err.h"

#include <sys/types.h>

/* Start `program run` for what failed in `step` of the execution in this folder, as docs/recovery.md has it, with the options
 * that the execution remembers. It lives on when the studio ends; what it says goes to retry.log in the folder. Without a step (0)
 * it goes on where the run ended. ERR_IO, ERR_NOMEM. */
bool retry_start(const char *program, const char *folder, int step, pid_t *child, Err *err)
    __attribute__((warn_unused_result));
/* Is the child gone? Then *code is its exit code (128 and more: a signal). Call it until it says so. */
bool retry_ended(pid_t child, int *code);

#endif
