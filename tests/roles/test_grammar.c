/* Prompts written without a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "base/text_list.h"
#include "roles/grammar/english.h"
#include "roles/grammar/grammar.h"
#include "roles/procedural/scene.h"
#include "text/prompt_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Written written(const char *object, const char *project, size_t count, uint64_t seed)
{
    RoleConfig cfg = { 0 };
    Written w = { 0 };
    Err err = { 0 };
    void *self;
    WriterRequest req = {
        .object_name = object, .system_prompt = "", .project_info = project, .count = count, .seed = seed
    };
    assert_true(writer_grammar.open(&self, &cfg, &err));
    if (!writer_grammar.write(self, &req, &w, &err))
        fail_msg("%s", err.msg);
    writer_grammar.close(self);
    assert_int_equal(w.prompts.count, count);
    assert_true(w.classes.count >= 1);
    return w;
}

static char *example_project(void)
{
    char path[4096], *text;
    Err err = { 0 };
    snprintf(path, sizeof path, "%s/examples/prompts/project_mug.txt", getenv("FACET_SOURCE"));
    assert_true(text_file_read(path, &text, &err));
    return text;
}

/* What the conversation text says that prompt i was made of: "Place: in a kitchen (built in). Surface: ...". The
 * caller frees it. */
static char *parts_of(const Written *w, size_t i)
{
    char number[40];
    snprintf(number, sizeof number, "\n%zu. Place: ", i + 1);
    const char *at = strstr(w->conversation.s, number);
    assert_non_null(at);
    at = strstr(at, "Place: ");
    return strndup(at, strcspn(at, "\n"));
}

/* The text between `name` and the bracket behind it. The caller frees it. */
static char *part_of(const Written *w, size_t i, const char *name)
{
    char *parts = parts_of(w, i), *at = strstr(parts, name);
    assert_non_null(at);
    at += strlen(name);
    const char *end = strstr(at, " (built in)"), *own = strstr(at, " (project file)");
    if (!end || (own && own < end))
        end = own;
    assert_non_null(end);
    char *part = strndup(at, (size_t)(end - at));
    free(parts);
    return part;
}

static Scene planned(const char *prompt)
{
    Scene s;
    scene_plan(&s, prompt, 1, (int[2]){ 512, 512 }, 1);
    return s;
}

static void assert_all_different(char **texts, size_t count)
{
    texts_sort(texts, count);
    for (size_t i = 1; i < count; i++)
        assert_string_not_equal(texts[i - 1], texts[i]);
}

/* One line of English: a capital, sentences, single spaces, the right article, no template left over. */
static void assert_well_formed(const char *p)
{
    size_t n = strlen(p);
    assert_true(n > 0 && p[n - 1] == '.' && !islower((unsigned char)p[0]));
    assert_null(strpbrk(p, "{}|\n\r\t"));
    assert_null(strstr(p, "  "));
    assert_null(strstr(p, " ,"));
    assert_null(strstr(p, " ."));
    assert_null(strstr(p, ".."));
    assert_null(strstr(p, ",,"));
    assert_null(strstr(p, " a a ")); /* both articles */
    assert_null(strstr(p, " a an "));
    for (const char *s = strstr(p, " a "); s; s = strstr(s + 1, " a "))
        if (strchr("aeiou", s[3]))
            assert_true(strncmp(s + 3, "one", 3) == 0 || strncmp(s + 3, "uni", 3) == 0 ||
                        strncmp(s + 3, "use", 3) == 0);
    for (const char *s = strstr(p, " an "); s; s = strstr(s + 1, " an "))
        assert_non_null(strchr("aeiouAEIOU", s[4]));
    for (const char *s = strstr(p, ". "); s; s = strstr(s + 1, ". "))
        assert_false(islower((unsigned char)s[2]));
}

