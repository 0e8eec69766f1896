/* Step 7: the dataset as worse cameras would have seen it. */
#include "pipeline/step.h"

#include "pipeline/augment_dataset.h"

#include <stdlib.h>

static bool fill_state(Run *run, const char *combined, const AugmentDatasetResult *result, Err *err)
{
    return state_set_text(&run->state, "cv_augmented_dataset_path", combined, err) &&
           state_set(&run->state, "cv_augmentation_summary", json_incref(result->summary), err) &&
           state_set(&run->state, "failed_cv_augmentations", json_incref(result->failures), err);
}

bool step7_camera(Run *run, Err *err)
{
    char *dataset = step_path(run, FOLDER_YOLO, NULL, err);
    char *augmented = step_path(run, FOLDER_CV, NULL, err);
    char *combined = step_path(run, FOLDER_CV_COMBINED, NULL, err);
    char *replaced = step_path(run, FOLDER_REPLACED, NULL, err);
    AugmentDataset a = {
        .dataset = dataset,
        .augmented = augmented,
        .combined = combined,
        .replaced = replaced,
        .count = run->cfg->cv_augmentation_count,
        .options = augment_options_of(run->cfg),
        .seed = run->cfg->seed,
        .jobs = run->jobs,
        .max_retries = run->cfg->max_retries,
        .max_pixels = (size_t)run->cfg->max_pixels,
        .env = { run->journal, run->hooks->progress, run->hooks->cancel },
        .log = run->hooks->log,
    };
    AugmentDatasetResult result = { 0 };
    bool ok = dataset && augmented && combined && replaced;
    if (ok && !path_is_folder(dataset))
        ok = err_set(err, ERR_STATE, "%s: step 7 needs the dataset of step 6; --start_from_step 6 makes it",
                     run->exec.folder);
    ok = ok && augment_dataset(&a, &result, err) && fill_state(run, combined, &result, err);
    run->failed += result.failed;
    augment_dataset_result_clear(&result);
    free(dataset);
    free(augmented);
    free(combined);
    free(replaced);
    return ok;
}
