/* Which execution a run takes, one process at a time, and executions with damaged files. */
#include "rig.h"

#include "pipeline/execution.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const RigResult *fails(Rig *r, ErrKind kind, const char *says)
{
    const RigResult *end = rig_run(r);
    if (end->ok)
        fail_msg("the run went through; expected \"%s\"", says);
    assert_says(end->err, says);
    assert_int_equal(end->err.kind, kind);
    assert_null(strchr(end->err.msg, '\n'));
    return end;
}

/* Run without choosing the mode by what is there. */
static const RigResult *run_as(Rig *r, ExecutionMode mode, const char *name)
{
    r->cfg.execution_mode = mode;
    strcpy(r->name, name ? name : "");
    r->cfg.execution_name = name ? r->name : NULL;
    RoleSet roles = stand_in_roles(r->roles);
    RunHooks hooks = { .roles = &roles };
    RunSummary s;
    *r->result = (RigResult){ 0 };
    r->result->ok = pipeline_run(&r->cfg, &hooks, &s, &r->result->err);
    snprintf(r->result->log, sizeof r->result->log, "%s", s.execution ? s.execution : "");
    run_summary_clear(&s);
    return r->result;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

static void new_last_and_by_name_take_the_execution_they_say(void **state)
{
    Rig *r = *state;
    r->cfg.enable_annotation = r->cfg.enable_qwen_augmentation = r->cfg.enable_cv_augmentation = false;
    assert_false(run_as(r, MODE_LAST, NULL)->ok);
    assert_says(r->result->err, "there is no execution in this folder; start one with --execution_mode new");
    assert_int_equal(r->result->err.kind, ERR_MISSING);
    assert_true(run_as(r, MODE_NEW, "one")->ok);
    assert_true(run_as(r, MODE_NEW, "two")->ok);
    assert_int_equal(r->roles->edits[EDIT_PLACE], 8);
    assert_false(run_as(r, MODE_NEW, "one")->ok);
    assert_says(r->result->err, "runs/one: exists already; continue it with --execution_mode by_name");
    assert_true(run_as(r, MODE_LAST, NULL)->ok);
    assert_true(ends_with(r->result->log, "/two"));
    poll(NULL, 0, 50); /* file times may be as coarse as ten milliseconds */
    assert_true(run_as(r, MODE_BY_NAME, "one")->ok);
    assert_true(ends_with(r->result->log, "/one"));
    assert_true(run_as(r, MODE_LAST, NULL)->ok); /* the one that was worked on most recently */
    assert_true(ends_with(r->result->log, "/one"));
    assert_int_equal(r->roles->edits[EDIT_PLACE], 8);
    assert_false(run_as(r, MODE_BY_NAME, "three")->ok);
    assert_says(r->result->err, "no such execution; there are: one, two");
    static const char *const bad[] = { "../runs/one", "a/b", "/tmp/x", "..", ".", "" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int mode = MODE_NEW; mode <= MODE_BY_NAME; mode += MODE_BY_NAME) {
            assert_false(run_as(r, (ExecutionMode)mode, bad[i])->ok);
            assert_int_equal(r->result->err.kind, ERR_USAGE);
            assert_says(r->result->err, "--execution_name");
        }
}

static void two_runs_begun_in_one_second_have_folders_of_their_own(void **state)
{
    Rig *r = *state;
    char first[512];
    r->cfg.enable_annotation = r->cfg.enable_qwen_augmentation = r->cfg.enable_cv_augmentation = false;
    for (int i = 0; i < 3; i++) {
        assert_true(run_as(r, MODE_NEW, NULL)->ok);
        if (i > 0)
            assert_string_not_equal(first, r->result->log);
        strcpy(first, r->result->log);
    }
    int year, day, second, n = 0;
    assert_int_equal(sscanf(strrchr(first, '/'), "/%4d%4d_%6d%n", &year, &day, &second, &n), 3);
    assert_int_equal(n, 1 + 15);
}

static void a_folder_of_other_things_is_not_taken_for_a_run_that_never_began(void **state)
{
    Rig *r = *state;
    Err err = { 0 };
    assert_ok(folder_make(rig_path("holiday"), &err));
    fails(r, ERR_STATE, "exists already");
    assert_true(path_exists(rig_path("holiday")));
    assert_false(path_exists(rig_path("journal.jsonl")));
}

static void a_second_run_on_one_execution_says_who_has_it_and_touches_nothing(void **state)
{
    Rig *r = *state;
    r->cfg.enable_annotation = false;
    rig_finish(r);
    int there[2];
    assert_int_equal(pipe(there), 0);
    pid_t holder = fork();
    if (holder == 0) { /* another process works on it until it is killed */
        Execution x;
        Err err;
        bool ok = execution_open(&x, r->working_dir, r->name, &err);
        if (write(there[1], ok ? "y" : "n", 1) == 1)
            pause();
        _exit(0);
    }
    char answer = 0;
    assert_int_equal(read(there[0], &answer, 1), 1);
    char *before = rig_tree(r, NULL), says[64];
    r->cfg.start_from_step = 4;
    r->cfg.start_from_step_given = true;
    snprintf(says, sizeof says, "process %ld on ", (long)holder);
    fails(r, ERR_STATE, says);
    assert_says(r->result->err, "is working on this execution; wait for it or stop it");
    char *after = rig_tree(r, NULL);
    assert_same_tree(before, after, "while another run has it");
    kill(holder, SIGKILL);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    rig_finish(r); /* the lock went with it */
    assert_int_equal(answer, 'y');
    close(there[0]);
    close(there[1]);
    free(before);
    free(after);
}

static void looking_at_an_execution_writes_nothing(void **state)
{
    Rig *r = *state;
    RoleSet roles = stand_in_roles(r->roles);
    RunHooks hooks = { .roles = &roles };
    Err err = { 0 };
    for (int began = 0; began < 2; began++) {
        if (began) {
            rig_finish(r);
            r->cfg.execution_mode = MODE_LAST;
            r->cfg.execution_name = NULL;
            assert_int_equal(remove(rig_path(".lock")), 0);
        }
        char *before = rig_tree(r, NULL);
        char *plan = pipeline_plan_text(&r->cfg, &hooks, &err);
        if (!plan)
            fail_msg("%s", err.msg);
        assert_non_null(strstr(plan, began ? "done already" : "2 perspectives x 2 prompts x 1 iterations"));
        char *after = rig_tree(r, NULL);
        assert_same_tree(before, after, "a plan");
        if (began)
            assert_false(path_exists(rig_path(".lock")));
        else
            assert_false(path_exists(r->working_dir));
        free(before);
        free(after);
        free(plan);
    }
}

/* ---- damage -------------------------------------------------------------------------------------- */

static void a_damaged_state_is_refused_and_the_journal_brings_everything_back(void **state)
{
    Rig *r = *state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "", "pipeline_state.json: is damaged" },
        { "{\"completed_steps\": [1, 2, 3", "pipeline_state.json: is damaged" },
        { "[]", "pipeline_state.json: is damaged" },
        { "{\"completed_steps\": [0]}", "\"completed_steps\" is not a list of step numbers 1 to 7" },
        { "{\"completed_steps\": [-3]}", "completed_steps" },
        { "{\"completed_steps\": [99]}", "completed_steps" },
        { "{\"completed_steps\": [1.5]}", "completed_steps" },
        { "{\"completed_steps\": \"all\"}", "completed_steps" },
        { "{\"generated_images\": [7]}", "\"generated_images\" is not a list of texts" },
        { "{\"failed_images\": [\"x\"]}", "\"failed_images\" is not a list of objects" },
        { "{\"prompts\": {\"a\": 1}}", "prompts" },
        { "{\"yolo_dataset_path\": []}", "yolo_dataset_path" },
        { "{\"state_version\": 2}", "was written by a newer facet" },
        { "{\"state_version\": \"two\"}", "state_version" },
        { "{\"state_version\": -1}", "state_version" },
    };
    rig_finish(r);
    char *wanted = rig_tree(r, NULL);
    memset(r->roles, 0, sizeof *r->roles);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        temp_write(rig_path("pipeline_state.json"), bad[i].text);
        char *before = rig_tree(r, NULL);
        assert_false(rig_run(r)->ok);
        assert_says(r->result->err, bad[i].says);
        assert_null(strchr(r->result->err.msg, '\n'));
        char *after = rig_tree(r, NULL);
        assert_same_tree(before, after, bad[i].text);
        free(before);
        free(after);
    }
    /* The remedy of the message: move it away. */
    assert_int_equal(remove(rig_path("pipeline_state.json")), 0);
    rig_finish(r);
    assert_true(rig_said(r, "warning: "));
    assert_int_equal(stand_in_made(r->roles), 0);
    char *got = rig_tree(r, NULL);
    assert_same_tree(wanted, got, "without a state file");
    free(wanted);
    free(got);
}

