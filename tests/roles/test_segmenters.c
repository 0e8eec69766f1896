/* Who turns points and boxes into masks: SAM and SAM 2 as `facet segment` asks them, and who is chosen. */
#include "../kept_log.h"
#include "../models/sam_cases.h"
#include "../temp.h"

#include "base/str.h"
#include "roles/persam_sam2/segmenter.h"
#include "roles/registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a case, a segmenter that looks at its picture, and the model itself ---- */

typedef struct {
    SamCase sc;
    bool sam2;
    char *checkpoint, *config;
    RoleConfig cfg;
    Image picture;
    const Segmenter *segmenter;
    void *self;
    Err err;
} Fixture;

static Image striped(int width, int height)
{
    Image im;
    Err err = { 0 };
    if (!image_init(&im, width, height, 3, &err))
        fail_msg("%s", err.msg);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t *p = image_at(&im, x, y);
            p[0] = (uint8_t)(x * 5 + y);
            p[1] = (uint8_t)(x * y / 7);
            p[2] = (uint8_t)(hypot(x - width / 2.0, y - height / 2.0) < height / 3.0 ? 220 : 40);
        }
    return im;
}

/* NULL where this checkout does not have the model. */
static Fixture *opened(const char *name, bool sam2)
{
    Fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->sam2 = sam2;
    if (!sam_case_open(&f->sc, name)) {
        assert_string_equal(name, "sam2_0_tiny"); /* only the full set has that one */
        free(f);
        return NULL;
    }
    f->checkpoint = sam_case_file(&f->sc, "checkpoint");
    f->config = sam2 ? sam_case_file(&f->sc, "config") : NULL;
    f->cfg = (RoleConfig){ .sam_ckpt = sam2 ? NULL : f->checkpoint,
                           .sam2_ckpt = sam2 ? f->checkpoint : NULL,
                           .sam2_config = f->config,
                           .threads = 1 };
    f->picture = striped(90, 70);
    if (!segmenter_choose(&f->segmenter, "auto", &f->cfg, &f->err) ||
        !f->segmenter->open(&f->self, &f->cfg, &f->err) || !f->segmenter->look(f->self, &f->picture, &f->err))
        fail_msg("%s", f->err.msg);
    assert_string_equal(f->segmenter->name, sam2 ? "sam2" : "sam");
    return f;
}

static void closed(Fixture *f)
{
    f->segmenter->close(f->self);
    image_clear(&f->picture);
    free(f->checkpoint);
    free(f->config);
    sam_case_close(&f->sc);
    free(f);
}

/* Logits at the picture's size and scores, from the model's own functions as facet segment calls them. */
typedef struct {
    float *logits, *iou, *low_res;
    size_t count, cells;
} Direct;

static Direct asked_directly(const Fixture *f, const SamPrompt *p)
{
    Err err = { 0 };
    Direct d = { 0 };
    Sam *sam = NULL;
    Sam2 *sam2 = NULL;
    Tensor logits;
    SamMasks m;
    OpCtx *c = op_open(&(OpOptions){ .threads = 1 }, &err);
    if (!c ||
        !(f->sam2 ? sam2_open(&sam2, f->checkpoint, f->config, &err) : sam_open(&sam, f->checkpoint, &err)))
        fail_msg("%s", err.msg);
    if (f->sam2) {
        size_t w = (size_t)f->picture.width, h = (size_t)f->picture.height;
        Sam2Image image = sam2_encode_image(c, sam2, f->picture.data, w, h);
        Sam2Masks answer = sam2_predict(c, sam2, &image, p);
        m = answer.masks;
        logits = sam2_upscale(c, answer.exact, w, h);
    } else {
        Tensor image;
        SamFrame frame;
        if (!photo_encode(&image, &frame, c, sam, &f->picture, &err))
            fail_msg("%s", err.msg);
        m = sam_predict(c, sam, image, frame, p, NULL);
        logits = sam_upscale(c, sam, m.low_res, frame);
    }
    d.count = tensor_count(m.iou);
    d.cells = tensor_count(m.low_res) / (d.count ? d.count : 1);
    d.iou = op_fetch(c, m.iou);
    d.low_res = op_fetch(c, m.low_res);
    d.logits = op_fetch(c, logits);
    if (!op_finish(c, &err))
        fail_msg("%s", err.msg);
    op_close(c);
    sam_close(sam);
    sam2_close(sam2);
    return d;
}

