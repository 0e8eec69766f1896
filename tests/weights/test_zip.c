/* Zip archives, whole and hostile. */
#include "forge.h"

#include "weights/zip.h"

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
    const ForgePart parts[] = { { .name = "b/data.pkl", .content = "pickle" },
                                { .name = "b/data/0", .content = "" },
                                { .name = "a", .content = "first by name" } };
    const ForgeEnd ends[] = { { 0 }, { .comment = "made by hand" }, { .zip64 = true } };
    for (size_t i = 0; i < 6; i++) {
        ForgePart copy[3];
        memcpy(copy, parts, sizeof copy);
        copy[0].zip64 = copy[2].zip64 = i >= 3;
        Str s = forge_zip(copy, 3, ends[i % 3]);
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
    Str s = forge_zip(NULL, 0, (ForgeEnd){ 0 });
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
        ForgePart parts[2];
        ForgeEnd end;
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
        Str s = forge_zip(cases[i].parts, cases[i].parts[1].name ? 2 : 1, cases[i].end);
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
    const ForgePart parts[] = { { .name = "b/data.pkl", .content = "pickle" },
                                { .name = "b/data/0", .content = "numbers", .zip64 = true } };
    Str s = forge_zip(parts, 2, (ForgeEnd){ .zip64 = true, .comment = "end" });
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
