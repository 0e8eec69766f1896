/* roles/procedural/families.h: the kinds of places there are; each has a surface and a backdrop. */
#ifndef FACET_ROLES_PROCEDURAL_FAMILIES_H
#define FACET_ROLES_PROCEDURAL_FAMILIES_H

#include "roles/procedural/stage.h"

/* backdrop_nature.c */
void forest_surface(Scene *s);
void forest_backdrop(Stage *st);
void beach_surface(Scene *s);
void beach_backdrop(Stage *st);
void desert_surface(Scene *s);
void desert_backdrop(Stage *st);
void snow_surface(Scene *s);
void snow_backdrop(Stage *st);

/* backdrop_country.c */
void garden_surface(Scene *s);
void garden_backdrop(Stage *st);
void park_surface(Scene *s);
void park_backdrop(Stage *st);
void meadow_surface(Scene *s);
void meadow_backdrop(Stage *st);
void lake_surface(Scene *s);
void lake_backdrop(Stage *st);
void terrace_surface(Scene *s);
void terrace_backdrop(Stage *st);

/* backdrop_city.c */
void street_surface(Scene *s);
void street_backdrop(Stage *st);
void night_surface(Scene *s);
void night_backdrop(Stage *st);
void station_surface(Scene *s);
void station_backdrop(Stage *st);

/* backdrop_trade.c */
void cafe_surface(Scene *s);
void cafe_backdrop(Stage *st);
void market_surface(Scene *s);
void market_backdrop(Stage *st);
void bar_surface(Scene *s);
void bar_backdrop(Stage *st);
void shop_surface(Scene *s);
void shop_backdrop(Stage *st);
void studio_surface(Scene *s);
void studio_backdrop(Stage *st);

/* backdrop_home.c */
void kitchen_surface(Scene *s);
void kitchen_backdrop(Stage *st);
void living_surface(Scene *s);
void living_backdrop(Stage *st);
void bedroom_surface(Scene *s);
void bedroom_backdrop(Stage *st);
void bathroom_surface(Scene *s);
void bathroom_backdrop(Stage *st);

/* backdrop_work.c */
void office_surface(Scene *s);
void office_backdrop(Stage *st);
void library_surface(Scene *s);
void library_backdrop(Stage *st);
void classroom_surface(Scene *s);
void classroom_backdrop(Stage *st);
void workshop_surface(Scene *s);
void workshop_backdrop(Stage *st);
void warehouse_surface(Scene *s);
void warehouse_backdrop(Stage *st);

#endif
