#include "roles/grammar/environment.h"

#include "base/str.h"
#include "roles/grammar/english.h"
#include "roles/grammar/sense.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef enum { AS_FAMILY, INSIDE, OUTSIDE } Shelter;

/* How one speaks of being at a place, and whether it has a roof. */
typedef struct {
    const char *noun, *preposition;
    Shelter shelter;
} Noun;

static const Noun nouns[] = {
    { "beach hut", "at", OUTSIDE },
    { "mountain hut", "at", OUTSIDE },
    { "top", "on", OUTSIDE },
    { "hilltop", "on", OUTSIDE },
    { "summit", "on", OUTSIDE },
    { "kitchen", "in", INSIDE },
    { "bakery", "in", INSIDE },
    { "pantry", "in", INSIDE },
    { "living room", "in", INSIDE },
    { "lounge", "in", INSIDE },
    { "apartment", "in", INSIDE },
    { "bedroom", "in", INSIDE },
    { "hotel room", "in", INSIDE },
    { "hostel", "in", INSIDE },
    { "attic", "in", INSIDE },
    { "bathroom", "in", INSIDE },
    { "office", "in", INSIDE },
    { "meeting room", "in", INSIDE },
    { "conference room", "in", INSIDE },
    { "laboratory", "in", INSIDE },
    { "library", "in", INSIDE },
    { "reading room", "in", INSIDE },
    { "study", "in", INSIDE },
    { "bookstore", "in", INSIDE },
    { "classroom", "in", INSIDE },
    { "school", "in", INSIDE },
    { "kindergarten", "in", INSIDE },
    { "workshop", "in", INSIDE },
    { "garage", "in", INSIDE },
    { "shed", "in", INSIDE },
    { "warehouse", "in", INSIDE },
    { "factory", "in", INSIDE },
    { "hangar", "in", INSIDE },
    { "basement", "in", INSIDE },
    { "bar", "in", INSIDE },
    { "pub", "in", INSIDE },
    { "tavern", "in", INSIDE },
    { "nightclub", "in", INSIDE },
    { "supermarket", "in", INSIDE },
    { "shop", "in", INSIDE },
    { "store", "in", INSIDE },
    { "mall", "in", INSIDE },
    { "pharmacy", "in", INSIDE },
    { "boutique", "in", INSIDE },
    { "studio", "in", INSIDE },
    { "gallery", "in", INSIDE },
    { "museum", "in", INSIDE },
    { "room", "in", INSIDE },
    { "hall", "in", INSIDE },
    { "hallway", "in", INSIDE },
    { "house", "in", INSIDE },
    { "cabin", "in", INSIDE },
    { "hut", "in", INSIDE },
    { "compartment", "in", INSIDE },
    { "hospital", "in", INSIDE },
    { "car", "in", INSIDE },
    { "gym", "in", INSIDE },
    { "greenhouse", "in", AS_FAMILY },
    { "cafe", "at", AS_FAMILY },
    { "café", "at", AS_FAMILY },
    { "coffee shop", "at", AS_FAMILY },
    { "bistro", "at", AS_FAMILY },
    { "restaurant", "at", AS_FAMILY },
    { "diner", "at", AS_FAMILY },
    { "forest", "in", OUTSIDE },
    { "woods", "in", OUTSIDE },
    { "woodland", "in", OUTSIDE },
    { "jungle", "in", OUTSIDE },
    { "rainforest", "in", OUTSIDE },
    { "trail", "on", OUTSIDE },
    { "beach", "on", OUTSIDE },
    { "seaside", "at", OUTSIDE },
    { "coast", "on", OUTSIDE },
    { "shore", "on", OUTSIDE },
    { "island", "on", OUTSIDE },
    { "sea", "by", OUTSIDE },
    { "ocean", "by", OUTSIDE },
    { "desert", "in", OUTSIDE },
    { "canyon", "in", OUTSIDE },
    { "dune", "on", OUTSIDE },
    { "snow", "in", OUTSIDE },
    { "glacier", "on", OUTSIDE },
    { "slope", "on", OUTSIDE },
    { "garden", "in", OUTSIDE },
    { "lawn", "on", OUTSIDE },
    { "backyard", "in", OUTSIDE },
    { "yard", "in", OUTSIDE },
    { "orchard", "in", OUTSIDE },
    { "park", "in", OUTSIDE },
    { "playground", "on", OUTSIDE },
    { "meadow", "in", OUTSIDE },
    { "mountain", "on", OUTSIDE },
    { "hill", "on", OUTSIDE },
    { "field", "in", OUTSIDE },
    { "campsite", "at", OUTSIDE },
    { "valley", "in", OUTSIDE },
    { "pasture", "in", OUTSIDE },
    { "farm", "on", OUTSIDE },
    { "countryside", "in", OUTSIDE },
    { "lake", "at", OUTSIDE },
    { "dock", "on", OUTSIDE },
    { "pier", "on", OUTSIDE },
    { "jetty", "on", OUTSIDE },
    { "river", "by", OUTSIDE },
    { "pond", "by", OUTSIDE },
    { "harbour", "in", OUTSIDE },
    { "harbor", "in", OUTSIDE },
    { "marina", "in", OUTSIDE },
    { "waterfront", "on", OUTSIDE },
    { "terrace", "on", OUTSIDE },
    { "balcony", "on", OUTSIDE },
    { "patio", "on", OUTSIDE },
    { "rooftop", "on", OUTSIDE },
    { "veranda", "on", OUTSIDE },
    { "porch", "on", OUTSIDE },
    { "street", "on", OUTSIDE },
    { "city", "in", OUTSIDE },
    { "road", "on", OUTSIDE },
    { "sidewalk", "on", OUTSIDE },
    { "pavement", "on", OUTSIDE },
    { "alley", "in", OUTSIDE },
    { "car park", "in", OUTSIDE },
    { "parking lot", "in", OUTSIDE },
    { "town", "in", OUTSIDE },
    { "village", "in", OUTSIDE },
    { "square", "on", OUTSIDE },
    { "station", "at", OUTSIDE },
    { "platform", "on", OUTSIDE },
    { "airport", "at", AS_FAMILY },
    { "bus stop", "at", OUTSIDE },
    { "market", "at", OUTSIDE },
    { "stall", "at", OUTSIDE },
    { "bazaar", "in", OUTSIDE },
    { "fair", "at", OUTSIDE },
    { "kiosk", "at", OUTSIDE },
    { "corridor", "in", INSIDE },
    { "lift", "in", INSIDE },
    { "staircase", "on", INSIDE },
    { "cinema", "in", INSIDE },
    { "church", "in", INSIDE },
    { "theatre", "in", INSIDE },
    { "clinic", "in", INSIDE },
    { "canteen", "in", INSIDE },
    { "cafeteria", "in", INSIDE },
    { "salon", "in", INSIDE },
    { "cellar", "in", INSIDE },
    { "lobby", "in", INSIDE },
    { "laundry", "in", INSIDE },
    { "site", "on", OUTSIDE },
    { "stadium", "in", OUTSIDE },
    { "bridge", "on", OUTSIDE },
    { "courtyard", "in", OUTSIDE },
    { "vineyard", "in", OUTSIDE },
    { "boat", "on", OUTSIDE },
    { "deck", "on", OUTSIDE },
};

