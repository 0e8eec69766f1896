/* The procedural editor: what it promises whatever the picture looks like. */
#include "procedural_rig.h"

#include "roles/procedural/families.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A red bottle: a box with a narrower neck, on white. */
static void make_object(Image *rgb, Image *alpha, int size)
{
    Err err = { 0 };
    assert_true(image_init(rgb, size, size, 3, &err));
    assert_true(image_init(alpha, size, size, 1, &err));
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            int dx = abs(2 * x + 1 - size) * 100 / size, fy = y * 100 / size;
            bool in = size == 1 || (fy >= 15 && fy < 85 && dx < (fy < 40 ? 15 : 35));
            const uint8_t colour[3] = { 200, (uint8_t)(40 + fy / 2), 50 };
            memcpy(image_at(rgb, x, y), in ? colour : (const uint8_t[]){ 255, 255, 255 }, 3);
            *image_at(alpha, x, y) = in ? 255 : 0;
        }
}

static int set_up(void **state)
{
    Fixture *f = fixture_open();
    make_object(&f->rgb, &f->alpha, 200);
    *state = f;
    return 0;
}

static EditResult edit_with(const Fixture *f, const char *prompt, uint64_t seed, const int size[2])
{
    EditRequest q = { .task = EDIT_PLACE,
                      .image = &f->rgb,
                      .alpha = &f->alpha,
                      .image_id = "bottle",
                      .prompt = prompt,
                      .seed = seed,
                      .width = size[0],
                      .height = size[1] };
    return fixture_edit(f, &q);
}

static double share_of(const Image *alpha)
{
    double sum = 0;
    for (size_t i = 0; i < image_bytes(alpha); i++)
        sum += alpha->data[i];
    return sum / 255.0 / (double)image_bytes(alpha);
}

static void the_same_request_gives_the_same_bytes_and_another_seed_does_not(void **state)
{
    const int size[2] = { 192, 160 };
    EditResult a = edit_with(*state, "on a kitchen counter", 7, size);
    EditResult b = edit_with(*state, "on a kitchen counter", 7, size);
    EditResult c = edit_with(*state, "on a kitchen counter", 8, size);
    EditResult d = edit_with(*state, "on a kitchen worktop", 7, size);
    assert_true(image_equal(&a.image, &b.image) && image_equal(&a.alpha, &b.alpha));
    assert_false(image_equal(&a.image, &c.image));
    assert_false(image_equal(&a.image, &d.image));
    edit_result_clear(&a);
    edit_result_clear(&b);
    edit_result_clear(&c);
    edit_result_clear(&d);
}

static void every_family_is_chosen_by_its_own_name(void **state)
{
    (void)state;
    char prompt[200];
    for (size_t i = 0; i < family_count(); i++) {
        snprintf(prompt, sizeof prompt, "Put the object into a %s, please.", family_at(i)->name);
        assert_ptr_equal(family_choose(prompt), family_at(i));
    }
    assert_ptr_equal(family_choose("Forests!"), family_choose("forest"));
}

static void prompts_without_known_words_are_spread_over_the_families(void **state)
{
    (void)state;
    size_t different = 0;
    const Family *first = family_choose("qqq 0");
    for (int i = 1; i < 20; i++) {
        char prompt[16];
        snprintf(prompt, sizeof prompt, "qqq %d", i);
        different += family_choose(prompt) != first;
    }
    assert_in_range(different, 8, 19);
}

/* Also the size asked for, and that the alpha is 0 at the frame. */
static void every_family_shows_the_whole_object(void **state)
{
    const int size[2] = { 160, 128 };
    for (size_t i = 0; i < family_count(); i++)
        for (uint64_t seed = 0; seed < 3; seed++) {
            EditResult r = edit_with(*state, family_at(i)->name, seed, size);
            assert_int_equal(r.image.width, 160);
            assert_int_equal(r.image.height, 128);
            assert_int_equal(r.image.channels, 3);
            assert_int_equal(r.alpha.channels, 1);
            double share = share_of(&r.alpha);
            if (share < 0.01 || share > 0.5)
                fail_msg("%s, seed %d: the object covers %.3f", family_at(i)->name, (int)seed, share);
            for (int x = 0; x < 160; x++)
                assert_int_equal(*image_at(&r.alpha, x, 0) + *image_at(&r.alpha, x, 127), 0);
            for (int y = 0; y < 128; y++)
                assert_int_equal(*image_at(&r.alpha, 0, y) + *image_at(&r.alpha, 159, y), 0);
            edit_result_clear(&r);
        }
}

/* The object is red and scenes seldom are: inside the alpha red must lead, by a margin that tints do not
 * reach. */
static void the_alpha_lies_where_the_object_is(void **state)
{
    const int size[2] = { 256, 256 };
    EditResult r = edit_with(*state, "on a beach at noon", 3, size);
    size_t solid = 0, red = 0;
    for (size_t i = 0; i < image_bytes(&r.alpha); i++)
        if (r.alpha.data[i] == 255) {
            const uint8_t *p = r.image.data + 3 * i;
            solid++;
            red += p[0] > p[1] + 40 && p[0] > p[2] + 40;
        }
    assert_true(solid > 500);
    assert_true(red > solid * 97 / 100);
    edit_result_clear(&r);
}

