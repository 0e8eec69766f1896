/* The program as a person starts it: what it prints, where, and its exit code. */
#include "shell.h"

#include "cli/command.h"

#include <string.h>
#include <unistd.h>

static void without_a_command_help_is_short_and_the_exit_code_2(void **state)
{
    (void)state;
    const Shell *r = shell("\"$F\"");
    assert_int_equal(r->code, 2);
    assert_string_equal(r->out, "");
    assert_non_null(strstr(r->err, "usage: facet COMMAND"));
}

static void help_and_version_go_to_standard_output(void **state)
{
    (void)state;
    assert_string_equal(shell("\"$F\" --version")->out, "facet " FACET_VERSION "\n");
    assert_int_equal(shell("\"$F\" --help")->code, 0);
    for (const Command *c = commands; c->name; c++) {
        char line[64];
        snprintf(line, sizeof line, "\"$F\" %s --help", c->name);
        const Shell *r = shell("%s", line);
        assert_int_equal(r->code, 0);
        assert_string_equal(r->err, "");
        for (const Option *o = c->options; o->name; o++)
            assert_non_null(strstr(r->out, o->name));
        for (const char *text = r->out, *end; (end = strchr(text, '\n')); text = end + 1)
            assert_in_range(end - text, 0, 80);
    }
}

static void a_wrong_command_line_is_exit_code_2_and_one_line(void **state)
{
    (void)state;
    shell_fails(2, "did you mean \"help\"?", "\"$F\" hepl");
    shell_fails(2, "a command comes first", "\"$F\" --input_image a.png");
    shell_fails(2, "unknown command", "\"$F\" help nonsense");
    shell_fails(2, "one of", "\"$F\" help help --man --bash");
    const Shell *r = shell_fails(2, "1 are needed", "\"$F\" polygon");
    assert_int_equal(strcspn(r->err, "\n") + 1, strlen(r->err));
}

static void the_table_of_flags_in_docs_is_what_the_program_prints(void **state)
{
    (void)state;
    const Shell *r = shell("\"$F\" help --markdown | cmp - \"$FACET_SOURCE/docs/flags.md\"");
    if (r->code)
        fail_msg("run: facet help --markdown > docs/flags.md");
}

static void completion_is_a_script_that_bash_accepts(void **state)
{
    (void)state;
    if (shell("bash --version")->code)
        skip();
    const Shell *r = shell(
        "\"$F\" help --bash > c.sh && bash -n c.sh && bash -c '. ./c.sh; COMP_WORDS=(facet polygon --polygons \"\");"
        " COMP_CWORD=3; _facet; echo \"${COMPREPLY[@]}\"; COMP_WORDS=(facet polygon --cl); COMP_CWORD=2; _facet;"
        " echo \"${COMPREPLY[@]}\"'");
    assert_string_equal(r->out, "largest all\n--class\n");
}

static void a_full_disk_is_noticed(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK))
        skip();
    shell_fails(1, "standard output", "\"$F\" help help >/dev/full");
}

static void a_mask_becomes_a_label(void **state)
{
    (void)state;
    Err err = { 0 };
    /* An 8 x 8 gray BMP, rows from the bottom: a 4 x 4 square in the middle. */
    uint8_t bmp[54 + 1024 + 64] = {
        'B', 'M', [2] = 0x76, 4, [10] = 0x36, 4, [14] = 40, [18] = 8, [22] = 8, [26] = 1, [28] = 8
    };
    for (int i = 0; i < 256; i++)
        memset(bmp + 54 + 4 * i, i, 3);
    for (int y = 2; y < 6; y++)
        memset(bmp + 54 + 1024 + 8 * y + 2, 255, 4);
    assert_true(file_write(shell_path("mask.bmp"), bmp, sizeof bmp, &err));
    const Shell *r = shell("\"$F\" polygon mask.bmp --class 3");
    assert_string_equal(r->out,
                        "3 0.250000 0.250000 0.250000 0.625000 0.625000 0.625000 0.625000 0.250000\n");
    shell_fails(1, "nothing.png", "\"$F\" polygon nothing.png");
}

static void a_text_becomes_a_json_array_of_token_numbers(void **state)
{
    static const struct {
        const char *line, *out;
    } cases[] = {
        { "T 'Hello world'", "[39, 322, 75, 78, 265, 692]\n" },
        { "T ''", "[]\n" },
        { "printf 'a<|image_pad|>b' | T -", "[64, 768, 65]\n" },
        { "printf 'a\\000a' | T -", "[64, 188, 64]\n" },
        { "T -- --", "[12, 12]\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[512];
        snprintf(line, sizeof line,
                 "T() { \"$F\" tokenize --model_path \"$FACET_FIXTURES/qwen/tokenizer\" \"$@\"; }; %s",
                 cases[i].line);
        const Shell *r = shell("%s", line);
        assert_int_equal(r->code, 0);
        assert_string_equal(r->out, cases[i].out);
    }
    shell_fails(1, "there is no tokenizer here", "\"$F\" tokenize --model_path . text");
    shell_fails(1, "not UTF-8 at byte 1",
                "printf 'a\\377' | \"$F\" tokenize --model_path \"$FACET_FIXTURES/qwen/tokenizer\" -");
    shell_fails(2, "--model_path", "\"$F\" tokenize text");
    shell_fails(2, "1 are needed", "\"$F\" tokenize --model_path .");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shell_test(without_a_command_help_is_short_and_the_exit_code_2),
        shell_test(help_and_version_go_to_standard_output),
        shell_test(a_wrong_command_line_is_exit_code_2_and_one_line),
        shell_test(the_table_of_flags_in_docs_is_what_the_program_prints),
        shell_test(completion_is_a_script_that_bash_accepts),
        shell_test(a_full_disk_is_noticed),
        shell_test(a_mask_becomes_a_label),
        shell_test(a_text_becomes_a_json_array_of_token_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
