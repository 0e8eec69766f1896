/* Views of synthetic objects and of the example's mug by the relief. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "roles/relief/relief.h"
#include "roles/view_poses.h"
#include "vision/codec.h"
#include "vision/resample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Image rgb, alpha;
} Object;

static void object_clear(Object *o)
{
    image_clear(&o->rgb);
    image_clear(&o->alpha);
}

static void object_init(Object *o, int width, int height)
{
    Err err = { 0 };
    assert_true(image_init(&o->rgb, width, height, 3, &err));
    assert_true(image_init(&o->alpha, width, height, 1, &err));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(image_at(&o->rgb, x, y), (uint8_t[3]){ 200, (uint8_t)(x * 7), (uint8_t)(y * 5) }, 3);
}

static void object_fill(Object *o, int x0, int y0, int x1, int y1)
{
    for (int y = y0; y < y1; y++)
        memset(image_at(&o->alpha, x0, y), 255, (size_t)(x1 - x0));
}

static void object_load_mug(Object *o)
{
    Err err = { 0 };
    char path[1024];
    static const char *const name[2] = { "mug.png", "mug_mask.png" };
    Image *const image[2] = { &o->rgb, &o->alpha };
    for (int k = 0; k < 2; k++) {
        snprintf(path, sizeof path, "%s/examples/%s", getenv("FACET_SOURCE"), name[k]);
        assert_true(image_load(image[k], path, &(DecodeOptions){ .channels = k ? 1 : 3 }, &err));
    }
}

static void view(const Object *o, float azimuth, float elevation, float distance, int size, ViewResult *out)
{
    Err err = { 0 };
    ViewPose pose = { "view", "elevation", "distance", azimuth, elevation, distance };
    ViewsRequest req = { &o->rgb, &o->alpha, &pose, 1, size, size, 1 };
    RoleConfig cfg = { .threads = 1 };
    void *self;
    *out = (ViewResult){ 0 };
    assert_true(views_relief.open(&self, &cfg, &req, &err));
    assert_true(views_relief.render(self, 0, out, &err));
    views_relief.close(self);
}

typedef struct {
    int x0, y0, x1, y1; /* bounding box of alpha above a half, half open */
    int pieces;         /* 4-connected */
} Shape;

static void flood(const Image *alpha, uint8_t *seen, int x, int y, int *stack)
{
    int w = alpha->width, top = 0;
    stack[top++] = y * w + x;
    seen[y * w + x] = 1;
    while (top) {
        int i = stack[--top], cx = i % w, cy = i / w;
        const int next[4][2] = { { cx + 1, cy }, { cx - 1, cy }, { cx, cy + 1 }, { cx, cy - 1 } };
        for (int k = 0; k < 4; k++) {
            int nx = next[k][0], ny = next[k][1];
            if (nx < 0 || ny < 0 || nx >= w || ny >= alpha->height || seen[ny * w + nx] ||
                *image_at(alpha, nx, ny) < 128)
                continue;
            seen[ny * w + nx] = 1;
            stack[top++] = ny * w + nx;
        }
    }
}

static Shape shape_of(const Image *alpha)
{
    Shape s = { alpha->width, alpha->height, 0, 0, 0 };
    uint8_t *seen = calloc(image_bytes(alpha), 1);
    int *stack = malloc(image_bytes(alpha) * sizeof *stack);
    assert_true(seen && stack);
    for (int y = 0; y < alpha->height; y++)
        for (int x = 0; x < alpha->width; x++) {
            if (*image_at(alpha, x, y) < 128)
                continue;
            s.x0 = x < s.x0 ? x : s.x0;
            s.y0 = y < s.y0 ? y : s.y0;
            s.x1 = x + 1 > s.x1 ? x + 1 : s.x1;
            s.y1 = y + 1 > s.y1 ? y + 1 : s.y1;
            if (seen[y * alpha->width + x])
                continue;
            s.pieces++;
            flood(alpha, seen, x, y, stack);
        }
    free(seen);
    free(stack);
    return s;
}

