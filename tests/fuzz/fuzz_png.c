/* Any bytes as a file of the format png. */
#include "picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_picture("png", data, size);
}
