#include "temp.h"

#include "opened_execution.h"
#include "vision/image.h"
#include "web/execution_list.h"
#include "web/gallery_query.h"
#include "web/thumbnails.h"

#include "vision/codec.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCENE "perspective_1_prompt_0_seed_20"

static void every_image_has_its_place_and_its_step_is_counted(void **state)
{
    static const size_t images[GALLERY_STEPS] = { 0, 1, 2, 0, 4, 4, 8, 8 };
    Gallery *g = open_forged(state);
    for (int step = 1; step < GALLERY_STEPS; step++) {
        assert_int_equal(gallery_step(g, step)->images, images[step]);
        assert_true(gallery_step(g, step)->completed);
        assert_int_equal(gallery_step(g, step)->failed, 0);
        assert_int_equal(gallery_step(g, step)->expected, images[step]);
    }
    assert_int_equal(gallery_count(g), 27);
    assert_null(gallery_problem(g));
    gallery_close(g);
}

static void an_image_knows_what_it_was_made_from_and_what_was_made_from_it(void **state)
{
    static const char *const line[] = { SCENE "_qwen000_cv000.jpg",
                                        SCENE "_qwen000.jpg",
                                        SCENE "_qwen000.png",
                                        SCENE ".png",
                                        "perspective_01_left_side__eye_level.png",
                                        "01_white_background.png" };
    Gallery *g = open_forged(state);
    const GalleryItem *it = item_named(g, PLACE_CV_VAL, line[0]);
    for (int k = 0; k < 6; k++) {
        assert_string_equal(it->name, line[k]);
        if (k == 5) {
            assert_int_equal(it->parent, -1);
            break;
        }
        const GalleryItem *parent = gallery_item(g, (size_t)it->parent);
        bool among = false;
        for (int32_t c = parent->first_child; c >= 0; c = gallery_item(g, (size_t)c)->next_sibling)
            among |= gallery_item(g, (size_t)c) == it;
        assert_true(among);
        it = parent;
    }
    it = item_named(g, PLACE_CV_VAL, line[0]);
    assert_int_equal(it->view, 1);
    assert_int_equal(it->prompt, 0);
    assert_int_equal(it->seed, 20);
    gallery_close(g);
}

static void prompt_view_score_and_effects_come_from_the_records(void **state)
{
    Gallery *g = open_forged(state);
    assert_string_equal(gallery_prompt(g, item_named(g, PLACE_IMAGES, SCENE ".png")), "on a Table");
    assert_string_equal(gallery_prompt(g, item_named(g, PLACE_VAL, SCENE "_qwen000.jpg")), "in heavy rain");
    assert_string_equal(
        json_string_value(json_object_get(gallery_view(g, item_named(g, PLACE_VAL, SCENE ".jpg")), "view")),
        "left side view");
    const GalleryItem *label = item_named(g, PLACE_VAL, SCENE ".jpg"),
                      *degraded = item_named(g, PLACE_CV_VAL, SCENE "_cv000.jpg");
    assert_float_equal(label->score, 0.7, 1e-6);
    assert_float_equal(degraded->score, 0.7, 1e-6);
    assert_string_equal(degraded->note, "bw_conversion\nmotion_blur_31_angle_212");
    assert_int_equal(label->polygons, 1);
    assert_float_equal(label->area, 0.25 / 3, 1e-5);
    assert_float_equal(degraded->area, label->area, 0);
    assert_float_equal(label->x0, 0.25, 1e-6);
    assert_float_equal(label->y1, 0.666667, 1e-6);
    gallery_close(g);
}

