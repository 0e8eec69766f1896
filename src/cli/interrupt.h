/* cli/interrupt.h: Ctrl-C and SIGTERM. */
#ifndef FACET_CLI_INTERRUPT_H
#define FACET_CLI_INTERRUPT_H

#include <stdatomic.h>

/* From now on the first signal sets the flag that is returned and says so on standard error, the second one
 * ends the process at once with exit code 130. The flag is the same for the whole process and never freed. */
const atomic_bool *interrupt_watch(void);
/* Say this at the first signal, a whole line; borrowed for as long as signals may come. */
void interrupt_set_notice(const char *text);

#endif
