/* The annotator that reads what the editor recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "roles/alpha.h"

#include <string.h>

static AnnotateResult annotate(const uint8_t *alpha, int width, int height)
{
    Err err = { 0 };
    void *self = NULL;
    Image im = { width, height, 1, (uint8_t *)alpha };
    AnnotateResult found = { 0 };
    assert_true(annotator_alpha.open(&self, &(RoleConfig){ 0 }, NULL, NULL, &err));
    assert_true(annotator_alpha.annotate(self, &(AnnotateRequest){ NULL, &im }, &found, &err));
    annotator_alpha.close(self);
    return found;
}

static void half_covered_is_the_object_and_less_is_not(void **state)
{
    (void)state;
    AnnotateResult found = annotate((const uint8_t[]){ 0, 127, 128, 255, 1, 254 }, 3, 2);
    assert_memory_equal(found.mask.data, ((const uint8_t[]){ 0, 0, 255, 255, 0, 255 }), 6);
    assert_int_equal(found.mask.width, 3);
    assert_true(found.score == 1 && found.stability == 1);
    image_clear(&found.mask);
}

static void nothing_found_is_no_mask_and_no_score(void **state)
{
    (void)state;
    AnnotateResult found = annotate((const uint8_t[]){ 0, 127 }, 2, 1);
    assert_true(image_empty(&found.mask));
    assert_true(found.score == 0);
}

static void an_image_without_a_record_is_refused(void **state)
{
    (void)state;
    Err err = { 0 };
    AnnotateResult found = { 0 };
    assert_false(annotator_alpha.annotate(NULL, &(AnnotateRequest){ 0 }, &found, &err));
    assert_int_equal(err.kind, ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_covered_is_the_object_and_less_is_not),
        cmocka_unit_test(nothing_found_is_no_mask_and_no_score),
        cmocka_unit_test(an_image_without_a_record_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
