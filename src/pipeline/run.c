#include "pipeline/run.h"

#include "base/clock.h"
#include "base/pool.h"
#include "pipeline/adopt.h"
#include "pipeline/corrected_label.h"
#include "pipeline/estimate.h"
#include "pipeline/report.h"
#include "pipeline/settings.h"
#include "pipeline/step.h"
#include "roles/qwen/qwen.h"
#include "roles/view_poses.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *title;
    bool (*run)(Run *run, Err *err);
} steps[STEP_COUNT] = {
    [1] = { "White background", step1_isolate },  [2] = { "Perspectives", step2_perspectives },
    [3] = { "Prompts", step3_prompts },           [4] = { "Scenes", step4_dataset },
    [5] = { "Light and weather", step5_restyle }, [6] = { "Annotation", step6_annotate },
    [7] = { "Camera effects", step7_camera },
};

static bool retrying(const RunConfig *cfg)
{
    return cfg->retry_failed || cfg->retry_failed_qwen_augmentations;
}

/* ---- which steps --------------------------------------------------------------------------------- */

static bool enabled(const RunConfig *cfg, int step)
{
    if (step == 5)
        return cfg->enable_qwen_augmentation;
    if (step == 6)
        return cfg->enable_annotation;
    return step != 7 || cfg->enable_cv_augmentation;
}

/* Step 7 changes a labelled dataset: without annotation in this or an earlier run there is none. */
static bool has_input(const Run *run, int step)
{
    return step != 7 || run->cfg->enable_annotation || state_text(&run->state, "yolo_dataset_path");
}

static bool pending(const Run *run, int step)
{
    return enabled(run->cfg, step) && has_input(run, step) && !state_completed(&run->state, step);
}

/* A step is run when it is not completed, and when one before it is run: its input may then be another. */
static int first_pending(const Run *run)
{
    int step = STEP_FIRST;
    while (step <= STEP_LAST && !pending(run, step))
        step++;
    return step;
}

static bool will_run(const Run *run, int step)
{
    if (run->cfg->retry_failed)
        return step == 4;
    if (run->cfg->retry_failed_qwen_augmentations)
        return step == 5;
    return enabled(run->cfg, step) && has_input(run, step) && step >= first_pending(run);
}

static void fill_plan(const Run *run, bool plan[STEP_COUNT])
{
    plan[0] = false;
    for (int step = STEP_FIRST; step <= STEP_LAST; step++)
        plan[step] = will_run(run, step);
}

/* ---- getting ready ------------------------------------------------------------------------------- */

/* The name of who plays a role: `model` where its files were named and nobody else was asked for. */
static const char *named(const RunConfig *cfg, bool files_named, const char *asked, const char *model)
{
    bool open = !asked || strcmp(asked, "auto") == 0;
    return files_named && open && cfg->engine != ENGINE_EMBEDDED ? model : asked;
}

static bool choose_roles(Run *run, Err *err)
{
    const RunConfig *cfg = run->cfg;
    run->role_config = (RoleConfig){
        .cache_dir = cfg->cache_dir,
        .model_path = cfg->model_path,
        .qwen = &cfg->qwen,
        .sam_type = cfg->sam_type,
        .sam_ckpt = cfg->sam_ckpt,
        .sam2_config = cfg->sam2_config,
        .sam2_ckpt = cfg->sam2_ckpt,
        .persam_training = cfg->enable_persam_training,
        .persam_lr = cfg->persam_lr,
        .persam_epochs = cfg->persam_epochs,
        .persam_log_epoch = cfg->persam_log_epoch,
        .ollama_model = cfg->ollama_model,
        .ollama_host = cfg->ollama_host,
        .log = run->hooks->log,
        .cancel = run->hooks->cancel,
        .threads = 1,
    };
    run->role_config_alone = run->role_config;
    run->role_config_alone.threads = run->jobs;
    if (run->hooks->roles) {
        run->roles = *run->hooks->roles;
        return true;
    }
    /* Whoever names a model wants that one, and not another editor where it is not found. */
    RoleWish wish = {
        .engine = cfg->engine,
        .editor = named(cfg, cfg->model_path_given, cfg->editor, editor_qwen.name),
        .views = named(cfg, qwen_settings_name_views(&cfg->qwen), cfg->perspective_generator,
                       views_qwen_multicamera.name),
        .writer = cfg->prompt_generator,
        .annotator = cfg->annotator,
        .need_editor = will_run(run, 1) || will_run(run, 4) || will_run(run, 5),
        .need_views = will_run(run, 2),
        .need_writer = will_run(run, 3),
        .need_annotator = will_run(run, 6),
    };
    return registry_choose(&run->roles, &wish, &run->role_config, err);
}

