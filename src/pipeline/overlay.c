#include "pipeline/overlay.h"

#include "vision/codec.h"
#include "vision/draw.h"

enum { QUALITY = 90, TINT = 90 };

static const Colour colour = { 255, 64, 32 };

bool overlay_save(const char *path, const Image *picture, const Image *mask, const PolygonList *outlines,
                  Err *err)
{
    Image overlay;
    if (!image_copy(&overlay, picture, err))
        return false;
    if (!image_empty(mask))
        draw_mask(&overlay, mask, colour, TINT);
    int width = 1 + overlay.width / 512;
    for (size_t i = 0; i < outlines->count; i++) {
        if (image_empty(mask))
            draw_polygon_filled(&overlay, &outlines->polygon[i], colour, TINT);
        draw_polygon_outline(&overlay, &outlines->polygon[i], colour, width);
    }
    bool ok = image_save(&overlay, path, QUALITY, err);
    image_clear(&overlay);
    return ok;
}
