#include "roles/grammar/lights.h"

#include "roles/grammar/sense.h"

#include <stddef.h>

#define TEXTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const char *const low_sun_outdoors[] = {
    "{Light} {comes|come} from {from}.",
    "{Light} {comes|come} from {from} and {draws|draw} a long soft shadow across the surface.",
    "{Light} {falls|fall} from {from}, and the {object} casts a long, soft-edged shadow.",
    "{Light} {reaches|reach} the {object} from {from} and {stretches|stretch} its shadow over the surface.",
    NULL,
};
static const char *const high_sun_outdoors[] = {
    "{Light} {comes|come} from {from}.",
    "{Light} {comes|come} from {from}, and the {object} casts a short, hard-edged shadow.",
    "{Light} {strikes|strike} the surface from {from} and {leaves|leave} a small dark shadow at the foot of the {object}.",
    "{Light} {shines|shine} from {from} and {draws|draw} a crisp shadow close to the {object}.",
    NULL,
};
static const char *const mild_sun_outdoors[] = {
    "{Light} {comes|come} from {from}.",
    "{Light} {comes|come} from {from} and {draws|draw} a clear shadow on the surface.",
    "{Light} {falls|fall} from {from}, and the {object} casts a well-defined shadow to the other side.",
    NULL,
};
static const char *const sun_indoors[] = {
    "{Light} {comes|come} through a window {at}.",
    "{Light} {falls|fall} through a window {at} and {draws|draw} a soft-edged shadow across the surface.",
    "A window {at} lets in {light}, and the {object} casts a shadow into the room.",
    "{Light} {comes|come} in through a window {at} and {lays|lay} a band of light beside the shadow of the {object}.",
    NULL,
};
static const char *const soft_outdoors[] = {
    "{Light} {comes|come} a little stronger from {from}.",
    "{Light} {spreads|spread} evenly over the scene, a little stronger from {from}, with only a faint shadow under the {object}.",
    "{Light} {falls|fall} gently from {from}, and the {object} casts a pale, blurred shadow.",
    NULL,
};
static const char *const soft_indoors[] = {
    "{Light} {comes|come} through a window {at}.",
    "{Light} {comes|come} through a window {at} and {leaves|leave} only a faint shadow beside the {object}.",
    "A large window {at} gives {light}, with a gentle shadow on the other side of the {object}.",
    NULL,
};
static const char *const dim_outdoors[] = {
    "{Light} {comes|come} from {from}.",
    "{Light} {lies|lie} over the scene, brighter from {from}, and the shadow under the {object} is faint.",
    "{Light} {comes|come} from {from} and {leaves|leave} a weak shadow beside the {object}.",
    NULL,
};
static const char *const lamp_anywhere[] = {
    "{Light} {comes|come} from {from}.",
    "{Light} {falls|fall} from {from} and {puts|put} a soft shadow beside the {object}.",
    "{Light} {comes|come} from {from}, and the {object} casts a soft shadow that fades quickly.",
    NULL,
};
static const char *const tubes_anywhere[] = {
    "{Light} overhead {is|are} a little stronger from {from}.",
    "{Light} overhead {lights|light} everything evenly, a little stronger from {from}, and the {object} casts a pale shadow.",
    "{Light} {shines|shine} from the ceiling, mostly from {from}, with a thin shadow close around the {object}.",
    NULL,
};
static const char *const blinds_anywhere[] = {
    "{Light} {comes|come} from {from}.",
    "{Light} {falls|fall} from {from} and {lays|lay} parallel stripes over the surface and the shadow of the {object}.",
    "{Light} {comes|come} from {from}, with stripes of shade across the surface.",
    NULL,
};
static const char *const dappled_anywhere[] = {
    "{Light} {comes|come} from {from}.",
    "{Light} {comes|come} from {from} and {scatters|scatter} small spots around the shadow of the {object}.",
    "{Light} {falls|fall} from {from}, with soft patches of sun and shade over the surface.",
    NULL,
};
static const char *const spot_anywhere[] = {
    "{Light} {comes|come} from {from}.",
    "{Light} {shines|shine} from {from} and {draws|draw} one crisp shadow beside the {object}.",
    "{Light} {lights|light} the {object} from {from}, and its shadow falls cleanly to the other side.",
    NULL,
};
static const char *const neon_anywhere[] = {
    "{Light} {comes|come} from {from}.",
    "{Light} {glows|glow} from {from} and {tints|tint} the edges of the surface, with a coloured shadow beside the {object}.",
    "{Light} {comes|come} from {from}, and the {object} casts a soft tinted shadow.",
    NULL,
};
static const char *const other_anywhere[] = {
    "The scene is lit by {light} from {from}.",
    "The scene is lit by {light} from {from}, and the {object} casts a fitting shadow.",
    NULL,
};

