#include "pipeline/yolo_dataset.h"

#include "base/file.h"
#include "base/rng.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const split_names[SPLIT_COUNT] = { "train", "val", "test" };

bool is_image_name(const char *name)
{
    static const char *const extensions[] = { ".jpg", ".jpeg", ".png", ".bmp", ".tiff", ".tif", ".webp" };
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (!strcasecmp(path_ext(name), extensions[i]))
            return true;
    return false;
}

char *yolo_origin(const char *file_name)
{
    char *stem = path_stem(file_name);
    size_t n = stem ? strlen(stem) : 0;
    if (n > 8 && !strncmp(stem + n - 8, "_qwen", 5) && isdigit((unsigned char)stem[n - 3]) &&
        isdigit((unsigned char)stem[n - 2]) && isdigit((unsigned char)stem[n - 1]))
        stem[n - 8] = '\0';
    return stem;
}

/* ---- split -------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t order; /* of drawing, from the seed and the group's name */
    char *group;
    size_t index;
} Ticket;

static int by_order(const void *a, const void *b)
{
    const Ticket *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    int c = strcmp(x->group, y->group); /* two groups with one hash must not be mixed */
    return c ? c : (x->index > y->index) - (x->index < y->index);
}

static size_t group_end(const Ticket *t, size_t from, size_t count)
{
    size_t end = from + 1;
    while (end < count && !strcmp(t[end].group, t[from].group))
        end++;
    return end;
}

/* Tickets are sorted, so a group's stand together. How many of them go to train? */
static size_t train_tickets(const Ticket *t, size_t count, double ratio, bool by_group)
{
    double wanted = (double)count * ratio;
    if (!by_group)
        return (size_t)wanted;
    size_t taken = 0;
    while (taken < count) {
        size_t end = group_end(t, taken, count);
        bool first = taken == 0 && ratio > 0, last = end == count && ratio < 1 && taken > 0;
        if (last || (!first && (double)(taken + end) / 2 > wanted)) /* past the middle of the group */
            break;
        taken = end;
    }
    return ratio >= 1 ? count : taken;
}

bool yolo_split(Split *side, const char *const *names, size_t count, double ratio, bool by_group,
                uint64_t seed, Err *err)
{
    Ticket *t = calloc(count + 1, sizeof *t);
    bool ok = t != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        t[i].index = i;
        t[i].group = by_group ? yolo_origin(names[i]) : strdup(names[i]);
        ok = t[i].group != NULL;
        if (ok)
            t[i].order = seed_derive_text(seed, "split", t[i].group);
    }
    if (ok) {
        qsort(t, count, sizeof *t, by_order);
        size_t train = train_tickets(t, count, ratio, by_group);
        for (size_t i = 0; i < count; i++)
            side[t[i].index] = i < train ? SPLIT_TRAIN : SPLIT_VAL;
    }
    for (size_t i = 0; t && i < count; i++)
        free(t[i].group);
    free(t);
    return ok || err_set(err, ERR_NOMEM, "no memory to split %zu images", count);
}

/* ---- index files -------------------------------------------------------------------------------- */

/* A JSON text is also a YAML text in double quotes. */
static void add_quoted(Str *to, const char *text)
{
    json_t *s = json_string(text);
    char *dump = s ? json_dumps(s, JSON_ENCODE_ANY) : NULL;
    if (dump)
        str_add(to, dump);
    else
        to->failed = true;
    free(dump);
    json_decref(s);
}

static void add_yaml(Str *yaml, const char *path, const TextList *classes, const bool present[SPLIT_COUNT])
{
    bool train = present[SPLIT_TRAIN], val = present[SPLIT_VAL];
    str_add(yaml, "path: ");
    add_quoted(yaml, path);
    str_printf(yaml, "\ntrain: %s/images%s\n", train || !val ? "train" : "val",
               train || !val ? "" : "  # there are no training images");
    str_printf(yaml, "val: %s/images%s\n", val || !train ? "val" : "train",
               val || !train ? "" : "  # there are no validation images");
    if (present[SPLIT_TEST])
        str_add(yaml, "test: test/images\n");
    str_printf(yaml, "nc: %zu\nnames: [", classes->count);
    for (size_t i = 0; i < classes->count; i++) {
        str_add(yaml, i ? ", " : "");
        add_quoted(yaml, classes->text[i]);
    }
    str_add(yaml, "]\n");
}

static bool write_text(const char *folder, const char *name, Str *text, Err *err)
{
    char *path = path_join(folder, name);
    bool ok = path && !text->failed ? file_write(path, text->s, text->len, err)
                                    : err_set(err, ERR_NOMEM, "%s/%s: no memory to write it", folder, name);
    free(path);
    str_clear(text);
    return ok;
}

bool yolo_write_index(const char *folder, const char *home, const TextList *classes,
                      const bool present[SPLIT_COUNT], Err *err)
{
    char absolute[PATH_MAX];
    if (!home && !realpath(folder, absolute))
        return err_set_errno(err, errno, "%s: has no absolute path", folder);
    Str yaml = { 0 }, names = { 0 };
    add_yaml(&yaml, home ? home : absolute, classes, present);
    for (size_t i = 0; i < classes->count; i++)
        str_printf(&names, "%s\n", classes->text[i]);
    bool ok = write_text(folder, "classes.txt", &names, err);
    if (ok)
        return write_text(folder, "dataset.yaml", &yaml, err);
    str_clear(&yaml);
    return false;
}
