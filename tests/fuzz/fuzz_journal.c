/* Any bytes as journal.jsonl, to which a line is added. */
#include "scratch.h"

#include "pipeline/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Err err = { 0 };
    const char *path = scratch_write("journal.jsonl", data, size);
    JournalEntry entry = { .step = 4, .item = "a.png", .key = 7, .ok = true, .attempts = 1 };
    for (int i = 0; i < 2; i++) {
        Journal *j = journal_open(path, NULL, &err);
        if (!j) {
            if (!err.kind)
                abort();
            return 0;
        }
        if (i == 0 && !journal_append(j, &entry, &err))
            abort();
        const JournalEntry *e = journal_find(j, 4, "a.png");
        if (!e || e->key != 7 || !e->ok)
            abort();
        journal_close(j);
    }
    return 0;
}
