/* pipeline/step.h: what the seven steps share. */
#ifndef FACET_PIPELINE_STEP_H
#define FACET_PIPELINE_STEP_H

#include "base/file.h"
#include "pipeline/execution.h"
#include "pipeline/journal.h"
#include "pipeline/keys.h"
#include "pipeline/reference.h"
#include "pipeline/run.h"
#include "pipeline/runner.h"
#include "pipeline/state.h"
#include "pipeline/yolo_dataset.h"

/* A run under way. Steps read and write it one after the other; their workers only read. */
typedef struct {
    const RunConfig *cfg; /* as given, with what the state alone knows filled in */
    RunConfig filled;
    const RunHooks *hooks;
    RoleSet roles;
    RoleConfig role_config, role_config_alone; /* for calls side by side, and for one that has all threads */
    Execution exec;
    Journal *journal;
    State state;
    Reference reference;
    int jobs;
    size_t failed; /* items, in all steps run */
} Run;

/* The steps, in order. Each makes what is missing of its output, writes its summary files and its part of the
 * state. */
bool step1_isolate(Run *run, Err *err);
bool step2_perspectives(Run *run, Err *err);
bool step3_prompts(Run *run, Err *err);
bool step4_dataset(Run *run, Err *err);
bool step5_restyle(Run *run, Err *err);
bool step6_annotate(Run *run, Err *err);
bool step7_camera(Run *run, Err *err);

/* Read the text files that step 3 or 5 is going to need, to find out now when one is not as it should be. */
bool step3_check(const RunConfig *cfg, Err *err);
bool step5_check(const RunConfig *cfg, Err *err);

/* Take the prompts from their file, where there is one: a person may have mended it after step 3. */
bool step3_reread(Run *run, Err *err);

/* Make again what failed in step 4 or 5, under the recorded names. */
bool step4_retry(Run *run, Err *err);
bool step5_retry(Run *run, Err *err);

/* Names of the folders and files of an execution. */
#define FILE_STATE         "pipeline_state.json"
#define FILE_JOURNAL       "journal.jsonl"
#define FILE_CONFIG        "run_config.json"
#define FILE_REPORT        "report.html"
#define FILE_WHITE         "01_white_background.png"
#define FOLDER_VIEWS       "02_perspectives"
#define FOLDER_PROMPTS     "03_prompts"
#define FOLDER_IMAGES      "04_dataset"
#define FOLDER_RESTYLED    "05_qwen_augmented_images"
#define FOLDER_COMBINED    "05_qwen_combined_images"
#define FOLDER_YOLO        "06_yolo_dataset"
#define FOLDER_CV          "07_cv_augmented_dataset"
#define FOLDER_CV_COMBINED "07_cv_combined_dataset"
#define FOLDER_REPLACED    "replaced"

/* ---- helpers for steps -------------------------------------------------------------------------- */

/* Run the items of a step: work->jobs and max_retries are filled in; adds to run->failed. */
bool step_work(Run *run, Work *work, Err *err) __attribute__((warn_unused_result));
/* The same for the items alone that failed, by the journal. */
bool step_work_failed(Run *run, Work *work, Err *err) __attribute__((warn_unused_result));

/* What a role opens with; `alone` as it says of itself (all_threads in roles/editor.h). */
const RoleConfig *step_role_config(const Run *run, bool alone);
/* The key and all of the editor, of who makes views, or of who writes that results depend on. */
uint64_t step_key_editor(const Run *run, uint64_t key);
uint64_t step_key_views(const Run *run, uint64_t key);
uint64_t step_key_writer(const Run *run, uint64_t key);

/* exec/a or exec/a/b; NULL with *err set when memory runs out. The caller frees it. */
char *step_path(const Run *run, const char *a, const char *b, Err *err);
/* The same for where the recorded alpha of exec/folder/name is kept: exec/folder/alpha/stem.png (folder may
 * be ""). */
char *step_alpha_path(const Run *run, const char *folder, const char *name, Err *err);
bool step_folder(const Run *run, const char *folder, const char *sub, Err *err)
    __attribute__((warn_unused_result));

/* An RGB picture with its recorded alpha, which stays empty when there is none. More than --max_pixels are not read. */
typedef struct {
    Image image, alpha;
} Picture;
bool picture_load(Picture *p, const Run *run, const char *image_path, const char *alpha_path, Err *err)
    __attribute__((warn_unused_result));
/* Save the alpha first: where the image is, its alpha is too. An empty alpha removes an earlier one. */
bool picture_save(const Image *image, const Image *alpha, const char *image_path, const char *alpha_path,
                  Err *err) __attribute__((warn_unused_result));
void picture_clear(Picture *p);

/* Files of exec/folder that match `is_output` and are not in `keep` belong to earlier settings: move them to
 * exec/replaced/folder. `keep` is sorted in place. */
bool step_set_aside(const Run *run, const char *folder, bool (*is_output)(const char *name), TextList *keep,
                    Err *err) __attribute__((warn_unused_result));
/* The names of a step's items, for that, and room for `more` names. Left out are those on record as made with
 * other settings: their files are not what the present run makes. The names are borrowed, the caller frees
 * keep->text. */
bool step_keep_items(const Run *run, const Work *work, size_t more, TextList *keep, Err *err)
    __attribute__((warn_unused_result));

/* The key under which an earlier step made an item, or for files from elsewhere one of their size and time.
 */
uint64_t key_upstream(const Run *run, int step, const char *item, const char *path);

/* Write `value` (taken) as indented JSON to exec/a/b. */
bool step_write_json(const Run *run, const char *a, const char *b, json_t *value, Err *err)
    __attribute__((warn_unused_result));
bool step_save_state(const Run *run, Err *err) __attribute__((warn_unused_result));

#endif
