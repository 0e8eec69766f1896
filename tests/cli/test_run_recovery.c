/* `facet run` interrupted, killed, on a full disk and beside another run: exit codes, what is said, and that
 * going on comes to the same files. */
#include "shell.h"

#include <string.h>

/* The files of two executions are the same, but for their names and times in records. */
static void assert_same_files(const char *a, const char *b)
{
    const Shell *s = shell(
        "diff -r -x '*.json*' -x dataset.yaml -x report.html -x .lock -x failure_report.txt %s %s", a, b);
    if (s->code != 0)
        fail_msg("%s and %s: %s%s", a, b, s->out, s->err);
}

static size_t lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Run the command that was printed behind "go on with". */
static void go_on(const Shell *s)
{
    const char *command = strstr(s->err, "go on with: facet ");
    if (!command)
        fail_msg("no command to go on with: \"%s\"", s->err);
    char line[1024];
    command += strlen("go on with: facet");
    snprintf(line, sizeof line, "\"$F\"%.*s --quiet", (int)strcspn(command, "\n"), command);
    shell_works(line);
}

/* Wait until step 4 of execution x has made an image, or process $p has ended. */
#define WAIT_FOR_AN_IMAGE \
    "while kill -0 $p && ! ls executions/x/04_dataset/perspective*; do sleep 0.01; done >/dev/null 2>&1; "
#define MANY "--num_prompts 2 --num_iterations 15 --jobs 1 "

/* Run a line that interrupts execution x, again when the run was faster than the interrupt. */
static const Shell *interrupt(const char *line, bool at_once)
{
    const Shell *s = NULL;
    for (int i = 0; i < 8; i++) {
        s = shell("rm -rf executions/x; %s", line);
        if (s->code == 130 && (!at_once || !strstr(s->err, "go on with")))
            return s;
    }
    fail_msg("%s: exit code %d, \"%s\"", line, s->code, s->err);
    return s;
}

static void an_interrupt_saves_the_state_and_the_printed_command_goes_on(void **state)
{
    (void)state;
    static const char *const signals[] = { "INT", "TERM" };
    shell_works("RUN " MANY "--execution_name whole");
    for (size_t i = 0; i < 2; i++) {
        char line[512];
        snprintf(line, sizeof line,
                 "START " MANY "--execution_name x & p=$!; " WAIT_FOR_AN_IMAGE "kill -%s $p; wait $p",
                 signals[i]);
        const Shell *s = interrupt(line, false);
        assert_non_null(
            strstr(s->err, "facet: stopping after the images under way; once more to stop at once"));
        assert_non_null(strstr(s->err, "facet: interrupted\n"));
        assert_non_null(strstr(
            s->err,
            "what was made is kept; go on with: facet run --execution_mode by_name --execution_name x\n"));
        go_on(s);
        assert_same_files("executions/whole", "executions/x");
        shell("rm -r executions/x");
    }
}

static void a_second_interrupt_ends_at_once(void **state)
{
    (void)state;
    interrupt(
        "START --num_iterations 3 --resolution 1024 --jobs 1 --execution_name x & p=$!; " WAIT_FOR_AN_IMAGE
        "kill -INT $p; sleep 0.03; kill -INT $p; wait $p",
        true);
    shell_works("\"$F\" run --execution_mode last --quiet");
    shell_works("RUN --num_iterations 3 --resolution 1024 --execution_name whole");
    assert_same_files("executions/whole", "executions/x");
}

static void killed_at_odd_times_a_run_comes_to_the_same_files(void **state)
{
    (void)state;
    shell_works("RUN " MANY "--enable_qwen_augmentation --execution_name whole");
    shell("START " MANY
          "--enable_qwen_augmentation --execution_name x & p=$!; sleep 0.1; kill -9 $p; wait $p");
    for (int i = 0; i < 8 && !shell_has("executions/x/report.html"); i++)
        shell("\"$F\" run --execution_mode last --quiet & p=$!; sleep 0.%02d; kill -9 $p; wait $p",
              5 + 7 * (i % 4));
    shell_works("[ -e executions/x/journal.jsonl ] || RUN " MANY
                "--enable_qwen_augmentation --execution_name x");
    shell_works("\"$F\" run --execution_mode by_name --execution_name x --quiet --jobs 3");
    assert_same_files("executions/whole", "executions/x");
}

