/* Megabytes of text a second that become token numbers, on one thread: tokenizer [MODEL_FOLDER]. Without a folder the
 * vocabulary is made here, of the size of Qwen2's (151,643) from invented words, as vocab.json and merges.txt; with one it
 * is the model's. The texts are invented too: plain text whose words are as frequent as in a language, the same in
 * Chinese characters, words that are all different, and one word of megabytes. */
#include "base/clock.h"
#include "base/rng.h"
#include "text/byte_alphabet.h"
#include "text/qwen_tokenizer.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 60000, VOCABULARY = 151643, TEXT = 8 << 20, REPEATS = 3 };

/* ---- invented text ---------------------------------------------------------------------------------- */

/* A word of 1 to 5 syllables, 2 to 15 letters. */
static void invent_word(Rng *r, char out[24])
{
    static const char *const onset[] = { "b", "c", "d", "f",  "g",  "h",  "l",  "m",  "n", "p",
                                         "r", "s", "t", "st", "th", "tr", "pr", "ch", "w", "" };
    static const char *const rhyme[] = { "a",  "e",  "i",  "o",  "u",  "er",  "in",
                                         "on", "an", "al", "ea", "ou", "ing", "ed" };
    size_t syllables = 1 + rng_index(r, 3) + rng_index(r, 3);
    *out = '\0';
    for (size_t i = 0; i < syllables && strlen(out) < 16; i++) {
        strcat(out, onset[rng_index(r, sizeof onset / sizeof *onset)]);
        strcat(out, rhyme[rng_index(r, sizeof rhyme / sizeof *rhyme)]);
    }
}

/* A place in a list of n in which place k is as frequent as 1 / k (Zipf). */
static size_t frequent(Rng *r, size_t n)
{
    return (size_t)exp(rng_range(r, 0, (float)log((double)n))) - 1;
}

static void add_plain_text(Str *s, Rng *r, char (*word)[24])
{
    while (s->len < TEXT) {
        char w[24];
        strcpy(w, word[frequent(r, WORDS)]);
        if (rng_index(r, 12) == 0)
            w[0] = (char)(w[0] >= 'a' && w[0] <= 'z' ? w[0] - 32 : w[0]);
        str_add(s, w);
        switch (rng_index(r, 40)) {
        case 0: str_add(s, ".\n\n"); break;
        case 1: str_add(s, ". "); break;
        case 2:
        case 3: str_add(s, ", "); break;
        case 4: str_printf(s, " %zu ", rng_index(r, 2000)); break;
        case 5: str_add(s, "'s "); break;
        default: str_add_char(s, ' ');
        }
    }
}

static void add_chinese_text(Str *s, Rng *r)
{
    while (s->len < TEXT) {
        unsigned c = 0x4e00 + (unsigned)frequent(r, 4000);
        char bytes[] = { (char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)) };
        str_add_n(s, bytes, 3);
        if (rng_index(r, 12) == 0)
            str_add(s, rng_index(r, 3) ? "\uff0c" : "\u3002\n");
    }
}

static void add_rare_words(Str *s, Rng *r)
{
    while (s->len < TEXT) {
        for (size_t n = 4 + rng_index(r, 8); n; n--)
            str_add_char(s, (char)('a' + rng_index(r, 26)));
        str_add_char(s, ' ');
    }
}

/* ---- a vocabulary of their words -------------------------------------------------------------------- */

static json_t *byte_tokens(void)
{
    json_t *vocab = json_object();
    for (int b = 0; b < 256; b++) {
        char name[3];
        byte_alphabet_encode((uint8_t)b, name);
        json_object_set_new(vocab, name, json_integer(b));
    }
    return vocab;
}

