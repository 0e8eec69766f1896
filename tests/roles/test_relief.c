/* Views of synthetic objects and of the example's mug by the relief; the mug's formula says what it looks like
 * from elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "roles/relief/relief.h"
#include "roles/view_poses.h"
#include "true_mug.h"
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

/* `out` has one entry a pose. */
static void views(const Object *o, const ViewPose *pose, size_t count, int size, ViewResult *out)
{
    Err err = { 0 };
    ViewsRequest req = { &o->rgb, &o->alpha, pose, count, size, size, 1 };
    RoleConfig cfg = { .threads = 1 };
    void *self;
    assert_true(views_relief.open(&self, &cfg, &req, &err));
    for (size_t i = 0; i < count; i++) {
        out[i] = (ViewResult){ 0 };
        assert_true(views_relief.render(self, i, &out[i], &err));
    }
    views_relief.close(self);
}

static void view(const Object *o, float azimuth, float elevation, float distance, int size, ViewResult *out)
{
    ViewPose pose = { "view", "elevation", "distance", azimuth, elevation, distance };
    views(o, &pose, 1, size, out);
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
    double both = 0, either = 0, squares = 0, solid = 0;
    for (size_t i = 0; i < 300 * 300; i++) {
        bool a = alpha[0].data[i] >= 128, b = alpha[1].data[i] >= 128;
        both += a && b;
        either += a || b;
        if (alpha[0].data[i] < 255 || alpha[1].data[i] < 255)
            continue;
        solid += 3;
        for (size_t c = 0; c < 3; c++) {
            double d = (double)rgb[0].data[3 * i + c] - rgb[1].data[3 * i + c];
            squares += d * d;
        }
    }
    assert_true(both / either > 0.97);
    /* Two more resamplings than the photo, and boxes that differ by parts of a pixel, leave 32 dB. */
    assert_true(10 * log10(255 * 255 * solid / squares) > 30);
    for (int k = 0; k < 2; k++) {
        image_clear(&rgb[k]);
        image_clear(&alpha[k]);
    }
    view_result_clear(&front);
    object_clear(&mug);
}

/* Intersection over union of two outlines of the same scale, each with its box in the middle. */
static double overlap(const Image *a, const Image *b)
{
    Shape s = shape_of(a), t = shape_of(b);
    int dx = (t.x0 + t.x1 - s.x0 - s.x1) / 2, dy = (t.y0 + t.y1 - s.y0 - s.y1) / 2;
    double both = 0, either = 0;
    for (int y = 0; y < a->height; y++)
        for (int x = 0; x < a->width; x++) {
            int u = x + dx, v = y + dy;
            bool in_a = *image_at(a, x, y) >= 128;
            bool in_b = u >= 0 && v >= 0 && u < b->width && v < b->height && *image_at(b, u, v) >= 128;
            both += in_a && in_b;
            either += in_a || in_b;
        }
    return both / either;
}

/* Limits are 0.02 to 0.05 below what is measured: a pixel all around, of an outline 130 high, is 0.03. Perfect it
 * cannot be, mostly for the handle: the photo shows it 10 degrees off the plane that is assumed, and from one
 * side only, so that its width is a guess; and it shifts the box by which both are laid over each other. */
