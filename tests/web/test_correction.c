/* Labels that a person corrects: what follows them, what stays, and what is on the disk when the writer is killed. */
#include "temp.h"

#include "faults.h"
#include "opened_execution.h"
#include "vision/codec.h"
#include "web/correction.h"
#include "web/gallery_query.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCENE "perspective_1_prompt_0_seed_20"

/* A mask with a rectangle: its outline is that of its pixels' centres. */
static Image rectangle(int width, int height, int x0, int y0, int x1, int y1)
{
    Image m;
    Err err = { 0 };
    assert_ok(image_init(&m, width, height, 1, &err));
    for (int y = y0; y <= y1; y++)
        memset(image_at(&m, x0, y), 255, (size_t)(x1 - x0 + 1));
    return m;
}

#define CORRECTED "0 0.125000 0.250000 0.125000 0.750000 0.625000 0.750000 0.625000 0.250000\n"

static void assert_labels(void **state, const char *text)
{
    static const char *const files[] = {
        "06_yolo_dataset/val/labels/" SCENE ".txt",
        "07_cv_combined_dataset/val/labels/" SCENE ".txt",
        "07_cv_combined_dataset/val/labels/" SCENE "_cv000.txt",
        "07_cv_augmented_dataset/val/labels/" SCENE "_cv000.txt",
    };
    for (int i = 0; i < 4; i++) {
        char *label = forge_read(temp_path(state, "x"), files[i]);
        assert_string_equal(label, text);
        free(label);
    }
}

static bool correct(Gallery *g, Review *r, size_t item, const Image *mask, long object, Err *err)
{
    return correction_save(g, r, item, &(Correction){ .mask = mask, .object = object }, err);
}

static void a_correction_replaces_every_copy_of_the_label_and_undo_brings_the_earlier_one_back(void **state)
{
    Err err = { 0 };
    Gallery *g = open_forged(state);
    Review *r = open_review(state);
    size_t item = (size_t)gallery_find(g, PLACE_VAL, SCENE ".jpg");
    Image mask = rectangle(16, 12, 2, 3, 10, 9);
    assert_ok(correct(g, r, item, &mask, CORRECTION_ONLY, &err));
    assert_labels(state, CORRECTED);
    char *machine = forge_read(temp_path(state, "x"), "corrections/machine/" SCENE ".txt");
    assert_string_equal(machine, FORGED_LABEL);
    free(machine);
    assert_float_equal(gallery_item(g, item)->area, 0.25, 1e-5);
    assert_float_equal(item_named(g, PLACE_CV_VAL, SCENE "_cv000.jpg")->area, 0.25, 1e-5);
    assert_true(item_corrected(g, item));
    char *other = forge_read(temp_path(state, "x"), "06_yolo_dataset/val/labels/" SCENE "_qwen000.txt");
    assert_string_equal(other, FORGED_LABEL);
    free(other);

    /* Undoing a second one brings the first back; undoing both brings the run's own label back, and nothing is left. */
    Image empty = rectangle(16, 12, 0, 0, -1, -1);
    assert_ok(correct(g, r, item, &empty, CORRECTION_ONLY, &err));
    assert_labels(state, "");
    assert_int_equal(gallery_item(g, item)->polygons, 0);
    assert_ok(correction_undo(g, r, &err));
    assert_labels(state, CORRECTED);
    assert_ok(correction_undo(g, r, &err));
    assert_labels(state, FORGED_LABEL);
    assert_false(item_corrected(g, item));
    assert_false(path_exists(temp_path(state, "x/corrections/" SCENE ".json")));
    assert_false(path_exists(temp_path(state, "x/corrections/machine/" SCENE ".txt")));
    assert_false(correction_undo(g, r, &err));
    image_clear(&mask);
    image_clear(&empty);
    review_close(r);
    gallery_close(g);
}

