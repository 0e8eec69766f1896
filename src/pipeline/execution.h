/* pipeline/execution.h: the folder of one run. */
#ifndef FACET_PIPELINE_EXECUTION_H
#define FACET_PIPELINE_EXECUTION_H

#include "base/err.h"

/* Start it as {0}. One process holds an execution at a time, from open to close. */
typedef struct {
    char *folder; /* working_dir joined with the name, as given */
    char *name;
    int lock_fd; /* 0: not held */
} Execution;

/* Make a new folder named after the time (or `name` when given) in working_dir, and hold it. ERR_STATE when
 * `name` exists and has something in it. */
bool execution_new(Execution *x, const char *working_dir, const char *name, Err *err)
    __attribute__((warn_unused_result));
/* Would that be refused for the name's sake? Nothing is written. */
bool execution_may_be_new(const char *working_dir, const char *name, Err *err)
    __attribute__((warn_unused_result));
/* Hold an existing one: `name`, or the most recently modified when NULL. ERR_MISSING lists what is there;
 * ERR_STATE says which process holds it already. */
bool execution_open(Execution *x, const char *working_dir, const char *name, Err *err)
    __attribute__((warn_unused_result));
/* The same without holding it: for looking, nothing is written. */
bool execution_look(Execution *x, const char *working_dir, const char *name, Err *err)
    __attribute__((warn_unused_result));
/* Hold the one in this folder. */
bool execution_open_folder(Execution *x, const char *folder, Err *err) __attribute__((warn_unused_result));
/* The folder that execution_open() would open. The caller frees it; NULL with *err set. */
char *execution_find(const char *working_dir, const char *name, Err *err) __attribute__((warn_unused_result));
void execution_close(Execution *x);

/* "folder/a" or "folder/a/b" (b may be NULL). The caller frees it; NULL when memory runs out. */
char *execution_path(const Execution *x, const char *a, const char *b);
/* "execution/folder/STEM" and `end`, of the name of a picture or label. The caller frees it; NULL with *err set (ERR_NOMEM). */
char *execution_stem_path(const char *execution, const char *folder, const char *name, const char *end,
                          Err *err);

#endif
