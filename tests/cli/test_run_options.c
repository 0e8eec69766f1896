/* The options of a run: the specification's flags and defaults, configuration files, continued executions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/run_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS_MAX = 32 };

typedef struct {
    RunOptions r;
    Options o;
    Err err;
} Parse;

/* Parse words separated by '|'; the caller clears p->r. */
static bool parse(Parse *p, const char *words)
{
    *p = (Parse){ 0 };
    char copy[2048], *argv[ARGS_MAX];
    int argc = 0;
    strcpy(copy, words);
    for (char *word = copy, *end; word && *words; word = end) {
        end = strchr(word, '|');
        if (end)
            *end++ = '\0';
        argv[argc++] = word;
    }
    return run_options_parse(&p->r, &p->o, argc, argv, &p->err);
}

#define NEW "--input_image|a.png|--object_name|mug"

static void accepted(const char *words)
{
    Parse p;
    if (!parse(&p, words))
        fail_msg("%s: %s", words, p.err.msg);
    run_options_clear(&p.r);
}

static void refused(const char *words, const char *part)
{
    Parse p;
    bool ok = parse(&p, words);
    run_options_clear(&p.r);
    if (ok)
        fail_msg("%s: was accepted", words);
    if (!strstr(p.err.msg, part))
        fail_msg("%s: \"%s\" does not say \"%s\"", words, p.err.msg, part);
}

static void the_defaults_are_those_of_the_specification(void **state)
{
    (void)state;
    RunOptions r = { 0 };
    Err err = { 0 };
    assert_true(run_options_defaults(&r, &err));
    const RunConfig *c = &r.run;
    assert_null(c->input_image);
    assert_string_equal(c->working_dir, "./executions");
    assert_int_equal(c->execution_mode, MODE_NEW);
    assert_int_equal(c->start_from_step, 1);
    assert_int_equal(c->num_prompts, 5);
    assert_int_equal(c->num_iterations, 3);
    assert_string_equal(c->system_prompt_file, "examples/prompts/system_qwen_edit.txt");
    assert_string_equal(c->project_info_file, "project_info.txt");
    assert_string_equal(c->model_path, "ovedrive/qwen-image-edit-4bit");
    assert_false(c->enable_qwen_augmentation);
    assert_string_equal(c->predefined_prompts_file, "examples/prompts/qwen_edit_augmentations.txt");
    assert_int_equal(c->qwen_augmentation_count, 1);
    assert_true(c->enable_annotation);
    assert_true(c->split_ratio == 0.8);
    assert_string_equal(c->sam_type, "vit_h");
    assert_false(c->enable_persam_training);
    assert_true(c->persam_lr == 1e-3);
    assert_int_equal(c->persam_epochs, 1000);
    assert_int_equal(c->persam_log_epoch, 200);
    assert_true(c->enable_cv_augmentation);
    assert_int_equal(c->cv_augmentation_count, 1);
    assert_true(c->bw_probability == 0.5 && c->saturation_probability == 0.7 &&
                c->contrast_probability == 0.5);
    assert_true(c->brightness_probability == 0.3 && c->motion_blur_probability == 0.8 &&
                c->compression_noise_probability == 1);
    assert_true(c->saturation_range[0] == 0.1 && c->saturation_range[1] == 2.5);
    assert_true(c->contrast_range[0] == 0.2 && c->contrast_range[1] == 0.8);
    assert_true(c->brightness_range[0] == 0.4 && c->brightness_range[1] == 1.5);
    assert_true(c->motion_blur_range[0] == 20 && c->motion_blur_range[1] == 55);
    assert_true(c->compression_iterations_range[0] == 10 && c->compression_iterations_range[1] == 30);
    assert_true(c->compression_quality_range[0] == 10 && c->compression_quality_range[1] == 40);
    assert_int_equal(c->max_retries, 3);
    assert_int_equal(c->width, 1024);
    assert_int_equal(c->height, 1024);
    assert_string_equal(c->editor, "auto");
    run_options_clear(&r);
}

