#include "cli/progress_line.h"

#include <math.h>

enum { BAR_MIN = 8, BAR_MAX = 30 };

double progress_rate(const ProgressState *s)
{
    size_t now = s->done > s->already ? s->done - s->already : 0;
    return now && s->ms > 0 ? (double)now * 1000.0 / s->ms : 0;
}

void add_duration(Str *out, double ms)
{
    long seconds = ms > 0 && ms < 1e12 ? lround(ms / 1000.0) : 0;
    if (seconds < 10 && ms < 9950)
        str_printf(out, "%.1f s", ms > 0 ? ms / 1000.0 : 0.0);
    else if (seconds < 60)
        str_printf(out, "%ld s", seconds);
    else if (seconds < 3600)
        str_printf(out, "%ld:%02ld min", seconds / 60, seconds % 60);
    else
        str_printf(out, "%ld:%02ld:%02ld h", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

void add_rate(Str *out, double per_second)
{
    if (per_second >= 10)
        str_printf(out, "%.0f/s", per_second);
    else if (per_second >= 0.2)
        str_printf(out, "%.1f/s", per_second);
    else
        str_printf(out, "%.1f/min", per_second * 60);
}

void progress_facts(Str *out, const ProgressState *s)
{
    str_printf(out, "%zu/%zu", s->done, s->total);
    double rate = progress_rate(s);
    if (rate > 0) {
        str_add(out, "  ");
        add_rate(out, rate);
        if (s->total > s->done) {
            str_add(out, "  ");
            add_duration(out, (double)(s->total - s->done) * 1000.0 / rate);
            str_add(out, " left");
        }
    }
    if (s->failed)
        str_printf(out, "  %zu failed", s->failed);
}

/* `cells` columns, filled as far as the step is. */
static void add_bar(Str *out, const ProgressState *s, int cells, bool unicode)
{
    double part = s->total ? (double)s->done / (double)s->total : 0;
    int full = (int)((part > 1 ? 1 : part) * cells);
    if (!unicode)
        str_add_char(out, '[');
    for (int i = 0; i < cells; i++)
        str_add(out, i < full ? (unicode ? "━" : "#") : (unicode ? "╌" : "-"));
    if (!unicode)
        str_add_char(out, ']');
}

void progress_bar(Str *out, const ProgressState *s, int width, bool unicode)
{
    Str head = { 0 }, facts = { 0 };
    str_printf(&head, "step %d/7 %s", s->step, s->title);
    progress_facts(&facts, s);
    /* The facts matter most, then the title, then the bar. */
    int room = width - 1 - (int)facts.len - 1;
    int frame = unicode ? 1 : 3; /* a blank, and the brackets */
    int cells = room - (int)head.len - frame;
    if (room > (int)head.len)
        str_printf(out, "%s ", str_text(&head));
    else if (room > 8)
        str_printf(out, "%.*s ", room - 1, str_text(&head));
    if (cells >= BAR_MIN) {
        add_bar(out, s, cells > BAR_MAX ? BAR_MAX : cells, unicode);
        str_add_char(out, ' ');
    }
    str_add_n(out, str_text(&facts),
              facts.len < (size_t)width ? facts.len : (size_t)(width > 1 ? width - 1 : 0));
    str_clear(&head);
    str_clear(&facts);
}
