#include "cli/options.h"

#include "base/str.h"
#include "cli/option_value.h"
#include "cli/suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the table --------------------------------------------------------------------------------- */

/* True when `text` is `name`, with dashes for underscores as one likes. */
static bool same_name(const char *name, const char *text)
{
    while (*name && (*name == *text || (*name == '_' && *text == '-'))) {
        name++;
        text++;
    }
    return !*name && !*text;
}

static const Option *find(const Option *table, const char *name)
{
    for (const Option *o = table; o->name; o++)
        if (same_name(o->name, name))
            return o;
    return NULL;
}

/* The option that "no_name" or "no-name" switches off, or NULL; "no_annotation" is short for
 * "no_enable_annotation". */
static const Option *find_negated(const Option *table, const char *name)
{
    static const char enable[] = "enable_";
    if (strncmp(name, "no_", 3) != 0 && strncmp(name, "no-", 3) != 0)
        return NULL;
    for (const Option *o = table; o->name; o++) {
        bool enables = strncmp(o->name, enable, sizeof enable - 1) == 0;
        if (o->type == OPT_BOOL &&
            (same_name(o->name, name + 3) || (enables && same_name(o->name + sizeof enable - 1, name + 3))))
            return o;
    }
    return NULL;
}

/* Set ERR_USAGE for a name that is no option: "`where`: unknown option --objct_name; did you mean
 * --object_name?". */
static bool unknown(const Option *table, const char *source, const char *dashes, const char *name, Err *err)
{
    const Option *best = NULL;
    size_t best_distance = SIZE_MAX;
    char written[64];
    snprintf(written, sizeof written, "%s", name);
    for (char *c = written; *c; c++)
        *c = *c == '-' ? '_' : *c;
    for (const Option *o = table; o->name; o++) {
        size_t distance = edit_distance(written, o->name);
        if (distance < best_distance) {
            best = o;
            best_distance = distance;
        }
    }
    err_set(err, ERR_USAGE, "%sunknown option %s%.100s", source, dashes, name);
    Str hint = { 0 };
    if (best && is_near(written, best_distance))
        str_printf(&hint, "; did you mean %s%s?", dashes, best->name);
    else
        str_add(&hint, "; --help lists what there is");
    size_t used = strlen(err->msg);
    snprintf(err->msg + used, sizeof err->msg - used, "%s", str_text(&hint));
    str_clear(&hint);
    return false;
}

bool options_begin(Options *o, const Option *table, void *target, Err *err)
{
    *o = (Options){ .table = table, .target = target };
    for (const Option *row = table; row->name; row++) {
        if (row - table >= OPTIONS_MAX)
            return err_set(err, ERR_INTERNAL, "the option table has more than %d rows", OPTIONS_MAX);
        OptionSlot slot = { row, target, row->name };
        if (row->fallback && !option_set_text(&slot, row->fallback, NULL, err))
            return false;
    }
    return true;
}

void options_clear(const Option *table, void *target)
{
    for (const Option *row = table; row->name; row++)
        option_clear(row, target);
}

OptionSource options_from(const Options *o, const char *name)
{
    const Option *row = find(o->table, name);
    return row ? o->from[row - o->table] : FROM_DEFAULT;
}

bool options_require(const Options *o, Err *err)
{
    for (const Option *row = o->table; row->name; row++)
        if (row->required && o->from[row - o->table] == FROM_DEFAULT)
            return err_set(err, ERR_USAGE, "--%s is missing: %s", row->name, row->help);
    return true;
}

/* --- the command line -------------------------------------------------------------------------- */

/* What is left to read. */
typedef struct {
    Options *o;
    int argc;
    char *const *argv;
    bool has_rest; /* words that are no options are welcome */
} Args;

/* The next argument, when it can be the value of an option: there, and not itself an option of the table. */
static const char *peek_value(const Args *a)
{
    if (a->argc == 0)
        return NULL;
    const char *text = a->argv[0];
    if (strncmp(text, "--", 2) != 0)
        return text;
    char name[64];
    size_t n = strcspn(text + 2, "=");
    if (n == 0 || n >= sizeof name)
        return text;
    memcpy(name, text + 2, n);
    name[n] = '\0';
    return find(a->o->table, name) || find_negated(a->o->table, name) ? NULL : text;
}

static const char *take_value(Args *a)
{
    const char *text = peek_value(a);
    if (text) {
        a->argc--;
        a->argv++;
    }
    return text;
}

/* "--help_me needs a value: give a whole number from 1 to 7". */
static bool lacks_value(const OptionSlot *slot, Err *err)
{
    Str allowed = { 0 };
    option_allowed(&allowed, slot->option);
    err_set(err, ERR_USAGE, "%s needs a value: give %s", slot->where, str_text(&allowed));
    str_clear(&allowed);
    return false;
}

/* A switch alone means true. A word behind it is its value only where no other use of words is possible. */
static bool set_switch(const OptionSlot *slot, const char *value, Args *a, Err *err)
{
    if (!value) {
        const char *next = a->has_rest ? NULL : peek_value(a);
        value = next && choice_index("false|true|off|on|no|yes|0|1", next) >= 0 ? take_value(a) : "true";
    }
    return option_set_text(slot, value, NULL, err);
}

