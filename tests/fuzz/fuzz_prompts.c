/* Any bytes as a file of prompts, in each of the three forms. */
#include "scratch.h"

#include "text/prompt_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool (*const readers[])(const char *path, TextList *list,
                                   Err *err) = { prompt_file_read, prompts_file_read, classes_file_read };
    const char *path = scratch_write("prompts.txt", data, size);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        TextList list = { 0 };
        Err err = { 0 };
        if (!readers[i](path, &list, &err) && !err.kind)
            abort();
        for (size_t k = 0; k < list.count; k++)
            if (!list.text[k])
                abort();
        text_list_clear(&list);
    }
    return 0;
}
