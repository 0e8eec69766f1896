#include "temp.h"

#include "pipeline/journal.h"

static const JournalEntry made = {
    .step = 4, .item = "a.png", .key = 0xF00D, .ok = true, .attempts = 1, .ms = 2.5, .note = "n\n\"q\""
};
static const JournalEntry failed = {
    .step = 4, .item = "a.png", .key = 7, .attempts = 4, .error = "no \\ luck", .time = "2025-06-10T14:30:22"
};

static Journal *open_at(void **state)
{
    Err err = { 0 };
    Journal *j = journal_open(temp_path(state, "journal.jsonl"), NULL, &err);
    if (!j)
        fail_msg("%s", err.msg);
    return j;
}

static void an_entry_is_found_again_after_reopening(void **state)
{
    Err err = { 0 };
    Journal *j = open_at(state);
    assert_ok(journal_append(j, &made, &err));
    journal_close(j);
    j = open_at(state);
    const JournalEntry *e = journal_find(j, 4, "a.png");
    assert_non_null(e);
    assert_true(e->ok && e->key == 0xF00D && e->attempts == 1 && e->ms == 2.5);
    assert_string_equal(e->note, made.note);
    assert_null(e->error);
    assert_null(journal_find(j, 5, "a.png"));
    assert_null(journal_find(j, 4, "b.png"));
    journal_close(j);
}

static void the_last_line_of_an_item_counts(void **state)
{
    Err err = { 0 };
    Journal *j = open_at(state);
    assert_ok(journal_append(j, &made, &err));
    assert_ok(journal_append(j, &failed, &err));
    for (int again = 0; again < 2; again++) {
        const JournalEntry *e = journal_find(j, 4, "a.png");
        assert_true(!e->ok && e->key == 7 && e->attempts == 4);
        assert_string_equal(e->error, "no \\ luck");
        assert_string_equal(e->time, failed.time);
        journal_close(j);
        j = open_at(state);
    }
    journal_close(j);
}

/* A killed process leaves a cut last line; at every length the lines before it hold and new ones can follow.
 */
static void a_line_cut_anywhere_costs_only_itself(void **state)
{
    Err err = { 0 };
    JournalEntry second = made;
    second.item = "b.png";
    Journal *j = open_at(state);
    assert_ok(journal_append(j, &made, &err));
    assert_ok(journal_append(j, &second, &err));
    journal_close(j);
    char *text = temp_read(temp_path(state, "journal.jsonl"));
    size_t first = (size_t)(strchr(text, '\n') + 1 - text), all = strlen(text);
    for (size_t n = all - 2; n > first; n--) {
        text[n] = '\0';
        temp_write(temp_path(state, "journal.jsonl"), text);
        j = open_at(state);
        assert_non_null(journal_find(j, 4, "a.png"));
        JournalEntry third = made;
        third.item = "c.png";
        assert_ok(journal_append(j, &third, &err));
        journal_close(j);
        j = open_at(state);
        assert_non_null(journal_find(j, 4, "a.png"));
        assert_non_null(journal_find(j, 4, "c.png"));
        journal_close(j);
    }
    free(text);
}

static void rubbish_lines_are_skipped(void **state)
{
    temp_write(
        temp_path(state, "journal.jsonl"),
        "not json\n[1]\n{\"step\":99,\"item\":\"x\",\"key\":\"1\"}\n{\"step\":4,\"item\":5}\n\n{\"step\":4,\"item\":\"\",\"key\":\"1\"}\n"
        "{\"step\":4,\"item\":\"good.png\",\"key\":\"00000000000000ff\",\"ok\":true}\n");
    Journal *j = open_at(state);
    assert_int_equal(journal_count(j), 1);
    assert_int_equal(journal_find(j, 4, "good.png")->key, 255);
    journal_close(j);
}

static void thousands_of_items_are_told_apart(void **state)
{
    Err err = { 0 };
    Journal *j = open_at(state);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            char name[32];
            snprintf(name, sizeof name, "item %d", i);
            JournalEntry e = {
                .step = 1 + i % 7, .item = name, .key = (uint64_t)(i * 3 + round), .ok = true
            };
            assert_ok(journal_append(j, &e, &err));
        }
        journal_close(j);
        j = open_at(state);
    }
    for (int i = 0; i < 5000; i++) {
        char name[32];
        snprintf(name, sizeof name, "item %d", i);
        const JournalEntry *e = journal_find(j, 1 + i % 7, name);
        assert_true(e && e->key == (uint64_t)(i * 3 + 1));
    }
    journal_close(j);
}

static void a_journal_in_no_folder_is_one_clear_line(void **state)
{
    Err err = { 0 };
    assert_null(journal_open(temp_path(state, "none/journal.jsonl"), NULL, &err));
    assert_says(err, "none/journal.jsonl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(an_entry_is_found_again_after_reopening),
        temp_test(the_last_line_of_an_item_counts),
        temp_test(a_line_cut_anywhere_costs_only_itself),
        temp_test(rubbish_lines_are_skipped),
        temp_test(thousands_of_items_are_told_apart),
        temp_test(a_journal_in_no_folder_is_one_clear_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