/* A person may write anything that has the right type: the run ends with a line or comes to the same end. */
static void a_state_edited_to_nonsense_of_the_right_types_never_crashes(void **state)
{
    Rig *r = *state;
    static const struct {
        const char *field, *value;
    } edits[] = {
        { "completed_steps", "[7]" },
        { "completed_steps", "[1, 1, 1, 2, 2, 3]" },
        { "completed_steps", "[5, 6]" },
        { "perspective_images", "[]" },
        { "perspective_images", "[\"\"]" },
        { "perspective_images", "[\"../../../etc/passwd\", \"/\"]" },
        { "prompts", "[]" },
        { "prompts", "[\"\", \"\\n\"]" },
        { "generated_images", "[\"\"]" },
        { "generated_images", "[\"/dev/zero\"]" },
        { "generated_images", "[\"perspective_0_prompt_0_seed_4294967295.png\"]" },
        { "failed_images", "[{}]" },
        { "failed_images", "[{\"filename\": 5, \"seed\": -1}]" },
        { "failed_images", "[{\"filename\": \"../x.png\"}]" },
        { "failed_qwen_augmentations", "[{\"aug_filename\": null}]" },
        { "perspective_view_info", "[{}, {}, {}]" },
        { "annotation_summary", "{\"train_images\": -5, \"val_images\": \"x\"}" },
        { "annotation_summary", "[1]" },
        { "cv_augmentation_summary", "\"text\"" },
        { "qwen_augmentation_summary", "5" },
        { "yolo_dataset_path", "\"/nonexistent\"" },
        { "cv_augmented_dataset_path", "\"\"" },
        { "qwen_combined_images_path", "\"/nonexistent\"" },
        { "adopted_images", "[\"\", \"perspective_0_prompt_0_seed_1.png\"]" },
        { "object_name", "null" },
    };
    for (int step = 1; step <= 7; step++)
        for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
            rig_reset(r);
            rig_finish(r);
            json_t *st = rig_json("pipeline_state.json");
            json_object_set_new(st, edits[i].field, json_loads(edits[i].value, JSON_DECODE_ANY, NULL));
            assert_int_equal(json_dump_file(st, rig_path("pipeline_state.json"), 0), 0);
            json_decref(st);
            r->cfg.start_from_step = step;
            r->cfg.start_from_step_given = true;
            const RigResult *end = rig_run(r);
            if (!end->ok &&
                (!*end->err.msg || strchr(end->err.msg, '\n') || strstr(end->err.msg, "no memory")))
                fail_msg("%s = %s from step %d: \"%s\"", edits[i].field, edits[i].value, step, end->err.msg);
        }
}

