/* Other light and weather: what each prompt must do to a picture, and what none may do. */
#include "procedural_rig.h"

#include "base/pool.h"
#include "roles/procedural/restyle_words.h"
#include "text/builtin_prompts.h"
#include "text/prompt_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    Fixture *f = fixture_open();
    make_scene(&f->rgb, &f->alpha, SIZE, SIZE);
    *state = f;
    return 0;
}

static EditResult restyle(const Fixture *f, const char *prompt, uint64_t seed)
{
    EditRequest q = { .task = EDIT_RESTYLE,
                      .image = &f->rgb,
                      .alpha = f->alpha.data ? &f->alpha : NULL,
                      .prompt = prompt,
                      .seed = seed };
    return fixture_edit(f, &q);
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
        assert_true(image_equal(&a.image, &b.image));
        assert_false(image_equal(&a.image, &c.image));
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
        assert_true(image_equal(&r.alpha, &f->alpha));
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
        assert_false(image_equal(&r.image, &f->rgb));
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

/* ---- what each prompt must do ------------------------------------------------------------------- */

/* What is seen of a picture: means of sRGB values. */
typedef struct {
    double luma, red, green, blue, chroma;
    double spread;              /* standard deviation of luma */
    double left, right;         /* mean of the three colours, outer thirds */
    double wall, table, object; /* luma */
    double table_chroma;
    double across, down; /* mean luma step to the right and to the lower neighbour */
    double tilt;         /* how much redder, against blue, the left third is than the right */
    double hues;         /* spread of red against blue over the picture */
    double rim;          /* luma of the object's outermost pixels against all of it */
    double print;        /* luma of the label over that of the can around it */
    double upper, lower; /* luma of the object's upper and lower third */
    double far;          /* chroma of the table far away, as a share of that near by */
} Seen;

static double luma_of(const uint8_t *p)
{
    return 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
}

typedef struct {
    double sum, squares, n;
} Mean;

static void mean_add(Mean *m, double v)
{
    m->sum += v;
    m->squares += v * v;
    m->n += 1;
}

static double mean_of(const Mean *m)
{
    return m->n > 0 ? m->sum / m->n : 0;
}

static double spread_of(const Mean *m)
{
    double mean = mean_of(m);
    return m->n > 0 ? sqrt(fmax(0, m->squares / m->n - mean * mean)) : 0;
}

static bool at_rim(const Image *alpha, int x, int y)
{
    return *image_at(alpha, x, y) &&
           !(*image_at(alpha, x - 3, y) && *image_at(alpha, x + 3, y) && *image_at(alpha, x, y - 3));
}

static Seen look_at_picture(const Image *im, const Image *alpha)
{
    enum {
        LUMA,
        RED,
        GREEN,
        BLUE,
        CHROMA,
        LEFT,
        RIGHT,
        WALL,
        TABLE,
        OBJECT,
        TABLE_CHROMA,
        ACROSS,
        DOWN,
        TILT_LEFT,
        TILT_RIGHT,
        HUE,
        RIM,
        LABEL,
        CAN,
        UPPER,
        LOWER,
        FAR_CHROMA,
        NEAR_CHROMA,
        MEANS
    };
    Mean m[MEANS] = { { 0 } };
    for (int y = 0; y < SIZE - 1; y++)
        for (int x = 0; x < SIZE - 1; x++) {
            const uint8_t *p = image_at(im, x, y);
            int fx = 100 * x / SIZE, fy = 100 * y / SIZE, third = 3 * x / SIZE;
            double luma = luma_of(p), chroma = fmax(p[0], fmax(p[1], p[2])) - fmin(p[0], fmin(p[1], p[2])),
                   hue = p[0] - p[2];
            mean_add(&m[LUMA], luma);
            mean_add(&m[RED], p[0]);
            mean_add(&m[GREEN], p[1]);
            mean_add(&m[BLUE], p[2]);
            mean_add(&m[CHROMA], chroma);
            mean_add(&m[ACROSS], fabs(luma - luma_of(p + 3)));
            mean_add(&m[DOWN], fabs(luma - luma_of(p + 3 * SIZE)));
            mean_add(&m[HUE], hue);
            if (third != 1) {
                mean_add(&m[third ? RIGHT : LEFT], (p[0] + p[1] + p[2]) / 3.0);
                mean_add(&m[third ? TILT_RIGHT : TILT_LEFT], hue);
            }
            if (!*image_at(alpha, x, y)) {
                mean_add(&m[fy < 45 ? WALL : TABLE], luma);
                if (fy >= 52 && fy < 58)
                    mean_add(&m[FAR_CHROMA], chroma);
                if (fy >= 90)
                    mean_add(&m[NEAR_CHROMA], chroma);
                if (fy >= 55)
                    mean_add(&m[TABLE_CHROMA], chroma);
                continue;
            }
            mean_add(&m[OBJECT], luma);
            mean_add(&m[fx >= 44 && fx < 56 && fy >= 52 && fy < 68 ? LABEL : CAN], luma);
            if (at_rim(alpha, x, y))
                mean_add(&m[RIM], luma);
            if (fy < 50 || fy >= 70)
                mean_add(&m[fy < 50 ? UPPER : LOWER], luma);
        }
    return (Seen){ .luma = mean_of(&m[LUMA]),
                   .red = mean_of(&m[RED]),
                   .green = mean_of(&m[GREEN]),
                   .blue = mean_of(&m[BLUE]),
                   .chroma = mean_of(&m[CHROMA]),
                   .spread = spread_of(&m[LUMA]),
                   .left = mean_of(&m[LEFT]),
                   .right = mean_of(&m[RIGHT]),
                   .wall = mean_of(&m[WALL]),
                   .table = mean_of(&m[TABLE]),
                   .object = mean_of(&m[OBJECT]),

                   .table_chroma = mean_of(&m[TABLE_CHROMA]),
                   .across = mean_of(&m[ACROSS]),
                   .down = mean_of(&m[DOWN]),
                   .tilt = mean_of(&m[TILT_LEFT]) - mean_of(&m[TILT_RIGHT]),
                   .hues = spread_of(&m[HUE]),
                   .rim = mean_of(&m[RIM]) / (mean_of(&m[OBJECT]) + 1),
                   .print = mean_of(&m[LABEL]) / (mean_of(&m[CAN]) + 1),
                   .upper = mean_of(&m[UPPER]),
                   .lower = mean_of(&m[LOWER]),
                   .far = mean_of(&m[FAR_CHROMA]) / (mean_of(&m[NEAR_CHROMA]) + 1) };
}

typedef enum {
    END,
    DARKER,
    MUCH_DARKER,
    BRIGHTER,
    WARMER,
    COOLER,
    GREENER,
    PALER,
    FLATTER,
    HARDER,
    LEFT_BRIGHTER,
    RIGHT_BRIGHTER,
    ONE_SIDED,
    FAR_VEILED,
    TABLE_WHITER,
    TABLE_SHINES,
    DETAIL,
    UPRIGHT_LINES,
    SOFTER,
    COLOURED_SIDES,
    COLOURED,
    RIM,
    LIT_FROM_BELOW,
    LIT_FROM_ABOVE,
    OBJECT_STANDS_OUT,
    PATTERN,
    CONTRAST,
} Property;

static bool holds(Property what, const Seen *a, const Seen *b)
{
    double warm_a = a->red / (a->blue + 1), warm_b = b->red / (b->blue + 1);
    switch (what) {
    case DARKER: return b->luma < 0.88 * a->luma;
    case MUCH_DARKER: return b->luma < 0.62 * a->luma;
    case BRIGHTER: return b->luma > 1.08 * a->luma;
    case WARMER: return warm_b > 1.12 * warm_a;
    case COOLER: return warm_b < 0.93 * warm_a;
    case GREENER: return b->green / (b->red + b->blue) > 1.06 * a->green / (a->red + a->blue);
    case PALER: return b->chroma / b->luma < 0.92 * a->chroma / a->luma;
    case FLATTER: return b->print < 0.97 * a->print;
    case HARDER: return b->spread / b->luma > 1.2 * a->spread / a->luma;
    case LEFT_BRIGHTER: return b->left / b->right > 1.15 * a->left / a->right;
    case RIGHT_BRIGHTER: return b->right / b->left > 1.15 * a->right / a->left;
    case ONE_SIDED: return fabs(log((b->left + 1) / (b->right + 1))) > 0.05;
    case FAR_VEILED: return b->far < 0.93 * a->far;
    case TABLE_WHITER:
        return b->table_chroma < 0.75 * a->table_chroma && b->table / b->wall > 1.08 * a->table / a->wall;
    case TABLE_SHINES:
        return b->table_chroma / b->table < 0.9 * a->table_chroma / a->table ||
               b->table / b->wall < 0.9 * a->table / a->wall;
    case DETAIL: return b->across + b->down > 1.15 * (a->across + a->down);
    case UPRIGHT_LINES: return b->across / b->down > 1.1 * a->across / a->down;
    case SOFTER: return b->across + b->down < 0.85 * (a->across + a->down);
    case COLOURED_SIDES: return fabs(b->tilt - a->tilt) > 20;
    case COLOURED: return b->hues / b->luma > 1.3 * a->hues / a->luma;
    case RIM: return b->rim > 1.06 * a->rim;
    case LIT_FROM_BELOW: return b->lower / b->upper > 1.1 * a->lower / a->upper;
    case LIT_FROM_ABOVE: return b->lower / b->upper < 0.95 * a->lower / a->upper;
    case OBJECT_STANDS_OUT: return b->object / b->wall > 1.3 * a->object / a->wall;
    case PATTERN: return b->across + b->down > 1.6 * (a->across + a->down);
    case CONTRAST: return b->print > 1.03 * a->print;
    case END: break;
    }
    return true;
}

static const struct {
    const char *words; /* that stand in one built-in prompt only */
    Property is[5];
} expected[] = {
    { "faint light of a room at night", { MUCH_DARKER } },
    { "greenish fluorescent tubes", { GREENER, FLATTER } },
    { "harsh midday sun", { CONTRAST, DETAIL } },
    { "strongly from behind", { RIM } },
    { "magenta neon light from the left", { MUCH_DARKER, LEFT_BRIGHTER } },
    { "cyan neon light from the right", { MUCH_DARKER, RIGHT_BRIGHTER, COOLER } },
    { "Mix magenta neon from one side", { DARKER, COLOURED_SIDES } },
    { "shine into the lens", { BRIGHTER, ONE_SIDED } },
    { "dappled shade", { PATTERN } },
    { "golden hour", { WARMER } },
    { "blue hour", { MUCH_DARKER, COOLER } },
    { "dense fog", { FAR_VEILED, PALER } },
    { "thin morning mist", { FLATTER, PALER, FAR_VEILED } },
    { "light rain", { TABLE_SHINES, DETAIL } },
    { "heavy rain", { DARKER, PALER, UPRIGHT_LINES, DETAIL } },
    { "large soft flakes", { TABLE_WHITER, DETAIL } },
    { "fine snow sideways", { COOLER, PALER, DETAIL } },
    { "grey smoke", { PALER } },
    { "beam of sunlight", { DARKER, DETAIL } },
    { "fully overcast day", { PALER, FLATTER } },
    { "moonlight only", { MUCH_DARKER, COOLER } },
    { "single candle", { MUCH_DARKER, WARMER, HARDER } },
    { "tungsten bulb", { DARKER, WARMER } },
    { "LED spot", { MUCH_DARKER, OBJECT_STANDS_OUT } },
    { "window blinds", { PATTERN } },
    { "hard light from the left", { LEFT_BRIGHTER, HARDER } },
    { "hard light from the right", { RIGHT_BRIGHTER, HARDER } },
    { "two stops", { MUCH_DARKER } },
    { "Overexpose", { BRIGHTER, PALER } },
    { "sodium street lamps", { MUCH_DARKER, WARMER } },
    { "violet sunset sky", { WARMER, DARKER } },
    { "first light of dawn", { FLATTER } },
    { "summer haze", { PALER, FLATTER, FAR_VEILED } },
    { "before a storm", { DARKER, GREENER, CONTRAST } },
    { "droplets of water on the lens", { DETAIL } },
    { "Fog the lens", { SOFTER } },
    { "flicker of a television", { MUCH_DARKER, COOLER } },
    { "camera flash", { DARKER, OBJECT_STANDS_OUT } },
    { "from below with a weak", { MUCH_DARKER, WARMER, LIT_FROM_BELOW } },
    { "window light on the right", { RIGHT_BRIGHTER } },
    { "light of passing cars", { MUCH_DARKER, COLOURED } },
    { "canvas awning", { GREENER } },
    { "strings of small warm bulbs", { DARKER, WARMER, DETAIL } },
    { "ripple of sunlight on water", { PATTERN } },
    { "just after rain", { TABLE_SHINES } },
    { "frost whiten", { TABLE_WHITER, COOLER } },
    { "coloured glass", { COLOURED, PATTERN } },
    { "refrigerated display", { COOLER, LIT_FROM_ABOVE } },
    { "carry fine sand", { WARMER, FLATTER } },
    { "warm lamp light on one side", { COLOURED_SIDES } },
};

static const char *builtin_with(const TextList *list, const char *words)
{
    const char *found = NULL;
    for (size_t i = 0; i < list->count; i++)
        if (strstr(list->text[i], words)) {
            assert_null(found);
            found = list->text[i];
        }
    assert_non_null(found);
    return found;
}

static void every_builtin_prompt_does_what_it_says_whatever_the_seed(void **state)
{
    const Fixture *f = *state;
    TextList list = builtin_list();
    assert_int_equal(sizeof expected / sizeof *expected, list.count);
    Seen before = look_at_picture(&f->rgb, &f->alpha);
    int wrong = 0;
    for (size_t i = 0; i < list.count; i++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            EditResult r = restyle(f, builtin_with(&list, expected[i].words), seed);
            Seen after = look_at_picture(&r.image, &f->alpha);
            for (int k = 0; k < 5 && expected[i].is[k] != END; k++)
                if (!holds(expected[i].is[k], &before, &after)) {
                    print_error("%s, seed %d: property %d does not hold\n", expected[i].words, (int)seed,
                                expected[i].is[k]);
                    wrong++;
                }
            /* The label is what the object is known by: it stays lighter than the can around it. */
            if (after.print < 1.18) {
                print_error("%s, seed %d: the label is %.2f times as light as the can\n", expected[i].words,
                            (int)seed, after.print);
                wrong++;
            }
            edit_result_clear(&r);
        }
    text_list_clear(&list);
    assert_int_equal(wrong, 0);
}

static Seen seen_with(const Fixture *f, const char *prompt)
{
    EditResult r = restyle(f, prompt, 2);
    Seen s = look_at_picture(&r.image, &f->alpha);
    edit_result_clear(&r);
    return s;
}

static void a_prompt_that_asks_for_two_things_gets_both(void **state)
{
    const Fixture *f = *state;
    Seen plain = look_at_picture(&f->rgb, &f->alpha), rain = seen_with(f, "heavy rain");
    Seen both = seen_with(f, "heavy rain at night with red neon from the left");
    assert_true(both.luma < 0.75 * rain.luma);
    assert_true(holds(UPRIGHT_LINES, &plain, &both));
    assert_true(holds(WARMER, &plain, &both));
}

/* Mean difference of two pictures in 8-bit steps. */
static double difference(const Image *a, const Image *b)
{
    double sum = 0;
    for (size_t i = 0; i < image_bytes(a); i++)
        sum += abs(a->data[i] - b->data[i]);
    return sum / (double)image_bytes(a);
}

/* Two seeds of one prompt differ by their noise too, so the bar is above what grain alone makes (about 1.5). */
static void no_two_builtin_prompts_give_the_same_picture(void **state)
{
    TextList list = builtin_list();
    EditResult r[50];
    for (size_t i = 0; i < 50; i++)
        r[i] = restyle(*state, list.text[i], 9);
    for (size_t i = 0; i < 50; i++)
        for (size_t k = 0; k < i; k++)
            if (difference(&r[i].image, &r[k].image) < 4)
                fail_msg("too alike:\n%s\n%s", list.text[i], list.text[k]);
    for (size_t i = 0; i < 50; i++)
        edit_result_clear(&r[i]);
    text_list_clear(&list);
}

typedef struct {
    const Fixture *f;
    const TextList *list;
    Image out[24];
} Together;

static bool restyle_item(void *user, size_t item, int worker)
{
    (void)worker;
    Together *t = user;
    EditResult r = restyle(t->f, t->list->text[2 * item], 3);
    t->out[item] = r.image;
    image_clear(&r.alpha);
    return true;
}

static void threads_do_not_change_a_byte(void **state)
{
    TextList list = builtin_list();
    Together t = { .f = *state, .list = &list };
    assert_true(pool_run(4, 24, restyle_item, &t));
    for (size_t i = 0; i < 24; i++) {
        EditResult alone = restyle(*state, list.text[2 * i], 3);
        assert_true(image_equal(&alone.image, &t.out[i]));
        edit_result_clear(&alone);
        image_clear(&t.out[i]);
    }
    text_list_clear(&list);
}

/* ---- words -------------------------------------------------------------------------------------- */

static bool asks_for(const char *prompt, const char *look)
{
    Wishes w;
    wishes_read(&w, prompt);
    for (size_t i = 0; i < w.count; i++)
        if (strcmp(w.wish[i].look->name, look) == 0)
            return true;
    return false;
}

static void the_longest_phrase_at_a_place_counts(void **state)
{
    (void)state;
    assert_true(asks_for("just after rain", "after rain") && !asks_for("just after rain", "rain"));
    assert_true(asks_for("FOG THE LENS", "fogged lens") && !asks_for("fog the lens", "fog"));
    assert_true(asks_for("Heavy-rain", "heavy rain") && !asks_for("heavy rain", "rain"));
    assert_false(asks_for("a rainbow trainer", "rain"));
    assert_true(asks_for("fogs", "fog"));
}

static void several_wishes_of_different_kinds_come_together(void **state)
{
    (void)state;
    const char *prompt = "candle light in dense fog with rain and drops on the lens";
    assert_true(asks_for(prompt, "candle") && asks_for(prompt, "fog") && asks_for(prompt, "rain") &&
                asks_for(prompt, "lens drops"));
    /* Of two lights the one with the weightier words. */
    assert_true(asks_for("sunny moonlight", "moonlight") && !asks_for("sunny moonlight", "sunshine"));
}

static void sides_colours_and_degrees_belong_to_their_own_words(void **state)
{
    (void)state;
    Wishes w;
    wishes_read(&w, "red neon from the left and green neon from the right");
    assert_int_equal(w.count, 2);
    assert_int_equal(w.wish[0].side, SIDE_LEFT);
    assert_int_equal(w.wish[1].side, SIDE_RIGHT);
    assert_true((w.wish[0].colour >> 16) > (w.wish[0].colour >> 8 & 255));
    assert_true((w.wish[1].colour >> 16) < (w.wish[1].colour >> 8 & 255));
    wishes_read(&w, "hard light from the left, leaving the right side of everything dark");
    assert_int_equal(w.wish[0].side, SIDE_LEFT);
    Wishes thin, dense;
    wishes_read(&thin, "thin fog");
    wishes_read(&dense, "dense fog");
    assert_true(thin.wish[0].amount < 1 && dense.wish[0].amount > 1);
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
        cmocka_unit_test(every_builtin_prompt_does_what_it_says_whatever_the_seed),
        cmocka_unit_test(a_prompt_that_asks_for_two_things_gets_both),
        cmocka_unit_test(no_two_builtin_prompts_give_the_same_picture),
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(the_longest_phrase_at_a_place_counts),
        cmocka_unit_test(several_wishes_of_different_kinds_come_together),
        cmocka_unit_test(sides_colours_and_degrees_belong_to_their_own_words),
    };
    return cmocka_run_group_tests(tests, set_up, fixture_close);
}
