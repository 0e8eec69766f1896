/* tests/weights/forge.h: model files made byte by byte. */
#ifndef FACET_TESTS_WEIGHTS_FORGE_H
#define FACET_TESTS_WEIGHTS_FORGE_H

#include "../temp.h"

#include "base/str.h"

#include <unistd.h>

/* n bytes, the lowest first. */
static inline void forge_le(Str *s, uint64_t value, int n)
{
    for (int i = 0; i < n; i++)
        str_add_char(s, i < 8 ? (char)(value >> 8 * i) : 0);
}

/* A safetensors file with this header and so many bytes of data, 0, 1, 2, ... */
__attribute__((unused)) static Str forge_safetensors(const char *header, size_t data_size)
{
    Str s = { 0 };
    forge_le(&s, strlen(header), 8);
    str_add(&s, header);
    for (size_t i = 0; i < data_size; i++)
        str_add_char(&s, (char)i);
    return s;
}

/* Write bytes without waiting for the disk. */
__attribute__((unused)) static void forge_write(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

#endif
