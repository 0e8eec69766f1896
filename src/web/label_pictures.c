#include "web/label_pictures.h"

#include "base/file.h"
#include "base/str.h"
#include "vision/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one picture ---- */

static bool probe(LabelPicture *p, Err *err)
{
    FileMap map;
    ImageInfo info;
    if (!file_map(&map, p->path, err))
        return false;
    bool ok = image_probe(&info, map.data, map.size, err);
    if (!ok)
        err_prefix(err, "%s: ", p->path);
    file_unmap(&map);
    if (!ok)
        return false;
    if ((size_t)info.width * (size_t)info.height > CODEC_MAX_PIXELS)
        return err_set(err, ERR_INPUT, "%s: %d x %d pixels are more than can be read", p->path, info.width,
                       info.height);
    bool turned = info.orientation >= 5;
    p->width = turned ? info.height : info.width;
    p->height = turned ? info.width : info.height;
    p->as_it_is =
        info.orientation == 1 && (strcmp(info.format, "jpeg") == 0 || strcmp(info.format, "png") == 0 ||
                                  strcmp(info.format, "webp") == 0);
    return true;
}

/* Takes `path`, NULL for no memory. */
static bool picture_init(LabelPicture *p, char *path, const LabelPlaces *places, Err *err)
{
    *p = (LabelPicture){ .path = path };
    if (path && places->output) {
        p->mask_path = strdup(places->output);
    } else if (path) {
        Str name = { 0 };
        char *stem = path_stem(path);
        size_t folder = (size_t)(path_name(path) - path);
        if (!places->output_dir)
            str_add_n(&name, path, folder);
        if (stem)
            str_printf(&name, "%s%s.png", stem, places->suffix);
        p->mask_path = !stem                ? NULL
                       : places->output_dir ? path_join(places->output_dir, str_text(&name))
                                            : str_take(&name);
        str_clear(&name);
        free(stem);
    }
    if (!p->mask_path)
        return err_set(err, ERR_NOMEM, "no memory for the list of pictures");
    p->has_mask = path_exists(p->mask_path);
    return true;
}

bool label_picture_load(const LabelPicture *p, Image *rgb, Err *err)
{
    DecodeOptions o = { .channels = 3, .upright = true };
    if (!image_load(rgb, p->path, &o, err))
        return false;
    if (rgb->width == p->width && rgb->height == p->height)
        return true;
    image_clear(rgb);
    return err_set(err, ERR_INPUT, "%s: its size has changed; start facet label again", p->path);
}

bool label_picture_load_mask(const LabelPicture *p, Image *mask, Err *err)
{
    DecodeOptions o = { .channels = 1, .upright = true };
    if (!image_load(mask, p->mask_path, &o, err))
        return false;
    if (mask->width == p->width && mask->height == p->height) {
        size_t n = image_bytes(mask);
        for (size_t i = 0; i < n; i++)
            mask->data[i] = mask->data[i] > 127 ? 255 : 0;
        return true;
    }
    err_set(err, ERR_INPUT, "%s: is %d x %d and its picture %d x %d; saving replaces it", p->mask_path,
            mask->width, mask->height, p->width, p->height);
    image_clear(mask);
    return false;
}

/* ---- the list ---- */

static bool ends_with(const char *text, size_t n, const char *end)
{
    size_t m = strlen(end);
    return m > 0 && n >= m && memcmp(text + n - m, end, m) == 0;
}

static bool is_candidate(const char *name, const char *suffix)
{
    return image_format_of(name) != FORMAT_UNKNOWN &&
           !ends_with(name, (size_t)(path_ext(name) - name), suffix);
}

static bool list_folder(LabelPictures *l, const LabelPlaces *places, Err *err)
{
    TextList names;
    if (!folder_list(places->image, &names, err))
        return false;
    l->picture = calloc(names.count + 1, sizeof *l->picture);
    bool ok = l->picture || err_set(err, ERR_NOMEM, "%s: no memory for the list of pictures", places->image);
    for (size_t i = 0; ok && i < names.count; i++) {
        if (!is_candidate(names.text[i], places->suffix))
            continue;
        LabelPicture *p = &l->picture[l->count++];
        Err why = { 0 };
        ok = picture_init(p, path_join(places->image, names.text[i]), places, err);
        if (ok && !probe(p, &why) && !(p->problem = strdup(why.msg)))
            ok = err_set(err, ERR_NOMEM, "%s: no memory for the list of pictures", places->image);
    }
    text_list_clear(&names);
    if (ok && l->count == 0)
        return err_set(err, ERR_INPUT, "%s: has no pictures (.jpg, .jpeg, .png, .webp, .bmp, .tiff)",
                       places->image);
    return ok;
}

