/* tests/pipeline/stand_in_roles.h: roles that make tiny pictures at once, count them, and fail as told. */
#ifndef FACET_TESTS_STAND_IN_ROLES_H
#define FACET_TESTS_STAND_IN_ROLES_H

#include "roles/registry.h"

#include <stdatomic.h>

/* What is made is a function of the request alone, so the same run gives the same bytes. Orders: */
typedef struct {
    unsigned fail_every[3]; /* by EditTask: edits whose seed is a multiple of this fail; 0: none */
    unsigned blank_every;   /* placed images whose seed is a multiple of this show no object; 0: none */
    int failing_tries;      /* of those, so many tries of each task fail in all; 0: every try */
    int fail_view;          /* 1: the first view fails, and so on; 0: none */
    bool fail_writer;
    bool no_alpha;    /* the editor does not record where the object is */
    bool from_pixels; /* the annotator looks at the colour of the object, not at recorded masks */
    int pause_ms;     /* before each edit */
    int cancel_after; /* so many edits set *cancel; 0: never */
    atomic_bool *cancel;
    void (*each_edit)(void); /* may be NULL */
    /* what was made */
    atomic_int edits[3], failures[3], views, written, annotated, opened;
    int unwritten;   /* times that the writer failed */
    int photo_width; /* of what the writer saw last */
} StandIn;

/* The roles, with `orders` borrowed until the next call. */
RoleSet stand_in_roles(StandIn *orders);

/* Everything made so far. */
int stand_in_made(const StandIn *s);

#endif
