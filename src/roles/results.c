#include "roles/editor.h"
#include "roles/views.h"
#include "roles/writer.h"

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

void written_clear(Written *w)
{
    text_list_clear(&w->prompts);
    text_list_clear(&w->classes);
    str_clear(&w->conversation);
}
