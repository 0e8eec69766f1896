/* Kitchen. */
#include "roles/procedural/families.h"
#include "roles/procedural/plants.h"

#include <math.h>

void kitchen_surface(Scene *s)
{
    Rng *r = &s->rng;
    Camera *c = &s->camera;
    static const uint32_t woods[3][3] = { { 0x9A6A3C, 0xD0A068, 0x5A3A1E },
                                          { 0x6A4428, 0x9C6C42, 0x3A2414 },
                                          { 0xC09A6C, 0xE6C896, 0x8A6238 } };
    int kind = rng_int(r, 0, 2);
    s->surface = (Surface){ .bump = 0.05f,
                            .gloss = 0.35f,
                            .turn = rng_float(r) < 0.7f ? 1.57f : 0.1f,
                            .edge = EDGE_STRAIGHT,
                            .edge_z = c->focus * rng_range(r, 1.25f, 1.6f),
                            .edge_slope = rng_range(r, -0.04f, 0.04f),
                            .floor = -0.92f };
    if (kind == 0) {
        const uint32_t *w = woods[rng_index(r, 3)];
        s->surface.material = MATERIAL_WOOD;
        s->surface.span = rng_range(r, 0.5f, 0.8f);
        for (int k = 0; k < 3; k++)
            s->surface.colour[k] = colour_near(r, w[k]);
    } else {
        bool dark = rng_float(r) < 0.3f;
        s->surface.material = kind == 1 ? MATERIAL_MARBLE : MATERIAL_TERRAZZO;
        s->surface.span = rng_range(r, 0.6f, 1.1f);
        s->surface.gloss = 0.6f;
        s->surface.colour[0] = colour_near(r, dark ? 0x26282A : 0xCFCBC4);
        s->surface.colour[1] = colour_near(r, dark ? 0x3C4044 : 0xF2F0EA);
        s->surface.colour[2] = colour_near(r, dark ? 0x9A958C : 0x8A8784);
    }
}

static void wall_tiles(Painter *p, Rng *r, const float box[4], const float tile[2], Pixel colour)
{
    for (float y = box[1]; y < box[3]; y += tile[1]) {
        int row = (int)lrintf((y - box[1]) / tile[1]);
        for (float x = box[0] - ((row & 1) ? 0.5f * tile[0] : 0); x < box[2]; x += tile[0]) {
            Fill f = fill_two(FILL_DOWN, colour * pixel_all(rng_range(r, 0.95f, 1.12f)),
                              colour * pixel_all(rng_range(r, 0.84f, 1.0f)));
            paint_rect(p, x + 0.004f, y + 0.004f, x + tile[0] - 0.004f, y + tile[1] - 0.004f, &f);
        }
    }
}

static void cupboards(Painter *p, Rng *r, const float box[4], float door, Pixel colour)
{
    for (float x = box[0]; x < box[2]; x += door) {
        Fill f =
            fill_two(FILL_DOWN, colour * pixel_all(rng_range(r, 0.95f, 1.05f)), colour * pixel_all(0.86f));
        Fill gap = fill_flat(colour * pixel_all(0.30f)), panel = fill_flat(colour * pixel_all(0.78f));
        Fill grip = fill_two(FILL_DOWN, pixel_all(0.7f), pixel_all(0.15f));
        paint_rect(p, x, box[1], x + door, box[3], &gap);
        paint_rect(p, x + 0.006f, box[1] + 0.006f, x + door - 0.006f, box[3] - 0.006f, &f);
        paint_rect(p, x + 0.06f, box[1] + 0.07f, x + door - 0.06f, box[3] - 0.07f, &panel);
        paint_rect(p, x + 0.068f, box[1] + 0.07f, x + door - 0.06f, box[3] - 0.078f, &f);
        paint_rect(p, x + door - 0.045f, box[1] + 0.05f, x + door - 0.028f, box[1] + 0.2f, &grip);
    }
}

