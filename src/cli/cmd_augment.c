/* cmd_augment.c: facet augment. */
#include "cli/cmd.h"

#include "base/file.h"
#include "base/pool.h"
#include "cli/camera_options.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/progress_view.h"
#include "pipeline/augment_dataset.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct {
    char *dataset, *output;
    int count, jobs, max_retries, max_pixels;
    uint64_t seed;
    bool quiet;
    RunConfig run; /* only its camera effects */
} AugmentCommand;

#define AT(field) offsetof(AugmentCommand, field)

/* clang-format off */
const Option cmd_augment_options[] = {
    { .group = "The dataset", .name = "dataset", .type = OPT_PATH, .offset = AT(dataset), .required = true, .value = "DIR",
      .help = "YOLO dataset: with a dataset.yaml or data.yaml, or folders train/images, images/train or images" },
    { .name = "output", .type = OPT_PATH, .offset = AT(output), .required = true, .value = "DIR",
      .help = "Gets the folders augmented, with the augmented images alone, and combined, with the originals too" },
    { .name = "count", .type = OPT_INT, .offset = AT(count), .fallback = "1", .min = 0, .max = 1000,
      .help = "Versions of each image" },
    { .name = "seed", .type = OPT_UINT64, .offset = AT(seed), .fallback = "0", .help = "Same seed, same result" },
    CAMERA_OPTION_ROWS(AugmentCommand),
    { .group = "How", .name = "jobs", .type = OPT_INT, .offset = AT(jobs), .fallback = "0", .min = 0, .max = 1024,
      .help = "Threads; 0 is one a processor. The results do not depend on it" },
    { .name = "max_retries", .type = OPT_INT, .offset = AT(max_retries), .fallback = "3", .min = 0, .max = 100,
      .help = "Further tries for an image that fails" },
    MAX_PIXELS_ROW(AugmentCommand, max_pixels),
    { .name = "quiet", .type = OPT_BOOL, .offset = AT(quiet), .fallback = "false",
      .help = "Say nothing but warnings, errors and the result" },
    { .name = NULL },
};
/* clang-format on */

/* The effects of each kind, and how many images there are. */
static void add_summary(Str *out, const AugmentDatasetResult *r, const char *combined)
{
    const json_t *counts = json_object_get(json_object_get(r->summary, "cv_augmentation_stats"),
                                           "cv_augmentation_types_applied");
    for (int i = 0; i < AUGMENT_COUNT; i++)
        str_printf(out, "%-18s%lld\n", augment_names[i],
                   (long long)json_integer_value(json_object_get(counts, augment_names[i])));
    str_printf(out, "%-18s%s (%zu images)\n", "dataset", combined, r->images);
    if (r->failed)
        str_printf(out, "%-18s%zu; the same command tries them again\n", "failed", r->failed);
}

static bool augment(const AugmentCommand *c, ProgressView *view, AugmentDatasetResult *result, Str *out,
                    Err *err)
{
    char *augmented = path_join(c->output, "augmented"), *combined = path_join(c->output, "combined");
    char *replaced = path_join(c->output, "replaced"), *record = path_join(c->output, "journal.jsonl");
    Log log = progress_log(view);
    Progress progress = progress_callbacks(view);
    bool ok = augmented && combined && replaced && record;
    if (!ok)
        err_set(err, ERR_NOMEM, "no memory to begin");
    Journal *journal = ok && folder_make(c->output, err) ? journal_open(record, &log, err) : NULL;
    AugmentDataset a = {
        .dataset = c->dataset,
        .augmented = augmented,
        .combined = combined,
        .replaced = replaced,
        .count = c->count,
        .options = augment_options_of(&c->run),
        .seed = c->seed,
        .jobs = c->jobs ? c->jobs : pool_cpus(),
        .max_retries = c->max_retries,
        .max_pixels = (size_t)c->max_pixels,
        .env = { journal, &progress, interrupt_watch() },
        .log = &log,
    };
    ok = journal && augment_dataset(&a, result, err);
    progress_end_line(view);
    if (ok)
        add_summary(out, result, combined);
    journal_close(journal);
    free(augmented);
    free(combined);
    free(replaced);
    free(record);
    return ok;
}

static bool augment_with_progress(const void *options, CommandWork *work, Err *err)
{
    const AugmentCommand *c = options;
    AugmentDatasetResult result = { 0 };
    ProgressStyle style = progress_style(STDERR_FILENO, c->quiet, LOG_TEXT);
    ProgressView *view = progress_open(&style);
    bool ok =
        view ? augment(c, view, &result, &work->out, err) : err_set(err, ERR_NOMEM, "no memory to begin");
    work->failed = result.failed;
    progress_close(view);
    augment_dataset_result_clear(&result);
    return ok;
}

int cmd_augment(int argc, char *const *argv)
{
    AugmentCommand o = { 0 };
    return command_act("augment", &o, 0, augment_with_progress, argc, argv);
}
