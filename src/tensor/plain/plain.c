#include "tensor/plain/plain.h"

const Backend plain_backend = { .name = "plain",
                                .open = plain_open,
                                .close = plain_close,
                                .wait = plain_wait,
                                .alloc = plain_alloc,
                                .release = plain_release,
                                .weight = plain_weight,
#define PLAIN_ROW(op, args) .op = plain_##op,
                                BACKEND_OPS(PLAIN_ROW)
#undef PLAIN_ROW
};