/* The part of an image in a shape's box, at 300 x 300 pixels. */
static void boxed(const Image *im, const Shape *s, Image *out)
{
    Err err = { 0 };
    Image part;
    assert_true(image_init(&part, s->x1 - s->x0, s->y1 - s->y0, im->channels, &err));
    for (int y = 0; y < part.height; y++)
        memcpy(image_at(&part, 0, y), image_at(im, s->x0, s->y0 + y),
               (size_t)part.width * (size_t)im->channels);
    assert_true(image_resize(out, &part, 300, 300, RESAMPLE_BILINEAR, &err));
    image_clear(&part);
}

static void the_front_view_is_the_cut_out(void **state)
{
    (void)state;
    Object mug;
    object_load_mug(&mug);
    ViewResult front;
    view(&mug, 0, 0, 1, 700, &front);
    Shape was = shape_of(&mug.alpha), is = shape_of(&front.alpha);
    Image rgb[2], alpha[2];
    boxed(&mug.rgb, &was, &rgb[0]);
    boxed(&mug.alpha, &was, &alpha[0]);
    boxed(&front.image, &is, &rgb[1]);
    boxed(&front.alpha, &is, &alpha[1]);
    double both = 0, either = 0, difference = 0, solid = 0;
    for (size_t i = 0; i < 300 * 300; i++) {
        bool a = alpha[0].data[i] >= 128, b = alpha[1].data[i] >= 128;
        both += a && b;
        either += a || b;
        if (alpha[0].data[i] < 255 || alpha[1].data[i] < 255)
            continue;
        solid += 3;
        for (size_t c = 0; c < 3; c++)
            difference += abs(rgb[0].data[3 * i + c] - rgb[1].data[3 * i + c]);
    }
    assert_true(both / either > 0.97);
    assert_true(difference / solid < 4); /* two more resamplings than the photo */
    for (int k = 0; k < 2; k++) {
        image_clear(&rgb[k]);
        image_clear(&alpha[k]);
    }
    view_result_clear(&front);
    object_clear(&mug);
}

static void every_pose_shows_one_piece_inside_the_frame(void **state)
{
    (void)state;
    enum { SIZE = 160 };
    Object mug;
    object_load_mug(&mug);
    char all[] = "all";
    char *text[] = { all };
    TextList names = { text, 1 };
    Err err = { 0 };
    ViewPose *poses;
    size_t count;
    assert_true(view_poses_from_names(&names, &names, &names, &poses, &count, &err));
    ViewsRequest req = { &mug.rgb, &mug.alpha, poses, count, SIZE, SIZE, 1 };
    RoleConfig cfg = { .threads = 1 };
    void *self;
    assert_true(views_relief.open(&self, &cfg, &req, &err));
    for (size_t i = 0; i < count; i++) {
        ViewResult r;
        assert_true(views_relief.render(self, i, &r, &err));
        Shape s = shape_of(&r.alpha);
        assert_int_equal(s.pieces, 1);
        assert_true(s.x0 > 0 && s.y0 > 0 && s.x1 < SIZE && s.y1 < SIZE);
        assert_true(abs(s.x0 + s.x1 - SIZE) <= 3 && abs(s.y0 + s.y1 - SIZE) <= 3);
        view_result_clear(&r);
    }
    views_relief.close(self);
    free(poses);
    object_clear(&mug);
}

static void a_closer_camera_shows_a_larger_object(void **state)
{
    (void)state;
    static const float distances[] = { 0.6f, 1.0f, 1.8f }, heights[] = { 0.92f, 0.65f, 0.36f };
    Object o;
    object_init(&o, 60, 90);
    object_fill(&o, 10, 10, 50, 80);
    for (int k = 0; k < 3; k++) {
        ViewResult r;
        view(&o, 0, 0, distances[k], 200, &r);
        Shape s = shape_of(&r.alpha);
        assert_true(fabsf((float)(s.y1 - s.y0) - 200 * heights[k]) <= 3);
        view_result_clear(&r);
    }
    object_clear(&o);
}

static void the_same_request_gives_the_same_bytes(void **state)
{
    (void)state;
    Object o;
    object_init(&o, 50, 70);
    object_fill(&o, 5, 5, 45, 65);
    ViewResult a, b;
    view(&o, 45, 30, 1, 128, &a);
    view(&o, 45, 30, 1, 128, &b);
    assert_memory_equal(a.image.data, b.image.data, image_bytes(&a.image));
    assert_memory_equal(a.alpha.data, b.alpha.data, image_bytes(&a.alpha));
    view_result_clear(&a);
    view_result_clear(&b);
    object_clear(&o);
}

