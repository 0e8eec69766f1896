#include "pipeline/keys.h"

#include "base/rng.h"

#include <string.h>
#include <sys/stat.h>

uint64_t key_text(uint64_t key, const char *text)
{
    return seed_derive_text(key, "text", text ? text : "\x01");
}

uint64_t key_number(uint64_t key, uint64_t number)
{
    return seed_derive(key, "number", number, 0, 0);
}

uint64_t key_real(uint64_t key, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return key_number(key, bits);
}

uint64_t key_image(uint64_t key, const Image *im)
{
    if (image_empty(im))
        return key_number(key, 0);
    uint64_t h = key_number(key_number(key, (uint64_t)im->width), (uint64_t)im->height);
    size_t n = image_bytes(im), i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, im->data + i, 8);
        h = (h ^ word) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    for (; i < n; i++)
        h = (h ^ im->data[i]) * 0x100000001B3u;
    return key_number(h, n);
}

uint64_t key_file(uint64_t key, const char *path)
{
    struct stat st;
    if (stat(path, &st))
        return key_number(key, 0);
    key = key_number(key_number(key, (uint64_t)st.st_size), (uint64_t)st.st_mtim.tv_sec);
    return key_number(key, (uint64_t)st.st_mtim.tv_nsec);
}
