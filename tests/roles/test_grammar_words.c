/* The words that prompts are put together from: articles, places, what is to be avoided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "roles/grammar/avoid.h"
#include "roles/grammar/english.h"
#include "roles/grammar/environment.h"
#include "roles/grammar/sense.h"
#include "roles/grammar/seen.h"
#include "roles/procedural/scene.h"

#include <string.h>

static void nouns_get_the_article_that_is_spoken(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "mug", "a mug" },
        { "open notebook", "an open notebook" },
        { "hour glass", "an hour glass" },
        { "university hall", "a university hall" },
        { "used book", "a used book" },
        { "umbrella", "an umbrella" },
        { "LED strip", "an LED strip" },
        { "TV set", "a TV set" },
        { "8-bit console", "an 8-bit console" },
        { "3rd floor hallway", "the 3rd floor hallway" },
        { "12 eggs", "12 eggs" },
        { "éclair", "an éclair" },
        { "Ärmel", "an Ärmel" },
        { "çay glass", "a çay glass" },
        { "pine cones", "pine cones" },
        { "reading glasses", "reading glasses" },
        { "glass of water", "a glass of water" },
        { "bowl of oranges", "a bowl of oranges" },
        { "paint brushes in a jar", "paint brushes in a jar" },
        { "a set of keys", "a set of keys" },
        { "the last train", "the last train" },
        { "soft morning light", "soft morning light" },
        { "bus", "a bus" },
        { "two cups", "two cups" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str s = { 0 };
        english_add_noun(&s, cases[i][0]);
        assert_string_equal(str_text(&s), cases[i][1]);
        str_clear(&s);
    }
}

static void lists_are_joined_as_in_a_sentence(void **state)
{
    (void)state;
    static const char *const items[] = { "a", "b", "c" };
    static const char *const expected[] = { "", "a", "a and b", "a, b and c" };
    for (size_t n = 0; n < 4; n++) {
        Str s = { 0 };
        english_add_list(&s, items, n);
        assert_string_equal(str_text(&s), expected[n]);
        str_clear(&s);
    }
}

static void a_place_gets_its_preposition_and_gives_its_surface(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *phrase, *surface, *family;
    } cases[] = {
        { "kitchen counter", "in a kitchen", "a counter", "kitchen" },
        { "Office desk", "in an Office", "a desk", "office" },
        { "cafe table", "at a cafe", "a table", "cafe" },
        { "park bench", "in a park", "a bench", "park" },
        { "camping table", NULL, "a camping table", "meadow" },
        { "beach", "on a beach", NULL, "beach" },
        { "the old harbour", "in the old harbour", NULL, "lake" },
        { "hotel room", "in a hotel room", NULL, "bedroom" },
        { "attic bedroom", "in an attic bedroom", NULL, "bedroom" },
        { "studio of a painter", "in the studio of a painter", NULL, "studio" },
        { "market stall", "at a market stall", NULL, "market" },
        { "mountains", "in the mountains", NULL, "meadow" },
        { "city streets", "on the city streets", NULL, "street" },
        { "outdoors", "outdoors", NULL, NULL },
        { "at the edge of a lake", "at the edge of a lake", NULL, "lake" },
        { "train compartment", "in a train compartment", NULL,
          NULL }, /* a room, where the family is a platform */
        { "spaceship", "in a spaceship", NULL, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Environment e;
        assert_true(environment_read(&e, cases[i].entry));
        if (cases[i].phrase)
            assert_string_equal(e.phrase, cases[i].phrase);
        else
            assert_null(e.phrase);
        if (cases[i].surface)
            assert_string_equal(e.surface, cases[i].surface);
        else
            assert_null(e.surface);
        if (cases[i].family)
            assert_string_equal(e.place->family, cases[i].family);
        else
            assert_null(e.place->family);
        environment_clear(&e);
    }
}

static void prose_tells_places_by_whole_words_outside_of_negations(void **state)
{
    (void)state;
    TextList found = { 0 };
    assert_true(environment_find(
        "We meet it in kitchens and in a coffee shop. Never on a beach! No desert.\nThe parking "
        "of it in the park, not in snow\nIt is a gardener's study of a kitchen.",
        &found));
    assert_int_equal(found.count, 3);
    assert_string_equal(found.text[0], "kitchen");
    assert_string_equal(found.text[1], "coffee shop");
    assert_string_equal(found.text[2], "study");
    text_list_clear(&found);
}

static void every_built_in_place_chooses_its_family_and_stays_there(void **state)
{
    (void)state;
    assert_true(place_count() >= 26);
    for (size_t i = 0; i < place_count(); i++) {
        const Place *p = place_at(i);
        size_t places = 0, surfaces = 0, things = 0;
        for (; p->places[places]; places++)
            if (strcmp(family_choose(p->places[places])->name, p->family) != 0)
                fail_msg("%s is no %s", p->places[places], p->family);
        for (; p->surfaces[surfaces]; surfaces++)
            assert_true(english_words(p->surfaces[surfaces]) <= 6);
        for (; p->companions[things]; things++) {
            Sense s = sense_of(p->companions[things]);
            if (s.hour != HOUR_UNSAID || s.weather)
                fail_msg("%s says an hour or a weather", p->companions[things]);
        }
        assert_true(places >= 5 && surfaces >= 5 && things >= 9);
        assert_true(p->lights != 0);
    }
}

