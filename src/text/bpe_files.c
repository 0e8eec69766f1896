#include "text/bpe_files.h"

#include "base/str.h"
#include "text/byte_alphabet.h"

#include <stdlib.h>
#include <string.h>

/* ---- tokens ----------------------------------------------------------------------------------------- */

static bool read_vocabulary(Vocabulary *v, const json_t *vocab, Err *err)
{
    if (!json_is_object(vocab) || json_object_size(vocab) == 0)
        return err_set(err, ERR_INPUT, "it has no vocabulary");
    if (json_object_size(vocab) > VOCABULARY_MAX)
        return err_set(err, ERR_INPUT, "its vocabulary has %zu tokens, and %d is the most that facet reads",
                       json_object_size(vocab), VOCABULARY_MAX);
    Str bytes = { 0 };
    bool ok = true;
    const char *name;
    json_t *id;
    json_object_foreach((json_t *)vocab, name, id)
    {
        str_reset(&bytes);
        byte_alphabet_decode(&bytes, name, strlen(name));
        ok = ok && !bytes.failed &&
             (json_is_integer(id) || err_set(err, ERR_INPUT, "a token's number is no whole number")) &&
             vocabulary_add(v, json_integer_value(id), str_text(&bytes), bytes.len, err);
    }
    if (!ok && !err->kind)
        err_set(err, ERR_NOMEM, "no memory for the vocabulary");
    str_clear(&bytes);
    return ok;
}

/* The number of a token in the vocabulary, which was checked; -1 when there is none. */
static int32_t token_id(const json_t *vocab, const char *name)
{
    const json_t *id = json_object_get(vocab, name);
    return id ? (int32_t)json_integer_value(id) : -1;
}

/* ---- merges ----------------------------------------------------------------------------------------- */

typedef struct {
    const json_t *vocab;
    BpeMerge *merge;
    size_t count, room;
    Str name;
} Merges;

/* The number of the token whose name is two texts behind each other. False when memory runs out. */
static bool joined_id(Merges *m, const char *a, size_t a_size, const char *b, size_t b_size, int32_t *id)
{
    str_reset(&m->name);
    str_add_n(&m->name, a, a_size);
    str_add_n(&m->name, b, b_size);
    *id = m->name.failed ? -1 : token_id(m->vocab, m->name.s);
    return !m->name.failed;
}

/* Append what becomes of two tokens. `where` and `number` say which it is: "line 7", "merge 7". */
static bool add_merge(Merges *m, const char *left, size_t left_size, const char *right, size_t right_size,
                      const char *where, size_t number, Err *err)
{
    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 1024;
        BpeMerge *grown = realloc(m->merge, room * sizeof *grown);
        if (!grown)
            return err_set(err, ERR_NOMEM, "no memory for the merges");
        m->merge = grown;
        m->room = room;
    }
    BpeMerge merge;
    if (!joined_id(m, left, left_size, "", 0, &merge.left) ||
        !joined_id(m, right, right_size, "", 0, &merge.right) ||
        !joined_id(m, left, left_size, right, right_size, &merge.into))
        return err_set(err, ERR_NOMEM, "no memory for the merges");
    if (merge.left < 0 || merge.right < 0 || merge.into < 0)
        return err_set(err, ERR_INPUT,
                       "%s %zu: %s is not in the vocabulary; fetch the files of the tokenizer again", where,
                       number,
                       merge.left < 0    ? "the left token"
                       : merge.right < 0 ? "the right token"
                                         : "what the two tokens become");
    m->merge[m->count++] = merge;
    return true;
}

/* "left right" of n bytes. */
static bool add_merge_text(Merges *m, const char *text, size_t n, const char *where, size_t number, Err *err)
{
    const char *space = memchr(text, ' ', n);
    size_t left = space ? (size_t)(space - text) : 0, right = space ? n - left - 1 : 0;
    if (!left || !right || memchr(space + 1, ' ', right))
        return err_set(err, ERR_INPUT,
                       "%s %zu is not two tokens with a space between them; fetch the file again", where,
                       number);
    return add_merge(m, text, left, space + 1, right, where, number, err);
}

static bool read_merges_json(Merges *m, const json_t *merges, Err *err)
{
    size_t i;
    json_t *entry;
    if (!json_is_array(merges))
        return err_set(err, ERR_INPUT, "it has no list of merges");
    json_array_foreach((json_t *)merges, i, entry)
    {
        const json_t *left = json_array_get(entry, 0), *right = json_array_get(entry, 1);
        bool ok;
        if (json_is_string(entry))
            ok = add_merge_text(m, json_string_value(entry), json_string_length(entry), "merge", i + 1, err);
        else if (json_array_size(entry) == 2 && json_is_string(left) && json_is_string(right))
            ok = add_merge(m, json_string_value(left), json_string_length(left), json_string_value(right),
                           json_string_length(right), "merge", i + 1, err);
        else
            ok = err_set(err, ERR_INPUT, "merge %zu is not two tokens", i + 1);
        if (!ok)
            return false;
    }
    return true;
}

static bool read_merges_text(Merges *m, const char *text, size_t size, Err *err)
{
    static const char version[] = "#version";
    size_t number = 1;
    for (size_t i = 0, n; i < size; i += n + 1, number++) {
        const char *end = memchr(text + i, '\n', size - i);
        n = end ? (size_t)(end - text) - i : size - i;
        size_t length = n && text[i + n - 1] == '\r' ? n - 1 : n;
        bool heading =
            i == 0 && length >= sizeof version - 1 && memcmp(text, version, sizeof version - 1) == 0;
        if (length && !heading && !add_merge_text(m, text + i, length, "line", number, err))
            return false;
    }
    return true;
}

/* ---- both ------------------------------------------------------------------------------------------- */

static bool make(Bpe **bpe, const Vocabulary *v, const Merges *m, Err *err)
{
    int32_t byte_id[256];
    for (int b = 0; b < 256; b++) {
        char name[3];
        byte_alphabet_encode((uint8_t)b, name);
        byte_id[b] = token_id(m->vocab, name);
    }
    return bpe_new(bpe, byte_id, m->merge, m->count, v->size, err);
}

static void merges_clear(Merges *m)
{
    free(m->merge);
    str_clear(&m->name);
}

bool bpe_from_json(Bpe **bpe, Vocabulary *vocabulary, const json_t *vocab, const json_t *merges, Err *err)
{
    Merges m = { .vocab = vocab };
    *bpe = NULL;
    bool ok = read_vocabulary(vocabulary, vocab, err) && read_merges_json(&m, merges, err) &&
              make(bpe, vocabulary, &m, err);
    merges_clear(&m);
    return ok;
}

bool bpe_from_text(Bpe **bpe, Vocabulary *vocabulary, const json_t *vocab, const char *merges, size_t size,
                   Err *err)
{
    Merges m = { .vocab = vocab };
    *bpe = NULL;
    bool ok = read_vocabulary(vocabulary, vocab, err) && read_merges_text(&m, merges, size, err) &&
              make(bpe, vocabulary, &m, err);
    merges_clear(&m);
    return ok;
}