/* The lines of the conversation name place, surface, light and view, and so tell the combination. */
static void nothing_comes_twice_in_ten_thousand(void **state)
{
    (void)state;
    enum { COUNT = 10000 };
    char *example = example_project();
    const char *projects[] = { "", example };
    for (size_t k = 0; k < 2; k++) {
        Written w = written("mug", projects[k], COUNT, 7 + k);
        for (size_t i = 0; i < COUNT; i++) {
            assert_well_formed(w.prompts.text[i]);
            assert_in_range(english_words(w.prompts.text[i]), 40, 70);
        }
        char **lines = calloc(COUNT, sizeof *lines);
        size_t found = 0;
        for (char *s = strstr(w.conversation.s, ". Place: "); s; s = strstr(s, ". Place: ")) {
            s += strlen(". Place: ");
            lines[found++] = s;
            s[strcspn(s, "\n")] = '\0';
            s += strlen(s) + 1;
        }
        assert_int_equal(found, COUNT);
        assert_all_different(lines, COUNT);
        assert_all_different(w.prompts.text, COUNT);
        free(lines);
        written_clear(&w);
    }
    free(example);
}

static void the_seed_decides_and_nothing_else(void **state)
{
    (void)state;
    char *project = example_project();
    Written a = written("mug", project, 40, 5), b = written("mug", project, 40, 5),
            c = written("mug", project, 40, 6);
    size_t same = 0;
    for (size_t i = 0; i < 40; i++) {
        assert_string_equal(a.prompts.text[i], b.prompts.text[i]);
        same += strcmp(a.prompts.text[i], c.prompts.text[i]) == 0;
    }
    assert_string_equal(a.conversation.s, b.conversation.s);
    assert_int_equal(same, 0);
    written_clear(&a);
    written_clear(&b);
    written_clear(&c);
    free(project);
}

static void asking_for_more_keeps_the_first_ones(void **state)
{
    (void)state;
    char *example = example_project();
    const char *projects[] = { "", example, "Scenes: kitchen" };
    for (size_t k = 0; k < 3; k++) {
        Written all = written("mug", projects[k], 300, 9);
        static const size_t counts[] = { 1, 5, 10, 77 };
        for (size_t c = 0; c < 4; c++) {
            Written few = written("mug", projects[k], counts[c], 9);
            for (size_t i = 0; i < counts[c]; i++)
                assert_string_equal(few.prompts.text[i], all.prompts.text[i]);
            written_clear(&few);
        }
        written_clear(&all);
    }
    free(example);
}

/* The place's own words choose the family; the surface, the things and the light around them must not change it. */
static void each_prompt_chooses_the_scene_of_the_place_it_names(void **state)
{
    (void)state;
    char *example = example_project();
    const char *projects[] = { "", example };
    bool seen[64] = { false };
    for (size_t k = 0; k < 2; k++) {
        Written w = written("mug", projects[k], 400, 3);
        for (size_t i = 0; i < w.prompts.count; i++) {
            char *place = part_of(&w, i, "Place: ");
            const Family *meant = family_choose(place), *drawn = planned(w.prompts.text[i]).family;
            if (meant != drawn)
                fail_msg("%s: %s in: %s", meant->name, drawn->name, w.prompts.text[i]);
            for (size_t f = 0; f < family_count() && i < 26; f++)
                seen[f] |= k == 0 && family_at(f) == drawn;
            free(place);
        }
        written_clear(&w);
    }
    for (size_t f = 0; f < family_count(); f++)
        if (!seen[f])
            fail_msg("%s is not among the first 26", family_at(f)->name);
    free(example);
}

