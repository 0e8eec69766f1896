/* roles/procedural/restyle_look.h: what a prompt's words ask of light, air and lens, as numbers. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_LOOK_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands between a lamp and the scene. */
typedef enum {
    PATTERN_NONE,
    PATTERN_LEAVES,
    PATTERN_BLINDS,
    PATTERN_WATER, /* ripples that gather light to lines */
    PATTERN_GLASS, /* panes of several colours */
    PATTERN_CONE,  /* the rim of a spot lamp */
} Pattern;

typedef struct {
    uint32_t colour; /* 0xRRGGBB */
    float strength;  /* light that a surface facing it gets; the picture's own light is 1 */
    float azimuth;   /* degrees: 0 from the camera, 90 from the side asked for, 180 from behind */
    float elevation; /* degrees above the surface; negative from below */
    float reach;     /* 0: the sun; else the light halves within this share of the picture's size */
    float far;       /* share of it that the distance gets, 0..1 */
    float wrap;      /* 0: dark begins where the surface turns away; 1: only behind */
    float shadow;    /* how dark the shadow that the object casts, 0..1 */
    float soft;      /* blur of that shadow, share of its length */
    Pattern pattern;
} LookLight;

/* Effects of the same kind exclude each other, the others add up. */
typedef enum {
    LOOK_LIGHT,   /* the light of the whole scene */
    LOOK_PATTERN, /* shade with a shape, in whatever light */
    LOOK_AIR,
    LOOK_FALL,
    LOOK_SURFACE,
    LOOK_LENS,
    LOOK_EXPOSURE,
    LOOK_TONE, /* a word for a light without saying which; counts where nothing else was found */
    LOOK_KINDS
} LookKind;

enum { LOOK_LIGHTS = 3 };

/* Zero leaves things as they are, in every field. Amounts are about 1 for a plain wish. */
typedef struct {
    const char *name;
    LookKind kind;
    bool adds;         /* may stand beside another one of its kind */
    bool two_sided;    /* may be asked for twice, from either side */
    bool takes_colour; /* a colour word before it is the colour of its light, air or bulbs */
    uint32_t ambient;  /* the light from everywhere that remains of the picture's own: its colour, */
    float dim;         /* and how much is lost, 0..1 (below 0: gained) */
    float front;       /* of what is lost, the share that the object gets back so that it stays readable */
    LookLight light[LOOK_LIGHTS];
    float rim;                                  /* glow along the object's edge, from light[0] */
    float exposure, saturation, contrast, lift; /* stops; changes from 1; grey added to black */
    float warmth;                               /* toward amber; below 0 toward blue */

    uint32_t air;          /* colour of fog, smoke and the like */
    float fog, mist, haze; /* everywhere by distance; low over the surface; far only, bleaching */
    float smoke, beam, dust, sand;

    float rain, snow, wind; /* wind: 0 falls straight .. 1 sideways */
    float wet, puddles, snow_cover, frost, dew;

    float sky; /* how much of the sky is painted over */
    uint32_t zenith, horizon;
    float clouds;

    float flare, drops, fogged, trails;
    float bulbs; /* discs of lamps out of focus, */
    uint32_t bulb;
    float bulb_rows; /* on strings, 0..1, or scattered */
    float vignette, bloom;
} Look;

/* The look of that name; NULL when there is none. */
const Look *look_find(const char *name);

#endif
