/* text/project_file.h: what a project file (--project_info_file) says about the object and its scenes. */
#ifndef FACET_TEXT_PROJECT_FILE_H
#define FACET_TEXT_PROJECT_FILE_H

#include "base/err.h"
#include "base/text_list.h"

/* Start it as {0}; clear with project_clear(). Texts are never NULL after parsing, "" where the file says
 * nothing. Entries of lists are one line without white space at the ends, at most PROJECT_ENTRY_MAX bytes,
 * and no list holds one twice (case ignored). */
typedef struct {
    char *object, *class_name, *details, *goal;
    TextList keep, environments, surfaces, companions, lighting, camera, style, avoid;
    char *prose; /* the lines under no known heading, with \n between them */
} Project;

enum { PROJECT_ENTRY_MAX = 120, PROJECT_LIST_MAX = 400 };

/* Understand a project file. A section is "Key: value, value", its lines going on until the next key or until
 * a blank line with unindented text behind it; lists are split at commas, semicolons, full stops, bullets
 * and, where a block has none of these, at line ends. Keys are known under several names in any case, with or
 * without markup ("## Scenes", "**Locations:**"). A line that starts with # and is no key is a comment.
 *
 *   text  UTF-8 with \n as line ends, as text_file_read() gives it
 *
 * Odd text never fails, it only yields less: entries too long and those past PROJECT_LIST_MAX are left out.
 * False with ERR_NOMEM and *out empty only. */
bool project_parse(const char *text, Project *out, Err *err) __attribute__((warn_unused_result));
void project_clear(Project *p);

#endif
