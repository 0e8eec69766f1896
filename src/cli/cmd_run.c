/* cmd_run.c: facet run. */
#include "cli/cmd.h"

#include "base/file.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/progress_line.h"
#include "cli/progress_view.h"
#include "cli/report.h"
#include "cli/run_options.h"
#include "pipeline/run.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- what is said at the end ------------------------------------------------------------------- */

/* A word that a shell reads as it is written here. */
static void add_quoted(Str *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,+:@%";
    if (*word && !word[strspn(word, plain)]) {
        str_add(out, word);
        return;
    }
    str_add_char(out, '\'');
    for (const char *c = word; *c; c++) {
        if (*c == '\'')
            str_add(out, "'\\''");
        else
            str_add_char(out, *c);
    }
    str_add_char(out, '\'');
}

/* The command that goes on with this execution. */
static void add_continue_command(Str *out, const RunOptions *r, const char *execution)
{
    str_add(out, "facet run ");
    if (strcmp(r->run.working_dir, "./executions") != 0) {
        str_add(out, "--working_dir ");
        add_quoted(out, r->run.working_dir);
        str_add_char(out, ' ');
    }
    str_add(out, "--execution_mode by_name --execution_name ");
    add_quoted(out, path_name(execution));
}

/* A line for the items of each step that failed, with what makes them again. */
static void add_failures(Str *out, const RunOptions *r, const RunSummary *s, const ProgressView *view)
{
    for (int step = 1; step <= PROGRESS_STEPS; step++) {
        size_t failed = progress_failed(view, step);
        if (!failed)
            continue;
        str_printf(out, "failed      %zu in step %d; try again: ", failed, step);
        add_continue_command(out, r, s->execution);
        if (step == 4)
            str_add(out, " --retry_failed\n");
        else if (step == 5)
            str_add(out, " --retry_failed_qwen_augmentations\n");
        else
            str_printf(out, " --start_from_step %d\n", step);
    }
}

static void add_text_summary(Str *out, const RunOptions *r, const RunSummary *s, const ProgressView *view)
{
    str_printf(out, "execution   %s\n", s->execution);
    str_printf(out, "images      %zu\n", s->generated);
    if (s->dataset)
        str_printf(out, "labelled    %zu\ndataset     %s (%zu images)\n", s->labelled, s->dataset,
                   s->in_dataset);
    if (s->corrected)
        str_printf(out, "corrections %zu kept\n", s->corrected);
    if (s->failed)
        add_failures(out, r, s, view);
    if (s->report)
        str_printf(out, "report      %s\n", s->report);
    str_add(out, "time        ");
    add_duration(out, s->ms);
    str_add_char(out, '\n');
}

static void add_json_summary(Str *out, const RunSummary *s)
{
    json_t *json =
        json_pack("{ss ss* ss* sI sI sI sI sI sf}", "execution", s->execution, "dataset", s->dataset,
                  "report", s->report, "images", (json_int_t)s->generated, "labelled",
                  (json_int_t)s->labelled, "in_dataset", (json_int_t)s->in_dataset, "kept_corrections",
                  (json_int_t)s->corrected, "failed", (json_int_t)s->failed, "ms", s->ms);
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (text)
        str_printf(out, "%s\n", text);
    else
        out->failed = true;
    free(text);
    json_decref(json);
}

/* Say why a run did not come to its end, and how to go on with it. Returns the exit code. */
static int tell_error(const RunOptions *r, const RunSummary *s, ProgressView *view, const Err *err)
{
    Str command = { 0 };
    if (s->execution)
        add_continue_command(&command, r, s->execution);
    bool known = command.len > 0 && !command.failed;
    int code = report_code(err);
    if (r->log_format == LOG_JSON)
        progress_error(view, err->msg, code, known ? command.s : NULL);
    else {
        report_error(err);
        Str hint = { 0 };
        str_printf(&hint, "what was made is kept; go on with: %s", str_text(&command));
        if (known && !hint.failed)
            report_note(hint.s);
        str_clear(&hint);
    }
    str_clear(&command);
    return code;
}

/* --- the run ----------------------------------------------------------------------------------- */

static int finish(const RunOptions *r, const RunSummary *s, const ProgressView *view)
{
    Str out = { 0 };
    if (r->log_format == LOG_JSON)
        add_json_summary(&out, s);
    else
        add_text_summary(&out, r, s, view);
    int code = report_output(&out);
    return code == EXIT_DONE && s->failed ? EXIT_SOME_FAILED : code;
}

static int run_pipeline(const RunOptions *r, const RunHooks *hooks, ProgressView *view)
{
    Err err = { 0 };
    RunSummary summary = { 0 };
    bool ok = pipeline_run(&r->run, hooks, &summary, &err);
    progress_end_line(view);
    int code = ok ? finish(r, &summary, view) : tell_error(r, &summary, view, &err);
    run_summary_clear(&summary);
    return code;
}

static int print_plan(const RunOptions *r, const RunHooks *hooks)
{
    Err err = { 0 };
    Str out = { 0 };
    char *text = pipeline_plan_text(&r->run, hooks, &err);
    if (!text)
        return report_error(&err);
    str_add(&out, text);
    free(text);
    return report_output(&out);
}

static const char json_notice[] =
    "{\"event\":\"log\",\"level\":\"info\",\"message\":\"stopping after the images under way; once more to "
    "stop at once\"}\n";

static int run_with(const RunOptions *r, const Options *o)
{
    ProgressStyle style = progress_style(STDERR_FILENO, r->quiet, r->log_format);
    ProgressView *view = progress_open(&style);
    json_t *record = options_to_json(o);
    char *record_text = record ? json_dumps(record, JSON_INDENT(2)) : NULL;
    int code;
    if (!view || !record_text) {
        Err err = { 0 };
        err_set(&err, ERR_NOMEM, "no memory to begin");
        code = report_error(&err);
    } else {
        if (r->log_format == LOG_JSON)
            interrupt_set_notice(json_notice);
        Log log = progress_log(view);
        Progress progress = progress_callbacks(view);
        RunHooks hooks = {
            .log = &log, .progress = &progress, .cancel = interrupt_watch(), .config_json = record_text
        };
        code = r->dry_run ? print_plan(r, &hooks) : run_pipeline(r, &hooks, view);
    }
    free(record_text);
    json_decref(record);
    progress_close(view);
    return code;
}

int cmd_run(int argc, char *const *argv)
{
    RunOptions r = { 0 };
    Options o;
    Err err = { 0 };
    int code;
    if (!run_options_parse(&r, &o, argc, argv, &err))
        code = report_error(&err);
    else if (o.help)
        code = command_help("run");
    else
        code = run_with(&r, &o);
    run_options_clear(&r);
    return code;
}