/* The overlay is that of the label, and the annotator's own comes back byte for byte. */
static void the_overlay_follows_the_label(void **state)
{
    Err err = { 0 };
    forge_execution(temp_path(state, "x"));
    forge_image(temp_path(state, "x"), "06_yolo_dataset/val/visualizations/" SCENE "_mask_overlay.jpg", 16,
                12);
    Gallery *g = gallery_open(temp_path(state, "x"), &err);
    Review *r = open_review(state);
    const char *overlay = temp_path(state, "x/06_yolo_dataset/val/visualizations/" SCENE "_mask_overlay.jpg");
    uint8_t *before, *during, *after;
    size_t before_size, during_size, after_size;
    Image mask = rectangle(16, 12, 2, 3, 10, 9), shown = { 0 };
    assert_ok(file_read(overlay, 1 << 20, &before, &before_size, &err));
    assert_ok(correct(g, r, (size_t)gallery_find(g, PLACE_VAL, SCENE ".jpg"), &mask, CORRECTION_ONLY, &err));
    assert_ok(file_read(overlay, 1 << 20, &during, &during_size, &err));
    assert_true(before_size != during_size || memcmp(before, during, before_size) != 0);
    assert_ok(image_load(&shown, overlay, &(DecodeOptions){ .channels = 3 }, &err));
    assert_int_equal(shown.width, 16);
    assert_ok(correction_undo(g, r, &err));
    assert_ok(file_read(overlay, 1 << 20, &after, &after_size, &err));
    assert_int_equal(after_size, before_size);
    assert_memory_equal(after, before, before_size);
    free(before);
    free(during);
    free(after);
    image_clear(&mask);
    image_clear(&shown);
    review_close(r);
    gallery_close(g);
}

#define SECOND "0 0.7 0.1 0.9 0.1 0.9 0.3\n"
#define OTHER  "3 0.1 0.7 0.2 0.7 0.2 0.9\n"

static void other_objects_of_a_label_stay_letter_for_letter(void **state)
{
    static const struct {
        long object;
        const char *label;
    } cases[] = {
        { 0, CORRECTED "\nno object\n" SECOND OTHER },
        { 1, FORGED_LABEL "\nno object\n" CORRECTED OTHER },
        { 2, FORGED_LABEL "\nno object\n" SECOND "3" },
        { 3, FORGED_LABEL "\nno object\n" SECOND OTHER CORRECTED },
        { CORRECTION_ALL, CORRECTED "\nno object\n" OTHER },
    };
    Err err = { 0 };
    forge_execution(temp_path(state, "x"));
    forge_text(temp_path(state, "x"), "06_yolo_dataset/val/labels/" SCENE ".txt",
               FORGED_LABEL "\nno object\n" SECOND OTHER);
    Gallery *g = gallery_open(temp_path(state, "x"), &err);
    Review *r = open_review(state);
    size_t item = (size_t)gallery_find(g, PLACE_VAL, SCENE ".jpg");
    Image mask = rectangle(16, 12, 2, 3, 10, 9);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char want[600];
        snprintf(want, sizeof want, "%s%s", cases[i].label, cases[i].object == 2 ? CORRECTED + 1 : "");
        assert_ok(correct(g, r, item, &mask, cases[i].object, &err));
        assert_labels(state, want);
        assert_ok(correction_undo(g, r, &err));
        assert_labels(state, FORGED_LABEL "\nno object\n" SECOND OTHER);
    }
    assert_false(correct(g, r, item, &mask, CORRECTION_ONLY, &err));
    assert_says(err, "3 outlines; say which one");
    assert_false(correct(g, r, item, &mask, 4, &err));
    Correction late = { .mask = &mask, .object = 0, .has_label = true, .label = correction_label(g, item) };
    assert_ok(correct(g, r, item, &mask, 1, &err));
    assert_false(correction_save(g, r, item, &late, &err));
    assert_int_equal(err.kind, ERR_STATE);
    image_clear(&mask);
    review_close(r);
    gallery_close(g);
}

