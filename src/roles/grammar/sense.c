#include "roles/grammar/sense.h"

#include "base/str.h"
#include "roles/procedural/scene.h"

static Hour hour_with(const char *phrase, Hour fallback, unsigned *weather)
{
    Light l;
    Rng rng;
    rng_init(&rng, 0);
    light_choose(&l, phrase, false, fallback, &rng);
    *weather = (l.overcast ? WEATHER_OVERCAST : 0u) | (l.fog ? WEATHER_FOG : 0u) |
               (l.rain ? WEATHER_RAIN : 0u) | (l.snowfall ? WEATHER_SNOWFALL : 0u);
    return l.hour;
}

/* A word for the hour wins against each fallback, and any but a faint one against "soft light" too. */
static int hour_said(const char *phrase, unsigned *weather)
{
    unsigned ignored;
    Hour hour = hour_with(phrase, HOUR_NIGHT, weather);
    if (hour_with(phrase, HOUR_NOON, &ignored) != hour)
        return HOUR_UNSAID;
    Str text = { 0 };
    str_printf(&text, "%s, soft light", phrase);
    bool faint = hour_with(str_text(&text), HOUR_DAY, &ignored) != hour;
    str_clear(&text);
    return faint ? HOUR_UNSAID : (int)hour;
}

Sense sense_of(const char *phrase)
{
    Sense s = { 0 };
    for (size_t f = 0; f < family_count(); f++)
        for (size_t w = 0; family_at(f)->words[w].word; w++)
            if (words_contain(phrase, family_at(f)->words[w].word)) {
                size_t bit = f * FAMILY_MAX_WORDS + w;
                s.words[bit / 64] |= (uint64_t)1 << bit % 64;
            }
    s.hour = hour_said(phrase, &s.weather);
    return s;
}

void sense_join(Sense *s, const Sense *other)
{
    for (size_t i = 0; i < SENSE_GROUPS; i++)
        s->words[i] |= other->words[i];
}

int sense_score(const Sense *s, int family)
{
    int score = 0;
    for (size_t w = 0; w < FAMILY_MAX_WORDS; w++) {
        size_t bit = (size_t)family * FAMILY_MAX_WORDS + w;
        if (s->words[bit / 64] >> bit % 64 & 1)
            score += family_at((size_t)family)->words[w].score;
    }
    return score;
}

int sense_family(const Sense *s)
{
    _Static_assert(SENSE_GROUPS * 64 >= 26 * FAMILY_MAX_WORDS, "a bit for each word of 26 families");
    int score[SENSE_GROUPS * 64 / FAMILY_MAX_WORDS] = { 0 }, best = FAMILY_UNSAID, most = 0;
    for (size_t g = 0; g < SENSE_GROUPS; g++)
        for (uint64_t left = s->words[g]; left; left &= left - 1) {
            size_t bit = g * 64 + (size_t)__builtin_ctzll(left), f = bit / FAMILY_MAX_WORDS;
            score[f] += family_at(f)->words[bit % FAMILY_MAX_WORDS].score;
        }
    for (size_t f = 0; f < family_count(); f++) /* the first of equals, as family_choose() has it */
        if (score[f] > most) {
            most = score[f];
            best = (int)f;
        }
    return best;
}
