/* What a person, a log file and a program see of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/progress_line.h"
#include "cli/progress_view.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A view that writes into a pipe. */
typedef struct {
    int in, out;
    ProgressView *view;
    Progress p;
    Log log;
    char text[65536];
} Piped;

static void open_piped(Piped *t, ProgressStyle style)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    t->in = fd[0];
    t->out = fd[1];
    style.fd = fd[1];
    t->view = progress_open(&style);
    assert_non_null(t->view);
    t->p = progress_callbacks(t->view);
    t->log = progress_log(t->view);
}

static const char *close_piped(Piped *t)
{
    progress_close(t->view);
    close(t->out);
    size_t n = 0;
    for (ssize_t got; (got = read(t->in, t->text + n, sizeof t->text - 1 - n)) > 0;)
        n += (size_t)got;
    t->text[n] = '\0';
    close(t->in);
    return t->text;
}

static void run_a_step(Piped *t, size_t total)
{
    t->p.step_begin(t->p.user, 4, "dataset", total, 2);
    for (size_t done = 3; done <= total; done++)
        t->p.item(t->p.user, done, total, done == total);
    t->p.step_end(t->p.user, 4, total - 3, 1, 65000, false);
}

static void a_log_file_gets_few_whole_lines(void **state)
{
    (void)state;
    Piped t;
    open_piped(&t, (ProgressStyle){ 0 });
    log_info(&t.log, "hello %d", 1);
    run_a_step(&t, 500);
    log_warn(&t.log, "bad");
    assert_string_equal(close_piped(&t), "hello 1\n"
                                         "step 4/7: dataset: 498 to do, 2 there already\n"
                                         "step 4/7: dataset: 497 made, 1 failed, 1:05 min\n"
                                         "warning: bad\n");
}

static void a_skipped_step_is_one_line(void **state)
{
    (void)state;
    Piped t;
    open_piped(&t, (ProgressStyle){ 0 });
    t.p.step_begin(t.p.user, 5, "restyle", 0, 0);
    t.p.step_end(t.p.user, 5, 0, 0, 0, true);
    assert_string_equal(close_piped(&t), "step 5/7: restyle: skipped\n");
}

static void quiet_leaves_the_warnings(void **state)
{
    (void)state;
    Piped t;
    open_piped(&t, (ProgressStyle){ .quiet = true });
    log_info(&t.log, "hello");
    run_a_step(&t, 50);
    log_warn(&t.log, "bad");
    assert_string_equal(close_piped(&t), "warning: bad\n");
}

static void a_redrawn_line_never_wraps_and_gives_way_to_messages(void **state)
{
    (void)state;
    Piped t;
    open_piped(&t, (ProgressStyle){ .redraw = true, .width = 60 });
    t.p.step_begin(t.p.user, 4, "dataset", 10, 0);
    log_info(&t.log, "hello");
    t.p.item(t.p.user, 10, 10, 0);
    t.p.step_end(t.p.user, 4, 10, 0, 1500, false);
    const char *text = close_piped(&t);
    assert_non_null(
        strstr(text, "\r\033[Khello\nstep 4/7 dataset [")); /* removed, the message, drawn again */
    assert_non_null(strstr(text, "##] 10/10"));
    assert_non_null(strstr(text, "\r\033[K+ step 4/7 dataset: 10 made, 1.5 s\n"));
}

static void a_line_fits_into_any_width(void **state)
{
    (void)state;
    ProgressState s = { .step = 4,
                        .title = "a rather long title of a step",
                        .done = 12345,
                        .total = 100000,
                        .failed = 17,
                        .ms = 1e7 };
    for (int width = 1; width < 150; width++) {
        for (int unicode = 0; unicode < 2; unicode++) {
            Str line = { 0 };
            progress_bar(&line, &s, width, unicode);
            int columns = 0;
            for (size_t i = 0; i < line.len; i++)
                columns += (line.s[i] & 0xc0) != 0x80;
            assert_true(columns <= (width > 1 ? width - 1 : 1));
            str_clear(&line);
        }
    }
}

static void rate_and_time_left_count_only_what_this_run_did(void **state)
{
    (void)state;
    ProgressState s = { .step = 1, .title = "x", .done = 60, .total = 100, .already = 50, .ms = 5000 };
    assert_true(progress_rate(&s) == 2);
    Str text = { 0 };
    progress_facts(&text, &s);
    assert_string_equal(str_text(&text), "60/100  2.0/s  20 s left");
    str_reset(&text);
    add_duration(&text, 3723000);
    str_add_char(&text, '|');
    add_rate(&text, 0.05);
    assert_string_equal(str_text(&text), "1:02:03 h|3.0/min");
    str_clear(&text);
}

static void *log_much(void *user)
{
    for (int i = 0; i < 200; i++)
        log_info(user, "\"%d\"\n\xff", i);
    return NULL;
}

static void json_is_one_object_a_line_from_any_thread(void **state)
{
    (void)state;
    Piped t;
    open_piped(&t, (ProgressStyle){ .format = LOG_JSON });
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, log_much, &t.log);
    run_a_step(&t, 50);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    char *text = (char *)close_piped(&t);
    int logs = 0, items = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *event = json_loads(line, 0, NULL);
        const char *name = json_string_value(json_object_get(event, "event"));
        assert_non_null(name);
        logs += strcmp(name, "log") == 0;
        items += strcmp(name, "item") == 0;
        if (strcmp(name, "step_end") == 0)
            assert_int_equal(json_integer_value(json_object_get(event, "failed")), 1);
        json_decref(event);
    }
    assert_int_equal(logs, 600);
    assert_int_equal(items, 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_file_gets_few_whole_lines),
        cmocka_unit_test(a_skipped_step_is_one_line),
        cmocka_unit_test(quiet_leaves_the_warnings),
        cmocka_unit_test(a_redrawn_line_never_wraps_and_gives_way_to_messages),
        cmocka_unit_test(a_line_fits_into_any_width),
        cmocka_unit_test(rate_and_time_left_count_only_what_this_run_did),
        cmocka_unit_test(json_is_one_object_a_line_from_any_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