/* The photo and the mask, where a step looks at them. */
static bool load_reference(Run *run, Err *err)
{
    const RunConfig *cfg = run->cfg;
    bool isolate = will_run(run, 1), annotate = will_run(run, 6) && run->roles.annotator->needs_reference;
    bool write = will_run(run, 3) && run->roles.writer->sees_photo; /* it can do without */
    if (!isolate && !annotate && !(write && cfg->input_image))
        return true;
    if (!cfg->input_image)
        return err_set(err, ERR_USAGE, "--input_image is needed: %s looks at the photo of the object",
                       isolate ? "step 1" : "the annotator");
    if (!reference_load(&run->reference, cfg->input_image, cfg->input_mask, (size_t)cfg->max_pixels,
                        run->hooks->log, err))
        return false;
    if (!image_empty(&run->reference.mask))
        return true;
    if (isolate && run->roles.editor->needs_mask)
        return err_set(
            err, ERR_USAGE,
            "--input_mask is needed: editor %s cuts the object out by it in step 1; `facet label --image %s` makes one "
            "(or give a photo that is transparent around the object)",
            run->roles.editor->name, cfg->input_image);
    if (annotate)
        return err_set(
            err, ERR_USAGE,
            "--input_mask is needed: annotator %s learns from it what the object looks like; `facet label --image %s` "
            "makes one",
            run->roles.annotator->name, cfg->input_image);
    return true;
}

static bool check_views(const RunConfig *cfg, Err *err)
{
    ViewPose *poses = NULL;
    size_t count;
    bool ok = view_poses_from_names(&cfg->views, &cfg->elevations, &cfg->distances, &poses, &count, err);
    free(poses);
    return ok;
}

/* Choose who plays, and look at all input that the steps to be run will look at. */
static bool check_input(Run *run, Err *err)
{
    return (!will_run(run, 2) || check_views(run->cfg, err)) && choose_roles(run, err) &&
           load_reference(run, err) && (!will_run(run, 3) || step3_check(run->cfg, err)) &&
           (!will_run(run, 5) || step5_check(run->cfg, err));
}

/* Read the state of an execution that is there. Without a state file everything is done again, which costs
 * little: what the journal knows is kept. */
static bool load_state(Run *run, Err *err)
{
    char *state = step_path(run, FILE_STATE, NULL, err);
    bool ok = state != NULL;
    if (ok && path_exists(state)) {
        ok = state_load(&run->state, state, err);
    } else if (ok) {
        log_warn(run->hooks->log, "%s: there is no state file; what the journal knows is kept",
                 run->exec.folder);
        ok = state_init(&run->state, err);
    }
    free(state);
    return ok;
}

/* The Python original records what the object is called and where its photo is, and nothing else that it was
 * started with. */
static bool fill_config(Run *run, Err *err)
{
    run->filled = *run->cfg;
    if (!run->filled.object_name)
        run->filled.object_name = (char *)state_text(&run->state, "object_name");
    if (!run->filled.input_image)
        run->filled.input_image = (char *)state_text(&run->state, "input_image");
    run->cfg = &run->filled;
    return run->filled.object_name ||
           err_set(err, ERR_USAGE, "--object_name is needed: %s does not say what the object is called",
                   run->exec.folder);
}

