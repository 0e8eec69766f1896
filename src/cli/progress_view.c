#include "cli/progress_view.h"

#include "base/clock.h"
#include "cli/progress_line.h"
#include "cli/terminal.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REDRAW_MS = 100, LINE_MS = 10000, LINE_LEAST_MS = 1000, TITLE_MAX = 64 };

struct ProgressView {
    ProgressStyle style;
    pthread_mutex_t lock; /* of everything below */
    ProgressState state;
    char title[TITLE_MAX];
    double began_ms; /* the step */
    double drawn_ms; /* the last line of progress */
    size_t drawn_done;
    size_t failed[PROGRESS_STEPS + 1];
    bool in_step;
    bool drawn; /* a line that is being redrawn is on the screen */
};

/* --- writing ----------------------------------------------------------------------------------- */

/* All of it, in one call where the system allows; nobody can be told when standard error is broken. */
static void write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, text, n);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            text += written;
            n -= (size_t)written;
        }
    }
}

static void put(ProgressView *v, Str *text)
{
    if (!text->failed)
        write_all(v->style.fd, str_text(text), text->len);
    str_clear(text);
}

/* Write an object as one line. Takes it. */
static void put_json(ProgressView *v, json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(object);
    if (!line)
        return;
    Str text = { 0 };
    str_printf(&text, "%s\n", line);
    free(line);
    put(v, &text);
}

static void add_color(Str *out, const ProgressView *v, const char *code)
{
    if (v->style.color)
        str_printf(out, "\033[%sm", code);
}

/* Begin a text that takes the place of a line being redrawn. */
static Str fresh_line(ProgressView *v)
{
    Str text = { 0 };
    if (v->drawn)
        str_add(&text, "\r\033[K");
    v->drawn = false;
    return text;
}

static void add_bar_line(Str *text, ProgressView *v)
{
    int width = v->style.width ? v->style.width : terminal_width(v->style.fd, 80);
    progress_bar(text, &v->state, width, v->style.unicode);
    v->drawn = true;
}

/* --- a step ------------------------------------------------------------------------------------ */

static bool is_json(const ProgressView *v)
{
    return v->style.format == LOG_JSON;
}

static void begin_step(ProgressView *v)
{
    const ProgressState *s = &v->state;
    if (is_json(v)) {
        put_json(v, json_pack("{ss si ss sI sI}", "event", "step_begin", "step", s->step, "title", s->title,
                              "total", (json_int_t)s->total, "already", (json_int_t)s->already));
        return;
    }
    Str text = fresh_line(v);
    if (v->style.redraw)
        add_bar_line(&text, v);
    else if (s->total > 0) { /* a step to be skipped begins with nothing to do */
        str_printf(&text, "step %d/7: %s: %zu to do", s->step, s->title, s->total - s->already);
        if (s->already)
            str_printf(&text, ", %zu there already", s->already);
        str_add_char(&text, '\n');
    }
    put(v, &text);
}

/* True when it is time for another line. */
static bool is_due(const ProgressView *v, double now)
{
    const ProgressState *s = &v->state;
    double since = now - v->drawn_ms;
    if (v->style.redraw)
        return since >= REDRAW_MS || s->done == s->total;
    if (s->done == s->total)
        return false; /* step_end says it */
    return since >= LINE_MS || (since >= LINE_LEAST_MS && (s->done - v->drawn_done) * 10 >= s->total);
}

static void show_item(ProgressView *v)
{
    const ProgressState *s = &v->state;
    if (is_json(v)) {
        put_json(v, json_pack("{ss si sI sI sI sf}", "event", "item", "step", s->step, "done",
                              (json_int_t)s->done, "total", (json_int_t)s->total, "failed",
                              (json_int_t)s->failed, "rate", progress_rate(s)));
        return;
    }
    double now = v->began_ms + s->ms;
    if (!is_due(v, now))
        return;
    v->drawn_ms = now;
    v->drawn_done = s->done;
    Str text = fresh_line(v);
    if (v->style.redraw)
        add_bar_line(&text, v);
    else {
        str_printf(&text, "step %d/7: %s: ", s->step, s->title);
        progress_facts(&text, s);
        str_add_char(&text, '\n');
    }
    put(v, &text);
}

static void end_step(ProgressView *v, size_t made, size_t failed, double ms, bool skipped)
{
    const ProgressState *s = &v->state;
    if (is_json(v)) {
        put_json(v, json_pack("{ss si sI sI sf sb}", "event", "step_end", "step", s->step, "made",
                              (json_int_t)made, "failed", (json_int_t)failed, "ms", ms, "skipped", skipped));
        return;
    }
    Str text = fresh_line(v);
    const char *mark = failed ? "!" : skipped ? "-" : v->style.unicode ? "✓" : "+";
    if (v->style.redraw) {
        add_color(&text, v, failed ? "33" : skipped ? "2" : "32");
        str_printf(&text, "%s ", mark);
        add_color(&text, v, "0");
    }
    str_printf(&text, "step %d/7%s %s: ", s->step, v->style.redraw ? "" : ":", s->title);
    if (skipped)
        str_add(&text, "skipped");
    else {
        str_printf(&text, "%zu made", made);
        if (failed)
            str_printf(&text, ", %zu failed", failed);
        str_add(&text, ", ");
        add_duration(&text, ms);
    }
    str_add_char(&text, '\n');
    put(v, &text);
}

