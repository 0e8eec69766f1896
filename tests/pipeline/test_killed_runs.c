/* A run that is killed goes on where it was, and what it makes is what an undisturbed run makes. */
#include "rig.h"

#include "base/rng.h"

/* Run undisturbed; the tree, and how many calls it took. */
static char *undisturbed(Rig *r, long *calls, int *made)
{
    const RigResult *whole = rig_run_in_child(r, FAULT_NONE, 0);
    if (!whole->ok)
        fail_msg("%s", whole->err.msg);
    *calls = whole->calls;
    *made = stand_in_made(r->roles);
    char *tree = rig_tree(r, NULL);
    rig_reset(r);
    return tree;
}

static void killed_at_any_write_a_run_resumes_to_the_same_bytes(void **state)
{
    Rig *r = *state;
    long calls;
    int made;
    char *wanted = undisturbed(r, &calls, &made);
    assert_true(calls > 300 && made == 1 + 2 + 1 + 4 + 4 + 8);
    for (long at = 0; at < calls; at++) {
        char when[128];
        snprintf(when, sizeof when, "killed at call %ld of %ld", at, calls);
        if (!rig_run_in_child(r, FAULT_KILL, at)->killed)
            fail_msg("%s: it was not", when);
        const RigResult *end = rig_run_in_child(r, FAULT_NONE, 0);
        if (!end->ok)
            fail_msg("%s: %s", when, end->err.msg);
        char *got = rig_tree(r, NULL);
        assert_same_tree(wanted, got, when);
        /* One worker was making one item. */
        if (stand_in_made(r->roles) > made + 1)
            fail_msg("%s: %d things were made, %d are needed", when, stand_in_made(r->roles), made);
        free(got);
        rig_reset(r);
    }
    free(wanted);
}

static void killed_again_and_again_a_run_comes_to_its_end(void **state)
{
    Rig *r = *state;
    long calls;
    int made, kills = 0;
    char *wanted = undisturbed(r, &calls, &made);
    Rng rng;
    rng_init(&rng, 11);
    for (bool ended = false; !ended && kills < 100;) {
        r->cfg.jobs = rng_int(&rng, 1, 4);
        const RigResult *end = rig_run_in_child(r, FAULT_KILL, rng_int(&rng, 5, 140));
        if (!end->killed && !end->ok)
            fail_msg("%s", end->err.msg);
        kills += end->killed;
        ended = end->ok;
    }
    assert_in_range(kills, 5, 99);
    char *got = rig_tree(r, NULL);
    assert_same_tree(wanted, got, "killed many times");
    free(got);
    free(wanted);
}

static void four_threads_make_the_bytes_of_one(void **state)
{
    Rig *r = *state;
    long calls;
    int made;
    char *wanted = undisturbed(r, &calls, &made);
    r->cfg.jobs = 4;
    rig_finish(r);
    char *got = rig_tree(r, NULL);
    assert_same_tree(wanted, got, "--jobs 4");
    assert_int_equal(stand_in_made(r->roles), made);
    free(got);
    free(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(killed_at_any_write_a_run_resumes_to_the_same_bytes),
        rig_test(killed_again_and_again_a_run_comes_to_its_end),
        rig_test(four_threads_make_the_bytes_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
