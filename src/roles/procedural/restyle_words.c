#include "roles/procedural/restyle_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const char *phrase; /* lower case, one space between words */
    const char *look;   /* NULL: words that look like something else and mean nothing here */
    int weight;
} Phrase;

/* clang-format off */
static const Phrase phrases[] = {
    { "room at night", "night room", 7 }, { "at night", "night room", 4 }, { "night", "night room", 4 }, { "nighttime", "night room", 4 },
    { "dim", "night room", 2 }, { "dimly lit", "night room", 3 }, { "faint light", "night room", 2 }, { "midnight", "night room", 5 },
    { "fluorescent", "fluorescent", 7 }, { "fluorescent tube", "fluorescent", 7 }, { "strip light", "fluorescent", 5 },
    { "office light", "fluorescent", 4 }, { "ceiling light", "fluorescent", 3 },
    { "midday", "midday sun", 6 }, { "noon", "midday sun", 6 }, { "midday sun", "midday sun", 7 }, { "harsh sun", "midday sun", 6 },
    { "harsh", "midday sun", 2 }, { "overhead sun", "midday sun", 6 }, { "glaring sun", "midday sun", 6 },
    { "from behind", "backlight", 7 }, { "backlight", "backlight", 7 }, { "backlit", "backlight", 7 }, { "back light", "backlight", 7 },
    { "contre jour", "backlight", 7 }, { "glowing rim", "backlight", 4 }, { "rim light", "backlight", 5 }, { "silhouette", "backlight", 3 },
    { "neon", "neon", 7 }, { "neon light", "neon", 7 }, { "cyberpunk", "neon", 5 }, { "nightclub", "neon", 4 }, { "disco", "neon", 4 },
    { "golden hour", "golden hour", 8 }, { "low sun", "golden hour", 4 }, { "low warm sun", "golden hour", 5 },
    { "evening sun", "golden hour", 6 }, { "late afternoon", "golden hour", 4 }, { "golden light", "golden hour", 5 },
    { "amber highlight", "golden hour", 2 }, { "evening light", "golden hour", 4 }, { "morning sun", "golden hour", 4 },
    { "blue hour", "blue hour", 8 }, { "after sunset", "blue hour", 3 }, { "dusk", "blue hour", 6 }, { "twilight", "blue hour", 6 },
    { "overcast", "overcast", 6 }, { "cloudy", "overcast", 3 }, { "shadowless", "overcast", 3 }, { "grey day", "overcast", 5 },
    { "diffuse light", "overcast", 3 }, { "cloudy morning", NULL, 0 }, { "grey sky", "overcast", 2 }, { "gray sky", "overcast", 2 },
    { "moonlight", "moonlight", 7 }, { "moon", "moonlight", 7 }, { "moonlit", "moonlight", 7 }, { "starlight", "moonlight", 5 },
    { "candle", "candle", 7 }, { "candlelight", "candle", 7 }, { "candlelit", "candle", 7 }, { "firelight", "candle", 6 },
    { "fireplace", "candle", 5 }, { "campfire", "candle", 6 }, { "lantern", "candle", 4 }, { "oil lamp", "candle", 6 },
    { "tungsten", "tungsten", 7 }, { "bulb", "tungsten", 2 }, { "light bulb", "tungsten", 4 }, { "incandescent", "tungsten", 7 },
    { "lamp", "tungsten", 1 }, { "lamplight", "tungsten", 4 }, { "halogen", "tungsten", 5 }, { "desk lamp", "tungsten", 4 },
    { "spot", "spot", 4 }, { "spotlight", "spot", 7 }, { "led spot", "spot", 7 }, { "stage light", "spot", 6 }, { "spots of sun", NULL, 0 },
    { "hard light", "hard side", 6 }, { "side light", "hard side", 5 }, { "sidelight", "hard side", 5 }, { "chiaroscuro", "hard side", 6 },
    { "raking light", "hard side", 6 }, { "strong light", "hard side", 4 }, { "deep shadow", "hard side", 1 }, { "deep soft shadow", NULL, 0 },
    { "sodium", "sodium", 7 }, { "street lamp", "sodium", 5 }, { "streetlamp", "sodium", 5 }, { "streetlight", "sodium", 5 },
    { "street light", "sodium", 5 }, { "sodium street lamp", "sodium", 8 },
    { "sunset", "sunset", 6 }, { "sunset sky", "sunset", 7 }, { "afterglow", "sunset", 5 },
    { "dawn", "dawn", 7 }, { "sunrise", "dawn", 6 }, { "daybreak", "dawn", 6 }, { "morning light", "dawn", 3 },
    { "before a storm", "storm", 8 }, { "storm", "storm", 6 }, { "stormy", "storm", 6 }, { "thunderstorm", "storm", 6 },
    { "thunder", "storm", 6 }, { "heavy cloud", "storm", 2 }, { "storm cloud", "storm", 6 }, { "dark grey sky", NULL, 0 },
    { "television", "television", 7 }, { "tv", "television", 7 }, { "monitor light", "television", 5 }, { "screen light", "television", 5 },
    { "camera flash", "flash", 8 }, { "flash", "flash", 6 }, { "direct flash", "flash", 8 }, { "flashlight", "spot", 6 },
    { "from below", "from below", 7 }, { "underlight", "from below", 7 }, { "underlit", "from below", 7 },
    { "window light", "window", 7 }, { "window", "window", 3 }, { "softbox", "window", 6 }, { "north light", "window", 5 },
    { "soft light", "window", 2 }, { "skylight", "window", 3 },
    { "awning", "awning", 7 }, { "canvas awning", "awning", 7 }, { "under a canvas", "awning", 5 }, { "parasol", "awning", 5 },
    { "tent", "awning", 4 }, { "market tent", "awning", 5 },
    { "refrigerated", "refrigerated", 7 }, { "refrigerator", "refrigerated", 7 }, { "fridge", "refrigerated", 7 },
    { "refrigerated display", "refrigerated", 7 }, { "freezer", "refrigerated", 7 }, { "display case", "refrigerated", 4 },
    { "cool daylight", "mixed lamps", 6 }, { "warm lamp light", "mixed lamps", 2 }, { "mixed light", "mixed lamps", 7 },
    { "mixed lamp", "mixed lamps", 7 }, { "warm and cool", "mixed lamps", 6 }, { "two light", "mixed lamps", 4 },
    { "winter sun", "low winter sun", 6 }, { "low winter sun", "low winter sun", 7 }, { "winter light", NULL, 0 },
    { "sun", "sunshine", 2 }, { "sunlight", "sunshine", 2 }, { "sunny", "sunshine", 3 }, { "sunshine", "sunshine", 3 },
    { "sunlit", "sunshine", 3 }, { "daylight", "sunshine", 2 }, { "dim sun", NULL, 0 }, { "summer sun", "sunshine", 4 },

    { "leaves", "leaves", 5 }, { "leaf", "leaves", 5 }, { "dappled", "leaves", 6 }, { "dapple", "leaves", 6 }, { "foliage", "leaves", 6 },
    { "under a tree", "leaves", 5 }, { "under trees", "leaves", 5 }, { "branches", "leaves", 4 }, { "canopy", "leaves", 4 },
    { "blind", "blinds", 6 }, { "window blind", "blinds", 7 }, { "venetian", "blinds", 6 }, { "stripe", "blinds", 2 }, { "shutter", "blinds", 5 },
    { "caustic", "water light", 7 }, { "ripple", "water light", 5 }, { "sunlight on water", "water light", 6 }, { "wavy line", "water light", 3 },
    { "reflected ripple", "water light", 6 }, { "swimming pool", "water light", 4 }, { "underwater", "water light", 5 },
    { "coloured glass", "coloured glass", 7 }, { "colored glass", "coloured glass", 7 }, { "stained glass", "coloured glass", 7 },
    { "church window", "coloured glass", 6 },

    { "fog", "fog", 6 }, { "foggy", "fog", 6 }, { "mist", "mist", 6 }, { "misty", "mist", 6 }, { "haze", "haze", 5 }, { "hazy", "haze", 5 },
    { "smog", "haze", 5 }, { "smoke", "smoke", 6 }, { "smoky", "smoke", 6 }, { "steam", "smoke", 5 }, { "vapour", "smoke", 4 },
    { "incense", "smoke", 5 },
    { "dust", "sunbeam", 4 }, { "beam", "sunbeam", 3 }, { "sunbeam", "sunbeam", 6 }, { "beam of sunlight", "sunbeam", 6 },
    { "light shaft", "sunbeam", 6 }, { "shaft of light", "sunbeam", 6 }, { "god ray", "sunbeam", 6 }, { "beam of light", "sunbeam", 5 },
    { "sand", "sand", 5 }, { "sandstorm", "sand", 8 }, { "dust storm", "sand", 8 }, { "desert wind", "sand", 5 }, { "desert", "sand", 2 },

    { "rain", "rain", 5 }, { "drizzle", "rain", 6 }, { "rainy", "rain", 4 }, { "raining", "rain", 5 }, { "light rain", "rain", 6 },
    { "heavy rain", "heavy rain", 8 }, { "downpour", "heavy rain", 8 }, { "pouring rain", "heavy rain", 8 }, { "rainstorm", "heavy rain", 8 },
    { "splash", "heavy rain", 1 }, { "long streak", "heavy rain", 1 }, { "shower", "heavy rain", 4 },
    { "snow", "snow", 5 }, { "snow fall", "snow", 6 }, { "snowfall", "snow", 6 }, { "snowing", "snow", 6 }, { "flake", "snow", 3 },
    { "snowy", "snow", 4 }, { "fine snow", "driven snow", 5 }, { "sideways", "driven snow", 4 }, { "blizzard", "driven snow", 9 },
    { "snowstorm", "driven snow", 9 }, { "snow storm", "driven snow", 9 }, { "driving snow", "driven snow", 9 }, { "wind", NULL, 0 },

    { "wet", "wet", 4 }, { "wet sheen", "wet", 3 }, { "after rain", "after rain", 7 }, { "puddle", "after rain", 4 }, { "after a shower", "after rain", 7 },
    { "frost", "frost", 7 }, { "frosty", "frost", 6 }, { "frosted", "frost", 6 }, { "icy", "frost", 5 }, { "hoarfrost", "frost", 7 },
    { "dew", "dew", 5 }, { "dusting of snow", "snow cover", 5 }, { "snow on the surface", "snow cover", 6 }, { "snow covered", "snow cover", 7 },
    { "drops on the surface", "dew", 4 }, { "fine drops on the surface", "dew", 4 },

    { "flare", "flare", 6 }, { "lens flare", "flare", 7 }, { "soft flare", "flare", 7 }, { "into the lens", "flare", 6 },
    { "low sun shine into the lens", "flare", 7 }, { "sun into the lens", "flare", 7 },
    { "on the lens", "lens drops", 4 }, { "droplets of water on the lens", "lens drops", 8 }, { "drops on the lens", "lens drops", 8 },
    { "wet lens", "lens drops", 7 }, { "raindrops on the lens", "lens drops", 8 }, { "water on the lens", "lens drops", 8 },
    { "fog the lens", "fogged lens", 8 }, { "fogged lens", "fogged lens", 8 }, { "foggy lens", "fogged lens", 8 },
    { "soft focus", "fogged lens", 6 }, { "misted lens", "fogged lens", 8 }, { "lights bloom", "fogged lens", 2 },
    { "bulbs", "bulbs", 6 }, { "bokeh", "bulbs", 6 }, { "string light", "bulbs", 7 }, { "fairy light", "bulbs", 7 }, { "blurred disc", "bulbs", 5 },
    { "strings of small warm bulbs", "bulbs", 8 }, { "christmas light", "bulbs", 7 },
    { "far lamp", "far lamps", 4 }, { "lamps far behind", "far lamps", 5 }, { "warm lamps far behind", "far lamps", 5 },
    { "distant light", "far lamps", 4 },
    { "light trail", "light trails", 7 }, { "passing car", "light trails", 7 }, { "car", "light trails", 3 }, { "headlight", "light trails", 5 },
    { "traffic", "light trails", 5 }, { "long exposure", "light trails", 4 },

    { "underexpose", "underexposed", 8 }, { "underexposed", "underexposed", 8 }, { "under exposed", "underexposed", 8 },
    { "overexpose", "overexposed", 8 }, { "overexposed", "overexposed", 8 }, { "over exposed", "overexposed", 8 },
    { "wash out", "overexposed", 4 }, { "washed out", "overexposed", 5 }, { "high key", "overexposed", 6 }, { "low key", "hard side", 6 },

    { "dark", "dark", 3 }, { "darker", "dark", 3 }, { "darken", "dark", 3 }, { "gloomy", "dark", 3 }, { "shadow", NULL, 0 },
    { "bright", "bright", 3 }, { "brighter", "bright", 3 }, { "brighten", "bright", 3 }, { "warm", "warm", 3 }, { "warmer", "warm", 3 },
    { "cozy", "warm", 3 }, { "cosy", "warm", 3 }, { "cool", "cool", 3 }, { "cold", "cool", 3 }, { "colder", "cool", 3 }, { "cooler", "cool", 3 },
    { "soft", "soft", 3 }, { "gentle", "soft", 3 }, { "contrast", "contrast", 3 }, { "dramatic", "contrast", 3 }, { "muted", "muted", 3 },
    { "dull", "muted", 3 }, { "pale", "muted", 3 }, { "faded", "muted", 3 }, { "vivid", "vivid", 3 }, { "colourful", "vivid", 3 },
    { "colorful", "vivid", 3 }, { "saturated", "vivid", 3 },
    { "warm light", "warm", 3 }, { "low contrast", "soft", 4 }, { "softened contrast", "soft", 4 }, { "gentle contrast", "soft", 4 },
};

