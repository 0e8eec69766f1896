/* The option parser: every type, from the command line, from JSON, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/options.h"
#include "cli/suggest.h"

#include <string.h>

typedef enum { COLOR_RED, COLOR_GREEN } Color;

typedef struct {
    char *object_name, *file, *kind;
    Color color;
    bool all, quiet;
    int count;
    uint64_t seed;
    double rate;
    int passes[2];
    double range[2];
    TextList views;
    int size[2];
} Target;

#define AT(field) offsetof(Target, field)

static const Option table[] = {
    { .name = "object_name", .type = OPT_TEXT, .offset = AT(object_name), .max = 20, .help = "Its name" },
    { .name = "file", .type = OPT_PATH, .offset = AT(file), .required = true, .help = "A file" },
    { .name = "kind",
      .type = OPT_TEXT,
      .offset = AT(kind),
      .fallback = "b",
      .choices = "a|b|c",
      .help = "A kind" },
    { .name = "color",
      .type = OPT_CHOICE,
      .offset = AT(color),
      .fallback = "green",
      .choices = "red|green",
      .help = "" },
    { .name = "parts",
      .type = OPT_EITHER,
      .offset = AT(all),
      .fallback = "largest",
      .choices = "largest|all",
      .help = "" },
    { .name = "quiet", .type = OPT_BOOL, .offset = AT(quiet), .transient = true, .help = "" },
    { .name = "count",
      .type = OPT_INT,
      .offset = AT(count),
      .fallback = "5",
      .min = -10,
      .max = 1000,
      .help = "" },
    { .name = "seed", .type = OPT_UINT64, .offset = AT(seed), .fallback = "0", .help = "" },
    { .name = "rate",
      .type = OPT_REAL,
      .offset = AT(rate),
      .fallback = "1e-3",
      .min = -1,
      .max = 1,
      .help = "" },
    { .name = "passes",
      .type = OPT_INT_PAIR,
      .offset = AT(passes),
      .fallback = "10,30",
      .min = 1,
      .max = 100,
      .help = "" },
    { .name = "contrast_range",
      .type = OPT_REAL_PAIR,
      .offset = AT(range),
      .fallback = "0.2,0.8",
      .min = -5,
      .max = 5,
      .help = "" },
    { .name = "views", .type = OPT_LIST, .offset = AT(views), .help = "" },
    { .name = "resolution",
      .type = OPT_SIZE,
      .offset = AT(size),
      .fallback = "1024",
      .min = 64,
      .max = 4096,
      .help = "" },
    { .name = NULL },
};

enum { ARGS_MAX = 32 };

/* Parse words separated by '|' into *t, which the caller clears. */
static bool parse_with(Options *o, Target *t, const char *words, TextList *rest, Err *err)
{
    *t = (Target){ 0 };
    *err = (Err){ 0 };
    char copy[512], *argv[ARGS_MAX];
    int argc = 0;
    strcpy(copy, words);
    for (char *word = copy, *end; word && *words; word = end) {
        end = strchr(word, '|');
        if (end)
            *end++ = '\0';
        argv[argc++] = word;
    }
    assert_true(options_begin(o, table, t, err));
    return options_parse(o, argc, argv, rest, err);
}

static Target parsed(const char *words)
{
    Options o;
    Target t;
    Err err;
    if (!parse_with(&o, &t, words, NULL, &err))
        fail_msg("%s: %s", words, err.msg);
    return t;
}

/* Parse words that must be refused with a message that has `part` in it. */
static void refused(const char *words, const char *part)
{
    Options o;
    Target t;
    Err err;
    bool ok = parse_with(&o, &t, words, NULL, &err);
    options_clear(table, &t);
    if (ok)
        fail_msg("%s: was accepted", words);
    assert_int_equal(err.kind, ERR_USAGE);
    if (!strstr(err.msg, part))
        fail_msg("%s: \"%s\" does not say \"%s\"", words, err.msg, part);
}

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    Target t = parsed("");
    assert_null(t.object_name);
    assert_string_equal(t.kind, "b");
    assert_int_equal(t.color, COLOR_GREEN);
    assert_false(t.all);
    assert_int_equal(t.count, 5);
    assert_true(t.rate == 1e-3);
    assert_int_equal(t.passes[1], 30);
    assert_true(t.range[0] == 0.2 && t.range[1] == 0.8);
    assert_int_equal(t.size[1], 1024);
    options_clear(table, &t);
    assert_null(t.kind);
}