/* Entries that are whole phrases by themselves. */
static const struct {
    const char *entry, *phrase;
} fixed[] = {
    { "home", "at home" },
    { "outdoors", "outdoors" },
    { "outside", "outdoors" },
    { "outdoor", "outdoors" },
    { "indoors", "indoors" },
    { "inside", "indoors" },
    { "indoor", "indoors" },
    { "downtown", "downtown" },
    { "nature", "in nature" },
    { "winter", "in winter" },
    { "camping", "at a campsite" },
    { "school", "in a school" },
    { "mountains", "in the mountains" },
    { "countryside", "in the countryside" },
    { "city", "in a city" },
    { "woods", "in the woods" },
    { "snow", "in the snow" },
    { "sea", "by the sea" },
    { "ocean", "by the ocean" },
    { "seaside", "at the seaside" },
    { "hiking", "on a hiking trail" },
};

/* What one stands things on, at the end of an entry. */
static const char *const surfaces[] = { "coffee table", "picnic table", "bar counter", "table",
                                        "counter",      "countertop",   "desk",        "bench",
                                        "shelf",        "workbench",    "worktop",     "windowsill",
                                        "nightstand",   "sideboard",    "dresser",     NULL };

/* Where the whole word at the end of the first n bytes of text starts when it is `word` or its plural, else
 * n. */
static size_t ending(const char *text, size_t n, const char *word)
{
    size_t w = strlen(word);
    bool plural =
        n > w && (text[n - 1] == 's' || text[n - 1] == 'S') && strncasecmp(text + n - 1 - w, word, w) == 0;
    size_t start = n - plural >= w ? n - plural - w : n;
    return start < n && strncasecmp(text + start, word, w) == 0 && (start == 0 || text[start - 1] == ' ')
               ? start
               : n;
}

static const Noun *noun_of(const char *text, size_t n)
{
    const Noun *best = NULL;
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
        if (ending(text, n, nouns[i].noun) < n && (!best || strlen(nouns[i].noun) > strlen(best->noun)))
            best = &nouns[i];
    return best;
}

