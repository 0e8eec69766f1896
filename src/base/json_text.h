/* base/json_text.h: the JSON object that a text or a file holds. */
#ifndef FACET_BASE_JSON_TEXT_H
#define FACET_BASE_JSON_TEXT_H

#include "base/err.h"

#include <jansson.h>
#include <stddef.h>

/* The object that a text is. `flags` are those of json_loadb(); `name` is the text's, for messages. The caller frees it with
 * json_decref(); NULL with *err set: ERR_INPUT (no JSON or no object; says the line), ERR_NOMEM. */
json_t *json_text_object(const char *text, size_t size, size_t flags, const char *name, Err *err);

/* The object in a file of at most max_bytes. Errors as above, and as file_read(). */
json_t *json_file_object(const char *path, size_t max_bytes, size_t flags, Err *err);

#endif