static const struct {
    const char *word;
    uint32_t rgb;
} colours[] = {
    { "red", 0xFF2818 }, { "crimson", 0xFF1830 }, { "orange", 0xFF8420 }, { "amber", 0xFFA030 }, { "yellow", 0xFFDC30 }, { "green", 0x58F078 },
    { "teal", 0x20D8C0 }, { "turquoise", 0x20E0D0 }, { "cyan", 0x10E0FF }, { "blue", 0x3868FF }, { "indigo", 0x5040FF }, { "violet", 0x9040FF },
    { "purple", 0xA838FF }, { "magenta", 0xFF20C0 }, { "pink", 0xFF60B8 }, { "white", 0xFFFFFF }, { "grey", 0xBCC0C4 }, { "gray", 0xBCC0C4 },
    { "brown", 0xA87848 },
};

static const struct {
    const char *word;
    float amount;
} degrees[] = {
    { "light", 0.75f }, { "thin", 0.7f }, { "fine", 0.8f }, { "faint", 0.65f }, { "slight", 0.65f }, { "slightly", 0.65f }, { "weak", 0.75f },
    { "gentle", 0.75f }, { "mild", 0.75f }, { "subtle", 0.6f }, { "little", 0.65f }, { "heavy", 1.35f }, { "dense", 1.35f }, { "thick", 1.35f },
    { "strong", 1.2f }, { "strongly", 1.2f }, { "intense", 1.3f }, { "extreme", 1.5f }, { "very", 1.2f },
};
/* clang-format on */

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || (c & 0x80);
}

