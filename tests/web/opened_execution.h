/* tests/web/opened_execution.h: the gallery and the review of an execution in the folder "x" of a test's state. */
#ifndef FACET_TESTS_WEB_OPENED_EXECUTION_H
#define FACET_TESTS_WEB_OPENED_EXECUTION_H

#include "temp.h"

#include "forge_execution.h"

#include "web/gallery.h"
#include "web/review.h"

static inline Gallery *open_gallery(void **state)
{
    Err err = { 0 };
    Gallery *g = gallery_open(temp_path(state, "x"), &err);
    if (!g)
        fail_msg("%s", err.msg);
    return g;
}

static inline Gallery *open_forged(void **state)
{
    forge_execution(temp_path(state, "x"));
    return open_gallery(state);
}

static inline Review *open_review(void **state)
{
    Err err = { 0 };
    Review *r = review_open(temp_path(state, "x/review.jsonl"), &err);
    if (!r)
        fail_msg("%s", err.msg);
    return r;
}

static inline const GalleryItem *item_named(const Gallery *g, Place place, const char *name)
{
    int32_t i = gallery_find(g, place, name);
    if (i < 0)
        fail_msg("%s is not there", name);
    return gallery_item(g, (size_t)i);
}

#endif