static void from_elsewhere_the_mug_has_its_true_outline(void **state)
{
    (void)state;
    static const struct {
        float azimuth, elevation, at_least;
    } cases[] = {
        { 0, 0, 0.97f },    { 45, 0, 0.87f },   { 90, 0, 0.93f },   { 135, 0, 0.84f }, { 180, 0, 0.9f },
        { 225, 0, 0.9f },   { 270, 0, 0.94f },  { 315, 0, 0.88f },  { 0, 60, 0.89f },  { 90, 60, 0.9f },
        { 180, 60, 0.88f }, { 270, 60, 0.94f }, { 270, -60, 0.9f },
    };
    enum { SIZE = 200, COUNT = sizeof cases / sizeof *cases };
    Object mug;
    object_load_mug(&mug);
    ViewPose pose[COUNT];
    ViewResult r[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        pose[i] = (ViewPose){ "", "", "", cases[i].azimuth, cases[i].elevation, 1 };
    views(&mug, pose, COUNT, SIZE, r);
    for (size_t i = 0; i < COUNT; i++) {
        Image truth;
        float up = cases[i].elevation == 0 ? TRUE_MUG_ELEVATION : cases[i].elevation;
        true_mug_outline(&truth, cases[i].azimuth, up, SIZE);
        double o = overlap(&truth, &r[i].alpha);
        if (o < (double)cases[i].at_least)
            fail_msg("azimuth %g, elevation %g: overlap %.3f, not %.3f", (double)cases[i].azimuth,
                     (double)cases[i].elevation, o, (double)cases[i].at_least);
        image_clear(&truth);
        view_result_clear(&r[i]);
    }
    object_clear(&mug);
}

/* The label is paper, the glaze below the cream band is far darker. */
static int paper_pixels(const ViewResult *r)
{
    Shape s = shape_of(&r->alpha);
    int count = 0;
    for (int y = s.y0 + (s.y1 - s.y0) / 3; y < s.y1 - (s.y1 - s.y0) / 8; y++)
        for (int x = 0; x < r->image.width; x++) {
            const uint8_t *p = image_at(&r->image, x, y);
            count += *image_at(&r->alpha, x, y) == 255 && p[0] > 190 && p[1] > 170;
        }
    return count;
}

static void the_label_is_not_on_the_back(void **state)
{
    (void)state;
    Object mug;
    object_load_mug(&mug);
    enum { COUNT = 8 };
    ViewPose pose[COUNT] = { { "", "", "", 0, 0, 1 } };
    ViewResult r[COUNT];
    for (int i = 1; i < COUNT; i++)
        pose[i] = (ViewPose){ "", "", "", 90 + 20 * (float)i, 0, 1 };
    views(&mug, pose, COUNT, 300, r);
    for (int i = 0; i < COUNT; i++) {
        assert_true(i == 0 ? paper_pixels(&r[i]) > 300 : paper_pixels(&r[i]) < 3);
        view_result_clear(&r[i]);
    }
    object_clear(&mug);
}

/* Column of the middle of the rim, whose upper edge is the first that a view shows. */
static int rim_middle(const Image *alpha, int top)
{
    int first = -1, last = 0;
    for (int x = 0; x < alpha->width; x++)
        if (*image_at(alpha, x, top + 2) >= 128) {
            first = first < 0 ? x : first;
            last = x;
        }
    return (first + last) / 2;
}

/* Measured are 2 to 4 levels, where edges fall on other parts of pixels; 8 leaves room for a shift by a pixel. */
static void the_opening_looks_the_same_from_all_sides(void **state)
{
    (void)state;
    enum { SIZE = 200, HALF = 20, ROWS = 50 };
    Object mug;
    object_load_mug(&mug);
    enum { COUNT = 5 };
    ViewPose pose[COUNT];
    ViewResult r[COUNT];
    for (int i = 0; i < COUNT; i++)
        pose[i] = (ViewPose){ "", "", "", 45 * (float)i, 60, 1 };
    views(&mug, pose, COUNT, SIZE, r);
    Shape s = shape_of(&r[0].alpha);
    int middle_s = rim_middle(&r[0].alpha, s.y0);
    for (int i = 1; i < COUNT; i++) {
        Shape t = shape_of(&r[i].alpha);
        int middle_t = rim_middle(&r[i].alpha, t.y0);
        double difference = 0;
        for (int y = 0; y < ROWS; y++)
            for (int x = -HALF; x <= HALF; x++)
                difference += abs(*image_at(&r[0].image, middle_s + x, s.y0 + y) -
                                  *image_at(&r[i].image, middle_t + x, t.y0 + y));
        assert_true(difference / (ROWS * (2 * HALF + 1)) < 8);
    }
    for (int i = 0; i < COUNT; i++)
        view_result_clear(&r[i]);
    object_clear(&mug);
}

static void a_symmetric_thing_is_mirrored_from_the_other_side(void **state)
{
    (void)state;
    enum { SIZE = 150 };
    for (int kind = 0; kind < 2; kind++) {
        Object o;
        object_init(&o, 90, 90);
        object_fill(&o, 20, 10, 70, 80);
        if (kind) /* a leg at each side, a gap between: not turned */
            for (int y = 40; y < 80; y++)
                memset(image_at(&o.alpha, 32, y), 0, 26);
        for (float azimuth = 30; azimuth < 180; azimuth += 50) {
            ViewResult right, left;
            view(&o, azimuth, 20, 1, SIZE, &right);
            view(&o, 360 - azimuth, 20, 1, SIZE, &left);
            double off = 0;
            for (int y = 0; y < SIZE; y++)
                for (int x = 0; x < SIZE; x++)
                    off += abs(*image_at(&right.alpha, x, y) - *image_at(&left.alpha, SIZE - 1 - x, y));
            /* Samples on an edge belong to one of its sides: measured is one pixel in all. */
            assert_true(off / 255 < 0.03 * SIZE);
            view_result_clear(&right);
            view_result_clear(&left);
        }
        object_clear(&o);
    }
}

static void object_ring(Object *o, int size, float outer, float inner)
{
    object_init(o, size, size);
    float middle = 0.5f * (float)(size - 1);
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            float d = hypotf((float)x - middle, (float)y - middle);
            *image_at(&o->alpha, x, y) = d <= outer && d >= inner ? 255 : 0;
        }
}

static void a_hole_stays_a_hole(void **state)
{
    (void)state;
    Object o;
    object_ring(&o, 120, 55, 25);
    static const float angles[][2] = { { 0, 0 }, { 30, 0 }, { 330, 20 }, { 180, 0 }, { 150, -20 } };
    for (size_t i = 0; i < sizeof angles / sizeof *angles; i++) {
        ViewResult r;
        view(&o, angles[i][0], angles[i][1], 1, 101, &r);
        assert_int_equal(*image_at(&r.alpha, 50, 50), 0);
        assert_int_equal(shape_of(&r.alpha).pieces, 1);
        view_result_clear(&r);
    }
    object_clear(&o);
}

