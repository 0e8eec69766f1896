/* roles/qwen/picture_book.h: telling pictures apart by their pixels.
 *
 * Callers come with the same perspective again and again, in memory that changes. A number for each picture makes keys of
 * what was computed from it. */
#ifndef FACET_ROLES_QWEN_PICTURE_BOOK_H
#define FACET_ROLES_QWEN_PICTURE_BOOK_H

#include "vision/image.h"

enum { PICTURE_BOOK_MAX = 16 };

/* Start it as {0}. Of the pictures seen last it keeps copies, PICTURE_BOOK_MAX at most. */
typedef struct {
    struct {
        Image picture;
        uint64_t number, used;
    } page[PICTURE_BOOK_MAX];
    size_t count;
    uint64_t clock, last_number;
} PictureBook;

/* The number of a picture: the same for the same pixels while the book keeps them, and never that of another. 0 with *err set
 * when memory runs out. */
uint64_t picture_book_number(PictureBook *b, const Image *picture, Err *err);
void picture_book_clear(PictureBook *b);

#endif
