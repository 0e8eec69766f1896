#include "weights/hf_cache.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REF_MAX_BYTES = 256 };

/* <cache>/models--org--name */
static char *repository_folder(const char *cache, const char *repository)
{
    char *folder = NULL;
    const char *slash = strchr(repository, '/');
    int n = slash ? asprintf(&folder, "%s/models--%.*s--%s", cache, (int)(slash - repository), repository,
                             slash + 1)
                  : asprintf(&folder, "%s/models--%s", cache, repository);
    return n < 0 ? NULL : folder;
}

/* The name in refs/main; NULL where there is none that could be one. */
static char *main_snapshot(const char *folder)
{
    uint8_t *text = NULL;
    size_t size = 0;
    Err err = { 0 };
    char *path = path_join(folder, "refs/main"), *name = NULL;
    if (path && file_read(path, REF_MAX_BYTES, &text, &size, &err)) {
        while (size && strchr(" \n\r\t", text[size - 1]))
            size--;
        if (size && !memchr(text, '/', size) && !memchr(text, 0, size) && text[0] != '.')
            name = strndup((const char *)text, size);
    }
    free(text);
    free(path);
    return name;
}

static char *in_snapshot(const char *folder, const char *snapshot, const char *file)
{
    char *path = NULL;
    if (asprintf(&path, "%s/snapshots/%s%s%s", folder, snapshot, *file ? "/" : "", file) < 0)
        return NULL;
    if (path_exists(path))
        return path;
    free(path);
    return NULL;
}

char *hf_cache_find(const char *cache, const char *repository, const char *file)
{
    Err err = { 0 };
    TextList names = { 0 };
    char *folder = repository_folder(cache, repository), *path = NULL;
    char *name = folder ? main_snapshot(folder) : NULL;
    char *all = folder ? path_join(folder, "snapshots") : NULL;
    if (name)
        path = in_snapshot(folder, name, file);
    if (!path && all && path_is_folder(all) && folder_list(all, &names, &err))
        for (size_t i = 0; !path && i < names.count; i++)
            path = in_snapshot(folder, names.text[i], file);
    text_list_clear(&names);
    free(all);
    free(name);
    free(folder);
    return path;
}