/* Killed behind the record, the files have the label before. */
static void a_correction_whose_writer_was_killed_is_carried_on(void **state)
{
    Err err = { 0 };
    forge_execution(temp_path(state, "x"));
    forge_text(temp_path(state, "x"), "corrections/" SCENE ".json",
               "{\"pixels\":\"1\",\"labels\":[\"0 0.1 0.1 0.9 0.1 0.9 0.9\\n\"],\"settled\":false}");
    forge_text(temp_path(state, "x"), "corrections/" SCENE "_qwen000.json", "nonsense");
    forge_text(temp_path(state, "x"), "corrections/elsewhere.json",
               "{\"pixels\":\"1\",\"labels\":[],\"settled\":false}");
    Gallery *g = gallery_open(temp_path(state, "x"), &err);
    assert_ok(corrections_settle(g, &err));
    assert_labels(state, "0 0.1 0.1 0.9 0.1 0.9 0.9\n");
    char *record = forge_read(temp_path(state, "x"), "corrections/" SCENE ".json");
    assert_non_null(strstr(record, "\"settled\": true"));
    free(record);
    gallery_close(g);
}

static void undoing_a_correction_that_fits_no_more_leaves_the_label(void **state)
{
    Err err = { 0 };
    Gallery *g = open_forged(state);
    Review *r = open_review(state);
    Image mask = rectangle(16, 12, 2, 3, 10, 9);
    size_t item = (size_t)gallery_find(g, PLACE_VAL, SCENE ".jpg");
    assert_ok(correct(g, r, item, &mask, CORRECTION_ONLY, &err));
    assert_ok(folder_remove(temp_path(state, "x/corrections"), &err));
    assert_ok(correction_undo(g, r, &err));
    assert_labels(state, CORRECTED);
    assert_int_equal(review_depth(r), 0);
    image_clear(&mask);
    review_close(r);
    gallery_close(g);
}

