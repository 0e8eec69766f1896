/* Reading a YOLO dataset that anybody wrote. */
#include "pipeline/yolo_dataset.h"

#include "base/file.h"
#include "base/str.h"
#include "base/yaml_text.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YAML_MAX_BYTES (16u << 20)
#define LIST_MAX_BYTES (256u << 20)

/* ---- collecting images -------------------------------------------------------------------------- */

static bool no_memory(Err *err)
{
    return err_set(err, ERR_NOMEM, "no memory for the dataset's images");
}

static void clear_image(YoloImage *im)
{
    free(im->image);
    free(im->label);
    free(im->name);
}

/* The label file of an image: the last folder named "images" becomes "labels", the extension ".txt". */
static char *label_path(const char *image)
{
    size_t stem = (size_t)(path_ext(image) - image);
    const char *at = NULL;
    for (const char *p = image; (p = strstr(p, "images/")) && (size_t)(p - image) < stem; p++)
        if (p == image || p[-1] == '/')
            at = p;
    char *label = NULL;
    int n = at ? asprintf(&label, "%.*slabels%.*s.txt", (int)(at - image), image,
                          (int)(stem - (size_t)(at + 6 - image)), at + 6)
               : asprintf(&label, "%.*s.txt", (int)stem, image);
    return n < 0 ? NULL : label;
}

/* `below` is where in `path` the part begins that its name is made of. */
static bool add_image(YoloDataset *d, Split split, const char *path, size_t below, Err *err)
{
    if ((d->count & (d->count - 1)) == 0) { /* doubled at every power of two */
        YoloImage *grown = realloc(d->images, (d->count ? 2 * d->count : 1) * sizeof *grown);
        if (!grown)
            return no_memory(err);
        d->images = grown;
    }
    YoloImage *im = &d->images[d->count];
    *im = (YoloImage){ split, strdup(path), label_path(path), strdup(path + below) };
    if (!im->image || !im->label || !im->name) {
        clear_image(im);
        return no_memory(err);
    }
    for (char *c = im->name; (c = strchr(c, '/'));)
        *c = '_';
    if (!path_exists(im->label)) {
        free(im->label);
        im->label = NULL;
    }
    d->count++;
    return true;
}

/* The images of a folder and of those in it, `depth` levels down; `below` is the length of the first folder's path. */
static bool add_tree(YoloDataset *d, Split split, const char *folder, size_t below, int depth, Err *err)
{
    TextList names = { 0 };
    bool ok = folder_list(folder, &names, err);
    for (size_t i = 0; ok && i < names.count; i++) {
        char *path = path_join(folder, names.text[i]);
        if (!path)
            ok = no_memory(err);
        else if (is_image_name(path))
            ok = add_image(d, split, path, below, err);
        else if (path_is_folder(path))
            ok = depth > 0
                     ? add_tree(d, split, path, below, depth - 1, err)
                     : err_set(err, ERR_INPUT,
                               "%s: folders in folders without end; is there a link to one of them?", path);
        free(path);
    }
    text_list_clear(&names);
    return ok;
}

static bool add_folder(YoloDataset *d, Split split, const char *folder, Err *err)
{
    enum { DEPTH = 16 };
    size_t n = strlen(folder);
    return add_tree(d, split, folder, n && folder[n - 1] == '/' ? n : n + 1, DEPTH, err);
}

/* A path of a list or a YAML file: as it is when absolute, else from `base`. */
static char *resolve(const char *base, const char *path)
{
    if (path[0] == '/')
        return strdup(path);
    while (!strncmp(path, "./", 2))
        path += 2;
    return path_join(base, path);
}

/* A text file with one image path a line. */
static bool add_list_file(YoloDataset *d, Split split, const char *path, const char *base, Err *err)
{
    uint8_t *data;
    size_t size;
    if (!file_read(path, LIST_MAX_BYTES, &data, &size, err))
        return false;
    bool ok = true;
    char *save = NULL;
    for (char *line = strtok_r((char *)data, "\r\n", &save); ok && line;
         line = strtok_r(NULL, "\r\n", &save)) {
        if (!is_image_name(line))
            continue;
        char *image = resolve(base, line);
        ok = image ? add_image(d, split, image, (size_t)(path_name(image) - image), err) : no_memory(err);
        free(image);
    }
    free(data);
    return ok;
}

