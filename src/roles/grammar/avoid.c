#include "roles/grammar/avoid.h"

#include "roles/grammar/sense.h"

#include <string.h>
#include <strings.h>

/* An entry that scores this for a family of scenes names the place itself and not a thing that stands there.
 */
enum { NAMES_A_PLACE = 8 };

static bool among(const char *text, size_t n, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == n && strncasecmp(text, *words, n) == 0)
            return true;
    return false;
}

/* Bytes of words at the start that forbid nothing by themselves. */
static size_t idle_start(const char *text)
{
    static const char *const words[] = { "a ",   "an ",   "the ",   "any ",  "no ",
                                         "all ", "some ", "other ", "more ", NULL };
    for (size_t i = 0; words[i]; i++)
        if (strncasecmp(text, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

static bool add_forms(Avoid *a, const char *text, size_t n)
{
    static const char *const idle[] = { "a",   "an",  "the", "of",  "in",   "on",   "at", "to",
                                        "and", "or",  "it",  "is",  "with", "from", "by", "any",
                                        "no",  "not", "its", "are", "as",   NULL };
    if (n == 0 || among(text, n, idle))
        return true;
    if (!text_list_add_n(&a->words, text, n))
        return false;
    bool s = n > 3 && (text[n - 1] == 's' || text[n - 1] == 'S') && text[n - 2] != 's';
    bool es = s && n > 4 && text[n - 2] == 'e' && strchr("hsxz", text[n - 3]);
    return (!s || text_list_add_n(&a->words, text, n - 1)) &&
           (!es || text_list_add_n(&a->words, text, n - 2));
}

/* Where "people and hands" goes on, the end of the text otherwise. */
static const char *joint(const char *text, size_t *length)
{
    static const char *const words[] = { " and ", " or ", NULL };
    const char *first = text + strlen(text);
    *length = 0;
    for (size_t i = 0; words[i]; i++) {
        const char *at = strstr(text, words[i]);
        if (at && at < first) {
            first = at;
            *length = strlen(words[i]);
        }
    }
    return first;
}

static void ban_kinds(Avoid *a, const char *entry)
{
    static const char *const open[] = { "outdoors", "outdoor", "outdoor scenes", "outside", NULL };
    static const char *const closed[] = { "indoors", "indoor", "indoor scenes", "inside", NULL };
    Sense s = sense_of(entry);
    int family = sense_family(&s);
    for (int k = 0; k < LIGHT_KINDS; k++) {
        const LightLook *look = light_look((LightKind)k);
        if ((look->weather & s.weather) ||
            (s.hour != HOUR_UNSAID && s.hour != HOUR_DAY && look->hour == s.hour))
            a->lights |= 1u << k;
    }
    if (family != FAMILY_UNSAID && sense_score(&s, family) >= NAMES_A_PLACE)
        a->families |= 1u << family;
    a->outdoors |= among(entry, strlen(entry), open);
    a->indoors |= among(entry, strlen(entry), closed);
}

bool avoid_read(Avoid *a, const TextList *entries)
{
    *a = (Avoid){ 0 };
    for (size_t i = 0; i < entries->count; i++) {
        ban_kinds(a, entries->text[i]);
        for (const char *s = entries->text[i]; *s;) {
            size_t skip;
            s += idle_start(s);
            const char *end = joint(s, &skip);
            if (!add_forms(a, s, (size_t)(end - s))) {
                avoid_clear(a);
                return false;
            }
            s = end + skip;
        }
    }
    return true;
}

bool avoid_forbids(const Avoid *a, const char *text)
{
    for (size_t i = 0; i < a->words.count; i++)
        if (words_contain(text, a->words.text[i]))
            return true;
    return false;
}

void avoid_clear(Avoid *a)
{
    text_list_clear(&a->words);
    *a = (Avoid){ 0 };
}
