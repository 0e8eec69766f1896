#include "vision/exif.h"

#include "base/byte_order.h"

#include <string.h>

enum { TAG_ORIENTATION = 0x0112 };

/* The bytes of a whole number of a TIFF type; 0: it is something else. */
static uint32_t type_bytes(unsigned type)
{
    enum { SHORT = 3, LONG = 4, SIGNED_SHORT = 8, SIGNED_LONG = 9, IFD = 13 };
    switch (type) {
    case SHORT:
    case SIGNED_SHORT: return 2;
    case LONG:
    case SIGNED_LONG:
    case IFD: return 4;
    default: return 0;
    }
}

/* The first value of a directory's entry if it is there, a whole number, and from 1 to 8; else 1. */
static int entry_orientation(const uint8_t *e, bool big)
{
    uint32_t bytes = type_bytes(big ? load_be16(e + 2) : load_le16(e + 2));
    uint32_t count = big ? load_be32(e + 4) : load_le32(e + 4);
    if (bytes == 0 || count < 1 || count > 4 / bytes) /* more of them lie elsewhere */
        return 1;
    uint32_t value = big          ? load_be32(e + 8) >> (32 - 8 * bytes)
                     : bytes == 2 ? load_le16(e + 8)
                                  : load_le32(e + 8);
    return value >= 1 && value <= 8 ? (int)value : 1;
}

int exif_orientation(const uint8_t *data, size_t size)
{
    if (size >= 6 && !memcmp(data, "Exif\0\0", 6)) {
        data += 6;
        size -= 6;
    }
    if (size < 8 || (memcmp(data, "II*\0", 4) != 0 && memcmp(data, "MM\0*", 4) != 0))
        return 1;
    bool big = data[0] == 'M';
    size_t at = big ? load_be32(data + 4) : load_le32(data + 4);
    if (at > size - 2)
        return 1;
    size_t entries = big ? load_be16(data + at) : load_le16(data + at);
    at += 2;
    int orientation = 1; /* the last of several entries counts, as in Pillow */
    for (size_t i = 0; i < entries && size - at >= 12; i++, at += 12)
        if ((big ? load_be16(data + at) : load_le16(data + at)) == TAG_ORIENTATION)
            orientation = entry_orientation(data + at, big);
    return orientation;
}

bool exif_make_upright(Image *im, int orientation, Err *err)
{
    /* Where the result's first pixel is in the stored picture, and whether going right in the result goes
     * down there. */
    static const struct {
        bool from_right, from_bottom, swap;
    } turn[9] = {
        [2] = { true, false, false }, [3] = { true, true, false }, [4] = { false, true, false },
        [5] = { false, false, true }, [6] = { false, true, true }, [7] = { true, true, true },
        [8] = { true, false, true },
    };
    if (orientation < 2 || orientation > 8)
        return true;
    bool swap = turn[orientation].swap;
    Image out;
    if (!image_init(&out, swap ? im->height : im->width, swap ? im->width : im->height, im->channels, err))
        return false;
    size_t c = (size_t)im->channels;
    ptrdiff_t right = turn[orientation].from_right ? -(ptrdiff_t)c : (ptrdiff_t)c;
    ptrdiff_t down = (ptrdiff_t)c * im->width * (turn[orientation].from_bottom ? -1 : 1);
    const uint8_t *first = image_at(im, turn[orientation].from_right ? im->width - 1 : 0,
                                    turn[orientation].from_bottom ? im->height - 1 : 0);
    ptrdiff_t step_x = swap ? down : right, step_y = swap ? right : down;
    uint8_t *to = out.data;
    for (int y = 0; y < out.height; y++)
        for (int x = 0; x < out.width; x++, to += c)
            memcpy(to, first + y * step_y + x * step_x, c);
    image_clear(im);
    *im = out;
    return true;
}
