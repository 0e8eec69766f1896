/* base/yaml_text.h: what must hold of a text before libfyaml is given it. */
#ifndef FACET_BASE_YAML_TEXT_H
#define FACET_BASE_YAML_TEXT_H

#include "base/err.h"

#include <stddef.h>

/* UTF-8 without zero bytes, and no line that begins with a per cent sign: libfyaml 0.7.12 never ends on a directive that is not
 * UTF-8, and no file of ours has use for one ("%YAML 1.2"). ERR_INPUT names the line. */
bool yaml_text_check(const char *text, size_t size, Err *err) __attribute__((warn_unused_result));

#endif