static void isolating_centres_the_object_on_white(void **state)
{
    const Fixture *f = *state;
    EditRequest q = {
        .task = EDIT_ISOLATE, .image = &f->rgb, .alpha = &f->alpha, .width = 100, .height = 140
    };
    EditResult r = { 0 };
    Err err = { 0 };
    assert_true(editor_procedural.edit(f->editor, &q, &r, &err));
    int left = 100, right = 0, top = 140, bottom = 0;
    for (int y = 0; y < 140; y++)
        for (int x = 0; x < 100; x++) {
            if (*image_at(&r.alpha, x, y) == 0)
                for (int k = 0; k < 3; k++)
                    assert_int_equal(image_at(&r.image, x, y)[k], 255);
            if (*image_at(&r.alpha, x, y) > 127) {
                left = x < left ? x : left;
                right = x > right ? x : right;
                top = y < top ? y : top;
                bottom = y;
            }
        }
    assert_in_range(left + right, 97, 101);
    assert_in_range(top + bottom, 137, 141);
    assert_in_range(bottom - top, 95, 99); /* 70 % of 140 */
    edit_result_clear(&r);
    q.alpha = NULL;
    assert_false(editor_procedural.edit(f->editor, &q, &r, &err));
    assert_int_equal(err.kind, ERR_INPUT);
}

static void tiny_objects_and_pictures_are_fine(void **state)
{
    Fixture small = *(Fixture *)*state;
    make_object(&small.rgb, &small.alpha, 1);
    static const int sizes[][2] = { { 16, 16 }, { 1, 1 }, { 3, 40 }, { 41, 2 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int k = 0; k < 2; k++) {
            EditRequest q = { .task = EDIT_PLACE,
                              .image = k ? &small.rgb : &((Fixture *)*state)->rgb,
                              .alpha = k ? &small.alpha : &((Fixture *)*state)->alpha,
                              .prompt = "forest at night",
                              .width = sizes[i][0],
                              .height = sizes[i][1] };
            EditResult r = { 0 };
            Err err = { 0 };
            assert_true(editor_procedural.edit(small.editor, &q, &r, &err));
            assert_int_equal(r.image.width, sizes[i][0]);
            assert_int_equal(r.alpha.height, sizes[i][1]);
            edit_result_clear(&r);
        }
    image_clear(&small.rgb);
    image_clear(&small.alpha);
}

static void a_picture_without_an_object_is_refused_with_a_sentence(void **state)
{
    Fixture *f = *state;
    Image none;
    Err err = { 0 };
    assert_true(image_init(&none, 200, 200, 1, &err));
    EditRequest q = {
        .task = EDIT_PLACE, .image = &f->rgb, .alpha = &none, .prompt = "beach", .width = 64, .height = 64
    };
    EditResult r = { 0 };
    assert_false(editor_procedural.edit(f->editor, &q, &r, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_true(image_empty(&r.image));
    image_clear(&none);
}

/* Where nothing was painted the picture stays black; lit matter never is, whatever its colour. */
static void a_table_in_a_hall_stands_on_a_floor(void **state)
{
    const int size[2] = { 160, 160 };
    for (uint64_t seed = 0; seed < 8; seed++) {
        EditResult r = edit_with(*state, "on a wooden crate in a warehouse, by day", seed, size);
        size_t black = 0, pixels = (size_t)size[0] * (size_t)size[1];
        for (size_t i = 0; i < pixels; i++) {
            const uint8_t *p = r.image.data + 3 * i;
            black += p[0] + p[1] + p[2] < 12;
        }
        assert_true(black * 200 < pixels);
        edit_result_clear(&r);
    }
}

static void light_comes_from_the_side_that_the_prompt_names(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        Scene s;
        const int size[2] = { 64, 64 };
        scene_plan(&s, "on a beach, sun from the left, the mug off-centre on the right", seed, size, 1);
        assert_true(s.light.to[0] < 0);
        scene_plan(&s, "in a kitchen with a window on the right", seed, size, 1);
        assert_true(s.light.to[0] > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_request_gives_the_same_bytes_and_another_seed_does_not),
        cmocka_unit_test(every_family_is_chosen_by_its_own_name),
        cmocka_unit_test(prompts_without_known_words_are_spread_over_the_families),
        cmocka_unit_test(every_family_shows_the_whole_object),
        cmocka_unit_test(the_alpha_lies_where_the_object_is),
        cmocka_unit_test(isolating_centres_the_object_on_white),
        cmocka_unit_test(tiny_objects_and_pictures_are_fine),
        cmocka_unit_test(a_table_in_a_hall_stands_on_a_floor),
        cmocka_unit_test(light_comes_from_the_side_that_the_prompt_names),
        cmocka_unit_test(a_picture_without_an_object_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, set_up, fixture_close);
}