static bool starts_with_preposition(const char *text)
{
    static const char *const words[] = { "in ",      "on ",     "at ",      "by ",      "near ",
                                         "under ",   "beside ", "inside ",  "outside ", "along ",
                                         "next to ", "behind ", "between ", "above ",   "among ",
                                         "around ",  "below ",  "next ",    "within ",  "in front ",
                                         NULL };
    for (size_t i = 0; words[i]; i++)
        if (strncasecmp(text, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* "kitchen counter" is a counter in a kitchen; 0 when no surface ends the entry, else where its word starts.
 */
static size_t surface_start(const char *entry, size_t n)
{
    for (size_t i = 0; surfaces[i]; i++) {
        size_t start = ending(entry, n, surfaces[i]);
        if (start > 1 && start < n)
            return start;
    }
    return 0;
}

static void add_place(Str *out, const char *preposition, const char *noun)
{
    str_printf(out, "%s ", preposition);
    const char *end = english_head_end(noun);
    if (english_plural(noun) || strncmp(end, " of ", 4) == 0)
        str_printf(out, "%s%s", english_determined(noun) ? "" : "the ", noun);
    else
        english_add_noun(out, noun);
}

/* The phrase of an entry without a preposition of its own. */
static void add_phrase(Str *out, const char *entry, const Noun *noun)
{
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcasecmp(entry, fixed[i].entry) == 0) {
            str_add(out, fixed[i].phrase);
            return;
        }
    add_place(out, noun ? noun->preposition : "in", entry);
}

static bool sheltered(const Noun *noun, int family)
{
    if (noun && noun->shelter != AS_FAMILY)
        return noun->shelter == INSIDE;
    return family != FAMILY_UNSAID && place_of_family(family, true)->family;
}

/* The entry "kitchen counter", its surface from byte `at` on. */
static void read_surface(Str *phrase, Str *surface, const char *entry, size_t at)
{
    char *place = strndup(entry, at - 1);
    const Noun *noun = place ? noun_of(place, at - 1) : NULL;
    phrase->failed |= !place;
    if (noun) {
        add_phrase(phrase, place, noun);
        english_add_noun(surface, entry + at);
    } else {
        english_add_noun(surface, entry);
    }
    free(place);
}

bool environment_read(Environment *e, const char *entry)
{
    Sense sense = sense_of(entry);
    int family = sense_family(&sense);
    size_t head = (size_t)(english_head_end(entry) - entry), at = surface_start(entry, strlen(entry));
    Str phrase = { 0 }, surface = { 0 };
    const Noun *noun = noun_of(entry, at ? at - 1 : head);
    *e = (Environment){ .place = place_of_family(family, sheltered(noun, family)) };
    if (starts_with_preposition(entry))
        str_add(&phrase, entry);
    else if (at)
        read_surface(&phrase, &surface, entry, at);
    else
        add_phrase(&phrase, entry, noun);
    bool ok = !phrase.failed && !surface.failed;
    e->phrase = phrase.len ? str_take(&phrase) : NULL;
    e->surface = surface.len ? str_take(&surface) : NULL;
    str_clear(&phrase);
    str_clear(&surface);
    if (!ok)
        environment_clear(e);
    return ok;
}

void environment_clear(Environment *e)
{
    free(e->phrase);
    free(e->surface);
    *e = (Environment){ 0 };
}

static bool negated(const char *sentence)
{
    static const char *const words[] = { "not", "never", "no", "avoid", "without", "except", "don't", "nor" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words_contain(sentence, words[i]))
            return true;
    return false;
}

static bool add_once(TextList *out, const char *text)
{
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->text[i], text) == 0)
            return true;
    return text_list_add(out, text);
}

/* A longer name counts alone: "coffee shop" is no shop. */
static bool part_of_longer(const char *sentence, const char *noun)
{
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
        if (strlen(nouns[i].noun) > strlen(noun) && words_contain(nouns[i].noun, noun) &&
            words_contain(sentence, nouns[i].noun))
            return true;
    return false;
}

static bool find_in_sentence(const char *sentence, TextList *out)
{
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
        const char *noun = nouns[i].noun;
        Sense s;
        if (!words_contain(sentence, noun) || part_of_longer(sentence, noun))
            continue;
        s = sense_of(noun);
        int family = sense_family(&s);
        if (family != FAMILY_UNSAID && sense_score(&s, family) >= 5 && !add_once(out, noun))
            return false;
    }
    return true;
}

bool environment_find(const char *prose, TextList *out)
{
    bool ok = true;
    for (const char *s = prose; ok && *s;) {
        size_t n = strcspn(s, ".!?\n");
        char *sentence = strndup(s, n);
        ok = sentence && (negated(sentence) || find_in_sentence(sentence, out));
        free(sentence);
        s += n + (s[n] != '\0');
    }
    return ok;
}