/* How many bytes of `text` a phrase covers, 0 when it does not stand there. Any run of spaces and hyphens
 * stands for a space; a final plural "s" is overlooked. */
static size_t phrase_length(const char *text, const char *phrase)
{
    const char *t = text;
    for (const char *p = phrase; *p; p++) {
        if (*p == ' ') {
            if (!isspace((unsigned char)*t) && *t != '-')
                return 0;
            while (isspace((unsigned char)*t) || *t == '-')
                t++;
        } else if (tolower((unsigned char)*t) != *p) {
            return 0;
        } else {
            t++;
        }
    }
    if ((*t == 's' || *t == 'S') && !is_word_char(t[1]))
        t++;
    return is_word_char(*t) ? 0 : (size_t)(t - text);
}

/* One phrase that was found. */
typedef struct {
    const Phrase *phrase;
    size_t at, end;
} Match;

enum { MATCHES_MAX = 64 };

/* A phrase of two words covers more text than one of its words, so the longest at a place is taken; of two
 * that cover the same text, the one that is written longer ("bulbs" before "bulb"). */
static size_t find_matches(Match *m, const char *text)
{
    size_t n = 0;
    for (size_t i = 0; text[i] && n < MATCHES_MAX; i++) {
        if (!is_word_char(text[i]) || (i > 0 && is_word_char(text[i - 1])))
            continue;
        Match best = { NULL, i, i };
        for (size_t k = 0; k < sizeof phrases / sizeof *phrases; k++) {
            size_t len = phrase_length(text + i, phrases[k].phrase);
            if (len > best.end - i ||
                (len && len == best.end - i && strlen(phrases[k].phrase) > strlen(best.phrase->phrase)))
                best = (Match){ &phrases[k], i, i + len };
        }
        if (best.phrase) {
            m[n++] = best;
            i = best.end - 1;
        }
    }
    return n;
}

