/* Any bytes as a checkpoint of torch.save(), in either format. */
#include "touch.h"

#include "weights/torch_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    WeightList list = { 0 };
    Err err = { 0 };
    if (torch_file_read(data, size, &list, &err))
        touch_tensors(&list);
    else if (!err.kind)
        abort();
    weight_list_clear(&list);
    return 0;
}
