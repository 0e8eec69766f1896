/* Any bytes as a file of the format webp. */
#include "picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return decode_picture("webp", data, size);
}
