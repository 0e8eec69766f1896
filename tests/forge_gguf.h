/* tests/forge_gguf.h: gguf files made byte by byte, as ggml's docs/gguf.md describes them. */
#ifndef FACET_TESTS_FORGE_GGUF_H
#define FACET_TESTS_FORGE_GGUF_H

#include "temp.h"

#include "base/str.h"

typedef struct {
    const char *name;
    uint32_t type;
    uint64_t dim[5]; /* outermost first */
    uint32_t rank;
    const void *data; /* NULL: zeros */
    size_t bytes;
    uint64_t offset_more; /* what its offset is too large by */
} GgufTensor;

typedef struct {
    const GgufTensor *tensor;
    size_t count;
    /* Zeros are the usual. */
    uint32_t version, alignment;
    uint64_t claimed_tensors, claimed_settings;
    const char *architecture;
    Str more; /* settings, ready made */
    size_t more_count;
} GgufFile;

static inline void gguf_le(Str *s, uint64_t value, int n)
{
    for (int i = 0; i < n; i++)
        str_add_char(s, (char)(value >> 8 * i));
}

static inline void gguf_text(Str *s, const char *text)
{
    gguf_le(s, strlen(text), 8);
    str_add(s, text);
}

static inline void gguf_fill(Str *s, size_t alignment)
{
    while (s->len % alignment)
        str_add_char(s, 0);
}

__attribute__((unused)) static Str forge_gguf(const GgufFile *f)
{
    Str s = { 0 };
    uint32_t alignment = f->alignment ? f->alignment : 32;
    uint64_t settings = f->more_count + (f->architecture != NULL) + (f->alignment != 0), offset = 0;
    str_add(&s, "GGUF");
    gguf_le(&s, f->version ? f->version : 3, 4);
    gguf_le(&s, f->claimed_tensors ? f->claimed_tensors : f->count, 8);
    gguf_le(&s, f->claimed_settings ? f->claimed_settings : settings, 8);
    if (f->architecture) {
        gguf_text(&s, "general.architecture");
        gguf_le(&s, 8, 4);
        gguf_text(&s, f->architecture);
    }
    if (f->more.len)
        str_add_n(&s, f->more.s, f->more.len);
    if (f->alignment) {
        gguf_text(&s, "general.alignment");
        gguf_le(&s, 4, 4);
        gguf_le(&s, f->alignment, 4);
    }
    for (size_t i = 0; i < f->count; i++) {
        const GgufTensor *t = &f->tensor[i];
        gguf_text(&s, t->name);
        gguf_le(&s, t->rank, 4);
        for (uint32_t k = t->rank; k-- > 0;)
            gguf_le(&s, t->dim[k], 8);
        gguf_le(&s, t->type, 4);
        gguf_le(&s, offset + t->offset_more, 8);
        offset += (t->bytes + alignment - 1) / alignment * alignment;
    }
    gguf_fill(&s, alignment);
    for (size_t i = 0; i < f->count; i++) {
        const GgufTensor *t = &f->tensor[i];
        if (t->data && t->bytes)
            str_add_n(&s, t->data, t->bytes);
        for (size_t k = 0; !t->data && k < t->bytes; k++)
            str_add_char(&s, 0);
        gguf_fill(&s, alignment);
    }
    assert_false(s.failed);
    return s;
}

#endif
