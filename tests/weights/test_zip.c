/* Zip archives, whole and hostile. */
#include "forge.h"

#include "weights/zip.h"

/* ---- archives made here ----------------------------------------------------------------------------- */

/* One entry, and what to lie about. Zeros are the truth. */
typedef struct {
    const char *name, *content;
    unsigned flags, method;
    uint64_t local, size, stored; /* in the directory, in place of the truth */
    bool zip64;                   /* sizes and place in the extra field */
} Part;

typedef struct {
    uint64_t entries, directory, directory_size; /* in the end record, in place of the truth */
    bool zip64;
    const char *comment;
} End;

static void add_local(Str *s, const Part *p)
{
    str_add_n(s, "PK\3\4", 4);
    forge_le(s, 20, 2);
    forge_le(s, p->flags, 2);
    forge_le(s, p->method, 2);
    forge_le(s, 0, 4);  /* time, date */
    forge_le(s, 0, 12); /* check sum and sizes, which PyTorch writes behind the content */
    forge_le(s, strlen(p->name), 2);
    forge_le(s, 3, 2);
    str_add(s, p->name);
    str_add(s, "FB ");
    str_add(s, p->content);
}

static void add_record(Str *s, const Part *p, uint64_t local)
{
    uint64_t size = p->size ? p->size : strlen(p->content), stored = p->stored ? p->stored : size;
    local = p->local ? p->local : local;
    str_add_n(s, "PK\1\2", 4);
    forge_le(s, 20, 2);
    forge_le(s, 20, 2);
    forge_le(s, p->flags, 2);
    forge_le(s, p->method, 2);
    forge_le(s, 0, 8); /* time, date, check sum */
    forge_le(s, p->zip64 ? UINT32_MAX : stored, 4);
    forge_le(s, p->zip64 ? UINT32_MAX : size, 4);
    forge_le(s, strlen(p->name), 2);
    forge_le(s, p->zip64 ? 4 + 2 + 4 + 24 : 0, 2);
    forge_le(s, 0, 10); /* comment, disk, attributes */
    forge_le(s, p->zip64 ? UINT32_MAX : local, 4);
    str_add(s, p->name);
    if (p->zip64) {
        forge_le(s, 0x7777, 2); /* a field that nobody knows comes first */
        forge_le(s, 2, 2);
        forge_le(s, 0, 2);
        forge_le(s, 1, 2);
        forge_le(s, 24, 2);
        forge_le(s, size, 8);
        forge_le(s, stored, 8);
        forge_le(s, local, 8);
    }
}

static Str make(const Part *parts, size_t n, End end)
{
    Str s = { 0 };
    uint64_t local[8];
    for (size_t i = 0; i < n; i++) {
        local[i] = s.len;
        add_local(&s, &parts[i]);
    }
    size_t begin = s.len;
    for (size_t i = 0; i < n; i++)
        add_record(&s, &parts[i], local[i]);
    uint64_t entries = end.entries ? end.entries : n, directory = end.directory ? end.directory : begin;
    uint64_t size = end.directory_size ? end.directory_size : s.len - begin;
    if (end.zip64) {
        uint64_t at = s.len;
        str_add_n(&s, "PK\6\6", 4);
        forge_le(&s, 44, 8);
        forge_le(&s, 45, 2);
        forge_le(&s, 45, 2);
        forge_le(&s, 0, 8);
        forge_le(&s, entries, 8);
        forge_le(&s, entries, 8);
        forge_le(&s, size, 8);
        forge_le(&s, directory, 8);
        str_add_n(&s, "PK\6\7", 4);
        forge_le(&s, 0, 4);
        forge_le(&s, at, 8);
        forge_le(&s, 1, 4);
    }
    str_add_n(&s, "PK\5\6", 4);
    forge_le(&s, 0, 4);
    forge_le(&s, end.zip64 ? 0xFFFF : entries, 2);
    forge_le(&s, end.zip64 ? 0xFFFF : entries, 2);
    forge_le(&s, end.zip64 ? UINT32_MAX : size, 4);
    forge_le(&s, end.zip64 ? UINT32_MAX : directory, 4);
    forge_le(&s, end.comment ? strlen(end.comment) : 0, 2);
    str_add(&s, end.comment ? end.comment : "");
    return s;
}

/* Open from memory of exactly that size. */
static bool open_bytes(const Str *s, size_t size, Zip *z, uint8_t **memory, Err *err)
{
    *memory = malloc(size ? size : 1);
    memcpy(*memory, s->s, size);
    return zip_open(z, *memory, size, err);
}

/* ---- tests ------------------------------------------------------------------------------------------ */

