#include "roles/grammar/grammar.h"

#include "base/rng.h"
#include "roles/grammar/english.h"
#include "roles/grammar/seen.h"
#include "roles/grammar/sentences.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    WORDS_MIN = 40,
    WORDS_MAX = 70,
    TRIES_STRICT = 80, /* at a spot for a scene that the object's name does not pull elsewhere */
    TRIES = 120,
    SPOTS_MAX = 400, /* tried before a combination of place, surface, light and view may come again */
    SPOTS_LAST = 800,
};

typedef struct {
    Stock stock;
    const WriterRequest *req;
    Seen combinations, texts;
    Spot *deck; /* the spots of a round, from the last to the first */
    size_t left, rounds;
    size_t built_in_used; /* of the shuffled built-in ones */
    Str text;
} Writing;

/* ---- which place comes next ---------------------------------------------------------------------- */

static void shuffle(Spot *s, size_t n, uint64_t seed)
{
    Rng rng;
    rng_init(&rng, seed);
    for (size_t i = n; i > 1; i--) {
        size_t k = rng_index(&rng, i);
        Spot t = s[i - 1];
        s[i - 1] = s[k];
        s[k] = t;
    }
}

/* Built-in spots that join a round of n own ones. */
static size_t guests(const Stock *s)
{
    size_t n = s->own.count == 0 ? s->built_in.count : s->own.count / 3 + 1;
    return n < s->built_in.count ? n : s->built_in.count;
}

/* The built-in spot number i of an endless series of shuffled rounds. */
static Spot built_in_spot(Writing *w, size_t i)
{
    Spots *b = &w->stock.built_in;
    if (i % b->count == 0)
        shuffle(b->at, b->count, seed_derive(w->req->seed, "built-in places", i / b->count, 0, 0));
    return b->at[i % b->count];
}

/* Each round has every own spot once and a few built-in ones; the first round has own ones alone. */
static void deal(Writing *w)
{
    const Stock *s = &w->stock;
    size_t n = s->own.count;
    if (n)
        memcpy(w->deck, s->own.at, n * sizeof *w->deck);
    if (w->rounds > 0 || n == 0)
        for (size_t i = 0; i < guests(s); i++)
            w->deck[n++] = built_in_spot(w, w->built_in_used++);
    shuffle(w->deck, n, seed_derive(w->req->seed, "places", w->rounds, 0, 0));
    w->left = n;
    w->rounds++;
}

static Spot next_spot(Writing *w)
{
    if (w->left == 0)
        deal(w);
    return w->deck[--w->left];
}

/* ---- a scene ------------------------------------------------------------------------------------- */

/* One of two lists: two times of three the project's own. */
static const Option *choose(const Options *own, const Options *built_in, Rng *rng)
{
    bool take_own = own->count && (built_in->count == 0 || rng_index(rng, 3) > 0);
    const Options *list = take_own ? own : built_in;
    return list->count ? list->at[rng_index(rng, list->count)] : NULL;
}

/* Light that the place has; of the project's own also what any room may have. */
static bool light_fits(const NamedLight *l, const Place *place)
{
    LightSet set = place->lights | 1u << LIGHT_OTHER;
    if (l->name->own && place->indoors)
        set |= 1u << LIGHT_LAMP | 1u << LIGHT_BLINDS | 1u << LIGHT_WINDOW | 1u << LIGHT_DUSK;
    return set >> l->kind & 1;
}

static const NamedLight *choose_light(const Stock *s, const Place *place, int hour, Rng *rng)
{
    bool own = s->own_light_count && rng_index(rng, 3) > 0;
    size_t from = own ? 0 : s->own_light_count, to = own ? s->own_light_count : s->light_count;
    const NamedLight *chosen = NULL;
    size_t fitting = 0;
    for (size_t i = from; i < to; i++)
        if (light_fits(&s->lights[i], place) && light_suits_hour(s->lights[i].kind, hour) &&
            rng_index(rng, ++fitting) == 0)
            chosen = &s->lights[i];
    return chosen;
}

/* Nothing in a scene may say another hour or weather than its light does. */
static bool agrees(const Option *o, const NamedLight *light)
{
    const LightLook *look = light_look(light->kind);
    int hour = light->name->sense.hour != HOUR_UNSAID ? light->name->sense.hour : look->hour;
    unsigned weather = look->weather | light->name->sense.weather;
    return !o || ((o->sense.hour == HOUR_UNSAID || o->sense.hour == hour) && !(o->sense.weather & ~weather));
}

static const char *last_word(const char *text)
{
    const char *space = strrchr(text, ' ');
    return space ? space + 1 : text;
}

/* The same thing, or another one of the same name: "reading glasses", "a pair of reading glasses". */
static bool has_thing(const Parts *p, const Option *thing)
{
    for (size_t i = 0; i < p->thing_count; i++)
        if (strcasecmp(last_word(p->things[i]->text), last_word(thing->text)) == 0)
            return true;
    return false;
}

