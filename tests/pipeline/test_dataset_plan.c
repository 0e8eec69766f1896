#include "temp.h"

#include "pipeline/dataset_plan.h"

static DatasetPlan plan_of(int perspectives, int prompts, int iterations, uint64_t seed)
{
    Err err = { 0 };
    DatasetPlan plan;
    DatasetPlanOptions opt = {
        .perspectives = perspectives, .prompts = prompts, .iterations = iterations, .seed = seed
    };
    assert_ok(dataset_plan(&plan, &opt, &err));
    return plan;
}

static void a_plan_has_every_combination_once_and_in_order(void **state)
{
    (void)state;
    DatasetPlan p = plan_of(3, 4, 2, 1);
    assert_int_equal(p.count, 24);
    for (size_t i = 0; i < p.count; i++) {
        assert_int_equal(p.items[i].perspective, i / 8);
        assert_int_equal(p.items[i].prompt, i / 2 % 4);
        assert_int_equal(p.items[i].iteration, i % 2);
    }
    dataset_plan_clear(&p);
}

static void an_items_seed_does_not_depend_on_how_many_others_there_are(void **state)
{
    (void)state;
    DatasetPlan small = plan_of(2, 2, 1, 5), large = plan_of(4, 9, 3, 5), other = plan_of(2, 2, 1, 6);
    assert_int_equal(small.items[3].seed, large.items[(1 * 9 + 1) * 3].seed);
    assert_int_not_equal(small.items[3].seed, other.items[3].seed);
    dataset_plan_clear(&small);
    dataset_plan_clear(&large);
    dataset_plan_clear(&other);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void no_two_images_have_one_name(void **state)
{
    (void)state;
    DatasetPlan p = plan_of(6, 50, 60, 0);
    char(*names)[DATASET_NAME_SIZE] = calloc(p.count, sizeof *names);
    for (size_t i = 0; i < p.count; i++)
        dataset_item_name(names[i], &p.items[i]);
    qsort(names, p.count, sizeof *names, by_name);
    for (size_t i = 1; i < p.count; i++)
        assert_string_not_equal(names[i - 1], names[i]);
    free(names);
    dataset_plan_clear(&p);
}

static void a_name_is_read_back_and_nothing_else_is_one(void **state)
{
    (void)state;
    static const char *const bad[] = { "perspective_0_prompt_0_seed_1.jpg",
                                       "perspective_0_prompt_0_seed_1.png.png",
                                       "perspective_00_prompt_0_seed_1.png",
                                       "perspective_-1_prompt_0_seed_1.png",
                                       "perspective_0_prompt_0_seed_.png",
                                       "perspective_0_prompt_0_seed_99999999999.png",
                                       "perspective_00_front__eye_level.png",
                                       "",
                                       "x" };
    DatasetItem item = { 12, 345, 0, 2147483647u }, back;
    char name[DATASET_NAME_SIZE];
    dataset_item_name(name, &item);
    assert_string_equal(name, "perspective_12_prompt_345_seed_2147483647.png");
    assert_true(dataset_item_parse(&back, name) && back.perspective == 12 && back.prompt == 345 &&
                back.seed == item.seed);
    assert_true(dataset_item_parse(&back, "run/04_dataset/perspective_0_prompt_1_seed_2.png"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(dataset_item_parse(&back, bad[i]));
}

/* What the Python original drew stays; only what is missing gets a seed of ours. */
static void adopted_names_take_the_place_of_iterations(void **state)
{
    (void)state;
    static const char *const names[] = { "x/perspective_0_prompt_1_seed_77.png",
                                         "perspective_1_prompt_0_seed_5.png",
                                         "perspective_0_prompt_1_seed_77.png",
                                         "perspective_9_prompt_0_seed_5.png",
                                         "metadata.json",
                                         "perspective_1_prompt_0_seed_3.png",
                                         "perspective_1_prompt_0_seed_4.png" };
    Err err = { 0 };
    DatasetPlan p;
    DatasetPlanOptions opt = {
        .perspectives = 2, .prompts = 2, .iterations = 2, .adopted = names, .adopted_count = 7
    };
    assert_ok(dataset_plan(&p, &opt, &err));
    assert_int_equal(p.count, 8);
    assert_int_equal(p.items[2].seed, 77);
    assert_int_not_equal(p.items[3].seed, 77);
    assert_int_equal(p.items[4].seed, 3);
    assert_int_equal(p.items[5].seed, 4);
    dataset_plan_clear(&p);
}

static void adopting_what_the_plan_draws_itself_changes_nothing(void **state)
{
    (void)state;
    Err err = { 0 };
    DatasetPlan own = plan_of(2, 3, 5, 8), again;
    char names[7][DATASET_NAME_SIZE];
    const char *adopted[7];
    for (size_t i = 0; i < 7; i++) {
        dataset_item_name(names[i], &own.items[29 - 4 * i]);
        adopted[i] = names[i];
    }
    DatasetPlanOptions opt = {
        .perspectives = 2, .prompts = 3, .iterations = 5, .seed = 8, .adopted = adopted, .adopted_count = 7
    };
    assert_ok(dataset_plan(&again, &opt, &err));
    assert_memory_equal(own.items, again.items, own.count * sizeof *own.items);
    dataset_plan_clear(&own);
    dataset_plan_clear(&again);
}

static void too_many_images_are_refused_before_memory_is_asked_for(void **state)
{
    (void)state;
    Err err = { 0 };
    DatasetPlan p;
    DatasetPlanOptions opt = { .perspectives = 100000, .prompts = 100000, .iterations = 2000000000 };
    assert_false(dataset_plan(&p, &opt, &err));
    assert_says(err, "--num_prompts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_has_every_combination_once_and_in_order),
        cmocka_unit_test(an_items_seed_does_not_depend_on_how_many_others_there_are),
        cmocka_unit_test(no_two_images_have_one_name),
        cmocka_unit_test(a_name_is_read_back_and_nothing_else_is_one),
        cmocka_unit_test(adopted_names_take_the_place_of_iterations),
        cmocka_unit_test(adopting_what_the_plan_draws_itself_changes_nothing),
        cmocka_unit_test(too_many_images_are_refused_before_memory_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
