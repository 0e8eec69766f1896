#include "web/curation.h"

#include "base/file.h"
#include "web/gallery_query.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER_EXPORTS "exports"

/* The split that the dataset has an image of this place in; -1: it is in none. */
static int split_of(Place place)
{
    switch (place) {
    case PLACE_TRAIN:
    case PLACE_CV_TRAIN: return SPLIT_TRAIN;
    case PLACE_VAL:
    case PLACE_CV_VAL: return SPLIT_VAL;
    default: return -1;
    }
}

bool curation_init(Curation *c, const Gallery *g, const Review *r, bool without_needs_work, Err *err)
{
    *c = (Curation){ .folder = strdup(gallery_folder(g)) };
    bool ok = c->folder != NULL;
    for (size_t i = 0; ok && i < gallery_count(g); i++) {
        const GalleryItem *it = gallery_item(g, i);
        int split = split_of(it->place);
        bool inherited;
        Decision d = split >= 0 ? item_decision(g, r, i, &inherited) : DECISION_NONE;
        if (d == DECISION_DROP || (without_needs_work && d == DECISION_NEEDS_WORK))
            ok = name_table_add(&c->left_out, (uint8_t)split, it->name, strlen(it->name)) >= 0;
    }
    if (ok)
        return true;
    curation_clear(c);
    return err_set(err, ERR_NOMEM, "no memory to look through %zu images", gallery_count(g));
}

void curation_clear(Curation *c)
{
    free(c->folder);
    name_table_clear(&c->left_out);
    *c = (Curation){ 0 };
}

static bool choose(void *user, const YoloImage *image, const char **label)
{
    (void)label;
    const Curation *c = user;
    const char *name = path_name(image->image);
    return name_table_find(&c->left_out, (uint8_t)image->split, name, strlen(name)) < 0;
}

bool curation_export(const Curation *c, ExportFormat format, const char *name, const atomic_bool *stop,
                     ExportResult *result, char **output, Err *err)
{
    char *exports = path_join(c->folder, FOLDER_EXPORTS);
    *output = exports ? path_join(exports, name) : NULL;
    Export e = { .source = c->folder,
                 .output = *output,
                 .format = format,
                 .choose = choose,
                 .user = (void *)c,
                 .stop = stop };
    bool ok = *output || err_set(err, ERR_NOMEM, "%s: no memory to export it", c->folder);
    ok = ok && folder_make(exports, err) && export_dataset(&e, result, err);
    free(exports);
    return ok;
}