static void the_light_that_is_named_is_the_light_that_is_drawn(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        Hour hour;
    } lights[] = { { "noon", HOUR_NOON },     { "midday", HOUR_NOON },      { "morning", HOUR_MORNING },
                   { "afternoon", HOUR_DAY }, { "evening", HOUR_SUNSET },   { "dusk", HOUR_DUSK },
                   { "twilight", HOUR_DUSK }, { "lamp", HOUR_LAMP },        { "candlelight", HOUR_LAMP },
                   { "neon", HOUR_NEON },     { "moonlight", HOUR_NIGHT },  { "spotlight", HOUR_DRAMATIC },
                   { "overcast", HOUR_DAY },  { "streetlight", HOUR_NIGHT } };
    size_t told = 0;
    char *example = example_project();
    const char *projects[] = { "", example };
    for (size_t k = 0; k < 2; k++) {
        Written w = written("mug", projects[k], 400, 11);
        for (size_t i = 0; i < w.prompts.count; i++) {
            char *light = part_of(&w, i, "Light: ");
            Scene s = planned(w.prompts.text[i]);
            for (size_t h = 0; h < sizeof lights / sizeof *lights; h++)
                if (words_contain(light, lights[h].name)) {
                    if (s.light.hour != lights[h].hour)
                        fail_msg("hour %d in: %s", (int)s.light.hour, w.prompts.text[i]);
                    told++;
                }
            assert_true(s.light.overcast == words_contain(light, "overcast") ||
                        words_contain(light, "cloudy") || words_contain(light, "grey sky") ||
                        words_contain(light, "diffuse"));
            if (words_contain(w.prompts.text[i], "through a window on the left") ||
                words_contain(w.prompts.text[i], "from the left"))
                assert_true(s.light.to[0] < 0);
            free(light);
        }
        written_clear(&w);
    }
    assert_true(told > 400);
    free(example);
}

static void no_weather_indoors_and_no_sun_at_night(void **state)
{
    (void)state;
    Written w = written("mug", "", 1000, 2);
    for (size_t i = 0; i < w.prompts.count; i++) {
        const char *p = w.prompts.text[i];
        Scene s = planned(p);
        if (s.family->indoors)
            assert_false(s.light.rain || s.light.fog || s.light.snowfall);
        if (s.light.snowfall)
            assert_string_equal(s.family->name, "snow");
        if (words_contain(p, "night"))
            assert_false(words_contain(p, "sun") || words_contain(p, "daylight") || words_contain(p, "noon"));
        if (strcmp(s.family->name, "night city") == 0)
            assert_true(s.light.hour == HOUR_NIGHT || s.light.hour == HOUR_NEON);
        if (words_contain(p, "dappled") || words_contain(p, "branches"))
            assert_false(s.family->indoors && words_contain(p, "dappled"));
    }
    written_clear(&w);
}

static void an_hour_or_weather_in_the_file_meets_only_light_of_that_kind(void **state)
{
    (void)state;
    Written w = written(
        "mug",
        "Scenes: city street at night, beach at sunset, pub at night, village street\n"
        "Companions: a wet umbrella, a lantern, a newspaper, a backpack, a straw hat\n"
        "Surfaces: wet paving stones, stone ledge, wooden bench\nLighting: noon sun, overcast daylight",
        400, 1);
    size_t wet = 0, night = 0;
    for (size_t i = 0; i < w.prompts.count; i++) {
        const char *p = w.prompts.text[i];
        char *light = part_of(&w, i, "Light: ");
        bool rain =
            words_contain(light, "rain") || words_contain(light, "rainy") || words_contain(light, "drizzle");
        bool sun = words_contain(p, "sun") || words_contain(p, "daylight") || words_contain(p, "afternoon");
        if (words_contain(p, "wet") && !rain)
            fail_msg("%s", p);
        if (words_contain(p, "city street at night") || words_contain(p, "pub at night"))
            assert_false(sun);
        if (words_contain(p, "beach at sunset"))
            assert_true(words_contain(light, "evening") || words_contain(light, "sunset"));
        wet += rain && words_contain(p, "wet");
        night += words_contain(p, "pub at night");
        free(light);
    }
    assert_true(wet > 0 && night > 20);
    written_clear(&w);
}

