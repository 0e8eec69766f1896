#include "cli/option_value.h"

#include "base/utf8.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 4096, LIST_MAX_ITEMS = 1000 };

static void *field(const OptionSlot *slot)
{
    return (char *)slot->target + slot->option->offset;
}

static const void *field_of(const Option *option, const void *target)
{
    return (const char *)target + option->offset;
}

/* --- what is allowed --------------------------------------------------------------------------- */

/* Append " from 1 to 7" if there are limits. */
static void add_limits(Str *out, const Option *o)
{
    if (o->min == o->max)
        return;
    if (o->max >= INT_MAX)
        str_printf(out, ", %.15g or more", o->min);
    else
        str_printf(out, " from %.15g to %.15g", o->min, o->max);
}

/* "a, b or c" from "a|b|c". */
static void add_choices(Str *out, const char *choices)
{
    for (const char *c = choices; *c; c++) {
        if (*c != '|')
            str_add_char(out, *c);
        else
            str_add(out, strchr(c + 1, '|') ? ", " : " or ");
    }
}

void option_allowed(Str *out, const Option *o)
{
    if (o->choices && o->type != OPT_LIST) {
        add_choices(out, o->choices);
        return;
    }
    switch (o->type) {
    case OPT_TEXT: str_add(out, "a text"); return;
    case OPT_PATH:
    case OPT_PATHS: str_add(out, "a path"); return;
    case OPT_CHOICE:
    case OPT_EITHER: return;
    case OPT_BOOL: str_add(out, "true or false (also on, off, yes, no, 1, 0)"); return;
    case OPT_INT: str_add(out, "a whole number"); break;
    case OPT_UINT64: str_add(out, "a whole number from 0 to 18446744073709551615"); return;
    case OPT_REAL: str_add(out, "a number"); break;
    case OPT_INT_PAIR: str_add(out, "two whole numbers"); break;
    case OPT_REAL_PAIR: str_add(out, "two numbers"); break;
    case OPT_LIST:
        str_add(out, o->choices ? "one or more of " : "one or more texts");
        if (o->choices)
            add_choices(out, o->choices);
        return;
    case OPT_SIZE: str_add(out, "one number or WIDTHxHEIGHT, each"); break;
    }
    add_limits(out, o);
    if (o->type == OPT_INT_PAIR || o->type == OPT_REAL_PAIR)
        str_add(out, ", the lower one first");
}

/* "--num_prompts "abc": give a whole number from 1 to 1000". */
static bool refuse(const OptionSlot *slot, const char *given, Err *err)
{
    Str allowed = { 0 };
    option_allowed(&allowed, slot->option);
    err_set(err, ERR_USAGE, "%s \"%.200s\": give %s", slot->where, given, str_text(&allowed));
    str_clear(&allowed);
    return false;
}

static bool no_memory(const OptionSlot *slot, Err *err)
{
    return err_set(err, ERR_NOMEM, "%s: no memory", slot->where);
}

/* --- texts ------------------------------------------------------------------------------------- */

static bool is_utf8(const char *text)
{
    bool whole = true;
    for (size_t n = strlen(text); n && whole;) {
        size_t length = utf8_next(text, n, &whole);
        text += length;
        n -= length;
    }
    return whole;
}

static bool check_text(const OptionSlot *slot, const char *text, Err *err)
{
    const Option *o = slot->option;
    size_t max = o->max > 0 ? (size_t)o->max : TEXT_MAX_BYTES;
    if (!*text && !o->may_be_empty)
        return err_set(err, ERR_USAGE, "%s: the value is empty; give %s", slot->where,
                       o->type == OPT_PATH || o->type == OPT_PATHS ? "a path, or leave the option out"
                                                                   : "a text, or leave the option out");
    if (strlen(text) > max)
        return err_set(err, ERR_USAGE, "%s: %zu bytes are too long; at most %zu are allowed", slot->where,
                       strlen(text), max);
    /* Everything recorded is JSON, and that is UTF-8. */
    if (!is_utf8(text))
        return err_set(err, ERR_USAGE, "%s: the value is not UTF-8 text", slot->where);
    if (o->choices && choice_index(o->choices, text) < 0)
        return refuse(slot, text, err);
    return true;
}