/* What surface.c of the procedural editor takes for the surface must not be said of anything else. */
static void nothing_but_surfaces_names_a_material_or_a_table(void **state)
{
    (void)state;
    static const char *const words[] = { "plank", "deck",       "crate",   "marble",  "granite", "steel",
                                         "metal", "linen",      "cloth",   "blanket", "leather", "concrete",
                                         "stone", "slate",      "tiled",   "oak",     "wooden",  "walnut",
                                         "cork",  "table",      "bench",   "desk",    "tray",    "ledge",
                                         "stump", "windowsill", "counter", "worktop", "pallet",  "floor",
                                         "rug",   "carpet" };
    for (size_t i = 0; i < PLACE_KINDS; i++) {
        const char *const *lists[] = { place_at(i)->companions, place_at(i)->behind, place_at(i)->places };
        for (size_t l = 0; l < 3; l++)
            for (const char *const *t = lists[l]; *t; t++)
                for (size_t w = 0; w < sizeof words / sizeof *words; w++)
                    if (words_contain(*t, words[w]))
                        fail_msg("%s in: %s", words[w], *t);
    }
}

static void a_sense_is_what_the_editor_reads(void **state)
{
    (void)state;
    assert_int_equal(sense_of("warm lamp light").hour, HOUR_LAMP);
    assert_int_equal(sense_of("bright kitchen").hour, HOUR_UNSAID);
    assert_int_equal(sense_of("a city street at night").hour, HOUR_NIGHT);
    assert_int_equal(sense_of("afternoon daylight").hour, HOUR_DAY);
    assert_int_equal(sense_of("").hour, HOUR_UNSAID);
    assert_int_equal(sense_of("drizzle and mist").weather, WEATHER_RAIN | WEATHER_FOG);
    static const char *const phrases[] = { "in a kitchen with books", "a laptop on the beach",
                                           "neon signs in the city at night", "a garden terrace",
                                           "a bed in the library" };
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        Sense s = sense_of(phrases[i]);
        assert_ptr_equal(family_at((size_t)sense_family(&s)), family_choose(phrases[i]));
    }
    Sense none = sense_of("the mug");
    assert_int_equal(sense_family(&none), FAMILY_UNSAID);
}

static void avoided_words_are_found_in_each_form(void **state)
{
    (void)state;
    static const char *const entries[] = {
        "people and hands", "any boxes", "watermarks", "night", "beach", "the"
    };
    TextList list = { 0 };
    for (size_t i = 0; i < 6; i++)
        assert_true(text_list_add(&list, entries[i]));
    Avoid a;
    assert_true(avoid_read(&a, &list));
    assert_true(avoid_forbids(&a, "two people"));
    assert_true(avoid_forbids(&a, "a Hand"));
    assert_true(avoid_forbids(&a, "a box"));
    assert_true(avoid_forbids(&a, "boxes"));
    assert_true(avoid_forbids(&a, "a watermark"));
    assert_false(avoid_forbids(&a, "the handle"));
    assert_false(avoid_forbids(&a, "the mug"));
    assert_true(a.lights >> LIGHT_NIGHT & 1);
    assert_false(a.lights >> LIGHT_NOON & 1);
    assert_int_equal(a.families, 1u << 1); /* the beach */
    assert_string_equal(family_at(1)->name, "beach");
    avoid_clear(&a);
    text_list_clear(&list);
}

static void light_is_known_by_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *phrase;
        LightKind kind;
    } cases[] = { { "soft morning light", LIGHT_MORNING },     { "bright noon sun", LIGHT_NOON },
                  { "overcast daylight", LIGHT_OVERCAST },     { "warm lamp light", LIGHT_LAMP },
                  { "golden evening sun", LIGHT_EVENING },     { "candle light", LIGHT_CANDLE },
                  { "cool fluorescent tubes", LIGHT_TUBES },   { "light through blinds", LIGHT_BLINDS },
                  { "backlight from a window", LIGHT_WINDOW }, { "blue dusk", LIGHT_DUSK },
                  { "dappled shade", LIGHT_DAPPLED },          { "a single spot", LIGHT_SPOT },
                  { "polarised light", LIGHT_OTHER } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(light_kind_of(cases[i].phrase), cases[i].kind);
}

static void a_set_of_numbers_knows_those_it_got(void **state)
{
    (void)state;
    Seen s = { 0 };
    assert_false(seen_has(&s, 5));
    for (uint64_t i = 0; i < 5000; i++) {
        assert_false(seen_has(&s, i * 256 + 2)); /* all in the same few slots */
        assert_true(seen_add(&s, i * 256 + 2));
        assert_true(seen_has(&s, i * 256 + 2));
    }
    assert_true(seen_add(&s, 0));
    assert_true(seen_has(&s, 0));
    assert_false(seen_has(&s, 3));
    seen_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nouns_get_the_article_that_is_spoken),
        cmocka_unit_test(lists_are_joined_as_in_a_sentence),
        cmocka_unit_test(a_place_gets_its_preposition_and_gives_its_surface),
        cmocka_unit_test(prose_tells_places_by_whole_words_outside_of_negations),
        cmocka_unit_test(every_built_in_place_chooses_its_family_and_stays_there),
        cmocka_unit_test(nothing_but_surfaces_names_a_material_or_a_table),
        cmocka_unit_test(a_sense_is_what_the_editor_reads),
        cmocka_unit_test(avoided_words_are_found_in_each_form),
        cmocka_unit_test(light_is_known_by_its_words),
        cmocka_unit_test(a_set_of_numbers_knows_those_it_got),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
