#include "web/studio_private.h"

#include "web/correction.h"
#include "web/studio_json.h"

/* Names of images of one step; false with *a answered. */
static bool named_items(const StudioRoom *room, const json_t *ids, const char **names, int *step,
                        WebAnswer *a)
{
    size_t i;
    const json_t *id;
    *step = 0;
    json_array_foreach(ids, i, id)
    {
        json_int_t number = json_is_integer(id) ? json_integer_value(id) : -1;
        if (number < 0 || (size_t)number >= gallery_count(room->gallery)) {
            web_answer_error(a, 400, "items: there is no such image");
            return false;
        }
        const GalleryItem *it = gallery_item(room->gallery, (size_t)number);
        if (*step && *step != places[it->place].step) {
            web_answer_error(a, 400, "items: decide about images of one step at a time");
            return false;
        }
        *step = places[it->place].step;
        names[i] = it->name;
    }
    return true;
}

static void answer_decided(const StudioRoom *room, WebAnswer *a)
{
    web_answer_json(a, summary_json(room));
}

static void decide(StudioRoom *room, const json_t *o, WebAnswer *a)
{
    const json_t *ids = json_object_get(o, "items");
    const char *word = json_string_value(json_object_get(o, "decision"));
    Decision d = word ? decision_of_name(word) : DECISION_COUNT;
    if (d == DECISION_COUNT) {
        web_answer_error(a, 400, "decision: is one of none, keep, drop, needs_work");
        return;
    }
    if (!json_array_size(ids) || json_array_size(ids) > REVIEW_MOST) {
        web_answer_error(a, 400, "items: give 1 to %d numbers of images", REVIEW_MOST);
        return;
    }
    const char *names[REVIEW_MOST];
    int step;
    Err err = { 0 };
    if (!named_items(room, ids, names, &step, a))
        return;
    if (review_decide(room->review, step, names, json_array_size(ids), d, &err)) {
        room->review_version++;
        answer_decided(room, a);
    } else
        web_answer_err(a, &err);
}

void studio_post_decide(void *user, const WebRequest *r, WebAnswer *a)
{
    json_t *o = web_request_json(r, a);
    StudioRoom *room = o ? studio_enter(user, r, a) : NULL;
    if (room) {
        decide(room, o, a);
        studio_leave(room);
    }
    json_decref(o);
}

void studio_post_undo(void *user, const WebRequest *r, WebAnswer *a)
{
    Studio *s = user;
    StudioRoom *room = studio_enter(s, r, a);
    if (!room)
        return;
    Err err = { 0 };
    ReviewUndone last;
    bool any = review_last(room->review, &last);
    int32_t item = -1;
    for (Place p = 0; any && last.item && p < PLACE_COUNT; p++)
        if (places[p].step == last.step && item < 0)
            item = gallery_find(room->gallery, p, last.item);
    const char *what = last.corrected ? "correction" : any ? decision_names[last.decision] : "";
    size_t items = last.items;
    bool corrected = last.corrected != NULL;
    bool ok =
        corrected ? correction_undo(room->gallery, room->review, &err) : review_undo(room->review, &err);
    if (ok && corrected)
        report_renewer_want(s->renewer, room);
    if (ok) {
        room->review_version++;
        json_t *o = summary_json(room);
        json_object_set_new(
            o, "undone",
            json_pack("{s:s, s:i, s:I}", "what", what, "item", item, "items", (json_int_t)items));
        web_answer_json(a, o);
    } else
        web_answer_err(a, &err);
    studio_leave(room);
}
