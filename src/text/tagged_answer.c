#include "text/tagged_answer.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* A range of the answer. */
typedef struct {
    const char *at, *end;
} Span;

/* ---- characters ---------------------------------------------------------------------------------- */

/* White space of Unicode beyond ASCII, in UTF-8. */
static const char *const wide_spaces[] = {
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf",
};

static bool starts_with(Span s, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(s.end - s.at) >= n && memcmp(s.at, text, n) == 0;
}

/* The same with capitals and small letters alike. */
static bool begins(Span s, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(s.end - s.at) >= n && strncasecmp(s.at, text, n) == 0;
}

/* Bytes of the white space or control character at the start, 0 when there is none. */
static size_t space_length(Span s)
{
    unsigned char c = s.at < s.end ? (unsigned char)*s.at : 'x';
    if (c <= 0x20 || c == 0x7f)
        return 1;
    if (c < 0xc2 || c > 0xef)
        return 0;
    for (size_t i = 0; i < sizeof wide_spaces / sizeof *wide_spaces; i++)
        if (starts_with(s, wide_spaces[i]))
            return strlen(wide_spaces[i]);
    return 0;
}

static Span skip_space(Span s)
{
    for (size_t n; (n = space_length(s)) > 0;)
        s.at += n;
    return s;
}

/* Letters of other writings count too: every byte above ASCII is a part of some character. */
static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool has_word(Span s)
{
    for (; s.at < s.end; s.at++)
        if (is_word(*s.at))
            return true;
    return false;
}

/* Add the text with white space folded. */
static void add_folded(Str *out, Span s)
{
    size_t begin = out->len;
    for (s = skip_space(s); s.at < s.end;) {
        const char *from = s.at;
        while (s.at < s.end && space_length(s) == 0)
            s.at++;
        if (out->len > begin)
            str_add_char(out, ' ');
        str_add_n(out, from, (size_t)(s.at - from));
        s = skip_space(s);
    }
}

/* ---- tags ---------------------------------------------------------------------------------------- */

typedef struct {
    bool close;
    const char *at, *end; /* from '<' to behind '>' */
} Tag;

/* The next <name> or </name>, with or without white space before the '>'. False at the end. */
static bool next_tag(Span s, const char *name, Tag *tag)
{
    size_t n = strlen(name);
    while (s.at < s.end && (s.at = memchr(s.at, '<', (size_t)(s.end - s.at)))) {
        Span in = { s.at + 1, s.end };
        tag->at = s.at;
        tag->close = starts_with(in, "/");
        in.at += tag->close;
        s.at = in.at;
        if (!begins(in, name))
            continue;
        in.at += n;
        while (in.at < in.end && (*in.at == ' ' || *in.at == '\n'))
            in.at++;
        tag->end = in.at + 1;
        if (in.at < in.end && *in.at == '>')
            return true;
        s.at = in.at;
    }
    return false;
}

/* What is between the first opening tag and its closing one, and has a letter. Where none is closed, *open is
 * what follows the last opening tag, or empty. */
static Span between_tags(Span s, const char *name, Span *open)
{
    Tag tag;
    *open = (Span){ s.end, s.end };
    while (next_tag(s, name, &tag)) {
        Span inside = { open->at, tag.at };
        if (tag.close && inside.at < inside.end && has_word(inside))
            return inside;
        *open = (Span){ tag.close ? s.end : tag.end, s.end };
        s.at = tag.end;
    }
    return (Span){ s.end, s.end };
}

/* The answer without what the model thought aloud. */
static Span without_thoughts(Span s)
{
    Tag tag;
    s = skip_space(s);
    bool thinks = begins(s, "<think>");
    for (Span rest = s; next_tag(rest, "think", &tag); rest.at = tag.end)
        if (tag.close) {
            s.at = tag.end;
            thinks = false;
        }
    return thinks ? (Span){ s.end, s.end } : skip_space(s);
}

/* ---- an answer without tags ---------------------------------------------------------------------- */