static void direct_clear(Direct *d)
{
    free(d->logits);
    free(d->iou);
    free(d->low_res);
}

static SegmenterAnswer asked(Fixture *f, const SegmenterPrompt *p)
{
    SegmenterAnswer a;
    if (!f->segmenter->segment(f->self, p, &a, &f->err))
        fail_msg("%s", f->err.msg);
    return a;
}

static void assert_same(const Fixture *f, const SegmenterAnswer *a, const Direct *d)
{
    size_t n = (size_t)f->picture.width * (size_t)f->picture.height;
    assert_int_equal(a->count, d->count);
    for (size_t k = 0; k < a->count; k++) {
        assert_true(a->score[k] == fminf(fmaxf(d->iou[k], 0), 1));
        assert_true(a->score[a->best] >= a->score[k]);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(a->mask[k].data[i], d->logits[k * n + i] > 0 ? 255 : 0);
    }
}

/* ---- tests ---- */

static const struct {
    const char *name;
    bool sam2;
} models[] = {
    { "sam_vit_tiny", false }, { "vit_t_tiny", false }, { "sam2_tiny", true }, { "sam2_0_tiny", true }
};
enum { MODELS = sizeof models / sizeof *models };

static void a_single_point_gets_the_three_masks_that_the_model_itself_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODELS; i++) {
        Fixture *f = opened(models[i].name, models[i].sam2);
        if (!f)
            continue;
        float xy[1][2] = { { 44, 36 } };
        int label = 1;
        Direct d = asked_directly(
            f, &(SamPrompt){
                   .points = (const float(*)[2])xy, .labels = &label, .point_count = 1, .multimask = true });
        SegmenterPoint point = { 44, 36, true };
        SegmenterAnswer a = asked(f, &(SegmenterPrompt){ .points = &point, .point_count = 1 });
        assert_int_equal(a.count, 3);
        assert_same(f, &a, &d);
        segmenter_answer_clear(&a);
        /* The embedding is there still, whatever was asked in between. */
        float box[] = { 10, 10, 60, 50 };
        a = asked(f, &(SegmenterPrompt){ .box = box });
        segmenter_answer_clear(&a);
        a = asked(f, &(SegmenterPrompt){ .points = &point, .point_count = 1 });
        assert_same(f, &a, &d);
        segmenter_answer_clear(&a);
        direct_clear(&d);
        closed(f);
    }
}

static void box_and_points_get_the_one_mask_that_the_model_itself_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODELS; i++) {
        Fixture *f = opened(models[i].name, models[i].sam2);
        if (!f)
            continue;
        float xy[2][2] = { { 44, 36 }, { 5, 60 } }, box[] = { 12, 8, 71, 63 }, crossed[] = { 71, 8, 12, 63 };
        int labels[] = { 1, 0 };
        Direct d = asked_directly(
            f,
            &(SamPrompt){ .points = (const float(*)[2])xy, .labels = labels, .point_count = 2, .box = box });
        SegmenterPoint points[] = { { 44, 36, true }, { 5, 60, false } };
        SegmenterAnswer a =
            asked(f, &(SegmenterPrompt){ .points = points, .point_count = 2, .box = crossed });
        assert_int_equal(a.count, 1);
        assert_same(f, &a, &d);
        segmenter_answer_clear(&a);
        direct_clear(&d);
        closed(f);
    }
}

static void an_earlier_answer_is_refined_from_the_logits_it_was_made_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < MODELS; i++) {
        Fixture *f = opened(models[i].name, models[i].sam2);
        if (!f)
            continue;
        float xy[2][2] = { { 44, 36 }, { 20, 20 } };
        int labels[] = { 1, 0 };
        SamPrompt first = {
            .points = (const float(*)[2])xy, .labels = labels, .point_count = 1, .multimask = true
        };
        Direct d = asked_directly(f, &first);
        SegmenterPoint points[] = { { 44, 36, true }, { 20, 20, false } };
        SegmenterAnswer a = asked(f, &(SegmenterPrompt){ .points = points, .point_count = 1 });
        size_t area = 0;
        for (size_t k = 0; k < image_bytes(&a.mask[a.best]); k++)
            area += a.mask[a.best].data[k] > 0;
        SamPrompt second = { .points = (const float(*)[2])xy,
                             .labels = labels,
                             .point_count = 2,
                             .mask_input = d.low_res + a.best * d.cells };
        Direct e = asked_directly(f, &second);
        SegmenterAnswer b =
            asked(f, &(SegmenterPrompt){ .points = points, .point_count = 2, .start = &a.mask[a.best] });
        print_message("%s: the earlier mask has %zu pixels\n", models[i].name, area);
        if (area) /* an empty mask is nobody's answer */
            assert_same(f, &b, &e);
        segmenter_answer_clear(&a);
        segmenter_answer_clear(&b);
        direct_clear(&d);
        direct_clear(&e);
        closed(f);
    }
}