static bool open_existing(Run *run, bool (*open)(Execution *, const char *, const char *, Err *), Err *err)
{
    const RunConfig *cfg = run->cfg;
    if (!open(&run->exec, cfg->working_dir, cfg->execution_mode == MODE_BY_NAME ? cfg->execution_name : NULL,
              err) ||
        !load_state(run, err) || !fill_config(run, err))
        return false;
    for (int step = STEP_FIRST; step < cfg->start_from_step; step++)
        if (!state_completed(&run->state, step) && enabled(cfg, step) && step != 5)
            return err_set(
                err, ERR_STATE,
                "%s: cannot start from step %d, because step %d is not done; leave --start_from_step out, "
                "and the run goes on where it stopped",
                run->exec.folder, cfg->start_from_step, step);
    if (cfg->start_from_step_given)
        state_reset_from(&run->state, cfg->start_from_step);
    return true;
}

/* A text from the state is in the state already, and must not be replaced by itself. */
static bool record_object(Run *run, Err *err)
{
    static const char *const fields[] = { "object_name", "input_image" };
    const char *given[] = { run->cfg->object_name, run->cfg->input_image };
    for (size_t i = 0; i < 2; i++)
        if (given[i] != state_text(&run->state, fields[i]) &&
            !state_set_text(&run->state, fields[i], given[i], err))
            return false;
    return true;
}

/* Everything that can be refused is refused before a new folder is made. */
static bool prepare(Run *run, Err *err)
{
    const RunConfig *cfg = run->cfg;
    bool fresh = cfg->execution_mode == MODE_NEW;
    if (!(fresh ? state_init(&run->state, err) : open_existing(run, execution_open, err)) ||
        !check_input(run, err))
        return false;
    if (fresh && !execution_new(&run->exec, cfg->working_dir, cfg->execution_name, err))
        return false;
    folder_sweep(run->exec.folder);
    settings_warn_of_changes(run, first_pending(run));
    /* The journal makes it an execution that can be continued; by then its options are on record. */
    if (!settings_write(run, err))
        return false;
    char *journal = step_path(run, FILE_JOURNAL, NULL, err);
    run->journal = journal ? journal_open(journal, run->hooks->log, err) : NULL;
    free(journal);
    return run->journal && record_object(run, err) && adopt_find(run, first_pending(run), err) &&
           step_save_state(run, err);
}

/* ---- going through the steps ---------------------------------------------------------------------- */

/* What a step made of earlier images is not its output any more once those are made again: without step 5 in
 * this run, the later steps take the images of step 4. */
static bool forget_restyled(Run *run, Err *err)
{
    return state_set_text(&run->state, "qwen_combined_images_path", NULL, err) &&
           state_set(&run->state, "qwen_augmentation_summary", json_null(), err) &&
           state_set(&run->state, "failed_qwen_augmentations", json_array(), err);
}

static void tell_skipped(const Run *run, int step)
{
    const Progress *p = run->hooks->progress;
    if (p && p->step_begin)
        p->step_begin(p->user, step, steps[step].title, 0, 0);
    if (p && p->step_end)
        p->step_end(p->user, step, 0, 0, 0, true);
}

static bool run_steps(Run *run, Err *err)
{
    bool plan[STEP_COUNT];
    fill_plan(run, plan);
    estimate_warn_of_space(run, plan);
    for (int step = STEP_FIRST; step <= STEP_LAST; step++) {
        if (!enabled(run->cfg, step) || !has_input(run, step))
            continue;
        if (state_completed(&run->state, step)) {
            tell_skipped(run, step);
            continue;
        }
        state_reset_from(&run->state, step);
        report_forget(run);
        bool ok = (step > 4 || forget_restyled(run, err)) && steps[step].run(run, err);
        if (ok)
            state_set_completed(&run->state, step, true);
        Err later = { 0 };
        if (!step_save_state(run, ok ? err : &later))
            ok = false;
        if (!ok)
            return false;
    }
    return true;
}

