#include "pipeline/estimate.h"

#include "roles/view_poses.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

/* Bytes a pixel and milliseconds a megapixel on one core, of the embedded roles on the example
 * (bench/README.md). */
static const struct {
    const char *title, *what;
    double bytes, ms;
} costs[STEP_COUNT] = {
    [1] = { "White background", "image", 1.0, 150 },
    [2] = { "Perspectives", "views", 1.0, 350 },
    [3] = { "Prompts", "prompts", 0, 0 },
    [4] = { "Scenes", "images", 1.9, 280 },
    [5] = { "Light and weather", "images", 2.0, 220 },
    [6] = { "Annotation", "images", 0.7, 60 },
    [7] = { "Camera effects", "images", 0.12, 150 },
};

typedef struct {
    double items[STEP_COUNT];
    double bytes, ms;
} Estimate;

static double list_or(const Run *run, const char *field, double otherwise)
{
    size_t n = json_array_size(state_list(&run->state, field));
    return n ? (double)n : otherwise;
}

/* The name of the model that does a step's work, whose time nobody knows beforehand; NULL where none does. */
static const char *model_of(const RoleSet *r, int step)
{
    if (step == 2)
        return r->views && r->views->all_threads ? r->views->name : NULL;
    if (step == 6)
        return r->annotator && r->annotator->needs_reference ? r->annotator->name : NULL;
    bool edits = step == 1 || step == 4 || step == 5;
    return edits && r->editor && r->editor->all_threads ? r->editor->name : NULL;
}

static bool estimate(const Run *run, const bool plan[STEP_COUNT], Estimate *e, Err *err)
{
    const RunConfig *cfg = run->cfg;
    ViewPose *poses = NULL;
    size_t views = 0;
    if (!view_poses_from_names(&cfg->views, &cfg->elevations, &cfg->distances, &poses, &views, err))
        return false;
    free(poses);
    *e = (Estimate){ 0 };
    e->items[1] = 1;
    e->items[2] = plan[2] ? (double)views : list_or(run, "perspective_images", (double)views);
    e->items[3] = plan[3] ? cfg->num_prompts : list_or(run, "prompts", cfg->num_prompts);
    e->items[4] = e->items[2] * e->items[3] * cfg->num_iterations;
    e->items[5] = e->items[4] * cfg->qwen_augmentation_count;
    e->items[6] =
        e->items[4] +
        (plan[5] || (!plan[4] && state_text(&run->state, "qwen_combined_images_path")) ? e->items[5] : 0);
    e->items[7] = e->items[6] * cfg->cv_augmentation_count;
    double pixels = (double)cfg->width * cfg->height;
    for (int step = STEP_FIRST; step <= STEP_LAST; step++)
        if (plan[step]) {
            e->bytes += e->items[step] * pixels * costs[step].bytes;
            double ms = model_of(&run->roles, step) ? 0 : costs[step].ms;
            e->ms += e->items[step] * pixels / 1048576 * ms / (step == 1 ? 1 : run->jobs);
        }
    return true;
}

/* Free bytes where the execution is or will be; below 0 when that is not known. */
static double free_bytes(const char *folder)
{
    struct statvfs fs;
    char *path = strdup(folder);
    double free_space = -1;
    while (path && *path && free_space < 0) { /* a working folder that is not there yet: its parent */
        if (statvfs(path, &fs) == 0)
            free_space = (double)fs.f_bavail * (double)fs.f_frsize;
        char *slash = strrchr(path, '/');
        if (slash == path || !slash)
            break;
        *slash = '\0';
    }
    if (free_space < 0 && statvfs(".", &fs) == 0)
        free_space = (double)fs.f_bavail * (double)fs.f_frsize;
    free(path);
    return free_space;
}

static void add_bytes(Str *to, double bytes)
{
    static const char *const units[] = { "bytes", "KB", "MB", "GB", "TB", "PB" };
    size_t u = 0;
    for (; bytes >= 1000 && u < 5; u++)
        bytes /= 1000;
    str_printf(to, bytes < 10 && u ? "%.1f %s" : "%.0f %s", bytes, units[u]);
}