static void every_way_to_write_an_option_means_the_same(void **state)
{
    (void)state;
    static const char *const ways[] = { "--object_name|red mug", "--object-name|red mug",
                                        "--object_name=red mug", "--object-name=red mug",
                                        "--object_name|first|--object-name=red mug" };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        Target t = parsed(ways[i]);
        assert_string_equal(t.object_name, "red mug");
        options_clear(table, &t);
    }
}

static void a_switch_is_turned_on_and_off(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        bool on;
    } cases[] = {
        { "--quiet", true },
        { "--no_quiet", false },
        { "--quiet|--no-quiet", false },
        { "--quiet=yes", true },
        { "--quiet=off", false },
        { "--quiet=0", false },
        { "--quiet|false", false },
        { "--quiet|true", true },
        { "--quiet|--seed|1", true },
        { "--no_quiet|--quiet=1", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Target t = parsed(cases[i].words);
        assert_int_equal(t.quiet, cases[i].on);
        options_clear(table, &t);
    }
    refused("--quiet=maybe", "true or false");
    refused("--no_quiet=1", "takes no value");
    refused("--no_count", "unknown option --no_count");
}

static void pairs_come_as_two_arguments_or_one(void **state)
{
    (void)state;
    static const char *const ways[] = { "--contrast_range|-0.5|0.75", "--contrast-range|-0.5,0.75",
                                        "--contrast_range=-0.5,0.75", "--contrast_range=-0.5|0.75",
                                        "--contrast_range|-.5 7.5e-1" };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        Target t = parsed(ways[i]);
        assert_true(t.range[0] == -0.5 && t.range[1] == 0.75);
        options_clear(table, &t);
    }
    refused("--contrast_range|0.8|0.2", "\"0.8 0.2\": give two numbers from -5 to 5, the lower one first");
    refused("--passes|30,10", "the lower one first");
    refused("--passes|1|2.5", "whole");
    refused("--passes|1", "needs a value");
    refused("--passes|1|--quiet", "needs a value");
    refused("--passes|1,2,3", "--passes");
    refused("--passes|1,", "--passes");
}

static void numbers_are_whole_words_within_limits(void **state)
{
    (void)state;
    Target t = parsed("--count|-3|--rate|-1|--seed|18446744073709551615");
    assert_int_equal(t.count, -3);
    assert_true(t.rate == -1);
    assert_true(t.seed == UINT64_MAX);
    options_clear(table, &t);
    refused("--count|1001", "--count \"1001\": give a whole number from -10 to 1000");
    refused("--count|99999999999999999999999", "--count");
    refused("--count|4294967297", "--count");
    refused("--count|1.0", "--count");
    refused("--count|0x10", "--count");
    refused("--count| 5", "--count");
    refused("--count|5 ", "--count");
    refused("--count|-", "--count");
    refused("--count=", "--count");
    refused("--rate|nan", "a number from -1 to 1");
    refused("--rate|-inf", "--rate");
    refused("--rate|1e999", "--rate");
    refused("--rate|0x1p-1", "--rate");
    refused("--rate|1e", "--rate");
    refused("--seed|-1", "--seed");
    refused("--seed|18446744073709551616", "--seed");
}

static void sizes_are_one_number_or_two(void **state)
{
    (void)state;
    Target t = parsed("--resolution|512x768");
    assert_int_equal(t.size[0], 512);
    assert_int_equal(t.size[1], 768);
    options_clear(table, &t);
    refused("--resolution|63", "from 64 to 4096");
    refused("--resolution|512x", "--resolution");
    refused("--resolution|512x512x512", "--resolution");
    refused("--resolution|4097x64", "--resolution");
    refused("--resolution|00000000000000000000000000000000000000000000512", "--resolution");
}

static void choices_are_taken_by_their_exact_word(void **state)
{
    (void)state;
    Target t = parsed("--color|red|--kind|c|--parts|all");
    assert_int_equal(t.color, COLOR_RED);
    assert_string_equal(t.kind, "c");
    assert_true(t.all);
    options_clear(table, &t);
    refused("--kind|d", "--kind \"d\": give a, b or c");
    refused("--color|re", "red or green");
    refused("--color|red|--color=", "red or green");
    refused("--parts|Largest", "largest or all");
}

