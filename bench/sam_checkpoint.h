/* bench/sam_checkpoint.h: checkpoints of the published sizes of SAM and SAM 2, full of random numbers. */
#ifndef FACET_BENCH_SAM_CHECKPOINT_H
#define FACET_BENCH_SAM_CHECKPOINT_H

#include <stdbool.h>

/* What the bench knows of a model. Zero where it does not apply. */
typedef struct {
    const char *name;
    int dim, depth, heads;            /* SAM */
    const char *config;               /* SAM 2: its official name */
    int embed, stages[4], windows[4]; /* SAM 2 */
    int global[3];
    int head0; /* heads of the first stage */
    int bkg;
} SamModel;

/* Ends with a row whose name is NULL. */
extern const SamModel sam_models[];

/* Write one as .safetensors. Says why on standard error when it cannot. */
bool sam_checkpoint_write(const SamModel *m, const char *path);

/* Floating point operations of the image encoder on one picture of 1024 x 1024, multiplications and additions. */
double sam_encoder_flop(const SamModel *m);

#endif
