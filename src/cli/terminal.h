/* cli/terminal.h: what the terminal can show. */
#ifndef FACET_CLI_TERMINAL_H
#define FACET_CLI_TERMINAL_H

#include "base/str.h"

/* Columns of the terminal behind `fd`, `otherwise` when it is none. */
int terminal_width(int fd, int otherwise);
/* True when a redrawn line makes sense: a terminal, and not a dumb one. */
bool terminal_can_redraw(int fd);
/* True when the locale's characters are UTF-8. */
bool terminal_is_utf8(void);
/* True unless NO_COLOR is set (no-color.org) or the terminal is none. */
bool terminal_has_color(int fd);

/* Append words broken into lines of at most `width` columns. The first line goes on at column `at`, the
 * following ones are indented by `indent`. No line break at the end. */
void text_wrap(Str *out, const char *text, int at, int indent, int width);

#endif
