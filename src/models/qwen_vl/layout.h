/* models/qwen_vl/layout.h: where the patches of pictures lie: their windows, their borders, their rotary positions.
 *
 * All of it follows from the sizes of the pictures alone, so it is made before a forward pass, in host memory. */
#ifndef FACET_MODELS_QWEN_VL_LAYOUT_H
#define FACET_MODELS_QWEN_VL_LAYOUT_H

#include "models/qwen_vl/config.h"
#include "models/qwen_vl/preprocess.h"

/* A cell is the merge x merge patches that become one token. Cells are numbered through all pictures, in raster order
 * within each; patches follow their cells. */
typedef struct {
    size_t patches, cells;
    int32_t *order;               /* [cells] window by window: the i-th cell in that order is cell order[i] */
    int32_t *restore;             /* [cells] and back: cell i is the restore[i]-th in window order */
    size_t *window_ends, windows; /* patches before the end of each window: attention segments */
    size_t *picture_ends, pictures; /* the same for pictures */
    float *cos, *sin;               /* [patches, D / 2] in window order, D the channels of a head */
} QwenVlLayout;

/* ERR_INPUT: no picture, a grid that holds no whole cells, or more patches than any picture has; ERR_NOMEM. On failure *y
 * is empty. */
bool qwen_vl_layout_init(QwenVlLayout *y, const QwenVlVisionConfig *v, const QwenVlGrid *grids, size_t count,
                         Err *err) __attribute__((warn_unused_result));
void qwen_vl_layout_clear(QwenVlLayout *y);

/* The tokens that a picture becomes. */
size_t qwen_vl_picture_tokens(const QwenVlVisionConfig *v, QwenVlGrid grid);

#endif
