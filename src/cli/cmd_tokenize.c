/* cmd_tokenize.c: facet tokenize. */
#include "cli/cmd.h"

#include "cli/command.h"
#include "text/qwen_tokenizer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    char *model_path;
} TokenizeOptions;

#define AT(field) offsetof(TokenizeOptions, field)

/* clang-format off */
const Option cmd_tokenize_options[] = {
    { .group = "Options", .name = "model_path", .type = OPT_PATH, .offset = AT(model_path), .required = true, .value = "DIR",
      .help = "Folder of the model, or of its tokenizer" },
    { .name = NULL },
};
/* clang-format on */

/* All of standard input, or as much as shows that it is too long. */
static bool read_input(Str *text, Err *err)
{
    char buffer[1 << 16];
    size_t n;
    while (text->len <= QWEN_TEXT_MAX && (n = fread(buffer, 1, sizeof buffer, stdin)) > 0)
        str_add_n(text, buffer, n);
    if (ferror(stdin))
        return err_set_errno(err, errno, "standard input cannot be read");
    return !text->failed || err_set(err, ERR_NOMEM, "standard input: no memory");
}

static bool tokenize(const void *options, CommandWork *work, Err *err)
{
    const TokenizeOptions *o = options;
    const char *word = work->words.text[0];
    QwenTokenizer *t = NULL;
    TokenIds ids = { 0 };
    Str text = { 0 };
    bool ok = strcmp(word, "-") != 0 || read_input(&text, err);
    if (ok && strcmp(word, "-") != 0)
        str_add(&text, word);
    ok = ok && qwen_tokenizer_load(&t, o->model_path, err) &&
         qwen_tokenizer_encode(t, str_text(&text), text.len, &ids, err);
    str_add(&work->out, "[");
    for (size_t i = 0; i < ids.count; i++)
        str_printf(&work->out, i ? ", %" PRId32 : "%" PRId32, ids.id[i]);
    str_add(&work->out, "]\n");
    token_ids_clear(&ids);
    qwen_tokenizer_free(t);
    str_clear(&text);
    return ok;
}

int cmd_tokenize(int argc, char *const *argv)
{
    TokenizeOptions o = { 0 };
    return command_act("tokenize", &o, 1, tokenize, argc, argv);
}
