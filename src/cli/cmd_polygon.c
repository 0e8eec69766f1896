/* cmd_polygon.c: facet polygon. */
#include "cli/cmd.h"

#include "cli/camera_options.h"
#include "cli/command.h"
#include "vision/codec.h"
#include "vision/polygon.h"

typedef struct {
    bool all;
    int class_id, max_pixels;
} PolygonOptions;

#define AT(field) offsetof(PolygonOptions, field)

/* clang-format off */
const Option cmd_polygon_options[] = {
    { .group = "Options", .name = "polygons", .type = OPT_EITHER, .offset = AT(all), .fallback = "largest",
      .choices = "largest|all", .help = "The outline of the largest part, or one line for every part" },
    { .name = "class", .type = OPT_INT, .offset = AT(class_id), .fallback = "0", .min = 0, .max = 100000,
      .help = "Number of the class at the start of each line" },
    MAX_PIXELS_ROW(PolygonOptions, max_pixels),
    { .name = NULL },
};
/* clang-format on */

static bool print_polygons(const void *options, CommandWork *work, Err *err)
{
    const PolygonOptions *p = options;
    Image mask = { 0 };
    PolygonList list = { 0 };
    DecodeOptions gray = { .channels = 1, .upright = true, .max_pixels = (size_t)p->max_pixels };
    bool ok = image_load(&mask, work->words.text[0], &gray, err) &&
              polygons_of_mask(&list, &mask, p->all ? POLYGONS_ALL : POLYGONS_LARGEST, err);
    for (size_t i = 0; ok && i < list.count; i++)
        polygon_label_line(&work->out, p->class_id, &list.polygon[i], mask.width, mask.height);
    polygon_list_clear(&list);
    image_clear(&mask);
    return ok;
}

int cmd_polygon(int argc, char *const *argv)
{
    PolygonOptions o = { 0 };
    return command_act("polygon", &o, 1, print_polygons, argc, argv);
}
