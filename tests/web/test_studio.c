#include "temp.h"

#include "forge_execution.h"
#include "roles/registry.h"
#include "vision/codec.h"
#include "web/mask_runs.h"
#include "web/studio.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ask a route of the studio as the server does, without sockets. */
typedef struct {
    Studio *studio;
    WebSite site;
} Desk;

/* A studio on the execution that is there. */
static Desk open_desk_again(void **state, const Segmenter *segmenter)
{
    static char working_dir[512]; /* the studio borrows it */
    static const RoleConfig role = { .threads = 1 };
    Err err = { 0 };
    snprintf(working_dir, sizeof working_dir, "%s", temp_path(state, "work"));
    StudioConfig config = {
        .working_dir = working_dir, .program = "/nonexistent/facet", .segmenter = segmenter, .role = &role
    };
    Desk d = { .studio = studio_open(&config, &err),
               .site = { .page = "studio.html", .host = "", .port = 1 } };
    if (!d.studio)
        fail_msg("%s", err.msg);
    d.site.routes = studio_routes(&d.site.route_count);
    assert_ok(web_site_token(&d.site, &err));
    return d;
}

static Desk open_desk_with(void **state, const Segmenter *segmenter)
{
    forge_execution(temp_path(state, "work/x"));
    return open_desk_again(state, segmenter);
}

static Desk open_desk(void **state)
{
    return open_desk_with(state, NULL);
}

static void ask(const Desk *d, WebAnswer *a, const char *method, const char *target, const char *type,
                const void *body, size_t size)
{
    char token[WEB_TOKEN_CHARS + 1];
    memcpy(token, d->site.token, sizeof token);
    WebHead head = { .method = method,
                     .target = target,
                     .host = "127.0.0.1:1",
                     .origin = "http://127.0.0.1:1",
                     .token = token,
                     .sec_fetch_site = "same-origin",
                     .content_type = type };
    WebRequest r = { 0 };
    *a = (WebAnswer){ 0 };
    const WebRoute *route = web_site_admit(&d->site, &head, &r, a);
    if (route) {
        r.body = body;
        r.body_size = size;
        r.content_type = type ? type : "";
        route->handle(d->studio, &r, a);
    }
    web_request_clear(&r);
}

/* The JSON that is answered with 200; the caller gives it back. */
static json_t *get(const Desk *d, const char *target)
{
    WebAnswer a;
    ask(d, &a, "GET", target, NULL, NULL, 0);
    assert_int_equal(a.status, 200);
    json_t *o = json_loadb(a.bytes, a.size, 0, NULL);
    assert_non_null(o);
    web_answer_clear(&a);
    return o;
}

static int post(const Desk *d, const char *target, const char *body)
{
    WebAnswer a;
    ask(d, &a, "POST", target, "application/json", body, strlen(body));
    int status = a.status;
    web_answer_clear(&a);
    return status;
}

static int status_of(const Desk *d, const char *target)
{
    WebAnswer a;
    ask(d, &a, "GET", target, NULL, NULL, 0);
    int status = a.status;
    web_answer_clear(&a);
    return status;
}

static json_int_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

/* The number of the image that is alone in this list. */
static json_int_t only_item(const Desk *d, const char *target)
{
    json_t *o = get(d, target);
    assert_int_equal(number(o, "total"), 1);
    json_int_t id = number(json_array_get(json_object_get(o, "items"), 0), "id");
    json_decref(o);
    return id;
}

static void close_desk(Desk *d)
{
    studio_close(d->studio);
}

static void executions_and_their_steps_are_listed(void **state)
{
    Desk d = open_desk(state);
    json_t *o = get(&d, "/api/executions"), *x = json_array_get(json_object_get(o, "executions"), 0);
    assert_string_equal(json_string_value(json_object_get(x, "name")), "x");
    assert_string_equal(json_string_value(json_object_get(x, "object")), "mug");
    assert_int_equal(json_array_size(json_object_get(x, "completed")), 7);
    json_decref(o);
    o = get(&d, "/api/execution/0");
    assert_int_equal(number(json_array_get(json_object_get(o, "steps"), 5), "images"), 8);
    json_decref(o);
    assert_int_equal(status_of(&d, "/api/execution/1"), 404);
    assert_int_equal(status_of(&d, "/api/execution/2147483647/items"), 404);
    close_desk(&d);
}

