/* roles/grammar/stock.h: all that the prompts of a run may be put together from. */
#ifndef FACET_ROLES_GRAMMAR_STOCK_H
#define FACET_ROLES_GRAMMAR_STOCK_H

#include "roles/grammar/places.h"
#include "roles/grammar/sense.h"
#include "roles/grammar/view.h"
#include "text/project_file.h"

/* A phrase that may be chosen. */
typedef struct {
    const char *text;
    Sense sense;
    bool own; /* from the project file */
} Option;

typedef struct {
    const Option **at;
    size_t count;
} Options;

/* What may stand in a place of one kind; own ones of the project file apart. */
typedef struct {
    Options phrases, surfaces, companions, behind;
    Options own_surfaces, own_companions;
} PlaceStock;

/* A place to write about. */
typedef struct {
    size_t place;          /* index of its kind */
    const Option *phrase;  /* NULL: any of its kind */
    const Option *surface; /* the one it brings along ("kitchen counter"), or NULL */
} Spot;

typedef struct {
    Spot *at;
    size_t count;
} Spots;

typedef struct {
    const Option *name;
    LightKind kind;
    bool sided; /* the name says by itself where it comes from */
} NamedLight;

/* Start it as {0}. Everything in it is borrowed from it. */
typedef struct {
    char *object; /* its name without article, one line, never empty */
    Sense object_sense;
    char *keep; /* "shape, colours and label" */
    Avoid avoid;
    PlaceStock *places; /* PLACE_KINDS of them */
    Spots own, built_in;
    NamedLight *lights; /* own ones first */
    size_t light_count, own_light_count;
    ViewSet views;
    Options photos, manners; /* styles: "a realistic photograph", "natural colours" */
    Option **options;        /* the owner of all options */
    size_t option_count;
    TextList texts; /* the owner of the texts that are no literals */
} Stock;

/* Gather what the project file gives and the built-in places add, without what it forbids.
 *
 *   object_name  as the caller has it; where it is blank, the project's object is taken
 *
 * ERR_NOMEM, or ERR_INPUT when what is forbidden leaves no place or no light to write about. *s is empty
 * then. */
bool stock_build(Stock *s, const Project *project, const char *object_name, Err *err)
    __attribute__((warn_unused_result));
void stock_clear(Stock *s);

#endif
