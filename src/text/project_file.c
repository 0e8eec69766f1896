#include "text/project_file.h"

#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef enum {
    SECTION_NONE, /* prose */
    SECTION_OBJECT,
    SECTION_CLASS,
    SECTION_DETAILS,
    SECTION_GOAL,
    SECTION_KEEP,
    SECTION_ENVIRONMENTS,
    SECTION_SURFACES,
    SECTION_COMPANIONS,
    SECTION_LIGHTING,
    SECTION_CAMERA,
    SECTION_STYLE,
    SECTION_AVOID,
    SECTION_COUNT
} Section;

typedef struct {
    const char *name;
    Section section;
} Key;

static const Key keys[] = {
    { "object", SECTION_OBJECT },
    { "object name", SECTION_OBJECT },
    { "name", SECTION_OBJECT },
    { "item", SECTION_OBJECT },
    { "product", SECTION_OBJECT },
    { "subject", SECTION_OBJECT },
    { "target", SECTION_OBJECT },
    { "target object", SECTION_OBJECT },
    { "class", SECTION_CLASS },
    { "classes", SECTION_CLASS },
    { "class name", SECTION_CLASS },
    { "label", SECTION_CLASS },
    { "category", SECTION_CLASS },
    { "detail", SECTION_DETAILS },
    { "details", SECTION_DETAILS },
    { "description", SECTION_DETAILS },
    { "appearance", SECTION_DETAILS },
    { "object details", SECTION_DETAILS },
    { "object description", SECTION_DETAILS },
    { "goal", SECTION_GOAL },
    { "goals", SECTION_GOAL },
    { "aim", SECTION_GOAL },
    { "purpose", SECTION_GOAL },
    { "task", SECTION_GOAL },
    { "use case", SECTION_GOAL },
    { "application", SECTION_GOAL },
    { "keep", SECTION_KEEP },
    { "keep unchanged", SECTION_KEEP },
    { "must keep", SECTION_KEEP },
    { "preserve", SECTION_KEEP },
    { "maintain", SECTION_KEEP },
    { "unchanged", SECTION_KEEP },
    { "environment", SECTION_ENVIRONMENTS },
    { "environments", SECTION_ENVIRONMENTS },
    { "scene", SECTION_ENVIRONMENTS },
    { "scenes", SECTION_ENVIRONMENTS },
    { "location", SECTION_ENVIRONMENTS },
    { "locations", SECTION_ENVIRONMENTS },
    { "place", SECTION_ENVIRONMENTS },
    { "places", SECTION_ENVIRONMENTS },
    { "background", SECTION_ENVIRONMENTS },
    { "backgrounds", SECTION_ENVIRONMENTS },
    { "setting", SECTION_ENVIRONMENTS },
    { "settings", SECTION_ENVIRONMENTS },
    { "where", SECTION_ENVIRONMENTS },
    { "surface", SECTION_SURFACES },
    { "surfaces", SECTION_SURFACES },
    { "stands on", SECTION_SURFACES },
    { "rests on", SECTION_SURFACES },
    { "placed on", SECTION_SURFACES },
    { "companion", SECTION_COMPANIONS },
    { "companions", SECTION_COMPANIONS },
    { "objects nearby", SECTION_COMPANIONS },
    { "nearby objects", SECTION_COMPANIONS },
    { "other objects", SECTION_COMPANIONS },
    { "things nearby", SECTION_COMPANIONS },
    { "nearby", SECTION_COMPANIONS },
    { "props", SECTION_COMPANIONS },
    { "light", SECTION_LIGHTING },
    { "lights", SECTION_LIGHTING },
    { "lighting", SECTION_LIGHTING },
    { "lighting conditions", SECTION_LIGHTING },
    { "illumination", SECTION_LIGHTING },
    { "weather", SECTION_LIGHTING },
    { "time of day", SECTION_LIGHTING },
    { "times of day", SECTION_LIGHTING },
    { "camera", SECTION_CAMERA },
    { "camera angle", SECTION_CAMERA },
    { "camera angles", SECTION_CAMERA },
    { "angle", SECTION_CAMERA },
    { "angles", SECTION_CAMERA },
    { "view", SECTION_CAMERA },
    { "views", SECTION_CAMERA },
    { "viewpoint", SECTION_CAMERA },
    { "viewpoints", SECTION_CAMERA },
    { "perspective", SECTION_CAMERA },
    { "perspectives", SECTION_CAMERA },
    { "framing", SECTION_CAMERA },
    { "composition", SECTION_CAMERA },
    { "style", SECTION_STYLE },
    { "styles", SECTION_STYLE },
    { "look", SECTION_STYLE },
    { "quality", SECTION_STYLE },
    { "avoid", SECTION_AVOID },
    { "exclude", SECTION_AVOID },
    { "never", SECTION_AVOID },
    { "without", SECTION_AVOID },
    { "forbidden", SECTION_AVOID },
    { "not wanted", SECTION_AVOID },
    { "do not", SECTION_AVOID },
    { "do not show", SECTION_AVOID },
    { "do not include", SECTION_AVOID },
    { "don't", SECTION_AVOID },
    { "must not", SECTION_AVOID },
    { "negative", SECTION_AVOID },
    { "negative prompt", SECTION_AVOID },
};

