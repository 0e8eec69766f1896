/* text/prompt_file.h: the text files around prompts. */
#ifndef FACET_TEXT_PROMPT_FILE_H
#define FACET_TEXT_PROMPT_FILE_H

#include "base/err.h"
#include "base/text_list.h"

/* Every reader here takes UTF-8 with or without a byte order mark, any line ends (\n, \r\n, \r), and files up
 * to 4 MiB. ERR_MISSING, ERR_IO, or ERR_INPUT naming the file and line: no text (a zero byte, not UTF-8),
 * nothing in it. */

/* A whole file with \n as line ends and without the byte order mark. The caller frees *text. May be empty. */
bool text_file_read(const char *path, char **text, Err *err) __attribute__((warn_unused_result));

/* One prompt a line (--predefined_prompts_file): white space at both ends is cut, blank lines and those that
 * start with # are skipped. A file without prompts is ERR_INPUT. */
bool prompt_file_read(const char *path, TextList *prompts, Err *err) __attribute__((warn_unused_result));
/* The same from a text; errors call it `name`. */
bool prompt_list_parse(const char *text, const char *name, TextList *prompts, Err *err)
    __attribute__((warn_unused_result));

/* prompts.txt: "1. text", a blank line between prompts; a person may have edited it: numbers are optional, a
 * prompt may go over several lines up to the next blank line or numbered line. Never an empty list. */
bool prompts_file_read(const char *path, TextList *prompts, Err *err) __attribute__((warn_unused_result));
bool prompts_file_write(const char *path, const TextList *prompts, Err *err)
    __attribute__((warn_unused_result));

/* classes.txt of step 3: class names joined by ". " on one line. Reading splits at periods and line ends. */
bool classes_file_read(const char *path, TextList *classes, Err *err) __attribute__((warn_unused_result));
bool classes_file_write(const char *path, const TextList *classes, Err *err)
    __attribute__((warn_unused_result));

#endif
