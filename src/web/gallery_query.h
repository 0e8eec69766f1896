/* web/gallery_query.h: which images of an execution somebody wants to see. */
#ifndef FACET_WEB_GALLERY_QUERY_H
#define FACET_WEB_GALLERY_QUERY_H

#include "web/gallery.h"
#include "web/review.h"

typedef enum { ORDER_MADE, ORDER_NEWEST, ORDER_SCORE, ORDER_SIZE, ORDER_SIZE_DOWN, ORDER_COUNT } GalleryOrder;
extern const char *const order_names[ORDER_COUNT]; /* "made", "newest", "score", "size", "size_down" */

/* From what was made: an image as step 4 made it, one that step 5 restyled, one with camera effects. */
typedef enum { KIND_PLAIN, KIND_RESTYLED, KIND_CAMERA, KIND_COUNT } ItemKind;
extern const char *const kind_names[KIND_COUNT]; /* "plain", "restyled", "camera" */

/* {0} with min_score -1, max_score, max_area 2, view and prompt -1 lets everything through: gallery_query_all(). */
typedef struct {
    unsigned steps;             /* bit s: images of step s; 0: all */
    unsigned splits;            /* bits 0 to 2: train, val, review; 0: all, also those without */
    unsigned decisions;         /* bits of Decision, as item_decision() says; 0: all */
    unsigned kinds;             /* bits of ItemKind; 0: all */
    bool corrected;             /* only those whose label was corrected */
    bool unlabelled;            /* only those that have a label without an outline */
    float min_score, max_score; /* images without a score have -1 */
    float min_area, max_area;   /* of the outline, share of the picture */
    int view, prompt;           /* -1: any */
    const char *text;           /* within name, prompt or effects, in any case; NULL: any */
    GalleryOrder order;
} GalleryQuery;

GalleryQuery gallery_query_all(void);

/* What counts for an image: its own decision, or "drop" when the nearest decision about what it was made from is that. */
Decision item_decision(const Gallery *g, const Review *r, size_t item, bool *inherited);
ItemKind item_kind(const Gallery *g, size_t item);
/* Was the label of this image corrected? */
bool item_corrected(const Gallery *g, size_t item);

/* Numbers of the items that are there and fit, in the order asked for; the caller frees *out. ERR_NOMEM. */
bool gallery_query(const Gallery *g, const Review *r, const GalleryQuery *q, uint32_t **out, size_t *count,
                   Err *err) __attribute__((warn_unused_result));

#endif