enum { KEY_MAX = 40 };

static bool is_space(char c)
{
    return isspace((unsigned char)c) != 0;
}

/* "Preferred camera angles" and "Camera angle ideas" ask for the same as "Camera angles". */
static void strip_qualifiers(char *name)
{
    static const char *const before[] = { "possible ", "typical ", "suggested ", "preferred ", "desired ",
                                          "example ",  "other ",   "common ",    "the " };
    static const char *const after[] = { " ideas", " examples", " list", " options", " suggestions" };
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (strncmp(name, before[i], strlen(before[i])) == 0)
            memmove(name, name + strlen(before[i]), strlen(name + strlen(before[i])) + 1);
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        size_t n = strlen(name), m = strlen(after[i]);
        if (n > m && strcmp(name + n - m, after[i]) == 0)
            name[n - m] = '\0';
    }
}

static Section section_named(const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(name, keys[i].name) == 0)
            return keys[i].section;
    return SECTION_COUNT;
}

/* The section of a heading of n bytes, SECTION_COUNT when it is none. Markup around it and case do not
 * matter. */
static Section section_of(const char *text, size_t n)
{
    char name[KEY_MAX + 1];
    size_t used = 0;
    while (n && (is_space(*text) || strchr("#*_-+>", *text))) {
        text++;
        n--;
    }
    while (n && (is_space(text[n - 1]) || strchr("*_#", text[n - 1])))
        n--;
    if (n == 0 || n > KEY_MAX)
        return SECTION_COUNT;
    for (size_t i = 0; i < n; i++) {
        char c = text[i] == '_' || text[i] == '-' || is_space(text[i]) ? ' ' : text[i];
        if (c != ' ' || (used && name[used - 1] != ' '))
            name[used++] = (char)tolower((unsigned char)c);
    }
    name[used] = '\0';
    Section section = section_named(name);
    if (section == SECTION_COUNT) {
        strip_qualifiers(name);
        section = section_named(name);
    }
    return section;
}

/* Bytes of "- ", "* ", "• ", "3. " or "3) " at the start of a line, 0 when it has none. */
static size_t bullet_length(const char *s, size_t n)
{
    if (n >= 2 && strchr("-*+", *s) && is_space(s[1]))
        return 2;
    if (n >= 4 && strncmp(s, "\xe2\x80\xa2", 3) == 0)
        return 3;
    size_t digits = 0;
    while (digits < n && digits < 4 && isdigit((unsigned char)s[digits]))
        digits++;
    bool numbered = digits && digits + 1 < n && strchr(".)", s[digits]) && is_space(s[digits + 1]);
    return numbered ? digits + 2 : 0;
}

