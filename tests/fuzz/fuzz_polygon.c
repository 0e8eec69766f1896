/* Any bits as a mask: all contours, simplified, and their label lines. The first byte is the width. */
#include "touch.h"

#include "base/str.h"
#include "vision/polygon.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    int width = data[0] % 64 + 1, height = (int)((size - 1) * 8 / (size_t)width);
    height = height > 4096 ? 4096 : height;
    if (height == 0)
        return 0;
    Image mask;
    Err err = { 0 };
    if (!image_init(&mask, width, height, 1, &err))
        abort();
    for (size_t i = 0; i < image_bytes(&mask); i++)
        mask.data[i] = data[1 + i / 8] >> (i % 8) & 1 ? 255 : 0;
    for (int all = 0; all < 2; all++) {
        PolygonList list = { 0 };
        Str line = { 0 };
        if (!polygons_of_mask(&list, &mask, all ? POLYGONS_ALL : POLYGONS_LARGEST, &err))
            abort();
        for (size_t i = 0; i < list.count; i++)
            polygon_label_line(&line, 0, &list.polygon[i], width, height);
        touch_bytes(str_text(&line), line.len);
        str_clear(&line);
        polygon_list_clear(&list);
    }
    image_clear(&mask);
    return 0;
}
