/* web/execution_list.h: the executions in a working folder. */
#ifndef FACET_WEB_EXECUTION_LIST_H
#define FACET_WEB_EXECUTION_LIST_H

#include "base/err.h"

#include <stddef.h>
#include <time.h>

typedef struct {
    char *name, *folder;      /* of the execution */
    char *object;             /* what it is about; "" unknown */
    unsigned completed;       /* bit s: step s is done */
    struct timespec modified; /* its state or journal, whichever is later */
    bool gone;
    struct timespec read; /* of the list alone: the state that object and completed are from */
} ExecutionInfo;

/* Start it as {0}. An execution keeps its number while the list lives. */
typedef struct {
    ExecutionInfo *info;
    size_t count;
} ExecutionList;

/* Take in what is there by now. A working folder that is not there is ERR_MISSING. */
bool execution_list_refresh(ExecutionList *l, const char *working_dir, Err *err)
    __attribute__((warn_unused_result));
void execution_list_clear(ExecutionList *l);

/* Is a process at work on the execution in this folder? Nothing is written there. */
bool execution_is_running(const char *folder);

#endif
