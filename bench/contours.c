/* From a mask to its label: contours, the largest one simplified, and the line: contours [MASK...] (examples/mug_mask.png) */
#include "clocks.h"

#include "base/str.h"
#include "vision/codec.h"
#include "vision/polygon.h"

#include <stdio.h>

enum { ROUNDS = 25 };

/* The least of several times. False: *err says why. */
static bool measure(const Image *mask, PolygonChoice which, double *ms, size_t *points, Err *err)
{
    *ms = 1e30;
    for (int i = 0; i < ROUNDS; i++) {
        PolygonList list = { 0 };
        Str line = { 0 };
        double start = thread_ms();
        if (!polygons_of_mask(&list, mask, which, err))
            return false;
        for (size_t k = 0; k < list.count; k++)
            polygon_label_line(&line, 0, &list.polygon[k], mask->width, mask->height);
        double took = thread_ms() - start;
        *ms = took < *ms ? took : *ms;
        *points = line.len;
        str_clear(&line);
        polygon_list_clear(&list);
    }
    return true;
}

int main(int argc, char **argv)
{
    char example[] = "examples/mug_mask.png", *usual[] = { example, NULL };
    for (char **file = argc > 1 ? argv + 1 : usual; *file; file++) {
        Err err = { 0 };
        Image mask;
        double largest, all;
        size_t bytes, all_bytes;
        if (!image_load(&mask, *file, &(DecodeOptions){ .channels = 1 }, &err) ||
            !measure(&mask, POLYGONS_LARGEST, &largest, &bytes, &err) ||
            !measure(&mask, POLYGONS_ALL, &all, &all_bytes, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        printf("%s, %d x %d: largest %.3f ms (%zu bytes of label), all %.3f ms (%zu bytes)\n", *file,
               mask.width, mask.height, largest, bytes, all, all_bytes);
        image_clear(&mask);
    }
    return 0;
}
