#include "weights/torch_file.h"

#include "base/byte_order.h"
#include "weights/complain.h"
#include "weights/pickle.h"
#include "weights/torch_tensors.h"
#include "weights/zip.h"

#include <stdlib.h>
#include <string.h>

/* torch_file_read()'s state: what is to be given back in the end. */
typedef struct {
    const uint8_t *data;
    size_t size;
    Zip zip;
    Pickle pickle;
    StorageData *storage;
    size_t storages;
} TorchFile;

/* ---- storages ----------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    return storage_compare(((const StorageData *)a)->key, ((const StorageData *)b)->key);
}

/* The storages that the pickle mentions, sorted by key, each once; where their numbers are is left open. */
static bool list_storages(TorchFile *f, Err *err)
{
    char shown[COMPLAIN_NAME];
    size_t n = 0;
    for (const PickleStorage *s = f->pickle.storage; s; s = s->next)
        n++;
    f->storage = calloc(n + 1, sizeof *f->storage);
    if (!f->storage)
        return err_set(err, ERR_NOMEM, "no memory for its %zu storages", n);
    for (const PickleStorage *s = f->pickle.storage; s; s = s->next) {
        StorageData *to = &f->storage[f->storages++];
        *to = (StorageData){ .key = s->key, .dtype = s->dtype, .elements = s->elements };
        if (!weight_shape_size(s->dtype, 1, &s->elements, &(size_t){ 0 }, &to->bytes))
            return complain_damaged(err, "storage %s claims %zu numbers, more than memory can address",
                                    complain_name(shown, s->key.s, s->key.n), s->elements);
    }
    if (n)
        qsort(f->storage, n, sizeof *f->storage, by_key);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const StorageData *s = &f->storage[i];
        if (kept && by_key(s, &f->storage[kept - 1]) == 0) {
            if (s->dtype != f->storage[kept - 1].dtype || s->elements != f->storage[kept - 1].elements)
                return complain_damaged(err, "its pickle describes storage %s in two ways",
                                        complain_name(shown, s->key.s, s->key.n));
            continue;
        }
        f->storage[kept++] = *s;
    }
    f->storages = kept;
    return true;
}

/* ---- the zip format ----------------------------------------------------------------------------- */

/* The entry of these three texts joined. */
static const ZipEntry *find_in(const Zip *z, PickleText root, PickleText name, PickleText key)
{
    char whole[512];
    if (root.n + name.n + key.n > sizeof whole)
        return NULL;
    memcpy(whole, root.s, root.n);
    memcpy(whole + root.n, name.s, name.n);
    memcpy(whole + root.n + name.n, key.s, key.n);
    return zip_find(z, whole, root.n + name.n + key.n);
}

/* The pickle, and the folder in the archive that holds it. */
static const ZipEntry *find_pickle(const Zip *z, PickleText *root)
{
    static const char end[] = "/data.pkl";
    size_t n = strlen(end);
    for (size_t i = 0; i < z->count; i++) {
        const ZipEntry *e = &z->entry[i];
        if (e->name_size > n && memcmp(e->name + e->name_size - n, end, n) == 0 &&
            !memchr(e->name, '/', e->name_size - n)) {
            *root = (PickleText){ e->name, e->name_size - n };
            return e;
        }
    }
    return NULL;
}

static bool read_zip(TorchFile *f, Err *err)
{
    char shown[COMPLAIN_NAME];
    static const PickleText byte_order = { "/byteorder", 10 }, data = { "/data/", 6 }, nothing = { "", 0 };
    if (!zip_open(&f->zip, f->data, f->size, err))
        return false;
    PickleText root;
    const ZipEntry *pickle = find_pickle(&f->zip, &root);
    if (!pickle)
        return err_set(
            err, ERR_INPUT,
            "is a zip archive without a data.pkl, and so no checkpoint that torch.save() wrote; name "
            "the checkpoint itself");
    const ZipEntry *order = find_in(&f->zip, root, byte_order, nothing);
    if (order && (order->size != 6 || memcmp(order->data, "little", 6) != 0))
        return err_set(err, ERR_INPUT,
                       "its numbers are stored with the highest byte first; save it again on a machine of "
                       "today's kind");
    if (!pickle_read(&f->pickle, pickle->data, pickle->size, err) || !list_storages(f, err))
        return false;
    for (size_t i = 0; i < f->storages; i++) {
        StorageData *s = &f->storage[i];
        const ZipEntry *e = find_in(&f->zip, root, data, s->key);
        complain_name(shown, s->key.s, s->key.n);
        if (!e)
            return complain_damaged(err, "storage %s is not in its archive", shown);
        if (e->size != s->bytes)
            return complain_damaged(err, "storage %s should have %zu bytes and has %zu", shown, s->bytes,
                                    e->size);
        s->data = e->data;
    }
    return true;
}

/* ---- the format before -------------------------------------------------------------------------- */

