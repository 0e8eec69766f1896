#include "cli/help_export.h"

#include "cli/help.h"

#include <ctype.h>
#include <string.h>

/* --- manual pages ------------------------------------------------------------------------------ */

/* Text for troff: a dash that can be copied, no escapes, no line that is taken for a request. */
static void add_troff(Str *out, const char *text)
{
    bool line_start = out->len == 0 || out->s[out->len - 1] == '\n';
    for (const char *c = text; *c; c++) {
        if (line_start && (*c == '.' || *c == '\''))
            str_add(out, "\\&");
        line_start = *c == '\n';
        if (*c == '-')
            str_add(out, "\\-");
        else if (*c == '\\')
            str_add(out, "\\e");
        else
            str_add_char(out, *c);
    }
}

static void add_heading(Str *out, const char *page, const char *name, const char *what)
{
    str_add(out, ".TH ");
    for (const char *c = page; *c; c++)
        str_add_char(out, (char)toupper((unsigned char)*c));
    str_add(out, " 1 \"\" \"facet " FACET_VERSION "\" \"facet manual\"\n.SH NAME\n");
    add_troff(out, name);
    str_add(out, " \\- ");
    add_troff(out, what);
    str_add_char(out, '\n');
}

static void add_exit_codes(Str *out)
{
    str_add(out, ".SH EXIT STATUS\n");
    for (const ExitMeaning *e = help_exit_codes; e->meaning; e++) {
        str_printf(out, ".TP\n.B %d\n", e->code);
        add_troff(out, e->meaning);
        str_add_char(out, '\n');
    }
}

static void add_man_option(Str *out, const Option *o)
{
    Str text = { 0 };
    str_add(out, ".TP\n.B ");
    help_option_usage(&text, o);
    add_troff(out, str_text(&text));
    str_add_char(out, '\n');
    add_troff(out, o->help);
    str_reset(&text);
    help_option_limits(&text, o);
    if (text.len) {
        str_add(out, " (");
        add_troff(out, str_text(&text));
        str_add_char(out, ')');
    }
    str_add_char(out, '\n');
    str_clear(&text);
}

void help_man_command(Str *out, const Command *c)
{
    Str page = { 0 };
    str_printf(&page, "facet-%s", c->name);
    add_heading(out, str_text(&page), str_text(&page), c->help);
    str_clear(&page);
    str_printf(out, ".SH SYNOPSIS\n.B facet %s\n", c->name);
    add_troff(out, c->synopsis);
    str_add(out, "\n.SH DESCRIPTION\n");
    for (const char *text = c->about ? c->about : c->help; *text; text++) {
        char one[2] = { *text, '\0' };
        if (text[0] == '\n' && text[1] == '\n') {
            str_add(out, "\n.PP");
            text++;
        }
        add_troff(out, one);
    }
    str_add(out, "\n.SH OPTIONS\nDashes and underscores in names are alike.\n");
    for (const Option *o = c->options; o->name; o++) {
        if (o->group) {
            str_add(out, ".SS ");
            add_troff(out, o->group);
            str_add_char(out, '\n');
        }
        add_man_option(out, o);
    }
    add_exit_codes(out);
    str_add(out, ".SH SEE ALSO\n.BR facet (1)\n");
}

void help_man_overview(Str *out)
{
    add_heading(out, "facet", "facet", help_summary);
    str_add(out, ".SH SYNOPSIS\n.B facet\n.I command\n[options]\n.SH COMMANDS\n");
    for (const Command *c = commands; c->name; c++) {
        str_printf(out, ".TP\n.B %s\n", c->name);
        add_troff(out, c->help);
        str_add_char(out, '\n');
    }
    add_exit_codes(out);
    str_add(out, ".SH SEE ALSO\n");
    for (const Command *c = commands; c->name; c++)
        str_printf(out, ".BR facet\\-%s (1)%s\n", c->name, c[1].name ? "," : "");
}

/* --- Markdown ---------------------------------------------------------------------------------- */

