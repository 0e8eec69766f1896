#include "rig.h"

#include "base/rng.h"
#include "base/str.h"
#include "vision/codec.h"

#include <dirent.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static Rig *current; /* the rig of the test that runs */

static void *shared(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* A red square on green, and its mask. */
static bool write_photo(const Rig *r)
{
    Image photo, mask;
    Err err = { 0 };
    if (!image_init(&photo, 20, 16, 3, &err) || !image_init(&mask, 20, 16, 1, &err))
        return false;
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 20; x++) {
            bool inside = x >= 5 && x < 13 && y >= 4 && y < 12;
            image_at(&photo, x, y)[!inside] = 200;
            *image_at(&mask, x, y) = inside ? 255 : 0;
        }
    bool ok = image_save(&photo, r->photo, 95, &err) && image_save(&mask, r->mask, 95, &err);
    image_clear(&photo);
    image_clear(&mask);
    return ok;
}

static void set_defaults(Rig *r)
{
    static char front[] = "front", back[] = "back", no_file[] = "no such file";
    static char *sides[] = { front, back };
    r->cfg = (RunConfig){
        .input_image = r->photo,
        .input_mask = r->mask,
        .object_name = r->object_name,
        .working_dir = r->working_dir,
        .execution_mode = MODE_NEW,
        .execution_name = r->name,
        .start_from_step = 1,
        .seed = 7,
        .jobs = 1,
        .width = 32,
        .height = 24,
        .views = { sides, 2 },
        .num_prompts = 2,
        .num_iterations = 1,
        .enable_qwen_augmentation = true,
        .qwen_augmentation_count = 1,
        .predefined_prompts_file = no_file,
        .enable_annotation = true,
        .split_ratio = 0.5,
        .enable_cv_augmentation = true,
        .cv_augmentation_count = 1,
        .saturation_probability = 1,
        .motion_blur_probability = 0.5,
        .saturation_range = { 0.1, 2.5 },
        .contrast_range = { 0.2, 0.8 },
        .brightness_range = { 0.4, 1.5 },
        .motion_blur_range = { 3, 9 },
        .compression_iterations_range = { 1, 2 },
        .compression_quality_range = { 10, 40 },
        .max_retries = 1,
    };
}

int rig_setup(void **state)
{
    Rig *r = calloc(1, sizeof *r);
    *state = current = r;
    r->roles = shared(sizeof *r->roles);
    r->result = shared(sizeof *r->result);
    strcpy(r->folder, access("/dev/shm", W_OK) ? "/tmp/facet-test-XXXXXX" : "/dev/shm/facet-test-XXXXXX");
    if (!r->roles || !r->result || !mkdtemp(r->folder))
        return -1;
    snprintf(r->working_dir, sizeof r->working_dir, "%s/runs", r->folder);
    snprintf(r->photo, sizeof r->photo, "%s/photo.png", r->folder);
    snprintf(r->mask, sizeof r->mask, "%s/mask.png", r->folder);
    strcpy(r->name, "run");
    strcpy(r->object_name, "red mug");
    set_defaults(r);
    return write_photo(r) ? 0 : -1;
}

int rig_teardown(void **state)
{
    Rig *r = *state;
    Err err = { 0 };
    bool ok = folder_remove(r->folder, &err);
    munmap(r->roles, sizeof *r->roles);
    munmap(r->result, sizeof *r->result);
    free(r);
    return ok ? 0 : -1;
}

/* ---- running ------------------------------------------------------------------------------------- */

static void keep_line(void *user, LogLevel level, const char *message)
{
    RigResult *out = user;
    size_t n = strlen(out->log);
    snprintf(out->log + n, sizeof out->log - n, "%s%s\n", level == LOG_WARN ? "warning: " : "", message);
}

static void run_here(Rig *r)
{
    RigResult *out = r->result;
    *out = (RigResult){ 0 };
    RoleSet roles = stand_in_roles(r->roles);
    Log log = { keep_line, out };
    RunHooks hooks = { .log = &log, .cancel = &r->cancel, .roles = &roles, .config_json = r->config_json };
    RunSummary s;
    out->ok = pipeline_run(&r->cfg, &hooks, &s, &out->err);
    out->generated = s.generated;
    out->labelled = s.labelled;
    out->in_dataset = s.in_dataset;
    out->corrected = s.corrected;
    out->failed = s.failed;
    out->calls = fault_calls();
    run_summary_clear(&s);
}

