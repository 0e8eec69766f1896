#include "roles/procedural/surface.h"

#include <math.h>

/* Colours of one look of a table top: tone 0, tone 1, third colour of the texture. */
typedef struct {
    uint32_t colour[3];
} Look;

typedef struct {
    Material material;
    float span[2], bump, gloss;
    bool grained; /* the texture has a direction that follows the table's edges */
    int looks;
    Look look[5];
} Top;

static const Top tops[TOP_COUNT] = {
    [TOP_WOOD] = { MATERIAL_WOOD,
                   { 0.45f, 0.75f },
                   0.04f,
                   0.30f,
                   true,
                   5,
                   { { { 0x94602F, 0xCE9A5E, 0x5A3A1E } },
                     { { 0x5C3A22, 0x8E6038, 0x332012 } },
                     { { 0xBE9868, 0xE8CC9C, 0x8A6238 } },
                     { { 0x7A4A26, 0xB8763C, 0x46280F } },
                     { { 0x4A3426, 0x6E5240, 0x2A1C14 } } } },
    [TOP_PLANKS] = { MATERIAL_PLANKS,
                     { 0.55f, 0.8f },
                     0.16f,
                     0.06f,
                     true,
                     4,
                     { { { 0x6E6258, 0xAFA394, 0x241E1A } },
                       { { 0x8A6240, 0xC49A68, 0x2A1A10 } },
                       { { 0x7C6A56, 0xBCA68A, 0x281F16 } },
                       { { 0x4E3A2C, 0x86684C, 0x1A120C } } } },
    [TOP_MARBLE] = { MATERIAL_MARBLE,
                     { 0.6f, 1.0f },
                     0.02f,
                     0.55f,
                     false,
                     4,
                     { { { 0xC9C6C0, 0xF2F0EC, 0x85827E } },
                       { { 0x202225, 0x3A3E42, 0xA8A49C } },
                       { { 0xB8A68E, 0xE6DAC6, 0x7A6248 } },
                       { { 0x2E4038, 0x4C6458, 0xC4D0C4 } } } },
    [TOP_TERRAZZO] = { MATERIAL_TERRAZZO,
                       { 0.35f, 0.55f },
                       0.02f,
                       0.45f,
                       false,
                       3,
                       { { { 0xC8C4BC, 0xEEEAE2, 0x9A6A50 } },
                         { { 0x3A3C40, 0x6A6C70, 0xC8C8C4 } },
                         { { 0xB8B0A4, 0xE4DCD0, 0x54605A } } } },
    [TOP_CONCRETE] = { MATERIAL_CONCRETE,
                       { 0.7f, 1.1f },
                       0.14f,
                       0.10f,
                       false,
                       3,
                       { { { 0x84827E, 0xBAB8B2, 0x55524E } },
                         { { 0x5A5A5A, 0x8C8C8A, 0x383838 } },
                         { { 0x9C9484, 0xCEC6B4, 0x6A6254 } } } },
    [TOP_STEEL] = { MATERIAL_METAL,
                    { 0.5f, 0.8f },
                    0.02f,
                    0.75f,
                    true,
                    2,
                    { { { 0x7C8084, 0xB4B8BC, 0x66686A } }, { { 0x5E6468, 0x989EA2, 0x484A4C } } } },
    [TOP_CLOTH] = { MATERIAL_FABRIC,
                    { 0.16f, 0.24f },
                    0.10f,
                    0.0f,
                    true,
                    5,
                    { { { 0xB8AC98, 0xE8DFCE, 0xCFC4B0 } },
                      { { 0x6E2A26, 0xB85048, 0xE0D4C4 } },
                      { { 0x2C4258, 0x5A7896, 0xC4CCD4 } },
                      { { 0x4A5A40, 0x86986E, 0xB8BE9C } },
                      { { 0xC8C8C8, 0xF2F2F0, 0xB4B8BC } } } },
    [TOP_TILES] = { MATERIAL_TILES,
                    { 0.36f, 0.6f },
                    0.10f,
                    0.40f,
                    true,
                    4,
                    { { { 0xD4D0C8, 0xF2EEE8, 0xA8A49C } },
                      { { 0x3E6470, 0x6C98A4, 0xC8C8C0 } },
                      { { 0xA86848, 0xD0946C, 0xC8B8A4 } },
                      { { 0x8AA8A0, 0xC0D8D0, 0xE0E0D8 } } } },
    [TOP_LACQUER] = { MATERIAL_PAPER,
                      { 0.8f, 1.2f },
                      0.01f,
                      0.42f,
                      false,
                      5,
                      { { { 0xD0D0CE, 0xF2F2F0, 0xE0E0E0 } },
                        { { 0x26282A, 0x3A3C40, 0x303030 } },
                        { { 0xB8C4C0, 0xDCE6E2, 0xC8D0CC } },
                        { { 0x9C4A34, 0xC06A50, 0xB05A40 } },
                        { { 0xC8B08C, 0xE6D4B4, 0xD8C4A0 } } } },
};

