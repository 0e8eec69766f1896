#include "pipeline/set_aside.h"

#include "base/text_list.h"

#include <stdlib.h>

static bool move(const char *from, const char *to, const char *name, Err *err)
{
    char *a = path_join(from, name), *b = path_join(to, name);
    bool ok = a && b;
    ok = ok ? file_move(a, b, err) : err_set(err, ERR_NOMEM, "%s: no memory", from);
    free(a);
    free(b);
    return ok;
}

bool folder_set_aside(const char *from, const char *to, bool (*is_output)(const char *name), TextList *keep,
                      const Log *log, Err *err)
{
    TextList names = { 0 };
    if (!path_is_folder(from))
        return true;
    if (!folder_list(from, &names, err))
        return false;
    texts_sort(keep->text, keep->count);
    size_t moved = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < names.count; i++) {
        char *name = names.text[i];
        if ((is_output && !is_output(name)) || texts_find(keep->text, keep->count, name))
            continue;
        ok = (moved || folder_make(to, err)) && move(from, to, name, err);
        moved += ok;
    }
    if (moved)
        log_info(log, "%zu files made with other settings were moved from %s to %s", moved, from, to);
    text_list_clear(&names);
    return ok;
}