static bool add_source(YoloDataset *d, Split split, const char *base, const char *source, Err *err)
{
    char *path = resolve(base, source);
    bool ok = path != NULL;
    if (!ok)
        no_memory(err);
    else if (path_is_folder(path))
        ok = add_folder(d, split, path, err);
    else if (path_exists(path) && !strcmp(path_ext(path), ".txt"))
        ok = add_list_file(d, split, path, base, err);
    else
        ok =
            err_set(err, ERR_MISSING, "%s: neither a folder of images nor a list of them (%s of the dataset)",
                    path, split_names[split]);
    free(path);
    return ok;
}

/* ---- dataset.yaml ------------------------------------------------------------------------------- */

/* The text of a scalar node, the caller's; NULL when it is none. */
static char *scalar(struct fy_node *node)
{
    size_t n = 0;
    const char *s = node && fy_node_is_scalar(node) ? fy_node_get_scalar(node, &n) : NULL;
    return s ? strndup(s, n) : NULL;
}

static bool add_class(YoloDataset *d, struct fy_node *node, Err *err)
{
    char *name = scalar(node);
    bool ok = name && text_list_add(&d->classes, name);
    free(name);
    return ok || err_set(err, ERR_INPUT, "names: class %zu is no text", d->classes.count);
}

/* A list of names, or a map from number to name in ascending order. */
static bool read_classes(YoloDataset *d, struct fy_node *names, Err *err)
{
    void *it = NULL;
    bool ok = true;
    if (names && fy_node_is_sequence(names))
        for (struct fy_node *n; ok && (n = fy_node_sequence_iterate(names, &it));)
            ok = add_class(d, n, err);
    else if (names && fy_node_is_mapping(names))
        for (struct fy_node_pair *p; ok && (p = fy_node_mapping_iterate(names, &it));)
            ok = add_class(d, fy_node_pair_value(p), err);
    return ok;
}

static bool read_sources(YoloDataset *d, Split split, const char *base, struct fy_node *node, Err *err)
{
    if (!node)
        return true;
    void *it = NULL;
    bool ok = true;
    if (fy_node_is_sequence(node)) {
        for (struct fy_node *n; ok && (n = fy_node_sequence_iterate(node, &it));) {
            char *text = scalar(n);
            ok = text ? add_source(d, split, base, text, err)
                      : err_set(err, ERR_INPUT, "%s: has an entry that is no text", split_names[split]);
            free(text);
        }
        return ok;
    }
    char *text = scalar(node);
    if (text && *text)
        ok = add_source(d, split, base, text, err);
    free(text);
    return ok;
}

/* Paths are relative to the file's own folder where that has them, so that a dataset that was moved with its
 * `path:` still pointing to the old place is read from where it is; else to `path:`. */
static char *base_folder(const char *folder, struct fy_node *root)
{
    char *train = scalar(fy_node_by_path(root, "/train", FY_NT, FYNWF_DONT_FOLLOW));
    char *here = train ? resolve(folder, train) : NULL;
    char *path = scalar(fy_node_by_path(root, "/path", FY_NT, FYNWF_DONT_FOLLOW));
    char *base = (here && path_exists(here)) || !path || !*path ? strdup(folder) : resolve(folder, path);
    free(train);
    free(here);
    free(path);
    return base;
}

/* Only a diagnosis that collects keeps the library from printing. NULL: no memory. */
static struct fy_diag *silent_diag(void)
{
    struct fy_diag_cfg cfg;
    fy_diag_cfg_default(&cfg);
    cfg.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&cfg);
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    return diag;
}

static bool read_yaml(YoloDataset *d, const char *folder, const char *file, Err *err)
{
    uint8_t *data;
    size_t size;
    if (!file_read(file, YAML_MAX_BYTES, &data, &size, err))
        return false;
    if (!yaml_text_check((const char *)data, size, err)) {
        free(data);
        return err_prefix(err, "%s: ", file);
    }
    struct fy_diag *diag = silent_diag();
    struct fy_parse_cfg quiet = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag };
    struct fy_document *doc = diag ? fy_document_build_from_string(&quiet, (const char *)data, size) : NULL;
    struct fy_node *root = doc ? fy_document_root(doc) : NULL;
    char *base = NULL;
    bool ok = root && fy_node_is_mapping(root);
    if (!ok)
        err_set(err, ERR_INPUT, "not YAML with train, val and names in it");
    else {
        base = base_folder(folder, root);
        ok = base ? read_classes(d, fy_node_by_path(root, "/names", FY_NT, FYNWF_DONT_FOLLOW), err)
                  : no_memory(err);
    }
    for (int s = 0; ok && s < SPLIT_COUNT; s++) {
        char key[16];
        snprintf(key, sizeof key, "/%s", split_names[s]);
        ok = read_sources(d, (Split)s, base, fy_node_by_path(root, key, FY_NT, FYNWF_DONT_FOLLOW), err);
    }
    if (!ok)
        err_prefix(err, "%s: ", file);
    free(base);
    fy_document_destroy(doc);
    fy_diag_destroy(diag);
    free(data);
    return ok;
}

