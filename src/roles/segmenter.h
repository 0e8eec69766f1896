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
#include "vision/mask_prompt.h"

enum { SEGMENTER_MASKS_MAX = 3, SEGMENTER_POINTS_MAX = MASK_POINTS_MAX };

typedef MaskPoint SegmenterPoint;
typedef MaskPrompt SegmenterPrompt;

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
    /* Errors of mask_prompt_check(); ERR_STATE: nothing was looked at; ERR_CANCELLED; ERR_NOMEM. *out is overwritten; empty
     * after a failure. */
    bool (*segment)(void *self, const SegmenterPrompt *prompt, SegmenterAnswer *out, Err *err);
    void (*close)(void *self); /* also for NULL */
} Segmenter;

#endif