/* A word for a material in the prompt is the surface's: nothing else names one. */
static void the_surface_that_is_named_is_the_surface_that_is_drawn(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        Material material;
    } words[] = { { "marble", MATERIAL_MARBLE },  { "granite", MATERIAL_TERRAZZO },
                  { "steel", MATERIAL_METAL },    { "tiled", MATERIAL_TILES },
                  { "planks", MATERIAL_PLANKS },  { "walnut", MATERIAL_WOOD },
                  { "linen", MATERIAL_FABRIC },   { "terrazzo", MATERIAL_TERRAZZO },
                  { "crate", MATERIAL_PLANKS },   { "tree stump", MATERIAL_WOOD },
                  { "lacquered", MATERIAL_PAPER } };
    Written w = written("mug", "", 1000, 4);
    size_t told = 0;
    for (size_t i = 0; i < w.prompts.count; i++) {
        char *surface = part_of(&w, i, "Surface: ");
        Scene s = planned(w.prompts.text[i]);
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (words_contain(surface, words[k].word) && !words_contain(surface, "wooden") &&
                !words_contain(surface, "weathered")) {
                if (s.surface.material != words[k].material)
                    fail_msg("not %s in: %s", words[k].word, w.prompts.text[i]);
                told++;
            }
        if (words_contain(surface, "grass") || words_contain(surface, "sand") ||
            words_contain(surface, "asphalt"))
            assert_false(s.on_table);
        free(surface);
    }
    assert_true(told > 200);
    written_clear(&w);
}

static void the_places_of_the_file_come_first_and_each_once(void **state)
{
    (void)state;
    char *project = example_project();
    Written w = written("mug", project, 60, 8);
    char *first[24];
    size_t own = 0;
    for (size_t i = 0; i < 60; i++) {
        char *parts = parts_of(&w, i);
        bool is_own =
            strstr(parts, "(project file)") && strstr(parts, "(project file)") < strstr(parts, "Surface:");
        bool brings_surface = strstr(parts, "camping table (project file)") != NULL;
        if (i < 24) {
            assert_true(is_own || brings_surface);
            first[i] = part_of(&w, i, brings_surface ? "Surface: " : "Place: ");
        }
        own += is_own;
        free(parts);
    }
    assert_all_different(first, 24);
    assert_in_range(own, 40, 58); /* a quarter of the later ones are built in */
    for (size_t i = 0; i < 24; i++)
        free(first[i]);
    written_clear(&w);
    free(project);
}