static void tiny_thin_and_full_objects_are_shown_too(void **state)
{
    (void)state;
    static const int cases[][6] = {
        /* width, height, box */
        { 1, 1, 0, 0, 1, 1 },        { 2, 2, 0, 0, 2, 2 },      { 9, 9, 4, 4, 5, 5 },
        { 40, 3, 0, 1, 40, 2 },      { 80, 80, 40, 0, 41, 80 }, { 64, 48, 0, 0, 64, 48 },
        { 30, 200, 13, 3, 16, 190 },
    };
    static const float angles[][2] = {
        { 0, 0 }, { 90, 0 }, { 180, 30 }, { 315, -30 }, { 30, 90 }, { 0, -90 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int *c = cases[i];
        Object o;
        object_init(&o, c[0], c[1]);
        object_fill(&o, c[2], c[3], c[4], c[5]);
        for (size_t k = 0; k < sizeof angles / sizeof *angles; k++) {
            ViewResult r;
            view(&o, angles[k][0], angles[k][1], 1, 96, &r);
            Shape s = shape_of(&r.alpha);
            assert_true(s.pieces >= (k == 0));
            assert_true(s.x0 > 0 && s.x1 < 96 && s.y0 > 0 && s.y1 < 96);
            view_result_clear(&r);
        }
        object_clear(&o);
    }
}

static void background_is_pure_white_and_alpha_says_so(void **state)
{
    (void)state;
    Object o;
    object_init(&o, 50, 70);
    object_fill(&o, 5, 5, 45, 65);
    ViewResult r;
    view(&o, 225, 30, 1, 100, &r);
    for (size_t i = 0; i < 100 * 100; i++)
        if (r.alpha.data[i] == 0)
            assert_memory_equal(r.image.data + 3 * i, "\xFF\xFF\xFF", 3);
    view_result_clear(&r);
    object_clear(&o);
}

static void without_alpha_the_object_is_found_on_white(void **state)
{
    (void)state;
    Err err = { 0 };
    Object o;
    object_init(&o, 60, 80);
    memset(o.rgb.data, 255, image_bytes(&o.rgb));
    for (int y = 10; y < 70; y++)
        memset(image_at(&o.rgb, 15, y), 60, 3 * 30);
    ViewPose pose = { "", "", "", 0, 0, 1 };
    ViewsRequest req = { &o.rgb, NULL, &pose, 1, 100, 100, 1 };
    void *self;
    assert_true(views_relief.open(&self, &(RoleConfig){ 0 }, &req, &err));
    ViewResult r;
    assert_true(views_relief.render(self, 0, &r, &err));
    Shape s = shape_of(&r.alpha);
    assert_true(fabs((s.x1 - s.x0) / (double)(s.y1 - s.y0) - 0.5) < 0.03);
    view_result_clear(&r);
    views_relief.close(self);
    object_clear(&o);
}

static void what_cannot_be_shown_is_refused(void **state)
{
    (void)state;
    Err err = { 0 };
    Object o;
    object_init(&o, 8, 8);
    ViewPose pose = { "", "", "", 0, 0, 1 };
    ViewsRequest req = { &o.rgb, &o.alpha, &pose, 1, 32, 32, 1 };
    void *self;
    assert_false(views_relief.open(&self, &(RoleConfig){ 0 }, &req, &err)); /* alpha is empty */
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(self);
    object_fill(&o, 2, 2, 6, 6);
    pose.distance_factor = 0;
    assert_false(views_relief.open(&self, &(RoleConfig){ 0 }, &req, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    object_clear(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_view_is_the_cut_out),
        cmocka_unit_test(every_pose_shows_one_piece_inside_the_frame),
        cmocka_unit_test(a_closer_camera_shows_a_larger_object),
        cmocka_unit_test(the_same_request_gives_the_same_bytes),
        cmocka_unit_test(tiny_thin_and_full_objects_are_shown_too),
        cmocka_unit_test(background_is_pure_white_and_alpha_says_so),
        cmocka_unit_test(without_alpha_the_object_is_found_on_white),
        cmocka_unit_test(what_cannot_be_shown_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
