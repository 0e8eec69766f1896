/* roles/procedural/restyle_recipe.h: all that a picture's other light and weather consist of, decided before
 * a pixel is touched. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_RECIPE_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_RECIPE_H

#include "roles/procedural/canvas.h"
#include "roles/procedural/restyle_words.h"

enum { RECIPE_LIGHTS = 6 };

typedef struct {
    Pixel colour; /* what a surface facing it gets, fourth number 0 */
    float to[3];  /* unit vector towards it: right, up, towards the camera */
    float reach;  /* 0: the sun; else share of the picture's smaller side */
    float away;   /* how far it stands from the object, the same share */
    float far, wrap, shadow, soft;
    Pattern pattern;
    uint32_t seed;
} RecipeLight;

typedef struct {
    Look sum;      /* the amounts of all looks together; its lights and colours are in the fields below */
    Pixel ambient; /* share of the picture's own light that stays; fourth number 1 */
    Pixel front;   /* what the object gets besides, fourth number 0 */
    RecipeLight light[RECIPE_LIGHTS];
    int lights;
    float side;                       /* 1: the main light is at the right, -1: left */
    Pixel air, zenith, horizon, bulb; /* in linear light, in the brightness they have in the picture */
    float sky_keep;                   /* share of light that the look of that sky leaves */
    uint32_t seed;
} Recipe;

/* The same prompt and seed, the same recipe. `level` is the picture's mean light, 0..1: where it is dark
 * already, less is taken away. */
void recipe_make(Recipe *r, const char *prompt, uint64_t seed, float level);

#endif
