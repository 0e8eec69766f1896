/* Any bytes as review.jsonl, to which decisions are added. */
#include "scratch.h"

#include "web/review.h"

static Review *open_or_stop(const char *path)
{
    Err err = { 0 };
    Review *r = review_open(path, &err);
    if (!r)
        abort();
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Err err = { 0 };
    const char *path = scratch_write("review.jsonl", data, size), *item = "a.jpg";
    Review *r = open_or_stop(path);
    Decision before = review_decision(r, 6, item);
    size_t depth = review_depth(r);
    if (!review_decide(r, 6, &item, 1, DECISION_KEEP, &err))
        abort();
    /* The first line that is added may close a cut one that turns out to be whole: from then on nothing surprises. */
    bool quiet = size == 0 || data[size - 1] == '\n';
    if (review_decision(r, 6, item) != DECISION_KEEP || (quiet && review_depth(r) != depth + 1))
        abort();
    review_close(r);
    r = open_or_stop(path);
    if (review_decision(r, 6, item) != DECISION_KEEP || !review_undo(r, &err))
        abort();
    if (quiet && (review_decision(r, 6, item) != before || review_depth(r) != depth))
        abort();
    review_close(r);
    return 0;
}
