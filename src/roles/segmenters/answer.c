#include "roles/segmenter.h"

void segmenter_answer_clear(SegmenterAnswer *a)
{
    for (size_t i = 0; i < SEGMENTER_MASKS_MAX; i++)
        image_clear(&a->mask[i]);
    *a = (SegmenterAnswer){ 0 };
}