static void pages_of_a_list_join_without_gap_or_overlap(void **state)
{
    Desk d = open_desk(state);
    bool seen[27] = { false };
    for (int from = 0; from < 30; from += 5) {
        char target[100];
        snprintf(target, sizeof target, "/api/execution/0/items?from=%d&count=5", from);
        json_t *o = get(&d, target), *item;
        size_t i;
        assert_int_equal(number(o, "total"), 27);
        json_array_foreach(json_object_get(o, "items"), i, item)
        {
            assert_false(seen[number(item, "id")]);
            seen[number(item, "id")] = true;
        }
        json_decref(o);
    }
    for (int i = 0; i < 27; i++)
        assert_true(seen[i]);
    close_desk(&d);
}

static void filters_in_the_address_are_checked(void **state)
{
    static const char *const bad[] = { "step=9",     "step=x",         "split=test",   "decision=maybe",
                                       "order=best", "min_score=1001", "min_score=-1", "from=-1",
                                       "count=501",  "kind=," };
    Desk d = open_desk(state);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char target[100];
        snprintf(target, sizeof target, "/api/execution/0/items?%s", bad[i]);
        assert_int_equal(status_of(&d, target), 400);
    }
    json_t *o = get(
        &d,
        "/api/execution/0/items?step=6&split=val&kind=plain,restyled&min_score=700&max_score=760&order=score");
    assert_int_equal(number(o, "total"), 2);
    json_decref(o);
    close_desk(&d);
}

static void all_that_is_known_of_an_image_is_told(void **state)
{
    Desk d = open_desk(state);
    char target[100];
    snprintf(target, sizeof target, "/api/execution/0/item/%d",
             (int)only_item(&d, "/api/execution/0/items?step=6&text=perspective_1_prompt_0_seed_20_qwen"));
    json_t *o = get(&d, target);
    assert_string_equal(json_string_value(json_object_get(o, "prompt")), "in heavy rain");
    assert_int_equal(number(o, "seed"), 20);
    assert_int_equal(number(o, "width"), 16);
    assert_int_equal(json_array_size(json_object_get(o, "origins")), 4);
    assert_int_equal(json_array_size(json_object_get(o, "variants")), 1);
    const json_t *outline = json_array_get(json_object_get(o, "outlines"), 0);
    assert_int_equal(json_array_size(json_object_get(outline, "points")), 8);
    json_decref(o);
    assert_int_equal(status_of(&d, "/api/execution/0/item/27"), 404);
    close_desk(&d);
}

static void images_and_thumbnails_are_sent_and_links_are_not_followed(void **state)
{
    Desk d = open_desk(state);
    assert_int_equal(symlink("/etc/passwd", temp_path(state, "work/x/04_dataset/link.png")), 0);
    json_int_t link = only_item(&d, "/api/execution/0/items?text=link.png");
    char target[100];
    snprintf(target, sizeof target, "/api/execution/0/image/%d", (int)link);
    assert_int_equal(status_of(&d, target), 404);
    snprintf(target, sizeof target, "/api/execution/0/thumbnail/%d", (int)link);
    assert_int_equal(status_of(&d, target), 400);
    assert_int_equal(status_of(&d, "/api/execution/0/image/0"), 200);
    WebAnswer a;
    ask(&d, &a, "GET", "/api/execution/0/thumbnail/0?side=64", NULL, NULL, 0);
    ImageInfo info;
    Err err = { 0 };
    assert_int_equal(a.status, 200);
    assert_ok(image_probe(&info, a.bytes, a.size, &err));
    assert_string_equal(info.format, "jpeg");
    web_answer_clear(&a);
    assert_int_equal(status_of(&d, "/api/execution/0/thumbnail/0?side=5000"), 400);
    close_desk(&d);
}

static void a_decision_is_a_line_of_the_review_and_shows_in_lists(void **state)
{
    Desk d = open_desk(state);
    char body[100];
    json_int_t id = only_item(&d, "/api/execution/0/items?step=6&text=perspective_0_prompt_0_seed_10.jpg");
    snprintf(body, sizeof body, "{\"items\":[%d],\"decision\":\"drop\"}", (int)id);
    assert_int_equal(post(&d, "/api/execution/0/decide", body), 200);
    char *text = forge_read(temp_path(state, "work/x"), "review.jsonl");
    assert_non_null(strstr(text, "\"decision\":\"drop\""));
    free(text);
    json_t *o = get(&d, "/api/execution/0/items?decision=drop");
    assert_int_equal(number(o, "total"), 2); /* with its version of step 7 */
    json_decref(o);
    o = get(&d, "/api/execution/0/shapes");
    assert_int_equal(number(json_object_get(o, "train"), "images"), 3);
    json_decref(o);
    assert_int_equal(post(&d, "/api/execution/0/undo", "{}"), 200);
    assert_int_equal(post(&d, "/api/execution/0/undo", "{}"), 409);
    o = get(&d, "/api/execution/0/items?decision=drop");
    assert_int_equal(number(o, "total"), 0);
    json_decref(o);
    close_desk(&d);
}

