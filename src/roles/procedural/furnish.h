/* roles/procedural/furnish.h: walls and what stands or hangs before them. */
#ifndef FACET_ROLES_PROCEDURAL_FURNISH_H
#define FACET_ROLES_PROCEDURAL_FURNISH_H

#include "roles/procedural/stage.h"

/* Boxes are x0, y0, x1, y1 in metres, y up from the floor. */

/* Light that falls off across the room from the side of the window or lamp, for all layers that follow. */
void furnish_light(Stage *st);
/* A plastered wall as wide as the picture, with a skirting board. */
void furnish_wall(Stage *st, Painter *p, Pixel colour);
/* A wall of bricks. */
void furnish_bricks(Stage *st, Painter *p, const float box[4], Pixel colour);
/* Tiles of `size` metres (width, height), each second row moved by half when `bond`. */
void furnish_tiles(Painter *p, Rng *r, const float box[4], const float size[2], bool bond, Pixel colour);
/* A window onto garden or town, with its sky in the scene's light. */
void furnish_window(Stage *st, Painter *p, const float box[4], bool town, Pixel frame);
void furnish_curtain(Painter *p, Rng *r, const float box[4], Pixel colour);
void furnish_blinds(Painter *p, const float box[4], Pixel colour);
/* A framed painting. */
void furnish_picture(Painter *p, Rng *r, const float box[4]);
void furnish_cupboards(Painter *p, Rng *r, const float box[4], float door, Pixel colour);

typedef enum { SHELF_BOOKS, SHELF_HOME, SHELF_KITCHEN, SHELF_GOODS, SHELF_CARTONS, SHELF_WORKSHOP } ShelfKind;
/* A shelf of `rows` boards with things on them; with a back wall when `closed`. */
void furnish_shelf(Painter *p, Rng *r, const float box[4], int rows, ShelfKind kind, Pixel wood, bool closed);

void furnish_sofa(Painter *p, Rng *r, float x, float width, Pixel colour);
void furnish_chair(Painter *p, Rng *r, float x, float height, Pixel colour);
void furnish_table(Painter *p, float x, float width, float height, Pixel colour);
/* A lamp hanging from the ceiling, its shade's lower edge at (x, y). */
void furnish_pendant(Painter *p, Rng *r, float x, float y, float glow);
/* Lights on a sagging cable from (x0, y0) to (x1, y1). */
void furnish_light_string(Painter *p, Rng *r, const float box[4], int count, float glow);
/* Small bright points out of focus, in a box. */
void furnish_glints(Painter *p, Rng *r, const float box[4], int count, float size, Pixel colour, float glow);

#endif