static bool set_option(const Option *row, const char *value, Args *a, Err *err)
{
    char where[80];
    snprintf(where, sizeof where, "--%s", row->name);
    OptionSlot slot = { row, a->o->target, where };
    OptionSource *from = &a->o->from[row - a->o->table];
    if (option_is_list(row) && *from != FROM_COMMAND_LINE)
        option_clear(row, a->o->target);
    *from = FROM_COMMAND_LINE;
    if (row->type == OPT_BOOL)
        return set_switch(&slot, value, a, err);
    if (!value)
        value = take_value(a);
    if (!value)
        return lacks_value(&slot, err);
    const char *second = NULL;
    if ((row->type == OPT_INT_PAIR || row->type == OPT_REAL_PAIR) && !option_pair_is_whole(value)) {
        second = take_value(a);
        if (!second)
            return lacks_value(&slot, err);
    }
    return option_set_text(&slot, value, second, err);
}

/* "name" or "name=value", as it stood behind the two dashes. */
static bool parse_option(const char *text, Args *a, Err *err)
{
    const Option *table = a->o->table;
    size_t n = strcspn(text, "=");
    const char *value = text[n] ? text + n + 1 : NULL;
    char name[64];
    snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : (int)sizeof name - 1, text);
    const Option *row = find(table, name);
    if (row)
        return set_option(row, value, a, err);
    if (strcmp(name, "help") == 0 && !value) {
        a->o->help = true;
        return true;
    }
    row = find_negated(table, name);
    if (!row)
        return unknown(table, "", "--", name, err);
    if (value)
        return err_set(err, ERR_USAGE, "--%s takes no value; write --%s or --%s=%.100s", name, name,
                       row->name, value);
    return set_option(row, "false", a, err);
}

bool options_parse(Options *o, int argc, char *const *argv, TextList *rest, Err *err)
{
    Args a = { o, argc, argv, rest != NULL };
    bool only_words = false; /* "--" was there */
    while (a.argc > 0 && !o->help) {
        const char *text = *a.argv;
        a.argc--;
        a.argv++;
        if (only_words || text[0] != '-' || text[1] == '\0') {
            if (!rest)
                return err_set(
                    err, ERR_USAGE,
                    "\"%.200s\" stands alone; values belong behind an option, as in --object_name \"red mug\"",
                    text);
            if (!text_list_add(rest, text))
                return err_set(err, ERR_NOMEM, "no memory for the command line");
        } else if (strcmp(text, "--") == 0)
            only_words = true;
        else if (strcmp(text, "-h") == 0)
            o->help = true;
        else if (text[1] != '-')
            return err_set(err, ERR_USAGE,
                           "unknown option %.100s; options have two dashes, --help lists them", text);
        else if (!parse_option(text + 2, &a, err))
            return false;
    }
    return true;
}

/* --- JSON -------------------------------------------------------------------------------------- */

/* Set one value of a record or a configuration file. */
static bool apply_value(Options *o, const Option *row, const json_t *value, OptionSource from,
                        const char *source, Err *err)
{
    char where[600];
    snprintf(where, sizeof where, "%.500s: %s", source, row->name);
    OptionSlot slot = { row, o->target, where };
    json_t *before = option_to_json(row, o->target);
    bool ok = option_set_json(&slot, value, err);
    if (ok) {
        json_t *after = option_to_json(row, o->target);
        /* A record holds the defaults too; they stay what they are. */
        if (from != FROM_RECORD || !json_equal(before, after))
            o->from[row - o->table] = from;
        json_decref(after);
    }
    json_decref(before);
    return ok;
}

bool options_apply_json(Options *o, const json_t *values, OptionSource from, const char *source, Err *err)
{
    if (!json_is_object(values))
        return err_set(err, ERR_USAGE, "%s: this is no list of options; write `name: value`, one a line",
                       source);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)values, key, value)
    {
        const Option *row = find(o->table, key);
        if (!row) {
            if (from == FROM_RECORD)
                continue;
            char prefix[600];
            snprintf(prefix, sizeof prefix, "%.500s: ", source);
            return unknown(o->table, prefix, "", key, err);
        }
        bool skip =
            json_is_null(value) || o->from[row - o->table] > from || (from == FROM_RECORD && row->transient);
        if (!skip && !apply_value(o, row, value, from, source, err))
            return false;
    }
    return true;
}

/* A given path from the root of the file system, without looking at the file. NULL: no memory. */
static json_t *absolute_json(const char *path)
{
    if (*path == '/')
        return json_string(path);
    char *folder = getcwd(NULL, 0);
    json_t *json = folder ? json_sprintf("%s/%s", folder, path) : json_string(path);
    free(folder);
    return json;
}

static json_t *absolute_list_json(const TextList *paths)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < paths->count; i++)
        if (json_array_append_new(array, absolute_json(paths->text[i]))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

/* The value of an option as it is recorded. */
static json_t *record_json(const Options *o, const Option *row)
{
    const void *value = (const char *)o->target + row->offset;
    bool given = o->from[row - o->table] != FROM_DEFAULT;
    if (given && row->type == OPT_PATH)
        return absolute_json(*(char *const *)value);
    return given && row->type == OPT_PATHS ? absolute_list_json(value) : option_to_json(row, o->target);
}

json_t *options_to_json(const Options *o)
{
    json_t *out = json_object();
    for (const Option *row = o->table; out && row->name; row++) {
        if (row->transient)
            continue;
        json_t *value = record_json(o, row);
        if (json_is_null(value))
            continue;
        if (json_object_set_new(out, row->name, value)) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}
