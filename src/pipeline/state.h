/* pipeline/state.h: pipeline_state.json, what a run knows of itself between two starts. */
#ifndef FACET_PIPELINE_STATE_H
#define FACET_PIPELINE_STATE_H

#include "base/err.h"

#include <jansson.h>
#include <stddef.h>

enum { STEP_FIRST = 1, STEP_LAST = 7, STEP_COUNT = STEP_LAST + 1 };

/* The fields are those of the Python original, so that either program can go on with the other's folder;
 * unknown fields are kept. `state_version` is ours; a file without it was written by the original. */
#define STATE_VERSION 1

/* Start it as {0}. */
typedef struct {
    json_t *root; /* object; every known field is there with its type, or null */
    bool foreign; /* the file was written by the Python original */
} State;

/* A state with nothing done. */
bool state_init(State *s, Err *err) __attribute__((warn_unused_result));
/* Read and check a state file. ERR_INPUT names the field that is not what it should be, ERR_STATE a file of a
 * newer facet. */
bool state_load(State *s, const char *path, Err *err) __attribute__((warn_unused_result));
/* Write it whole or not at all. */
bool state_save(const State *s, const char *path, Err *err) __attribute__((warn_unused_result));
void state_clear(State *s);

bool state_completed(const State *s, int step);
void state_set_completed(State *s, int step, bool completed);
/* Forget that `step` and the later ones were done. */
void state_reset_from(State *s, int step);

/* A text field; NULL when null. Borrowed. */
const char *state_text(const State *s, const char *field);
/* NULL sets null. */
bool state_set_text(State *s, const char *field, const char *text, Err *err)
    __attribute__((warn_unused_result));
/* A list field; never NULL. Borrowed. */
json_t *state_list(const State *s, const char *field);
/* A count in one of the steps' summaries; 0 when it is not there. */
size_t state_summary_number(const State *s, const char *summary, const char *field);
/* Replace a field. Takes `value`, also on failure; NULL (no memory) fails. */
bool state_set(State *s, const char *field, json_t *value, Err *err) __attribute__((warn_unused_result));

#endif