/* ---- folders ------------------------------------------------------------------------------------ */

static bool read_folders(YoloDataset *d, const char *folder, Err *err)
{
    static const char *const patterns[] = { "%s/%s/images", "%s/images/%s" };
    static const char *const others[SPLIT_COUNT] = { "training", "valid", "testing" };
    bool ok = true;
    for (int s = 0; ok && s < SPLIT_COUNT; s++)
        for (size_t k = 0; ok && k < 4; k++) {
            char *path = NULL;
            if (asprintf(&path, patterns[k / 2], folder, k % 2 ? others[s] : split_names[s]) < 0)
                return no_memory(err);
            if (path_is_folder(path))
                ok = add_folder(d, (Split)s, path, err);
            free(path);
        }
    char *plain = path_join(folder, "images");
    if (ok && d->count == 0)
        ok = plain && path_is_folder(plain)
                 ? add_folder(d, SPLIT_TRAIN, plain, err)
                 : err_set(err, ERR_MISSING,
                           "%s: no YOLO dataset: it has neither dataset.yaml nor train/images, images/train "
                           "or images",
                           folder);
    free(plain);
    return ok;
}

/* classes.txt, one a line, where no YAML names them. */
static bool read_classes_file(YoloDataset *d, const char *folder, Err *err)
{
    char *path = path_join(folder, "classes.txt");
    uint8_t *data = NULL;
    size_t size;
    bool ok = path != NULL || no_memory(err);
    if (ok && path_exists(path)) {
        ok = file_read(path, YAML_MAX_BYTES, &data, &size, err);
        char *save = NULL;
        for (char *line = ok ? strtok_r((char *)data, "\r\n", &save) : NULL; ok && line;
             line = strtok_r(NULL, "\r\n", &save))
            ok = text_list_add(&d->classes, line) || no_memory(err);
    }
    free(data);
    free(path);
    return ok;
}

static int by_split_and_path(const void *a, const void *b)
{
    const YoloImage *x = a, *y = b;
    return x->split != y->split ? (int)x->split - (int)y->split : strcmp(x->image, y->image);
}

/* Is one of the two folders that an image lies in called like its split, as in val/images or images/val? */
static bool folder_says_split(const YoloImage *im)
{
    const char *end = path_name(im->image);
    for (int k = 0; k < 2 && end > im->image; k++) {
        const char *start = end - 1; /* at the slash behind the folder's name */
        while (start > im->image && start[-1] != '/')
            start--;
        size_t n = (size_t)(end - 1 - start);
        if (n == strlen(split_names[im->split]) && !strncmp(start, split_names[im->split], n))
            return true;
        end = start;
    }
    return false;
}

static int by_path(const void *a, const void *b)
{
    const YoloImage *x = a, *y = b;
    int c = strcmp(x->image, y->image);
    if (c == 0)
        c = (int)folder_says_split(y) - (int)folder_says_split(x);
    return c ? c : (int)x->split - (int)y->split;
}

/* An index may name one folder for two splits, as ours does where one side is empty: its images belong to the
 * split that the folder is called after, else to the first. */
static void sort_and_unite(YoloDataset *d)
{
    if (d->count == 0)
        return;
    qsort(d->images, d->count, sizeof *d->images, by_path);
    size_t n = 0;
    for (size_t i = 0; i < d->count; i++)
        if (n && !strcmp(d->images[n - 1].image, d->images[i].image))
            clear_image(&d->images[i]);
        else
            d->images[n++] = d->images[i];
    d->count = n;
    qsort(d->images, d->count, sizeof *d->images, by_split_and_path);
}

/* The greatest class number at the start of a line, or `most` if that is greater. */
static long greatest_class(const char *labels, long most)
{
    for (const char *line = labels; line; line = (line = strchr(line, '\n')) ? line + 1 : NULL) {
        char *end;
        long n = strtol(line, &end, 10);
        if (end > line && n > most)
            most = n;
    }
    return most;
}