static void strokes_are_kept_to_the_pixel_by_all_of_them(void **state)
{
    (void)state;
    for (size_t i = 0; i <= MODELS; i++) {
        bool grabcut = i == MODELS;
        Fixture *f = opened(models[grabcut ? 0 : i].name, models[grabcut ? 0 : i].sam2);
        if (!f)
            continue;
        void *self = f->self;
        const Segmenter *s = grabcut ? NULL : f->segmenter;
        if (grabcut && (!segmenter_choose(&s, "grabcut", &f->cfg, &f->err) ||
                        !s->open(&self, &f->cfg, &f->err) || !s->look(self, &f->picture, &f->err)))
            fail_msg("%s", f->err.msg);
        Image strokes;
        SegmenterAnswer a;
        assert_true(image_init(&strokes, f->picture.width, f->picture.height, 1, &f->err));
        for (int x = 30; x < 60; x++) {
            image_at(&strokes, x, 35)[0] = STROKE_OBJECT;
            image_at(&strokes, x, 10)[0] = STROKE_BACKGROUND;
        }
        image_at(&strokes, 0, 69)[0] = STROKE_OBJECT;
        if (!s->segment(self, &(SegmenterPrompt){ .strokes = &strokes }, &a, &f->err))
            fail_msg("%s", f->err.msg);
        for (size_t k = 0; k < a.count; k++)
            for (size_t p = 0; p < image_bytes(&strokes); p++)
                if (strokes.data[p])
                    assert_int_equal(a.mask[k].data[p], strokes.data[p] == STROKE_OBJECT ? 255 : 0);
        segmenter_answer_clear(&a);
        image_clear(&strokes);
        if (grabcut)
            s->close(self);
        closed(f);
    }
}

static void assert_refused(const Segmenter *s, void *self, const SegmenterPrompt *p, ErrKind kind)
{
    Err err = { 0 };
    SegmenterAnswer a;
    assert_false(s->segment(self, p, &a, &err));
    assert_int_equal(err.kind, kind);
    assert_true(strlen(err.msg) > 20);
    for (size_t k = 0; k < SEGMENTER_MASKS_MAX; k++)
        assert_null(a.mask[k].data);
}

static void what_cannot_be_asked_is_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        Fixture *f = opened(models[0].name, models[0].sam2);
        const Segmenter *s = f->segmenter;
        void *self = f->self;
        if (i == 1 &&
            (!segmenter_choose(&s, "grabcut", &f->cfg, &f->err) || !s->open(&self, &f->cfg, &f->err)))
            fail_msg("%s", f->err.msg);
        SegmenterPoint fine = { 1, 1, true }, negative = { 1, 1, false }, outside = { 90, 1, true },
                       nowhere = { NAN, 1, true };
        if (i == 1) {
            assert_refused(s, self, &(SegmenterPrompt){ .points = &fine, .point_count = 1 }, ERR_STATE);
            Image gray = { 2, 2, 1, (uint8_t[4]){ 0 } };
            assert_false(s->look(self, &gray, &f->err));
            assert_int_equal(f->err.kind, ERR_INPUT);
            assert_refused(s, self, &(SegmenterPrompt){ .points = &fine, .point_count = 1 }, ERR_STATE);
            assert_true(s->look(self, &f->picture, &f->err));
        }
        float empty[] = { 10.2f, 10.2f, 10.8f, 40 }, away[] = { -20, 0, -3, 40 },
              nan[] = { 0, 0, (float)INFINITY, 10 };
        Image small = { 2, 2, 1, (uint8_t[4]){ 0 } };
        assert_refused(s, self, &(SegmenterPrompt){ 0 }, ERR_USAGE);
        assert_refused(s, self, &(SegmenterPrompt){ .points = &negative, .point_count = 1 }, ERR_USAGE);
        assert_refused(s, self, &(SegmenterPrompt){ .points = &outside, .point_count = 1 }, ERR_USAGE);
        assert_refused(s, self, &(SegmenterPrompt){ .points = &nowhere, .point_count = 1 }, ERR_USAGE);
        assert_refused(s, self, &(SegmenterPrompt){ .points = &fine, .point_count = SIZE_MAX }, ERR_USAGE);
        assert_refused(s, self, &(SegmenterPrompt){ .box = empty }, ERR_USAGE);
        assert_refused(s, self, &(SegmenterPrompt){ .box = away }, ERR_USAGE);
        assert_refused(s, self, &(SegmenterPrompt){ .box = nan }, ERR_USAGE);
        assert_refused(s, self, &(SegmenterPrompt){ .start = &small }, ERR_INPUT);
        assert_refused(s, self, &(SegmenterPrompt){ .points = &fine, .point_count = 1, .strokes = &small },
                       ERR_INPUT);
        atomic_bool cancel = true;
        f->cfg.cancel = &cancel;
        assert_refused(s, self, &(SegmenterPrompt){ .points = &fine, .point_count = 1 }, ERR_CANCELLED);
        if (i == 1)
            s->close(self);
        s->close(NULL);
        closed(f);
    }
}

