#include "roles/procedural/light.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) || (c & 0x80);
}

bool words_contain(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = text; *p; p++) {
        /* Most characters are no start by their first letter, upper or lower case. */
        if (((*p ^ *word) & ~0x20) || (p > text && is_letter(p[-1])) || strncasecmp(p, word, n) != 0)
            continue;
        const char *end = p + n;
        if ((end[0] == 's' || end[0] == 'S') && !is_letter(end[1]))
            end++;
        else if (strncasecmp(end, "es", 2) == 0 && !is_letter(end[2]))
            end += 2;
        if (!is_letter(*end))
            return true;
    }
    return false;
}

typedef struct {
    const char *word;
    Hour hour;
    int score;
} HourWord;

static const HourWord hour_words[] = {
    { "sunset", HOUR_SUNSET, 5 },      { "sunrise", HOUR_SUNSET, 5 },    { "golden hour", HOUR_SUNSET, 6 },
    { "golden", HOUR_SUNSET, 2 },      { "dawn", HOUR_SUNSET, 4 },       { "evening", HOUR_SUNSET, 3 },
    { "low sun", HOUR_SUNSET, 4 },     { "dusk", HOUR_DUSK, 5 },         { "twilight", HOUR_DUSK, 5 },
    { "blue hour", HOUR_DUSK, 6 },     { "night", HOUR_NIGHT, 5 },       { "nighttime", HOUR_NIGHT, 5 },
    { "midnight", HOUR_NIGHT, 5 },     { "moonlight", HOUR_NIGHT, 5 },   { "moonlit", HOUR_NIGHT, 5 },
    { "dark", HOUR_NIGHT, 1 },         { "morning", HOUR_MORNING, 4 },   { "early light", HOUR_MORNING, 4 },
    { "noon", HOUR_NOON, 5 },          { "midday", HOUR_NOON, 5 },       { "sunny", HOUR_NOON, 3 },
    { "bright", HOUR_NOON, 2 },        { "harsh", HOUR_NOON, 3 },        { "sunlight", HOUR_NOON, 2 },
    { "sunlit", HOUR_NOON, 3 },        { "direct sun", HOUR_NOON, 4 },   { "lamp", HOUR_LAMP, 4 },
    { "candle", HOUR_LAMP, 5 },        { "candlelight", HOUR_LAMP, 5 },  { "firelight", HOUR_LAMP, 5 },
    { "fireplace", HOUR_LAMP, 4 },     { "tungsten", HOUR_LAMP, 5 },     { "cozy", HOUR_LAMP, 2 },
    { "cosy", HOUR_LAMP, 2 },          { "lantern", HOUR_LAMP, 4 },      { "lamplight", HOUR_LAMP, 5 },
    { "neon", HOUR_NEON, 7 },          { "cyberpunk", HOUR_NEON, 7 },    { "nightclub", HOUR_NEON, 6 },
    { "arcade", HOUR_NEON, 5 },        { "dramatic", HOUR_DRAMATIC, 4 }, { "spotlight", HOUR_DRAMATIC, 5 },
    { "moody", HOUR_DRAMATIC, 4 },     { "low key", HOUR_DRAMATIC, 5 },  { "day", HOUR_DAY, 1 },
    { "daylight", HOUR_DAY, 3 },       { "afternoon", HOUR_DAY, 3 },     { "daytime", HOUR_DAY, 3 },
    { "soft light", HOUR_DAY, 2 },     { "diffuse", HOUR_DAY, 2 },       { "streetlight", HOUR_NIGHT, 4 },
    { "street light", HOUR_NIGHT, 4 }, { "streetlamp", HOUR_NIGHT, 4 },  { "backlit", HOUR_SUNSET, 2 },
    { "starry", HOUR_NIGHT, 5 },
};

static Hour hour_of(const char *prompt, Hour fallback)
{
    int score[HOUR_COUNT] = { 0 };
    for (size_t i = 0; i < sizeof hour_words / sizeof *hour_words; i++)
        if (words_contain(prompt, hour_words[i].word))
            score[hour_words[i].hour] += hour_words[i].score;
    Hour best = fallback;
    int most = 0;
    for (int h = 0; h < HOUR_COUNT; h++)
        if (score[h] > most) {
            most = score[h];
            best = (Hour)h;
        }
    return best;
}

bool words_contain_any(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (words_contain(text, *words))
            return true;
    return false;
}

/* What an hour looks like: outdoors, then indoors beside a window or under a lamp. */
typedef struct {
    uint32_t key, fill;
    float key_strength, fill_strength;
    float elevation[2]; /* degrees */
    uint32_t zenith, horizon;
    float sky; /* brightness of the sky */
    float lamps;
    float shadow_soft;
} HourLook;

