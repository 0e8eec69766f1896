/* Each allocation of a cut fails once: an error that says so, and nothing is lost. */
#include "../no_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "vision/grabcut.h"

#include <string.h>

enum { SIDE = 20 };

/* A bright square on dark ground; the prompt has everything in it that takes memory. */
static bool everything(void *user, Err *err)
{
    static uint8_t rgb[SIDE * SIDE * 3], strokes[SIDE * SIDE], start[SIDE * SIDE];
    const Image picture = { SIDE, SIDE, 3, rgb }, stroked = { SIDE, SIDE, 1, strokes },
                begun = { SIDE, SIDE, 1, start };
    MaskPoint point = { 10, 10, true };
    float box[] = { 2, 2, 17, 17 }, score;
    const int *way = user;
    Grabcut *g;
    Image mask;
    for (int i = 0; i < SIDE * SIDE; i++) {
        bool object = i % SIDE > 5 && i % SIDE < 14 && i / SIDE > 5 && i / SIDE < 14;
        memset(rgb + 3 * i, object ? 200 + i % 7 : 40 + i % 5, 3);
        start[i] = object ? 255 : 0;
    }
    strokes[SIDE * 9 + 9] = STROKE_OBJECT;
    strokes[0] = STROKE_BACKGROUND;
    if (!grabcut_open(&g, &picture, err))
        return false;
    bool ok = grabcut_cut(g,
                          &(MaskPrompt){ .points = &point,
                                         .point_count = 1,
                                         .box = *way == 0 ? box : NULL,
                                         .strokes = &stroked,
                                         .start = *way == 1 ? &begun : NULL },
                          NULL, &mask, &score, err);
    assert_true(ok == !image_empty(&mask));
    image_clear(&mask);
    grabcut_close(g);
    return ok;
}

static void every_allocation_of_a_cut_may_fail(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++)
        memory_fail_each(everything, &way);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_cut_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
