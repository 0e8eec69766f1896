#include "cli/config_file.h"

#include "base/file.h"
#include "base/yaml_text.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX_BYTES = 1 << 20 };

/* --- YAML, event by event: no tree is built, so nothing in the file can make one grow -------------- */

typedef struct {
    const char *path;
    struct fy_parser *parser;
    struct fy_diag *diag;
    json_t *out;
    Err *err;
} Yaml;

/* What the parser found wrong, with its line. */
static bool yaml_broken(Yaml *y)
{
    void *iterator = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(y->diag, &iterator);
    if (!e)
        return err_set(y->err, ERR_USAGE, "%s: this is no YAML", y->path);
    return err_set(y->err, ERR_USAGE, "%s:%d: this is no YAML: %s", y->path, e->line, e->msg);
}

static bool yaml_refuse(Yaml *y, struct fy_event *event, const char *why)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    return err_set(y->err, ERR_USAGE, "%s:%d: %s", y->path, mark ? mark->line + 1 : 0, why);
}

/* The next event; NULL with the error set when there is none. */
static struct fy_event *yaml_next(Yaml *y)
{
    struct fy_event *event = fy_parser_parse(y->parser);
    if (!event)
        yaml_broken(y);
    return event;
}

/* The next event if it is of this type, passed over. */
static bool yaml_skip(Yaml *y, enum fy_event_type type, const char *otherwise)
{
    struct fy_event *event = yaml_next(y);
    if (!event)
        return false;
    bool ok = event->type == type || yaml_refuse(y, event, otherwise);
    fy_parser_event_free(y->parser, event);
    return ok;
}

/* A scalar as a string, or null when it is empty, ~ or null; NULL with the error set. */
static json_t *yaml_scalar(Yaml *y, struct fy_event *event)
{
    if (event->scalar.anchor || event->scalar.tag) {
        yaml_refuse(y, event, "anchors and tags have no use here; write the value itself");
        return NULL;
    }
    size_t n = 0;
    const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &n) : "";
    bool plain = !event->scalar.value || fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
    if (plain && (n == 0 || (n == 1 && *text == '~') || (n == 4 && memcmp(text, "null", 4) == 0)))
        return json_null();
    json_t *json = n && memchr(text, 0, n) ? NULL : json_stringn(text ? text : "", n);
    if (!json)
        yaml_refuse(y, event, "this is not UTF-8 text");
    return json;
}