static void what_is_added_later_is_found_by_a_refresh(void **state)
{
    Err err = { 0 };
    Gallery *g = open_forged(state);
    const char *x = temp_path(state, "x");
    uint64_t version = gallery_version(g);
    forge_image(x, "04_dataset/perspective_0_prompt_1_seed_99.png", 16, 12);
    forge_line(
        x, "journal.jsonl",
        "{\"step\":4,\"item\":\"perspective_0_prompt_1_seed_99.png\",\"key\":\"1\",\"ok\":true,\"attempts\":3,"
        "\"ms\":7.5}\n{\"step\":4,\"item\":\"perspective_0_prompt_0_seed_7.png\",\"key\":\"1\",\"ok\":false,"
        "\"attempts\":4,\"ms\":1,\"error\":\"no luck\",\"time\":\"t\"}\n{\"step\":4,\"item\":\"perspec");
    assert_ok(gallery_refresh(g, &err));
    const GalleryItem *it = item_named(g, PLACE_IMAGES, "perspective_0_prompt_1_seed_99.png");
    assert_int_equal(it->attempts, 3);
    assert_true(gallery_version(g) > version);
    assert_int_equal(gallery_failure_count(g), 1);
    assert_string_equal(gallery_failure(g, 0)->error, "no luck");
    assert_int_equal(gallery_step(g, 4)->failed, 1);
    /* The line that was cut goes on, and the failure is mended. */
    forge_line(x, "journal.jsonl",
               "tive_0_prompt_0_seed_7.png\",\"key\":\"1\",\"ok\":true,\"attempts\":1,\"ms\":1}\n");
    assert_ok(gallery_refresh(g, &err));
    assert_true(gallery_failure(g, 0)->mended);
    assert_int_equal(gallery_step(g, 4)->failed, 0);
    gallery_close(g);
}

static void a_file_that_is_gone_is_gone_and_comes_back(void **state)
{
    Err err = { 0 };
    Gallery *g = open_forged(state);
    char path[600];
    snprintf(path, sizeof path, "%s/04_dataset/" SCENE ".png", temp_path(state, "x"));
    assert_int_equal(unlink(path), 0);
    assert_ok(gallery_refresh(g, &err));
    assert_true(item_named(g, PLACE_IMAGES, SCENE ".png")->gone);
    assert_int_equal(gallery_step(g, 4)->images, 3);
    forge_image(temp_path(state, "x"), "04_dataset/" SCENE ".png", 16, 12);
    assert_ok(gallery_refresh(g, &err));
    assert_false(item_named(g, PLACE_IMAGES, SCENE ".png")->gone);
    assert_int_equal(gallery_count(g), 27);
    gallery_close(g);
}

static void hostile_content_is_left_out_or_harmless(void **state)
{
    Err err = { 0 };
    const char *x = temp_path(state, "x");
    forge_execution(x);
    forge_text(x, "04_dataset/perspective_2147483647_prompt_2147483647_seed_1.png", "no image");
    forge_text(x, "04_dataset/perspective_-1_prompt_-1_seed_-1.png", "");
    forge_text(x, "02_perspectives/perspective_99999_a.png", "x");
    forge_text(x, "04_dataset/notes.txt", "no image");
    forge_text(x, "04_dataset/<img src=x onerror=alert(1)>.png", "x");
    forge_text(x, "06_yolo_dataset/train/images/nan.jpg", "x");
    forge_text(x, "06_yolo_dataset/train/labels/nan.txt",
               "0 nan nan inf inf 2 2 -1 -1\n0 0.1\nx y\n-5 0.1 0.1 0.2 0.2 0.3 0.1\n");
    forge_text(x, "pipeline_state.json", "{\"prompts\": 7}");
    forge_text(x, "run_config.json", "[1, 2]");
    forge_line(x, "journal.jsonl",
               "{\"step\":6,\"item\":\"" SCENE ".png\",\"key\":\"1\",\"ok\":true,\"note\":\"1 nan inf\"}\n");
    forge_line(
        x, "journal.jsonl",
        "{}\n[]\nnull\n{\"step\":4}\n{\"step\":6,\"item\":\"../../etc/passwd\",\"ok\":true,\"note\":\"9 nan inf\"}\n"
        "{\"step\":7,\"item\":\"train\",\"ok\":true}\n{\"step\":7,\"item\":\"/\",\"ok\":true}\n"
        "{\"step\":-3,\"item\":\"a\",\"ok\":false}\n{\"step\":4,\"item\":\"\",\"ok\":true}\n");
    Gallery *g = gallery_open(x, &err);
    assert_non_null(g);
    assert_non_null(gallery_problem(g));
    assert_int_equal(gallery_find(g, PLACE_IMAGES, "notes.txt"), -1);
    const GalleryItem *far =
        item_named(g, PLACE_IMAGES, "perspective_2147483647_prompt_2147483647_seed_1.png");
    assert_int_equal(far->parent, -1);
    assert_string_equal(gallery_prompt(g, far), "");
    assert_null(gallery_view(g, far));
    const GalleryItem *odd = item_named(g, PLACE_TRAIN, "nan.jpg");
    assert_int_equal(odd->polygons, 0);
    assert_float_equal(odd->area, 0, 0);
    assert_float_equal(item_named(g, PLACE_VAL, SCENE ".jpg")->score, -1, 0);
    gallery_close(g);
}

