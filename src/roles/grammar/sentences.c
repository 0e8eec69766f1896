#include "roles/grammar/sentences.h"

#include "roles/grammar/english.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

/* ---- templates ----------------------------------------------------------------------------------- */

/* The words that stand for {name} in a template; {Name} is the same as the start of a sentence. */
typedef struct {
    const char *name, *text;
} Slot;

enum { SLOTS_MAX = 24 };

typedef struct {
    Slot slot[SLOTS_MAX];
    size_t count;
    bool plural; /* takes the second of {is|are} */
} Slots;

static void slot_set(Slots *s, const char *name, const char *text)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->slot[i].name, name) == 0) {
            s->slot[i].text = text;
            return;
        }
    assert(s->count < SLOTS_MAX);
    s->slot[s->count++] = (Slot){ name, text };
}

static const char *slot_text(const Slots *s, const char *name, size_t n)
{
    for (size_t i = 0; i < s->count; i++)
        if (strlen(s->slot[i].name) == n && strncasecmp(s->slot[i].name, name, n) == 0)
            return s->slot[i].text;
    return "";
}

/* One {slot} of n bytes between the braces. */
static void expand_slot(Str *out, const char *name, size_t n, const Slots *slots)
{
    const char *bar = memchr(name, '|', n);
    if (bar) {
        str_add_n(out, slots->plural ? bar + 1 : name,
                  slots->plural ? (size_t)(name + n - bar - 1) : (size_t)(bar - name));
        return;
    }
    size_t at = out->len;
    str_add(out, slot_text(slots, name, n));
    if (isupper((unsigned char)*name) && out->len > at)
        out->s[at] = (char)toupper((unsigned char)out->s[at]);
}

static void expand(Str *out, const char *template, const Slots *slots)
{
    while (*template) {
        size_t n = strcspn(template, "{");
        str_add_n(out, template, n);
        template += n;
        if (*template == '{') {
            size_t name = strcspn(template, "}");
            expand_slot(out, template + 1, name - 1, slots);
            template += name + 1;
        }
    }
}

/* One of the templates, without a forbidden word unless hardly any is. */
static const char *choose(const char *const *templates, const Avoid *avoid, Rng *rng)
{
    size_t count = 0;
    while (templates[count])
        count++;
    const char *t = templates[0];
    for (int tries = 0; tries < 24; tries++) {
        t = templates[rng_index(rng, count)];
        if (!avoid_forbids(avoid, t))
            break;
    }
    return t;
}

/* ---- the sentences ------------------------------------------------------------------------------- */

/* A prompt in the making. */
typedef struct {
    Str *out;
    const Stock *stock;
    const Parts *parts;
    Rng *rng;
    Slots slots;
    Str object; /* "the mug" */
    bool known; /* the last sentence was about the object, so that "it" will do */
} Draft;

static const char *it(const Draft *d)
{
    return d->known ? "it" : str_text(&d->object);
}

static void sentence(Draft *d, const char *template)
{
    slot_set(&d->slots, "it", it(d));
    if (d->out->len)
        str_add_char(d->out, ' ');
    expand(d->out, template, &d->slots);
}

static const char *const openings[] = {
    "Place the {object}, unchanged in {keep}, on {surface} {place}.",
    "Set the {object} on {surface} {place}, with its {keep} unchanged.",
    "Show the {object} on {surface} {place}, exactly as it is in {keep}.",
    "Put the {object}, with {keep} kept exactly as they are, on {surface} {place}.",
    "Let the {object} rest on {surface} {place}, and keep its {keep} as they are.",
    "{Place}, the {object} rests on {surface}, unchanged in {keep}.",
    "{Place}, place the {object} on {surface} and keep its {keep} as they are.",
    "{Place}, set the {object}, unchanged in {keep}, on {surface}.",
    "{Place}, {surface} carries the {object}, which stays unchanged in {keep}.",
    "On {surface} {place} rests the {object}, unchanged in {keep}.",
    "On {surface} {place}, show the {object} with its {keep} unchanged.",
    "The {object} rests on {surface} {place}, the same in {keep}.",
    "The {object}, its {keep} unchanged, sits on {surface} {place}.",
    NULL,
};

/* Where the light was spoken of before. */
static const char *const continuations[] = {
    "The {object} rests on {surface} {place}, unchanged in {keep}.",
    "{Place}, the {object} sits on {surface}, unchanged in {keep}.",
    "The {object}, its {keep} unchanged, rests on {surface} {place}.",
    "Place the {object}, with its {keep} unchanged, on {surface} {place}.",
    NULL,
};

