/* Any bytes as a label file. */
#include "scratch.h"

#include "pipeline/label_stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Err err = { 0 };
    LabelStats s = { 0 };
    scratch_write("a.txt", data, size);
    if (!label_stats_add(&s, scratch_folder(), 100, &err) && !err.kind)
        abort();
    if (!(s.max_area >= 0) || !(s.min_area >= 0)) /* not a number */
        abort();
    return 0;
}
