/* What a run costs beside its images: bookkeeping [FOLDER]. Step 4 with an editor that makes one pixel, 1,000
 * and 100,000 items, in a folder in memory unless another is named; then the finished run is gone through
 * again. */
#include "base/clock.h"
#include "base/file.h"
#include "pipeline/run.h"
#include "vision/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { PERSPECTIVES = 10, PROMPTS = 10 };

/* ---- roles that do nothing ------------------------------------------------------------------------ */

static bool probe(const RoleConfig *cfg, Err *err)
{
    (void)cfg, (void)err;
    return true;
}

static bool open_plain(void **self, const RoleConfig *cfg, Err *err)
{
    (void)self, (void)cfg, (void)err;
    return true;
}

static bool open_views(void **self, const RoleConfig *cfg, const ViewsRequest *req, Err *err)
{
    (void)self, (void)cfg, (void)req, (void)err;
    return true;
}

static void close_plain(void *self)
{
    (void)self;
}

static bool edit(void *self, const EditRequest *req, EditResult *out, Err *err)
{
    (void)self, (void)req;
    return image_init(&out->image, 1, 1, 3, err);
}

static bool render(void *self, size_t index, ViewResult *out, Err *err)
{
    (void)self, (void)index;
    return image_init(&out->image, 1, 1, 3, err);
}

static bool write_prompts(void *self, const WriterRequest *req, Written *out, Err *err)
{
    (void)self;
    char text[64];
    for (size_t i = 0; i < req->count; i++) {
        snprintf(text, sizeof text, "the object in place %zu", i);
        if (!text_list_add(&out->prompts, text))
            return err_set(err, ERR_NOMEM, "no memory");
    }
    return text_list_add(&out->classes, "object") || err_set(err, ERR_NOMEM, "no memory");
}

static const Editor editor = {
    .name = "none", .probe = probe, .open = open_plain, .edit = edit, .close = close_plain
};
static const Views views = {
    .name = "none", .probe = probe, .open = open_views, .render = render, .close = close_plain
};
static const Writer writer = {
    .name = "none", .probe = probe, .open = open_plain, .write = write_prompts, .close = close_plain
};

/* ---- measuring ------------------------------------------------------------------------------------ */

/* How long step 4 took, by the pipeline's own progress. */
static void step_end(void *user, int step, size_t made, size_t failed, double ms, bool skipped)
{
    (void)made, (void)failed, (void)skipped;
    if (step == 4)
        *(double *)user = ms;
}

/* Run or go on; the time of step 4's items, and of the whole. */
static bool run(RunConfig *cfg, double *step_ms, double *all_ms)
{
    static const RoleSet roles = { &editor, &views, &writer, NULL };
    Err err = { 0 };
    RunSummary summary;
    Progress progress = { .step_end = step_end, .user = step_ms };
    RunHooks hooks = { .roles = &roles, .progress = &progress };
    double begin = clock_ms();
    bool ok = pipeline_run(cfg, &hooks, &summary, &err);
    *all_ms = clock_ms() - begin;
    run_summary_clear(&summary);
    if (!ok)
        fprintf(stderr, "%s\n", err.msg);
    return ok;
}

static bool measure(RunConfig *cfg, int items, double *item_us)
{
    double step_ms = 0, all_ms, again_ms, again_step_ms = 0;
    struct rusage use;
    cfg->num_iterations = items / (PERSPECTIVES * PROMPTS);
    cfg->execution_mode = MODE_NEW;
    cfg->start_from_step = 1;
    cfg->start_from_step_given = false;
    if (!run(cfg, &step_ms, &all_ms))
        return false;
    cfg->execution_mode = MODE_LAST;
    cfg->start_from_step = 4;
    cfg->start_from_step_given = true;
    if (!run(cfg, &again_step_ms, &again_ms))
        return false;
    getrusage(RUSAGE_SELF, &use);
    *item_us = 1000 * step_ms / items;
    printf("%6d items: %.1f us an item, whole run %.2f s, gone through again in %.2f s, peak memory %ld MB\n",
           items, *item_us, all_ms / 1000, again_ms / 1000, use.ru_maxrss / 1024);
    return true;
}

int main(int argc, char **argv)
{
    static char object[] = "object";
    char folder[] = "/dev/shm/facet-bench-XXXXXX";
    Err err = { 0 };
    char *in = argc > 1 ? argv[1] : mkdtemp(folder);
    if (!in) {
        fprintf(stderr, "%s: cannot be made; name a folder to work in\n", folder);
        return 1;
    }
    char *photo = path_join(in, "photo.png"), *runs = path_join(in, "runs");
    Image im;
    TextList sides = { 0 };
    bool ok = image_init(&im, 8, 8, 3, &err) && image_save(&im, photo, 95, &err);
    for (int i = 0; ok && i < PERSPECTIVES; i++) {
        char name[8];
        snprintf(name, sizeof name, "az%d", 36 * i);
        ok = text_list_add(&sides, name);
    }
    RunConfig cfg = {
        .input_image = photo,
        .object_name = object,
        .working_dir = runs,
        .seed = 1,
        .jobs = 2,
        .width = 1,
        .height = 1,
        .views = sides,
        .num_prompts = PROMPTS,
        .max_retries = 0,
    };
    double few, many;
    ok = ok && measure(&cfg, 1000, &few) && measure(&cfg, 100000, &many);
    if (ok)
        printf("an item costs %.2f times as much among 100,000 as among 1,000\n", many / few);
    if (!folder_remove(runs, &err) || err.kind)
        fprintf(stderr, "%s\n", err.msg);
    if (argc < 2 && in == folder)
        ok = folder_remove(in, &err) && ok;
    image_clear(&im);
    text_list_clear(&sides);
    free(photo);
    free(runs);
    return ok ? 0 : 1;
}
