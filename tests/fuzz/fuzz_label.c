/* What a page sends to facet label: any bytes as a mask, and as the JSON of a prompt. The first byte says which. */
#include "web/label_prompt.h"
#include "web/mask_runs.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 37, HEIGHT = 29 };

/* A mask that is taken must come out the same when it is packed and unpacked again. */
static void try_mask(const uint8_t *data, size_t size)
{
    Image mask, again;
    uint8_t *packed;
    size_t packed_size;
    Err err = { 0 };
    if (!mask_runs_unpack(&mask, data, size, WIDTH, HEIGHT, &err)) {
        if (!err.kind || !image_empty(&mask))
            abort();
        return;
    }
    if (!mask_runs_pack(&mask, &packed, &packed_size, &err) ||
        !mask_runs_unpack(&again, packed, packed_size, WIDTH, HEIGHT, &err) ||
        memcmp(mask.data, again.data, image_bytes(&mask)) != 0)
        abort();
    free(packed);
    image_clear(&mask);
    image_clear(&again);
}

static void try_prompt(const uint8_t *data, size_t size)
{
    LabelPrompt p;
    Err err = { 0 };
    json_t *v = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(v)) {
        bool ok = label_prompt_read(&p, v, WIDTH, HEIGHT, &err);
        if (!ok && !err.kind)
            abort();
        if (ok && p.prompt.strokes && image_bytes(p.prompt.strokes) != (size_t)WIDTH * HEIGHT)
            abort();
        for (size_t i = 0; ok && i < p.prompt.point_count; i++)
            if (!(p.point[i].x >= -0.5f && p.point[i].x <= WIDTH - 0.5f && p.point[i].y >= -0.5f &&
                  p.point[i].y <= HEIGHT - 0.5f))
                abort();
        if (ok)
            label_prompt_clear(&p);
    }
    json_decref(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size)
        (data[0] & 1 ? try_mask : try_prompt)(data + 1, size - 1);
    return 0;
}
