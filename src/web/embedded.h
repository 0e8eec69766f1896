/* web/embedded.h: the files of src/web/static/ as parts of the program. */
#ifndef FACET_WEB_EMBEDDED_H
#define FACET_WEB_EMBEDDED_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name;    /* "label.html" */
    const char *version; /* changes with the content */
    const uint8_t *data, *end;
} WebFile;

/* Ends with a row whose name is NULL. Made by scripts/embed.sh from the list in src/web/meson.build. */
extern const WebFile web_files[];

/* NULL when there is none of this name. */
const WebFile *web_file_find(const char *name);
/* The type that a browser is told, from the name's ending. */
const char *web_file_type(const char *name);

#endif
