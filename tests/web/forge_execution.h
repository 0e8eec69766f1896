/* tests/web/forge_execution.h: a small execution, written by hand. */
#ifndef FACET_TESTS_WEB_FORGE_EXECUTION_H
#define FACET_TESTS_WEB_FORGE_EXECUTION_H

#include <stddef.h>

/* One photo, two views, two scenes: views 0 and 1 in prompts 0 and 1 (seeds 10, 11, 20, 21), each restyled once, all eight
 * labelled (view 0 in train, view 1 in val) and degraded once. Pictures have 16 x 12 pixels, labels one square outline of a
 * quarter of the width and a third of the height. Scores are 0.5, 0.55, … in the order of the names. */
void forge_execution(const char *folder);

/* Write a text file, an image, a line behind a file, in `folder`. */
void forge_text(const char *folder, const char *name, const char *text);
void forge_image(const char *folder, const char *name, int width, int height);
void forge_line(const char *folder, const char *name, const char *line);
/* The content of a file in `folder`; the caller frees it. NULL when it is not there. */
char *forge_read(const char *folder, const char *name);

#define FORGED_LABEL "0 0.250000 0.333333 0.500000 0.333333 0.500000 0.666667 0.250000 0.666667\n"

#endif
