/* roles/procedural/paint.h: filled shapes, given in metres, on a canvas seen through a camera. */
#ifndef FACET_ROLES_PROCEDURAL_PAINT_H
#define FACET_ROLES_PROCEDURAL_PAINT_H

#include "roles/procedural/camera.h"
#include "roles/procedural/material.h"

typedef enum {
    FILL_FLAT,   /* colour a */
    FILL_DOWN,   /* a at the top, b at the bottom */
    FILL_ACROSS, /* a at the left, b at the right */
    FILL_ROUND,  /* a on the side of the light, b on the other, as on a column; on an ellipse, as on a ball */
} FillKind;

typedef struct {
    FillKind kind;
    Pixel a, b;
    float grain;            /* strength of noise on it, 0..1 */
    float grain_x, grain_y; /* texels of Materials.clouds (256 a tile) a metre */
    bool glows;             /* a light: not dimmed by the scene's light */
    float opacity;          /* 0 stands for 1 */
    float shine;            /* FILL_ROUND: brightness of the light's reflection */
} Fill;

/* A lamp or window near by: adds `colour` to the light at (x, y), a quarter of it `radius` metres away. */
typedef struct {
    float x, y, radius;
    Pixel colour;
} Pool;

enum { PAINT_MAX_POOLS = 4 };

/* Paints at one depth at a time. `line` is scratch of the canvas's width. */
typedef struct {
    Canvas *to;
    Camera camera;
    const Materials *materials;
    float z;     /* of the shapes that follow, metres */
    Pixel light; /* multiplies colours that do not glow */
    Pool pool[PAINT_MAX_POOLS];
    int pools;
    Pixel haze; /* colour of the air, mixed in by haze_part */
    float haze_part;
    float side;     /* where the light comes from: -1 left .. 1 right */
    float coverage; /* fourth number written: 1 in a layer, 0 straight on a picture */
    float *line;
} Painter;

typedef struct {
    float x, y;
} Point2;
typedef struct {
    float x, y, z;
} Point3;

enum { PAINT_MAX_POINTS = 48 };

/* A polygon, even-odd, at the painter's depth; at most PAINT_MAX_POINTS corners, further ones are ignored. */
void paint_polygon(Painter *p, const Point2 *corners, int n, const Fill *fill);
/* The same with a depth for each corner; all in front of the camera. */
void paint_polygon3(Painter *p, const Point3 *corners, int n, const Fill *fill);
void paint_rect(Painter *p, float x0, float y0, float x1, float y1, const Fill *fill);
void paint_ellipse(Painter *p, float x, float y, float rx, float ry, const Fill *fill);
/* A straight stroke of the given width at its start and end. */
void paint_stroke(Painter *p, Point2 a, Point2 b, float width_a, float width_b, const Fill *fill);

static inline Fill fill_flat(Pixel c)
{
    return (Fill){ .kind = FILL_FLAT, .a = c, .b = c };
}
static inline Fill fill_two(FillKind kind, Pixel a, Pixel b)
{
    return (Fill){ .kind = kind, .a = a, .b = b };
}
/* A column or ball of one colour, lit from the side. */
static inline Fill fill_round(Pixel c)
{
    return (Fill){ .kind = FILL_ROUND, .a = c * pixel_all(1.25f), .b = c * pixel_all(0.45f) };
}
static inline Fill fill_glow(Pixel c, float strength)
{
    return (
        Fill){ .kind = FILL_FLAT, .a = c * pixel_all(strength), .b = c * pixel_all(strength), .glows = true };
}

/* The same, polished. */
static inline Fill fill_glaze(Pixel c)
{
    Fill f = fill_round(c);
    f.shine = 0.8f;
    return f;
}
/* Light and dark by chance. */
static inline Fill fill_grain(Pixel c, float strength, float texels_x, float texels_y)
{
    return (Fill){
        .kind = FILL_FLAT, .a = c, .b = c, .grain = strength, .grain_x = texels_x, .grain_y = texels_y
    };
}
static inline void paint_flat_rect(Painter *p, float x0, float y0, float x1, float y1, Pixel c)
{
    Fill f = fill_flat(c);
    paint_rect(p, x0, y0, x1, y1, &f);
}
static inline Pixel pixel_dim(Pixel c, float k)
{
    return c * (Pixel){ k, k, k, 1 };
}

#endif
