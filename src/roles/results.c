#include "roles/editor.h"
#include "roles/views.h"
#include "roles/writer.h"

#include <stdlib.h>
#include <string.h>

void edit_result_clear(EditResult *r)
{
    image_clear(&r->image);
    image_clear(&r->alpha);
}

void view_result_clear(ViewResult *r)
{
    image_clear(&r->image);
    image_clear(&r->alpha);
}

static void texts_clear(char ***texts, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        free((*texts)[i]);
    free(*texts);
    *texts = NULL;
    *count = 0;
}

static bool texts_add(char ***texts, size_t *count, const char *text)
{
    char **grown = realloc(*texts, (*count + 1) * sizeof *grown);
    if (!grown)
        return false;
    *texts = grown;
    grown[*count] = strdup(text);
    if (!grown[*count])
        return false;
    ++*count;
    return true;
}

void written_clear(Written *w)
{
    texts_clear(&w->prompts, &w->prompt_count);
    texts_clear(&w->classes, &w->class_count);
    str_clear(&w->conversation);
}

bool written_add_prompt(Written *w, const char *text)
{
    return texts_add(&w->prompts, &w->prompt_count, text);
}

bool written_add_class(Written *w, const char *text)
{
    return texts_add(&w->classes, &w->class_count, text);
}