static void what_is_to_be_avoided_never_appears(void **state)
{
    (void)state;
    static const char *const project =
        "Avoid: newspapers, sunglasses, laptops and books, any lamp light, rain, beaches, wooden,\n"
        "  close-ups, blurred, a kitchen, Reading Glasses, frame\n"
        "Scenes: kitchen counter, garden, beach hut\nCompanions: a newspaper, a red book, a pen, a cup\n"
        "Lighting: warm lamp light, noon sun\nStyle: blurred photo, sharp photo";
    static const char *const words[] = { "newspaper", "sunglasses", "laptop",  "book",    "lamp",
                                         "lamplight", "rain",       "drizzle", "beach",   "sea",
                                         "wooden",    "close-up",   "blurred", "kitchen", "reading glasses",
                                         "frame",     "a red book" };
    Written w = written("mug", project, 2000, 1);
    for (size_t i = 0; i < w.prompts.count; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (words_contain(w.prompts.text[i], words[k]))
                fail_msg("%s in: %s", words[k], w.prompts.text[i]);
    written_clear(&w);
}

static void avoiding_everything_is_an_error_that_names_the_remedy(void **state)
{
    (void)state;
    Written w = { 0 };
    Err err = { 0 };
    void *self;
    RoleConfig cfg = { 0 };
    WriterRequest req = { .object_name = "mug", .project_info = "Avoid: indoors, outdoors", .count = 3 };
    assert_true(writer_grammar.open(&self, &cfg, &err));
    assert_false(writer_grammar.write(self, &req, &w, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_non_null(strstr(err.msg, "avoided"));
    assert_int_equal(w.prompts.count, 0);
    writer_grammar.close(self);
}

static void the_camera_does_what_the_file_asks(void **state)
{
    (void)state;
    Written w = written("mug", "Camera: close-up, eye level, everything in focus", 200, 1);
    for (size_t i = 0; i < w.prompts.count; i++) {
        assert_true(words_contain(w.prompts.text[i], "close-up"));
        assert_true(words_contain(w.prompts.text[i], "eye level"));
        assert_false(words_contain(w.prompts.text[i], "background blurred"));
    }
    written_clear(&w);
}

static void free_prose_yields_the_places_that_it_speaks_of(void **state)
{
    (void)state;
    Written w = written("toy",
                        "Our toy is found in kitchens, on the beach and in a coffee shop.\n"
                        "It is never in the snow. Please do not use offices.\n",
                        3, 1);
    bool kitchen = false, beach = false, cafe = false;
    for (size_t i = 0; i < 3; i++) {
        const char *family = planned(w.prompts.text[i]).family->name;
        kitchen |= strcmp(family, "kitchen") == 0;
        beach |= strcmp(family, "beach") == 0;
        cafe |= strcmp(family, "cafe") == 0;
    }
    assert_true(kitchen && beach && cafe);
    written_clear(&w);
}

static void the_class_is_the_files_or_else_the_objects_name(void **state)
{
    (void)state;
    Written a = written("coffee mug", "Class: mug", 1, 1), b = written("the coffee mug", "", 1, 1),
            c = written("x", "Class: mug, cup.", 1, 1);
    assert_string_equal(a.classes.text[0], "mug");
    assert_string_equal(b.classes.text[0], "coffee mug");
    assert_int_equal(c.classes.count, 2);
    assert_string_equal(c.classes.text[1], "cup");
    written_clear(&a);
    written_clear(&b);
    written_clear(&c);
}

static void the_conversation_says_how_the_prompts_were_made(void **state)
{
    (void)state;
    Written w = written("mug", "Scenes: kitchen", 2, 4711);
    assert_non_null(strstr(w.conversation.s, "not from a language model"));
    assert_non_null(strstr(w.conversation.s, "4711"));
    for (size_t i = 0; i < 2; i++)
        assert_non_null(strstr(w.conversation.s, w.prompts.text[i]));
    written_clear(&w);
}

static void any_name_survives_as_it_is(void **state)
{
    (void)state;
    static const char *const names[] = { "Špačkův hrnek č. 5", "杯子",      "mug {object} %s",
                                         "a|b {is|are}",       "Zoë's cup", "🙂",
                                         "garden gnome",       "desk lamp", "snow globe",
                                         "kitchen knife" };
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        Written w = written(names[k], "", 60, k);
        for (size_t i = 0; i < w.prompts.count; i++)
            assert_non_null(strstr(w.prompts.text[i], names[k]));
        written_clear(&w);
    }
    Written w = written(" the\n red\tmug ", "", 20, 1);
    for (size_t i = 0; i < w.prompts.count; i++) {
        assert_non_null(strstr(w.prompts.text[i], "he red mug"));
        assert_well_formed(w.prompts.text[i]);
    }
    written_clear(&w);
    char longest[1001];
    memset(longest, 'x', sizeof longest - 1);
    for (size_t i = 5; i < sizeof longest - 1; i += 6)
        longest[i] = ' ';
    longest[sizeof longest - 2] = 'x';
    longest[sizeof longest - 1] = '\0';
    w = written(longest, "", 5, 1);
    assert_non_null(strstr(w.prompts.text[0], longest));
    written_clear(&w);
}

static void a_blank_name_gives_way_to_the_files_object(void **state)
{
    (void)state;
    Written a = written("", "Object: ceramic mug", 1, 1), b = written(" ", "", 1, 1);
    assert_non_null(strstr(a.prompts.text[0], "ceramic mug"));
    assert_non_null(strstr(b.prompts.text[0], "object"));
    written_clear(&a);
    written_clear(&b);
}

/* Whatever the file holds, the prompts are there and are one line each. */
static void hostile_files_do_no_harm(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Scenes: {object}, {it}, %n%s, ((((, on, in , the, a, of\nSurfaces: on, with, {a|b}, of \n"
        "Companions: ,,, a, the, pair\nLighting: {, from, sun\nCamera: {x}\nStyle: photo, colours",
        "Scenes:\nSurfaces:\nCompanions:\nLighting:\nCamera:\nStyle:\nAvoid:\nObject:\nClass: . , ;",
        "Avoid: the, a, of, and, camera, shadow, picture, surface, background, view, light, mug, it, scene",
        "Scenes: table, counter, desk, kitchen counters, tables, on the table, benches"
    };
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        Written w = written("mug", texts[k], 100, k);
        for (size_t i = 0; i < w.prompts.count; i++)
            assert_null(strpbrk(w.prompts.text[i], "\n\r"));
        written_clear(&w);
    }
    Rng rng;
    rng_init(&rng, 1);
    for (int round = 0; round < 40; round++) {
        static const char *const keys[] = { "Scenes: ",     "\nSurfaces: ", "\nCompanions: ",
                                            "\nLighting: ", "\nStyle: ",    "\n" };
        char text[3000] = "";
        size_t n = 0;
        for (size_t k = 0; k < 6; k++) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s", keys[k]);
            for (int i = 0; i < 400; i++)
                text[n++] = rng_index(&rng, 6) == 0
                                ? ' '
                                : (char)(rng_index(&rng, 8) == 0 ? ',' : ' ' + (int)rng_index(&rng, 95));
        }
        Written w = written("mug", text, 10, (uint64_t)round);
        written_clear(&w);
    }
    Str big = { 0 };
    str_add(&big, "Scenes: ");
    for (int i = 0; i < 3000; i++)
        str_printf(&big, "room %d, ", i);
    str_add(&big, "\nCompanions: ");
    for (int i = 0; i < 3000; i++)
        str_printf(&big, "thing %d, ", i);
    Written w = written("mug", big.s, 500, 1);
    written_clear(&w);
    str_clear(&big);
}

static void stop_after_three(void *user, size_t done, const char *prompt)
{
    atomic_bool *cancel = user;
    assert_non_null(prompt);
    if (done == 3)
        atomic_store(cancel, true);
    assert_true(done <= 3);
}

static void cancelling_stops_between_prompts(void **state)
{
    (void)state;
    atomic_bool cancel = false;
    RoleConfig cfg = { .cancel = &cancel };
    Written w = { 0 };
    Err err = { 0 };
    void *self;
    WriterRequest req = { .object_name = "mug", .count = 50, .wrote = stop_after_three, .user = &cancel };
    assert_true(writer_grammar.open(&self, &cfg, &err));
    assert_false(writer_grammar.write(self, &req, &w, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_int_equal(w.prompts.count, 0);
    writer_grammar.close(self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_comes_twice_in_ten_thousand),
        cmocka_unit_test(the_seed_decides_and_nothing_else),
        cmocka_unit_test(asking_for_more_keeps_the_first_ones),
        cmocka_unit_test(each_prompt_chooses_the_scene_of_the_place_it_names),
        cmocka_unit_test(the_light_that_is_named_is_the_light_that_is_drawn),
        cmocka_unit_test(no_weather_indoors_and_no_sun_at_night),
        cmocka_unit_test(an_hour_or_weather_in_the_file_meets_only_light_of_that_kind),
        cmocka_unit_test(the_surface_that_is_named_is_the_surface_that_is_drawn),
        cmocka_unit_test(the_places_of_the_file_come_first_and_each_once),
        cmocka_unit_test(what_is_to_be_avoided_never_appears),
        cmocka_unit_test(avoiding_everything_is_an_error_that_names_the_remedy),
        cmocka_unit_test(the_camera_does_what_the_file_asks),
        cmocka_unit_test(free_prose_yields_the_places_that_it_speaks_of),
        cmocka_unit_test(the_class_is_the_files_or_else_the_objects_name),
        cmocka_unit_test(the_conversation_says_how_the_prompts_were_made),
        cmocka_unit_test(any_name_survives_as_it_is),
        cmocka_unit_test(a_blank_name_gives_way_to_the_files_object),
        cmocka_unit_test(hostile_files_do_no_harm),
        cmocka_unit_test(cancelling_stops_between_prompts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
