/* roles/procedural/restyle_tiles.h: the noise that light and weather are made of. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_TILES_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_TILES_H

#include "roles/procedural/canvas.h"

#include <pthread.h>

enum { RESTYLE_TILE = 256 };

/* [RESTYLE_TILE, RESTYLE_TILE] each; they repeat without a seam. */
typedef struct {
    float *clouds; /* many octaves, about -1..1 */
    float *smooth; /* one octave, about -1..1 */
    float *grain;  /* of single texels, about -1..1 */
    float *flecks; /* gaps of a canopy: 0 shade .. 1 sun */
    float *water;  /* light that ripples gather: about 0.1 between the lines to 3 on them */
    float *ice;    /* needles of frost, 0..1 */
    Pixel *glass;  /* panes: colour, and 1 within a pane to 0 in the lead */
} RestyleTiles;

/* The tiles of one editor, made at first use; after that reading them takes no lock. */
typedef struct {
    pthread_mutex_t lock;
    _Atomic(RestyleTiles *) tiles;
} RestyleCache;

void restyle_cache_open(RestyleCache *c);
void restyle_cache_close(RestyleCache *c);
/* Borrowed until restyle_cache_close(); NULL with *err set when memory runs out. */
const RestyleTiles *restyle_tiles_get(RestyleCache *c, Err *err);

#endif