/* Make a word one token, letter by letter from its `first` bytes on. */
static void add_word(json_t *vocab, Str *merges, const char *word, size_t first)
{
    for (size_t n = first + 1; n <= strlen(word) && json_object_size(vocab) < VOCABULARY; n++) {
        char part[32];
        memcpy(part, word, n);
        part[n] = '\0';
        if (json_object_get(vocab, part))
            continue;
        json_object_set_new(vocab, part, json_integer((json_int_t)json_object_size(vocab)));
        str_printf(merges, "%.*s %c\n", (int)n - 1, part, part[n - 1]);
    }
}

/* Words as they stand behind a space, of which one in ten stands alone too, until the vocabulary is full. */
static void add_words(json_t *vocab, Str *merges, char (*word)[24])
{
    for (size_t i = 0; i < WORDS; i++) {
        char spaced[32] = "\xc4\xa0";
        add_word(vocab, merges, strcat(spaced, word[i]), 2);
        if (i % 10 == 0)
            add_word(vocab, merges, word[i], 1);
    }
}

static bool make_tokenizer(QwenTokenizer **t, char (*word)[24], Err *err)
{
    json_t *vocab = byte_tokens();
    Str merges = { 0 };
    str_add(&merges, "#version: 0.2\n");
    add_words(vocab, &merges, word);
    char *json = json_dumps(vocab, 0);
    QwenTokenizerFiles f = {
        .vocab = json, .vocab_size = strlen(json), .merges = merges.s, .merges_size = merges.len
    };
    double begin = clock_ms();
    bool ok = qwen_tokenizer_parse(t, &f, err);
    printf("%-28s %7.0f ms, %zu tokens\n", "loading", clock_ms() - begin, ok ? qwen_tokenizer_size(*t) : 0);
    free(json);
    str_clear(&merges);
    json_decref(vocab);
    return ok;
}

/* ---- measuring -------------------------------------------------------------------------------------- */

static bool measure(const QwenTokenizer *t, const char *name, const Str *text, double wanted, Err *err)
{
    double best = 1e9;
    size_t tokens = 0;
    for (int i = 0; i < REPEATS; i++) {
        TokenIds ids = { 0 };
        double begin = clock_ms();
        if (!qwen_tokenizer_encode(t, str_text(text), text->len, &ids, err))
            return false;
        double ms = clock_ms() - begin;
        best = ms < best ? ms : best;
        tokens = ids.count;
        token_ids_clear(&ids);
    }
    double rate = (double)text->len / 1e3 / best;
    printf("%-28s %7.1f MB/s, %.2f bytes a token", name, rate, (double)text->len / (double)tokens);
    printf(wanted > 0 ? " (wanted: %.0f)\n" : "\n", wanted);
    return rate >= wanted || err_set(err, ERR_STATE, "%s is slower than %.0f MB/s", name, wanted);
}

int main(int argc, char **argv)
{
    static char word[WORDS][24];
    QwenTokenizer *t = NULL;
    Str text[4] = { { 0 } };
    Err err = { 0 };
    Rng r;
    rng_init(&r, 1);
    for (size_t i = 0; i < WORDS; i++)
        invent_word(&r, word[i]);
    add_plain_text(&text[0], &r, word);
    add_chinese_text(&text[1], &r);
    add_rare_words(&text[2], &r);
    while (text[3].len < TEXT)
        str_add(&text[3], word[frequent(&r, WORDS)]);
    bool ok = argc > 1 ? qwen_tokenizer_load(&t, argv[1], &err) : make_tokenizer(&t, word, &err);
    ok = ok && measure(t, "plain text", &text[0], 5, &err) && measure(t, "Chinese text", &text[1], 0, &err) &&
         measure(t, "words that are all different", &text[2], 0, &err) &&
         measure(t, "one word of 8 MB", &text[3], 0, &err);
    if (!ok)
        fprintf(stderr, "%s\n", err.msg);
    for (size_t i = 0; i < 4; i++)
        str_clear(&text[i]);
    qwen_tokenizer_free(t);
    return ok ? 0 : 1;
}
