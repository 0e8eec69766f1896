/* cpu.c: the table of the CPU backend. */
#include "tensor/plain/plain.h"

const Backend cpu_backend = { .name = "cpu",
                              .open = plain_open,
                              .close = plain_close,
                              .wait = plain_wait,
                              .alloc = plain_alloc,
                              .release = plain_release,
                              .weight = plain_weight,
#define ROW(op, args) .op = plain_##op,
                              BACKEND_OPS(ROW)
#undef ROW
};
