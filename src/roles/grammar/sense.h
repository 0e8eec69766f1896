/* roles/grammar/sense.h: what the procedural editor will read in a phrase. */
#ifndef FACET_ROLES_GRAMMAR_SENSE_H
#define FACET_ROLES_GRAMMAR_SENSE_H

#include "roles/procedural/light.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SENSE_GROUPS = 12 };

/* Weather words, one bit each. */
enum { WEATHER_OVERCAST = 1, WEATHER_FOG = 2, WEATHER_RAIN = 4, WEATHER_SNOWFALL = 8 };

enum { HOUR_UNSAID = -1, FAMILY_UNSAID = -1 };

typedef struct {
    uint64_t words[SENSE_GROUPS]; /* one bit for each word of each scene family */
    int hour; /* an Hour, HOUR_UNSAID without a word for it or with a faint one ("bright") */
    unsigned weather;
} Sense;

Sense sense_of(const char *phrase);
/* Add the words of another phrase; hour and weather stay. */
void sense_join(Sense *s, const Sense *other);
/* The index of the scene family that a text of these words chooses, FAMILY_UNSAID without such words. */
int sense_family(const Sense *s);
/* The score that a family has in it. */
int sense_score(const Sense *s, int family);

#endif