/* The scalars up to the end of a sequence. */
static json_t *yaml_sequence(Yaml *y)
{
    json_t *list = json_array();
    for (bool more = true; list && more;) {
        struct fy_event *event = yaml_next(y);
        bool ok = event != NULL;
        if (event && event->type == FYET_SCALAR) {
            json_t *item = yaml_scalar(y, event);
            ok = item && json_array_append_new(list, item) == 0;
        } else if (event && event->type == FYET_SEQUENCE_END)
            more = false;
        else if (event)
            ok = yaml_refuse(y, event, "a list holds plain values, nothing deeper");
        fy_parser_event_free(y->parser, event);
        if (!ok) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *yaml_value(Yaml *y)
{
    struct fy_event *event = yaml_next(y);
    if (!event)
        return NULL;
    json_t *value = NULL;
    if (event->type == FYET_SCALAR)
        value = yaml_scalar(y, event);
    else if (event->type == FYET_SEQUENCE_START)
        value = yaml_sequence(y);
    else if (event->type == FYET_ALIAS)
        yaml_refuse(y, event, "aliases have no use here; write the value itself");
    else
        yaml_refuse(y, event, "a value is one word, text or number, or a list of them");
    fy_parser_event_free(y->parser, event);
    return value;
}

static bool yaml_pair(Yaml *y, struct fy_event *key_event)
{
    size_t n = 0;
    const char *text = key_event->scalar.value ? fy_token_get_text(key_event->scalar.value, &n) : NULL;
    char *key = text ? strndup(text, n) : NULL;
    if (!key || !*key) {
        free(key);
        return yaml_refuse(y, key_event, "a value without a name");
    }
    bool ok = true;
    if (json_object_get(y->out, key)) {
        const struct fy_mark *mark = fy_event_start_mark(key_event);
        ok = err_set(y->err, ERR_USAGE, "%s:%d: %.100s is there twice", y->path, mark ? mark->line + 1 : 0,
                     key);
    }
    json_t *value = ok ? yaml_value(y) : NULL;
    ok = value != NULL;
    /* A key that is no UTF-8 is the only way for this to fail, next to memory. */
    if (ok && json_object_set_new(y->out, key, value))
        ok = yaml_refuse(y, key_event, "this name is not UTF-8 text");
    free(key);
    return ok;
}

/* The pairs up to the end of the mapping. */
static bool yaml_pairs(Yaml *y)
{
    for (bool more = true, ok; more;) {
        struct fy_event *event = yaml_next(y);
        if (!event)
            return false;
        if (event->type == FYET_MAPPING_END) {
            more = false;
            ok = true;
        } else if (event->type == FYET_SCALAR)
            ok = yaml_pair(y, event);
        else
            ok = yaml_refuse(y, event, "a name is one word, as num_prompts");
        fy_parser_event_free(y->parser, event);
        if (!ok)
            return false;
    }
    return true;
}

static bool yaml_document(Yaml *y)
{
    static const char pairs[] = "write `name: value`, one a line";
    if (!yaml_skip(y, FYET_STREAM_START, pairs))
        return false;
    struct fy_event *event = yaml_next(y);
    if (!event)
        return false;
    bool empty = event->type == FYET_STREAM_END; /* nothing but comments */
    fy_parser_event_free(y->parser, event);
    return empty || (yaml_skip(y, FYET_MAPPING_START, pairs) && yaml_pairs(y) &&
                     yaml_skip(y, FYET_DOCUMENT_END, pairs) &&
                     yaml_skip(y, FYET_STREAM_END, "one document a file is enough; remove the second `---`"));
}

static json_t *yaml_parse(const char *path, const char *text, size_t size, Err *err)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.colorize = false;
    Yaml y = { .path = path, .err = err, .out = json_object(), .diag = fy_diag_create(&diag_cfg) };
    if (y.diag)
        fy_diag_set_collect_errors(y.diag, true);
    struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = y.diag };
    y.parser = y.diag ? fy_parser_create(&cfg) : NULL;
    bool ok = y.out && y.parser && fy_parser_set_string(y.parser, text, size) == 0;
    if (!ok)
        err_set(err, ERR_NOMEM, "%s: no memory", path);
    else
        ok = yaml_document(&y);
    if (y.parser)
        fy_parser_destroy(y.parser);
    if (y.diag)
        fy_diag_destroy(y.diag);
    if (!ok) {
        json_decref(y.out);
        return NULL;
    }
    return y.out;
}

/* --- JSON -------------------------------------------------------------------------------------- */

static json_t *json_parse(const char *path, const char *text, size_t size, Err *err)
{
    json_error_t where;
    json_t *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    if (!out)
        err_set(err, ERR_USAGE, "%s:%d: %s", path, where.line, where.text);
    return out;
}

json_t *config_file_read(const char *path, Err *err)
{
    uint8_t *data;
    size_t size;
    if (!file_read(path, CONFIG_MAX_BYTES, &data, &size, err)) {
        err_prefix(err, "--config: ");
        return NULL;
    }
    const char *text = (const char *)data;
    bool json = strcasecmp(path_ext(path), ".json") == 0 || text[strspn(text, " \t\r\n")] == '{';
    json_t *out = NULL;
    if (json)
        out = json_parse(path, text, size, err);
    else if (yaml_text_check(text, size, err))
        out = yaml_parse(path, text, size, err);
    else {
        err_prefix(err, "%s: ", path);
        err->kind = ERR_USAGE; /* as for all that is wrong in this file */
    }
    free(data);
    return out;
}
