/* pipeline/set_aside.h: files of earlier settings are moved out of the way, never deleted. */
#ifndef FACET_PIPELINE_SET_ASIDE_H
#define FACET_PIPELINE_SET_ASIDE_H

#include "base/file.h"
#include "base/log.h"

/* Move the files of folder `from` that `is_output` accepts (NULL: all) and `keep` does not name to folder
 * `to`, which is made when there is one to move. A file of that name there is replaced. A missing `from` is
 * fine. `keep` is sorted in place. */
bool folder_set_aside(const char *from, const char *to, bool (*is_output)(const char *name), TextList *keep,
                      const Log *log, Err *err) __attribute__((warn_unused_result));

#endif