static void add_time(Str *to, double ms)
{
    double s = ms / 1000;
    if (s < 90)
        str_printf(to, "%.0f s", s < 1 ? 1 : s);
    else if (s < 5400)
        str_printf(to, "%.0f min", s / 60);
    else
        str_printf(to, "%.1f h", s / 3600);
}

static void add_step(Str *to, const Run *run, int step, bool planned, const Estimate *e)
{
    str_printf(to, "  step %d  %-17s", step, costs[step].title);
    if (!planned) {
        str_printf(to, "  %s\n", state_completed(&run->state, step) ? "done already" : "off");
        return;
    }
    str_printf(to, "%8.0f %s", e->items[step], costs[step].what);
    if (step == 4)
        str_printf(to, " (%.0f perspectives x %.0f prompts x %d iterations)", e->items[2], e->items[3],
                   run->cfg->num_iterations);
    if (step == 6)
        str_printf(to, " (%.0f%% for training, split by %s)", 100 * run->cfg->split_ratio,
                   run->cfg->split_by == SPLIT_GROUP ? "group" : "image");
    str_add_char(to, '\n');
}

static void add_roles(Str *to, const RoleSet *r)
{
    const struct {
        const char *role, *name;
    } roles[] = {
        { "editor", r->editor ? r->editor->name : NULL },
        { "views", r->views ? r->views->name : NULL },
        { "writer", r->writer ? r->writer->name : NULL },
        { "annotator", r->annotator ? r->annotator->name : NULL },
    };
    const char *between = "";
    str_add(to, "Roles: ");
    for (size_t i = 0; i < 4; i++)
        if (roles[i].name) {
            str_printf(to, "%s%s %s", between, roles[i].role, roles[i].name);
            between = ", ";
        }
    str_add_char(to, '\n');
}

char *estimate_text(const Run *run, const bool plan[STEP_COUNT], Err *err)
{
    Estimate e;
    Str text = { 0 };
    if (!estimate(run, plan, &e, err))
        return NULL;
    if (run->exec.folder)
        str_printf(&text, "Plan for the execution %s\n", run->exec.folder);
    else
        str_printf(&text, "Plan for a new execution in %s\n", run->cfg->working_dir);
    add_roles(&text, &run->roles);
    for (int step = STEP_FIRST; step <= STEP_LAST; step++)
        add_step(&text, run, step, plan[step], &e);
    str_add(&text, "Cost:  about ");
    add_time(&text, e.ms);
    str_printf(&text, " on %d thread%s", run->jobs, run->jobs == 1 ? "" : "s");
    for (int step = STEP_FIRST; step <= STEP_LAST; step++) {
        const char *model = plan[step] ? model_of(&run->roles, step) : NULL;
        if (model)
            str_printf(&text, ", and %.0f times %s", e.items[step], model);
    }
    str_add(&text, "; ");
    add_bytes(&text, e.bytes);
    double room = free_bytes(run->exec.folder ? run->exec.folder : run->cfg->working_dir);
    str_add(&text, " of disk (");
    add_bytes(&text, room < 0 ? 0 : room);
    str_add(&text, " free)\n");
    char *s = str_take(&text);
    if (!s)
        err_set(err, ERR_NOMEM, "no memory for the plan");
    return s;
}

void estimate_warn_of_space(const Run *run, const bool plan[STEP_COUNT])
{
    Estimate e;
    Err err = { 0 };
    double room = free_bytes(run->exec.folder);
    if (!estimate(run, plan, &e, &err) || room < 0 || room > e.bytes)
        return;
    Str need = { 0 }, have = { 0 };
    add_bytes(&need, e.bytes);
    add_bytes(&have, room);
    log_warn(run->hooks->log,
             "this run needs about %s of disk and %s has %s free; when it is full, the run stops and can be "
             "continued",
             str_text(&need), run->exec.folder, str_text(&have));
    str_clear(&need);
    str_clear(&have);
}