static bool set_string(const OptionSlot *slot, const char *text, Err *err)
{
    if (!check_text(slot, text, err))
        return false;
    char *copy = strdup(text);
    if (!copy)
        return no_memory(slot, err);
    char **p = field(slot);
    free(*p);
    *p = copy;
    return true;
}

int choice_index(const char *choices, const char *text)
{
    size_t n = strlen(text);
    for (int i = 0; *choices; i++) {
        size_t len = strcspn(choices, "|");
        if (len == n && memcmp(choices, text, n) == 0)
            return i;
        choices += len + (choices[len] == '|');
    }
    return -1;
}

static bool set_choice(const OptionSlot *slot, const char *text, Err *err)
{
    int index = choice_index(slot->option->choices, text);
    if (index < 0)
        return refuse(slot, text, err);
    if (slot->option->type == OPT_EITHER)
        *(bool *)field(slot) = index == 1;
    else
        memcpy(field(slot), &index, sizeof index); /* an enum of ours is as large as an int */
    return true;
}

static bool set_bool(const OptionSlot *slot, const char *text, Err *err)
{
    int index = choice_index("false|true|off|on|no|yes|0|1", text);
    if (index < 0)
        return refuse(slot, text, err);
    *(bool *)field(slot) = index % 2;
    return true;
}

/* Add one item to a list. */
static bool add_item(const OptionSlot *slot, const char *item, Err *err)
{
    TextList *list = field(slot);
    if (!check_text(slot, item, err))
        return false;
    if (list->count >= LIST_MAX_ITEMS)
        return err_set(err, ERR_USAGE, "%s: more than %d values", slot->where, LIST_MAX_ITEMS);
    return text_list_add(list, item) || no_memory(slot, err);
}

/* Add the items of "a, b,c"; a path is one item, whatever is in it. */
static bool add_items(const OptionSlot *slot, const char *text, Err *err)
{
    if (slot->option->type == OPT_PATHS)
        return add_item(slot, text, err);
    for (const char *p = text;; p++) {
        size_t len = strcspn(p, ",");
        const char *from = p + strspn(p, " "), *to = p + len;
        while (to > from && to[-1] == ' ')
            to--;
        char *item = strndup(from, from < to ? (size_t)(to - from) : 0);
        bool ok = item ? add_item(slot, item, err) : no_memory(slot, err);
        free(item);
        p += len;
        if (!ok || !*p)
            return ok;
    }
}

/* --- numbers ----------------------------------------------------------------------------------- */

static bool within(const Option *o, double v)
{
    return o->min == o->max || (v >= o->min && v <= o->max);
}

/* A whole decimal number with an optional sign that fits into an int and the limits. */
static bool int_of(const Option *o, const char *text, int *out)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (!*digits || digits[strspn(digits, "0123456789")])
        return false;
    errno = 0;
    long long v = strtoll(text, NULL, 10);
    if (errno || v < INT_MIN || v > INT_MAX || !within(o, (double)v))
        return false;
    *out = (int)v;
    return true;
}

/* A decimal number; strtod alone would take "nan", "0x10" and leading blanks. */
static bool real_of(const Option *o, const char *text, double *out)
{
    if (!*text || text[strspn(text, "0123456789+-.eE")])
        return false;
    char *end;
    double v = strtod(text, &end);
    if (*end || !isfinite(v) || !within(o, v))
        return false;
    *out = v;
    return true;
}

static bool set_uint64(const OptionSlot *slot, const char *text, Err *err)
{
    errno = 0;
    unsigned long long v = 0;
    bool ok = *text && !text[strspn(text, "0123456789")];
    if (ok)
        v = strtoull(text, NULL, 10);
    if (!ok || errno)
        return refuse(slot, text, err);
    *(uint64_t *)field(slot) = v;
    return true;
}

