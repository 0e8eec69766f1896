#include "vision/png_kernel_body.h"

void png_undo_rows_avx2(const PngRows *rows)
{
    undo_rows(rows);
}
