#include "web/gallery_query.h"

#include <stdlib.h>
#include <string.h>

const char *const order_names[ORDER_COUNT] = { "made", "newest", "score", "size", "size_down" };
const char *const kind_names[KIND_COUNT] = { "plain", "restyled", "camera" };

GalleryQuery gallery_query_all(void)
{
    return (GalleryQuery){ .min_score = -1, .max_score = 2, .max_area = 2, .view = -1, .prompt = -1 };
}

Decision item_decision(const Gallery *g, const Review *r, size_t item, bool *inherited)
{
    const GalleryItem *it = gallery_item(g, item);
    Decision own = review_decision(r, places[it->place].step, it->name);
    *inherited = false;
    if (own != DECISION_NONE)
        return own;
    for (int32_t p = it->parent; p >= 0; p = gallery_item(g, (size_t)p)->parent) {
        const GalleryItem *parent = gallery_item(g, (size_t)p);
        Decision d = review_decision(r, places[parent->place].step, parent->name);
        if (d == DECISION_NONE)
            continue;
        *inherited = d == DECISION_DROP;
        return *inherited ? DECISION_DROP : DECISION_NONE;
    }
    return DECISION_NONE;
}

ItemKind item_kind(const Gallery *g, size_t item)
{
    const GalleryItem *it = gallery_item(g, item);
    if (places[it->place].step == 7)
        return KIND_CAMERA;
    for (;; it = gallery_item(g, (size_t)it->parent)) {
        if (it->place == PLACE_RESTYLED)
            return KIND_RESTYLED;
        if (it->parent < 0)
            return KIND_PLAIN;
    }
}

bool item_corrected(const Gallery *g, size_t item)
{
    int32_t labelled = gallery_labelled(g, item);
    return labelled >= 0 && gallery_item(g, (size_t)labelled)->corrected;
}

static bool has_text(const Gallery *g, const GalleryItem *it, const char *text)
{
    return strcasestr(it->name, text) || (it->note && strcasestr(it->note, text)) ||
           strcasestr(gallery_prompt(g, it), text);
}

static unsigned split_bit(const PlaceInfo *place)
{
    return !place->split ? 0 : !strcmp(place->split, "train") ? 1 : !strcmp(place->split, "val") ? 2 : 4;
}

static bool fits(const Gallery *g, const Review *r, const GalleryQuery *q, size_t i)
{
    const GalleryItem *it = gallery_item(g, i);
    const PlaceInfo *place = &places[it->place];
    bool inherited;
    if (it->gone || (q->steps && !(q->steps >> place->step & 1)) ||
        (q->splits && !(q->splits & split_bit(place))))
        return false;
    if (it->score < q->min_score || it->score > q->max_score || it->area < q->min_area ||
        it->area > q->max_area)
        return false;
    if ((q->view >= 0 && it->view != q->view) || (q->prompt >= 0 && it->prompt != q->prompt))
        return false;
    if ((q->kinds && !(q->kinds >> item_kind(g, i) & 1)) || (q->unlabelled && it->polygons != 0))
        return false;
    if (q->decisions && !(q->decisions >> item_decision(g, r, i, &inherited) & 1))
        return false;
    return (!q->corrected || item_corrected(g, i)) && (!q->text || has_text(g, it, q->text));
}

typedef struct {
    double key;
    const GalleryItem *it;
    uint32_t number;
} Row;

static double key_of(const GalleryItem *it, GalleryOrder order)
{
    switch (order) {
    case ORDER_NEWEST: return -(double)it->mtime_ns;
    case ORDER_SCORE: return it->score;
    case ORDER_SIZE: return it->area;
    case ORDER_SIZE_DOWN: return -it->area;
    case ORDER_MADE:
    case ORDER_COUNT: break;
    }
    return 0;
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* By the key, then as a run makes them: step, view, prompt, name. */
static int by_row(const void *a, const void *b)
{
    const Row *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    int c = compare(places[x->it->place].step, places[y->it->place].step);
    c = c ? c : compare(x->it->view, y->it->view);
    c = c ? c : compare(x->it->prompt, y->it->prompt);
    c = c ? c : strcmp(x->it->name, y->it->name);
    return c ? c : compare(x->number, y->number);
}

bool gallery_query(const Gallery *g, const Review *r, const GalleryQuery *q, uint32_t **out, size_t *count,
                   Err *err)
{
    size_t n = gallery_count(g);
    Row *rows = calloc(n + 1, sizeof *rows);
    uint32_t *numbers = calloc(n + 1, sizeof *numbers);
    *count = 0;
    *out = NULL;
    if (!rows || !numbers) {
        free(rows);
        free(numbers);
        return err_set(err, ERR_NOMEM, "no memory to look through %zu images", n);
    }
    for (size_t i = 0; i < n; i++)
        if (fits(g, r, q, i)) {
            const GalleryItem *it = gallery_item(g, i);
            rows[(*count)++] = (Row){ key_of(it, q->order), it, (uint32_t)i };
        }
    qsort(rows, *count, sizeof *rows, by_row);
    for (size_t i = 0; i < *count; i++)
        numbers[i] = rows[i].number;
    free(rows);
    *out = numbers;
    return true;
}