static void a_long_line_without_end_does_not_hold_up_what_follows(void **state)
{
    Err err = { 0 };
    const char *x = temp_path(state, "x");
    forge_execution(x);
    size_t n = (size_t)5 << 20;
    char *line = malloc(n + 1);
    memset(line, 'a', n);
    line[n] = '\0';
    forge_line(x, "journal.jsonl", line);
    free(line);
    forge_line(
        x, "journal.jsonl",
        "\n{\"step\":4,\"item\":\"perspective_9_prompt_0_seed_7.png\",\"key\":\"1\",\"ok\":false,\"error\":\"e\"}\n");
    Gallery *g = gallery_open(x, &err);
    assert_non_null(g);
    assert_int_equal(gallery_failure_count(g), 1);
    gallery_close(g);
}

/* ---- queries -------------------------------------------------------------------------------------- */

static size_t count_of(const Gallery *g, const Review *r, const GalleryQuery *q)
{
    uint32_t *found;
    size_t count;
    Err err = { 0 };
    assert_ok(gallery_query(g, r, q, &found, &count, &err));
    free(found);
    return count;
}

static void a_query_gives_what_fits_each_of_its_parts(void **state)
{
    Gallery *g = open_forged(state);
    Review *r = open_review(state);
    GalleryQuery q = gallery_query_all();
    assert_int_equal(count_of(g, r, &q), 27);
    q.steps = 1 << 6;
    assert_int_equal(count_of(g, r, &q), 8);
    q.splits = 2;
    assert_int_equal(count_of(g, r, &q), 4);
    q.kinds = 1 << KIND_RESTYLED;
    assert_int_equal(count_of(g, r, &q), 2);
    q.text = "HEAVY";
    assert_int_equal(count_of(g, r, &q), 2);
    q.text = "on a table";
    assert_int_equal(count_of(g, r, &q), 0);
    q = gallery_query_all();
    q.steps = 1 << 6;
    q.min_score = 0.69f;
    assert_int_equal(count_of(g, r, &q), 4); /* 0.70, 0.75, 0.80, 0.85 */
    q.min_area = 0.1f;
    assert_int_equal(count_of(g, r, &q), 0);
    q = gallery_query_all();
    q.text = "motion_blur";
    assert_int_equal(count_of(g, r, &q), 8);
    q = gallery_query_all();
    q.view = 0;
    q.prompt = 1;
    assert_int_equal(count_of(g, r, &q), 6); /* an image, restyled, both labelled, both degraded */
    review_close(r);
    gallery_close(g);
}

static void orders_are_what_they_say(void **state)
{
    Gallery *g = open_forged(state);
    Review *r = open_review(state);
    uint32_t *found;
    size_t count;
    Err err = { 0 };
    GalleryQuery q = gallery_query_all();
    q.steps = 1 << 6;
    q.order = ORDER_SCORE;
    assert_ok(gallery_query(g, r, &q, &found, &count, &err));
    for (size_t i = 1; i < count; i++)
        assert_true(gallery_item(g, found[i - 1])->score <= gallery_item(g, found[i])->score);
    free(found);
    q.order = ORDER_MADE;
    assert_ok(gallery_query(g, r, &q, &found, &count, &err));
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(gallery_item(g, found[i - 1])->name, gallery_item(g, found[i])->name) < 0);
    free(found);
    review_close(r);
    gallery_close(g);
}

