#include "text/prompt_file.h"

#include "base/file.h"
#include "base/str.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)4 << 20)

/* ---- text ---------------------------------------------------------------------------------------- */

/* All three kinds of line ends become \n, in place. */
static void unify_line_ends(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from == '\r' && from[1] == '\n')
            continue;
        *to++ = *from == '\r' ? '\n' : *from;
    }
    *to = '\0';
}

bool text_file_read(const char *path, char **text, Err *err)
{
    uint8_t *data;
    size_t size;
    *text = NULL;
    if (!file_read(path, MAX_BYTES, &data, &size, err))
        return false;
    size_t line = 1;
    for (size_t i = 0, n; i < size; i += n) {
        bool whole;
        n = utf8_next((const char *)data + i, size - i, &whole);
        if (!whole || data[i] == 0) {
            err_set(err, ERR_INPUT, "%s: line %zu is no UTF-8 text; save the file as UTF-8", path, line);
            free(data);
            return false;
        }
        line += data[i] == '\n' || (data[i] == '\r' && data[i + 1] != '\n');
    }
    size_t mark = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    memmove(data, data + mark, size - mark + 1);
    unify_line_ends((char *)data);
    *text = (char *)data;
    return true;
}

/* The text without the white space at its ends, as a range of it. */
static const char *trimmed(const char *text, size_t *n)
{
    while (*n && isspace((unsigned char)*text)) {
        text++;
        --*n;
    }
    while (*n && isspace((unsigned char)text[*n - 1]))
        --*n;
    return text;
}

/* Go through the lines of a text, trimmed. Return false from `line` to stop. */
static bool each_line(const char *text, bool (*line)(void *user, const char *text, size_t n), void *user)
{
    for (const char *end; *text; text = *end ? end + 1 : end) {
        end = text + strcspn(text, "\n");
        size_t n = (size_t)(end - text);
        const char *start = trimmed(text, &n);
        if (!line(user, start, n))
            return false;
    }
    return true;
}

static bool out_of_memory(const char *name, Err *err)
{
    return err_set(err, ERR_NOMEM, "%s: no memory for its prompts", name);
}

/* ---- one prompt a line --------------------------------------------------------------------------- */

static bool add_line(void *user, const char *text, size_t n)
{
    return n == 0 || *text == '#' || text_list_add_n(user, text, n);
}

bool prompt_list_parse(const char *text, const char *name, TextList *prompts, Err *err)
{
    *prompts = (TextList){ 0 };
    bool ok = each_line(text, add_line, prompts) || out_of_memory(name, err);
    if (ok && prompts->count == 0)
        ok = err_set(err, ERR_INPUT, "%s: there is no prompt in it; write one a line", name);
    if (!ok)
        text_list_clear(prompts);
    return ok;
}

bool prompt_file_read(const char *path, TextList *prompts, Err *err)
{
    char *text;
    *prompts = (TextList){ 0 };
    if (!text_file_read(path, &text, err))
        return false;
    bool ok = prompt_list_parse(text, path, prompts, err);
    free(text);
    return ok;
}

/* ---- numbered prompts ---------------------------------------------------------------------------- */

/* A prompt being put together from its lines. */
typedef struct {
    TextList *prompts;
    Str open;
} Numbered;

static bool close_prompt(Numbered *p)
{
    bool ok = !p->open.failed && (p->open.len == 0 || text_list_add(p->prompts, p->open.s));
    str_reset(&p->open);
    return ok;
}

/* Bytes of "12. " or "12) " at the start of a line, 0 when it has none. */
static size_t number_length(const char *text, size_t n)
{
    size_t digits = 0;
    while (digits < n && digits < 6 && isdigit((unsigned char)text[digits]))
        digits++;
    bool numbered =
        digits && digits + 1 < n && (text[digits] == '.' || text[digits] == ')') && text[digits + 1] == ' ';
    return numbered ? digits + 2 : 0;
}

static bool add_numbered_line(void *user, const char *text, size_t n)
{
    Numbered *p = user;
    size_t number = number_length(text, n);
    if ((n == 0 || number) && !close_prompt(p))
        return false;
    text += number;
    n -= number;
    text = trimmed(text, &n);
    if (n && p->open.len)
        str_add_char(&p->open, ' ');
    str_add_n(&p->open, text, n);
    return !p->open.failed;
}

bool prompts_file_read(const char *path, TextList *prompts, Err *err)
{
    char *text;
    *prompts = (TextList){ 0 };
    if (!text_file_read(path, &text, err))
        return false;
    Numbered p = { .prompts = prompts };
    bool ok = (each_line(text, add_numbered_line, &p) && close_prompt(&p)) || out_of_memory(path, err);
    if (ok && prompts->count == 0)
        ok = err_set(err, ERR_INPUT, "%s: there is no prompt in it; --start_from_step 3 writes new ones",
                     path);
    if (!ok)
        text_list_clear(prompts);
    str_clear(&p.open);
    free(text);
    return ok;
}

static bool write_text(const char *path, Str *text, Err *err)
{
    bool ok = text->failed ? err_set(err, ERR_NOMEM, "%s: no memory for its text", path)
                           : file_write(path, str_text(text), text->len, err);
    str_clear(text);
    return ok;
}

bool prompts_file_write(const char *path, const TextList *prompts, Err *err)
{
    Str text = { 0 };
    for (size_t i = 0; i < prompts->count; i++)
        str_printf(&text, "%s%zu. %s\n", i ? "\n" : "", i + 1, prompts->text[i]);
    return write_text(path, &text, err);
}

/* ---- classes ------------------------------------------------------------------------------------- */

bool classes_file_read(const char *path, TextList *classes, Err *err)
{
    char *text;
    *classes = (TextList){ 0 };
    if (!text_file_read(path, &text, err))
        return false;
    bool ok = true;
    for (const char *at = text; ok && *at;) {
        size_t n = strcspn(at, ".\n"), length = n;
        const char *start = trimmed(at, &length);
        ok = length == 0 || text_list_add_n(classes, start, length) || out_of_memory(path, err);
        at += n + (at[n] != '\0');
    }
    if (ok && classes->count == 0)
        ok =
            err_set(err, ERR_INPUT, "%s: there is no class in it; --start_from_step 3 writes new ones", path);
    if (!ok)
        text_list_clear(classes);
    free(text);
    return ok;
}

bool classes_file_write(const char *path, const TextList *classes, Err *err)
{
    Str text = { 0 };
    for (size_t i = 0; i < classes->count; i++)
        str_printf(&text, "%s%s", i ? ". " : "", classes->text[i]);
    str_add_char(&text, '\n');
    return write_text(path, &text, err);
}
