#include "roles/grammar/stock.h"

#include "base/str.h"
#include "roles/grammar/english.h"
#include "roles/grammar/environment.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* An entry of more words is a description, and would fill the prompt by itself. */
enum { ENTRY_WORDS_MAX = 9 };

/* ---- options ------------------------------------------------------------------------------------- */

static bool grow(void **at, size_t count, size_t size)
{
    if (count & (count - 1)) /* doubled at each power of two */
        return true;
    size_t want = count ? 2 * count : 1;
    void *grown = want > SIZE_MAX / size ? NULL : realloc(*at, want * size);
    if (!grown)
        return false;
    *at = grown;
    return true;
}

static bool options_add(Options *list, const Option *option)
{
    if (!grow((void **)&list->at, list->count, sizeof *list->at))
        return false;
    list->at[list->count++] = option;
    return true;
}

/* An option that lives as long as the stock; its text is borrowed. NULL: no memory. */
static Option *option_new(Stock *s, const char *text, bool own)
{
    if (!grow((void **)&s->options, s->option_count, sizeof *s->options))
        return NULL;
    Option *o = malloc(sizeof *o);
    if (!o)
        return NULL;
    *o = (Option){ text, sense_of(text), own };
    s->options[s->option_count++] = o;
    return o;
}

/* An option of a text that the stock keeps. Takes the text and clears it. */
static Option *option_of(Stock *s, Str *text)
{
    bool ok = !text->failed && text_list_add(&s->texts, str_text(text));
    str_clear(text);
    return ok ? option_new(s, s->texts.text[s->texts.count - 1], true) : NULL;
}

/* ---- the built-in places ------------------------------------------------------------------------- */

static bool add_texts(Stock *s, Options *list, const char *const *texts)
{
    for (; *texts; texts++) {
        if (avoid_forbids(&s->avoid, *texts))
            continue;
        const Option *o = option_new(s, *texts, false);
        if (!o || !options_add(list, o))
            return false;
    }
    return true;
}

static bool add_places(Stock *s)
{
    s->places = calloc(PLACE_KINDS, sizeof *s->places);
    if (!s->places)
        return false;
    for (size_t i = 0; i < PLACE_KINDS; i++) {
        const Place *p = place_at(i);
        PlaceStock *to = &s->places[i];
        if (!add_texts(s, &to->phrases, p->places) || !add_texts(s, &to->surfaces, p->surfaces) ||
            !add_texts(s, &to->companions, p->companions) || !add_texts(s, &to->behind, p->behind))
            return false;
    }
    return true;
}

/* ---- the project's own phrases ------------------------------------------------------------------- */

static bool usable(const Stock *s, const char *entry)
{
    return english_words(entry) <= ENTRY_WORDS_MAX && !avoid_forbids(&s->avoid, entry);
}

/* "on a table" gives the surface "a table". */
static const char *without_preposition(const char *entry)
{
    static const char *const words[] = { "on ", "upon ", "on top of ", "with ", NULL };
    for (size_t i = 0; words[i]; i++)
        if (strncasecmp(entry, words[i], strlen(words[i])) == 0)
            entry += strlen(words[i]);
    return entry;
}

typedef Options *(*ListOf)(PlaceStock *p);

static Options *own_surfaces(PlaceStock *p)
{
    return &p->own_surfaces;
}

static Options *own_companions(PlaceStock *p)
{
    return &p->own_companions;
}

/* Put each entry into the places that it fits. */
static bool add_entries(Stock *s, const TextList *entries, ListOf list)
{
    for (size_t i = 0; i < entries->count; i++) {
        const char *entry = without_preposition(entries->text[i]);
        if (!*entry || !usable(s, entry))
            continue;
        Str text = { 0 };
        english_add_noun(&text, entry);
        const Option *o = option_of(s, &text);
        PlaceSet fits = places_for(entry);
        if (!o)
            return false;
        for (size_t p = 0; p < PLACE_KINDS; p++)
            if ((fits >> p & 1) && !options_add(list(&s->places[p]), o))
                return false;
    }
    return true;
}

