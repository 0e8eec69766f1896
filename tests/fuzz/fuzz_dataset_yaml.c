/* Any bytes as the dataset.yaml of a folder with one image. */
#include "scratch.h"

#include "pipeline/yolo_dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    Err err = { 0 };
    YoloDataset d;
    if (!made) {
        char folder[192];
        snprintf(folder, sizeof folder, "%s/train/images", scratch_folder());
        if (!folder_make(folder, &err))
            abort();
        scratch_write("train/images/a.jpg", data, 0);
        made = true;
    }
    scratch_write("dataset.yaml", data, size);
    if (!yolo_dataset_read(&d, scratch_folder(), &err) && (!err.kind || d.count || d.classes.count))
        abort();
    for (size_t i = 0; i < d.count; i++)
        if (!*d.images[i].image || !*d.images[i].name)
            abort();
    yolo_dataset_clear(&d);
    return 0;
}