static void entries_are_found_with_their_content(void **state)
{
    (void)state;
    const Part parts[] = { { .name = "b/data.pkl", .content = "pickle" },
                           { .name = "b/data/0", .content = "" },
                           { .name = "a", .content = "first by name" } };
    const End ends[] = { { 0 }, { .comment = "made by hand" }, { .zip64 = true } };
    for (size_t i = 0; i < 6; i++) {
        Part copy[3];
        memcpy(copy, parts, sizeof copy);
        copy[0].zip64 = copy[2].zip64 = i >= 3;
        Str s = make(copy, 3, ends[i % 3]);
        Zip z;
        uint8_t *memory;
        Err err = { 0 };
        assert_ok(open_bytes(&s, s.len, &z, &memory, &err));
        assert_int_equal(z.count, 3);
        for (size_t k = 0; k < 3; k++) {
            const ZipEntry *e = zip_find(&z, parts[k].name, strlen(parts[k].name));
            assert_non_null(e);
            assert_int_equal(e->size, strlen(parts[k].content));
            assert_memory_equal(e->data, parts[k].content, e->size);
        }
        assert_null(zip_find(&z, "b/data", 6));
        assert_null(zip_find(&z, "", 0));
        zip_close(&z);
        free(memory);
        str_clear(&s);
    }
}

static void an_archive_of_nothing_is_empty(void **state)
{
    (void)state;
    Str s = make(NULL, 0, (End){ 0 });
    Zip z;
    uint8_t *memory;
    Err err = { 0 };
    assert_ok(open_bytes(&s, s.len, &z, &memory, &err));
    assert_int_equal(z.count, 0);
    zip_close(&z);
    free(memory);
    str_clear(&s);
}

static void archives_that_lie_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        Part parts[2];
        End end;
        const char *words;
    } cases[] = {
        { .parts = { { .name = "x", .content = "abc", .flags = 1 } },
          .words = "x in its zip archive is encrypted" },
        { .parts = { { .name = "x", .content = "abc", .method = 8 } },
          .words = "x in its zip archive is compressed" },
        { .parts = { { .name = "x", .content = "abc", .size = 3, .stored = 2 } }, .words = "is compressed" },
        { .parts = { { .name = "x", .content = "abc", .size = 1000 } }, .words = "is not where" },
        { .parts = { { .name = "x", .content = "abc", .size = UINT32_MAX } }, .words = "sizes of x" },
        { .parts = { { .name = "x", .content = "abc", .size = UINT64_MAX, .zip64 = true } },
          .words = "is not where" },
        { .parts = { { .name = "x", .content = "abc", .local = UINT64_MAX - 10, .zip64 = true } },
          .words = "is not where" },
        { .parts = { { .name = "x", .content = "abc", .local = 5 } }, .words = "is not where" },
        { .parts = { { .name = "x", .content = "a" }, { .name = "x", .content = "b" } },
          .words = "two entries of its zip archive are called x" },
        { .parts = { { .name = "x", .content = "abc", .size = 40 }, { .name = "y", .content = "def" } },
          .words = "x and y in its zip archive lie over each other" },
        { .parts = { { .name = "x", .content = "abc" } }, .end = { .entries = 2 }, .words = "not inside" },
        { .parts = { { .name = "x", .content = "abc" } },
          .end = { .directory = 4000 },
          .words = "not inside" },
        { .parts = { { .name = "x", .content = "abc" } },
          .end = { .directory_size = 4000 },
          .words = "not inside" },
        { .parts = { { .name = "x", .content = "abc" } }, .end = { .directory = 5 }, .words = "is broken" },
        { .parts = { { .name = "x", .content = "abc" } },
          .end = { .zip64 = true, .entries = UINT64_MAX },
          .words = "not inside" },
        { .parts = { { .name = "x", .content = "abc" } },
          .end = { .zip64 = true, .directory = UINT64_MAX - 3 },
          .words = "not inside" },
        { .parts = { { .name = "x", .content = "abc" } },
          .end = { .zip64 = true, .directory_size = UINT64_MAX },
          .words = "not inside" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str s = make(cases[i].parts, cases[i].parts[1].name ? 2 : 1, cases[i].end);
        Zip z;
        uint8_t *memory;
        Err err = { 0 };
        if (open_bytes(&s, s.len, &z, &memory, &err))
            fail_msg("case %zu was opened", i);
        assert_int_equal(err.kind, ERR_INPUT);
        assert_says(err, cases[i].words);
        assert_null(z.entry);
        free(memory);
        str_clear(&s);
    }
}

static void an_archive_cut_anywhere_is_refused(void **state)
{
    (void)state;
    const Part parts[] = { { .name = "b/data.pkl", .content = "pickle" },
                           { .name = "b/data/0", .content = "numbers", .zip64 = true } };
    Str s = make(parts, 2, (End){ .zip64 = true, .comment = "end" });
    for (size_t cut = 0; cut < s.len; cut++) {
        Zip z;
        uint8_t *memory;
        Err err = { 0 };
        assert_false(open_bytes(&s, cut, &z, &memory, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        free(memory);
    }
    str_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found_with_their_content),
        cmocka_unit_test(an_archive_of_nothing_is_empty),
        cmocka_unit_test(archives_that_lie_are_refused_by_name),
        cmocka_unit_test(an_archive_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
