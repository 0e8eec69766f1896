#include "roles/procedural/families.h"

#include "base/rng.h"

#include <string.h>

static const Family families[] = {
    { .name = "forest",
      .words = { { "forest", 10 },
                 { "wood", 3 },
                 { "woods", 8 },
                 { "woodland", 10 },
                 { "tree", 3 },
                 { "pine", 4 },
                 { "moss", 5 },
                 { "mossy", 5 },
                 { "trail", 5 },
                 { "tree stump", 6 },
                 { "jungle", 8 },
                 { "fern", 5 } },
      .hour = HOUR_DAY,
      .object_height = { 0.14f, 0.30f },
      .horizon = { 0.34f, 0.46f },
      .blur = { 0.008f, 0.018f },
      .surface = forest_surface,
      .backdrop = forest_backdrop },
    { .name = "beach",
      .words = { { "beach", 10 },
                 { "sand", 5 },
                 { "sandy", 5 },
                 { "sea", 6 },
                 { "seaside", 8 },
                 { "ocean", 7 },
                 { "coast", 6 },
                 { "shore", 6 },
                 { "shoreline", 6 },
                 { "wave", 4 },
                 { "tropical", 5 } },
      .hour = HOUR_NOON,
      .object_height = { 0.14f, 0.30f },
      .horizon = { 0.24f, 0.40f },
      .blur = { 0.006f, 0.014f },
      .surface = beach_surface,
      .backdrop = beach_backdrop },
    { .name = "kitchen",
      .words = { { "kitchen", 10 },
                 { "countertop", 6 },
                 { "counter", 4 },
                 { "worktop", 6 },
                 { "stove", 6 },
                 { "sink", 3 },
                 { "cooking", 5 },
                 { "bakery", 4 },
                 { "cutting board", 5 },
                 { "pantry", 5 } },
      .indoors = true,
      .hour = HOUR_DAY,
      .object_height = { 0.10f, 0.22f },
      .horizon = { 0.28f, 0.42f },
      .blur = { 0.010f, 0.020f },
      .surface = kitchen_surface,
      .backdrop = kitchen_backdrop },
};

size_t family_count(void)
{
    return sizeof families / sizeof *families;
}

const Family *family_at(size_t i)
{
    return &families[i];
}

const Family *family_choose(const char *prompt)
{
    const Family *best = NULL;
    int most = 0;
    for (size_t i = 0; i < family_count(); i++) {
        int score = 0;
        for (const FamilyWord *w = families[i].words; w->word; w++)
            if (words_contain(prompt, w->word))
                score += w->score;
        if (score > most) {
            most = score;
            best = &families[i];
        }
    }
    if (best)
        return best;
    return &families[seed_derive_text(0, "scene family", prompt) % family_count()];
}
