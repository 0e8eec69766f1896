/* Any bytes as a GGUF file. */
#include "touch.h"

#include "weights/gguf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WeightList list = { 0 };
    json_t *metadata;
    Err err = { 0 };
    if (gguf_read(data, size, &list, &metadata, &err)) {
        touch_tensors(&list);
        json_decref(metadata);
    } else if (!err.kind)
        abort();
    weight_list_clear(&list);
    return 0;
}
