/* web/gallery.h: the images of an execution, with what is known of each. */
#ifndef FACET_WEB_GALLERY_H
#define FACET_WEB_GALLERY_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The folders of an execution that hold images, in the order in which they are made from each other. The combined folders of
 * steps 5 and 7 are left out: they hold the same images again. */
typedef enum {
    PLACE_WHITE,
    PLACE_VIEWS,
    PLACE_IMAGES,
    PLACE_RESTYLED,
    PLACE_TRAIN,
    PLACE_VAL,
    PLACE_REVIEW,
    PLACE_CV_TRAIN,
    PLACE_CV_VAL,
    PLACE_COUNT
} Place;

typedef struct {
    int step;
    const char *folder, *alpha_folder,
        *label_folder; /* in the execution, "" is the execution itself; NULL: there is none */
    const char *split; /* NULL before step 6 */
} PlaceInfo;
extern const PlaceInfo places[PLACE_COUNT];

/* One image. Texts are borrowed from the gallery. Numbers of items are those of gallery_item(); -1 is none. */
typedef struct {
    const char *name; /* file name */
    const char *note; /* step 5: its prompt; step 7: the effects, one a line; else NULL */
    Place place;
    bool gone;      /* it was there, and is not any more */
    bool corrected; /* step 6: its label is a person's */
    int32_t parent; /* what it was made from */
    int32_t first_child, next_sibling;
    int32_t view, prompt;   /* numbers of the perspective and of the scene prompt; -1 unknown */
    int64_t seed;           /* -1 unknown */
    float score, stability; /* of its label as its annotator judged it, 0..1; -1 unknown */
    int polygons;           /* outlines in its label; -1 when there is no label yet */
    float area;             /* share of the picture that they cover */
    float x0, y0, x1, y1;   /* the box around them, shares of width and height */
    int attempts;           /* 0 unknown */
    float ms;               /* that making it took */
    int64_t mtime_ns, size_bytes;
    uint32_t seen; /* of the gallery alone: the last listing that it was in */
} GalleryItem;

/* An item of the journal that failed and was not made since. */
typedef struct {
    int step;
    const char *item, *error, *time; /* borrowed */
    int attempts;
    bool mended; /* it was made later: not a failure any more */
} GalleryFailure;

/* How far a step is. */
typedef struct {
    bool completed; /* as pipeline_state.json says */
    size_t images;  /* that are there */
    size_t failed;
    size_t expected; /* images that the configuration asks for; 0 unknown */
    size_t journal;  /* lines of the journal that say "made", as often as they say it */
    double ms;       /* their time added up */
} GalleryStep;

enum { GALLERY_STEPS = 8 };

typedef struct Gallery Gallery;

/* Look at an execution; nothing is written there, and nothing of what is read is trusted. NULL with *err set: ERR_MISSING,
 * ERR_IO, ERR_NOMEM. What cannot be read of it (a state of a newer facet, say) is missing from the gallery, and
 * gallery_problem() says so. Not for several threads at once: the caller has a lock. */
Gallery *gallery_open(const char *folder, Err *err) __attribute__((warn_unused_result));
/* Fine on NULL. */
void gallery_close(Gallery *g);

/* Take in what was added or changed since: folders that changed, and the lines at the journal's end. */
bool gallery_refresh(Gallery *g, Err *err) __attribute__((warn_unused_result));
/* Read an item's label again, and what follows from it. */
bool gallery_reread_label(Gallery *g, size_t item, Err *err) __attribute__((warn_unused_result));

const char *gallery_folder(const Gallery *g);
const char *gallery_problem(const Gallery *g); /* NULL when there is none */
/* Grows by one with every refresh that found something. */
uint64_t gallery_version(const Gallery *g);

size_t gallery_count(const Gallery *g);
const GalleryItem *gallery_item(const Gallery *g, size_t item);
int32_t gallery_find(const Gallery *g, Place place, const char *name);
/* The item whose name has the same stem, whatever its extension; -1. */
int32_t gallery_find_stem(const Gallery *g, Place place, const char *name);
/* The image of step 6 that carries the label of this one: itself, what it was made from, or what was made from it; -1. */
int32_t gallery_labelled(const Gallery *g, size_t item);

const GalleryStep *gallery_step(const Gallery *g, int step);
size_t gallery_failure_count(const Gallery *g);
const GalleryFailure *gallery_failure(const Gallery *g, size_t i);

/* The prompt that made an item, "" when unknown. Borrowed until the next refresh. */
const char *gallery_prompt(const Gallery *g, const GalleryItem *item);
/* What pipeline_state.json says of a view ("view", "elevation", …); NULL. Borrowed until the next refresh. */
const json_t *gallery_view(const Gallery *g, const GalleryItem *item);
/* An option of run_config.json; NULL. Borrowed until the next refresh. */
const json_t *gallery_option(const Gallery *g, const char *name);
/* A text of pipeline_state.json; NULL. Borrowed until the next refresh. */
const char *gallery_state_text(const Gallery *g, const char *field);

/* Paths of an item's files; the caller frees them, NULL when memory runs out or there is no such file by design. */
typedef enum { FILE_OF_IMAGE, FILE_OF_ALPHA, FILE_OF_LABEL } ItemFile;
char *gallery_path(const Gallery *g, const GalleryItem *item, ItemFile which);

#endif
