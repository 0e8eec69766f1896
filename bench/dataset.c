/* How fast a dataset grows: dataset [SIZE]. The example mug through the seven steps with the built-in roles,
 * at SIZE x SIZE pixels (1024), on one thread and on two; images a second for each step, PNG writing
 * included. */
#include "base/clock.h"
#include "base/file.h"
#include "cli/run_options.h"
#include "pipeline/run.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 7, THREADS_MAX = 2 };

typedef struct {
    double ms[STEPS + 1];
    size_t made[STEPS + 1];
} Times;

static void step_end(void *user, int step, size_t made, size_t failed, double ms, bool skipped)
{
    Times *t = user;
    (void)failed, (void)skipped;
    t->ms[step] = ms;
    t->made[step] = made;
}

/* One run with the command line that a user would type. */
static bool run(Times *out, int jobs, char *size, char *folder, Err *err)
{
    char jobs_text[16];
    snprintf(jobs_text, sizeof jobs_text, "%d", jobs);
    const char *const words[] = { "--config", "examples/mug.yaml", "--working_dir",    folder,
                                  "--jobs",   jobs_text,           "--resolution",     size,
                                  "--engine", "embedded",          "--num_iterations", "2" };
    RunOptions options = { 0 };
    Options how;
    RunSummary summary = { 0 };
    *out = (Times){ 0 };
    Progress progress = { .step_end = step_end, .user = out };
    RunHooks hooks = { .progress = &progress };
    bool ok =
        run_options_parse(&options, &how, (int)(sizeof words / sizeof *words), (char *const *)words, err) &&
        pipeline_run(&options.run, &hooks, &summary, err);
    if (ok && summary.failed)
        ok = err_set(err, ERR_INTERNAL, "%zu items failed", summary.failed);
    run_summary_clear(&summary);
    run_options_clear(&options);
    return ok;
}

static void report(const Times times[THREADS_MAX])
{
    static const char *const title[STEPS + 1] = { "",       "isolate",  "views",    "prompts",
                                                  "scenes", "restyled", "labelled", "camera images" };
    printf("step              made   1 thread /s  2 threads /s  ratio\n");
    for (int step = 1; step <= STEPS; step++) {
        double one = 1000 * (double)times[0].made[step] / times[0].ms[step];
        double two = 1000 * (double)times[1].made[step] / times[1].ms[step];
        printf("%d %-14s %5zu %12.2f %13.2f %6.2f\n", step, title[step], times[0].made[step], one, two,
               two / one);
    }
}

int main(int argc, char **argv)
{
    char size[] = "1024", folder[] = "/tmp/facet-bench-XXXXXX";
    Err err = { 0 };
    Times times[THREADS_MAX];
    if (!mkdtemp(folder)) {
        fprintf(stderr, "%s: cannot be made\n", folder);
        return 1;
    }
    bool ok = true;
    for (int jobs = 1; ok && jobs <= THREADS_MAX; jobs++)
        ok = run(&times[jobs - 1], jobs, argc > 1 ? argv[1] : size, folder, &err);
    if (ok)
        report(times);
    else
        fprintf(stderr, "%s\n", err.msg);
    return folder_remove(folder, &err) && ok ? 0 : 1;
}
