/* bench/qwen_vl_pieces.h: one layer of each kind of Qwen2.5-VL 7B at full width, with random bf16 weights, and how long each
 * takes; a whole model is projected from them. What fails ends the program. */
#ifndef FACET_BENCH_QWEN_VL_PIECES_H
#define FACET_BENCH_QWEN_VL_PIECES_H

#include "clocks.h"

#include "models/qwen_vl/decoder.h"
#include "models/qwen_vl/vision.h"

extern const QwenVlTextConfig vl_text;
extern const QwenVlVisionConfig vl_tower;

enum { VL_LAYERS = 28 };

/* They stay in memory until the program ends. */
QwenVlDecoder vl_decoder(void);
QwenVlVision vl_vision(void);

/* One layer on `count` tokens behind `before` others; the best of some rounds. */
Time vl_time_layer(OpCtx *c, const QwenVlDecoder *d, size_t before, size_t count);
/* The head on one token, with all of the model's vocabulary. */
Time vl_time_head(OpCtx *c, const QwenVlDecoder *d);

/* The tower on a square picture of so many pixels a side. */
typedef struct {
    size_t patches;
    Time window, full; /* a block of each kind */
    Time rest;         /* what is before and behind the blocks */
    Time all;          /* the whole tower, projected */
} VlPicture;
VlPicture vl_time_picture(OpCtx *c, QwenVlVision *v, size_t pixels);

#endif