/* Begin, and from then on continue. */
static void choose_mode(Rig *r)
{
    bool there = path_exists(rig_path("journal.jsonl")) || path_exists(rig_path("pipeline_state.json"));
    if (r->cfg.execution_mode == MODE_NEW && there)
        r->cfg.execution_mode = MODE_BY_NAME;
    else if (r->cfg.execution_mode == MODE_BY_NAME && !there)
        r->cfg.execution_mode = MODE_NEW;
}

const RigResult *rig_run(Rig *r)
{
    choose_mode(r);
    fault_set(FAULT_NONE, 0);
    run_here(r);
    return r->result;
}

const RigResult *rig_run_in_child(Rig *r, Fault fault, long at)
{
    choose_mode(r);
    pid_t child = fork();
    if (child == 0) {
        fault_set(fault, at);
        run_here(r);
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        fail_msg("no child process");
    r->result->killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!r->result->killed && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        fail_msg("call %ld: the run ended with status 0x%x", at, status);
    return r->result;
}

void rig_finish(Rig *r)
{
    if (!rig_run(r)->ok)
        fail_msg("%s", r->result->err.msg);
}

void rig_again_from(Rig *r, int step)
{
    r->cfg.start_from_step = step;
    r->cfg.start_from_step_given = true;
    rig_finish(r);
}

void rig_reset(Rig *r)
{
    Err err = { 0 };
    assert_ok(folder_remove(r->working_dir, &err));
    memset(r->roles, 0, sizeof *r->roles);
    r->cancel = false;
    set_defaults(r);
}

const char *rig_path(const char *name)
{
    static char paths[8][512];
    static int next;
    char *p = paths[next++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s/%s", current->working_dir, current->name, name);
    return p;
}

/* ---- comparing ----------------------------------------------------------------------------------- */

static void add_file(Str *lines, const char *path, const char *shown)
{
    uint8_t *data;
    size_t size;
    Err err = { 0 };
    assert_ok(file_read(path, (size_t)1 << 30, &data, &size, &err));
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 0x100000001b3u;
    str_printf(lines, "%s %zu %016llx\n", shown, size, (unsigned long long)hash);
    free(data);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_folder(Str *lines, const char *path, const char *shown, const char *without)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        char *inner = path_join(path, name), *inner_shown = path_join(shown, name);
        bool skipped = !strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, ".lock") ||
                       !strcmp(name, "journal.jsonl") || (without && strstr(name, without));
        if (!skipped && path_is_folder(inner))
            add_folder(lines, inner, inner_shown, without);
        else if (!skipped)
            add_file(lines, inner, inner_shown);
        free(inner);
        free(inner_shown);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

char *rig_tree(const Rig *r, const char *without)
{
    Str lines = { 0 };
    add_folder(&lines, r->working_dir, "", without);
    assert_false(lines.failed);
    return lines.s ? str_take(&lines) : strdup("");
}

void assert_same_tree(const char *wanted, const char *got, const char *when)
{
    while (*wanted && *got) {
        int n = (int)strcspn(wanted, "\n"), m = (int)strcspn(got, "\n");
        if (n != m || strncmp(wanted, got, (size_t)n) != 0)
            break;
        wanted += n + 1;
        got += m + 1;
    }
    if (*wanted || *got)
        fail_msg("%s: expected \"%.*s\", there is \"%.*s\"", when, (int)strcspn(wanted, "\n"), wanted,
                 (int)strcspn(got, "\n"), got);
}

bool rig_said(const Rig *r, const char *text)
{
    return strstr(r->result->log, text) != NULL;
}

json_t *rig_json(const char *name)
{
    json_error_t why;
    json_t *o = json_load_file(rig_path(name), 0, &why);
    if (!o)
        fail_msg("%s: %s", name, why.text);
    return o;
}
