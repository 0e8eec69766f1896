#include "roles/grammar/view.h"

#include "roles/procedural/light.h"

#include <string.h>

static const ViewWords heights[HEIGHT_COUNT] = {
    [HEIGHT_EYE] = { "at eye level", "looks straight across at eye level" },
    [HEIGHT_ABOVE] = { "from slightly above", "looks in from slightly above" },
    [HEIGHT_HIGH] = { "from a high three-quarter angle", "looks in from a high three-quarter angle" },
    [HEIGHT_STEEP] = { "looking down from high up", "looks down from high up" },
    [HEIGHT_LOW] = { "from a low angle close to the surface",
                     "looks in from a low angle close to the surface" },
};
static const ViewWords distances[DISTANCE_COUNT] = {
    [DISTANCE_CLOSE] = { "a close-up", "in a close-up" },
    [DISTANCE_NEAR] = { "a near view", "a short distance away" },
    [DISTANCE_MEDIUM] = { "a medium-distance view", "at medium distance" },
    [DISTANCE_WIDE] = { "a wide shot", "in a wide shot" },
};
static const ViewWords positions[POSITION_COUNT] = {
    [POSITION_FREE] = { "", "" },
    [POSITION_LEFT] = { "off-centre on the left", "" },
    [POSITION_RIGHT] = { "off-centre on the right", "" },
    [POSITION_SMALL] = { "small in the frame", "" },
};
static const ViewWords focuses[FOCUS_COUNT] = {
    [FOCUS_FREE] = { "", "" },
    [FOCUS_SHALLOW] = { "the background blurred", "" },
    [FOCUS_DEEP] = { "everything in focus", "" },
};

static const unsigned counts[VIEW_PARTS] = { HEIGHT_COUNT, DISTANCE_COUNT, POSITION_COUNT, FOCUS_COUNT };

ViewWords view_words(ViewPart part, unsigned value)
{
    static const ViewWords *const words[VIEW_PARTS] = { heights, distances, positions, focuses };
    return words[part][value];
}

/* What people write for a value; more words for the same one in further rows. */
static const struct {
    const char *word;
    ViewPart part;
    unsigned value;
} asked[] = {
    { "eye level", VIEW_HEIGHT, HEIGHT_EYE },
    { "eye-level", VIEW_HEIGHT, HEIGHT_EYE },
    { "straight on", VIEW_HEIGHT, HEIGHT_EYE },
    { "front view", VIEW_HEIGHT, HEIGHT_EYE },
    { "slightly from above", VIEW_HEIGHT, HEIGHT_ABOVE },
    { "slightly above", VIEW_HEIGHT, HEIGHT_ABOVE },
    { "elevated", VIEW_HEIGHT, HEIGHT_ABOVE },
    { "three-quarter", VIEW_HEIGHT, HEIGHT_HIGH },
    { "high angle", VIEW_HEIGHT, HEIGHT_HIGH },
    { "high-angle", VIEW_HEIGHT, HEIGHT_HIGH },
    { "top-down", VIEW_HEIGHT, HEIGHT_STEEP },
    { "top down", VIEW_HEIGHT, HEIGHT_STEEP },
    { "overhead", VIEW_HEIGHT, HEIGHT_STEEP },
    { "bird's eye", VIEW_HEIGHT, HEIGHT_STEEP },
    { "low angle", VIEW_HEIGHT, HEIGHT_LOW },
    { "low-angle", VIEW_HEIGHT, HEIGHT_LOW },
    { "from below", VIEW_HEIGHT, HEIGHT_LOW },
    { "close-up", VIEW_DISTANCE, DISTANCE_CLOSE },
    { "close up", VIEW_DISTANCE, DISTANCE_CLOSE },
    { "closeup", VIEW_DISTANCE, DISTANCE_CLOSE },
    { "macro", VIEW_DISTANCE, DISTANCE_CLOSE },
    { "near", VIEW_DISTANCE, DISTANCE_NEAR },
    { "short distance", VIEW_DISTANCE, DISTANCE_NEAR },
    { "medium", VIEW_DISTANCE, DISTANCE_MEDIUM },
    { "wide", VIEW_DISTANCE, DISTANCE_WIDE },
    { "far", VIEW_DISTANCE, DISTANCE_WIDE },
    { "long shot", VIEW_DISTANCE, DISTANCE_WIDE },
    { "on the left", VIEW_POSITION, POSITION_LEFT },
    { "on the right", VIEW_POSITION, POSITION_RIGHT },
    { "off-centre", VIEW_POSITION, POSITION_LEFT },
    { "off-centre", VIEW_POSITION, POSITION_RIGHT },
    { "off-center", VIEW_POSITION, POSITION_LEFT },
    { "off-center", VIEW_POSITION, POSITION_RIGHT },
    { "rule of thirds", VIEW_POSITION, POSITION_LEFT },
    { "rule of thirds", VIEW_POSITION, POSITION_RIGHT },
    { "centred", VIEW_POSITION, POSITION_FREE },
    { "centered", VIEW_POSITION, POSITION_FREE },
    { "small in", VIEW_POSITION, POSITION_SMALL },
    { "shallow", VIEW_FOCUS, FOCUS_SHALLOW },
    { "bokeh", VIEW_FOCUS, FOCUS_SHALLOW },
    { "blurred", VIEW_FOCUS, FOCUS_SHALLOW },
    { "everything in focus", VIEW_FOCUS, FOCUS_DEEP },
    { "all in focus", VIEW_FOCUS, FOCUS_DEEP },
    { "deep focus", VIEW_FOCUS, FOCUS_DEEP },
    { "sharp throughout", VIEW_FOCUS, FOCUS_DEEP },
};

