#include "base/text_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool text_list_add_n(TextList *l, const char *text, size_t n)
{
    /* Room is doubled whenever the count reaches a power of two, so no capacity needs to be kept. */
    if ((l->count & (l->count - 1)) == 0) {
        char **grown = realloc(l->text, (l->count ? 2 * l->count : 1) * sizeof *grown);
        if (!grown)
            return false;
        l->text = grown;
    }
    l->text[l->count] = strndup(text, n);
    if (!l->text[l->count])
        return false;
    l->count++;
    return true;
}

bool text_list_add(TextList *l, const char *text)
{
    return text_list_add_n(l, text, strlen(text));
}

void text_list_clear(TextList *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->text[i]);
    free(l->text);
    *l = (TextList){ 0 };
}

bool text_list_has_any_case(const TextList *l, const char *text)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcasecmp(l->text[i], text) == 0)
            return true;
    return false;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void texts_sort(char **text, size_t count)
{
    if (count)
        qsort(text, count, sizeof *text, by_bytes);
}

char **texts_find(char **text, size_t count, const char *wanted)
{
    return count ? bsearch(&wanted, text, count, sizeof *text, by_bytes) : NULL;
}