/* Made again, images are new to the steps behind them. */
static bool retry(Run *run, Err *err)
{
    size_t before = json_array_size(state_list(&run->state, "failed_images")) +
                    json_array_size(state_list(&run->state, "failed_qwen_augmentations"));
    int step = run->cfg->retry_failed ? 4 : 5;
    report_forget(run);
    if (!(step == 4 ? step4_retry(run, err) : step5_retry(run, err)))
        return false;
    size_t after = json_array_size(state_list(&run->state, "failed_images")) +
                   json_array_size(state_list(&run->state, "failed_qwen_augmentations"));
    if (after < before) {
        bool followed = false;
        for (int s = step + 1; s <= STEP_LAST; s++)
            followed |= state_completed(&run->state, s);
        state_reset_from(&run->state, step + 1);
        if (step == 4 && !forget_restyled(run, err))
            return false;
        if (followed)
            log_info(
                run->hooks->log,
                "the later steps have not seen these images yet: --execution_mode by_name --execution_name %s "
                "takes them in",
                run->exec.name);
    }
    return step_save_state(run, err);
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static char *copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void summarise(const Run *run, RunSummary *s, double begin)
{
    const State *st = &run->state;
    s->execution = run->journal ? copy_text(run->exec.folder) : NULL;
    s->failed = run->failed;
    s->ms = clock_ms() - begin;
    if (!st->root)
        return;
    const char *dataset = state_completed(st, 7) ? state_text(st, "cv_augmented_dataset_path") : NULL;
    if (!dataset && state_completed(st, 6))
        dataset = state_text(st, "yolo_dataset_path");
    s->dataset = copy_text(dataset);
    s->generated = json_array_size(state_list(st, "generated_images"));
    s->labelled = state_summary_number(st, "annotation_summary", "successful_annotations");
    s->in_dataset = state_summary_number(st, "annotation_summary", "train_images") +
                    state_summary_number(st, "annotation_summary", "val_images");
    s->corrected = run->exec.folder ? corrected_label_count(run->exec.folder) : 0;
    if (state_completed(st, 7))
        s->in_dataset += state_summary_number(st, "cv_augmentation_summary", "successful_augmentations");
}

void run_summary_clear(RunSummary *s)
{
    free(s->execution);
    free(s->dataset);
    free(s->report);
    *s = (RunSummary){ 0 };
}

static void close_run(Run *run)
{
    reference_clear(&run->reference);
    journal_close(run->journal);
    state_clear(&run->state);
    execution_close(&run->exec);
}

bool pipeline_run(const RunConfig *cfg, const RunHooks *hooks, RunSummary *summary, Err *err)
{
    double begin = clock_ms();
    Run run = { .cfg = cfg, .hooks = hooks, .jobs = cfg->jobs > 0 ? cfg->jobs : pool_cpus() };
    *summary = (RunSummary){ 0 };
    bool ok = prepare(&run, err) && (retrying(cfg) ? retry(&run, err) : run_steps(&run, err));
    summarise(&run, summary, begin);
    if (ok)
        ok = report_write(&run, &summary->report, err);
    close_run(&run);
    return ok;
}

char *pipeline_plan_text(const RunConfig *cfg, const RunHooks *hooks, Err *err)
{
    Run run = { .cfg = cfg, .hooks = hooks, .jobs = cfg->jobs > 0 ? cfg->jobs : pool_cpus() };
    bool fresh = cfg->execution_mode == MODE_NEW;
    char *text = NULL;
    if ((fresh
             ? execution_may_be_new(cfg->working_dir, cfg->execution_name, err) && state_init(&run.state, err)
             : open_existing(&run, execution_look, err)) &&
        check_input(&run, err)) {
        bool plan[STEP_COUNT];
        fill_plan(&run, plan);
        text = estimate_text(&run, plan, err);
    }
    close_run(&run);
    return text;
}
