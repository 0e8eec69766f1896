/* Any bytes as a file of the format tiff. */
#include "picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_picture("tiff", data, size);
}