/* --- callbacks --------------------------------------------------------------------------------- */

static void on_step_begin(void *user, int step, const char *title, size_t total, size_t already)
{
    ProgressView *v = user;
    pthread_mutex_lock(&v->lock);
    snprintf(v->title, sizeof v->title, "%s", title);
    already = already < total ? already : total;
    v->state = (ProgressState){
        .step = step, .title = v->title, .done = already, .total = total, .already = already
    };
    v->began_ms = v->drawn_ms = clock_ms();
    v->drawn_done = already;
    v->in_step = true;
    if (!v->style.quiet)
        begin_step(v);
    pthread_mutex_unlock(&v->lock);
}

static void on_item(void *user, size_t done, size_t total, size_t failed)
{
    ProgressView *v = user;
    pthread_mutex_lock(&v->lock);
    v->state.done = done;
    v->state.total = total;
    v->state.failed = failed;
    v->state.ms = clock_ms() - v->began_ms;
    if (!v->style.quiet)
        show_item(v);
    pthread_mutex_unlock(&v->lock);
}

static void on_step_end(void *user, int step, size_t made, size_t failed, double ms, bool skipped)
{
    ProgressView *v = user;
    pthread_mutex_lock(&v->lock);
    /* A step that is skipped may end without having begun. */
    if (!v->in_step || v->state.step != step) {
        v->state = (ProgressState){ .step = step, .title = v->title };
        v->title[0] = '\0';
    }
    v->in_step = false;
    if (step >= 1 && step <= PROGRESS_STEPS)
        v->failed[step] = failed;
    if (!v->style.quiet)
        end_step(v, made, failed, ms, skipped);
    pthread_mutex_unlock(&v->lock);
}

/* A message as JSON; one with a file name that is no UTF-8 keeps its ASCII part. */
static json_t *message_json(const char *message)
{
    json_t *json = json_string(message);
    if (json)
        return json;
    Str ascii = { 0 };
    for (const char *c = message; *c; c++)
        str_add_char(&ascii, (unsigned char)*c < 0x80 ? *c : '?');
    json = json_string(str_text(&ascii));
    str_clear(&ascii);
    return json;
}

static void on_log(void *user, LogLevel level, const char *message)
{
    ProgressView *v = user;
    bool warn = level == LOG_WARN;
    pthread_mutex_lock(&v->lock);
    if (v->style.quiet && !warn) {
        pthread_mutex_unlock(&v->lock);
        return;
    }
    if (is_json(v))
        put_json(v, json_pack("{ss ss so}", "event", "log", "level", warn ? "warn" : "info", "message",
                              message_json(message)));
    else {
        bool again = v->drawn && v->in_step;
        Str text = fresh_line(v);
        add_color(&text, v, warn ? "33" : "0");
        str_printf(&text, "%s%s", warn ? "warning: " : "", message);
        add_color(&text, v, "0");
        str_add_char(&text, '\n');
        if (again)
            add_bar_line(&text, v);
        put(v, &text);
    }
    pthread_mutex_unlock(&v->lock);
}

/* As JSON an event of its own; for people a sentence. */
static void on_counts(void *user, const char *what, const LogCount *counts, size_t n)
{
    ProgressView *v = user;
    if (!is_json(v)) {
        log_counts(&(Log){ .line = on_log, .user = v }, what, counts, n);
        return;
    }
    json_t *event = json_pack("{ss ss}", "event", "counts", "what", what);
    for (size_t i = 0; event && i < n; i++)
        json_object_set_new(event, counts[i].name, json_integer((json_int_t)counts[i].value));
    pthread_mutex_lock(&v->lock);
    put_json(v, event);
    pthread_mutex_unlock(&v->lock);
}

void progress_error(ProgressView *v, const char *message, int exit_code, const char *go_on)
{
    json_t *event =
        json_pack("{ss so si}", "event", "error", "message", message_json(message), "exit_code", exit_code);
    if (event && go_on)
        json_object_set_new(event, "continue", message_json(go_on));
    pthread_mutex_lock(&v->lock);
    put_json(v, event);
    pthread_mutex_unlock(&v->lock);
}

ProgressStyle progress_style(int fd, bool quiet, LogFormat format)
{
    return (ProgressStyle){ .fd = fd,
                            .format = format,
                            .quiet = quiet,
                            .redraw = terminal_can_redraw(fd),
                            .unicode = terminal_is_utf8(),
                            .color = terminal_has_color(fd) };
}

ProgressView *progress_open(const ProgressStyle *style)
{
    ProgressView *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->style = *style;
    pthread_mutex_init(&v->lock, NULL);
    return v;
}

void progress_end_line(ProgressView *v)
{
    if (v->drawn)
        write_all(v->style.fd, "\n", 1);
    v->drawn = false;
}

void progress_close(ProgressView *v)
{
    if (!v)
        return;
    progress_end_line(v);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

size_t progress_failed(const ProgressView *v, int step)
{
    return v->failed[step];
}

Progress progress_callbacks(ProgressView *v)
{
    return (Progress){ .step_begin = on_step_begin, .item = on_item, .step_end = on_step_end, .user = v };
}

Log progress_log(ProgressView *v)
{
    return (Log){ .line = on_log, .user = v, .counts = on_counts };
}
