/* vision/draw.h: shapes and text on pictures, for overlays and contact sheets. */
#ifndef FACET_VISION_DRAW_H
#define FACET_VISION_DRAW_H

#include "vision/image.h"
#include "vision/polygon.h"

typedef struct {
    uint8_t r, g, b;
} Colour;

/* Fill a mask's set pixels (above 127) of an RGB picture with a colour of the given opacity (0..255). Same
 * size. */
void draw_mask(Image *rgb, const Image *mask, Colour c, int opacity);
/* A closed polygon's inside, even-odd, with opacity, edges antialiased. Corners lie in the centres of pixels.
 */
void draw_polygon_filled(Image *rgb, const Polygon *p, Colour c, int opacity);
/* Its outline, `width` pixels wide with round corners, antialiased. One point is a dot. */
void draw_polygon_outline(Image *rgb, const Polygon *p, Colour c, int width);
/* A filled rectangle. Like all shapes here it is clipped at the picture's edge. */
void draw_rect(Image *rgb, int x, int y, int width, int height, Colour c);
/* One line of text, top left corner at (x, y), in an embedded bitmap font of our own, ASCII ('?' for any
 * other UTF-8 character); each font pixel is `scale` pixels wide. Clipped at the picture's edge. */
void draw_text(Image *rgb, int x, int y, const char *text, Colour c, int scale);
int draw_text_width(const char *text, int scale);
/* Copy a picture (RGB) onto another with its top left corner at (x, y), clipped. */
void draw_image(Image *rgb, int x, int y, const Image *picture);

#endif
