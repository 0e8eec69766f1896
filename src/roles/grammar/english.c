#include "roles/grammar/english.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || (c & 0x80);
}

static bool starts(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

static bool starts_with_any(const char *text, const char *const *with)
{
    for (; *with; with++)
        if (starts(text, *with))
            return true;
    return false;
}

/* À to Æ, È to Ï, Ò to Ö, Ø to Ü and their small ones, as UTF-8. */
static bool accented_vowel(const char *s)
{
    uint8_t c = (uint8_t)s[1] & 0xdf; /* the small letter is 0x20 further */
    return (uint8_t)s[0] == 0xc3 && ((c >= 0x80 && c <= 0x86) || (c >= 0x88 && c <= 0x8f) ||
                                     (c >= 0x92 && c <= 0x96) || (c >= 0x98 && c <= 0x9c));
}

/* "LED", "MP3": read letter by letter. */
static bool is_abbreviation(const char *word)
{
    size_t n = 0;
    for (; isupper((unsigned char)word[n]) || isdigit((unsigned char)word[n]); n++)
        ;
    return n >= 2 && n <= 3 && !is_word_byte(word[n]) && isupper((unsigned char)*word);
}

/* "an" before a word that is spoken with a vowel at its start, else "a". */
static const char *article_of(const char *word)
{
    static const char *const consonant[] = { "uni", "use",  "usual", "util", "ute", "euro",
                                             "ewe", "one-", "one ",  "ura",  "uku", NULL };
    static const char *const vowel[] = { "hour", "honest", "heir", "honour", "11 ",
                                         "18",   "8",      "unin", "unim",   NULL };
    if (starts_with_any(word, vowel) || accented_vowel(word))
        return "an";
    if (starts_with_any(word, consonant))
        return "a";
    if (is_abbreviation(word))
        return strchr("AEFHILMNORSX", *word) ? "an" : "a";
    return *word && strchr("aeiouAEIOU", *word) ? "an" : "a";
}

bool english_determined(const char *phrase)
{
    static const char *const words[] = { "a ",     "an ",   "the ",     "some ",    "two ",  "three ",
                                         "four ",  "five ", "several ", "many ",    "one ",  "my ",
                                         "his ",   "her ",  "their ",   "another ", "both ", "a few ",
                                         "any ",   "each ", "every ",   "six ",     "ten ",  "this ",
                                         "these ", "your ", "our ",     "its ",     NULL };
    size_t digits = strspn(phrase, "0123456789");
    return (digits && phrase[digits] == ' ') || starts_with_any(phrase, words);
}

const char *english_head_end(const char *phrase)
{
    static const char *const links[] = { " of ",      " with ",   " in ",     " on ",  " at ",
                                         " from ",    " by ",     " near ",   " for ", " and ",
                                         " under ",   " beside ", " behind ", " (",    " full ",
                                         " through ", " during ", " that ",   " to ",  " seen ",
                                         " outside ", ",",        NULL };
    const char *end = phrase + strlen(phrase);
    for (const char *const *l = links; *l; l++) {
        const char *at = strstr(phrase, *l);
        if (at && at < end && at > phrase)
            end = at;
    }
    return end;
}

static const char *last_word(const char *phrase, const char *end)
{
    const char *s = end;
    while (s > phrase && is_word_byte(s[-1]))
        s--;
    return s;
}

static bool among(const char *word, size_t n, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == n && strncasecmp(word, *words, n) == 0)
            return true;
    return false;
}

bool english_plural(const char *phrase)
{
    static const char *const singular[] = { "glass",    "compass",   "canvas", "bus",   "cactus",
                                            "lens",     "gas",       "atlas",  "chess", "iris",
                                            "moss",     "grass",     "brass",  "press", "dress",
                                            "mattress", "christmas", "tennis", NULL };
    static const char *const plural[] = { "people", "children", "leaves", "mice", "teeth", "feet", NULL };
    const char *end = english_head_end(phrase), *word = last_word(phrase, end);
    size_t n = (size_t)(end - word);
    if (among(word, n, plural))
        return true;
    return n > 2 && tolower((unsigned char)end[-1]) == 's' && !among(word, n, singular) &&
           !strchr("suiSUI", end[-2]);
}

/* True when the noun that the phrase is about is plural or cannot be counted ("pine cones", "bread"). */
static bool takes_no_article(const char *phrase)
{
    static const char *const masses[] = {
        "bread",       "water",    "sand",      "snow",     "grass",   "moss",       "gravel",   "rice",
        "fruit",       "paper",    "sugar",     "salt",     "light",   "daylight",   "sunlight", "coffee",
        "tea",         "milk",     "cheese",    "butter",   "laundry", "stationery", "cutlery",  "clothing",
        "firewood",    "wood",     "ivy",       "lavender", "asphalt", "concrete",   "marble",   "leather",
        "candlelight", "lighting", "moonlight", "fog",      "mist",    "rain",       "shade",    "dusk",
        "twilight",    "string",   "wool",      "straw",    "hay",     "soil",       "mud",      "driftwood",
        "sawdust",     "parquet",  "grit",      "turf",     "linen",   "jewellery",  "jewelry",  "furniture",
        "luggage",     NULL
    };
    const char *end = english_head_end(phrase), *word = last_word(phrase, end);
    return english_plural(phrase) || among(word, (size_t)(end - word), masses);
}

/* "3rd floor" */
static bool is_ordinal(const char *phrase)
{
    static const char *const ends[] = { "st ", "nd ", "rd ", "th ", NULL };
    size_t digits = strspn(phrase, "0123456789");
    return digits && starts_with_any(phrase + digits, ends);
}

void english_add_noun(Str *out, const char *phrase)
{
    if (is_ordinal(phrase))
        str_add(out, "the ");
    else if (!english_determined(phrase) && !takes_no_article(phrase))
        str_printf(out, "%s ", article_of(phrase));
    str_add(out, phrase);
}

void english_add_list(Str *out, const char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        str_printf(out, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " and ", items[i]);
}

size_t english_words(const char *text)
{
    size_t words = 0;
    for (const char *s = text; *s; s++)
        words += !isspace((unsigned char)*s) && (s == text || isspace((unsigned char)s[-1]));
    return words;
}
