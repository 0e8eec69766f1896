/* roles/procedural/light.h: the hour and the weather that a prompt's words ask for. */
#ifndef FACET_ROLES_PROCEDURAL_LIGHT_H
#define FACET_ROLES_PROCEDURAL_LIGHT_H

#include "base/rng.h"
#include "roles/procedural/canvas.h"

typedef enum {
    HOUR_DAY,
    HOUR_NOON,
    HOUR_MORNING,
    HOUR_SUNSET,
    HOUR_DUSK,
    HOUR_NIGHT,
    HOUR_LAMP,
    HOUR_NEON,
    HOUR_DRAMATIC,
    HOUR_COUNT
} Hour;

typedef struct {
    Hour hour;
    bool indoors;
    bool overcast, fog, rain, snowfall;
    Pixel key;             /* what the main light adds on a level surface */
    Pixel fill;            /* what comes from everywhere else; key + fill is about 1 by day */
    float to[3];           /* unit vector towards the main light: right, up, away from the camera */
    float shadow_soft;     /* how fast a cast shadow loses its edge: its blur over its length */
    float shadow;          /* how much of the key light a shadow takes away, 0..1 */
    Pixel zenith, horizon; /* of the sky */
    Pixel haze;            /* colour of far air */
    float haze_density;    /* share of a metre of air, about 1 / sight */
    float clouds;          /* 0 clear .. 1 covered */
    float lamps;           /* how bright lamps, lit windows and signs look, 0 when off */
} Light;

/* Choose by the words of the prompt (whole words, case ignored); what the words leave open follows from rng.
 */
void light_choose(Light *l, const char *prompt, bool indoors, Hour fallback, Rng *rng);

/* True when `word` (lower case; may hold spaces) stands in `text` between characters that are no letters. A
 * final plural "s" or "es" in the text is overlooked. */
bool words_contain(const char *text, const char *word);
/* True when one of the words does; NULL ends the list. */
bool words_contain_any(const char *text, const char *const *words);

/* Sunlight on things that stand upright, as backdrops are lit: key and fill together. */
Pixel light_on_upright(const Light *l);

#endif