static bool has_at(const char *text, size_t at, size_t to, const char *phrase)
{
    size_t len = phrase_length(text + at, phrase);
    return len && at + len <= to;
}

/* The side named between two places; the weightier wording counts, then the earlier one. "The right side of
 * everything" or "shadows to the left" say where light does not come from. */
static Side find_side(const char *text, size_t from, size_t to)
{
    static const struct {
        const char *phrase;
        Side side;
        int weight;
    } sides[] = {
        { "from the left", SIDE_LEFT, 3 },      { "from the right", SIDE_RIGHT, 3 },
        { "from left", SIDE_LEFT, 3 },          { "from right", SIDE_RIGHT, 3 },
        { "on the left", SIDE_LEFT, 2 },        { "on the right", SIDE_RIGHT, 2 },
        { "at the left", SIDE_LEFT, 2 },        { "at the right", SIDE_RIGHT, 2 },
        { "left side", SIDE_LEFT, 1 },          { "right side", SIDE_RIGHT, 1 },
        { "from one side", SIDE_ONE, 2 },       { "on one side", SIDE_ONE, 2 },
        { "from the other", SIDE_OTHER, 2 },    { "on the other", SIDE_OTHER, 2 },
        { "right side of", SIDE_OPEN, 0 },      { "left side of", SIDE_OPEN, 0 },
        { "left hand side", SIDE_LEFT, 2 },     { "right hand side", SIDE_RIGHT, 2 },
        { "from the left hand", SIDE_LEFT, 3 }, { "from the right hand", SIDE_RIGHT, 3 },
    };
    Side best = SIDE_OPEN;
    int most = 0;
    for (size_t i = from; i < to && text[i]; i++) {
        if (i > 0 && is_word_char(text[i - 1]))
            continue;
        for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
            if (sides[k].weight > most && has_at(text, i, to, sides[k].phrase)) {
                best = sides[k].side;
                most = sides[k].weight;
            }
    }
    return best;
}

