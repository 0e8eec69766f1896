/* Any bytes as the pickle of a checkpoint with one storage, "0", of 64 numbers of type F32. */
#include "touch.h"

#include "weights/pickle.h"
#include "weights/torch_tensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const float numbers[64];
    static const StorageData storage = { { "0", 1 }, WEIGHT_F32, 64, sizeof numbers, (const uint8_t *)numbers,
                                         true };
    Pickle p;
    WeightList list = { 0 };
    Err err = { 0 };
    if (pickle_read(&p, data, size, &err)) {
        if (torch_tensors_list(p.root, &storage, 1, 4 * sizeof numbers, &list, &err))
            touch_tensors(&list);
        else if (!err.kind)
            abort();
        pickle_clear(&p);
    } else if (!err.kind)
        abort();
    weight_list_clear(&list);
    return 0;
}