static bool add_style(Stock *s, const TextList *entries)
{
    static const char *const photo[] = {
        "photo", "photograph", "picture", "snapshot", "shot", "image", NULL
    };
    static const char *const manner[] = { "colours", "colors",   "tones", "light",    "shadows", "detail",
                                          "details", "contrast", "grain", "textures", NULL };
    for (size_t i = 0; i < entries->count; i++) {
        const char *entry = entries->text[i], *end = english_head_end(entry);
        bool is_photo = false, is_manner = false;
        for (size_t k = 0; photo[k]; k++)
            is_photo |= end - entry >= (ptrdiff_t)strlen(photo[k]) &&
                        strncasecmp(end - strlen(photo[k]), photo[k], strlen(photo[k])) == 0;
        for (size_t k = 0; manner[k]; k++)
            is_manner |= end - entry >= (ptrdiff_t)strlen(manner[k]) &&
                         strncasecmp(end - strlen(manner[k]), manner[k], strlen(manner[k])) == 0;
        if (!(is_photo || is_manner) || *end || !usable(s, entry))
            continue;
        Str text = { 0 };
        if (is_photo)
            english_add_noun(&text, entry);
        else
            str_add(&text, entry);
        const Option *o = option_of(s, &text);
        if (!o || !options_add(is_photo ? &s->photos : &s->manners, o))
            return false;
    }
    static const char *const plain_photos[] = { "a realistic photograph", "an ordinary photo",
                                                "a plain photo", NULL };
    static const char *const plain_manners[] = { "natural colours", "true-to-life colours", "fine detail",
                                                 NULL };
    return (s->photos.count || add_texts(s, &s->photos, plain_photos)) &&
           (s->manners.count || add_texts(s, &s->manners, plain_manners));
}

/* ---- spots --------------------------------------------------------------------------------------- */

static bool spots_add(Spots *list, Spot spot)
{
    if (!grow((void **)&list->at, list->count, sizeof *list->at))
        return false;
    list->at[list->count++] = spot;
    return true;
}

/* Something to stand on and at least two things to put beside. */
static bool furnished(const PlaceStock *p)
{
    return p->surfaces.count + p->own_surfaces.count && p->companions.count + p->own_companions.count >= 2;
}

static bool banned(const Stock *s, size_t place)
{
    const Place *p = place_at(place);
    if (p->indoors ? s->avoid.indoors : s->avoid.outdoors)
        return true;
    for (size_t i = 0; p->family && i < s->places[place].phrases.count; i++) {
        int family = sense_family(&s->places[place].phrases.at[i]->sense);
        if (family != FAMILY_UNSAID && (s->avoid.families >> family & 1))
            return true;
    }
    return !furnished(&s->places[place]);
}

static bool add_environment(Stock *s, const char *entry)
{
    Environment e;
    if (!usable(s, entry) || strncasecmp(entry, "with ", 5) == 0) /* the rest of the entry before */
        return true;
    if (!environment_read(&e, entry))
        return false;
    Spot spot = { .place = place_index(e.place) };
    Str text = { 0 };
    bool ok = true;
    if (e.phrase) {
        str_add(&text, e.phrase);
        ok = (spot.phrase = option_of(s, &text)) != NULL;
    }
    if (ok && e.surface) {
        str_add(&text, e.surface);
        ok = (spot.surface = option_of(s, &text)) != NULL;
    }
    environment_clear(&e);
    bool fine = furnished(&s->places[spot.place]) && (spot.phrase || s->places[spot.place].phrases.count);
    return ok && (!fine || spots_add(&s->own, spot));
}

static bool add_spots(Stock *s, const Project *project)
{
    TextList found = { 0 };
    const TextList *entries = &project->environments;
    bool ok = true;
    if (entries->count == 0) {
        ok = environment_find(project->prose, &found);
        entries = &found;
    }
    for (size_t i = 0; ok && i < entries->count; i++)
        ok = add_environment(s, entries->text[i]);
    text_list_clear(&found);
    for (size_t i = 0; ok && i < place_count(); i++)
        if (s->places[i].phrases.count && !banned(s, i))
            ok = spots_add(&s->built_in, (Spot){ .place = i });
    return ok;
}

/* ---- light --------------------------------------------------------------------------------------- */

static bool add_light(Stock *s, NamedLight light)
{
    if (!light.name || !grow((void **)&s->lights, s->light_count, sizeof *s->lights))
        return false;
    s->lights[s->light_count++] = light;
    return true;
}

static bool says_side(const char *entry)
{
    static const char *const words[] = { "from",  "through", "left",     "right",   "behind",
                                         "above", "window",  "overhead", "beneath", NULL };
    for (size_t i = 0; words[i]; i++)
        if (words_contain(entry, words[i]))
            return true;
    return false;
}

static bool add_lights(Stock *s, const TextList *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        const char *entry = without_preposition(entries->text[i]);
        LightKind kind = light_kind_of(entry);
        if (!*entry || !usable(s, entry) || (s->avoid.lights >> kind & 1))
            continue;
        Str text = { 0 };
        bool bare = words_contain(entry, "sun") || words_contain(entry, "sunset") ||
                    words_contain(entry, "backlight");
        if (bare)
            str_add(&text, entry);
        else
            english_add_noun(&text, entry);
        if (!add_light(s,
                       (NamedLight){ option_of(s, &text), kind, kind != LIGHT_BLINDS && says_side(entry) }))
            return false;
    }
    s->own_light_count = s->light_count;
    for (int k = 0; k < LIGHT_OTHER; k++)
        for (const char *const *name = light_look((LightKind)k)->names; *name; name++)
            if (!(s->avoid.lights >> k & 1) && !avoid_forbids(&s->avoid, *name) &&
                !add_light(s, (NamedLight){ option_new(s, *name, false), (LightKind)k, false }))
                return false;
    return true;
}