/* The pickle of the number 0x1950a86a20f9469cfc6c. */
static const uint8_t magic[] = { 0x80, 2,    0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46,
                                 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.' };

/* Read one of the pickles; *at moves behind it. */
static bool read_next(const TorchFile *f, size_t *at, Pickle *out, Err *err)
{
    if (!pickle_read(out, f->data + *at, f->size - *at, err))
        return false;
    *at += out->size;
    return true;
}

/* The version, which must be the only one there ever was, and the properties of the machine, which must be
 * like ours. */
static bool check_machine(const TorchFile *f, size_t *at, Err *err)
{
    Pickle p;
    if (!read_next(f, at, &p, err))
        return false;
    bool ok = p.root->kind == PICKLE_INT && p.root->integer == 1001;
    pickle_clear(&p);
    if (!ok)
        return complain_damaged(err, "its format has a version that PyTorch never had");
    if (!read_next(f, at, &p, err))
        return false;
    ok = p.root->kind == PICKLE_DICT;
    const PickleItems items = ok ? p.root->items : (PickleItems){ 0 };
    for (size_t i = 0; i < items.count; i += 2)
        if (pickle_is_text(items.item[i], "little_endian"))
            ok = items.item[i + 1]->kind == PICKLE_BOOL && items.item[i + 1]->truth;
    pickle_clear(&p);
    if (!ok)
        return err_set(err, ERR_INPUT,
                       "its numbers are stored with the highest byte first; save it again on a machine of "
                       "today's kind");
    return true;
}

/* Find the storages behind the pickles, in the order of the list of their keys. */
static bool locate_storages(TorchFile *f, size_t at, const PickleItems *keys, Err *err)
{
    char shown[COMPLAIN_NAME];
    for (size_t i = 0; i < keys->count; i++) {
        PickleText key = keys->item[i]->kind == PICKLE_TEXT ? keys->item[i]->text : (PickleText){ "", 0 };
        StorageData *s = (StorageData *)storage_find(f->storage, f->storages, key);
        complain_name(shown, key.s, key.n);
        if (!s || s->located)
            return complain_damaged(err, "its list of storages names %s, which is unknown or named twice",
                                    shown);
        if (f->size - at < 8 || load_le64(f->data + at) != s->elements || f->size - at - 8 < s->bytes)
            return complain_damaged(err, "storage %s of %zu bytes is not where it should be", shown,
                                    s->bytes);
        s->data = f->data + at + 8;
        s->located = true;
        at += 8 + s->bytes;
    }
    for (size_t i = 0; i < f->storages; i++)
        if (!f->storage[i].located)
            return complain_damaged(err, "storage %s is not in the file",
                                    complain_name(shown, f->storage[i].key.s, f->storage[i].key.n));
    return true;
}

/* Storages follow each other without regard for alignment: move those that lie badly, each once. */
static bool align_storages(TorchFile *f, WeightList *out, Err *err)
{
    for (size_t i = 0; i < f->storages; i++) {
        StorageData *s = &f->storage[i];
        if (s->bytes == 0 || (uintptr_t)s->data % weight_dtype_size(s->dtype) == 0)
            continue;
        void *moved = malloc(s->bytes);
        if (!moved)
            return err_set(err, ERR_NOMEM, "no memory for the %zu bytes of a storage", s->bytes);
        memcpy(moved, s->data, s->bytes);
        s->data = moved;
        if (!weight_list_own(out, moved, err))
            return false;
    }
    return true;
}

static bool read_pickles(TorchFile *f, WeightList *out, Err *err)
{
    Pickle keys;
    size_t at = sizeof magic;
    if (!check_machine(f, &at, err) || !read_next(f, &at, &f->pickle, err) || !list_storages(f, err) ||
        !read_next(f, &at, &keys, err))
        return false;
    bool ok = keys.root->kind == PICKLE_LIST ? locate_storages(f, at, &keys.root->items, err)
                                             : complain_damaged(err, "it has no list of its storages");
    pickle_clear(&keys);
    return ok && align_storages(f, out, err);
}

/* ---- both --------------------------------------------------------------------------------------- */

static bool is_pickles(const uint8_t *data, size_t size)
{
    return size >= sizeof magic && memcmp(data, magic, sizeof magic) == 0;
}

bool torch_file_is(const uint8_t *data, size_t size)
{
    return zip_is(data, size) || is_pickles(data, size);
}

bool torch_file_read(const uint8_t *data, size_t size, WeightList *out, Err *err)
{
    TorchFile f = { .data = data, .size = size };
    bool ok = is_pickles(data, size) ? read_pickles(&f, out, err) : read_zip(&f, err);
    ok = ok && torch_tensors_list(f.pickle.root, f.storage, f.storages, size, out, err);
    free(f.storage);
    pickle_clear(&f.pickle);
    zip_close(&f.zip);
    return ok;
}