bool option_pair_is_whole(const char *text)
{
    return text[strcspn(text, ", ")] != '\0';
}

/* Cut "0.2,0.8" or "0.2 0.8" or "0.2, 0.8" in two. */
static bool split_pair(const char *text, char first[64], char second[64])
{
    size_t n = strcspn(text, ", ");
    const char *rest = text + n;
    rest += *rest == ',';
    rest += strspn(rest, " ");
    if (!text[n] || n >= 64 || strlen(rest) >= 64)
        return false;
    memcpy(first, text, n);
    first[n] = '\0';
    memcpy(second, rest, strlen(rest) + 1);
    return true;
}

static bool set_pair(const OptionSlot *slot, const char *text, const char *second, Err *err)
{
    const Option *o = slot->option;
    char given[256], a[64] = "", b[64] = "";
    snprintf(given, sizeof given, second ? "%.100s %.100s" : "%.100s", text, second);
    if (!split_pair(given, a, b))
        return refuse(slot, given, err);
    int ints[2] = { 0 };
    double reals[2] = { 0 };
    bool whole = o->type == OPT_INT_PAIR;
    bool ok = whole ? int_of(o, a, &ints[0]) && int_of(o, b, &ints[1])
                    : real_of(o, a, &reals[0]) && real_of(o, b, &reals[1]);
    if (!ok || ints[0] > ints[1] || reals[0] > reals[1])
        return refuse(slot, given, err);
    if (whole)
        memcpy(field(slot), ints, sizeof ints);
    else
        memcpy(field(slot), reals, sizeof reals);
    return true;
}

static bool set_size(const OptionSlot *slot, const char *text, Err *err)
{
    char first[32], second[32];
    size_t n = strcspn(text, "xX");
    if (n >= sizeof first || strlen(text + n) >= sizeof second)
        return refuse(slot, text, err);
    memcpy(first, text, n);
    first[n] = '\0';
    snprintf(second, sizeof second, "%s", text[n] ? text + n + 1 : first);
    int size[2];
    if (!int_of(slot->option, first, &size[0]) || !int_of(slot->option, second, &size[1]))
        return refuse(slot, text, err);
    memcpy(field(slot), size, sizeof size);
    return true;
}

/* --- any type ---------------------------------------------------------------------------------- */

bool option_set_text(const OptionSlot *slot, const char *text, const char *second, Err *err)
{
    switch (slot->option->type) {
    case OPT_TEXT:
    case OPT_PATH: return set_string(slot, text, err);
    case OPT_CHOICE:
    case OPT_EITHER: return set_choice(slot, text, err);
    case OPT_BOOL: return set_bool(slot, text, err);
    case OPT_INT: return int_of(slot->option, text, field(slot)) || refuse(slot, text, err);
    case OPT_UINT64: return set_uint64(slot, text, err);
    case OPT_REAL: return real_of(slot->option, text, field(slot)) || refuse(slot, text, err);
    case OPT_INT_PAIR:
    case OPT_REAL_PAIR: return set_pair(slot, text, second, err);
    case OPT_LIST:
    case OPT_PATHS: return add_items(slot, text, err);
    case OPT_SIZE: return set_size(slot, text, err);
    }
    return err_set(err, ERR_INTERNAL, "%s: the option table has a type that does not exist", slot->where);
}

/* What was given, for a message: its JSON, cut short. */
static bool refuse_json(const OptionSlot *slot, const json_t *value, Err *err)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    refuse(slot, text ? text : "?", err);
    free(text);
    return false;
}

/* A number of JSON as the text that the command line would have; false for what is no number. */
static bool number_text(const json_t *value, char out[64])
{
    if (json_is_integer(value))
        snprintf(out, 64, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        snprintf(out, 64, "%.17g", json_real_value(value));
    else
        return false;
    return true;
}

/* A string or number of JSON as text; NULL for anything else. `number` holds it if it must be made. */
static const char *scalar_text(const json_t *value, char number[64])
{
    if (json_is_string(value))
        return json_string_value(value);
    return number_text(value, number) ? number : NULL;
}

static bool set_list_json(const OptionSlot *slot, const json_t *value, Err *err)
{
    TextList *list = field(slot);
    text_list_clear(list);
    if (json_is_string(value))
        return add_items(slot, json_string_value(value), err);
    if (!json_is_array(value))
        return refuse_json(slot, value, err);
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item)
    {
        char number[64];
        const char *text = scalar_text(item, number);
        if (!text)
            return refuse_json(slot, value, err);
        if (!add_items(slot, text, err))
            return false;
    }
    return true;
}

