/* cli/config_file.h: options from a YAML or JSON file. */
#ifndef FACET_CLI_CONFIG_FILE_H
#define FACET_CLI_CONFIG_FILE_H

#include "base/err.h"

#include <jansson.h>

/* Read a file of `name: value` pairs as a JSON object for options_apply_json(): JSON when its name ends in
 * ".json" or its text begins with a brace, else YAML. Scalars of YAML become strings, or null when empty;
 * lists are the only nesting; anchors and aliases are refused. At most 1 MiB. The caller decrefs it; NULL
 * with *err set: ERR_MISSING, ERR_IO, or ERR_USAGE naming the file and line. */
json_t *config_file_read(const char *path, Err *err);

#endif