static void choose_things(Parts *p, const PlaceStock *from, Rng *rng)
{
    size_t want = 2 + rng_index(rng, 2);
    for (size_t tries = 0; tries < 24 && p->thing_count < want; tries++) {
        const Option *o = choose(&from->own_companions, &from->companions, rng);
        if (!has_thing(p, o) && agrees(o, p->light))
            p->things[p->thing_count++] = o;
    }
}

/* False when the choice is no good: draw again. */
static bool draw(Parts *p, const Stock *s, const Spot *spot, bool first_round, Rng *rng)
{
    const PlaceStock *from = &s->places[spot->place];
    *p = (Parts){ .place = place_at(spot->place) };
    p->phrase = spot->phrase ? spot->phrase : from->phrases.at[rng_index(rng, from->phrases.count)];
    p->light = choose_light(s, p->place, p->phrase->sense.hour, rng);
    if (!p->light)
        return false;
    p->side = light_side(rng_index(rng, LIGHT_SIDES));
    p->surface = spot->surface && (first_round || rng_index(rng, 2) == 0)
                     ? spot->surface
                     : choose(&from->own_surfaces, &from->surfaces, rng);
    choose_things(p, from, rng);
    if (from->behind.count && (p->thing_count == 2 || rng_index(rng, 2) == 0))
        p->behind = from->behind.at[rng_index(rng, from->behind.count)];
    p->view = view_choose(&s->views, rng);
    if (s->photos.count && s->manners.count && rng_index(rng, 4) == 0) {
        p->photo = s->photos.at[rng_index(rng, s->photos.count)];
        p->manner = s->manners.at[rng_index(rng, s->manners.count)];
    }
    return p->surface && p->thing_count >= 2 && agrees(p->surface, p->light) && agrees(p->behind, p->light);
}

/* True when the procedural editor shows the place that the prompt names. */
static bool shows_its_place(const Parts *p, const Sense *object)
{
    int meant = sense_family(&p->phrase->sense);
    if (meant == FAMILY_UNSAID)
        meant = sense_family(&p->surface->sense);
    Sense all = p->phrase->sense;
    const Option *rest[] = { p->surface, p->behind, p->light->name, p->photo, p->manner };
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        if (rest[i])
            sense_join(&all, &rest[i]->sense);
    for (size_t i = 0; i < p->thing_count; i++)
        sense_join(&all, &p->things[i]->sense);
    if (object)
        sense_join(&all, object);
    return meant == FAMILY_UNSAID || sense_family(&all) == meant;
}

static uint64_t combination(const Parts *p)
{
    Str key = { 0 };
    const unsigned *v = p->view.of;
    str_printf(&key, "%s|%s|%s|%s|%u,%u,%u,%u", p->phrase->text, p->surface->text, p->light->name->text,
               p->light->sided ? "" : p->side->from, v[0], v[1], v[2], v[3]);
    uint64_t h = seed_derive_text(0, "combination", str_text(&key));
    str_clear(&key);
    return h;
}

/* A long name is not the prompt's fault. */
static bool good_length(const char *text, const char *object)
{
    size_t words = english_words(text), name = english_words(object), excess = name > 3 ? 4 * (name - 3) : 0;
    return words >= WORDS_MIN && words <= WORDS_MAX + excess;
}

/* A prompt at this spot into w->text, and its parts; false when none comes out. */
static bool write_at(Writing *w, Parts *p, const Spot *spot, bool again, Rng *rng)
{
    for (int t = 0; t < TRIES; t++) {
        if (!draw(p, &w->stock, spot, w->rounds < 2, rng) ||
            !shows_its_place(p, t < TRIES_STRICT ? &w->stock.object_sense : NULL) ||
            (!again && seen_has(&w->combinations, combination(p))))
            continue;
        str_reset(&w->text);
        sentences_write(&w->text, &w->stock, p, rng);
        if (w->text.failed || (good_length(w->text.s, w->stock.object) &&
                               !seen_has(&w->texts, seed_derive_text(0, "text", w->text.s))))
            return true;
    }
    return false;
}

/* Prompt number i; what came before it is in w. */
static bool write_next(Writing *w, Parts *p, size_t i, Err *err)
{
    Rng rng;
    rng_init(&rng, seed_derive(w->req->seed, "grammar", i, 0, 0));
    for (int tried = 0; tried < SPOTS_LAST; tried++) {
        Spot spot = next_spot(w);
        if (!write_at(w, p, &spot, tried >= SPOTS_MAX, &rng))
            continue;
        bool kept = !w->text.failed && seen_add(&w->combinations, combination(p)) &&
                    seen_add(&w->texts, seed_derive_text(0, "text", str_text(&w->text)));
        return kept || err_set(err, ERR_NOMEM, "no memory for the prompts");
    }
    return err_set(
        err, ERR_INPUT,
        "only %zu different prompts of the %zu wanted can be made from the project file; lengthen its "
        "lists, or shorten what is to be avoided",
        i, w->req->count);
}