/* The last colour word, and the degree, between two places. */
static void find_modifiers(Wish *w, const char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to && text[i]; i++) {
        if (i > 0 && is_word_char(text[i - 1]))
            continue;
        for (size_t k = 0; k < sizeof colours / sizeof *colours; k++)
            if (has_at(text, i, to, colours[k].word))
                w->colour = colours[k].rgb;
        /* "Light" is a degree of what falls or hangs in the air ("light rain") and else a thing or a deed. */
        bool weather = w->look->kind == LOOK_AIR || w->look->kind == LOOK_FALL;
        for (size_t k = weather ? 0 : 1; k < sizeof degrees / sizeof *degrees; k++)
            if (has_at(text, i, to, degrees[k].word))
                w->amount = degrees[k].amount;
    }
}

/* What stands before and after a match belongs to it as far as its clause and the neighbouring matches. */
static Wish wish_of(const char *text, const Match *m, size_t n, size_t k)
{
    enum { NEAR = 30 };
    Wish w = { .look = look_find(m[k].phrase->look), .amount = 1 };
    size_t from = m[k].at > NEAR ? m[k].at - NEAR : 0;
    for (size_t i = from; i < m[k].at; i++)
        if (strchr(".,;:", text[i]))
            from = i + 1;
    if (k > 0 && m[k - 1].end > from && m[k - 1].phrase->look &&
        look_find(m[k - 1].phrase->look)->kind != LOOK_TONE)
        from = m[k - 1].end;
    find_modifiers(&w, text, from, m[k].end);
    size_t to = strlen(text);
    for (size_t i = k + 1; i < n && to == strlen(text); i++)
        if (m[i].phrase->look && look_find(m[i].phrase->look)->kind != LOOK_TONE)
            to = m[i].at;
    w.side = find_side(text, m[k].end, to);
    if (w.side == SIDE_OPEN)
        w.side = find_side(text, from, m[k].end);
    if (w.side == SIDE_OPEN)
        w.side = find_side(text, 0, strlen(text));
    return w;
}

