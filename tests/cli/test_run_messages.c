/* What `facet run` prints: for people, as JSON, and nothing. */
#include "shell.h"

#include <jansson.h>
#include <string.h>

/* What docs/formats.md says of each kind of line. */
static const struct {
    const char *event, *fields;
} events[] = {
    { "step_begin", "step title total already" },
    { "item", "step done total failed rate" },
    { "step_end", "step made failed ms skipped" },
    { "log", "level message" },
    { "error", "message exit_code" },
};
enum { EVENTS = sizeof events / sizeof *events };

static void assert_has_fields(const json_t *o, const char *names, const char *line)
{
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &save); name; name = strtok_r(NULL, " ", &save))
        if (!json_object_get(o, name))
            fail_msg("no field %s in %s", name, line);
}

/* Every line is one object of a known kind; counts[] gets how many of each. */
static void check_lines(const char *text, size_t counts[EVENTS])
{
    memset(counts, 0, EVENTS * sizeof *counts);
    while (*text) {
        size_t n = strcspn(text, "\n"), k = 0;
        char *line = strndup(text, n);
        assert_int_equal(text[n], '\n');
        json_t *o = json_loads(line, 0, NULL);
        const char *event = json_string_value(json_object_get(o, "event"));
        if (!event)
            fail_msg("no event: %s", line);
        while (k < EVENTS && strcmp(events[k].event, event) != 0)
            k++;
        if (k == EVENTS)
            fail_msg("an unknown event: %s", line);
        assert_has_fields(o, events[k].fields, line);
        counts[k]++;
        json_decref(o);
        free(line);
        text += n + 1;
    }
}

static void json_lines_are_all_valid_and_have_the_documented_fields(void **state)
{
    (void)state;
    size_t counts[EVENTS];
    const Shell *s =
        shell_works("RUN --no-quiet --log_format json --execution_name x --num_iterations 4 --jobs 3");
    check_lines(s->err, counts);
    assert_int_equal(counts[0], 6); /* step 5 is off */
    assert_int_equal(counts[1], 1 + 1 + 1 + 4 + 4 + 4);
    assert_int_equal(counts[2], 6);
    assert_true(counts[3] >= 4); /* who plays the roles */
    assert_int_equal(counts[4], 0);
    json_t *result = json_loads(s->out, 0, NULL);
    assert_has_fields(result, "execution images labelled in_dataset failed ms dataset report", s->out);
    assert_int_equal(json_integer_value(json_object_get(result, "images")), 4);
    assert_int_equal(json_integer_value(json_object_get(result, "in_dataset")), 8);
    json_decref(result);

    s = shell_works("\"$F\" run --execution_mode last --log_format json");
    check_lines(s->err, counts);
    assert_int_equal(counts[1], 0);
    assert_int_equal(counts[2], 6);
}

static void errors_and_interrupts_are_json_lines_too(void **state)
{
    (void)state;
    size_t counts[EVENTS];
    const Shell *s = shell("RUN --no-quiet --log_format json --input_image none.png");
    assert_int_equal(s->code, 1);
    check_lines(s->err, counts);
    assert_int_equal(counts[4], 1);
    assert_non_null(strstr(s->err, "\"exit_code\":1"));
    s = shell(
        "START --no-quiet --log_format json --num_iterations 2000 --jobs 1 --execution_name x & p=$!; "
        "while kill -0 $p && ! ls executions/x/04_dataset/persp*; do sleep 0.01; done >/dev/null 2>&1; kill -INT $p; wait $p");
    assert_int_equal(s->code, 130);
    check_lines(s->err, counts);
    assert_int_equal(counts[4], 1);
    assert_non_null(strstr(s->err, "once more to stop at once"));
    assert_non_null(strstr(s->err, "\"continue\":\"facet run --execution_mode by_name --execution_name x\""));
}

static void quiet_leaves_warnings_errors_and_the_result(void **state)
{
    (void)state;
    const Shell *s = shell_works("RUN --execution_name x");
    assert_string_equal(s->err, "");
    assert_non_null(strstr(s->out, "execution   ./executions/x\nimages      1\nlabelled    1\ndataset     "
                                   "./executions/x/07_cv_combined_dataset (2 images)\n"));
    assert_non_null(strstr(s->out, "report      ./executions/x/report.html\ntime        "));
    s = shell("head -c 9000 /dev/zero | tr '\\0' '\\377' >white; RUN --input_mask white");
    assert_int_equal(s->code, 1);
    assert_int_equal(strncmp(s->err, "facet: --input_mask white:", 26), 0);
}

static void text_for_people_has_a_line_for_each_step_and_no_control_characters(void **state)
{
    (void)state;
    const Shell *s = shell_works("RUN --no-quiet --execution_name x");
    for (const char *c = s->err; *c; c++)
        assert_true(*c == '\n' || (unsigned char)*c >= ' ');
    for (int step = 1; step <= 7; step++) {
        char begin[32];
        snprintf(begin, sizeof begin, "step %d/7: ", step);
        assert_true((strstr(s->err, begin) != NULL) == (step != 5));
    }
    s = shell_works("\"$F\" run --execution_mode last");
    assert_non_null(strstr(s->err, "step 4/7: Scenes: skipped"));
}

static void a_dry_run_says_what_would_be_done_and_writes_nothing(void **state)
{
    (void)state;
    const Shell *s = shell_works(
        "RUN --dry_run --num_prompts 3 --num_iterations 4 --views front,back --enable_qwen_augmentation");
    assert_non_null(strstr(s->out, "Plan for a new execution in ./executions"));
    assert_non_null(strstr(s->out, "24 images (2 perspectives x 3 prompts x 4 iterations)"));
    assert_non_null(strstr(s->out, "48 images (80% for training, split by group)"));
    assert_non_null(strstr(s->out, "of disk ("));
    assert_false(shell_has("executions"));
    shell_works("RUN --execution_name x && rm executions/x/.lock && cp -a executions before");
    s = shell_works("\"$F\" run --execution_mode last --dry_run --start_from_step 6");
    assert_non_null(strstr(s->out, "Plan for the execution ./executions/x"));
    assert_non_null(strstr(s->out, "done already"));
    shell_works("diff -r before executions");
    assert_false(shell_has("executions/x/.lock"));
    shell_fails(1, "none.png", "RUN --dry_run --input_image none.png");
    shell_fails(2, "sideways", "RUN --dry_run --views sideways");
    shell_fails(1, "exists already", "RUN --dry_run --execution_name x");
    shell_fails(2, "without slashes", "RUN --dry_run --execution_name a/x");
}

static void a_standard_output_that_is_full_or_closed_is_an_error(void **state)
{
    (void)state;
    shell_fails(1, "standard output", "RUN --execution_name x >/dev/full");
    const Shell *s = shell("RUN --execution_name y | true; echo kept");
    assert_int_equal(s->code, 0);
    assert_true(shell_has("executions/y/report.html"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shell_test(json_lines_are_all_valid_and_have_the_documented_fields),
        shell_test(errors_and_interrupts_are_json_lines_too),
        shell_test(quiet_leaves_warnings_errors_and_the_result),
        shell_test(text_for_people_has_a_line_for_each_step_and_no_control_characters),
        shell_test(a_dry_run_says_what_would_be_done_and_writes_nothing),
        shell_test(a_standard_output_that_is_full_or_closed_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