static const char *const openings[] = { "sure",   "of course", "certainly", "okay",    "ok",
                                        "here's", "here’s",    "here is",   "another", "i can",
                                        "i'll",   "i’ll",      "let me" };
static const char *const refusals[] = { "i'm sorry", "i’m sorry", "i am sorry", "sorry",
                                        "i can't",   "i can’t",   "i cannot",   "as an ai" };
/* What the rest of an opening is about, up to its colon. */
static const char *const announced[] = { "prompt", "scene", "instruction", "description" };

enum { ANNOUNCEMENT_MAX = 60 };

/* Bytes of the text of the list that the answer begins with as whole words, 0 for none. */
static size_t phrase_length(Span s, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(list[i]);
        if (begins(s, list[i]) && (s.at + n == s.end || !is_word(s.at[n])))
            return n;
    }
    return 0;
}

/* Behind "prompt:" or "the second scene for you:", where the text begins so. */
static Span behind_announcement(Span s)
{
    bool fits = false;
    for (const char *p = s.at; p < s.end && p - s.at < ANNOUNCEMENT_MAX && *p != '\n'; p++) {
        if (*p == ':')
            return fits ? skip_space((Span){ p + 1, s.end }) : s;
        for (size_t i = 0; i < sizeof announced / sizeof *announced; i++)
            fits |= begins((Span){ p, s.end }, announced[i]);
    }
    return s;
}

static Span without_openings(Span s)
{
    const char *begin = s.at;
    for (size_t n; (n = phrase_length(s, openings, sizeof openings / sizeof *openings)) > 0;) {
        s = skip_space((Span){ s.at + n, s.end });
        while (s.at < s.end && *s.at && strchr(",.:;!-", *s.at))
            s = skip_space((Span){ s.at + 1, s.end });
    }
    return s.at > begin ? behind_announcement(s) : s;
}

/* Take enclosing quotes off a folded text. */
static void unquote(Str *text)
{
    static const char *const pairs[][2] = { { "\"", "\"" }, { "“", "”" } };
    Str inside = { 0 };
    for (size_t i = 0; i < 2 && text->len; i++) {
        size_t a = strlen(pairs[i][0]), b = strlen(pairs[i][1]);
        Span s = { text->s, text->s + text->len };
        if (text->len < a + b || !starts_with(s, pairs[i][0]) || memcmp(s.end - b, pairs[i][1], b) != 0)
            continue;
        add_folded(&inside, (Span){ s.at + a, s.end - b });
        str_reset(text);
        str_add(text, str_text(&inside));
        text->failed |= inside.failed;
        break;
    }
    str_clear(&inside);
}

static size_t characters(const Str *text)
{
    size_t n = 0;
    for (size_t i = 0; i < text->len; i++)
        n += ((unsigned char)text->s[i] & 0xc0) != 0x80;
    return n;
}

/* Add the text without the tags that stand in it. */
static void add_untagged(Str *out, Span s, const char *name)
{
    Tag tag;
    Str kept = { 0 };
    while (next_tag(s, name, &tag)) {
        str_add_n(&kept, s.at, (size_t)(tag.at - s.at));
        s.at = tag.end;
    }
    str_add_n(&kept, s.at, (size_t)(s.end - s.at));
    if (kept.len)
        add_folded(out, (Span){ kept.s, kept.s + kept.len });
    out->failed |= kept.failed;
    str_clear(&kept);
}

/* ---- public -------------------------------------------------------------------------------------- */

