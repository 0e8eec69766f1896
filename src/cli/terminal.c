#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

int terminal_width(int fd, int otherwise)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return otherwise;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

bool terminal_can_redraw(int fd)
{
    return isatty(fd) && *variable("TERM") && strcmp(variable("TERM"), "dumb") != 0;
}

bool terminal_is_utf8(void)
{
    /* The first of these that is set decides (POSIX, "Environment Variables", 8.2). */
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = variable(names[i]);
        if (*value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

bool terminal_has_color(int fd)
{
    return terminal_can_redraw(fd) && !*variable("NO_COLOR");
}

/* Columns of n bytes of UTF-8, one a character. */
static int columns(const char *text, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

void text_wrap(Str *out, const char *text, int at, int indent, int width)
{
    bool first = true;
    while (*(text += strspn(text, " "))) {
        size_t n = strcspn(text, " ");
        int word = columns(text, n);
        if (!first && at + 1 + word > width) {
            str_printf(out, "\n%*s", indent, "");
            at = indent;
        } else if (!first) {
            str_add_char(out, ' ');
            at++;
        }
        str_add_n(out, text, n);
        at += word;
        text += n;
        first = false;
    }
}
