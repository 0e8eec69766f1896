/* roles/procedural/material.h: what surfaces are made of, as textures that repeat and know their smaller
 * sizes. */
#ifndef FACET_ROLES_PROCEDURAL_MATERIAL_H
#define FACET_ROLES_PROCEDURAL_MATERIAL_H

#include "roles/procedural/canvas.h"

#include <pthread.h>

typedef enum {
    MATERIAL_SAND,
    MATERIAL_SOIL,
    MATERIAL_LITTER,
    MATERIAL_GRAVEL,
    MATERIAL_SNOW,
    MATERIAL_ASPHALT,
    MATERIAL_CONCRETE,
    MATERIAL_PAVING,
    MATERIAL_PLANKS,
    MATERIAL_WOOD,
    MATERIAL_TILES,
    MATERIAL_MARBLE,
    MATERIAL_TERRAZZO,
    MATERIAL_FABRIC,
    MATERIAL_PAPER,
    MATERIAL_METAL,
    MATERIAL_COUNT
} Material;

enum { TEXTURE_LEVELS = 10, TILE_SIZE = 256 };

/* [size, size] at level 0, half of it at each next one. The four numbers of a texel: tone (0..1, from the
 * surface's first colour to its second), share of the third colour (0..1), slope of the relief along x and
 * along z. */
typedef struct {
    int size, levels;
    Pixel *level[TEXTURE_LEVELS];
} Texture;

/* All textures of one editor and the noise that backdrops use. Textures are made at first use; after that
 * reading them takes no lock. */
typedef struct {
    pthread_mutex_t lock;
    _Atomic(Texture *) texture[MATERIAL_COUNT];
    float *clouds;  /* [TILE_SIZE, TILE_SIZE] noise of many octaves, about -1..1 */
    float *speckle; /* [TILE_SIZE, TILE_SIZE] fine noise, about -1..1 */
} Materials;

bool materials_open(Materials *m, Err *err) __attribute__((warn_unused_result));
void materials_close(Materials *m);
/* Borrowed until materials_close(); NULL with *err set when memory runs out. */
const Texture *materials_get(Materials *m, Material which, Err *err);

/* Trilinear lookup at (u, v) in tiles; `lod` 0 is the full size, 1 half of it. */
static inline Pixel texture_level_at(const Texture *t, int level, float u, float v)
{
    int size = t->size >> level, mask = size - 1;
    float x = u * (float)size - 0.5f, y = v * (float)size - 0.5f;
    float fx = __builtin_floorf(x), fy = __builtin_floorf(y);
    int x0 = (int)fx & mask, x1 = (x0 + 1) & mask;
    const Pixel *a = t->level[level] + (size_t)((int)fy & mask) * (size_t)size;
    const Pixel *b = t->level[level] + (size_t)(((int)fy + 1) & mask) * (size_t)size;
    return pixel_mix(pixel_mix(a[x0], a[x1], x - fx), pixel_mix(b[x0], b[x1], x - fx), y - fy);
}
static inline Pixel texture_at(const Texture *t, float u, float v, float lod)
{
    float top = (float)(t->levels - 1);
    lod = lod < 0 ? 0 : lod > top ? top : lod;
    int level = (int)lod;
    Pixel p = texture_level_at(t, level, u, v);
    if (level + 1 < t->levels)
        p = pixel_mix(p, texture_level_at(t, level + 1, u, v), lod - (float)level);
    return p;
}

#endif