/* Text for a cell of a table. */
static void add_cell(Str *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '|' || *c == '<' || *c == '*')
            str_add_char(out, '\\');
        str_add_char(out, *c);
    }
}

static void add_table(Str *out, const Option *o)
{
    str_printf(out, "### %s\n\n| option | allowed, default | meaning |\n|---|---|---|\n", o->group);
    const Option *first = o;
    for (; o->name && (o == first || !o->group); o++) {
        Str text = { 0 };
        help_option_usage(&text, o);
        str_add(out, "| `");
        for (const char *c = str_text(&text); *c; c++) {
            if (*c == '|')
                str_add_char(out, '\\');
            str_add_char(out, *c);
        }
        str_add(out, "` | ");
        str_reset(&text);
        help_option_limits(&text, o);
        add_cell(out, str_text(&text));
        str_add(out, " | ");
        add_cell(out, o->help);
        str_add(out, " |\n");
        str_clear(&text);
    }
    str_add_char(out, '\n');
}

void help_markdown(Str *out)
{
    str_add(
        out,
        "# Commands and options\n\nPrinted by `facet help --markdown`. Dashes and underscores in names are alike; "
        "`--name VALUE` and `--name=VALUE` mean the same, and so do `LOW HIGH` and `LOW,HIGH`. "
        "A switch is turned off with `--no_name` or `--name=false`; `--no_annotation` is short for `--no_enable_annotation`, and so on.\n\n");
    for (const Command *c = commands; c->name; c++) {
        str_printf(out, "## facet %s\n\n`facet %s %s`: %s.\n\n", c->name, c->name, c->synopsis, c->help);
        if (c->about)
            str_printf(out, "%s\n\n", c->about);
        for (const Option *o = c->options; o->name; o++)
            if (o->group)
                add_table(out, o);
    }
    /* One line break ends a file. */
    if (out->len && !out->failed)
        out->s[--out->len] = '\0';
}

/* --- bash -------------------------------------------------------------------------------------- */

/* "a b c" from "a|b|c". */
static void add_words(Str *out, const char *choices)
{
    for (const char *c = choices; *c; c++)
        str_add_char(out, *c == '|' ? ' ' : *c);
}

static void add_bash_command(Str *out, const Command *c)
{
    str_printf(out, "    %s)\n        options=\"", c->name);
    for (const Option *o = c->options; o->name; o++) {
        str_printf(out, "--%s ", o->name);
        if (o->type == OPT_BOOL && o->fallback && strcmp(o->fallback, "true") == 0)
            str_printf(out, "--no_%s ", o->name);
    }
    str_add(out, "--help\"\n        case $previous in\n");
    for (const Option *o = c->options; o->name; o++) {
        if (o->choices) {
            str_printf(out, "        --%s) words=\"", o->name);
            add_words(out, o->choices);
            str_add(out, "\" ;;\n");
        } else if (o->type != OPT_BOOL && o->type != OPT_PATH && o->type != OPT_PATHS)
            str_printf(out, "        --%s) return ;;\n", o->name);
    }
    str_add(out, "        esac ;;\n");
}

void help_bash(Str *out)
{
    str_add(
        out,
        "# Completion of facet for bash, printed by `facet help --bash`.\n"
        "_facet()\n{\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]//-/_} options= words=\n"
        "    COMPREPLY=()\n"
        "    previous=${previous/#__/--}\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        COMPREPLY=($(compgen -W \"");
    for (const Command *c = commands; c->name; c++)
        str_printf(out, "%s ", c->name);
    str_add(out,
            "--help --version\" -- \"$current\"))\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n");
    for (const Command *c = commands; c->name; c++)
        add_bash_command(out, c);
    str_add(out, "    esac\n"
                 "    if [ -n \"$words\" ]; then\n"
                 "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                 "    elif [[ $current == -* ]]; then\n"
                 "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
                 "    else\n"
                 "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
                 "    fi\n}\n"
                 "complete -o filenames -F _facet facet\n");
}