static const HourLook outdoors[HOUR_COUNT] = {
    [HOUR_DAY] = { 0xFFF6E8, 0xDCEBFF, 0.62f, 0.42f, { 38, 58 }, 0x3F78C0, 0xC4DCF0, 1.0f, 0, 0.05f },
    [HOUR_NOON] = { 0xFFFBF2, 0xD4E6FF, 0.80f, 0.34f, { 55, 72 }, 0x2E6CC0, 0xB4D6F2, 1.05f, 0, 0.03f },
    [HOUR_MORNING] = { 0xFFE6C4, 0xE2EBF6, 0.52f, 0.46f, { 20, 32 }, 0x6C9CCB, 0xF6E6D2, 1.0f, 0, 0.07f },
    [HOUR_SUNSET] = { 0xFFB066, 0xD8BCC8, 0.58f, 0.36f, { 11, 20 }, 0x4E6A9E, 0xFFB47A, 1.0f, 0.5f, 0.05f },
    [HOUR_DUSK] = { 0xA8B4E8, 0x8C9CD8, 0.10f, 0.40f, { 30, 50 }, 0x1E2F66, 0xC89AA0, 0.45f, 2.5f, 0.25f },
    [HOUR_NIGHT] = { 0xFFC890, 0x8094D0, 0.26f, 0.15f, { 35, 60 }, 0x050A1C, 0x1C2440, 0.30f, 4.0f, 0.10f },
    [HOUR_LAMP] = { 0xFFB870, 0x8890B8, 0.36f, 0.17f, { 30, 50 }, 0x0A1024, 0x2A2C44, 0.35f, 3.5f, 0.12f },
    [HOUR_NEON] = { 0xFF58C8, 0x50A0F0, 0.34f, 0.26f, { 25, 45 }, 0x080818, 0x281C40, 0.35f, 5.0f, 0.14f },
    [HOUR_DRAMATIC] = { 0xFFE0B8, 0x9CACC8, 0.62f, 0.18f, { 18, 32 }, 0x2C3C58, 0xB8A89C, 0.6f, 0.5f, 0.05f },
};

static const HourLook inside[HOUR_COUNT] = {
    [HOUR_DAY] = { 0xFFFAF2, 0xF2F2F4, 0.46f, 0.50f, { 30, 48 }, 0x9CC0E4, 0xE8F2FA, 1.5f, 0.6f, 0.22f },
    [HOUR_NOON] = { 0xFFF6E6, 0xF4F4F4, 0.62f, 0.46f, { 32, 50 }, 0x8CB8E6, 0xF0F6FA, 2.0f, 0.4f, 0.10f },
    [HOUR_MORNING] = { 0xFFE8C8, 0xF0ECE6, 0.50f, 0.46f, { 22, 34 }, 0xB0CCE6, 0xFFF0DC, 1.7f, 0.5f, 0.16f },
    [HOUR_SUNSET] = { 0xFFB468, 0xD8C0BC, 0.56f, 0.33f, { 14, 24 }, 0x8C90B8, 0xFFB880, 1.4f, 1.2f, 0.12f },
    [HOUR_DUSK] = { 0xFFC890, 0xA4ACD4, 0.24f, 0.33f, { 35, 50 }, 0x2A3C74, 0x8C8CB4, 0.5f, 2.6f, 0.22f },
    [HOUR_NIGHT] = { 0xFFCC94, 0xC0B0B0, 0.36f, 0.21f, { 40, 60 }, 0x060A18, 0x10182C, 0.3f, 3.2f, 0.20f },
    [HOUR_LAMP] = { 0xFFC080, 0xD8B89C, 0.44f, 0.25f, { 38, 55 }, 0x0C1226, 0x1E2238, 0.3f, 3.2f, 0.18f },
    [HOUR_NEON] = { 0xFF5CC4, 0x6088F0, 0.38f, 0.26f, { 30, 50 }, 0x08081C, 0x201838, 0.3f, 4.5f, 0.20f },
    [HOUR_DRAMATIC] = { 0xFFEAD0, 0xA8B0C0, 0.72f, 0.14f, { 28, 42 }, 0x30405C, 0x8C949C, 0.5f, 1.0f, 0.06f },
};

