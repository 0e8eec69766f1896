/* cli/help.h: help on a terminal, from the tables of commands and options. */
#ifndef FACET_CLI_HELP_H
#define FACET_CLI_HELP_H

#include "base/str.h"
#include "cli/command.h"

enum { HELP_WIDTH = 80, HELP_WIDTH_MAX = 100 };

/* One sentence on facet. Static. */
extern const char help_summary[];
typedef struct {
    int code;
    const char *meaning;
} ExitMeaning;
/* Ends with a NULL meaning. */
extern const ExitMeaning help_exit_codes[];

/* facet --help and facet COMMAND --help, for a terminal of `width` columns; lines stay under HELP_WIDTH_MAX.
 */
void help_overview(Str *out, int width);
void help_command(Str *out, const Command *c, int width);

/* "--contrast_range LOW HIGH". */
void help_option_usage(Str *out, const Option *o);
/* What may be given and what is the default, as "0 to 100, default 0.2 0.8"; nothing when there is nothing to
 * say. */
void help_option_limits(Str *out, const Option *o);

#endif
