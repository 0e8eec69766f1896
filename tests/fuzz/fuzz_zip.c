/* Any bytes as a zip archive. */
#include "touch.h"

#include "weights/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Zip z;
    Err err = { 0 };
    if (!zip_open(&z, data, size, &err)) {
        if (!err.kind)
            abort();
        return 0;
    }
    for (size_t i = 0; i < z.count; i++) {
        const ZipEntry *e = &z.entry[i];
        touch_bytes(e->data, e->size);
        if (zip_find(&z, e->name, e->name_size) != e)
            abort();
    }
    zip_close(&z);
    return 0;
}
