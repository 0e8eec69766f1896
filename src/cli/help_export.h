/* cli/help_export.h: the tables of commands and options as manual pages, Markdown and shell completion. */
#ifndef FACET_CLI_HELP_EXPORT_H
#define FACET_CLI_HELP_EXPORT_H

#include "base/str.h"
#include "cli/command.h"

/* man(7) source of facet(1) and of facet-COMMAND(1). */
void help_man_overview(Str *out);
void help_man_command(Str *out, const Command *c);

/* docs/flags.md: a section a command, a table a group of options. */
void help_markdown(Str *out);

/* A completion for bash: commands, their options, choices, files. */
void help_bash(Str *out);

#endif
