/* roles/procedural/scene.h: what a prompt and a seed decide about a picture before anything is drawn. */
#ifndef FACET_ROLES_PROCEDURAL_SCENE_H
#define FACET_ROLES_PROCEDURAL_SCENE_H

#include "roles/procedural/camera.h"
#include "roles/procedural/light.h"
#include "roles/procedural/material.h"

typedef struct Scene Scene;
typedef struct Stage Stage;

/* Where the surface ends, seen from the camera. */
typedef enum { EDGE_HORIZON, EDGE_STRAIGHT, EDGE_ROUND } EdgeKind;

/* What the object stands on. */
typedef struct {
    Material material;
    float span;        /* metres that one tile of the texture covers */
    Pixel colour[3];   /* tone 0, tone 1, and the third one of the texture */
    float bump;        /* how much the relief counts in the light */
    float gloss;       /* 0 dull .. 1 mirror */
    float turn;        /* of the texture around the vertical, radians */
    float dapple;      /* strength of patches of light and shade, 0..1 */
    float dapple_size; /* metres */
    EdgeKind edge;
    float edge_z;             /* metres from the camera to the far edge at X = 0 */
    float edge_slope;         /* of a straight edge: rows a column; of a round one: its radius, metres */
    float mark_x, mark_width; /* a painted line along Z at mark_x, in metres; no line when the width is 0 */
    float blades;             /* grass that stands on it: blades at full strength 1, none 0 */
    Pixel blade_colour[2];
    float floor; /* height of the floor under the surface, metres: 0, or negative for a table */
} Surface;

typedef struct {
    const char *word;
    int score;
} FamilyWord;

enum { FAMILY_MAX_WORDS = 24 };

typedef struct {
    const char *name;                   /* one of its words: a prompt of it alone chooses the family */
    FamilyWord words[FAMILY_MAX_WORDS]; /* ends with a NULL word */
    bool indoors;
    Hour hour;              /* when the prompt does not say */
    float object_height[2]; /* metres */
    float horizon[2];       /* share of the picture's height above the horizon */
    float blur[2];          /* radius of the blur at infinity, share of the smaller side */
    void (*surface)(
        Scene *s); /* set s->surface from s->rng, s->light and s->camera; s->on_table when it is one */
    void (*backdrop)(Stage *stage); /* paint all that stands behind the object */
} Family;

struct Scene {
    const Family *family;
    uint64_t seed; /* of this picture: the request's seed and its prompt */
    Light light;
    Camera camera;
    Surface surface; /* what the object stands on */
    bool on_table;   /* the surface is a table; outdoors it stands on `ground` */
    Surface ground;
    float back_z;        /* metres to the wall of a room */
    const char *prompt;  /* borrowed from the request */
    float object_px;     /* height of the object, pixels */
    float object_m;      /* the same in metres */
    float object_x;      /* column of its middle */
    float object_bottom; /* row of its lowest pixel */
    float object_tilt;   /* radians, counter-clockwise */
    bool covered;        /* something out of focus stands before it */
    Rng rng;
};

/* The families in their order; never NULL below family_count(). */
size_t family_count(void);
const Family *family_at(size_t i);
/* By the words of the prompt; a prompt without any of them gets one by its own hash. */
const Family *family_choose(const char *prompt);

/* Decide on everything for a picture of width x height with an object of the given aspect (width / height).
 */
void scene_plan(Scene *s, const char *prompt, uint64_t seed, const int size[2], float object_aspect);

/* The colour 0xRRGGBB, a little lighter or darker and warmer or colder by chance. */
Pixel colour_near(Rng *rng, uint32_t rgb);

#endif
