/* What facet label offers to its page, asked without a socket: masks, prompts and hostile bodies. */
#include "web/label.h"

#include "base/file.h"
#include "vision/codec.h"
#include "web/mask_runs.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WIDTH = 6, HEIGHT = 4, PIXELS = WIDTH * HEIGHT };

/* ---- a segmenter that remembers what it was asked ---- */

static struct {
    pthread_mutex_t lock;
    bool fail_look;
    bool wait; /* segment() waits until it is cancelled */
    int looks, questions;
    float x, y, box[4];
    bool positive, has_box;
    uint8_t strokes[PIXELS];
    size_t points;
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool fake_open(void **self, const RoleConfig *cfg, Err *err)
{
    (void)err;
    *self = (void *)cfg;
    return true;
}

static bool fake_look(void *self, const Image *rgb, Err *err)
{
    (void)self;
    pthread_mutex_lock(&fake.lock);
    bool ok = !fake.fail_look || err_set(err, ERR_NOMEM, "no memory to look");
    fake.looks++;
    assert_int_equal(rgb->channels, 3);
    pthread_mutex_unlock(&fake.lock);
    return ok;
}

/* Its mask is the first pixel. */
static bool fake_segment(void *self, const SegmenterPrompt *p, SegmenterAnswer *out, Err *err)
{
    const RoleConfig *cfg = self;
    *out = (SegmenterAnswer){ 0 };
    pthread_mutex_lock(&fake.lock);
    bool wait = fake.wait;
    fake.questions++;
    fake.points = p->point_count;
    if (p->point_count) {
        fake.x = p->points[0].x;
        fake.y = p->points[0].y;
        fake.positive = p->points[0].positive;
    }
    fake.has_box = p->box;
    memset(fake.strokes, STROKE_NONE, PIXELS);
    if (p->strokes)
        memcpy(fake.strokes, p->strokes->data, PIXELS);
    if (p->box)
        memcpy(fake.box, p->box, sizeof fake.box);
    pthread_mutex_unlock(&fake.lock);
    while (wait && !role_cancelled(cfg))
        usleep(1000);
    if (wait)
        return err_set(err, ERR_CANCELLED, "cancelled");
    if (!image_init(&out->mask[0], WIDTH, HEIGHT, 1, err))
        return false;
    out->mask[0].data[0] = 255;
    out->score[0] = 0.75f;
    out->count = 1;
    return true;
}

static void fake_close(void *self)
{
    (void)self;
}

static const Segmenter fake_segmenter = { .name = "fake",
                                          .title = "Fake",
                                          .open = fake_open,
                                          .look = fake_look,
                                          .segment = fake_segment,
                                          .close = fake_close };

static int fake_questions(void)
{
    pthread_mutex_lock(&fake.lock);
    int n = fake.questions;
    pthread_mutex_unlock(&fake.lock);
    return n;
}

static void fake_set(bool fail_look, bool wait)
{
    pthread_mutex_lock(&fake.lock);
    fake.fail_look = fail_look;
    fake.wait = wait;
    pthread_mutex_unlock(&fake.lock);
}

/* ---- pictures, and asking ---- */

static char dir[64];
static const RoleConfig role = { 0 };

static char *in_dir(const char *name)
{
    char *path = path_join(dir, name);
    assert_non_null(path);
    return path;
}

static void make_picture(const char *name)
{
    Image im;
    Err err = { 0 };
    char *path = in_dir(name);
    assert_true(image_init(&im, WIDTH, HEIGHT, 3, &err));
    assert_true(image_save(&im, path, 90, &err));
    image_clear(&im);
    free(path);
}

static int set_up(void **state)
{
    (void)state;
    fake_set(false, false);
    strcpy(dir, "/tmp/facet-test-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    make_picture("photo.png");
    return 0;
}

static int tear_down(void **state)
{
    Err err = { 0 };
    (void)state;
    return folder_remove(dir, &err) ? 0 : -1;
}

/* The labeler on a file of the folder, or on the folder itself. */
static Label *open_label(const char *name, bool once)
{
    static char *image; /* borrowed by the label until the next one */
    Label *l;
    Err err = { 0 };
    free(image);
    image = name ? in_dir(name) : strdup(dir);
    LabelConfig c = { .places = { .image = image, .suffix = "_mask" },
                      .segmenter = &fake_segmenter,
                      .role = &role,
                      .once = once };
    if (!label_open(&l, &c, &err))
        fail_msg("%s", err.msg);
    return l;
}

/* Ask as the server would; the caller clears the answer. */
static WebAnswer ask(Label *l, WebMethod method, const char *path, const void *body, size_t size)
{
    WebAnswer a = { 0 };
    for (size_t i = 0; i < label_route_count; i++) {
        char cut[200];
        snprintf(cut, sizeof cut, "%s", path);
        WebRequest r = { .content_type = "application/json", .body = body, .body_size = size };
        if (label_routes[i].method != method || !web_path_match(label_routes[i].path, cut, r.param))
            continue;
        assert_true(size <= label_routes[i].max_body);
        label_routes[i].handle(l, &r, &a);
        assert_int_not_equal(a.status, 0);
        return a;
    }
    fail_msg("no route for %s", path);
    return a;
}

static int status_of(Label *l, WebMethod method, const char *path, const void *body, size_t size)
{
    WebAnswer a = ask(l, method, path, body, size);
    int status = a.status;
    web_answer_clear(&a);
    return status;
}

/* The answer as JSON; the caller gives it back. */
static json_t *json_of(Label *l, WebMethod method, const char *path, const char *body)
{
    WebAnswer a = ask(l, method, path, body, body ? strlen(body) : 0);
    json_t *v = json_loadb(a.bytes, a.size, 0, NULL);
    assert_non_null(v);
    web_answer_clear(&a);
    return v;
}

static int segment_status(Label *l, const char *prompt)
{
    return status_of(l, WEB_POST, "/api/pictures/0/segment", prompt, strlen(prompt));
}

/* Wait until the open picture is ready or has failed. */
static const char *final_state(Label *l)
{
    static const char *const names[] = { "ready", "failed" };
    for (;;) {
        json_t *v = json_of(l, WEB_GET, "/api/pictures/0/state", NULL);
        const char *state = json_string_value(json_object_get(v, "state"));
        for (size_t i = 0; i < 2; i++)
            if (strcmp(state, names[i]) == 0) {
                json_decref(v);
                return names[i];
            }
        json_decref(v);
        usleep(1000);
    }
}

/* ---- masks ---- */

static void random_mask(Image *mask, unsigned seed)
{
    Err err = { 0 };
    assert_true(image_init(mask, WIDTH, HEIGHT, 1, &err));
    for (size_t i = 0; i < PIXELS; i++)
        mask->data[i] = (seed = seed * 1664525u + 1013904223u) >> 31 ? 255 : 0;
}

static void a_mask_is_the_same_after_packing_and_unpacking(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 200; seed++) {
        Image mask, back;
        uint8_t *data;
        size_t size;
        Err err = { 0 };
        random_mask(&mask, seed);
        assert_true(mask_runs_pack(&mask, &data, &size, &err));
        assert_true(mask_runs_unpack(&back, data, size, WIDTH, HEIGHT, &err));
        assert_memory_equal(back.data, mask.data, PIXELS);
        for (size_t cut = 0; cut < size; cut++) {
            Image none;
            assert_false(mask_runs_unpack(&none, data, cut, WIDTH, HEIGHT, &err));
            assert_true(image_empty(&none));
        }
        free(data);
        image_clear(&mask);
        image_clear(&back);
    }
}

static void a_saved_mask_is_a_black_and_white_png_and_is_given_back(void **state)
{
    Label *l = open_label("photo.png", false);
    char *path = in_dir("photo_mask.png");
    Image mask, file;
    uint8_t *data;
    size_t size;
    Err err = { 0 };
    (void)state;
    random_mask(&mask, 5);
    assert_true(mask_runs_pack(&mask, &data, &size, &err));
    assert_int_equal(status_of(l, WEB_GET, "/api/pictures/0/mask", NULL, 0), 404);
    assert_int_equal(status_of(l, WEB_PUT, "/api/pictures/0/mask", data, size), 200);
    assert_true(image_load(&file, path, &(DecodeOptions){ 0 }, &err));
    assert_int_equal(file.channels, 1);
    assert_memory_equal(file.data, mask.data, PIXELS);
    WebAnswer a = ask(l, WEB_GET, "/api/pictures/0/mask", NULL, 0);
    assert_int_equal(a.size, size);
    assert_memory_equal(a.bytes, data, size);
    web_answer_clear(&a);
    assert_false(label_finished(l));
    label_close(l);
    free(data);
    free(path);
    image_clear(&mask);
    image_clear(&file);
}

static void hostile_masks_are_refused_and_leave_the_saved_one(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {
        { "", 0 },
        { "\x06", 1 },
        { "\x06\x04", 2 },                             /* no pixels */
        { "\x06\x04\x17", 3 },                         /* one too few */
        { "\x06\x04\x19", 3 },                         /* one too many */
        { "\x06\x04\x0c\x0c\x01", 5 },                 /* one too many behind a full mask */
        { "\x06\x04\x0c\x00\x0c", 5 },                 /* a stretch of nothing */
        { "\x05\x04\x14", 3 },                         /* another size */
        { "\x04\x06\x18", 3 },                         /* sides exchanged */
        { "\x06\x04\x98", 3 },                         /* cut within a number */
        { "\x06\x04\xff\xff\xff\xff\xff\xff\x01", 9 }, /* beyond 32 bits */
        { "\x06\x04\xff\xff\xff\xff\x1f\x18", 8 },     /* 2^33 - 1, which must not wrap */
        { "\xff\xff\xff\xff\x0f\xff\xff\xff\xff\x0f\x01", 11 },
        { "\x89PNG\r\n\x1a\n", 8 },
    };
    Label *l = open_label("photo.png", false);
    char *path = in_dir("photo_mask.png");
    uint8_t *before, *after;
    size_t size, size_after;
    Err err = { 0 };
    (void)state;
    assert_int_equal(status_of(l, WEB_PUT, "/api/pictures/0/mask", "\x06\x04\x0c\x0c", 4), 200);
    assert_true(file_read(path, 1 << 20, &before, &size, &err));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(status_of(l, WEB_PUT, "/api/pictures/0/mask", bad[i].bytes, bad[i].size), 400);
    assert_int_equal(status_of(l, WEB_PUT, "/api/pictures/1/mask", "\x06\x04\x18", 3), 404);
    assert_true(file_read(path, 1 << 20, &after, &size_after, &err));
    assert_int_equal(size, size_after);
    assert_memory_equal(before, after, size);
    label_close(l);
    free(before);
    free(after);
    free(path);
}

static void a_mask_that_is_there_is_offered_unless_it_has_another_size(void **state)
{
    Image wrong;
    Err err = { 0 };
    char *path = in_dir("photo_mask.png");
    (void)state;
    assert_true(image_init(&wrong, WIDTH + 1, HEIGHT, 1, &err));
    assert_true(image_save(&wrong, path, 0, &err));
    Label *l = open_label("photo.png", false);
    json_t *v = json_of(l, WEB_GET, "/api/pictures/0", NULL);
    assert_true(json_is_true(json_object_get(v, "mask")));
    json_decref(v);
    assert_int_equal(status_of(l, WEB_GET, "/api/pictures/0/mask", NULL, 0), 400);
    assert_int_equal(status_of(l, WEB_PUT, "/api/pictures/0/mask", "\x06\x04\x18", 3), 200);
    assert_int_equal(status_of(l, WEB_GET, "/api/pictures/0/mask", NULL, 0), 200);
    label_close(l);
    image_clear(&wrong);
    free(path);
}

/* ---- prompts ---- */

static void a_prompt_reaches_the_segmenter_with_pixel_centres_as_whole_numbers(void **state)
{
    Label *l = open_label("photo.png", false);
    (void)state;
    json_t *v = json_of(l, WEB_POST, "/api/pictures/0/segment",
                        "{\"question\": 7, \"points\": [[0.5, 3.25, 1]], \"box\": [0, 1, 6, 4]}");
    assert_int_equal(fake.points, 1);
    assert_true(fake.x == 0 && fake.y == 2.75f && fake.positive);
    assert_true(fake.has_box && fake.box[0] == -0.5f && fake.box[1] == 0.5f && fake.box[2] == 5.5f &&
                fake.box[3] == 3.5f);
    assert_int_equal(json_integer_value(json_object_get(v, "best")), 0);
    json_t *mask = json_array_get(json_object_get(v, "masks"), 0);
    assert_true(json_real_value(json_object_get(mask, "score")) == 0.75);
    json_t *runs = json_pack("[i, i, i]", 0, 1, PIXELS - 1);
    assert_true(json_equal(json_object_get(mask, "runs"), runs));
    json_decref(runs);
    json_decref(v);
    v = json_of(l, WEB_POST, "/api/pictures/0/segment",
                "{\"question\": 8, \"points\": [[6, 4, 0]], \"box\": null}");
    assert_true(!fake.has_box && !fake.positive);
    json_decref(v);
    label_close(l);
}

static void what_was_painted_reaches_the_segmenter(void **state)
{
    Label *l = open_label("photo.png", false);
    (void)state;
    assert_int_equal(
        segment_status(l, "{\"question\": 1, \"points\": [], \"box\": null, \"object\": [2, 3, 19], "
                          "\"background\": [0, 1, 22, 1]}"),
        200);
    for (int i = 0; i < PIXELS; i++)
        assert_int_equal(fake.strokes[i], i == 0 || i == 23  ? STROKE_BACKGROUND
                                          : i >= 2 && i <= 4 ? STROKE_OBJECT
                                                             : STROKE_NONE);
    assert_int_equal(segment_status(l, "{\"question\": 2, \"points\": [], \"box\": null, \"object\": null, "
                                       "\"background\": null}"),
                     200);
    assert_int_equal(fake.strokes[2], STROKE_NONE);
    label_close(l);
}

static void hostile_prompts_never_reach_the_segmenter(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{",
        "null",
        "{}",
        "\"x\"",
        "{\"question\": 1}",
        "{\"question\": 1, \"points\": []}",
        "{\"question\": 1.5, \"points\": [], \"box\": null}",
        "{\"question\": \"1\", \"points\": [], \"box\": null}",
        "{\"question\": 1, \"points\": {}, \"box\": null}",
        "{\"question\": 1, \"points\": null, \"box\": null}",
        "{\"question\": 1, \"points\": [1, 2, 1], \"box\": null}",
        "{\"question\": 1, \"points\": [[1, 2]], \"box\": null}",
        "{\"question\": 1, \"points\": [[1, 2, 1, 0]], \"box\": null}",
        "{\"question\": 1, \"points\": [[1, 2, 2]], \"box\": null}",
        "{\"question\": 1, \"points\": [[1, 2, true]], \"box\": null}",
        "{\"question\": 1, \"points\": [[\"1\", 2, 1]], \"box\": null}",
        "{\"question\": 1, \"points\": [[-0.1, 2, 1]], \"box\": null}",
        "{\"question\": 1, \"points\": [[6.1, 2, 1]], \"box\": null}",
        "{\"question\": 1, \"points\": [[1, 4.1, 1]], \"box\": null}",
        "{\"question\": 1, \"points\": [[1e308, 1, 1]], \"box\": null}",
        "{\"question\": 1, \"points\": [[NaN, 1, 1]], \"box\": null}",
        "{\"question\": 1, \"points\": [], \"box\": [0, 0, 1]}",
        "{\"question\": 1, \"points\": [], \"box\": [0, 0, 1, 1, 1]}",
        "{\"question\": 1, \"points\": [], \"box\": [0, 0, 7, 1]}",
        "{\"question\": 1, \"points\": [], \"box\": [0, 0, 1, 5]}",
        "{\"question\": 1, \"points\": [], \"box\": {}}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"file\": \"/etc/passwd\"}",
        "{\"question\": 1, \"question\": 2, \"points\": [], \"box\": null}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"object\": [2, 3, 18]}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"object\": [2, 3, 20]}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"object\": [24, 0]}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"object\": [-1, 25]}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"object\": [12, 9223372036854775807, 12]}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"object\": []}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"object\": {}, \"background\": null}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"object\": [12, \"12\"]}",
        "{\"question\": 1, \"points\": [], \"box\": null, \"background\": [0, 24], \"object\": [1]}",
        "{\"question\": 99999999999999999999, \"points\": [], \"box\": null}",
    };
    Label *l = open_label("photo.png", false);
    int asked = fake_questions();
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(segment_status(l, bad[i]), 400);
    Str many = { 0 };
    str_add(&many, "{\"question\": 1, \"box\": null, \"points\": [[1, 1, 1]");
    for (int i = 0; i < SEGMENTER_POINTS_MAX; i++)
        str_add(&many, ", [1, 1, 1]");
    str_add(&many, "]}");
    assert_int_equal(segment_status(l, str_text(&many)), 400);
    str_clear(&many);
    assert_int_equal(fake_questions(), asked);
    label_close(l);
}

/* ---- one worker for all ---- */

typedef struct {
    Label *label;
    const char *prompt;
    int status;
    pthread_t thread;
} Asker;

static void *ask_from_thread(void *user)
{
    Asker *q = user;
    q->status = segment_status(q->label, q->prompt);
    return NULL;
}

static void start_asker(Asker *q)
{
    int before = fake_questions();
    assert_int_equal(pthread_create(&q->thread, NULL, ask_from_thread, q), 0);
    while (fake_questions() == before)
        usleep(1000);
}

static void a_later_question_cancels_the_one_under_way(void **state)
{
    Label *l = open_label("photo.png", false);
    Asker first = { l, "{\"question\": 5, \"points\": [[1, 1, 1]], \"box\": null}", 0, 0 };
    (void)state;
    fake_set(false, true);
    start_asker(&first);
    fake_set(false, false);
    assert_int_equal(segment_status(l, "{\"question\": 6, \"points\": [[1, 1, 1]], \"box\": null}"), 200);
    pthread_join(first.thread, NULL);
    assert_int_equal(first.status, 503);
    /* One that comes in after a later one is not asked at all. */
    int asked = fake_questions();
    assert_int_equal(segment_status(l, "{\"question\": 5, \"points\": [[1, 1, 1]], \"box\": null}"), 503);
    assert_int_equal(fake_questions(), asked);
    label_close(l);
}

static void cancelling_answers_whoever_waits(void **state)
{
    Label *l = open_label("photo.png", false);
    Asker waits = { l, "{\"question\": 1, \"points\": [[1, 1, 1]], \"box\": null}", 0, 0 };
    (void)state;
    fake_set(false, true);
    start_asker(&waits);
    label_cancel(l);
    pthread_join(waits.thread, NULL);
    assert_int_equal(waits.status, 503);
    assert_int_equal(segment_status(l, waits.prompt), 503);
    label_close(l);
}

static void a_look_that_fails_is_told_and_tried_again_when_the_picture_is_opened_again(void **state)
{
    Label *l = open_label("photo.png", false);
    (void)state;
    fake_set(true, false);
    assert_int_equal(status_of(l, WEB_GET, "/api/pictures/0", NULL, 0), 200);
    assert_string_equal(final_state(l), "failed");
    json_t *v = json_of(l, WEB_GET, "/api/pictures/0/state", NULL);
    assert_string_equal(json_string_value(json_object_get(v, "error")), "no memory to look");
    json_decref(v);
    assert_int_equal(segment_status(l, "{\"question\": 1, \"points\": [[1, 1, 1]], \"box\": null}"), 500);
    fake_set(false, false);
    assert_int_equal(status_of(l, WEB_GET, "/api/pictures/0", NULL, 0), 200);
    assert_string_equal(final_state(l), "ready");
    label_close(l);
}

static void the_picture_is_looked_at_once_however_often_it_is_asked_about(void **state)
{
    Label *l = open_label("photo.png", false);
    int before = fake.looks;
    (void)state;
    for (int i = 0; i < 3; i++) {
        char prompt[80];
        snprintf(prompt, sizeof prompt, "{\"question\": %d, \"points\": [[1, 1, 1]], \"box\": null}", i);
        assert_int_equal(segment_status(l, prompt), 200);
        assert_int_equal(status_of(l, WEB_GET, "/api/pictures/0", NULL, 0), 200);
    }
    assert_int_equal(fake.looks, before + 1);
    label_close(l);
}

/* ---- which pictures, and where their masks go ---- */

static void a_folder_is_its_pictures_without_their_masks(void **state)
{
    char *broken = in_dir("broken.jpg"), *text = in_dir("notes.txt");
    Err err = { 0 };
    (void)state;
    make_picture("another.jpg");
    make_picture("photo_mask.png");
    assert_true(file_write(broken, "no picture", 10, &err) && file_write(text, "x", 1, &err));
    Label *l = open_label(NULL, true);
    json_t *v = json_of(l, WEB_GET, "/api/session", NULL);
    json_t *pictures = json_object_get(v, "pictures");
    static const char *const names[] = { "another.jpg", "broken.jpg", "photo.png" };
    assert_int_equal(json_array_size(pictures), 3);
    for (size_t i = 0; i < 3; i++) {
        json_t *p = json_array_get(pictures, i);
        assert_string_equal(json_string_value(json_object_get(p, "name")), names[i]);
        assert_int_equal(json_is_true(json_object_get(p, "done")), i == 2);
        assert_int_equal(json_is_string(json_object_get(p, "problem")), i == 1);
    }
    json_decref(v);
    assert_int_equal(label_picture_count(l), 3);
    assert_int_equal(label_done_count(l), 1);
    assert_int_equal(status_of(l, WEB_GET, "/api/pictures/1", NULL, 0), 400);
    assert_int_equal(status_of(l, WEB_GET, "/api/pictures/3", NULL, 0), 404);
    /* The broken one cannot be waited for. */
    assert_int_equal(status_of(l, WEB_PUT, "/api/pictures/0/mask", "\x06\x04\x18", 3), 200);
    assert_true(label_finished(l));
    label_close(l);
    free(broken);
    free(text);
}

static void open_fails(LabelPlaces places, ErrKind kind, const char *words)
{
    LabelPictures l;
    Err err = { 0 };
    assert_false(label_pictures_open(&l, &places, &err));
    assert_int_equal(err.kind, kind);
    if (!strstr(err.msg, words))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, words);
}

