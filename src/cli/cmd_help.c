/* cmd_help.c: facet help. */
#include "cli/cmd.h"

#include "cli/command.h"
#include "cli/help.h"
#include "cli/help_export.h"
#include "cli/report.h"
#include "cli/terminal.h"

#include <unistd.h>

typedef struct {
    bool man, markdown, bash;
} HelpOptions;

#define AT(field) offsetof(HelpOptions, field)

/* clang-format off */
const Option cmd_help_options[] = {
    { .group = "Other forms", .name = "man", .type = OPT_BOOL, .offset = AT(man), .fallback = "false",
      .help = "Manual page of the command, or of facet itself, for man(1)" },
    { .name = "markdown", .type = OPT_BOOL, .offset = AT(markdown), .fallback = "false",
      .help = "Tables of all options of all commands" },
    { .name = "bash", .type = OPT_BOOL, .offset = AT(bash), .fallback = "false",
      .help = "Completion for bash" },
    { .name = NULL },
};
/* clang-format on */

static int print(const HelpOptions *h, const TextList *words)
{
    const Command *c = words->count ? command_find(words->text[0]) : NULL;
    if (words->count && !c)
        return command_unknown(words->text[0]);
    Err err = { 0 };
    if (words->count > 1 || h->man + h->markdown + h->bash > 1) {
        err_set(&err, ERR_USAGE, "help: name one command, and one of --man, --markdown and --bash");
        return report_error(&err);
    }
    Str out = { 0 };
    int width = terminal_width(STDOUT_FILENO, HELP_WIDTH);
    if (h->markdown)
        help_markdown(&out);
    else if (h->bash)
        help_bash(&out);
    else if (h->man && c)
        help_man_command(&out, c);
    else if (h->man)
        help_man_overview(&out);
    else if (c)
        help_command(&out, c, width);
    else
        help_overview(&out, width);
    return report_output(&out);
}

int cmd_help(int argc, char *const *argv)
{
    HelpOptions h = { 0 };
    TextList words = { 0 };
    int code;
    if (command_options("help", &h, &words, argc, argv, &code))
        code = print(&h, &words);
    text_list_clear(&words);
    return code;
}
