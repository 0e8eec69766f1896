/* weights/zip.h: the entries of a zip archive that are stored as they are (PKWARE's APPNOTE 6.3, with zip64).
 */
#ifndef FACET_WEIGHTS_ZIP_H
#define FACET_WEIGHTS_ZIP_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* One stored entry; everything is borrowed from the archive. */
typedef struct {
    const char *name; /* name_size bytes, no zero at the end */
    size_t name_size;
    const uint8_t *data;
    size_t size;
} ZipEntry;

typedef struct {
    ZipEntry *entry; /* sorted by name; no two names are equal */
    size_t count;
} Zip;

/* Whether these bytes start as an archive does. */
bool zip_is(const uint8_t *data, size_t size);
/* Index an archive that lies in memory. Compressed and encrypted entries, entries outside of the archive or
 * over each other, and doubled names are refused. Check sums are not compared: that would read every byte of
 * a checkpoint. Returns false with *err set and *z empty: ERR_INPUT, ERR_NOMEM. Messages do not name the
 * file. */
bool zip_open(Zip *z, const uint8_t *data, size_t size, Err *err) __attribute__((warn_unused_result));
void zip_close(Zip *z);

/* The entry of that name; NULL when there is none. */
const ZipEntry *zip_find(const Zip *z, const char *name, size_t name_size);

#endif