/* Where nobody names the classes, their numbers in the labels are their names, as trainers expect a name for each. */
static bool name_classes_by_number(YoloDataset *d, Err *err)
{
    enum { MOST = 100000 };
    long most = -1;
    bool ok = true;
    for (size_t i = 0; ok && i < d->count; i++) {
        uint8_t *data = NULL;
        size_t size;
        if (!d->images[i].label)
            continue;
        ok = file_read(d->images[i].label, YAML_MAX_BYTES, &data, &size, err);
        if (ok)
            most = greatest_class((const char *)data, most);
        if (ok && most > MOST)
            ok =
                err_set(err, ERR_INPUT, "%s: class %ld; at most %d are read", d->images[i].label, most, MOST);
        free(data);
    }
    for (long k = 0; ok && k <= most; k++) {
        char name[24];
        snprintf(name, sizeof name, "%ld", k);
        ok = text_list_add(&d->classes, name) || no_memory(err);
    }
    return ok;
}

static size_t stem_length(const YoloImage *im)
{
    return (size_t)(path_ext(im->name) - im->name);
}

static bool same_stem(const YoloImage *x, const YoloImage *y)
{
    size_t n = stem_length(x);
    return x->split == y->split && n == stem_length(y) && memcmp(x->name, y->name, n) == 0;
}

static int by_name(const void *a, const void *b)
{
    const YoloImage *x = *(YoloImage *const *)a, *y = *(YoloImage *const *)b;
    size_t n = stem_length(x), m = stem_length(y);
    int c = x->split != y->split ? (int)x->split - (int)y->split : memcmp(x->name, y->name, n < m ? n : m);
    return c ? c : n != m ? (n > m) - (n < m) : strcmp(x->image, y->image);
}

/* Give numbers to names of one stem, in the order of their paths. *again: another round is needed, since a numbered name may
 * be taken, too. False: no memory. */
static bool number_names(YoloImage **order, size_t count, bool *again)
{
    *again = false;
    qsort(order, count, sizeof *order, by_name);
    size_t end;
    for (size_t first = 0; first < count; first = end) {
        for (end = first + 1; end < count && same_stem(order[first], order[end]); end++)
            ;
        for (size_t i = first + 1; i < end; i++) {
            YoloImage *im = order[i];
            size_t n = stem_length(im);
            char *name = NULL;
            if (asprintf(&name, "%.*s_%zu%s", (int)n, im->name, i - first + 1, im->name + n) < 0)
                return false;
            free(im->name);
            im->name = name;
            *again = true;
        }
    }
    return true;
}

static bool make_names_differ(YoloDataset *d, Err *err)
{
    YoloImage **order = calloc(d->count + 1, sizeof *order);
    bool ok = order != NULL, again = ok;
    for (size_t i = 0; ok && i < d->count; i++)
        order[i] = &d->images[i];
    while (ok && again)
        ok = number_names(order, d->count, &again);
    free(order);
    return ok || no_memory(err);
}

bool yolo_dataset_read(YoloDataset *d, const char *folder, Err *err)
{
    static const char *const files[] = { "dataset.yaml", "data.yaml" };
    *d = (YoloDataset){ 0 };
    if (!path_is_folder(folder))
        return err_set(err, ERR_MISSING, "%s: no such folder", folder);
    bool ok = true, found = false;
    for (size_t i = 0; ok && !found && i < 2; i++) {
        char *file = path_join(folder, files[i]);
        ok = file != NULL || no_memory(err);
        if (ok && (found = path_exists(file)))
            ok = read_yaml(d, folder, file, err);
        free(file);
    }
    if (ok && !found)
        ok = read_folders(d, folder, err) && read_classes_file(d, folder, err);
    if (ok && d->count == 0)
        ok = err_set(err, ERR_INPUT, "%s: a dataset without images", folder);
    if (ok)
        sort_and_unite(d);
    if (ok && d->classes.count == 0)
        ok = name_classes_by_number(d, err);
    if (ok && make_names_differ(d, err))
        return true;
    yolo_dataset_clear(d);
    return false;
}

void yolo_dataset_clear(YoloDataset *d)
{
    text_list_clear(&d->classes);
    for (size_t i = 0; i < d->count; i++)
        clear_image(&d->images[i]);
    free(d->images);
    *d = (YoloDataset){ 0 };
}
