/* The program as a person starts it: what it prints, where, and its exit code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/facet-test-XXXXXX";

/* What a start of facet left behind. */
typedef struct {
    int code;
    char out[1 << 17], err[1 << 14];
} Ran;

static void read_text(const char *name, char *text, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, size - 1, f)] = '\0';
    fclose(f);
}

/* Run a shell line in which $F is facet and $D the test's folder. */
static const Ran *run(const char *line)
{
    static Ran r;
    char command[2048];
    snprintf(command, sizeof command, "F='%s'; D='%s'; cd \"$D\"; { %s ; } >out 2>err </dev/null",
             getenv("FACET_BINARY"), folder, line);
    int status = system(command);
    r.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    read_text("out", r.out, sizeof r.out);
    read_text("err", r.err, sizeof r.err);
    return &r;
}

/* Run, and hold the exit code and the start of standard error against what is expected. */
static const Ran *fails(const char *line, int code, const char *part)
{
    const Ran *r = run(line);
    if (r->code != code || strncmp(r->err, "facet: ", 7) != 0 || !strstr(r->err, part))
        fail_msg("%s: exit code %d, \"%s\"; expected %d, \"%s\"", line, r->code, r->err, code, part);
    return r;
}

static void without_a_command_help_is_short_and_the_exit_code_2(void **state)
{
    (void)state;
    const Ran *r = run("\"$F\"");
    assert_int_equal(r->code, 2);
    assert_string_equal(r->out, "");
    assert_non_null(strstr(r->err, "usage: facet COMMAND"));
}

static void help_and_version_go_to_standard_output(void **state)
{
    (void)state;
    assert_string_equal(run("\"$F\" --version")->out, "facet " FACET_VERSION "\n");
    assert_int_equal(run("\"$F\" --help")->code, 0);
    for (const Command *c = commands; c->name; c++) {
        char line[64];
        snprintf(line, sizeof line, "\"$F\" %s --help", c->name);
        const Ran *r = run(line);
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
    fails("\"$F\" hepl", 2, "did you mean \"help\"?");
    fails("\"$F\" --input_image a.png", 2, "a command comes first");
    fails("\"$F\" help nonsense", 2, "unknown command");
    fails("\"$F\" help help --man --bash", 2, "one of");
    const Ran *r = fails("\"$F\" polygon", 2, "1 are needed");
    assert_int_equal(strcspn(r->err, "\n") + 1, strlen(r->err));
}

static void the_table_of_flags_in_docs_is_what_the_program_prints(void **state)
{
    (void)state;
    const Ran *r = run("\"$F\" help --markdown | cmp - \"$FACET_SOURCE/docs/flags.md\"");
    if (r->code)
        fail_msg("run: facet help --markdown > docs/flags.md");
}

static void completion_is_a_script_that_bash_accepts(void **state)
{
    (void)state;
    if (run("bash --version")->code)
        skip();
    const Ran *r = run(
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
    fails("\"$F\" help help >/dev/full", 1, "standard output");
}

static void a_mask_becomes_a_label(void **state)
{
    (void)state;
    Err err = { 0 };
    char path[256];
    /* An 8 x 8 gray BMP, rows from the bottom: a 4 x 4 square in the middle. */
    uint8_t bmp[54 + 1024 + 64] = {
        'B', 'M', [2] = 0x76, 4, [10] = 0x36, 4, [14] = 40, [18] = 8, [22] = 8, [26] = 1, [28] = 8
    };
    for (int i = 0; i < 256; i++)
        memset(bmp + 54 + 4 * i, i, 3);
    for (int y = 2; y < 6; y++)
        memset(bmp + 54 + 1024 + 8 * y + 2, 255, 4);
    snprintf(path, sizeof path, "%s/mask.bmp", folder);
    assert_true(file_write(path, bmp, sizeof bmp, &err));
    const Ran *r = run("\"$F\" polygon mask.bmp --class 3");
    assert_string_equal(r->out,
                        "3 0.250000 0.250000 0.250000 0.625000 0.625000 0.625000 0.625000 0.250000\n");
    fails("\"$F\" polygon nothing.png", 1, "nothing.png");
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
        const Ran *r = run(line);
        assert_int_equal(r->code, 0);
        assert_string_equal(r->out, cases[i].out);
    }
    fails("\"$F\" tokenize --model_path . text", 1, "there is no tokenizer here");
    fails("printf 'a\\377' | \"$F\" tokenize --model_path \"$FACET_FIXTURES/qwen/tokenizer\" -", 1,
          "not UTF-8 at byte 1");
    fails("\"$F\" tokenize text", 2, "--model_path");
    fails("\"$F\" tokenize --model_path .", 2, "1 are needed");
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
        cmocka_unit_test(without_a_command_help_is_short_and_the_exit_code_2),
        cmocka_unit_test(help_and_version_go_to_standard_output),
        cmocka_unit_test(a_wrong_command_line_is_exit_code_2_and_one_line),
        cmocka_unit_test(the_table_of_flags_in_docs_is_what_the_program_prints),
        cmocka_unit_test(completion_is_a_script_that_bash_accepts),
        cmocka_unit_test(a_full_disk_is_noticed),
        cmocka_unit_test(a_mask_becomes_a_label),
        cmocka_unit_test(a_text_becomes_a_json_array_of_token_numbers),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
