#include "web/retry.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { MOST_ARGUMENTS = 16 };

static bool spawn(const char *program, char *const *arguments, const char *log_path, pid_t *child, Err *err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    /* A session of its own: Ctrl-C is for the studio alone. */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log_path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    int errnum = posix_spawn(child, program, &files, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return errnum == 0 || err_set_errno(err, errnum, "%s: cannot be started", program);
}

bool retry_start(const char *program, const char *folder, int step, pid_t *child, Err *err)
{
    const char *name = path_name(folder);
    char *parent = name > folder ? strndup(folder, (size_t)(name - folder)) : strdup(".");
    char *log_path = path_join(folder, "retry.log");
    char number[16];
    snprintf(number, sizeof number, "%d", step);
    const char *arguments[MOST_ARGUMENTS] = {
        program, "run",    "--working_dir", parent, "--execution_mode", "by_name", "--execution_name",
        name,    "--quiet"
    };
    int n = 9;
    if (step == 4)
        arguments[n++] = "--retry_failed";
    else if (step == 5)
        arguments[n++] = "--retry_failed_qwen_augmentations";
    else if (step > 0) {
        arguments[n++] = "--start_from_step";
        arguments[n++] = number;
    }
    bool ok = parent && log_path ? spawn(program, (char *const *)arguments, log_path, child, err)
                                 : err_set(err, ERR_NOMEM, "%s: no memory", folder);
    free(parent);
    free(log_path);
    return ok;
}

bool retry_ended(pid_t child, int *code)
{
    int status;
    pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return false;
    *code = ended < 0 ? 0 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}