static void two_things_stay_two(void **state)
{
    (void)state;
    Object o;
    object_init(&o, 120, 80);
    object_fill(&o, 8, 10, 48, 70);
    object_fill(&o, 75, 25, 112, 65);
    static const float azimuths[] = { 0, 20, 180, 340 };
    for (size_t i = 0; i < sizeof azimuths / sizeof *azimuths; i++) {
        ViewResult r;
        view(&o, azimuths[i], 0, 1, 160, &r);
        assert_int_equal(shape_of(&r.alpha).pieces, 2);
        view_result_clear(&r);
    }
    object_clear(&o);
}

/* A bar is about as deep as high: not a sheet, and not a barrel. */
static void edge_on_a_flat_thing_has_a_sane_thickness(void **state)
{
    (void)state;
    Object o;
    object_init(&o, 220, 80);
    object_fill(&o, 10, 30, 210, 50);
    object_fill(&o, 10, 20, 40, 60); /* a head, so that it is no box */
    ViewResult front, above;
    view(&o, 0, 0, 1, 200, &front);
    view(&o, 0, 90, 1, 200, &above);
    Shape s = shape_of(&front.alpha), t = shape_of(&above.alpha);
    double high = s.y1 - s.y0, deep = t.y1 - t.y0;
    assert_true(deep > 0.3 * high && deep < 1.3 * high);
    view_result_clear(&front);
    view_result_clear(&above);
    object_clear(&o);
}

/* A dark thing on white with a soft edge, turned and not: whatever shows of it is dark. */
static void no_white_of_the_background_gets_onto_the_object(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        Object o;
        object_ring(&o, 140, 60, kind ? 0 : 30);
        for (int y = 0; y < 140; y++)
            for (int x = 0; x < 140; x++) {
                float d = hypotf((float)x - 69.5f, (float)y - 69.5f);
                float edge = kind ? 60 - d : fminf(60 - d, d - 30);
                float a = fminf(fmaxf(0.5f + edge / 3, 0), 1);
                *image_at(&o.alpha, x, y) = (uint8_t)(255 * a + 0.5f);
                memset(image_at(&o.rgb, x, y), (int)(30 * a + 255 * (1 - a) + 0.5f), 3);
            }
        enum { COUNT = 12 };
        ViewPose pose[COUNT];
        ViewResult r[COUNT];
        for (int i = 0; i < COUNT; i++)
            pose[i] = (ViewPose){ "", "", "", 30 * (float)i, 20, 1 };
        views(&o, pose, COUNT, 120, r);
        for (int i = 0; i < COUNT; i++) {
            for (int y = 0; y < 120; y++)
                for (int x = 0; x < 120; x++) {
                    float a = (float)*image_at(&r[i].alpha, x, y) / 255;
                    if (a < 0.2f)
                        continue;
                    float own = ((float)image_at(&r[i].image, x, y)[0] - 255 * (1 - a)) / a;
                    assert_true(own < 30 * 1.6f + 10); /* the light adds up to 57 %, rounding a little */
                }
            view_result_clear(&r[i]);
        }
        object_clear(&o);
    }
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

static int greatest(const Image *alpha)
{
    int most = 0;
    for (size_t i = 0; i < image_bytes(alpha); i++)
        most = alpha->data[i] > most ? alpha->data[i] : most;
    return most;
}

static void tiny_thin_and_full_objects_are_shown_too(void **state)
{
    (void)state;
    static const int cases[][6] = {
        /* width, height, box */
        { 1, 1, 0, 0, 1, 1 },        { 2, 2, 0, 0, 2, 2 },      { 9, 9, 4, 4, 5, 5 },
        { 40, 3, 0, 1, 40, 2 },      { 80, 80, 40, 0, 41, 80 }, { 64, 48, 0, 0, 64, 48 },
        { 30, 200, 13, 3, 16, 190 }, { 3, 500, 0, 0, 3, 500 },  { 500, 3, 0, 0, 500, 3 },
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
            assert_true(k > 0 || greatest(&r.alpha) > 60); /* less than a pixel wide is less than solid */
            assert_true(s.pieces == 0 || (s.x0 > 0 && s.x1 < 96 && s.y0 > 0 && s.y1 < 96));
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
        cmocka_unit_test(from_elsewhere_the_mug_has_its_true_outline),
        cmocka_unit_test(the_label_is_not_on_the_back),
        cmocka_unit_test(the_opening_looks_the_same_from_all_sides),
        cmocka_unit_test(a_symmetric_thing_is_mirrored_from_the_other_side),
        cmocka_unit_test(a_hole_stays_a_hole),
        cmocka_unit_test(two_things_stay_two),
        cmocka_unit_test(edge_on_a_flat_thing_has_a_sane_thickness),
        cmocka_unit_test(no_white_of_the_background_gets_onto_the_object),
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