static void texts_are_utf8_of_a_bounded_length(void **state)
{
    (void)state;
    Target t = parsed("--object_name|\"Ü/\\\xf0\x9f\x8e\x92\"");
    assert_string_equal(t.object_name, "\"Ü/\\\xf0\x9f\x8e\x92\"");
    options_clear(table, &t);
    refused("--object_name|", "empty");
    refused("--object_name=", "empty");
    refused("--object_name|123456789012345678901", "too long");
    refused("--object_name|caf\xe9", "not UTF-8");
    refused("--object_name|\xed\xa0\x80", "not UTF-8");
    refused("--object_name|\xc0\xaf", "not UTF-8");
    refused("--object_name|\xf0\x9f\x8e", "not UTF-8");
    refused("--object_name|--quiet", "needs a value");
}

static void lists_grow_with_every_use(void **state)
{
    (void)state;
    Target t = parsed("--views|front view, left side view|--views=back");
    assert_int_equal(t.views.count, 3);
    assert_string_equal(t.views.text[0], "front view");
    assert_string_equal(t.views.text[1], "left side view");
    assert_string_equal(t.views.text[2], "back");
    options_clear(table, &t);
    refused("--views|a,,b", "empty");
}

static void a_mistyped_name_is_recognised(void **state)
{
    (void)state;
    refused("--objct_name|x", "unknown option --objct_name; did you mean --object_name?");
    refused("--object-nmae=x", "did you mean --object_name?");
    refused("--cuont|1", "did you mean --count?");
    refused("--zzzzzzzz", "--help lists");
    refused("-c|1", "two dashes");
    refused("red mug", "\"red mug\" stands alone");
    assert_int_equal(edit_distance("abcd", "acbd"), 1);
    assert_int_equal(edit_distance("", "abc"), 3);
    assert_int_equal(edit_distance("kitten", "sitting"), 3);
}

static void words_are_kept_where_they_are_welcome(void **state)
{
    (void)state;
    Options o;
    Target t;
    Err err;
    TextList rest = { 0 };
    assert_true(parse_with(&o, &t, "in.png|--quiet|true|-|--|--count|-5", &rest, &err));
    assert_true(t.quiet);
    assert_int_equal(t.count, 5);
    assert_int_equal(rest.count, 5);
    assert_string_equal(rest.text[1], "true");
    assert_string_equal(rest.text[3], "--count");
    text_list_clear(&rest);
    options_clear(table, &t);
}

static void help_ends_the_reading(void **state)
{
    (void)state;
    Options o;
    Target t;
    Err err;
    assert_true(parse_with(&o, &t, "--quiet|-h|--nonsense", NULL, &err));
    assert_true(o.help);
    options_clear(table, &t);
    assert_true(parse_with(&o, &t, "--help", NULL, &err));
    assert_true(o.help);
    options_clear(table, &t);
}

static void a_required_option_is_asked_for(void **state)
{
    (void)state;
    Options o;
    Target t;
    Err err;
    assert_true(parse_with(&o, &t, "--quiet", NULL, &err));
    assert_false(options_require(&o, &err));
    assert_non_null(strstr(err.msg, "--file is missing"));
    options_clear(table, &t);
    assert_true(parse_with(&o, &t, "--file|x", NULL, &err));
    assert_true(options_require(&o, &err));
    options_clear(table, &t);
}

/* Apply a JSON text behind a command line. */
static bool applied(Options *o, Target *t, const char *words, const char *json, OptionSource from, Err *err)
{
    assert_true(parse_with(o, t, words, NULL, err));
    json_t *values = json_loads(json, JSON_DECODE_ANY, NULL);
    assert_non_null(values);
    bool ok = options_apply_json(o, values, from, "my.yaml", err);
    json_decref(values);
    return ok;
}

static void the_command_line_wins_over_a_file(void **state)
{
    (void)state;
    Options o;
    Target t;
    Err err;
    assert_true(applied(
        &o, &t, "--count|7|--views|mine",
        "{\"count\": 1, \"rate\": 0.5, \"passes\": [2, 4], \"object-name\": \"mug\", \"views\": [\"a\", \"b\"],"
        " \"quiet\": true, \"color\": \"red\", \"resolution\": 256, \"seed\": \"18446744073709551615\","
        " \"contrast_range\": \"1 2\", \"file\": null, \"parts\": \"all\"}",
        FROM_CONFIG, &err));
    assert_int_equal(t.count, 7);
    assert_true(t.rate == 0.5);
    assert_int_equal(t.passes[1], 4);
    assert_string_equal(t.object_name, "mug");
    assert_int_equal(t.views.count, 1);
    assert_true(t.quiet && t.all);
    assert_int_equal(t.color, COLOR_RED);
    assert_int_equal(t.size[1], 256);
    assert_true(t.seed == UINT64_MAX);
    assert_true(t.range[1] == 2);
    assert_int_equal(options_from(&o, "count"), FROM_COMMAND_LINE);
    assert_int_equal(options_from(&o, "rate"), FROM_CONFIG);
    assert_int_equal(options_from(&o, "file"), FROM_DEFAULT);
    options_clear(table, &t);
}