static const char *const after_view[] = {
    "It rests on {surface} {place}, unchanged in {keep}.",
    "It sits on {surface} {place}, its {keep} unchanged.",
    "It keeps its {keep} and rests on {surface} {place}.",
    NULL,
};

/* The things come first: two of them, then three. */
static const char *const two_first[] = {
    "Between {things}, the {object} rests on {surface} {place}, unchanged in {keep}.",
    "Beside {things}, the {object}, with its {keep} unchanged, rests on {surface} {place}.",
    "{Place}, {things} share {surface} with the {object}, which stays unchanged in {keep}.",
    NULL,
};
static const char *const three_first[] = {
    "{Things} surround the {object}, which rests on {surface} {place}, unchanged in {keep}.",
    "Among {things}, the {object} rests on {surface} {place}, with its {keep} unchanged.",
    "{Place}, {things} share {surface} with the {object}, which stays unchanged in {keep}.",
    NULL,
};

static const char *const things_and_behind[] = {
    "Beside {it} are {things}, with {behind} in the background.",
    "{Things} are close by, and the background shows {behind}.",
    "Around {it} are {things}, in front of {behind}.",
    "{Things} share the surface with {it}, against {behind}.",
    "Next to {it} are {things}; the view behind takes in {behind}.",
    "Close to {it} are {things}, with {behind} farther back.",
    NULL,
};

static const char *const things_alone[] = {
    "Beside {it} are {things}.",  "{Things} share the surface with {it}.",      "Around {it} are {things}.",
    "Next to {it} are {things}.", "{Things} complete the scene close to {it}.", NULL,
};

static const char *const behind_alone[] = {
    "The background shows {behind}.",
    "The view behind takes in {behind}.",
    "Farther back the picture shows {behind}.",
    NULL,
};

static const char *const views[] = {
    "The camera {look}, {away}{tail}.",
    "Take {distance} {height}{tail}.",
    "The picture is {distance} {height}{tail}.",
    "Photograph the scene {height}, {away}{tail}.",
    NULL,
};

static const char *const views_first[] = {
    "{Distance} {height} shows the {object}{spot}{focus}.",
    "{Distance} {height} presents the {object}{spot}{focus}.",
    NULL,
};

static const char *const styles[] = {
    "It is {photo} with {manner}.",
    "The result is {photo} with {manner}.",
    "Keep it {photo} with {manner}.",
    NULL,
};

static const char *pick(Draft *d, const char *const *templates)
{
    return choose(templates, &d->stock->avoid, d->rng);
}

/* "A table carries the mug", but the mug rests on smooth sand. */
static bool is_piece(const Option *surface)
{
    return strncmp(surface->text, "a ", 2) == 0 || strncmp(surface->text, "an ", 3) == 0;
}

static void say_place(Draft *d, const char *const *templates)
{
    const char *t = pick(d, templates);
    if ((strstr(t, "{surface} carries") || strstr(t, "share {surface}")) && !is_piece(d->parts->surface))
        t = templates[0];
    sentence(d, t);
    d->known = true;
}

static void say_things(Draft *d)
{
    sentence(d, pick(d, d->parts->behind ? things_and_behind : things_alone));
}

static void say_behind(Draft *d)
{
    if (d->parts->behind)
        sentence(d, pick(d, behind_alone));
}

static void say_light(Draft *d)
{
    const NamedLight *l = d->parts->light;
    const LightLook *look = light_look(l->kind);
    const char *const *templates = l->sided                   ? light_sided_sentences
                                   : d->parts->place->indoors ? look->indoors
                                                              : look->outdoors;
    Str at = { 0 };
    slot_set(&d->slots, "it", it(d));
    expand(&at, d->parts->side->at, &d->slots);
    slot_set(&d->slots, "at", str_text(&at));
    d->slots.plural = english_plural(l->name->text);
    sentence(d, pick(d, templates));
    d->known = false;
    d->out->failed |= at.failed;
    slot_set(&d->slots, "at", "");
    str_clear(&at);
}