static void the_example_of_the_specification_is_understood(void **state)
{
    (void)state;
    Parse p;
    assert_true(parse(
        &p,
        "--input_image|./examples/pikachu_bag.jpg|--input_mask|./examples/pikachu_bag_mask.png|"
        "--project_info_file|examples/prompts/project_pikachu.txt|--object_name|pikachu bag|--num_prompts|10|"
        "--num_iterations|1|--working_dir|./datasets/my_product|--enable_annotation|"
        "--enable_qwen_augmentation|--qwen_augmentation_count|2"));
    assert_true(p.r.run.enable_qwen_augmentation && p.r.run.project_info_file_given);
    assert_false(p.r.run.system_prompt_file_given || p.r.run.start_from_step_given);
    run_options_clear(&p.r);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    refused("", "--input_image is missing");
    refused("--input_image|a.png", "--object_name is missing");
    refused("--input_image|a.png|--object_name|   ", "blank");
    refused("--input_image|a.png|--object_name|red\nmug", "control character");
    refused(NEW "|--bw_probability|1.01", "--bw_probability \"1.01\": give a number from 0 to 1");
    refused(NEW "|--bw_probability|-0.1", "--bw_probability");
    refused(NEW "|--split_ratio|nan", "--split_ratio");
    refused(NEW "|--contrast_range|0.8|0.2", "lower one first");
    refused(NEW "|--compression_quality_range|0|40", "from 1 to 100");
    refused(NEW "|--motion_blur_range|20|100000", "--motion_blur_range");
    refused(NEW "|--num_prompts|0", "--num_prompts");
    refused(NEW "|--num_prompts|2147483648", "--num_prompts");
    refused(NEW "|--persam_lr|0", "--persam_lr");
    refused(NEW "|--start_from_step|8", "from 1 to 7");
    refused(NEW "|--start_from_step|4", "begins at step 1");
    refused(NEW "|--retry_failed", "nothing to retry");
    refused(NEW "|--retry-failed-qwen-augmentations", "nothing to retry");
    refused(NEW "|--execution_mode|by_name", "--execution_name");
    refused(NEW "|--execution_mode|next", "new, last or by_name");
    refused(NEW "|--perspective_generator|zero124", "zero123");
    refused(NEW "|--resolution|8192", "--resolution");
    refused("--objct_name|x", "did you mean --object_name?");
}

static void the_ends_of_the_ranges_are_accepted(void **state)
{
    (void)state;
    accepted(NEW "|--split_ratio|0");
    accepted(NEW "|--split_ratio|1");
    accepted(NEW "|--bw_probability|0|--contrast_range|1|1|--max_retries|0");
    accepted("--input_image|a.png|--object_name|a/b \"ü\" '\xe7\x9b\xae' %s #: {");
    accepted(NEW "|--execution_name|my_run");
    accepted(NEW "|--no_enable_annotation|--no-enable-cv-augmentation|--sam_type|vit_t");
}

static void a_step_is_switched_off_by_its_short_name_too(void **state)
{
    (void)state;
    Parse p;
    assert_true(parse(
        &p, NEW "|--no_annotation|--no-cv-augmentation|--enable_qwen_augmentation|--no-qwen-augmentation"));
    assert_false(p.r.run.enable_annotation || p.r.run.enable_cv_augmentation ||
                 p.r.run.enable_qwen_augmentation);
    run_options_clear(&p.r);
    refused(NEW "|--no_num_prompts", "unknown option --no_num_prompts");
}

/* --- configuration files ----------------------------------------------------------------------- */

static char folder[] = "/tmp/facet-test-XXXXXX";

/* Write a configuration file and parse with it. */
static bool parse_file(Parse *p, const char *name, const char *text, size_t size, const char *more)
{
    Err err = { 0 };
    char *path = path_join(folder, name);
    assert_true(file_write(path, text, size, &err));
    char words[512];
    snprintf(words, sizeof words, "--config|%s%s%s", path, *more ? "|" : "", more);
    free(path);
    return parse(p, words);
}