/* ---- the object ---------------------------------------------------------------------------------- */

static const char *without_article(const char *name)
{
    static const char *const words[] = { "a ", "an ", "the " };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncasecmp(name, words[i], strlen(words[i])) == 0 && name[strlen(words[i])])
            return name + strlen(words[i]);
    return name;
}

/* One line, without white space at the ends. */
static char *tidy_name(const char *name)
{
    Str out = { 0 };
    bool gap = false;
    for (; *name; name++) {
        if (isspace((unsigned char)*name) || (unsigned char)*name < ' ' || *name == 0x7f) {
            gap = true;
            continue;
        }
        if (gap && out.len)
            str_add_char(&out, ' ');
        gap = false;
        str_add_char(&out, *name);
    }
    str_add(&out, "");
    return str_take(&out);
}

static bool name_object(Stock *s, const char *object_name, const char *otherwise)
{
    const char *const names[] = { object_name, otherwise, "object" };
    for (size_t i = 0; i < 3 && !s->object; i++) {
        char *tidy = tidy_name(names[i]);
        if (!tidy)
            return false;
        const char *bare = without_article(tidy);
        if (*bare && !(s->object = strdup(bare))) {
            free(tidy);
            return false;
        }
        free(tidy);
    }
    s->object_sense = sense_of(s->object);
    return true;
}

/* What the file wants kept, in a few general words: the prompt must not describe the object anew. */
static bool name_keep(Stock *s, const TextList *entries)
{
    static const struct {
        const char *word, *aspect;
    } aspects[] = { { "shape", "shape" },       { "form", "shape" },       { "colour", "colours" },
                    { "color", "colours" },     { "label", "label" },      { "logo", "logo" },
                    { "print", "print" },       { "text", "lettering" },   { "pattern", "pattern" },
                    { "material", "material" }, { "marking", "markings" }, { "proportion", "proportions" },
                    { "size", "size" } };
    enum { KEPT_MAX = 3 };
    const char *kept[KEPT_MAX];
    size_t count = 0;
    for (size_t a = 0; a < sizeof aspects / sizeof *aspects; a++) {
        bool asked = false, there = false;
        for (size_t i = 0; i < entries->count; i++)
            asked |= words_contain(entries->text[i], aspects[a].word);
        for (size_t i = 0; i < count; i++)
            there |= strcmp(kept[i], aspects[a].aspect) == 0;
        if (asked && !there && count < KEPT_MAX && !avoid_forbids(&s->avoid, aspects[a].aspect))
            kept[count++] = aspects[a].aspect;
    }
    if (count == 0) {
        kept[count++] = "shape";
        kept[count++] = "colours";
        kept[count++] = "details";
    }
    Str text = { 0 };
    english_add_list(&text, kept, count);
    s->keep = str_take(&text);
    return s->keep != NULL;
}

/* ---- all ----------------------------------------------------------------------------------------- */

bool stock_build(Stock *s, const Project *project, const char *object_name, Err *err)
{
    *s = (Stock){ 0 };
    bool ok = avoid_read(&s->avoid, &project->avoid) && name_object(s, object_name, project->object) &&
              name_keep(s, &project->keep) && add_places(s) &&
              add_entries(s, &project->surfaces, own_surfaces) &&
              add_entries(s, &project->companions, own_companions) && add_style(s, &project->style) &&
              add_lights(s, &project->lighting) && add_spots(s, project);
    if (!ok) {
        err_set(err, ERR_NOMEM, "no memory for the prompts");
    } else if (s->own.count + s->built_in.count == 0 || s->light_count == 0) {
        ok = err_set(err, ERR_INPUT,
                     "the project file: what is to be avoided leaves no %s to write about; shorten that list",
                     s->light_count ? "place" : "light");
    }
    if (ok)
        s->views = view_set_read(&project->camera, &s->avoid);
    else
        stock_clear(s);
    return ok;
}

void stock_clear(Stock *s)
{
    for (size_t i = 0; s->places && i < PLACE_KINDS; i++) {
        PlaceStock *p = &s->places[i];
        Options *lists[] = { &p->phrases, &p->surfaces,     &p->companions,
                             &p->behind,  &p->own_surfaces, &p->own_companions };
        for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
            free(lists[k]->at);
    }
    for (size_t i = 0; i < s->option_count; i++)
        free(s->options[i]);
    free(s->options);
    free(s->places);
    free(s->own.at);
    free(s->built_in.at);
    free(s->lights);
    free(s->photos.at);
    free(s->manners.at);
    free(s->object);
    free(s->keep);
    text_list_clear(&s->texts);
    avoid_clear(&s->avoid);
    *s = (Stock){ 0 };
}