bool tagged_answer_prompt(const char *text, size_t size, Str *prompt, const char **why)
{
    Span answer = without_thoughts((Span){ text, text + size }), open;
    Span tagged = between_tags(answer, "prompt", &open);
    str_reset(prompt);
    *why = NULL;
    if (tagged.at < tagged.end)
        add_folded(prompt, tagged);
    else if (open.at < open.end)
        add_folded(prompt, open);
    else {
        if (phrase_length(answer, refusals, sizeof refusals / sizeof *refusals))
            *why = "the model refuses";
        add_untagged(prompt, without_openings(answer), "prompt");
        unquote(prompt);
    }
    if (answer.at == answer.end)
        *why = "it is empty";
    else if (prompt->len > ANSWER_PROMPT_MAX)
        *why = "its prompt is longer than a description of a scene can be";
    else if (tagged.at == tagged.end &&
             (characters(prompt) <= ANSWER_PROMPT_MIN ||
              !has_word((Span){ str_text(prompt), str_text(prompt) + prompt->len })))
        *why = "it has no text between <prompt> and </prompt>";
    return !*why && !prompt->failed;
}

/* A line of a list without its number or bullet: "12. ", "3) ", "- ". */
static Span without_bullet(Span line)
{
    const char *c = line.at = skip_space(line).at;
    while (c < line.end && c - line.at < 4 && isdigit((unsigned char)*c))
        c++;
    if (c > line.at ? c < line.end && strchr(".):", *c) : c < line.end && strchr("-*", *c))
        c++;
    else if (starts_with(line, "•"))
        c += strlen("•");
    else
        return line;
    return c == line.end || space_length((Span){ c, line.end }) ? skip_space((Span){ c, line.end }) : line;
}

/* Each line that can be a prompt. */
static bool add_lines(Span s, size_t max, TextList *prompts, Str *prompt)
{
    const char *why;
    while (s.at < s.end && prompts->count < max) {
        Span line = { s.at, s.at };
        while (line.end < s.end && *line.end != '\n' && *line.end != '\r')
            line.end++;
        s.at = line.end < s.end ? line.end + 1 : s.end;
        line = without_bullet(line);
        if (tagged_answer_prompt(line.at, (size_t)(line.end - line.at), prompt, &why) &&
            !text_list_add(prompts, prompt->s))
            return false;
        if (prompt->failed)
            return false;
    }
    return true;
}

/* The text of each closed pair of tags. */
static bool add_tagged(Span s, size_t max, TextList *prompts, Str *prompt, Span *open)
{
    Span tagged = between_tags(s, "prompt", open);
    for (; tagged.at < tagged.end && prompts->count < max; tagged = between_tags(s, "prompt", open)) {
        str_reset(prompt);
        add_folded(prompt, tagged);
        if (prompt->failed || (prompt->len <= ANSWER_PROMPT_MAX && !text_list_add(prompts, prompt->s)))
            return false;
        s.at = tagged.end;
    }
    return true;
}

bool tagged_answer_prompts(const char *text, size_t size, size_t max, TextList *prompts, const char **why)
{
    Span answer = without_thoughts((Span){ text, text + size }), open;
    Str prompt = { 0 };
    size_t before = prompts->count;
    *why = NULL;
    bool ok = add_tagged(answer, before + max, prompts, &prompt, &open);
    if (ok && prompts->count == before && max > 1 && open.at == open.end)
        ok = add_lines(answer, before + max, prompts, &prompt);
    if (ok && prompts->count == before)
        ok = tagged_answer_prompt(text, size, &prompt, why) && text_list_add(prompts, prompt.s);
    str_clear(&prompt);
    return ok;
}

bool tagged_answer_classes(const char *text, size_t size, TextList *classes)
{
    Span open, s = between_tags(without_thoughts((Span){ text, text + size }), "classes", &open);
    Str name = { 0 };
    bool ok = true;
    while (ok && s.at < s.end && classes->count < ANSWER_CLASSES_MAX) {
        Span one = { s.at, s.at };
        while (one.end < s.end && *one.end != '.' && *one.end != '\r' && *one.end != '\n')
            one.end++;
        str_reset(&name);
        add_folded(&name, one);
        ok = !name.failed &&
             (!has_word(one) || name.len > ANSWER_CLASS_MAX ||
              text_list_has_any_case(classes, str_text(&name)) || text_list_add(classes, name.s));
        s.at = one.end < s.end ? one.end + 1 : s.end;
    }
    str_clear(&name);
    return ok;
}
