/* roles/procedural/surface.h: table tops and floors to stand on. */
#ifndef FACET_ROLES_PROCEDURAL_SURFACE_H
#define FACET_ROLES_PROCEDURAL_SURFACE_H

#include "roles/procedural/scene.h"

typedef enum {
    TOP_WOOD,
    TOP_PLANKS,
    TOP_MARBLE,
    TOP_TERRAZZO,
    TOP_CONCRETE,
    TOP_STEEL,
    TOP_CLOTH,
    TOP_TILES,
    TOP_LACQUER,
    TOP_COUNT
} TopKind;

/* Make s->surface a table top of one of the kinds whose bits (1 << kind) are set, `height` metres above the
 * floor. */
void surface_set_top(Scene *s, unsigned kinds, float height);
/* Make it a floor or ground; colours as 0xRRGGBB for tone 0, tone 1 and the texture's third colour. It ends
 * at the room's wall indoors and at the horizon outdoors. */
typedef struct {
    Material material;
    float span[2];
    uint32_t colour[3];
    float bump, gloss;
} GroundLook;
void surface_set_ground(Scene *s, const GroundLook *look);
/* Make it what s's table stands on outdoors. */
void surface_ground_below(Scene *s, const GroundLook *look);
/* Let the prompt's words for tables, floors and their materials change what the family chose. */
void surface_from_words(Scene *s, const char *prompt);

#endif