/* ", with the mug off-centre on the left and the background blurred" */
static void view_tail(Draft *d, Str *tail)
{
    const unsigned *v = d->parts->view.of;
    const char *spot = view_words(VIEW_POSITION, v[VIEW_POSITION]).text;
    const char *focus = view_words(VIEW_FOCUS, v[VIEW_FOCUS]).text;
    if (*spot)
        str_printf(tail, ", with %s %s", it(d), spot);
    if (*focus)
        str_printf(tail, "%s%s", *spot ? " and " : ", with ", focus);
}

static void say_view(Draft *d, const char *const *templates)
{
    const unsigned *v = d->parts->view.of;
    const char *spot = view_words(VIEW_POSITION, v[VIEW_POSITION]).text;
    const char *focus = view_words(VIEW_FOCUS, v[VIEW_FOCUS]).text;
    Str tail = { 0 }, aside = { 0 }, sharp = { 0 };
    view_tail(d, &tail);
    str_printf(&aside, "%s%s", *spot ? " " : "", spot);
    str_printf(&sharp, "%s%s", *focus ? ", with " : "", focus);
    Slots whole = d->slots;
    slot_set(&d->slots, "tail", str_text(&tail));
    slot_set(&d->slots, "spot", str_text(&aside));
    slot_set(&d->slots, "focus", str_text(&sharp));
    slot_set(&d->slots, "height", view_words(VIEW_HEIGHT, v[VIEW_HEIGHT]).text);
    slot_set(&d->slots, "look", view_words(VIEW_HEIGHT, v[VIEW_HEIGHT]).look);
    slot_set(&d->slots, "distance", view_words(VIEW_DISTANCE, v[VIEW_DISTANCE]).text);
    slot_set(&d->slots, "away", view_words(VIEW_DISTANCE, v[VIEW_DISTANCE]).look);
    sentence(d, pick(d, templates));
    d->slots = whole;
    d->out->failed |= tail.failed || aside.failed || sharp.failed;
    str_clear(&tail);
    str_clear(&aside);
    str_clear(&sharp);
}

static void say_style(Draft *d)
{
    if (!d->parts->photo)
        return;
    slot_set(&d->slots, "photo", d->parts->photo->text);
    slot_set(&d->slots, "manner", d->parts->manner->text);
    sentence(d, pick(d, styles));
}

/* In which order the sentences come: some begin with the place, some with light, camera or things. */
static void say_all(Draft *d)
{
    switch (rng_index(d->rng, 10)) {
    case 0:
    case 1:
    case 2:
        say_place(d, openings);
        say_things(d);
        say_light(d);
        say_view(d, views);
        break;
    case 3:
    case 4:
        say_place(d, openings);
        say_light(d);
        say_things(d);
        say_view(d, views);
        break;
    case 5:
        say_place(d, openings);
        say_view(d, views);
        say_things(d);
        say_light(d);
        break;
    case 6:
        say_light(d);
        say_place(d, continuations);
        say_things(d);
        say_view(d, views);
        break;
    case 7:
        say_view(d, views_first);
        say_place(d, after_view);
        say_things(d);
        say_light(d);
        break;
    case 8:
        say_place(d, d->parts->thing_count == 2 ? two_first : three_first);
        say_behind(d);
        say_light(d);
        say_view(d, views);
        break;
    default:
        say_place(d, d->parts->thing_count == 2 ? two_first : three_first);
        say_light(d);
        say_view(d, views);
        say_behind(d);
    }
    say_style(d);
}

void sentences_write(Str *out, const Stock *stock, const Parts *parts, Rng *rng)
{
    Draft d = { .out = out, .stock = stock, .parts = parts, .rng = rng };
    Str things = { 0 };
    const char *names[THINGS_MAX];
    for (size_t i = 0; i < parts->thing_count; i++)
        names[i] = parts->things[i]->text;
    english_add_list(&things, names, parts->thing_count);
    str_printf(&d.object, "the %s", stock->object);
    slot_set(&d.slots, "object", stock->object);
    slot_set(&d.slots, "keep", stock->keep);
    slot_set(&d.slots, "surface", parts->surface->text);
    slot_set(&d.slots, "place", parts->phrase->text);
    slot_set(&d.slots, "things", str_text(&things));
    slot_set(&d.slots, "behind", parts->behind ? parts->behind->text : "");
    slot_set(&d.slots, "light", parts->light->name->text);
    slot_set(&d.slots, "from", parts->side->from);
    say_all(&d);
    out->failed |= things.failed || d.object.failed;
    str_clear(&things);
    str_clear(&d.object);
}
