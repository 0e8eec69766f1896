/* web/browser.c: see the header. */
#include "web/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The program becomes a grandchild: the child in between, `setsid --fork`, ends at once and is waited for. */
static bool start(const char *program, const char *address)
{
    const char *argv[] = { "setsid", "--fork", program, address, NULL };
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    bool ok = true;
    for (int fd = 0; fd <= 2; fd++) /* its chatter is not ours */
        ok = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0) == 0 && ok;
    pid_t pid;
    ok = ok && posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    int status = 1;
    return ok && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

/* Can this be started? A name without a slash is looked for in $PATH. */
static bool is_program(const char *name)
{
    char file[4096];
    if (strchr(name, '/'))
        return access(name, X_OK) == 0;
    for (const char *p = getenv("PATH"); p && *p;) {
        size_t n = strcspn(p, ":");
        int len = snprintf(file, sizeof file, "%.*s/%s", (int)n, p, name);
        if (n > 0 && len > 0 && (size_t)len < sizeof file && access(file, X_OK) == 0)
            return true;
        p += n + (p[n] != 0);
    }
    return false;
}

bool browser_open(const char *address)
{
    if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY"))
        return false;
    /* $BROWSER may be a list; an entry with arguments is for a shell, which there is none. */
    for (const char *p = getenv("BROWSER"); p && *p;) {
        char name[1024];
        size_t n = strcspn(p, ":");
        int len = snprintf(name, sizeof name, "%.*s", (int)n, p);
        if (n > 0 && (size_t)len < sizeof name && is_program(name))
            return start(name, address);
        p += n + (p[n] != 0);
    }
    return is_program("xdg-open") && start("xdg-open", address);
}
