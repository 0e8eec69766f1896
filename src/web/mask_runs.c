#include "web/mask_runs.h"

#include <stdlib.h>
#include <string.h>

/* The stretch that begins at pixel *at and has this value; *at moves behind it. Pixels count as object above 127. */
static size_t run_next(const Image *mask, size_t *at, bool object)
{
    size_t n = image_bytes(mask), start = *at;
    while (*at < n && (mask->data[*at] > 127) == object)
        ++*at;
    return *at - start;
}

/* ---- bytes ---- */

static void put_number(Str *out, size_t v)
{
    for (; v >= 128; v >>= 7)
        str_add_char(out, (char)((v & 127) | 128));
    str_add_char(out, (char)v);
}

bool mask_runs_pack(const Image *mask, uint8_t **data, size_t *size, Err *err)
{
    Str out = { 0 };
    put_number(&out, (size_t)mask->width);
    put_number(&out, (size_t)mask->height);
    bool object = false;
    for (size_t at = 0; at < image_bytes(mask); object = !object)
        put_number(&out, run_next(mask, &at, object));
    *size = out.len;
    *data = (uint8_t *)str_take(&out);
    return *data || err_set(err, ERR_NOMEM, "no memory to send the mask");
}

/* False at the end of the bytes, and for a number beyond 32 bits. */
static bool take_number(const uint8_t **at, const uint8_t *end, uint32_t *out)
{
    uint64_t v = 0;
    for (int shift = 0; *at < end && shift <= 28; shift += 7) {
        uint8_t b = *(*at)++;
        v |= (uint64_t)(b & 127) << shift;
        if (b < 128) {
            *out = (uint32_t)v;
            return v <= UINT32_MAX;
        }
    }
    return false;
}

static bool fill(Image *mask, const uint8_t *at, const uint8_t *end, Err *err)
{
    size_t filled = 0, pixels = image_bytes(mask);
    bool object = false;
    for (bool first = true; at < end; first = false, object = !object) {
        uint32_t run;
        if (!take_number(&at, end, &run))
            return err_set(err, ERR_INPUT, "the mask is cut short or has a length beyond 32 bits");
        if (run > pixels - filled)
            return err_set(err, ERR_INPUT, "the mask has more pixels than its picture");
        if (run == 0 && !first)
            return err_set(err, ERR_INPUT, "the mask has a stretch of no pixels");
        memset(mask->data + filled, object ? 255 : 0, run);
        filled += run;
    }
    return filled == pixels ||
           err_set(err, ERR_INPUT, "the mask has %zu pixels and its picture %zu", filled, pixels);
}

bool mask_runs_unpack(Image *mask, const uint8_t *data, size_t size, int width, int height, Err *err)
{
    const uint8_t *at = data, *end = data + size;
    uint32_t w, h;
    *mask = (Image){ 0 };
    if (!take_number(&at, end, &w) || !take_number(&at, end, &h))
        return err_set(err, ERR_INPUT, "no mask was sent");
    if (w != (uint32_t)width || h != (uint32_t)height)
        return err_set(err, ERR_INPUT, "the mask is %u x %u and its picture %d x %d; open the picture again",
                       w, h, width, height);
    if (!image_init(mask, width, height, 1, err))
        return false;
    if (fill(mask, at, end, err))
        return true;
    image_clear(mask);
    return false;
}

/* ---- JSON ---- */

void mask_runs_json(Str *out, const Image *mask)
{
    bool object = false;
    str_add_char(out, '[');
    for (size_t at = 0; at < image_bytes(mask); object = !object) {
        bool first = at == 0 && !object;
        str_printf(out, first ? "%zu" : ",%zu", run_next(mask, &at, object));
    }
    str_add_char(out, ']');
}
