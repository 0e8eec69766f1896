#include "roles/qwen/picture_book.h"

/* The page to write on: a new one, or that of the picture not asked for the longest. */
static size_t next_page(PictureBook *b)
{
    size_t oldest = 0;
    if (b->count < PICTURE_BOOK_MAX)
        return b->count++;
    for (size_t i = 1; i < b->count; i++)
        if (b->page[i].used < b->page[oldest].used)
            oldest = i;
    return oldest;
}

uint64_t picture_book_number(PictureBook *b, const Image *picture, Err *err)
{
    Image copy;
    for (size_t i = 0; i < b->count; i++)
        if (image_equal(&b->page[i].picture, picture)) {
            b->page[i].used = ++b->clock;
            return b->page[i].number;
        }
    if (!image_copy(&copy, picture, err))
        return 0;
    size_t i = next_page(b);
    image_clear(&b->page[i].picture);
    b->page[i].picture = copy;
    b->page[i].used = ++b->clock;
    return b->page[i].number = ++b->last_number;
}

void picture_book_clear(PictureBook *b)
{
    for (size_t i = 0; i < b->count; i++)
        image_clear(&b->page[i].picture);
    *b = (PictureBook){ 0 };
}
