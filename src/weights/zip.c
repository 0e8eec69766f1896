#include "weights/zip.h"

#include "base/byte_order.h"
#include "weights/complain.h"

#include <stdlib.h>
#include <string.h>

/* Sizes of the records without their variable parts. */
enum { LOCAL = 30, CENTRAL = 46, END = 22, END64 = 56, LOCATOR64 = 20 };

/* The bytes of the archive, and the central directory in it. */
typedef struct {
    const uint8_t *data;
    size_t size;
    uint64_t directory, directory_size, entries;
} Archive;

static bool has_signature(const uint8_t *p, uint8_t a, uint8_t b)
{
    return p[0] == 'P' && p[1] == 'K' && p[2] == a && p[3] == b;
}

bool zip_is(const uint8_t *data, size_t size)
{
    return size >= 4 && has_signature(data, 3, 4);
}

/* ---- the directory ------------------------------------------------------------------------------ */

/* Where the end record is: the last place whose comment reaches exactly to the end of the file. */
static bool find_end(const Archive *a, size_t *end)
{
    for (size_t comment = 0; comment <= 0xFFFF && comment + END <= a->size; comment++) {
        const uint8_t *p = a->data + a->size - END - comment;
        if (has_signature(p, 5, 6) && load_le16(p + 20) == comment) {
            *end = a->size - END - comment;
            return true;
        }
    }
    return false;
}

/* Sizes beyond the 16 and 32 bits of the end record are in a second one, to which a locator before the first
 * points. *end becomes the place of that second one when it is there. */
static bool read_end64(Archive *a, size_t *end, Err *err)
{
    if (*end < LOCATOR64 || !has_signature(a->data + *end - LOCATOR64, 6, 7))
        return true;
    uint64_t at = load_le64(a->data + *end - LOCATOR64 + 8);
    size_t before = *end - LOCATOR64;
    if (before < END64 || at > before - END64 || !has_signature(a->data + at, 6, 6))
        return complain_damaged(err, "the zip archive's 64-bit end record is not where it should be");
    const uint8_t *p = a->data + at;
    a->entries = load_le64(p + 32);
    a->directory_size = load_le64(p + 40);
    a->directory = load_le64(p + 48);
    *end = (size_t)at;
    return true;
}

static bool find_directory(Archive *a, Err *err)
{
    size_t end;
    if (!find_end(a, &end))
        return complain_damaged(err, "the end of its zip archive is missing");
    const uint8_t *p = a->data + end;
    a->entries = load_le16(p + 10);
    a->directory_size = load_le32(p + 12);
    a->directory = load_le32(p + 16);
    if (!read_end64(a, &end, err))
        return false;
    if (a->directory > end || a->directory_size > end - a->directory ||
        a->entries > a->directory_size / CENTRAL)
        return complain_damaged(err, "the directory of its zip archive is not inside of the file");
    return true;
}

/* ---- entries ------------------------------------------------------------------------------------ */

/* What the directory says of an entry. */
typedef struct {
    uint64_t stored, size, local; /* bytes in the file, bytes of content, place of the local header */
    unsigned flags, method;
} Record;

/* Fields of 32 bits that are all ones are in the extra field 1, in this order. */
static bool read_extra64(Record *r, const uint8_t *extra, size_t size)
{
    uint64_t *const wide[] = { &r->size, &r->stored, &r->local };
    bool needed = false;
    for (int i = 0; i < 3; i++)
        needed = needed || *wide[i] == UINT32_MAX;
    if (!needed)
        return true;
    while (size >= 4) {
        size_t id = load_le16(extra), length = load_le16(extra + 2);
        extra += 4;
        size -= 4;
        if (length > size)
            return false;
        if (id != 1) {
            extra += length;
            size -= length;
            continue;
        }
        for (int i = 0; i < 3; i++)
            if (*wide[i] == UINT32_MAX) {
                if (length < 8)
                    return false;
                *wide[i] = load_le64(extra);
                extra += 8;
                length -= 8;
            }
        return true;
    }
    return false;
}

/* Where the content of an entry is: behind its local header, which repeats its name. */
static bool locate(const Archive *a, const Record *r, ZipEntry *e)
{
    if (r->local > a->directory || a->directory - r->local < LOCAL)
        return false;
    const uint8_t *p = a->data + r->local;
    uint64_t room = a->directory - r->local - LOCAL;
    size_t name_size = load_le16(p + 26), extra_size = load_le16(p + 28);
    if (!has_signature(p, 3, 4) || name_size != e->name_size || name_size + extra_size > room ||
        memcmp(p + LOCAL, e->name, name_size) != 0 || r->size > room - name_size - extra_size)
        return false;
    e->data = p + LOCAL + name_size + extra_size;
    e->size = (size_t)r->size;
    return true;
}