static void senseless_decisions_are_refused(void **state)
{
    static const char *const bad[] = { "{}",
                                       "[]",
                                       "{\"items\":[0]}",
                                       "{\"items\":[0],\"decision\":\"burn\"}",
                                       "{\"items\":[],\"decision\":\"drop\"}",
                                       "{\"items\":[9999],\"decision\":\"drop\"}",
                                       "{\"items\":[-1],\"decision\":\"drop\"}",
                                       "{\"items\":[\"a\"],\"decision\":\"drop\"}",
                                       "{\"items\":[0,5],\"decision\":\"drop\"}",
                                       "nonsense" };
    Desk d = open_desk(state);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(post(&d, "/api/execution/0/decide", bad[i]), 400);
    assert_null(forge_read(temp_path(state, "work/x"), "review.jsonl"));
    close_desk(&d);
}

static void a_mask_corrects_the_label_of_the_image_it_is_about(void **state)
{
    Desk d = open_desk(state);
    Image mask;
    Err err = { 0 };
    assert_ok(image_init(&mask, 16, 12, 1, &err));
    for (int y = 3; y <= 9; y++)
        memset(image_at(&mask, 2, y), 255, 9);
    uint8_t *runs;
    size_t size;
    assert_ok(mask_runs_pack(&mask, &runs, &size, &err));
    char target[100];
    /* The image of step 7 is labelled by that of step 6. */
    snprintf(target, sizeof target, "/api/execution/0/mask/%d",
             (int)only_item(&d, "/api/execution/0/items?step=7&text=perspective_0_prompt_0_seed_10_cv"));
    WebAnswer a;
    ask(&d, &a, "POST", target, "application/octet-stream", runs, size);
    assert_int_equal(a.status, 200);
    web_answer_clear(&a);
    char *label = forge_read(temp_path(state, "work/x"),
                             "06_yolo_dataset/train/labels/perspective_0_prompt_0_seed_10.txt");
    assert_string_equal(label, "0 0.125000 0.250000 0.125000 0.750000 0.625000 0.750000 0.625000 0.250000\n");
    free(label);
    ask(&d, &a, "POST", target, "application/octet-stream", runs, size / 2);
    assert_int_equal(a.status, 400);
    web_answer_clear(&a);
    ask(&d, &a, "POST", target, "image/png", runs, size);
    assert_int_equal(a.status, 415);
    web_answer_clear(&a);
    assert_int_equal(post(&d, "/api/execution/0/undo", "{}"), 200);
    label = forge_read(temp_path(state, "work/x"),
                       "06_yolo_dataset/train/labels/perspective_0_prompt_0_seed_10.txt");
    assert_string_equal(label, FORGED_LABEL);
    free(label);
    free(runs);
    image_clear(&mask);
    close_desk(&d);
}

static void the_live_view_tells_once_and_then_only_what_changed(void **state)
{
    Desk d = open_desk(state);
    WebAnswer a;
    ask(&d, &a, "GET", "/api/execution/0/live", NULL, NULL, 0);
    assert_true(a.has_stream);
    Str out = { 0 };
    assert_true(a.stream.next(a.stream.user, &out));
    assert_non_null(strstr(str_text(&out), "event: progress"));
    str_reset(&out);
    assert_true(a.stream.next(a.stream.user, &out));
    assert_int_equal(out.len, 0);
    forge_image(temp_path(state, "work/x"), "04_dataset/perspective_0_prompt_1_seed_99.png", 16, 12);
    assert_true(a.stream.next(a.stream.user, &out));
    assert_non_null(strstr(str_text(&out), "perspective_0_prompt_1_seed_99.png"));
    str_clear(&out);
    web_answer_clear(&a);
    close_desk(&d);
}