static void what_would_do_harm_or_cannot_be_is_refused(void **state)
{
    char *photo = in_dir("photo.png"), *out = in_dir("out.png"), *jpg = in_dir("out.jpg"),
         *none = in_dir("none.png"), *empty = in_dir("empty");
    Err err = { 0 };
    (void)state;
    assert_true(folder_make(empty, &err));
    open_fails((LabelPlaces){ .image = photo, .suffix = "" }, ERR_USAGE, "would replace the picture");
    open_fails((LabelPlaces){ .image = photo, .output = photo, .suffix = "_mask" }, ERR_USAGE,
               "would replace the picture");
    open_fails((LabelPlaces){ .image = dir, .suffix = "" }, ERR_USAGE, "would replace the picture");
    open_fails((LabelPlaces){ .image = dir, .output = out, .suffix = "_mask" }, ERR_USAGE, "--output_dir");
    open_fails((LabelPlaces){ .image = photo, .output = out, .output_dir = dir, .suffix = "_mask" },
               ERR_USAGE, "not both");
    open_fails((LabelPlaces){ .image = photo, .output = jpg, .suffix = "_mask" }, ERR_USAGE, ".png");
    open_fails((LabelPlaces){ .image = photo, .suffix = "/../x" }, ERR_USAGE, "slash");
    open_fails((LabelPlaces){ .image = none, .suffix = "_mask" }, ERR_MISSING, "none.png");
    open_fails((LabelPlaces){ .image = empty, .suffix = "_mask" }, ERR_INPUT, "no pictures");
    open_fails((LabelPlaces){ .image = photo, .output_dir = photo, .suffix = "_mask" }, ERR_IO, "photo.png");
    make_picture("photo.jpg");
    open_fails((LabelPlaces){ .image = dir, .suffix = "_mask" }, ERR_USAGE, "same mask");
    free(photo);
    free(out);
    free(jpg);
    free(none);
    free(empty);
}