const char *const light_sided_sentences[] = {
    "The scene is lit by {light}.",
    "{Light} {lights|light} the scene, and the {object} casts a soft shadow.",
    "The {object} is lit by {light}, with a soft shadow on the surface.",
    NULL,
};

static const LightLook looks[LIGHT_KINDS] = {
    [LIGHT_MORNING] = { HOUR_MORNING, 0,
                        TEXTS("low morning sun", "soft morning light", "early morning sun",
                              "pale morning sun", "clear morning light"),
                        low_sun_outdoors, sun_indoors },
    [LIGHT_NOON] = { HOUR_NOON, 0,
                     TEXTS("bright noon sun", "strong midday sun", "harsh midday light", "high noon sun",
                           "white midday sun"),
                     high_sun_outdoors, sun_indoors },
    [LIGHT_DAY] = { HOUR_DAY, 0,
                    TEXTS("mild afternoon sun", "clear afternoon light", "warm afternoon sun",
                          "gentle afternoon light", "slanting afternoon sun"),
                    mild_sun_outdoors, sun_indoors },
    [LIGHT_EVENING] = { HOUR_SUNSET, 0,
                        TEXTS("golden evening sun", "low evening sun", "warm evening light",
                              "amber sunset light", "the last sun of the evening"),
                        low_sun_outdoors, sun_indoors },
    [LIGHT_DUSK] = { HOUR_DUSK, 0,
                     TEXTS("blue dusk light", "cool twilight", "the fading light of dusk",
                           "deep blue twilight"),
                     dim_outdoors, soft_indoors },
    [LIGHT_NIGHT] = { HOUR_NIGHT, 0,
                      TEXTS("the glow of streetlights at night", "cool moonlight",
                            "the orange light of a streetlight at night", "clear moonlight"),
                      dim_outdoors, dim_outdoors },
    [LIGHT_OVERCAST] = { HOUR_DAY, WEATHER_OVERCAST,
                         TEXTS("overcast daylight", "the flat daylight of a cloudy sky",
                               "soft overcast daylight", "cool daylight under a grey sky"),
                         soft_outdoors, soft_indoors },
    [LIGHT_RAIN] = { HOUR_DAY, WEATHER_RAIN,
                     TEXTS("grey daylight with light rain", "the dim daylight of a rainy afternoon",
                           "soft daylight during a drizzle", "cool daylight just after rain"),
                     soft_outdoors, soft_indoors },
    [LIGHT_FOG] = { HOUR_DAY, WEATHER_FOG,
                    TEXTS("pale daylight in thin mist", "soft daylight in light fog",
                          "white daylight through drifting mist", "diffuse daylight on a foggy afternoon"),
                    soft_outdoors, soft_indoors },
    [LIGHT_SNOWFALL] = { HOUR_DAY, WEATHER_SNOWFALL,
                         TEXTS("pale daylight with light snowfall", "soft grey daylight during snowfall",
                               "cold daylight with a few snowflakes in the air"),
                         soft_outdoors, soft_indoors },
    [LIGHT_DAPPLED] = { HOUR_NOON, 0,
                        TEXTS("dappled sunlight", "sunlight filtered by branches",
                              "patchy sunlight under a canopy"),
                        dappled_anywhere, dappled_anywhere },
    [LIGHT_WINDOW] = { HOUR_DAY, 0,
                       TEXTS("soft daylight", "even daylight", "cool daylight", "gentle daylight",
                             "plain daylight"),
                       soft_outdoors, soft_indoors },
    [LIGHT_BLINDS] = { HOUR_NOON, 0,
                       TEXTS("sunlight through half-closed blinds", "sunlight through slatted blinds",
                             "striped sunlight through a blind"),
                       blinds_anywhere, blinds_anywhere },
    [LIGHT_LAMP] = { HOUR_LAMP, 0,
                     TEXTS("warm lamp light", "soft lamplight", "the light of a shaded lamp",
                           "yellow lamp light", "the warm light of a small lamp"),
                     lamp_anywhere, lamp_anywhere },
    [LIGHT_CANDLE] = { HOUR_LAMP, 0, TEXTS("warm candlelight", "the light of two candles", "low candlelight"),
                       lamp_anywhere, lamp_anywhere },
    [LIGHT_TUBES] = { HOUR_UNSAID, 0,
                      TEXTS("cool fluorescent tubes", "white ceiling panels", "even fluorescent light",
                            "rows of white tubes"),
                      tubes_anywhere, tubes_anywhere },
    [LIGHT_SPOT] = { HOUR_DRAMATIC, 0,
                     TEXTS("a single spotlight", "a narrow white spotlight", "one warm spotlight",
                           "a soft-edged spotlight"),
                     spot_anywhere, spot_anywhere },
    [LIGHT_NEON] = { HOUR_NEON, 0,
                     TEXTS("pink neon light", "blue neon light", "magenta and cyan neon light",
                           "red neon light", "violet neon light"),
                     neon_anywhere, neon_anywhere },
    [LIGHT_OTHER] = { HOUR_UNSAID, 0, TEXTS("even light"), other_anywhere, other_anywhere },
};

