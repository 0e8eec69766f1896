#include "text/token_ids.h"

#include <stdlib.h>
#include <string.h>

bool token_ids_add(TokenIds *l, const int32_t *ids, size_t n)
{
    if (n > l->room - l->count) {
        size_t room = l->room < 32 ? 64 : l->room;
        while (room - l->count < n && room < SIZE_MAX / 8)
            room *= 2;
        int32_t *grown = room - l->count < n ? NULL : realloc(l->id, room * sizeof *grown);
        if (!grown)
            return false;
        l->id = grown;
        l->room = room;
    }
    if (n)
        memcpy(l->id + l->count, ids, n * sizeof *ids);
    l->count += n;
    return true;
}

void token_ids_clear(TokenIds *l)
{
    free(l->id);
    *l = (TokenIds){ 0 };
}
