/* roles/procedural/props.h: small things that stand on tables and shelves. */
#ifndef FACET_ROLES_PROCEDURAL_PROPS_H
#define FACET_ROLES_PROCEDURAL_PROPS_H

#include "base/rng.h"
#include "roles/procedural/paint.h"

/* All stand on `at` (the middle of their foot, metres) and are `h` metres high. */
void prop_bottle(Painter *p, Rng *rng, Point2 at, float h);
void prop_jar(Painter *p, Rng *rng, Point2 at, float h);
void prop_cup(Painter *p, Rng *rng, Point2 at, float h);
void prop_carton(Painter *p, Rng *rng, Point2 at, float h);
void prop_can(Painter *p, Rng *rng, Point2 at, float h);
void prop_candle(Painter *p, Rng *rng, Point2 at, float h);
void prop_fruit_bowl(Painter *p, Rng *rng, Point2 at, float h);
void prop_vase(Painter *p, Rng *rng, Point2 at, float h);
void prop_books_flat(Painter *p, Rng *rng, Point2 at, float h);
void prop_pencils(Painter *p, Rng *rng, Point2 at, float h);
void prop_clock(Painter *p, Rng *rng, Point2 at, float h);
void prop_monitor(Painter *p, Rng *rng, Point2 at, float h);
void prop_teapot(Painter *p, Rng *rng, Point2 at, float h);
/* A table lamp; it glows when glow is above 0. */
void prop_lamp(Painter *p, Rng *rng, Point2 at, float h, float glow);

/* Books side by side from x0 to x1 on y, up to `h` high. */
void prop_book_row(Painter *p, Rng *rng, const float x[2], float y, float h);
/* Packages or bottles of one kind side by side, as in a shop. */
void prop_goods(Painter *p, Rng *rng, const float x[2], float y, float h);
/* A strong colour such as packages and book covers have. */
Pixel prop_colour(Rng *rng);

#endif
