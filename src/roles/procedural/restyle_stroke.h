/* roles/procedural/restyle_stroke.h: single things drawn into a picture: a flake, a streak, a disc of light. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_STROKE_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_STROKE_H

#include "roles/procedural/canvas.h"

/* A line with round ends, or a disc when both ends are the same. Pixels of the canvas. */
typedef struct {
    float x0, y0, x1, y1;
    float radius, soft; /* the edge fades from radius - soft to radius + soft */
    float squash;       /* height over width of a disc that lies on a surface; 0 is taken for 1 */
    float ring;         /* 0 even .. 1 only its rim */
    Pixel colour;       /* fourth number unused */
    float strength;     /* 0..1 */
    float cover;        /* how much of what is behind it hides, 0: it only adds light */
    bool butt;          /* ends cut square, so that pieces of a line do not overlap */
    float hidden;       /* how much the object (the canvas's fourth number) hides of it */
} Stroke;

void stroke_draw(Canvas *c, const Stroke *s);

#endif