static void a_damaged_journal_costs_its_own_items_alone(void **state)
{
    Rig *r = *state;
    rig_finish(r);
    char *wanted = rig_tree(r, NULL), *journal = temp_read(rig_path("journal.jsonl"));
    size_t n = strlen(journal);
    for (size_t cut = n; cut > 40; cut -= cut > 500 ? 97 : 13) { /* at any length */
        memset(r->roles, 0, sizeof *r->roles);
        journal[cut - 1] = '\0';
        temp_write(rig_path("journal.jsonl"), journal);
        r->cfg.start_from_step = 1;
        r->cfg.start_from_step_given = true;
        rig_finish(r);
        char *got = rig_tree(r, NULL);
        assert_same_tree(wanted, got, "with a cut journal");
        free(got);
    }
    free(journal);
    journal = temp_read(rig_path("journal.jsonl"));
    FILE *f = fopen(rig_path("journal.jsonl"), "w");
    for (char *line = journal, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        *end = '\0';
        fprintf(f, "%s\nnonsense {\n[1, 2]\n{\"step\":4,\"item\":\"x\\u0000y\",\"key\":\"zz\"}\n", line);
    }
    fclose(f);
    free(journal);
    memset(r->roles, 0, sizeof *r->roles);
    rig_finish(r);
    assert_true(rig_said(r, "lines are not journal lines and are skipped"));
    assert_int_equal(stand_in_made(r->roles), 0);
    char *got = rig_tree(r, NULL);
    assert_same_tree(wanted, got, "with rubbish in the journal");
    free(got);
    free(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(new_last_and_by_name_take_the_execution_they_say),
        rig_test(two_runs_begun_in_one_second_have_folders_of_their_own),
        rig_test(a_folder_of_other_things_is_not_taken_for_a_run_that_never_began),
        rig_test(a_second_run_on_one_execution_says_who_has_it_and_touches_nothing),
        rig_test(looking_at_an_execution_writes_nothing),
        rig_test(a_damaged_state_is_refused_and_the_journal_brings_everything_back),
        rig_test(a_state_edited_to_nonsense_of_the_right_types_never_crashes),
        rig_test(a_damaged_journal_costs_its_own_items_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
