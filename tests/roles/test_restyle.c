/* Other light and weather: what each prompt must do to a picture, and what none may do. */
#include "roles/procedural/procedural.h"
#include "roles/procedural/restyle_words.h"
#include "text/builtin_prompts.h"
#include "text/prompt_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    void *editor;
    Image rgb, alpha;
} Fixture;

enum { SIZE = 192 };

/* A blue-grey wall over a brown table with a fine grain, and a teal can with a white label on it. */
static void make_scene(Image *rgb, Image *alpha, int w, int h)
{
    Err err = { 0 };
    assert_true(image_init(rgb, w, h, 3, &err));
    assert_true(image_init(alpha, w, h, 1, &err));
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            int fx = 100 * x / w, fy = 100 * y / h, noise = (x * 7 + y * 13 + x * y) % 9;
            const uint8_t wall[3] = { (uint8_t)(150 + fx / 4), 165, (uint8_t)(178 - fy / 3) };
            const uint8_t table[3] = { (uint8_t)(140 + noise), (uint8_t)(104 + noise),
                                       (uint8_t)(72 + noise) };
            const uint8_t can[3] = { 30, 120, 125 }, label[3] = { 225, 220, 205 };
            bool in = fx >= 38 && fx < 62 && fy >= 40 && fy < 80,
                 print = in && fx >= 44 && fx < 56 && fy >= 52 && fy < 68;
            memcpy(image_at(rgb, x, y), print ? label : in ? can : fy < 50 ? wall : table, 3);
            *image_at(alpha, x, y) = in ? 255 : 0;
        }
}

static int set_up(void **state)
{
    static Fixture f;
    Err err = { 0 };
    RoleConfig cfg = { 0 };
    if (!editor_procedural.open(&f.editor, &cfg, &err))
        return -1;
    make_scene(&f.rgb, &f.alpha, SIZE, SIZE);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    editor_procedural.close(f->editor);
    image_clear(&f->rgb);
    image_clear(&f->alpha);
    return 0;
}

static EditResult restyle(const Fixture *f, const char *prompt, uint64_t seed)
{
    EditRequest q = { .task = EDIT_RESTYLE,
                      .image = &f->rgb,
                      .alpha = f->alpha.data ? &f->alpha : NULL,
                      .prompt = prompt,
                      .seed = seed };
    EditResult r = { 0 };
    Err err = { 0 };
    if (!editor_procedural.edit(f->editor, &q, &r, &err))
        fail_msg("%s", err.msg);
    return r;
}

static bool same_image(const Image *a, const Image *b)
{
    return a->width == b->width && a->height == b->height && a->channels == b->channels &&
           memcmp(a->data, b->data, image_bytes(a)) == 0;
}

/* ---- what holds for every prompt ---------------------------------------------------------------- */

static TextList builtin_list(void)
{
    TextList list = { 0 };
    Err err = { 0 };
    assert_true(prompt_list_parse(builtin_restyle_prompts, "built in", &list, &err));
    assert_int_equal(list.count, 50);
    return list;
}

static void every_builtin_prompt_has_words_that_are_known(void **state)
{
    (void)state;
    TextList list = builtin_list();
    for (size_t i = 0; i < list.count; i++) {
        Wishes w;
        wishes_read(&w, list.text[i]);
        if (w.count == 0 || w.wish[0].look->kind == LOOK_TONE)
            fail_msg("nothing known in: %s", list.text[i]);
    }
    text_list_clear(&list);
}

static void a_request_decides_every_byte_and_its_seed_changes_some(void **state)
{
    TextList list = builtin_list();
    for (size_t i = 0; i < list.count; i += 3) {
        EditResult a = restyle(*state, list.text[i], 4), b = restyle(*state, list.text[i], 4);
        EditResult c = restyle(*state, list.text[i], 5);
        assert_true(same_image(&a.image, &b.image));
        assert_false(same_image(&a.image, &c.image));
        edit_result_clear(&a);
        edit_result_clear(&b);
        edit_result_clear(&c);
    }
    text_list_clear(&list);
}

static void the_alpha_stays_as_it_was(void **state)
{
    const Fixture *f = *state;
    TextList list = builtin_list();
    for (size_t i = 0; i < list.count; i += 7) {
        EditResult r = restyle(f, list.text[i], i);
        assert_true(same_image(&r.alpha, &f->alpha));
        assert_int_equal(r.image.width, SIZE);
        assert_int_equal(r.image.channels, 3);
        edit_result_clear(&r);
    }
    text_list_clear(&list);
}

static void pictures_of_any_shape_and_without_an_alpha_are_fine(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 3, 400 }, { 400, 3 }, { 2, 2 }, { 17, 31 } };
    TextList list = builtin_list();
    for (size_t i = 0; i < list.count; i++) {
        const int *size = sizes[i % 5];
        Fixture small = *(Fixture *)*state;
        make_scene(&small.rgb, &small.alpha, size[0], size[1]);
        if (i % 2)
            image_clear(&small.alpha);
        EditResult r = restyle(&small, list.text[i], i);
        assert_int_equal(r.image.width, size[0]);
        assert_int_equal(r.image.height, size[1]);
        assert_int_equal(image_empty(&r.alpha), i % 2);
        edit_result_clear(&r);
        image_clear(&small.rgb);
        image_clear(&small.alpha);
    }
    text_list_clear(&list);
}

static void absurd_prompts_still_change_the_light(void **state)
{
    Fixture *f = *state;
    char *huge = malloc(100001);
    assert_non_null(huge);
    memset(huge, 'a', 100000);
    huge[100000] = 0;
    const char *prompts[] = { "", NULL, "\xff\xfe\x01 \x80 \n\t\r", "!!!", huge, "qwertz uiop" };
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        EditResult r = restyle(f, prompts[i], 1);
        assert_false(same_image(&r.image, &f->rgb));
        edit_result_clear(&r);
    }
    free(huge);
}

static void a_mask_of_another_size_is_refused_with_a_sentence(void **state)
{
    const Fixture *f = *state;
    Image small;
    Err err = { 0 };
    assert_true(image_init(&small, 5, 5, 1, &err));
    EditRequest q = { .task = EDIT_RESTYLE, .image = &f->rgb, .alpha = &small, .prompt = "night" };
    EditResult r = { 0 };
    assert_false(editor_procedural.edit(f->editor, &q, &r, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_true(image_empty(&r.image) && image_empty(&r.alpha));
    image_clear(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_builtin_prompt_has_words_that_are_known),
        cmocka_unit_test(a_request_decides_every_byte_and_its_seed_changes_some),
        cmocka_unit_test(the_alpha_stays_as_it_was),
        cmocka_unit_test(pictures_of_any_shape_and_without_an_alpha_are_fine),
        cmocka_unit_test(absurd_prompts_still_change_the_light),
        cmocka_unit_test(a_mask_of_another_size_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