static void an_export_leaves_out_what_was_dropped(void **state)
{
    Desk d = open_desk(state);
    char body[120];
    json_int_t id = only_item(&d, "/api/execution/0/items?step=4&text=perspective_0_prompt_0_seed_10.png");
    snprintf(body, sizeof body, "{\"items\":[%d],\"decision\":\"drop\"}", (int)id);
    assert_int_equal(post(&d, "/api/execution/0/decide", body), 200);
    assert_int_equal(post(&d, "/api/execution/0/export", "{\"format\":\"yolo-seg\",\"name\":\"../up\"}"),
                     400);
    assert_int_equal(post(&d, "/api/execution/0/export", "{\"format\":\"xml\",\"name\":\"a\"}"), 400);
    assert_int_equal(post(&d, "/api/execution/0/export", "{\"format\":\"yolo-seg\",\"name\":\"a\"}"), 200);
    TextList names;
    Err err = { 0 };
    /* 4 scenes and restyled versions of view 0 with a degraded one each, less those of the dropped scene */
    assert_ok(folder_list(temp_path(state, "work/x/exports/a/train/images"), &names, &err));
    assert_int_equal(names.count, 4);
    for (size_t i = 0; i < names.count; i++)
        assert_null(strstr(names.text[i], "seed_10"));
    text_list_clear(&names);
    assert_ok(folder_list(temp_path(state, "work/x/exports/a/val/images"), &names, &err));
    assert_int_equal(names.count, 8);
    text_list_clear(&names);
    close_desk(&d);
}

static void a_program_that_cannot_be_started_is_an_error(void **state)
{
    Desk d = open_desk(state);
    assert_int_equal(post(&d, "/api/execution/0/retry", "{\"step\":8}"), 400);
    assert_int_equal(post(&d, "/api/execution/0/retry", "{\"step\":4}"), 404);
    close_desk(&d);
}

/* The JSON that a POST is answered with; the caller gives it back. */
static json_t *post_json(const Desk *d, const char *target, const char *body)
{
    WebAnswer a;
    ask(d, &a, "POST", target, "application/json", body, strlen(body));
    assert_int_equal(a.status, 200);
    json_t *o = json_loadb(a.bytes, a.size, 0, NULL);
    assert_non_null(o);
    web_answer_clear(&a);
    return o;
}

static void the_segmenter_answers_about_any_image(void **state)
{
    const Segmenter *grabcut;
    Err err = { 0 };
    assert_ok(segmenter_choose(&grabcut, "grabcut", &(RoleConfig){ .threads = 1 }, &err));
    Desk d = open_desk_with(state, grabcut);
    int scene = (int)only_item(&d, "/api/execution/0/items?step=6&text=perspective_0_prompt_0_seed_10.jpg");
    char look[100], segment[100];
    snprintf(look, sizeof look, "/api/execution/0/look/%d", scene);
    snprintf(segment, sizeof segment, "/api/execution/0/segment/%d", scene);
    json_t *o = post_json(&d, look, "{}");
    assert_string_equal(json_string_value(json_object_get(json_object_get(o, "segmenter"), "name")),
                        "grabcut");
    json_decref(o);
    o = post_json(&d, segment,
                  "{\"question\":1,\"points\":[],\"box\":[2,2,12,10],\"object\":null,\"background\":null}");
    const json_t *runs = json_object_get(json_array_get(json_object_get(o, "masks"), 0), "runs"), *run;
    size_t i;
    json_int_t pixels = 0;
    json_array_foreach(runs, i, run) pixels += json_integer_value(run);
    assert_int_equal(pixels, 16 * 12);
    json_decref(o);
    o = get(&d, look);
    assert_string_equal(json_string_value(json_object_get(o, "state")), "ready");
    json_decref(o);
    /* A box outside of this picture, an image and an execution that are not there. */
    assert_int_equal(post(&d, segment, "{\"question\":2,\"points\":[],\"box\":[2,2,120,100]}"), 400);
    assert_int_equal(post(&d, "/api/execution/0/segment/9999", "{\"question\":3,\"points\":[],\"box\":null}"),
                     404);
    assert_int_equal(post(&d, "/api/execution/7/look/0", "{}"), 404);
    close_desk(&d);
}