static void a_file_of_options_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
    } files[] = {
        { "a.yaml",
          "# my mug\ninput_image: a.png\nobject-name: 'red mug'\nnum_prompts: 7\ncontrast_range: [0.1, 0.9]\n"
          "enable_qwen_augmentation: yes\nviews:\n  - front view\n  - back view\ninput_mask:\nseed: 18446744073709551615\n"
          "resolution: 512x256\nmotion_blur_range:\n- 3\n- 5\n" },
        { "a.json",
          "{\"input_image\": \"a.png\", \"object_name\": \"red mug\", \"num_prompts\": 7, \"contrast_range\": [0.1, 0.9],"
          "\"enable_qwen_augmentation\": true, \"views\": [\"front view\", \"back view\"], \"input_mask\": null,"
          "\"seed\": \"18446744073709551615\", \"resolution\": [512, 256], \"motion_blur_range\": [3, 5]}" },
    };
    for (size_t i = 0; i < 2; i++) {
        Parse p;
        if (!parse_file(&p, files[i].name, files[i].text, strlen(files[i].text), "--seed|5"))
            fail_msg("%s", p.err.msg);
        const RunConfig *c = &p.r.run;
        assert_string_equal(c->object_name, "red mug");
        assert_int_equal(c->num_prompts, 7);
        assert_true(c->contrast_range[0] == 0.1 && c->contrast_range[1] == 0.9);
        assert_true(c->enable_qwen_augmentation);
        assert_int_equal(c->views.count, 2);
        assert_null(c->input_mask);
        assert_int_equal(c->seed, 5);
        assert_int_equal(c->width, 512);
        assert_int_equal(c->height, 256);
        assert_int_equal(c->motion_blur_range[0], 3);
        run_options_clear(&p.r);
    }
}

static void a_hostile_file_is_refused_in_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } files[] = {
        { "num_prompts: 1\n\tseed: 2\n", "a.yaml" },
        { "num_prompts: 1\nnum_prompts: 2\n", "a.yaml:2: num_prompts is there twice" },
        { "object_name: &a [x, x]\nviews: *a\n", "aliases" },
        { "seed: &a 1\n", "anchors" },
        { "views: [*a, *a]\n", "deeper" },
        { "views: [[[[[a]]]]]\n", "deeper" },
        { "a: &a [lol]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\n", "a.yaml" },
        { "num_prompts: {a: 1}\n", "a.yaml:1: a value is one word" },
        { "num_prompts: [1, 2]\n", "a.yaml: num_prompts" },
        { "num_prompts: many\n", "a.yaml: num_prompts \"many\": give a whole number" },
        { "num_promts: 1\n", "a.yaml: unknown option num_promts; did you mean num_prompts?" },
        { "- 1\n- 2\n", "name: value" },
        { "just a text\n", "name: value" },
        { "seed: 1\n---\nseed: 2\n", "one document" },
        { "? [a, b]\n: 1\n", "a name is one word" },
        { "seed: !!int 1\n", "tags" },
        { "\"seed: 1\n", "a.yaml" },
        { "seed: 1\n  broken: [\n", "a.yaml" },
        { "config: b.yaml\n", "cannot name another" },
        { "object_name: \"\\0\"\n", "not UTF-8" },
        { "{\"seed\": 1, \"seed\": 2}", "duplicate" },
        { "{\"seed\": 1", "a.yaml:1" },
        { "{\"seed\": 99999999999999999999}", "a.yaml:1" },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        Parse p;
        bool ok = parse_file(&p, "a.yaml", files[i].text, strlen(files[i].text), NEW);
        run_options_clear(&p.r);
        if (ok)
            fail_msg("%s: was accepted", files[i].text);
        assert_null(strchr(p.err.msg, '\n'));
        if (!strstr(p.err.msg, files[i].part))
            fail_msg("%s: \"%s\" does not say \"%s\"", files[i].text, p.err.msg, files[i].part);
    }
    refused("--config|/nonexistent/a.yaml", "/nonexistent/a.yaml");
}

static void a_huge_or_deep_file_is_refused(void **state)
{
    (void)state;
    Str deep = { 0 }, huge = { 0 };
    str_add(&deep, "views: ");
    for (int i = 0; i < 100000; i++)
        str_add_char(&deep, '[');
    while (huge.len < (1 << 20) + 1)
        str_add(&huge, "# nothing\n");
    Parse p;
    assert_false(parse_file(&p, "deep.yaml", deep.s, deep.len, NEW));
    run_options_clear(&p.r);
    assert_false(parse_file(&p, "huge.yaml", huge.s, huge.len, NEW));
    assert_non_null(strstr(p.err.msg, "huge.yaml"));
    run_options_clear(&p.r);
    deep.s[0] = '{';
    memset(deep.s + 1, '[', 6);
    assert_false(parse_file(&p, "deep.json", deep.s, deep.len, NEW));
    run_options_clear(&p.r);
    str_clear(&deep);
    str_clear(&huge);
}