static void a_mask_of_another_size_is_refused_and_nothing_changes(void **state)
{
    Err err = { 0 };
    Gallery *g = open_forged(state);
    Review *r = open_review(state);
    Image mask = rectangle(12, 16, 2, 3, 10, 9);
    assert_false(
        correct(g, r, (size_t)gallery_find(g, PLACE_VAL, SCENE ".jpg"), &mask, CORRECTION_ONLY, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_labels(state, FORGED_LABEL);
    assert_int_equal(review_depth(r), 0);
    image_clear(&mask);
    review_close(r);
    gallery_close(g);
}

static void a_review_that_names_a_file_elsewhere_reads_and_writes_nothing_there(void **state)
{
    Err err = { 0 };
    Gallery *g = open_forged(state);
    forge_text(temp_path(state, "x"), "review.jsonl",
               "{\"step\":6,\"items\":[\"../06_yolo_dataset/val/images/" SCENE
               ".jpg\"],\"corrected\":\"corrections/a.json\"}\n");
    Review *r = open_review(state);
    assert_false(correction_undo(g, r, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_labels(state, FORGED_LABEL);
    review_close(r);
    gallery_close(g);
}

static void a_running_execution_is_not_corrected(void **state)
{
    Err err = { 0 };
    Gallery *g = open_forged(state);
    Review *r = open_review(state);
    char who[128], host[65] = "";
    gethostname(host, sizeof host - 1);
    snprintf(who, sizeof who, "process %ld on %s", (long)getpid(), host);
    forge_text(temp_path(state, "x"), ".lock", who);
    int fd = open(temp_path(state, "x/.lock"), O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    Image mask = rectangle(16, 12, 2, 3, 10, 9);
    assert_false(
        correct(g, r, (size_t)gallery_find(g, PLACE_VAL, SCENE ".jpg"), &mask, CORRECTION_ONLY, &err));
    assert_int_equal(err.kind, ERR_STATE);
    assert_labels(state, FORGED_LABEL);
    close(fd);
    image_clear(&mask);
    review_close(r);
    gallery_close(g);
}

/* ---- killed, and on a failing disk ------------------------------------------------------------------ */

/* Correct the scene, or undo that, with a fault at call number `at`. False: it had fewer calls. */
static bool with_fault(void **state, bool undo, Fault fault, long at)
{
    int calls[2];
    assert_int_equal(pipe(calls), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        Err err = { 0 };
        Gallery *g = open_gallery(state);
        Review *r = open_review(state);
        Image mask = rectangle(16, 12, 2, 3, 10, 9);
        size_t item = (size_t)gallery_find(g, PLACE_VAL, SCENE ".jpg");
        fault_set(fault, at);
        bool ok = undo ? correction_undo(g, r, &err) : correct(g, r, item, &mask, CORRECTION_ONLY, &err);
        if (ok && fault_calls() < at && write(calls[1], "", 1) != 1)
            _exit(1);
        _exit(0);
    }
    close(calls[1]);
    char byte;
    bool behind = read(calls[0], &byte, 1) == 1;
    close(calls[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return !behind;
}

/* Whatever happened: all copies of the label agree once the execution is opened again, and undo leads back to the annotator's. */
static void assert_whole_and_undone(void **state, const uint8_t *overlay, size_t size)
{
    Err err = { 0 };
    Gallery *g = open_gallery(state);
    Review *r = open_review(state);
    assert_ok(corrections_settle(g, &err));
    char *label = forge_read(temp_path(state, "x"), "06_yolo_dataset/val/labels/" SCENE ".txt");
    assert_true(!strcmp(label, FORGED_LABEL) || !strcmp(label, CORRECTED));
    assert_labels(state, label);
    free(label);
    while (review_depth(r))
        assert_ok(correction_undo(g, r, &err));
    assert_labels(state, FORGED_LABEL);
    uint8_t *now;
    size_t n;
    assert_ok(file_read(temp_path(state, "x/06_yolo_dataset/val/visualizations/" SCENE "_mask_overlay.jpg"),
                        1 << 20, &now, &n, &err));
    assert_true(n == size && !memcmp(now, overlay, n));
    assert_false(path_exists(temp_path(state, "x/corrections/" SCENE ".json")));
    free(now);
    review_close(r);
    gallery_close(g);
}

static void wherever_its_writer_ends_a_correction_is_whole(void **state)
{
    static const Fault faults[] = { FAULT_KILL, FAULT_BROKEN, FAULT_FULL, FAULT_DENIED };
    Err err = { 0 };
    uint8_t *overlay;
    size_t size;
    forge_execution(temp_path(state, "x"));
    forge_image(temp_path(state, "x"), "06_yolo_dataset/val/visualizations/" SCENE "_mask_overlay.jpg", 16,
                12);
    assert_ok(file_read(temp_path(state, "x/06_yolo_dataset/val/visualizations/" SCENE "_mask_overlay.jpg"),
                        1 << 20, &overlay, &size, &err));
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++)
        for (int undo = 0; undo < 2; undo++) {
            long at = 0;
            bool reached;
            do {
                if (undo)
                    assert_false(with_fault(state, false, FAULT_NONE, 1000));
                reached = with_fault(state, undo, faults[f], ++at);
                assert_whole_and_undone(state, overlay, size);
            } while (reached);
            assert_in_range(at, 20, 999);
        }
    free(overlay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(a_correction_replaces_every_copy_of_the_label_and_undo_brings_the_earlier_one_back),
        temp_test(the_overlay_follows_the_label),
        temp_test(other_objects_of_a_label_stay_letter_for_letter),
        temp_test(a_correction_whose_writer_was_killed_is_carried_on),
        temp_test(undoing_a_correction_that_fits_no_more_leaves_the_label),
        temp_test(a_mask_of_another_size_is_refused_and_nothing_changes),
        temp_test(a_review_that_names_a_file_elsewhere_reads_and_writes_nothing_there),
        temp_test(a_running_execution_is_not_corrected),
        temp_test(wherever_its_writer_ends_a_correction_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
