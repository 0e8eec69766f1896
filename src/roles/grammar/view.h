/* roles/grammar/view.h: where the camera is and what it does. */
#ifndef FACET_ROLES_GRAMMAR_VIEW_H
#define FACET_ROLES_GRAMMAR_VIEW_H

#include "base/rng.h"
#include "roles/grammar/avoid.h"

typedef enum { VIEW_HEIGHT, VIEW_DISTANCE, VIEW_POSITION, VIEW_FOCUS, VIEW_PARTS } ViewPart;

typedef enum { HEIGHT_EYE, HEIGHT_ABOVE, HEIGHT_HIGH, HEIGHT_STEEP, HEIGHT_LOW, HEIGHT_COUNT } Height;
typedef enum { DISTANCE_CLOSE, DISTANCE_NEAR, DISTANCE_MEDIUM, DISTANCE_WIDE, DISTANCE_COUNT } Distance;
typedef enum { POSITION_FREE, POSITION_LEFT, POSITION_RIGHT, POSITION_SMALL, POSITION_COUNT } Position;
typedef enum { FOCUS_FREE, FOCUS_SHALLOW, FOCUS_DEEP, FOCUS_COUNT } Focus;

typedef struct {
    unsigned of[VIEW_PARTS]; /* the Height, Distance, Position and Focus */
} View;

/* For each part the values allowed, bits 1 << value; never none. */
typedef struct {
    unsigned of[VIEW_PARTS];
} ViewSet;

/* What the entries of a project file ask for, less what it forbids. A part that no entry speaks of is free;
 * one of which all is forbidden keeps its plainest value. */
ViewSet view_set_read(const TextList *entries, const Avoid *avoid);
View view_choose(const ViewSet *set, Rng *rng);

/* Words for a value. In a sentence about the picture: "[a close-up] [at eye level] with it [off-centre on the
 * left] and [everything in focus]"; in one about the camera: "[looks straight across at eye level], [a short
 * distance away]".
 * "" where the value needs no words or the part is not spoken of. */
typedef struct {
    const char *text, *look;
} ViewWords;
ViewWords view_words(ViewPart part, unsigned value);

#endif
