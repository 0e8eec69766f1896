/* pipeline/journal.h: the append-only record of what a run has made. */
#ifndef FACET_PIPELINE_JOURNAL_H
#define FACET_PIPELINE_JOURNAL_H

#include "base/err.h"
#include "base/log.h"

#include <stddef.h>
#include <stdint.h>

/* journal.jsonl holds one JSON object a line:
 *
 *   {"step":4,"item":"perspective_0_prompt_0_seed_1.png","key":"8c1f…","ok":true,"attempts":1,"ms":153.2}
 *   {"step":4,"item":"…","key":"…","ok":false,"attempts":4,"ms":12.0,"error":"…","time":"2025-06-10T14:30:22.000000"}
 *
 * A line is appended with one write(), so a killed process leaves at most a cut last line, which the next
 * open closes and every reader skips. The last line of an item counts. `key` is a hash of all that decides
 * the item's content, so an item made with other settings is not taken for this one. */
typedef struct {
    int step;
    const char *item; /* unique within its step */
    uint64_t key;
    bool ok;
    int attempts;
    double ms;
    const char *note;  /* what the maker wants to remember of it; may be NULL */
    const char *error; /* NULL when ok */
    const char *time;  /* of a failure, as clock_iso() writes it; NULL when ok */
} JournalEntry;

typedef struct Journal Journal;

/* Open for appending and read what is there; a missing file is an empty journal, which is created. Lines that
 * are no journal lines are skipped and counted in one warning. NULL with *err set on failure. */
Journal *journal_open(const char *path, const Log *log, Err *err) __attribute__((warn_unused_result));
/* Fine on NULL. */
void journal_close(Journal *j);

/* The latest entry of an item, or NULL. Borrowed until the next append or close. */
const JournalEntry *journal_find(Journal *j, int step, const char *item);

/* Append an entry, copying its texts. Safe from several threads. */
bool journal_append(Journal *j, const JournalEntry *entry, Err *err) __attribute__((warn_unused_result));

/* Number of entries ever read or appended: 0 for a new or foreign execution. */
size_t journal_count(const Journal *j);

#endif
