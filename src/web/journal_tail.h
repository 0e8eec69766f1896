/* web/journal_tail.h: a journal read on from where the last reading ended, without writing to it. */
#ifndef FACET_WEB_JOURNAL_TAIL_H
#define FACET_WEB_JOURNAL_TAIL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Start it as {0}. */
typedef struct {
    char *path;
    uint64_t at;    /* bytes read */
    uint64_t inode; /* of the file that they were in; 0: none yet */
} JournalTail;

/* A line as pipeline/journal.h describes it; texts are borrowed for the call. step is 1..7. */
typedef struct {
    int step;
    const char *item, *note, *error, *time; /* the last three may be NULL */
    bool ok;
    int attempts;
    double ms;
} JournalLine;

bool journal_tail_init(JournalTail *t, const char *path, Err *err) __attribute__((warn_unused_result));
void journal_tail_clear(JournalTail *t);

/* Size of the file at this moment; 0 when it is not there. */
uint64_t journal_tail_end(const JournalTail *t);

/* Call `line` for every whole line before byte `end` that was not read yet; a file that was replaced or cut is read from its
 * beginning. Lines that are none of a journal are skipped. Stops when `line` returns false. A missing file is an empty one.
 * At most 1 MB is held at a time. */
bool journal_tail_read(JournalTail *t, uint64_t end,
                       bool (*line)(void *user, const JournalLine *line, Err *err), void *user, size_t *lines,
                       Err *err) __attribute__((warn_unused_result));

#endif