static void a_wrong_value_in_a_file_names_the_file_and_the_key(void **state)
{
    (void)state;
    static const struct {
        const char *json, *part;
    } cases[] = {
        { "{\"count\": \"many\"}", "my.yaml: count \"many\": give a whole number" },
        { "{\"count\": 1.5}", "my.yaml: count" },
        { "{\"count\": 1e99}", "my.yaml: count" },
        { "{\"count\": [1]}", "my.yaml: count \"[1]\"" },
        { "{\"count\": {\"a\": 1}}", "my.yaml: count" },
        { "{\"passes\": [1]}", "my.yaml: passes" },
        { "{\"passes\": [3, 2]}", "lower one first" },
        { "{\"passes\": [1, [2]]}", "my.yaml: passes" },
        { "{\"object_name\": 5}", "my.yaml: object_name" },
        { "{\"object_name\": \"\"}", "empty" },
        { "{\"quiet\": 2}", "true or false" },
        { "{\"views\": {\"a\": 1}}", "my.yaml: views" },
        { "{\"views\": [[\"a\"]]}", "my.yaml: views" },
        { "{\"color\": true}", "red or green" },
        { "{\"cuont\": 1}", "my.yaml: unknown option cuont; did you mean count?" },
        { "[1, 2]", "no list of options" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Options o;
        Target t;
        Err err;
        assert_false(applied(&o, &t, "", cases[i].json, FROM_CONFIG, &err));
        assert_int_equal(err.kind, ERR_USAGE);
        if (!strstr(err.msg, cases[i].part))
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].json, err.msg, cases[i].part);
        options_clear(table, &t);
    }
}

static void a_record_gives_back_what_was_written(void **state)
{
    (void)state;
    Options o, again;
    Target t, u = { 0 };
    Err err;
    assert_true(parse_with(
        &o, &t,
        "--object_name|mug|--file|a.png|--quiet|--seed|18446744073709551615|--views|x,y|--rate|0.1|"
        "--passes|3|9|--resolution|64x128|--color|red",
        NULL, &err));
    json_t *record = options_to_json(&o);
    assert_null(json_object_get(record, "quiet"));
    assert_int_equal(json_string_value(json_object_get(record, "file"))[0], '/');
    json_object_set_new(record, "of_another_version", json_true());
    assert_true(options_begin(&again, table, &u, &err));
    assert_true(options_apply_json(&again, record, FROM_RECORD, "run_config.json", &err));
    assert_string_equal(u.object_name, "mug");
    assert_false(u.quiet);
    assert_true(u.seed == UINT64_MAX);
    assert_int_equal(u.views.count, 2);
    assert_true(u.rate == 0.1);
    assert_int_equal(u.passes[0], 3);
    assert_int_equal(u.size[1], 128);
    assert_int_equal(u.color, COLOR_RED);
    assert_int_equal(options_from(&again, "rate"), FROM_RECORD);
    assert_int_equal(options_from(&again, "count"), FROM_DEFAULT); /* recorded, but nobody had asked for it */
    json_decref(record);
    options_clear(table, &t);
    options_clear(table, &u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(every_way_to_write_an_option_means_the_same),
        cmocka_unit_test(a_switch_is_turned_on_and_off),
        cmocka_unit_test(pairs_come_as_two_arguments_or_one),
        cmocka_unit_test(numbers_are_whole_words_within_limits),
        cmocka_unit_test(sizes_are_one_number_or_two),
        cmocka_unit_test(choices_are_taken_by_their_exact_word),
        cmocka_unit_test(texts_are_utf8_of_a_bounded_length),
        cmocka_unit_test(lists_grow_with_every_use),
        cmocka_unit_test(a_mistyped_name_is_recognised),
        cmocka_unit_test(words_are_kept_where_they_are_welcome),
        cmocka_unit_test(help_ends_the_reading),
        cmocka_unit_test(a_required_option_is_asked_for),
        cmocka_unit_test(the_command_line_wins_over_a_file),
        cmocka_unit_test(a_wrong_value_in_a_file_names_the_file_and_the_key),
        cmocka_unit_test(a_record_gives_back_what_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
