/* base/file.h: files that appear whole or not at all. */
#ifndef FACET_BASE_FILE_H
#define FACET_BASE_FILE_H

#include "base/err.h"
#include "base/text_list.h"

#include <stddef.h>
#include <stdint.h>

/* --- paths ------------------------------------------------------------------------------------- */

/* "a/b" from "a" and "b"; one slash between them; a leading slash in `name` is kept as written.
 * The caller frees it; NULL when memory runs out. */
char *path_join(const char *folder, const char *name);
/* The part behind the last slash. Borrowed from `path`. */
const char *path_name(const char *path);
/* The name without folder and without its last extension. The caller frees it; NULL: no memory. */
char *path_stem(const char *path);
/* The extension with its dot in the path's own case, "" if none. Borrowed. */
const char *path_ext(const char *path);
bool path_exists(const char *path);
bool path_is_folder(const char *path);

/* --- reading ----------------------------------------------------------------------------------- */

/* Read a whole regular file of at most max_bytes; *data ends in an extra zero byte, the caller frees it.
 * ERR_MISSING, ERR_IO, or ERR_INPUT when it is larger or no regular file. */
bool file_read(const char *path, size_t max_bytes, uint8_t **data, size_t *size, Err *err)
    __attribute__((warn_unused_result));

/* A file that lies in memory without having been read: a page comes from the disk when it is first touched.
 */
typedef struct {
    const uint8_t *data; /* NULL when the file is empty */
    size_t size;
} FileMap;

/* Map a whole regular file, read only; on failure *map is empty. Files of facet are replaced, never cut; who
 * cuts a mapped file from outside ends every process that touches the lost pages. Errors as file_read. */
bool file_map(FileMap *map, const char *path, Err *err) __attribute__((warn_unused_result));
void file_unmap(FileMap *map);

/* --- writing ----------------------------------------------------------------------------------- */

/* Write a file so that readers, and whoever looks after a crash, see either the old content or all of the
 * new one: temporary file in the same folder, fsync, rename. The temporary name starts with ".tmp-" and
 * ends in the final name's extension. */
bool file_write(const char *path, const void *data, size_t size, Err *err)
    __attribute__((warn_unused_result));

/* Make a folder and its parents. */
bool folder_make(const char *path, Err *err) __attribute__((warn_unused_result));
/* Remove leftover ".tmp-" files of this folder. Errors are ignored: they are only litter. */
void folder_sweep(const char *path);
/* Remove a folder with all it holds. A missing folder is fine. Links are removed, never followed. */
bool folder_remove(const char *path, Err *err) __attribute__((warn_unused_result));

/* Give a file another name on the same file system; one of that name there is replaced. */
bool file_move(const char *from, const char *to, Err *err) __attribute__((warn_unused_result));

/* Names in a folder (files and folders, without "." and ".." and without names that start with a dot),
 * sorted by strcmp. */
bool folder_list(const char *path, TextList *out, Err *err) __attribute__((warn_unused_result));

/* Copy a file to a new place, whole or not at all: reflink where the file system can, else a plain copy.
 * An existing file is replaced. */
bool file_copy(const char *from, const char *to, Err *err) __attribute__((warn_unused_result));
/* As file_copy, but a hard link is fine too: for files that nobody changes in place. */
bool file_link_or_copy(const char *from, const char *to, Err *err) __attribute__((warn_unused_result));

#endif