static void the_record_of_another_run_is_a_file_of_options(void **state)
{
    (void)state;
    Parse p, q;
    assert_true(parse(&p, NEW "|--num_prompts|8|--seed|18446744073709551615|--views|back"));
    json_t *record = options_to_json(&p.o);
    json_object_set_new(record, "facet", json_pack("{s:s}", "version", "9.9"));
    char *text = json_dumps(record, 0);
    assert_true(parse_file(&q, "run_config.json", text, strlen(text), ""));
    assert_int_equal(q.r.run.num_prompts, 8);
    assert_true(q.r.run.seed == UINT64_MAX);
    assert_string_equal(q.r.run.views.text[0], "back");
    free(text);
    json_decref(record);
    run_options_clear(&p.r);
    run_options_clear(&q.r);
}

static void an_empty_file_changes_nothing(void **state)
{
    (void)state;
    Parse p;
    assert_true(parse_file(&p, "a.yaml", "# nothing\n", 10, NEW));
    run_options_clear(&p.r);
    assert_true(parse_file(&p, "a.yaml", "", 0, NEW));
    run_options_clear(&p.r);
}

/* --- continued executions ---------------------------------------------------------------------- */

static void write_text(const char *name, const char *text)
{
    Err err = { 0 };
    char *path = path_join(folder, name);
    assert_true(file_write(path, text, strlen(text), &err));
    free(path);
}

static void a_continued_execution_remembers_its_options(void **state)
{
    (void)state;
    Err err = { 0 };
    char *run = path_join(folder, "run_1"), words[512];
    assert_true(folder_make(run, &err));
    free(run);
    write_text("run_1/pipeline_state.json", "{}");
    Parse p;
    snprintf(words, sizeof words, "--working_dir|%s|--execution_mode|last", folder);
    assert_true(parse(&p, words)); /* as the Python original left it: no record */
    assert_null(p.r.run.object_name);
    run_options_clear(&p.r);

    write_text("run_1/run_config.json",
               "{\"object_name\": \"mug\", \"num_prompts\": 9, \"seed\": 4, \"retry_failed\": true,"
               "\"start_from_step\": 3, \"version\": \"9.9\", \"num_iterations\": 3}");
    write_text("over.yaml", "seed: 6\n");
    snprintf(
        words, sizeof words,
        "--working_dir|%s|--execution_mode|by_name|--execution_name|run_1|--num_prompts|2|--config|%s/over.yaml",
        folder, folder);
    if (!parse(&p, words))
        fail_msg("%s", p.err.msg);
    assert_string_equal(p.r.run.object_name, "mug");
    assert_int_equal(p.r.run.num_prompts, 2);
    assert_int_equal(p.r.run.seed, 6);
    assert_false(p.r.run.retry_failed);
    assert_int_equal(p.r.run.start_from_step, 1);
    assert_false(p.r.run.start_from_step_given);
    run_options_clear(&p.r);

    snprintf(words, sizeof words,
             "--working_dir|%s|--execution_mode|last|--retry_failed|--retry_failed_qwen_augmentations",
             folder);
    refused(words, "one at a time");
    snprintf(words, sizeof words, "--working_dir|%s|--execution_mode|last|--execution_name|run_1", folder);
    refused(words, "by_name");
    snprintf(words, sizeof words, "--working_dir|%s|--execution_mode|by_name|--execution_name|run_2", folder);
    refused(words, "run_1");
    snprintf(words, sizeof words, "--working_dir|%s|--execution_mode|last|--start_from_step|4", folder);
    accepted(words);
    write_text("run_1/run_config.json", "{\"num_prompts\": \"many\"}");
    refused(words, "run_1/run_config.json: num_prompts");
    write_text("run_1/run_config.json", "nonsense");
    refused(words, "run_1/run_config.json");
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    Err err = { 0 };
    return folder_remove(folder, &err) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_those_of_the_specification),
        cmocka_unit_test(the_example_of_the_specification_is_understood),
        cmocka_unit_test(what_cannot_be_is_refused_by_name),
        cmocka_unit_test(a_step_is_switched_off_by_its_short_name_too),
        cmocka_unit_test(the_ends_of_the_ranges_are_accepted),
        cmocka_unit_test(a_file_of_options_is_read),
        cmocka_unit_test(a_hostile_file_is_refused_in_one_line),
        cmocka_unit_test(a_huge_or_deep_file_is_refused),
        cmocka_unit_test(the_record_of_another_run_is_a_file_of_options),
        cmocka_unit_test(an_empty_file_changes_nothing),
        cmocka_unit_test(a_continued_execution_remembers_its_options),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
