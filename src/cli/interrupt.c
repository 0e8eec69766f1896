#include "cli/interrupt.h"

#include "cli/report.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* A signal handler gets no argument, so these values must be globals. */
static atomic_bool interrupted;
static const char *_Atomic notice =
    "\nfacet: stopping after the images under way; once more to stop at once\n";

static void on_signal(int number)
{
    (void)number;
    if (atomic_exchange(&interrupted, true))
        _exit(EXIT_INTERRUPTED);
    int saved = errno;
    const char *text = notice;
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        errno = saved; /* nobody to tell */
    errno = saved;
}

void interrupt_set_notice(const char *text)
{
    notice = text;
}

const atomic_bool *interrupt_watch(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &interrupted;
}