const LightLook *light_look(LightKind kind)
{
    return &looks[kind];
}

LightKind light_kind_of(const char *phrase)
{
    /* The first that is found counts: "golden evening sun through blinds" is about blinds. */
    static const struct {
        const char *word;
        LightKind kind;
    } words[] = {
        { "blind", LIGHT_BLINDS },        { "dappled", LIGHT_DAPPLED },
        { "canopy", LIGHT_DAPPLED },      { "leaves", LIGHT_DAPPLED },
        { "candle", LIGHT_CANDLE },       { "candlelight", LIGHT_CANDLE },
        { "fluorescent", LIGHT_TUBES },   { "strip light", LIGHT_TUBES },
        { "emergency", LIGHT_TUBES },     { "overhead light", LIGHT_TUBES },
        { "tube", LIGHT_TUBES },          { "led", LIGHT_TUBES },
        { "ceiling light", LIGHT_TUBES }, { "neon", LIGHT_NEON },
        { "snowfall", LIGHT_SNOWFALL },   { "snowing", LIGHT_SNOWFALL },
        { "snow", LIGHT_SNOWFALL },       { "fog", LIGHT_FOG },
        { "foggy", LIGHT_FOG },           { "mist", LIGHT_FOG },
        { "misty", LIGHT_FOG },           { "hazy", LIGHT_FOG },
        { "rain", LIGHT_RAIN },           { "rainy", LIGHT_RAIN },
        { "drizzle", LIGHT_RAIN },        { "spot", LIGHT_SPOT },
        { "spotlight", LIGHT_SPOT },      { "softbox", LIGHT_SPOT },
        { "studio light", LIGHT_SPOT },   { "street lamp", LIGHT_NIGHT },
        { "streetlight", LIGHT_NIGHT },   { "night", LIGHT_NIGHT },
        { "nighttime", LIGHT_NIGHT },     { "moonlight", LIGHT_NIGHT },
        { "moonlit", LIGHT_NIGHT },       { "dusk", LIGHT_DUSK },
        { "twilight", LIGHT_DUSK },       { "blue hour", LIGHT_DUSK },
        { "lamp", LIGHT_LAMP },           { "lamplight", LIGHT_LAMP },
        { "lantern", LIGHT_LAMP },        { "tungsten", LIGHT_LAMP },
        { "bulb", LIGHT_LAMP },           { "firelight", LIGHT_LAMP },
        { "sunset", LIGHT_EVENING },      { "golden", LIGHT_EVENING },
        { "evening", LIGHT_EVENING },     { "sunrise", LIGHT_EVENING },
        { "dawn", LIGHT_EVENING },        { "low sun", LIGHT_EVENING },
        { "morning", LIGHT_MORNING },     { "noon", LIGHT_NOON },
        { "midday", LIGHT_NOON },         { "harsh sun", LIGHT_NOON },
        { "sunny", LIGHT_NOON },          { "sunlight", LIGHT_NOON },
        { "direct sun", LIGHT_NOON },     { "overcast", LIGHT_OVERCAST },
        { "cloudy", LIGHT_OVERCAST },     { "cloud", LIGHT_OVERCAST },
        { "grey sky", LIGHT_OVERCAST },   { "window", LIGHT_WINDOW },
        { "afternoon", LIGHT_DAY },       { "sun", LIGHT_DAY },
        { "daylight", LIGHT_DAY },        { "day", LIGHT_DAY },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words_contain(phrase, words[i].word))
            return words[i].kind;
    return LIGHT_OTHER;
}

bool light_suits_hour(LightKind kind, int hour)
{
    const LightSet artificial =
        1u << LIGHT_LAMP | 1u << LIGHT_CANDLE | 1u << LIGHT_NEON | 1u << LIGHT_TUBES | 1u << LIGHT_SPOT;
    if (hour == HOUR_UNSAID || looks[kind].hour == hour)
        return true;
    bool dark = hour == HOUR_NIGHT || hour == HOUR_DUSK || hour == HOUR_LAMP || hour == HOUR_NEON ||
                hour == HOUR_DRAMATIC;
    return dark && (artificial >> kind & 1);
}

const LightSide *light_side(size_t i)
{
    static const LightSide sides[LIGHT_SIDES] = { { "the left", "on the left" },
                                                  { "the right", "on the right" },
                                                  { "behind", "behind {it}" },
                                                  { "the back left", "at the back left" },
                                                  { "the back right", "at the back right" } };
    return &sides[i];
}
