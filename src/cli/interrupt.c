#include "cli/interrupt.h"

#include "cli/report.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

/* A signal handler gets no argument, so this one value must be a global. */
static atomic_bool interrupted;

static void on_signal(int number)
{
    (void)number;
    static const char text[] = "\nfacet: stopping after the images under way; once more to stop at once\n";
    if (atomic_exchange(&interrupted, true))
        _exit(EXIT_INTERRUPTED);
    int saved = errno;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        errno = saved; /* nobody to tell */
    errno = saved;
}

const atomic_bool *interrupt_watch(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &interrupted;
}
