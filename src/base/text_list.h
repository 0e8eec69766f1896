/* base/text_list.h: lists of texts. */
#ifndef FACET_BASE_TEXT_LIST_H
#define FACET_BASE_TEXT_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Start it as {0}. */
typedef struct {
    char **text;
    size_t count;
} TextList;

/* Append a copy of `text`. False, with the list as it was, when memory runs out. */
bool text_list_add(TextList *l, const char *text) __attribute__((warn_unused_result));
/* Append a copy of its first `n` bytes. */
bool text_list_add_n(TextList *l, const char *text, size_t n) __attribute__((warn_unused_result));
void text_list_clear(TextList *l);
/* Whether one of them is `text`, capitals or not. */
bool text_list_has_any_case(const TextList *l, const char *text);

/* Sort texts by strcmp; `text` may be NULL where there are none. */
void texts_sort(char **text, size_t count);
/* Where `wanted` stands among sorted texts; NULL: nowhere. */
char **texts_find(char **text, size_t count, const char *wanted);

#endif
