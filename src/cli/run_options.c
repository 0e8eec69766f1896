#include "cli/run_options.h"

#include "base/file.h"
#include "cli/config_file.h"
#include "cli/option_value.h"
#include "pipeline/execution.h"
#include "pipeline/settings.h"

#include <stdlib.h>
#include <string.h>

/* --- checks ------------------------------------------------------------------------------------ */

/* The name goes into prompts, labels and YAML: any writing, on one line. */
static bool check_object_name(const char *name, Err *err)
{
    bool blank = true;
    for (const char *c = name; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return err_set(
                err, ERR_USAGE,
                "--object_name: the name has a line break or another control character; give plain text on one line");
        blank &= *c == ' ';
    }
    return !blank || err_set(err, ERR_USAGE,
                             "--object_name \"%s\": the name is blank; say what the object is called", name);
}

static bool check_new(const RunConfig *c, Err *err)
{
    if (!c->input_image)
        return err_set(err, ERR_USAGE, "--input_image is missing: give the photo of the object");
    if (!c->object_name)
        return err_set(
            err, ERR_USAGE,
            "--object_name is missing: say what the object is called, as in --object_name \"red mug\"");
    if (c->start_from_step > 1)
        return err_set(
            err, ERR_USAGE,
            "--start_from_step %d: a new execution begins at step 1; add --execution_mode last or by_name to continue one",
            c->start_from_step);
    if (c->retry_failed || c->retry_failed_qwen_augmentations)
        return err_set(err, ERR_USAGE,
                       "--%s: a new execution has nothing to retry; add --execution_mode last or by_name",
                       c->retry_failed ? "retry_failed" : "retry_failed_qwen_augmentations");
    return true;
}

/* What no single row can know: options that need or exclude each other. */
static bool check(const RunOptions *r, Err *err)
{
    const RunConfig *c = &r->run;
    if (c->object_name && !check_object_name(c->object_name, err))
        return false;
    if (c->execution_mode == MODE_NEW && !check_new(c, err))
        return false;
    if (c->execution_mode == MODE_BY_NAME && !c->execution_name)
        return err_set(err, ERR_USAGE,
                       "--execution_mode by_name: add --execution_name, the folder in %s to continue",
                       c->working_dir);
    if (c->execution_mode == MODE_LAST && c->execution_name)
        return err_set(err, ERR_USAGE,
                       "--execution_name %s: with --execution_mode last the name is not asked; use by_name",
                       c->execution_name);
    if (c->retry_failed && c->retry_failed_qwen_augmentations)
        return err_set(
            err, ERR_USAGE,
            "--retry_failed and --retry_failed_qwen_augmentations: one at a time; the images of step 4 come first");
    return true;
}

/* --- sources ----------------------------------------------------------------------------------- */

bool run_options_defaults(RunOptions *r, Err *err)
{
    Options o;
    return options_begin(&o, run_options, r, err);
}

/* Remove what has its default value. */
static bool drop_defaults(json_t *values, Err *err)
{
    RunOptions defaults = { 0 };
    bool ok = run_options_defaults(&defaults, err);
    for (const Option *row = run_options; ok && row->name; row++) {
        json_t *value = option_to_json(row, &defaults);
        if (value && json_equal(value, json_object_get(values, row->name)))
            json_object_del(values, row->name);
        json_decref(value);
    }
    run_options_clear(&defaults);
    return ok;
}

static bool apply_config(RunOptions *r, Options *o, Err *err)
{
    json_t *values = config_file_read(r->config, err);
    if (!values)
        return false;
    /* The record of another run says who made it, and names default files that need not be there. */
    if (json_object_get(values, SETTINGS_ABOUT) && !drop_defaults(values, err)) {
        json_decref(values);
        return false;
    }
    json_object_del(values, SETTINGS_ABOUT);
    bool ok =
        json_object_get(values, "config")
            ? err_set(err, ERR_USAGE, "%s: config: a configuration file cannot name another one", r->config)
            : options_apply_json(o, values, FROM_CONFIG, r->config, err);
    json_decref(values);
    return ok;
}

/* What the execution to continue was started with. One that the Python original made has no record. */
static bool apply_record(RunOptions *r, Options *o, Err *err)
{
    char *folder = execution_find(r->run.working_dir,
                                  r->run.execution_mode == MODE_BY_NAME ? r->run.execution_name : NULL, err);
    if (!folder)
        return false;
    char *path = path_join(folder, "run_config.json");
    free(folder);
    if (!path)
        return err_set(err, ERR_NOMEM, "no memory");
    bool ok = true;
    if (path_exists(path)) {
        json_t *values = config_file_read(path, err);
        ok = values && options_apply_json(o, values, FROM_RECORD, path, err);
        json_decref(values);
    }
    free(path);
    return ok;
}

bool run_options_parse(RunOptions *r, Options *o, int argc, char *const *argv, Err *err)
{
    if (!options_begin(o, run_options, r, err) || !options_parse(o, argc, argv, NULL, err))
        return false;
    if (o->help)
        return true;
    if (r->config && !apply_config(r, o, err))
        return false;
    bool by_name = r->run.execution_mode == MODE_BY_NAME;
    bool resumes = r->run.execution_mode == MODE_LAST || (by_name && r->run.execution_name);
    if (resumes && !apply_record(r, o, err))
        return false;
    r->run.start_from_step_given = options_from(o, "start_from_step") != FROM_DEFAULT;
    r->run.model_path_given = options_from(o, "model_path") != FROM_DEFAULT;
    r->run.system_prompt_file_given = options_from(o, "system_prompt_file") != FROM_DEFAULT;
    r->run.predefined_prompts_file_given = options_from(o, "predefined_prompts_file") != FROM_DEFAULT;
    r->run.project_info_file_given = options_from(o, "project_info_file") != FROM_DEFAULT;
    return check(r, err);
}

void run_options_clear(RunOptions *r)
{
    options_clear(run_options, r);
}
