#include "weights/byte_ranges.h"

#include "weights/complain.h"

#include <stdlib.h>
#include <string.h>

static int by_begin(const void *a, const void *b)
{
    const ByteRange *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

bool byte_ranges_sort(ByteRange *range, size_t n, Err *err)
{
    char a[COMPLAIN_NAME], b[COMPLAIN_NAME];
    if (n)
        qsort(range, n, sizeof *range, by_begin);
    for (size_t i = 1; i < n; i++)
        if (range[i].begin < range[i - 1].end)
            return complain_damaged(err, "%s and %s lie over each other",
                                    complain_name(a, range[i].name, strlen(range[i].name)),
                                    complain_name(b, range[i - 1].name, strlen(range[i - 1].name)));
    return true;
}
