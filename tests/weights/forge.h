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

/* A zip archive: one entry, and what to lie about. Zeros are the truth. */
typedef struct {
    const char *name, *content;
    size_t content_size; /* 0: content is a text */
    unsigned flags, method;
    uint64_t local, size, stored; /* in the directory, in place of the truth */
    bool zip64;                   /* sizes and place in the extra field */
} ForgePart;

typedef struct {
    uint64_t entries, directory, directory_size; /* in the end record, in place of the truth */
    bool zip64;
    const char *comment;
} ForgeEnd;

static inline size_t forge_content_size(const ForgePart *p)
{
    return p->content_size ? p->content_size : strlen(p->content);
}

static inline void forge_local(Str *s, const ForgePart *p)
{
    str_add_n(s, "PK\3\4", 4);
    forge_le(s, 20, 2);
    forge_le(s, p->flags, 2);
    forge_le(s, p->method, 2);
    forge_le(s, 0, 4);  /* time, date */
    forge_le(s, 0, 12); /* check sum and sizes, which PyTorch writes behind the content */
    forge_le(s, strlen(p->name), 2);
    forge_le(s, 3, 2);
    str_add(s, p->name);
    str_add(s, "FB ");
    str_add_n(s, p->content, forge_content_size(p));
}

static inline void forge_record(Str *s, const ForgePart *p, uint64_t local)
{
    uint64_t size = p->size ? p->size : forge_content_size(p), stored = p->stored ? p->stored : size;
    local = p->local ? p->local : local;
    str_add_n(s, "PK\1\2", 4);
    forge_le(s, 20, 2);
    forge_le(s, 20, 2);
    forge_le(s, p->flags, 2);
    forge_le(s, p->method, 2);
    forge_le(s, 0, 8); /* time, date, check sum */
    forge_le(s, p->zip64 ? UINT32_MAX : stored, 4);
    forge_le(s, p->zip64 ? UINT32_MAX : size, 4);
    forge_le(s, strlen(p->name), 2);
    forge_le(s, p->zip64 ? 4 + 2 + 4 + 24 : 0, 2);
    forge_le(s, 0, 10); /* comment, disk, attributes */
    forge_le(s, p->zip64 ? UINT32_MAX : local, 4);
    str_add(s, p->name);
    if (p->zip64) {
        forge_le(s, 0x7777, 2); /* a field that nobody knows comes first */
        forge_le(s, 2, 2);
        forge_le(s, 0, 2);
        forge_le(s, 1, 2);
        forge_le(s, 24, 2);
        forge_le(s, size, 8);
        forge_le(s, stored, 8);
        forge_le(s, local, 8);
    }
}

__attribute__((unused)) static Str forge_zip(const ForgePart *parts, size_t n, ForgeEnd end)
{
    Str s = { 0 };
    uint64_t local[8];
    for (size_t i = 0; i < n; i++) {
        local[i] = s.len;
        forge_local(&s, &parts[i]);
    }
    size_t begin = s.len;
    for (size_t i = 0; i < n; i++)
        forge_record(&s, &parts[i], local[i]);
    uint64_t entries = end.entries ? end.entries : n, directory = end.directory ? end.directory : begin;
    uint64_t size = end.directory_size ? end.directory_size : s.len - begin;
    if (end.zip64) {
        uint64_t at = s.len;
        str_add_n(&s, "PK\6\6", 4);
        forge_le(&s, 44, 8);
        forge_le(&s, 45, 2);
        forge_le(&s, 45, 2);
        forge_le(&s, 0, 8);
        forge_le(&s, entries, 8);
        forge_le(&s, entries, 8);
        forge_le(&s, size, 8);
        forge_le(&s, directory, 8);
        str_add_n(&s, "PK\6\7", 4);
        forge_le(&s, 0, 4);
        forge_le(&s, at, 8);
        forge_le(&s, 1, 4);
    }
    str_add_n(&s, "PK\5\6", 4);
    forge_le(&s, 0, 4);
    forge_le(&s, end.zip64 ? 0xFFFF : entries, 2);
    forge_le(&s, end.zip64 ? 0xFFFF : entries, 2);
    forge_le(&s, end.zip64 ? UINT32_MAX : size, 4);
    forge_le(&s, end.zip64 ? UINT32_MAX : directory, 4);
    forge_le(&s, end.comment ? strlen(end.comment) : 0, 2);
    str_add(&s, end.comment ? end.comment : "");
    return s;
}

#endif