/* A key that nobody knows, as "Budget: 20": up to three words before a colon. */
static bool unknown_key(const char *s, size_t n)
{
    size_t words = 1;
    if (n == 0 || n > KEY_MAX || !isupper((unsigned char)*s))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isalpha((unsigned char)s[i]) && s[i] != ' ')
            return false;
        words += s[i] == ' ';
    }
    return words <= 3;
}

/* What was read of each section. A line starts with a byte of its own: BULLET where it had one, LINE else. */
typedef struct {
    Str raw[SECTION_COUNT];
    Section now;
    bool blank; /* the line before was empty */
} Reading;

enum { LINE = '\n', BULLET = '\f' };

static void add_line(Reading *r, const char *s, size_t n, char start)
{
    if (n == 0)
        return;
    str_add_char(&r->raw[r->now], start);
    for (size_t i = 0; i < n; i++)
        str_add_char(&r->raw[r->now], (unsigned char)s[i] < ' ' || s[i] == 0x7f ? ' ' : s[i]);
}

/* One line, trimmed; `indented` when it had white space before it. */
static void read_line(Reading *r, const char *s, size_t n, bool indented)
{
    if (n == 0) {
        r->blank = true;
        return;
    }
    bool after_blank = r->blank;
    r->blank = false;
    size_t bullet = bullet_length(s, n);
    const char *colon = memchr(s, ':', n < KEY_MAX ? n : KEY_MAX);
    size_t key = colon ? (size_t)(colon - s) : n;
    Section section = section_of(s + bullet, key > bullet ? key - bullet : 0);
    if (section != SECTION_COUNT && (colon || !bullet)) {
        r->now = section;
        const char *value = colon ? colon + 1 : s + n;
        while (value < s + n && (is_space(*value) || *value == '*')) /* the end of a bold key */
            value++;
        add_line(r, value, (size_t)(s + n - value), BULLET);
        return;
    }
    if (*s == '#')
        return;
    bool over =
        !indented && !bullet && ((after_blank && r->raw[r->now].len) || (colon && unknown_key(s, key)));
    if (over)
        r->now = SECTION_NONE;
    add_line(r, s + bullet, n - bullet, bullet ? BULLET : LINE);
}

static void read_lines(Reading *r, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n"), from = 0, to = n;
        while (from < to && is_space(text[from]))
            from++;
        while (to > from && is_space(text[to - 1]))
            to--;
        read_line(r, text + from, to - from, from > 0);
        text += n + (text[n] != '\0');
    }
}

/* The lines of a section as one line. */
static char *one_line(const Str *raw)
{
    Str out = { 0 };
    bool gap = false;
    for (const char *s = str_text(raw); *s; s++) {
        if (is_space(*s)) {
            gap = true;
            continue;
        }
        if (gap && out.len)
            str_add_char(&out, ' ');
        gap = false;
        str_add_char(&out, *s);
    }
    str_add(&out, "");
    return str_take(&out);
}

