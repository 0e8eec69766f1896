/* roles/grammar/lights.h: kinds of light, what they are called, and sentences about them. */
#ifndef FACET_ROLES_GRAMMAR_LIGHTS_H
#define FACET_ROLES_GRAMMAR_LIGHTS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    LIGHT_MORNING,
    LIGHT_NOON,
    LIGHT_DAY,
    LIGHT_EVENING,
    LIGHT_DUSK,
    LIGHT_NIGHT,
    LIGHT_OVERCAST,
    LIGHT_RAIN,
    LIGHT_FOG,
    LIGHT_SNOWFALL,
    LIGHT_DAPPLED,
    LIGHT_WINDOW,
    LIGHT_BLINDS,
    LIGHT_LAMP,
    LIGHT_CANDLE,
    LIGHT_TUBES,
    LIGHT_SPOT,
    LIGHT_NEON,
    LIGHT_OTHER, /* a phrase that says none of these */
    LIGHT_KINDS
} LightKind;

/* A set of kinds: bits 1 << kind. */
typedef unsigned LightSet;

typedef struct {
    int hour;         /* the Hour that its sentences say, HOUR_UNSAID when they leave it open */
    unsigned weather; /* WEATHER_ bits of its sentences */
    const char *const *names;
    /* Sentences outdoors and indoors; the first is the one of last resort. In them
     *   {light} {Light}  the name of the light
     *   {x|y}            x after a singular name, y after a plural one
     *   {from} {at}      the side: "the left"; "on the left"
     *   {object}         the object's name */
    const char *const *outdoors;
    const char *const *indoors;
} LightLook;

/* How a kind looks and is spoken of; lives as long as the program. */
const LightLook *light_look(LightKind kind);

/* The kind that a phrase of the project file speaks of. */
LightKind light_kind_of(const char *phrase);

/* True when light of this kind suits a place that says `hour` (HOUR_UNSAID: any). */
bool light_suits_hour(LightKind kind, int hour);

/* Where light may come from: "the left", then "on the left", in which {it} stands for the object. */
typedef struct {
    const char *from, *at;
} LightSide;

enum { LIGHT_SIDES = 5 };
const LightSide *light_side(size_t i); /* i below LIGHT_SIDES */

/* For a phrase that says by itself where the light comes from. */
extern const char *const light_sided_sentences[];

#endif
