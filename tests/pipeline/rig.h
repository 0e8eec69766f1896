/* tests/pipeline/rig.h: a small run with stand-in roles in a folder of its own: whole, killed, or on a full
 * disk. */
#ifndef FACET_TESTS_RIG_H
#define FACET_TESTS_RIG_H

#include "faults.h"
#include "pipeline/run.h"
#include "stand_in_roles.h"
#include "temp.h"

#include <jansson.h>

/* What became of a run. Lives in memory that children share. */
typedef struct {
    bool ok, killed;
    Err err;
    size_t generated, labelled, in_dataset, corrected, failed;
    long calls; /* that change files, see faults.h */
    char log[8192];
} RigResult;

typedef struct {
    char folder[64];
    char working_dir[96], photo[96], mask[96], name[64], object_name[64];
    RunConfig cfg;  /* 2 views x 2 prompts x 1 iteration, steps 5 to 7 on, execution "run", 32 x 24 pixels */
    StandIn *roles; /* shared with children */
    RigResult *result;
    atomic_bool cancel;
    const char *config_json;
} Rig;

int rig_setup(void **state);
int rig_teardown(void **state);
#define rig_test(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

/* Run in this process, or go on with the execution when it is there. */
const RigResult *rig_run(Rig *r);
/* The same in a child process, with a fault at call number `at`. */
const RigResult *rig_run_in_child(Rig *r, Fault fault, long at);
/* Fail the test unless the run came to its end. */
void rig_finish(Rig *r);
/* The same with --start_from_step, which stays. */
void rig_again_from(Rig *r, int step);

/* Remove everything that runs made, and forget what the roles counted and were told. */
void rig_reset(Rig *r);
/* A path in the execution's folder; up to eight stay valid at once. */
const char *rig_path(const char *name);

/* All files below a folder, one line each with size and a hash of the content, sorted; without the lock and
 * the journal, and where `without` is not NULL without names that have it in them. Hidden files are there:
 * nothing may be left lying about. The caller frees it. */
char *rig_tree(const Rig *r, const char *without);
/* Fail the test when two trees differ, naming the first file that does. */
void assert_same_tree(const char *wanted, const char *got, const char *when);

/* Is a text in the log of the last run? */
bool rig_said(const Rig *r, const char *text);
/* A JSON file of the execution; the caller calls json_decref(). Fails the test when it is none. */
json_t *rig_json(const char *name);

#endif