/* The entry at *at in the directory; *at moves behind it. */
static bool read_entry(const Archive *a, size_t *at, ZipEntry *e, Err *err)
{
    char shown[COMPLAIN_NAME];
    const uint8_t *p = a->data + *at;
    size_t room = (size_t)(a->directory + a->directory_size) - *at;
    if (room < CENTRAL || !has_signature(p, 1, 2))
        return complain_damaged(err, "the directory of its zip archive is broken");
    size_t name = load_le16(p + 28), extra = load_le16(p + 30), comment = load_le16(p + 32);
    if (name + extra + comment > room - CENTRAL)
        return complain_damaged(err, "the directory of its zip archive is broken");
    Record r = {
        .flags = load_le16(p + 8),
        .method = load_le16(p + 10),
        .stored = load_le32(p + 20),
        .size = load_le32(p + 24),
        .local = load_le32(p + 42),
    };
    *e = (ZipEntry){ .name = (const char *)p + CENTRAL, .name_size = name };
    *at += CENTRAL + name + extra + comment;
    complain_name(shown, e->name, name);
    if (!read_extra64(&r, p + CENTRAL + name, extra))
        return complain_damaged(err, "the sizes of %s in its zip archive are missing", shown);
    if (r.flags & 1)
        return err_set(err, ERR_INPUT, "%s in its zip archive is encrypted; save the model again without",
                       shown);
    if (r.method != 0 || r.stored != r.size)
        return err_set(err, ERR_INPUT,
                       "%s in its zip archive is compressed, which torch.save() never does; unpack the file, "
                       "or save the model again",
                       shown);
    if (!locate(a, &r, e))
        return complain_damaged(err, "%s in its zip archive is not where the directory says", shown);
    return true;
}

/* ---- the archive -------------------------------------------------------------------------------- */

static int compare_names(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int head = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return head ? head : a_size < b_size ? -1 : a_size > b_size;
}

static int by_name(const void *a, const void *b)
{
    const ZipEntry *x = a, *y = b;
    return compare_names(x->name, x->name_size, y->name, y->name_size);
}

static int by_place(const void *a, const void *b)
{
    const ZipEntry *x = a, *y = b;
    if (x->data != y->data)
        return x->data < y->data ? -1 : 1;
    return x->size < y->size ? -1 : x->size > y->size;
}

/* Sort the entries by name, after a look at how they lie. */
static bool check_entries(Zip *z, Err *err)
{
    char a[COMPLAIN_NAME], b[COMPLAIN_NAME];
    if (z->count)
        qsort(z->entry, z->count, sizeof *z->entry, by_place);
    for (size_t i = 1; i < z->count; i++) {
        const ZipEntry *x = &z->entry[i - 1], *y = &z->entry[i];
        if (x->size > (size_t)(y->data - x->data))
            return complain_damaged(err, "%s and %s in its zip archive lie over each other",
                                    complain_name(a, x->name, x->name_size),
                                    complain_name(b, y->name, y->name_size));
    }
    if (z->count)
        qsort(z->entry, z->count, sizeof *z->entry, by_name);
    for (size_t i = 1; i < z->count; i++)
        if (by_name(&z->entry[i - 1], &z->entry[i]) == 0)
            return complain_damaged(err, "two entries of its zip archive are called %s",
                                    complain_name(a, z->entry[i].name, z->entry[i].name_size));
    return true;
}

bool zip_open(Zip *z, const uint8_t *data, size_t size, Err *err)
{
    *z = (Zip){ 0 };
    Archive a = { .data = data, .size = size };
    if (!find_directory(&a, err))
        return false;
    z->entry = calloc((size_t)a.entries + 1, sizeof *z->entry);
    if (!z->entry)
        return err_set(err, ERR_NOMEM, "no memory for the %zu entries of its zip archive", (size_t)a.entries);
    size_t at = (size_t)a.directory;
    for (; z->count < a.entries; z->count++)
        if (!read_entry(&a, &at, &z->entry[z->count], err))
            goto fail;
    if (!check_entries(z, err))
        goto fail;
    return true;
fail:
    zip_close(z);
    return false;
}

void zip_close(Zip *z)
{
    free(z->entry);
    *z = (Zip){ 0 };
}

const ZipEntry *zip_find(const Zip *z, const char *name, size_t name_size)
{
    size_t from = 0, to = z->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const ZipEntry *e = &z->entry[middle];
        int order = compare_names(e->name, e->name_size, name, name_size);
        if (order == 0)
            return e;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}
