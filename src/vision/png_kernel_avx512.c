#include "vision/png_kernel_body.h"

void png_undo_rows_avx512(const PngRows *rows)
{
    undo_rows(rows);
}
