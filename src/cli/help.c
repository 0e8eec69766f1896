#include "cli/help.h"

#include "cli/terminal.h"

#include <limits.h>
#include <string.h>

enum { OPTION_INDENT = 2, HELP_INDENT = 28 };

const char help_summary[] = "one photo of an object becomes an annotated YOLO segmentation dataset";

const ExitMeaning help_exit_codes[] = {
    { 0, "done" },
    { 1, "failed; the message says why" },
    { 2, "wrong usage" },
    { 3, "done, but some items failed" },
    { 130, "interrupted; what was made so far is kept, and the run can be continued" },
    { 0, NULL },
};

/* What an option takes, in a word or two. */
static const char *value_name(const Option *o)
{
    if (o->value)
        return o->value;
    if (o->choices && o->type != OPT_LIST)
        return o->choices;
    switch (o->type) {
    case OPT_TEXT: return "TEXT";
    case OPT_PATH:
    case OPT_PATHS: return "PATH";
    case OPT_INT:
    case OPT_UINT64: return "N";
    case OPT_REAL: return "X";
    case OPT_INT_PAIR:
    case OPT_REAL_PAIR: return "LOW HIGH";
    case OPT_LIST: return "TEXT,...";
    case OPT_SIZE: return "N|WxH";
    default: return "";
    }
}

void help_option_usage(Str *out, const Option *o)
{
    str_printf(out, "--%s", o->name);
    if (o->type != OPT_BOOL)
        str_printf(out, " %s%s", value_name(o), o->type == OPT_LIST && o->value ? ",..." : "");
}

/* The default as a person would write it. */
static void add_default(Str *out, const Option *o)
{
    if (o->type == OPT_BOOL && strcmp(o->fallback, "true") == 0)
        str_printf(out, "on by default, --no_%s turns it off", o->name);
    else if (o->type != OPT_BOOL) {
        bool pair = o->type == OPT_INT_PAIR || o->type == OPT_REAL_PAIR;
        const char *comma = pair ? strchr(o->fallback, ',') : NULL;
        if (comma)
            str_printf(out, "default %.*s %s", (int)(comma - o->fallback), o->fallback, comma + 1);
        else
            str_printf(out, "default %s", o->fallback);
    }
}

void help_option_limits(Str *out, const Option *o)
{
    bool number = o->type == OPT_INT || o->type == OPT_REAL || o->type == OPT_INT_PAIR ||
                  o->type == OPT_REAL_PAIR || o->type == OPT_SIZE;
    bool limits = number && o->min != o->max;
    if (limits && o->max >= INT_MAX)
        str_printf(out, "%.15g or more", o->min);
    else if (limits)
        str_printf(out, "%.15g to %.15g", o->min, o->max);
    if (o->fallback && limits)
        str_add(out, ", ");
    if (o->fallback)
        add_default(out, o);
    else if (o->required)
        str_add(out, "required");
}

/* One option: its usage at the left, what it means beside or below. */
static void add_option(Str *out, const Option *o, int width)
{
    size_t start = out->len;
    str_printf(out, "%*s", OPTION_INDENT, "");
    help_option_usage(out, o);
    int at = (int)(out->len - start);
    if (at + 2 > HELP_INDENT) {
        str_add_char(out, '\n');
        at = 0;
    }
    str_printf(out, "%*s", HELP_INDENT - at, "");
    Str text = { 0 }, limits = { 0 };
    help_option_limits(&limits, o);
    str_add(&text, o->help);
    if (limits.len)
        str_printf(&text, " (%s)", str_text(&limits));
    text_wrap(out, str_text(&text), HELP_INDENT, HELP_INDENT, width);
    str_add_char(out, '\n');
    str_clear(&text);
    str_clear(&limits);
}

static int readable_width(int width)
{
    return width > HELP_WIDTH_MAX ? HELP_WIDTH_MAX : width < 50 ? 50 : width;
}

/* Paragraphs with a blank line between them, wrapped. */
static void add_paragraphs(Str *out, const char *text, int width)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t n = end ? (size_t)(end - text) : strlen(text);
        Str paragraph = { 0 };
        str_add_n(&paragraph, text, n);
        text_wrap(out, str_text(&paragraph), 0, 0, width);
        str_clear(&paragraph);
        str_add(out, "\n\n");
        text += end ? n + 2 : n;
    }
}

void help_command(Str *out, const Command *c, int width)
{
    width = readable_width(width);
    str_printf(out, "facet %s: %s\n\nusage: facet %s %s\n\n", c->name, c->help, c->name, c->synopsis);
    if (c->about)
        add_paragraphs(out, c->about, width);
    for (const Option *o = c->options; o->name; o++) {
        if (o->group)
            str_printf(out, "%s%s\n", o == c->options ? "" : "\n", o->group);
        add_option(out, o, width);
    }
}

void help_overview(Str *out, int width)
{
    width = readable_width(width);
    str_add(out, "facet: ");
    text_wrap(out, help_summary, 7, 0, width);
    str_add(out, "\n\nusage: facet COMMAND [options]\n\n");
    for (const Command *c = commands; c->name; c++) {
        str_printf(out, "  %-10s ", c->name);
        text_wrap(out, c->help, 13, 13, width);
        str_add_char(out, '\n');
    }
    str_add(out, "\n`facet COMMAND --help` explains a command. Exit codes: ");
    Str codes = { 0 };
    for (const ExitMeaning *e = help_exit_codes; e->meaning; e++)
        str_printf(&codes, "%s%d %.*s", e == help_exit_codes ? "" : ", ", e->code,
                   (int)strcspn(e->meaning, ";"), e->meaning);
    text_wrap(out, str_text(&codes), 54, 0, width);
    str_clear(&codes);
    str_add(out, ".\n");
}
