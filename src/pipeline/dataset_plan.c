#include "pipeline/dataset_plan.h"

#include "base/file.h"
#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ITEMS 100000000ull

void dataset_item_name(char out[DATASET_NAME_SIZE], const DatasetItem *item)
{
    snprintf(out, DATASET_NAME_SIZE, "perspective_%d_prompt_%d_seed_%u.png", item->perspective, item->prompt,
             item->seed);
}

bool dataset_item_parse(DatasetItem *item, const char *name)
{
    char end = 0;
    *item = (DatasetItem){ 0 };
    int n = sscanf(path_name(name), "perspective_%9d_prompt_%9d_seed_%10u.pn%c", &item->perspective,
                   &item->prompt, &item->seed, &end);
    if (n != 4 || end != 'g' || item->perspective < 0 || item->prompt < 0)
        return false;
    char again[DATASET_NAME_SIZE]; /* sscanf is lenient; a name is only what we would write */
    dataset_item_name(again, item);
    return !strcmp(again, path_name(name));
}

static int by_place(const void *a, const void *b)
{
    const DatasetItem *p = a, *q = b;
    if (p->perspective != q->perspective)
        return p->perspective < q->perspective ? -1 : 1;
    if (p->prompt != q->prompt)
        return p->prompt < q->prompt ? -1 : 1;
    return (p->seed > q->seed) - (p->seed < q->seed);
}

/* The adopted items that belong to the plan, sorted by place and seed. */
static DatasetItem *sorted_adopted(const DatasetPlanOptions *opt, size_t *count)
{
    DatasetItem *a = calloc(opt->adopted_count + 1, sizeof *a);
    *count = 0;
    for (size_t i = 0; a && i < opt->adopted_count; i++) {
        DatasetItem item;
        if (dataset_item_parse(&item, opt->adopted[i]) && item.perspective < opt->perspectives &&
            item.prompt < opt->prompts)
            a[(*count)++] = item;
    }
    if (a && *count)
        qsort(a, *count, sizeof *a, by_place);
    return a;
}

static bool seed_taken(const DatasetItem *cell, int filled, uint32_t seed)
{
    for (int i = 0; i < filled; i++)
        if (cell[i].seed == seed)
            return true;
    return false;
}

static uint32_t draw_seed(const DatasetPlanOptions *opt, int perspective, int prompt, int iteration)
{
    return (uint32_t)seed_derive(opt->seed, "dataset", (uint64_t)perspective, (uint64_t)prompt,
                                 (uint64_t)iteration) &
           0x7FFFFFFF;
}

/* Would the plan draw this one by itself? Then it stays where the plan has it. */
static bool is_own(const DatasetPlanOptions *opt, const DatasetItem *item)
{
    for (int i = 0; i < opt->iterations; i++)
        if (draw_seed(opt, item->perspective, item->prompt, i) == item->seed)
            return true;
    return false;
}

/* The iterations of one perspective and prompt: adopted ones first, then our own. */
static void fill_cell(DatasetItem *cell, int perspective, int prompt, const DatasetPlanOptions *opt,
                      const DatasetItem **adopted, const DatasetItem *adopted_end)
{
    int filled = 0;
    for (; *adopted < adopted_end && (*adopted)->perspective == perspective && (*adopted)->prompt == prompt;
         ++*adopted)
        if (filled < opt->iterations && !seed_taken(cell, filled, (*adopted)->seed) &&
            !is_own(opt, *adopted)) {
            cell[filled] = **adopted;
            cell[filled].iteration = filled;
            filled++;
        }
    for (; filled < opt->iterations; filled++) {
        uint32_t seed = draw_seed(opt, perspective, prompt, filled), base = seed;
        for (uint64_t again = 1; seed_taken(cell, filled, seed); again++)
            seed = (uint32_t)seed_derive(base, "again", again, 0, 0) & 0x7FFFFFFF;
        cell[filled] = (DatasetItem){ perspective, prompt, filled, seed };
    }
}

bool dataset_plan(DatasetPlan *plan, const DatasetPlanOptions *opt, Err *err)
{
    *plan = (DatasetPlan){ 0 };
    unsigned long long count = (unsigned long long)opt->perspectives * (unsigned long long)opt->prompts;
    if (count <= MAX_ITEMS)
        count *= (unsigned long long)opt->iterations;
    if (count > MAX_ITEMS)
        return err_set(err, ERR_INPUT,
                       "%d perspectives x %d prompts x %d iterations are more than 100 million images; "
                       "lower --num_prompts or --num_iterations",
                       opt->perspectives, opt->prompts, opt->iterations);
    size_t adopted_count;
    DatasetItem *adopted = sorted_adopted(opt, &adopted_count);
    plan->items = calloc((size_t)count + 1, sizeof *plan->items);
    if (!adopted || !plan->items) {
        free(adopted);
        dataset_plan_clear(plan);
        return err_set(err, ERR_NOMEM, "no memory for a plan of %llu images", count);
    }
    const DatasetItem *next = adopted;
    for (int p = 0; p < opt->perspectives; p++)
        for (int q = 0; q < opt->prompts; q++) {
            fill_cell(plan->items + plan->count, p, q, opt, &next, adopted + adopted_count);
            plan->count += (size_t)opt->iterations;
        }
    free(adopted);
    return true;
}

void dataset_plan_clear(DatasetPlan *plan)
{
    free(plan->items);
    *plan = (DatasetPlan){ 0 };
}