static void without_a_segmenter_masks_are_drawn_by_hand(void **state)
{
    Desk d = open_desk(state);
    json_t *o = post_json(&d, "/api/execution/0/look/1", "{}");
    assert_true(json_is_null(json_object_get(o, "segmenter")));
    json_decref(o);
    assert_int_equal(
        post(&d, "/api/execution/0/segment/1", "{\"question\":1,\"points\":[[3,3,1]],\"box\":null}"), 409);
    close_desk(&d);
}

static void a_correction_names_an_object_and_the_label_it_is_about(void **state)
{
    Desk d = open_desk(state);
    Image mask;
    Err err = { 0 };
    uint8_t *runs;
    size_t size;
    assert_ok(image_init(&mask, 16, 12, 1, &err));
    for (int y = 3; y <= 9; y++)
        memset(image_at(&mask, 2, y), 255, 9);
    *image_at(&mask, 14, 1) = 255;
    assert_ok(mask_runs_pack(&mask, &runs, &size, &err));
    int id = (int)only_item(&d, "/api/execution/0/items?step=6&text=perspective_0_prompt_0_seed_10.jpg");
    char target[160];
    snprintf(target, sizeof target, "/api/execution/0/item/%d", id);
    json_t *item = get(&d, target), *o;
    static const struct {
        const char *query;
        int status;
    } cases[] = { { "object=7", 400 },          { "object=-1", 400 },        { "object=some", 400 },
                  { "label=x", 400 },           { "object=0&label=1", 409 }, { "object=all&label=%s", 200 },
                  { "object=0&label=%s", 409 }, { "object=1", 200 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char query[60];
        const char *tag = strstr(cases[i].query, "%s");
        snprintf(query, sizeof query, "%.*s%s", (int)strcspn(cases[i].query, "%"), cases[i].query,
                 tag ? json_string_value(json_object_get(item, "label")) : "");
        snprintf(target, sizeof target, "/api/execution/0/mask/%d?%s", id, query);
        WebAnswer a;
        ask(&d, &a, "POST", target, "application/octet-stream", runs, size);
        if (a.status != cases[i].status)
            fail_msg("%s: %d", query, a.status);
        if (a.status == 200) {
            o = json_loadb(a.bytes, a.size, 0, NULL);
            assert_int_equal(number(o, "parts_left_out"), 1);
            assert_true(json_is_true(json_object_get(o, "corrected")));
            json_decref(o);
        }
        web_answer_clear(&a);
    }
    json_decref(item);
    o = get(&d, "/api/execution/0/items?step=6&corrected=1");
    assert_int_equal(number(o, "total"), 1);
    json_decref(o);
    free(runs);
    image_clear(&mask);
    close_desk(&d);
}

/* A rectangle of 8 x 6 pixels as the label of this image; the answer's status. */
static int correct(const Desk *d, int item)
{
    /* 16 x 12 pixels: background to (2, 3), then six rows. */
    static const uint8_t runs[] = { 16, 12, 50, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 54 };
    char target[100];
    WebAnswer a;
    snprintf(target, sizeof target, "/api/execution/0/mask/%d", item);
    ask(d, &a, "POST", target, "application/octet-stream", runs, sizeof runs);
    int status = a.status;
    web_answer_clear(&a);
    return status;
}

static void correct_scene(const Desk *d)
{
    int item = (int)only_item(d, "/api/execution/0/items?step=6&text=perspective_0_prompt_0_seed_10.jpg");
    assert_int_equal(correct(d, item), 200);
}

#define EARLIER "the report of the run"

static bool report_counts_corrections(void **state)
{
    char *report = forge_read(temp_path(state, "work/x"), "report.html");
    assert_non_null(report);
    bool counts = strstr(report, "Kept corrections of labels<td class=n>1\n");
    assert_true(counts || strstr(report, EARLIER) || strstr(report, "</html>"));
    free(report);
    return counts;
}

static void the_report_follows_a_correction_and_its_undo(void **state)
{
    Desk d = open_desk(state);
    forge_text(temp_path(state, "work/x"), "report.html", EARLIER);
    correct_scene(&d);
    close_desk(&d); /* does what is left to do */
    assert_true(report_counts_corrections(state));
    d = open_desk_again(state, NULL);
    assert_int_equal(post(&d, "/api/execution/0/undo", "{}"), 200);
    close_desk(&d);
    assert_false(report_counts_corrections(state));
}

static void a_report_that_a_killed_studio_left_behind_is_renewed(void **state)
{
    Desk d = open_desk(state);
    correct_scene(&d);
    close_desk(&d);
    assert_null(
        forge_read(temp_path(state, "work/x"), "report.html")); /* where there is none, none is made */
    forge_text(temp_path(state, "work/x"), "report.html", EARLIER);
    struct timespec past[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
    assert_int_equal(utimensat(AT_FDCWD, temp_path(state, "work/x/report.html"), past, 0), 0);
    d = open_desk_again(state, NULL);
    assert_int_equal(status_of(&d, "/api/execution/0"), 200);
    close_desk(&d);
    assert_true(report_counts_corrections(state));
}

typedef struct {
    const Desk *desk;
    int item, failures;
    char decision[60], segment[60];
} Visit;

/* What several pages do at once; the thread sanitizer looks on where the build has it. */
static void *use_page(void *user)
{
    static const char *const looked_at[] = {
        "/api/executions",         "/api/execution/0",          "/api/execution/0/items?step=6&order=score",
        "/api/execution/0/item/5", "/api/execution/0/image/3",  "/api/execution/0/thumbnail/7?side=64",
        "/api/execution/0/shapes", "/api/execution/0/failures", "/api/execution/0/look/9"
    };
    Visit *v = user;
    for (int i = 0; i < 4; i++) {
        for (size_t k = 0; k < sizeof looked_at / sizeof *looked_at; k++)
            v->failures += status_of(v->desk, looked_at[k]) != 200;
        v->failures += post(v->desk, "/api/execution/0/decide", v->decision) != 200;
        int asked = post(v->desk, v->segment, "{\"question\":1,\"points\":[],\"box\":[2,2,12,10]}");
        v->failures += asked != 200 && asked != 503; /* another page's question may have taken its place */
        v->failures += correct(v->desk, v->item) != 200;
        v->failures += post(v->desk, "/api/execution/0/undo", "{}") != 200;
    }
    return NULL;
}

static void several_pages_do_all_of_it_at_once(void **state)
{
    enum { PAGES = 4 };
    const Segmenter *grabcut;
    Err err = { 0 };
    pthread_t pages[PAGES];
    Visit visits[PAGES];
    assert_ok(segmenter_choose(&grabcut, "grabcut", &(RoleConfig){ .threads = 1 }, &err));
    Desk d = open_desk_with(state, grabcut);
    forge_text(temp_path(state, "work/x"), "report.html", EARLIER);
    int item = (int)only_item(&d, "/api/execution/0/items?step=6&text=perspective_0_prompt_0_seed_10.jpg");
    for (int i = 0; i < PAGES; i++) {
        Visit *v = &visits[i];
        *v = (Visit){ .desk = &d, .item = item };
        snprintf(v->decision, sizeof v->decision, "{\"items\":[%d],\"decision\":\"keep\"}", item);
        snprintf(v->segment, sizeof v->segment, "/api/execution/0/segment/%d", item);
        assert_int_equal(pthread_create(&pages[i], NULL, use_page, v), 0);
    }
    for (int i = 0; i < PAGES; i++) {
        pthread_join(pages[i], NULL);
        assert_int_equal(visits[i].failures, 0);
    }
    close_desk(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        temp_test(executions_and_their_steps_are_listed),
        temp_test(pages_of_a_list_join_without_gap_or_overlap),
        temp_test(filters_in_the_address_are_checked),
        temp_test(all_that_is_known_of_an_image_is_told),
        temp_test(images_and_thumbnails_are_sent_and_links_are_not_followed),
        temp_test(a_decision_is_a_line_of_the_review_and_shows_in_lists),
        temp_test(senseless_decisions_are_refused),
        temp_test(a_mask_corrects_the_label_of_the_image_it_is_about),
        temp_test(the_live_view_tells_once_and_then_only_what_changed),
        temp_test(an_export_leaves_out_what_was_dropped),
        temp_test(a_program_that_cannot_be_started_is_an_error),
        temp_test(the_segmenter_answers_about_any_image),
        temp_test(without_a_segmenter_masks_are_drawn_by_hand),
        temp_test(a_correction_names_an_object_and_the_label_it_is_about),
        temp_test(the_report_follows_a_correction_and_its_undo),
        temp_test(several_pages_do_all_of_it_at_once),
        temp_test(a_report_that_a_killed_studio_left_behind_is_renewed),
    };
    return cmocka_run_group_tests_name("web/studio", tests, NULL, NULL);
}