static size_t joining_word(const char *s)
{
    static const char *const words[] = { "and ", "or ", "& " };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncasecmp(s, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

/* Add an entry without quotes, brackets and joining words around it. */
static bool add_entry(TextList *list, const char *s, size_t n)
{
    char entry[PROJECT_ENTRY_MAX + 1];
    size_t used = 0;
    while (n && (is_space(s[n - 1]) || strchr("\"'.!*_`", s[n - 1])))
        n--;
    while (n && (is_space(*s) || strchr("\"'*_`", *s))) {
        s++;
        n--;
    }
    if (n > PROJECT_ENTRY_MAX || list->count >= PROJECT_LIST_MAX)
        return true;
    for (size_t i = 0; i < n; i++)
        if (!is_space(s[i]) || (used && entry[used - 1] != ' '))
            entry[used++] = is_space(s[i]) ? ' ' : s[i];
    entry[used] = '\0';
    const char *text = entry + joining_word(entry);
    return *text == '\0' || text_list_has_any_case(list, text) || text_list_add(list, text);
}

/* True where the list's entries end, at `s`. What stands in brackets is one with its entry. */
static bool at_separator(const char *s, int depth, bool by_lines)
{
    if (*s == BULLET)
        return true;
    if (*s == LINE)
        return by_lines;
    return depth == 0 && (*s == ',' || *s == ';' || (*s == '.' && (is_space(s[1]) || !s[1])));
}

static bool split(const Str *raw, TextList *list)
{
    const char *text = str_text(raw), *start = text;
    int depth = 0;
    bool by_lines = !strpbrk(text, ",;") && !(*text && strchr(text + 1, BULLET));
    for (const char *s = text;; s++) {
        if (*s && !at_separator(s, depth, by_lines)) {
            depth += *s == '(' ? 1 : *s == ')' && depth ? -1 : 0;
            continue;
        }
        if (!add_entry(list, start, (size_t)(s - start)))
            return false;
        depth = 0;
        if (!*s)
            return true;
        start = s + 1;
    }
}

/* "Kitchen", "Busy street" in a list of which nearly all entries start so are no names: they are written as for
 * the middle of a sentence. "IKEA table" and "New York street" are left as they are. */
static void lower_starts(TextList *list)
{
    size_t capitals = 0;
    for (size_t i = 0; i < list->count; i++)
        capitals += !islower((unsigned char)list->text[i][0]);
    if (4 * capitals < 3 * list->count)
        return;
    for (size_t i = 0; i < list->count; i++) {
        char *text = list->text[i];
        const char *space = strchr(text, ' ');
        if (!isupper((unsigned char)text[1]) && !(space && isupper((unsigned char)space[1])))
            text[0] = (char)tolower((unsigned char)text[0]);
    }
}

static bool fill(Project *p, const Reading *r)
{
    const struct {
        Section section;
        char **text;
    } texts[] = { { SECTION_OBJECT, &p->object },
                  { SECTION_CLASS, &p->class_name },
                  { SECTION_DETAILS, &p->details },
                  { SECTION_GOAL, &p->goal } };
    const struct {
        Section section;
        TextList *list;
    } lists[] = { { SECTION_KEEP, &p->keep },         { SECTION_ENVIRONMENTS, &p->environments },
                  { SECTION_SURFACES, &p->surfaces }, { SECTION_COMPANIONS, &p->companions },
                  { SECTION_LIGHTING, &p->lighting }, { SECTION_CAMERA, &p->camera },
                  { SECTION_STYLE, &p->style },       { SECTION_AVOID, &p->avoid } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!(*texts[i].text = one_line(&r->raw[texts[i].section])))
            return false;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!split(&r->raw[lists[i].section], lists[i].list))
            return false;
        lower_starts(lists[i].list);
    }
    const char *prose = str_text(&r->raw[SECTION_NONE]);
    p->prose = strdup(*prose ? prose + 1 : prose);
    for (char *s = p->prose; s && *s; s++)
        if (*s == BULLET)
            *s = '\n';
    return p->prose != NULL;
}

bool project_parse(const char *text, Project *out, Err *err)
{
    Reading r = { 0 };
    *out = (Project){ 0 };
    read_lines(&r, text);
    bool failed = false;
    for (size_t i = 0; i < SECTION_COUNT; i++)
        failed |= r.raw[i].failed;
    bool ok = (!failed && fill(out, &r)) || err_set(err, ERR_NOMEM, "no memory for the project file");
    if (!ok)
        project_clear(out);
    for (size_t i = 0; i < SECTION_COUNT; i++)
        str_clear(&r.raw[i]);
    return ok;
}

void project_clear(Project *p)
{
    char *texts[] = { p->object, p->class_name, p->details, p->goal, p->prose };
    TextList *lists[] = { &p->keep,     &p->environments, &p->surfaces, &p->companions,
                          &p->lighting, &p->camera,       &p->style,    &p->avoid };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        text_list_clear(lists[i]);
    *p = (Project){ 0 };
}