/* The row before says more about the same part: "slightly from above" is no "from above". */
static ViewSet asked_in(const char *entry)
{
    ViewSet set = { { 0 } };
    bool side = words_contain(entry, "on the left") || words_contain(entry, "on the right");
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        if (words_contain(entry, asked[i].word) && !(side && strncmp(asked[i].word, "off-", 4) == 0) &&
            !(asked[i].part == VIEW_HEIGHT && set.of[VIEW_HEIGHT]))
            set.of[asked[i].part] |= 1u << asked[i].value;
    if (!set.of[VIEW_HEIGHT] && words_contain(entry, "from above"))
        set.of[VIEW_HEIGHT] = 1u << HEIGHT_STEEP;
    return set;
}

ViewSet view_set_read(const TextList *entries, const Avoid *avoid)
{
    ViewSet set = { { 0 } };
    for (size_t i = 0; i < entries->count; i++) {
        ViewSet more = asked_in(entries->text[i]);
        for (int p = 0; p < VIEW_PARTS; p++)
            set.of[p] |= more.of[p];
    }
    for (int p = 0; p < VIEW_PARTS; p++) {
        if (!set.of[p])
            set.of[p] = (1u << counts[p]) - 1;
        else if (p == VIEW_POSITION || p == VIEW_FOCUS) /* to be asked for is not to be in every picture */
            set.of[p] |= 1;
        for (unsigned v = 0; v < counts[p]; v++) {
            ViewWords w = view_words((ViewPart)p, v);
            if (avoid_forbids(avoid, w.text) || avoid_forbids(avoid, w.look))
                set.of[p] &= ~(1u << v);
        }
        if (!set.of[p])
            set.of[p] = 1;
    }
    return set;
}

View view_choose(const ViewSet *set, Rng *rng)
{
    View v;
    for (int p = 0; p < VIEW_PARTS; p++)
        do
            v.of[p] = (unsigned)rng_index(rng, counts[p]);
        while (!(set->of[p] >> v.of[p] & 1));
    if (v.of[VIEW_POSITION] == POSITION_SMALL && v.of[VIEW_DISTANCE] != DISTANCE_WIDE)
        v.of[VIEW_POSITION] = set->of[VIEW_POSITION] & 1 ? POSITION_FREE : v.of[VIEW_POSITION];
    return v;
}
