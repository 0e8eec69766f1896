/* forge_tensors.h: safetensors files made for a test. */
#ifndef FACET_TESTS_FORGE_TENSORS_H
#define FACET_TESTS_FORGE_TENSORS_H

#include "../temp.h"

#include "base/str.h"

/* One tensor. Without data it is zeros. */
typedef struct {
    const char *name, *dtype; /* "F32", "BF16", "F16", "U8" */
    size_t dim[5], rank;
    const void *data;
} ForgeTensor;

/* The data begins at a multiple of 8 and has no gaps. `metadata`: the value of lora_adapter_metadata, or NULL. */
__attribute__((unused)) static void forge_tensors(const char *path, const ForgeTensor *t, size_t count,
                                                  const char *metadata)
{
    Str header = { 0 }, data = { 0 }, file = { 0 };
    Err err = { 0 };
    str_add(&header, "{");
    if (metadata) {
        str_add(&header, "\"__metadata__\":{\"lora_adapter_metadata\":\"");
        for (const char *p = metadata; *p; p++) {
            if (*p == '"')
                str_add_char(&header, '\\');
            str_add_char(&header, *p);
        }
        str_add(&header, "\"},");
    }
    for (size_t i = 0; i < count; i++) {
        size_t bytes = strcmp(t[i].dtype, "U8") == 0 ? 1 : strstr(t[i].dtype, "16") ? 2 : 4, from = data.len;
        str_printf(&header, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[", i ? "," : "", t[i].name, t[i].dtype);
        for (size_t k = 0; k < t[i].rank; k++) {
            str_printf(&header, "%s%zu", k ? "," : "", t[i].dim[k]);
            bytes *= t[i].dim[k];
        }
        for (size_t k = 0; k < bytes; k++)
            str_add_char(&data, t[i].data ? ((const char *)t[i].data)[k] : 0);
        str_printf(&header, "],\"data_offsets\":[%zu,%zu]}", from, data.len);
    }
    str_add(&header, "}");
    while (header.len % 8)
        str_add_char(&header, ' ');
    for (int i = 0; i < 8; i++)
        str_add_char(&file, (char)((uint64_t)header.len >> 8 * i));
    str_add_n(&file, header.s, header.len);
    if (data.len)
        str_add_n(&file, data.s, data.len);
    assert_false(file.failed);
    if (!file_write(path, file.s, file.len, &err))
        fail_msg("%s", err.msg);
    str_clear(&header);
    str_clear(&data);
    str_clear(&file);
}

#endif