static void a_full_disk_is_exit_code_1_and_a_command_that_goes_on(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its library wants to be loaded before ours */
#endif
    shell_works("RUN --execution_name whole --working_dir 'a b'");
    for (int at = 3; at < 130; at += 13) {
        const Shell *s = shell(
            "LD_PRELOAD=$FAULTS FACET_FAULT=full:%d \"$F\" run --quiet --input_image photo.png --input_mask mask.png "
            "--object_name 'red mug' --resolution 64 --num_prompts 1 --num_iterations 1 --views front "
            "--motion_blur_range 3 5 --compression_iterations_range 1 2 --execution_name x --working_dir 'a b'",
            at);
        if (s->code == 0)
            break;
        assert_int_equal(s->code, 1);
        assert_int_equal(strncmp(s->err, "facet: a b/x", 12), 0);
        assert_non_null(strstr(s->err, "No space left on device; free some space and run again"));
        if (strstr(s->err, "go on with")) {
            assert_int_equal(lines(s->err), 2);
            assert_non_null(
                strstr(s->err, "--working_dir 'a b' --execution_mode by_name --execution_name x\n"));
            go_on(s);
        } else { /* it had not begun */
            assert_int_equal(lines(s->err), 1);
            shell_works("RUN --execution_name x --working_dir 'a b'");
        }
        assert_same_files("'a b/whole'", "'a b/x'");
        shell("rm -r 'a b/x'");
    }
    assert_true(shell_has("a b/whole"));
}

static void a_second_run_on_an_execution_is_exit_code_1_with_the_process(void **state)
{
    (void)state;
    const Shell *s = shell("START --num_iterations 2000 --execution_name x & p=$!; " WAIT_FOR_AN_IMAGE
                           "kill -STOP $p; \"$F\" run --execution_mode last; echo \"code $? of $p\"; "
                           "RUN --execution_name x; echo \"code $?\"; kill -9 $p; wait $p");
    char who[64];
    const char *process = strstr(s->out, "code 1 of ");
    assert_non_null(process);
    snprintf(who, sizeof who, "executions/x: process %ld on ", strtol(process + 10, NULL, 10));
    assert_non_null(strstr(s->err, who));
    assert_non_null(strstr(s->err, "is working on this execution; wait for it or stop it"));
    assert_non_null(strstr(s->out, "code 1\n"));
}

/* An image that somebody damaged since fails where it is read: the rest goes on. */
static void some_failed_images_are_exit_code_3_with_the_command_that_makes_them(void **state)
{
    (void)state;
    shell_works("RUN --num_iterations 3 --execution_name x --no_annotation --no_cv_augmentation");
    shell_works(
        "cp -r executions/x whole; f=$(ls executions/x/04_dataset/*.png | head -1); cp $f kept; echo broken >$f");
    const Shell *s =
        shell("\"$F\" run --execution_mode last --enable_qwen_augmentation --max_retries 0 --quiet");
    assert_int_equal(s->code, 3);
    assert_non_null(strstr(s->out, "failed      1 in step 5; try again: facet run --execution_mode by_name "
                                   "--execution_name x --retry_failed_qwen_augmentations\n"));
    assert_string_equal(s->err, "");
    shell_works("cp kept $(ls executions/x/04_dataset/*.png | head -1); "
                "\"$F\" run --execution_mode last --retry_failed_qwen_augmentations --quiet");
    s = shell_works("ls executions/x/05_qwen_combined_images/*.png");
    assert_int_equal(lines(s->out), 6);
    shell_works("\"$F\" run --execution_mode last --quiet");
}

static void a_finished_run_given_again_changes_nothing_and_is_quick(void **state)
{
    (void)state;
    shell_works("RUN " MANY "--execution_name x && cp -r executions/x before");
    const Shell *s = shell_works("\"$F\" run --execution_mode last");
    assert_null(strstr(s->err, "made"));
    assert_same_files("before", "executions/x");
    shell_works("cmp before/journal.jsonl executions/x/journal.jsonl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shell_test(an_interrupt_saves_the_state_and_the_printed_command_goes_on),
        shell_test(a_second_interrupt_ends_at_once),
        shell_test(killed_at_odd_times_a_run_comes_to_the_same_files),
        shell_test(a_full_disk_is_exit_code_1_and_a_command_that_goes_on),
        shell_test(a_second_run_on_an_execution_is_exit_code_1_with_the_process),
        shell_test(some_failed_images_are_exit_code_3_with_the_command_that_makes_them),
        shell_test(a_finished_run_given_again_changes_nothing_and_is_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