static void jar(Painter *p, Rng *r, float x, float y, float h)
{
    static const uint32_t colours[6] = { 0xC0392B, 0xE6B422, 0xF0ECE0, 0x3E6A4A, 0x8A5A33, 0x4A6E8A };
    Fill f = fill_round(colour_near(r, colours[rng_index(r, 6)]));
    float w = h * rng_range(r, 0.22f, 0.42f);
    paint_rect(p, x - w, y, x + w, y + 0.8f * h, &f);
    Fill lid = fill_round(colour_near(r, rng_float(r) < 0.5f ? 0x8A6A48 : 0xB8B8BC));
    paint_rect(p, x - 0.9f * w, y + 0.8f * h, x + 0.9f * w, y + h, &lid);
}

static void window_pane(Stage *st, Painter *p, const float box[4])
{
    const Light *l = &st->scene->light;
    Fill sky = { .kind = FILL_DOWN, .a = l->zenith, .b = l->horizon, .glows = true };
    paint_rect(p, box[0], box[1], box[2], box[3], &sky);
    for (int i = 0; i < 3; i++)
        plant_foliage(p, &st->rng,
                      (Point2){ rng_range(&st->rng, box[0] + 0.2f, box[2] - 0.2f), box[1] + 0.2f }, 0.25f,
                      0.18f, colour_hex(0x5A8040) * pixel_all(0.4f + l->horizon[1]));
    Fill frame = fill_flat(colour_hex(0xE8E4DC));
    float t = 0.05f, mx = 0.5f * (box[0] + box[2]);
    paint_rect(p, box[0] - t, box[1] - t, box[0], box[3] + t, &frame);
    paint_rect(p, box[2], box[1] - t, box[2] + t, box[3] + t, &frame);
    paint_rect(p, box[0], box[1] - t, box[2], box[1], &frame);
    paint_rect(p, box[0], box[3], box[2], box[3] + t, &frame);
    paint_rect(p, mx - 0.5f * t, box[1], mx + 0.5f * t, box[3], &frame);
}

void kitchen_backdrop(Stage *st)
{
    Rng *r = &st->rng;
    static const uint32_t fronts[6] = { 0xEDE8DE, 0x4E6A5C, 0x34485C, 0xB08A5E, 0xDCD8D0, 0x8A9A8C };
    static const uint32_t walls[4] = { 0xF0ECE4, 0xD8E4E0, 0xE6D8C0, 0xB8CCD4 };
    Pixel front = colour_near(r, fronts[rng_index(r, 6)]), wall = colour_near(r, walls[rng_index(r, 4)]);
    float z = st->scene->camera.focus + rng_range(r, 1.7f, 2.6f),
          w = 0.6f * (float)st->scene->camera.width * z / st->scene->camera.focal + 0.3f;
    float window = rng_range(r, -0.8f, 0.8f) * w;
    Painter *p = stage_layer(st, z);
    Fill plaster = fill_two(FILL_DOWN, wall, wall * pixel_all(0.85f)),
         grout = fill_flat(wall * pixel_all(0.7f));
    paint_rect(p, -w, 0, w, 4, &plaster);
    paint_rect(p, -w, 0.9f, w, 1.5f, &grout);
    wall_tiles(p, r, (float[4]){ -w, 0.9f, w, 1.5f }, (float[2]){ 0.2f, 0.1f }, wall);
    cupboards(p, r, (float[4]){ -w, 1.5f, w, 2.3f }, rng_range(r, 0.4f, 0.6f), front);
    window_pane(st, p, (float[4]){ window - 0.45f, 1.15f, window + 0.45f, 2.1f });
    cupboards(p, r, (float[4]){ -w, 0.1f, w, 0.88f }, rng_range(r, 0.45f, 0.6f), front);
    Fill top = fill_two(FILL_DOWN, colour_near(r, 0x8A6A48), colour_hex(0x3A2A1C));
    paint_rect(p, -w, 0.86f, w, 0.91f, &top);
    for (int i = 0; i < 8; i++)
        jar(p, r, rng_range(r, -w, w), 0.91f, rng_range(r, 0.12f, 0.3f));
    plant_potted(p, r, (Point2){ window + rng_range(r, -0.3f, 0.3f), 0.91f }, rng_range(r, 0.3f, 0.45f),
                 colour_hex(0x4A7A34), colour_near(r, 0xB0603A));
    stage_ground(st);
}
