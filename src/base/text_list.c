#include "base/text_list.h"

#include <stdlib.h>
#include <string.h>

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
