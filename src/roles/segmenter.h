/* roles/segmenter.h: the role that answers "which pixels does the person mean who points here".
 *
 *     const Segmenter *s;
 *     segmenter_choose(&s, "auto", &cfg, &err);                // roles/registry.h
 *     s->open(&self, &cfg, &err);
 *     s->look(self, &photo, &err);                             // once an image
 *     s->segment(self, &prompt, &answer, &err);                // once a prompt
 *     segmenter_answer_clear(&answer);
 *     s->close(self); */
#ifndef FACET_ROLES_SEGMENTER_H
#define FACET_ROLES_SEGMENTER_H

#include "roles/role.h"
#include "vision/image.h"

enum { SEGMENTER_MASKS_MAX = 3, SEGMENTER_POINTS_MAX = 200 };

/* In pixels of the picture: x right, y down, (0, 0) the centre of the top left pixel. */
typedef struct {
    float x, y;
    bool positive; /* on the object, or not on it */
} SegmenterPoint;

/* What pixels of a strokes picture say. */
enum { STROKE_NONE = 0, STROKE_OBJECT = 1, STROKE_BACKGROUND = 2 };

/* Borrowed for the call. There must be a positive point, a box, a stroke on the object or an earlier mask; all of them
 * together are fine. */
typedef struct {
    const SegmenterPoint *points;
    size_t point_count;
    const float *box;     /* x0, y0, x1, y1 around the object, two opposite corners; NULL: none */
    const Image *strokes; /* 1 channel, the picture's size, STROKE_*: kept to the pixel; NULL: none */
    const Image *
        start; /* an earlier mask to refine: 1 channel, the picture's size, above 127 is object; NULL: none */
} SegmenterPrompt;

/* Start it as {0}; clear it with segmenter_answer_clear(). */
typedef struct {
    Image mask[SEGMENTER_MASKS_MAX];  /* 1 channel, 0 or 255, of the picture's size */
    float score[SEGMENTER_MASKS_MAX]; /* 0..1, its maker's own estimate of quality */
    size_t count, best;               /* at least 1 mask, which may be all 0 where nothing was found */
} SegmenterAnswer;

void segmenter_answer_clear(SegmenterAnswer *a);

/* A value of open() belongs to one thread at a time. */
typedef struct {
    const char *name;
    const char *title; /* for people: "Segment Anything" */
    /* Whether it could be opened, without loading anything. ERR_MISSING names the files that are not there. */
    bool (*probe)(const RoleConfig *cfg, Err *err);
    /* cfg is borrowed until close. It uses cache_dir, sam_type (NULL: whichever is there), sam_ckpt, sam2_ckpt,
     * sam2_config, threads, log and cancel. */
    bool (*open)(void **self, const RoleConfig *cfg, Err *err);
    /* What an image costs once. rgb is borrowed until the next look or close. After a failure there is no image.
     * ERR_INPUT: not a picture of 3 channels, or of a size that cannot be taken. */
    bool (*look)(void *self, const Image *rgb, Err *err);
    /* ERR_USAGE: a prompt that asks for nothing, has a coordinate that is no number, a point outside the picture, or a
     * box without a pixel in it; ERR_INPUT: an image of another size; ERR_STATE: nothing was looked at; ERR_CANCELLED.
     * *out is overwritten; empty after a failure. */
    bool (*segment)(void *self, const SegmenterPrompt *prompt, SegmenterAnswer *out, Err *err);
    void (*close)(void *self); /* also for NULL */
} Segmenter;

#endif