/* ---- what is told about it ----------------------------------------------------------------------- */

static void tell_start(Str *to, const Writing *w, const Project *project)
{
    str_printf(
        to,
        "These prompts come from facet's built-in writer \"grammar\", not from a language model: nobody "
        "was asked and nothing was answered.\n"
        "It drew places, surfaces, things, light and views from the project file and from lists of its "
        "own and put them into sentences, by the number %" PRIu64 ", which follows from the run's seed.\n"
        "The same number, object and project file give the same prompts. The system prompt is not "
        "read.\n\n",
        w->req->seed);
    str_printf(to, "Object: %s\n", w->stock.object);
    str_printf(to, "Usable from the project file: %zu places, %zu surfaces, %zu things, %zu kinds of light",
               w->stock.own.count, project->surfaces.count, project->companions.count,
               w->stock.own_light_count);
    str_printf(to, "\nTo be avoided: ");
    for (size_t i = 0; i < project->avoid.count; i++)
        str_printf(to, "%s%s", i ? ", " : "", project->avoid.text[i]);
    str_printf(to, "%s\n", project->avoid.count ? "" : "nothing");
}

static const char *source(const Option *o)
{
    return o->own ? "project file" : "built in";
}

static void tell_prompt(Str *to, const Parts *p, size_t i, const char *prompt)
{
    str_printf(to, "\n%zu. Place: %s (%s). Surface: %s (%s). Light: %s (%s)", i + 1, p->phrase->text,
               source(p->phrase), p->surface->text, source(p->surface), p->light->name->text,
               source(p->light->name));
    if (!p->light->sided)
        str_printf(to, " from %s", p->side->from);
    str_add(to, ". View:");
    for (int part = 0; part < VIEW_PARTS; part++) {
        const char *words = view_words((ViewPart)part, p->view.of[part]).text;
        str_printf(to, "%s%s", !*words ? "" : part ? ", " : " ", words);
    }
    str_printf(to, ".\n   %s\n", prompt);
}

/* ---- the role ------------------------------------------------------------------------------------ */

static bool add_classes(Written *out, const Project *project, const char *object)
{
    const char *s = project->class_name;
    while (*s) {
        size_t skip = strspn(s, " ,;."), n = strcspn(s + skip, ",;.");
        s += skip;
        while (n && s[n - 1] == ' ')
            n--;
        char *name = strndup(s, n);
        bool ok = name && (n == 0 || text_list_add(&out->classes, name));
        free(name);
        if (!ok)
            return false;
        s += n;
        s += strspn(s, " ,;.");
    }
    return out->classes.count || text_list_add(&out->classes, object);
}

static bool write_all(Writing *w, const RoleConfig *cfg, const Project *project, Written *out, Err *err)
{
    const WriterRequest *req = w->req;
    tell_start(&out->conversation, w, project);
    for (size_t i = 0; i < req->count; i++) {
        Parts p;
        if (role_cancelled(cfg))
            return err_set(err, ERR_CANCELLED, "cancelled");
        if (!write_next(w, &p, i, err))
            return false;
        if (!text_list_add(&out->prompts, w->text.s))
            return err_set(err, ERR_NOMEM, "no memory for the prompts");
        tell_prompt(&out->conversation, &p, i, w->text.s);
        if (req->wrote)
            req->wrote(req->user, i + 1, w->text.s);
    }
    bool ok = add_classes(out, project, w->stock.object) && !out->conversation.failed;
    return ok || err_set(err, ERR_NOMEM, "no memory for the prompts");
}

static bool write_prompts(void *self, const WriterRequest *req, Written *out, Err *err)
{
    Writing w = { .req = req };
    Project project;
    if (!project_parse(req->project_info ? req->project_info : "", &project, err))
        return false;
    bool ok = stock_build(&w.stock, &project, req->object_name ? req->object_name : "", err);
    if (ok) {
        w.deck = calloc(w.stock.own.count + w.stock.built_in.count + 1, sizeof *w.deck);
        ok = w.deck ? write_all(&w, self, &project, out, err)
                    : err_set(err, ERR_NOMEM, "no memory for the prompts");
    }
    if (!ok)
        written_clear(out);
    free(w.deck);
    str_clear(&w.text);
    seen_clear(&w.combinations);
    seen_clear(&w.texts);
    stock_clear(&w.stock);
    project_clear(&project);
    return ok;
}

static bool probe(const RoleConfig *cfg, Err *err)
{
    (void)cfg, (void)err;
    return true;
}

static bool open_writer(void **self, const RoleConfig *cfg, Err *err)
{
    (void)err;
    *self = (void *)cfg; /* for its cancel flag; borrowed until close */
    return true;
}

static void close_writer(void *self)
{
    (void)self;
}

const Writer writer_grammar = {
    .name = "grammar",
    .probe = probe,
    .open = open_writer,
    .write = write_prompts,
    .close = close_writer,
};