static bool list_one(LabelPictures *l, const LabelPlaces *places, Err *err)
{
    l->picture = calloc(1, sizeof *l->picture);
    if (!l->picture)
        return err_set(err, ERR_NOMEM, "no memory for the list of pictures");
    l->count = 1;
    return picture_init(&l->picture[0], strdup(places->image), places, err) && probe(&l->picture[0], err);
}

/* ---- what would do harm ---- */

static bool check_options(const LabelPlaces *o, bool folder, Err *err)
{
    if (o->output && folder)
        return err_set(err, ERR_USAGE, "--output names one file, and %s is a folder; use --output_dir",
                       o->image);
    if (o->output && o->output_dir)
        return err_set(err, ERR_USAGE, "give --output or --output_dir, not both");
    if (o->output && image_format_of(o->output) != FORMAT_PNG)
        return err_set(err, ERR_USAGE, "--output %s: a mask is a PNG, so its name must end in .png",
                       o->output);
    if (strchr(o->suffix, '/'))
        return err_set(err, ERR_USAGE, "--suffix %s: it is part of a file's name and cannot have a slash",
                       o->suffix);
    return true;
}

static int by_mask(const void *a, const void *b)
{
    const LabelPicture *const *p = a, *const *q = b;
    return strcmp((*p)->mask_path, (*q)->mask_path);
}

static bool same_file(const char *a, const char *b)
{
    struct stat s, t;
    return stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

static bool check_masks(const LabelPictures *l, Err *err)
{
    const LabelPicture **sorted = malloc(l->count * sizeof *sorted);
    if (!sorted)
        return err_set(err, ERR_NOMEM, "no memory for the list of pictures");
    bool ok = true;
    for (size_t i = 0; i < l->count; i++)
        sorted[i] = &l->picture[i];
    qsort(sorted, l->count, sizeof *sorted, by_mask);
    for (size_t i = 1; ok && i < l->count; i++)
        if (strcmp(sorted[i - 1]->mask_path, sorted[i]->mask_path) == 0)
            ok = err_set(err, ERR_USAGE, "%s and %s would have the same mask, %s; rename one of them",
                         sorted[i - 1]->path, sorted[i]->path, sorted[i]->mask_path);
    /* Names that end like a mask's are not in the list, so no mask can replace any other picture than its own. */
    for (size_t i = 0; ok && i < l->count; i++)
        if (same_file(l->picture[i].mask_path, l->picture[i].path))
            ok = err_set(err, ERR_USAGE,
                         "%s: the mask would replace the picture; choose another --suffix or --output",
                         l->picture[i].path);
    free(sorted);
    return ok;
}

/* The folder where a mask will be, made when it is the one that was asked for. */
static bool check_folder(const LabelPictures *l, const LabelPlaces *o, Err *err)
{
    if (o->output_dir && !folder_make(o->output_dir, err))
        return false;
    const char *mask = l->picture[0].mask_path;
    Str folder = { 0 };
    str_add_n(&folder, mask, (size_t)(path_name(mask) - mask));
    if (folder.len == 0)
        str_add_char(&folder, '.');
    bool ok = !folder.failed || err_set(err, ERR_NOMEM, "no memory for the list of pictures");
    if (ok && access(folder.s, W_OK | X_OK) != 0)
        ok = err_set_errno(err, errno,
                           "%s: the masks cannot be written there; choose another folder with --output_dir",
                           folder.s);
    str_clear(&folder);
    return ok;
}

bool label_pictures_open(LabelPictures *out, const LabelPlaces *places, Err *err)
{
    *out = (LabelPictures){ 0 };
    bool folder = path_is_folder(places->image);
    if (check_options(places, folder, err) && (folder ? list_folder : list_one)(out, places, err) &&
        check_masks(out, err) && check_folder(out, places, err))
        return true;
    label_pictures_clear(out);
    return false;
}

void label_pictures_clear(LabelPictures *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->picture[i].path);
        free(l->picture[i].mask_path);
        free(l->picture[i].problem);
    }
    free(l->picture);
    *l = (LabelPictures){ 0 };
}