void surface_set_top(Scene *s, unsigned kinds, float height)
{
    Rng *r = &s->rng;
    TopKind kind;
    do
        kind = (TopKind)rng_index(r, TOP_COUNT);
    while (kinds && !(kinds & 1u << kind));
    const Top *t = &tops[kind];
    const Look *look = &t->look[rng_index(r, (size_t)t->looks)];
    s->on_table = true;
    s->surface = (Surface){ .material = t->material,
                            .span = rng_range(r, t->span[0], t->span[1]),
                            .bump = t->bump,
                            .gloss = t->gloss * rng_range(r, 0.7f, 1.1f),
                            .floor = -height };
    for (int k = 0; k < 3; k++)
        s->surface.colour[k] = colour_near(r, look->colour[k]);
    s->surface.turn = t->grained ? (rng_float(r) < 0.6f ? 1.5708f : 0) + rng_range(r, -0.12f, 0.12f)
                                 : rng_range(r, 0, 6.28f);
    s->surface.edge = rng_float(r) < 0.25f ? EDGE_ROUND : EDGE_STRAIGHT;
    s->surface.edge_z = s->camera.focus * rng_range(r, 1.3f, 1.8f);
    s->surface.edge_slope = rng_range(r, -0.05f, 0.05f);
    if (s->surface.edge == EDGE_ROUND) {
        s->surface.edge_z = s->camera.focus + rng_range(r, 0.22f, 0.40f);
        s->surface.edge_slope = rng_range(r, 0.5f, 0.8f);
    }
}

void surface_set_ground(Scene *s, const GroundLook *look)
{
    Rng *r = &s->rng;
    s->on_table = false;
    s->surface = (Surface){ .material = look->material,
                            .span = rng_range(r, look->span[0], look->span[1]),
                            .bump = look->bump,
                            .gloss = look->gloss,
                            .turn = rng_range(r, 0, 6.28f),
                            .edge = EDGE_HORIZON };
    for (int k = 0; k < 3; k++)
        s->surface.colour[k] = colour_near(r, look->colour[k]);
    if (s->light.indoors) {
        s->surface.edge = EDGE_STRAIGHT;
        s->back_z = s->camera.focus + rng_range(r, 2.2f, 4.0f);
        s->surface.edge_z = s->back_z;
    }
}

void surface_ground_below(Scene *s, const GroundLook *look)
{
    Surface top = s->surface;
    surface_set_ground(s, look);
    s->ground = s->surface;
    s->surface = top;
    s->on_table = true;
}

typedef struct {
    const char *word;
    unsigned kinds;
} KindWord;

static const KindWord kind_words[] = {
    { "plank", 1u << TOP_PLANKS },
    { "picnic table", 1u << TOP_PLANKS },
    { "picnic bench", 1u << TOP_PLANKS },
    { "weathered", 1u << TOP_PLANKS },
    { "deck", 1u << TOP_PLANKS },
    { "crate", 1u << TOP_PLANKS },
    { "marble", 1u << TOP_MARBLE },
    { "granite", 1u << TOP_TERRAZZO },
    { "terrazzo", 1u << TOP_TERRAZZO },
    { "steel", 1u << TOP_STEEL },
    { "metal", 1u << TOP_STEEL },
    { "aluminium", 1u << TOP_STEEL },
    { "aluminum", 1u << TOP_STEEL },
    { "linen", 1u << TOP_CLOTH },
    { "tablecloth", 1u << TOP_CLOTH },
    { "blanket", 1u << TOP_CLOTH },
    { "cloth", 1u << TOP_CLOTH },
    { "leather", 1u << TOP_CLOTH },
    { "concrete", 1u << TOP_CONCRETE },
    { "stone", 1u << TOP_CONCRETE },
    { "ledge", 1u << TOP_CONCRETE },
    { "slate", 1u << TOP_CONCRETE },
    { "tiled", 1u << TOP_TILES },
    { "ceramic tile", 1u << TOP_TILES },
    { "glass table", 1u << TOP_LACQUER },
    { "laminate", 1u << TOP_LACQUER },
    { "lacquered", 1u << TOP_LACQUER },
    { "formica", 1u << TOP_LACQUER },
    { "oak", 1u << TOP_WOOD },
    { "wooden", 1u << TOP_WOOD | 1u << TOP_PLANKS },
    { "walnut", 1u << TOP_WOOD },
    { "pine table", 1u << TOP_WOOD },
    { "tree stump", 1u << TOP_WOOD },
    { "cork", 1u << TOP_WOOD },
    { "butcher block", 1u << TOP_WOOD },
};

void surface_from_words(Scene *s, const char *prompt)
{
    static const char *const raised[] = { "table",     "bench",   "desk",       "stool",      "tray",
                                          "ledge",     "stump",   "railing",    "crate",      "windowsill",
                                          "counter",   "worktop", "tablecloth", "stone wall", "deck",
                                          "boardwalk", "shelf",   "workbench",  "pallet",     NULL };
    static const char *const floors[] = { "floor", "carpet", "rug", "parquet", NULL };
    unsigned kinds = 0;
    for (size_t i = 0; i < sizeof kind_words / sizeof *kind_words; i++)
        if (words_contain(prompt, kind_words[i].word))
            kinds |= kind_words[i].kinds;
    if (s->light.indoors && words_contain_any(prompt, floors) && !words_contain_any(prompt, raised)) {
        if (words_contain(prompt, "carpet") || words_contain(prompt, "rug"))
            surface_set_ground(
                s,
                &(GroundLook){ MATERIAL_FABRIC, { 0.25f, 0.4f }, { 0x8A7A68, 0xC8B8A0, 0x9A5A48 }, 0.2f, 0 });
        else if (s->on_table)
            surface_set_ground(
                s, &(GroundLook){
                       MATERIAL_PLANKS, { 0.9f, 1.2f }, { 0x8A6038, 0xC09460, 0x3A2412 }, 0.06f, 0.3f });
        return;
    }
    if (!s->on_table && words_contain_any(prompt, raised)) {
        s->ground = s->surface;
        surface_set_top(s, kinds ? kinds : 1u << TOP_PLANKS | 1u << TOP_WOOD, rng_range(&s->rng, 0.5f, 0.8f));
    } else if (s->on_table && kinds) {
        surface_set_top(s, kinds, -s->surface.floor);
    }
}