/* ---- who is chosen ---- */

static const char *chosen(const char *name, const RoleConfig *cfg)
{
    Err err = { 0 };
    const Segmenter *s;
    if (!segmenter_choose(&s, name, cfg, &err))
        fail_msg("%s", err.msg);
    return s->name;
}

static void the_first_whose_checkpoint_is_there_segments_and_else_the_built_in_one(void **state)
{
    (void)state;
    char root[] = "/tmp/facet-cache-XXXXXX";
    Err err = { 0 };
    Str told = { 0 };
    Log log = kept_log(&told);
    assert_non_null(mkdtemp(root));
    RoleConfig cfg = { .cache_dir = root, .log = &log };
    assert_string_equal(chosen("auto", &cfg), "grabcut");
    assert_string_equal(told.s, "segmenter: grabcut (built in, no model)\n");
    str_clear(&told);
    temp_file_below(root, "models--facebook--sam2.1-hiera-large/snapshots/abc/sam2.1_hiera_large.pt");
    assert_string_equal(chosen(NULL, &cfg), "sam2");
    temp_file_below(root, "checkpoints/sam/mobile_sam.pt");
    assert_string_equal(chosen("auto", &cfg), "sam");
    cfg.sam_type = "vit_t";
    assert_string_equal(chosen("auto", &cfg), "sam");
    cfg.sam_type = "vit_h"; /* which is not there */
    assert_string_equal(chosen("auto", &cfg), "sam2");
    assert_string_equal(chosen("grabcut", &cfg), "grabcut");
    str_clear(&told);
    assert_true(folder_remove(root, &err));
}

static void a_checkpoint_that_is_named_must_be_there(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        Err err = { 0 };
        const Segmenter *s;
        RoleConfig cfg = { .sam_ckpt = i == 0 ? "/nowhere/sam.pth" : NULL,
                           .sam2_ckpt = i == 1 ? "/nowhere/sam2.1_hiera_tiny.pt" : NULL };
        assert_false(segmenter_choose(&s, i == 2 ? "sam" : "auto", &cfg, &err));
        assert_int_equal(err.kind, ERR_MISSING);
        assert_non_null(strstr(err.msg, i == 0   ? "/nowhere/sam.pth"
                                        : i == 1 ? "/nowhere/sam2.1_hiera_tiny.pt"
                                                 : "sam_vit_h_4b8939.pth"));
    }
    Err err = { 0 };
    const Segmenter *s;
    assert_false(segmenter_choose(&s, "scissors", &(RoleConfig){ 0 }, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.msg, "sam, sam2, grabcut"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_point_gets_the_three_masks_that_the_model_itself_gives),
        cmocka_unit_test(box_and_points_get_the_one_mask_that_the_model_itself_gives),
        cmocka_unit_test(an_earlier_answer_is_refined_from_the_logits_it_was_made_of),
        cmocka_unit_test(strokes_are_kept_to_the_pixel_by_all_of_them),
        cmocka_unit_test(what_cannot_be_asked_is_refused_with_a_reason),
        cmocka_unit_test(the_first_whose_checkpoint_is_there_segments_and_else_the_built_in_one),
        cmocka_unit_test(a_checkpoint_that_is_named_must_be_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