static void dropping_an_image_drops_what_was_made_from_it_unless_that_is_kept(void **state)
{
    Err err = { 0 };
    Gallery *g = open_forged(state);
    Review *r = open_review(state);
    const char *scene = SCENE ".png", *kept = SCENE "_qwen000.jpg";
    assert_ok(review_decide(r, 4, &scene, 1, DECISION_DROP, &err));
    assert_ok(review_decide(r, 6, &kept, 1, DECISION_KEEP, &err));
    bool inherited;
    assert_int_equal(item_decision(g, r, (size_t)gallery_find(g, PLACE_VAL, SCENE ".jpg"), &inherited),
                     DECISION_DROP);
    assert_true(inherited);
    assert_int_equal(
        item_decision(g, r, (size_t)gallery_find(g, PLACE_CV_VAL, SCENE "_cv000.jpg"), &inherited),
        DECISION_DROP);
    assert_int_equal(item_decision(g, r, (size_t)gallery_find(g, PLACE_VAL, kept), &inherited),
                     DECISION_KEEP);
    assert_int_equal(
        item_decision(g, r, (size_t)gallery_find(g, PLACE_CV_VAL, SCENE "_qwen000_cv000.jpg"), &inherited),
        DECISION_NONE);
    GalleryQuery q = gallery_query_all();
    q.decisions = 1 << DECISION_DROP;
    assert_int_equal(count_of(g, r, &q),
                     4); /* the scene, its restyled version, its label and that one's version */
    review_close(r);
    gallery_close(g);
}

/* ---- runs ------------------------------------------------------------------------------------------ */

static void a_running_execution_is_seen_as_such(void **state)
{
    Gallery *g = open_forged(state);
    assert_false(execution_is_running(temp_path(state, "x")));
    char who[128], host[65] = "";
    gethostname(host, sizeof host - 1);
    snprintf(who, sizeof who, "process %ld on %s", (long)getpid(), host);
    forge_text(temp_path(state, "x"), ".lock", who);
    assert_false(execution_is_running(temp_path(state, "x")));
    int fd = open(temp_path(state, "x/.lock"), O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_true(execution_is_running(temp_path(state, "x")));
    close(fd);
    gallery_close(g);
}

/* ---- thumbnails ----------------------------------------------------------------------------------- */

static void a_thumbnail_is_made_once_and_again_when_the_image_changes(void **state)
{
    Err err = { 0 };
    Thumbnails *t = thumbnails_open(2);
    const char *x = temp_path(state, "x"), *cache = temp_path(state, "cache");
    uint8_t *data;
    size_t size;
    ImageInfo info;
    forge_image(x, "a.png", 400, 200);
    assert_ok(thumbnail_get(t, temp_path(state, "x/a.png"), cache, 128, &data, &size, &err));
    assert_ok(image_probe(&info, data, size, &err));
    assert_int_equal(info.width, 128);
    assert_int_equal(info.height, 64);
    free(data);
    TextList folders;
    assert_ok(folder_list(cache, &folders, &err));
    assert_int_equal(folders.count, 1);
    text_list_clear(&folders);
    assert_int_equal(unlink(temp_path(state, "x/a.png")), 0);
    forge_image(x, "a.png", 100, 300);
    assert_ok(thumbnail_get(t, temp_path(state, "x/a.png"), cache, 128, &data, &size, &err));
    assert_ok(image_probe(&info, data, size, &err));
    assert_int_equal(info.width, 42);
    assert_int_equal(info.height, 128);
    free(data);
    forge_text(x, "b.png", "no image");
    assert_false(thumbnail_get(t, temp_path(state, "x/b.png"), cache, 128, &data, &size, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_false(thumbnail_get(t, temp_path(state, "x/c.png"), cache, 128, &data, &size, &err));
    thumbnails_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(every_image_has_its_place_and_its_step_is_counted),
        temp_test(an_image_knows_what_it_was_made_from_and_what_was_made_from_it),
        temp_test(prompt_view_score_and_effects_come_from_the_records),
        temp_test(what_is_added_later_is_found_by_a_refresh),
        temp_test(a_file_that_is_gone_is_gone_and_comes_back),
        temp_test(hostile_content_is_left_out_or_harmless),
        temp_test(a_long_line_without_end_does_not_hold_up_what_follows),
        temp_test(a_query_gives_what_fits_each_of_its_parts),
        temp_test(orders_are_what_they_say),
        temp_test(dropping_an_image_drops_what_was_made_from_it_unless_that_is_kept),
        temp_test(a_running_execution_is_seen_as_such),
        temp_test(a_thumbnail_is_made_once_and_again_when_the_image_changes),
    };
    return cmocka_run_group_tests_name("web/gallery", tests, NULL, NULL);
}