bool option_set_json(const OptionSlot *slot, const json_t *value, Err *err)
{
    OptionType type = slot->option->type;
    char first[64], second[64];
    if (option_is_list(slot->option))
        return set_list_json(slot, value, err);
    if (json_is_string(value))
        return option_set_text(slot, json_string_value(value), NULL, err);
    if (type == OPT_BOOL && json_is_boolean(value)) {
        *(bool *)field(slot) = json_is_true(value);
        return true;
    }
    bool pair = type == OPT_INT_PAIR || type == OPT_REAL_PAIR || type == OPT_SIZE;
    if (pair && json_is_array(value) && json_array_size(value) == 2) {
        const char *a = scalar_text(json_array_get(value, 0), first);
        const char *b = scalar_text(json_array_get(value, 1), second);
        char both[140];
        if (!a || !b || strlen(a) >= 64 || strlen(b) >= 64)
            return refuse_json(slot, value, err);
        snprintf(both, sizeof both, "%s%s%s", a, type == OPT_SIZE ? "x" : ",", b);
        return option_set_text(slot, both, NULL, err);
    }
    bool number = type == OPT_INT || type == OPT_UINT64 || type == OPT_REAL || type == OPT_SIZE;
    if (number && number_text(value, first))
        return option_set_text(slot, first, NULL, err);
    return refuse_json(slot, value, err);
}

/* The index-th of "a|b|c". */
static json_t *choice_json(const char *choices, int index)
{
    for (; index > 0; index--)
        choices += strcspn(choices, "|") + 1;
    return json_stringn(choices, strcspn(choices, "|"));
}

static json_t *list_json(const TextList *list)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < list->count; i++) {
        if (json_array_append_new(array, json_string(list->text[i]))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* 64 bits do not fit into JSON's integers as jansson has them; the upper half is written as text. */
static json_t *uint64_json(uint64_t v)
{
    return v <= INT64_MAX ? json_integer((json_int_t)v) : json_sprintf("%llu", (unsigned long long)v);
}

json_t *option_to_json(const Option *o, const void *target)
{
    const void *p = field_of(o, target);
    const char *text;
    int index;
    switch (o->type) {
    case OPT_TEXT:
    case OPT_PATH: text = *(char *const *)p; return text ? json_string(text) : json_null();
    case OPT_CHOICE: memcpy(&index, p, sizeof index); return choice_json(o->choices, index);
    case OPT_EITHER: return choice_json(o->choices, *(const bool *)p);
    case OPT_BOOL: return json_boolean(*(const bool *)p);
    case OPT_INT: return json_integer(*(const int *)p);
    case OPT_UINT64: return uint64_json(*(const uint64_t *)p);
    case OPT_REAL: return json_real(*(const double *)p);
    case OPT_INT_PAIR: return json_pack("[ii]", ((const int *)p)[0], ((const int *)p)[1]);
    case OPT_REAL_PAIR: return json_pack("[ff]", ((const double *)p)[0], ((const double *)p)[1]);
    case OPT_LIST:
    case OPT_PATHS: return list_json(p);
    case OPT_SIZE: return json_sprintf("%dx%d", ((const int *)p)[0], ((const int *)p)[1]);
    }
    return NULL;
}

void option_clear(const Option *o, void *target)
{
    void *p = (char *)target + o->offset;
    if (o->type == OPT_TEXT || o->type == OPT_PATH) {
        free(*(char **)p);
        *(char **)p = NULL;
    } else if (option_is_list(o))
        text_list_clear(p);
}