typedef struct {
    const Look *look;
    int score;
} Best;

/* The strongest look of each kind by the sum of its phrases. */
static void choose(Best best[LOOK_KINDS], const Match *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const Look *look = m[i].phrase->look ? look_find(m[i].phrase->look) : NULL;
        int score = 0;
        for (size_t k = 0; look && k < n; k++)
            if (m[k].phrase->look && strcmp(m[k].phrase->look, look->name) == 0)
                score += m[k].phrase->weight;
        if (look && score > best[look->kind].score)
            best[look->kind] = (Best){ look, score };
    }
    /* "Sun through blinds" names what the pattern is made of, not a second light. */
    if (best[LOOK_PATTERN].look && best[LOOK_LIGHT].score <= 3)
        best[LOOK_LIGHT] = (Best){ 0 };
    if (best[LOOK_AIR].look && best[LOOK_LIGHT].score <= 2)
        best[LOOK_LIGHT] = (Best){ 0 };
    for (int kind = 0; kind < LOOK_TONE; kind++)
        if (best[kind].look)
            best[LOOK_TONE] = (Best){ 0 };
}

static bool wanted(const Best *best, const Look *look)
{
    return best->look && (best->look == look || look->adds);
}

/* The same look twice is one wish unless it has two sides, as with neon of two colours. */
static bool repeats(const Wishes *w, const Wish *wish)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->wish[i].look == wish->look && (w->wish[i].side == wish->side || !wish->look->two_sided))
            return true;
    return false;
}

/* A colour word alone asks for a lamp of that colour. */
static void read_colour(Wishes *w, const char *text)
{
    Wish wish = { .look = look_find("coloured lamp"), .amount = 1 };
    find_modifiers(&wish, text, 0, strlen(text));
    wish.side = find_side(text, 0, strlen(text));
    if ((wish.colour || wish.side != SIDE_OPEN) && w->count < WISHES_MAX)
        w->wish[w->count++] = wish;
}

void wishes_read(Wishes *w, const char *prompt)
{
    char text[PROMPT_READ_MAX + 1];
    size_t len = prompt ? strnlen(prompt, PROMPT_READ_MAX) : 0;
    memcpy(text, prompt ? prompt : "", len);
    text[len] = 0;
    *w = (Wishes){ 0 };
    Match m[MATCHES_MAX];
    size_t n = find_matches(m, text);
    Best best[LOOK_KINDS] = { { 0 } };
    choose(best, m, n);
    for (int kind = 0; kind < LOOK_KINDS; kind++)
        for (size_t k = 0; k < n && w->count < WISHES_MAX; k++) {
            const Look *look = m[k].phrase->look ? look_find(m[k].phrase->look) : NULL;
            if (!look || (int)look->kind != kind || !wanted(&best[kind], look))
                continue;
            Wish wish = wish_of(text, m, n, k);
            if (!repeats(w, &wish))
                w->wish[w->count++] = wish;
        }
    if (!best[LOOK_LIGHT].look && !best[LOOK_PATTERN].look && (w->count == 0 || best[LOOK_TONE].look))
        read_colour(w, text);
}
