#include "shell.h"

#include "vision/codec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192

static const char quick[] =
    "\"$F\" run --quiet --input_image photo.png --input_mask mask.png --object_name 'red mug' --resolution 64 "
    "--num_prompts 1 --num_iterations 1 --views front --motion_blur_range 3 5 --compression_iterations_range 1 2";

static char folder[64];
static char *out_text, *err_text;

const char *shell_path(const char *name)
{
    static char paths[8][512];
    static int next;
    char *p = paths[next++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s", folder, name);
    return p;
}

bool shell_has(const char *name)
{
    return path_exists(shell_path(name));
}

static bool write_pictures(void)
{
    Image photo, mask;
    Err err = { 0 };
    if (!image_init(&photo, 200, 160, 3, &err) || !image_init(&mask, 200, 160, 1, &err))
        return false;
    for (int y = 0; y < 160; y++)
        for (int x = 0; x < 200; x++) {
            bool inside = (x - 100) * (x - 100) + (y - 80) * (y - 80) < 45 * 45;
            uint8_t *p = image_at(&photo, x, y);
            p[0] = inside ? 200 : 30;
            p[1] = inside ? 40 : (uint8_t)(120 + x % 30);
            p[2] = 40;
            *image_at(&mask, x, y) = inside ? 255 : 0;
        }
    bool ok = image_save(&photo, shell_path("photo.png"), 95, &err) &&
              image_save(&mask, shell_path("mask.png"), 95, &err);
    image_clear(&photo);
    image_clear(&mask);
    return ok;
}

int shell_setup(void **state)
{
    (void)state;
    /* In memory where there is such a place: fsync() is what these runs take longest for. */
    strcpy(folder, access("/dev/shm", W_OK) ? "/tmp/facet-test-XXXXXX" : "/dev/shm/facet-test-XXXXXX");
    return mkdtemp(folder) && write_pictures() ? 0 : -1;
}

int shell_teardown(void **state)
{
    (void)state;
    Err err = { 0 };
    free(out_text);
    free(err_text);
    out_text = err_text = NULL;
    return folder_remove(folder, &err) ? 0 : -1;
}

const Shell *shell(const char *format, ...)
{
    static Shell s;
    static char line[LINE_MAX_BYTES], command[2 * LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    assert_in_range(n, 0, sizeof line - 1);
    const char *faults = getenv("FACET_FAULTS");
    snprintf(
        command, sizeof command,
        "F='%s'; FIXTURES='%s/vision/codecs'; FAULTS='%s'; cd '%s'; RUN() { %s \"$@\"; }; START() { exec %s \"$@\"; }; "
        "{ %s\n} >.out 2>.err </dev/null",
        getenv("FACET_BINARY"), getenv("FACET_FIXTURES"), faults ? faults : "", folder, quick, quick, line);
    int status = system(command);
    free(out_text);
    free(err_text);
    out_text = temp_read(shell_path(".out"));
    err_text = temp_read(shell_path(".err"));
    s = (Shell){ WIFEXITED(status) ? WEXITSTATUS(status) : -1, out_text, err_text };
    return &s;
}

const Shell *shell_fails(int code, const char *part, const char *line)
{
    const Shell *s = shell("%s", line);
    if (s->code != code || strncmp(s->err, "facet: ", 7) != 0 || !strstr(s->err, part))
        fail_msg("%s: exit code %d, \"%s\"; expected %d, \"%s\"", line, s->code, s->err, code, part);
    return s;
}

const Shell *shell_works(const char *line)
{
    const Shell *s = shell("%s", line);
    if (s->code != 0)
        fail_msg("%s: exit code %d, \"%s\"", line, s->code, s->err);
    return s;
}

const char *shell_execution(void)
{
    static char path[256];
    TextList names;
    Err err = { 0 };
    assert_ok(folder_list(shell_path("executions"), &names, &err));
    assert_int_equal(names.count, 1);
    snprintf(path, sizeof path, "executions/%s", names.text[0]);
    text_list_clear(&names);
    return path;
}