static void a_photo_that_lies_on_its_side_is_upright_for_page_and_mask(void **state)
{
    Str path = { 0 };
    Image shown, loaded, plain;
    LabelPictures l;
    Err err = { 0 };
    (void)state;
    str_printf(&path, "%s/vision/codecs/good/exif_6.jpg", getenv("FACET_FIXTURES"));
    LabelPlaces places = { .image = str_text(&path), .output_dir = dir, .suffix = "_mask" };
    LabelConfig c = { .places = places, .segmenter = &fake_segmenter, .role = &role };
    Label *label;
    assert_true(label_pictures_open(&l, &places, &err));
    assert_true(label_open(&label, &c, &err));
    assert_true(image_load(&plain, places.image, &(DecodeOptions){ .channels = 3 }, &err));
    assert_true(label_picture_load(&l.picture[0], &loaded, &err));
    assert_int_equal(loaded.width, plain.height);
    assert_int_equal(loaded.height, plain.width);
    WebAnswer a = ask(label, WEB_GET, "/api/pictures/0/pixels", NULL, 0);
    ImageInfo info;
    assert_true(image_probe(&info, a.bytes, a.size, &err));
    assert_int_equal(info.orientation, 1);
    assert_true(image_decode(&shown, a.bytes, a.size, &(DecodeOptions){ 0 }, &err));
    assert_int_equal(shown.width, loaded.width);
    assert_int_equal(shown.height, loaded.height);
    web_answer_clear(&a);
    label_close(label);
    label_pictures_clear(&l);
    image_clear(&shown);
    image_clear(&loaded);
    image_clear(&plain);
    str_clear(&path);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mask_is_the_same_after_packing_and_unpacking),
        IN_FOLDER(a_saved_mask_is_a_black_and_white_png_and_is_given_back),
        IN_FOLDER(hostile_masks_are_refused_and_leave_the_saved_one),
        IN_FOLDER(a_mask_that_is_there_is_offered_unless_it_has_another_size),
        IN_FOLDER(a_prompt_reaches_the_segmenter_with_pixel_centres_as_whole_numbers),
        IN_FOLDER(what_was_painted_reaches_the_segmenter),
        IN_FOLDER(hostile_prompts_never_reach_the_segmenter),
        IN_FOLDER(a_later_question_cancels_the_one_under_way),
        IN_FOLDER(cancelling_answers_whoever_waits),
        IN_FOLDER(a_look_that_fails_is_told_and_tried_again_when_the_picture_is_opened_again),
        IN_FOLDER(the_picture_is_looked_at_once_however_often_it_is_asked_about),
        IN_FOLDER(a_folder_is_its_pictures_without_their_masks),
        IN_FOLDER(what_would_do_harm_or_cannot_be_is_refused),
        IN_FOLDER(a_photo_that_lies_on_its_side_is_upright_for_page_and_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