static void weather(Light *l, const char *prompt)
{
    static const char *const overcast[] = { "overcast", "cloudy", "grey sky", "gray sky", "diffuse", NULL };
    static const char *const fog[] = { "fog", "foggy", "mist", "misty", "hazy", "haze", "smoky", NULL };
    static const char *const rain[] = { "rain",   "rainy",  "raining", "wet", "storm",
                                        "stormy", "puddle", "drizzle", NULL };
    static const char *const snowfall[] = {
        "snowing", "snowfall", "snowstorm", "blizzard", "snowflake", NULL
    };
    l->overcast = words_contain_any(prompt, overcast);
    l->fog = words_contain_any(prompt, fog);
    l->rain = words_contain_any(prompt, rain);
    l->snowfall = words_contain_any(prompt, snowfall);
}

/* A grey sky moves light from the key to the fill, and takes the colour out of both. */
static void cover_sky(Light *l, float part)
{
    Pixel all = l->key + l->fill;
    float grey = pixel_luma(all);
    all = pixel_mix(all, (Pixel){ grey * 0.97f, grey, grey * 1.04f, 1 }, 0.7f);
    l->key = pixel_mix(l->key, all * pixel_all(0.18f), part);
    l->fill = pixel_mix(l->fill, all * pixel_all(0.70f), part);
    float sky = pixel_luma(l->horizon);
    Pixel cloud = { sky * 0.96f, sky, sky * 1.05f, 1 };
    l->zenith = pixel_mix(l->zenith, cloud * pixel_all(0.62f), part);
    l->horizon = pixel_mix(l->horizon, cloud * pixel_all(0.95f), part);
    l->shadow_soft += part * 0.5f;
    l->shadow *= 1 - 0.35f * part;
    l->clouds += part * (1 - l->clouds);
}

/* The side that the prompt's words give to the light: -1 left, 1 right, 0 when they do not say. */
static int side_said(const char *prompt)
{
    static const char *const left[] = { "from the left", "from the back left", "window on the left",
                                        "window at the back left", NULL };
    static const char *const right[] = { "from the right", "from the back right", "window on the right",
                                         "window at the back right", NULL };
    return (int)words_contain_any(prompt, right) - (int)words_contain_any(prompt, left);
}

static void aim(Light *l, const HourLook *look, const char *prompt, Rng *rng)
{
    float elevation = rng_range(rng, look->elevation[0], look->elevation[1]) * 0.0174533f;
    /* Azimuth from the side or from behind the object; never from straight behind the camera, where there
     * would be no shadow to see. */
    float side = rng_float(rng) < 0.5f ? -1.0f : 1.0f;
    float azimuth = rng_range(rng, -38, 42) * 0.0174533f;
    int said = side_said(prompt);
    if (said)
        side = (float)said;
    l->to[0] = side * cosf(elevation) * cosf(azimuth);
    l->to[1] = sinf(elevation);
    l->to[2] = cosf(elevation) * sinf(azimuth);
}

void light_choose(Light *l, const char *prompt, bool indoors, Hour fallback, Rng *rng)
{
    *l = (Light){ .indoors = indoors, .hour = hour_of(prompt, fallback), .shadow = 1 };
    weather(l, prompt);
    const HourLook *look = indoors ? &inside[l->hour] : &outdoors[l->hour];
    aim(l, look, prompt, rng);
    float exposure = rng_range(rng, 0.9f, 1.08f);
    l->key = colour_hex(look->key) * pixel_all(look->key_strength * exposure);
    l->fill = colour_hex(look->fill) * pixel_all(look->fill_strength * exposure);
    l->zenith = colour_hex(look->zenith) * pixel_all(look->sky);
    l->horizon = colour_hex(look->horizon) * pixel_all(look->sky);
    l->shadow_soft = look->shadow_soft;
    l->lamps = look->lamps;
    l->clouds = rng_range(rng, 0.1f, 0.6f);
    l->haze_density = 0.004f;
    if (l->hour == HOUR_NEON &&
        rng_float(rng) < 0.5f) { /* pink from one side, blue from the other, or the reverse */
        Pixel k = l->key;
        l->key = l->fill * pixel_all(1.3f);
        l->fill = k * pixel_all(0.7f);
    }
    if (l->overcast || l->rain || l->snowfall)
        cover_sky(l, indoors ? 0.5f : l->rain ? 0.8f : 0.9f);
    if (l->fog && !indoors) {
        cover_sky(l, 0.75f);
        l->haze_density = 0.06f;
        l->zenith = l->horizon;
    }
    if (l->rain && !indoors)
        l->haze_density += 0.012f;
    l->haze = pixel_mix(l->horizon, l->zenith, 0.25f);
}

Pixel light_on_upright(const Light *l)
{
    Pixel v = l->key * pixel_all(0.75f) + l->fill;
    v[3] = 1;
    return v;
}
