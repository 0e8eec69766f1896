/* Any small or thin picture at any other size, by every method and with the vectors of every level. The first bytes are the sizes and the
 * kind of picture; pixels repeat the rest. */
#include "must.h"
#include "touch.h"

#include "vision/resample.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 9, MAX_SIDE = 65535, MAX_PIXELS = 1 << 14 };

/* Mostly small, but all there are. */
static int side_of(const uint8_t *bytes)
{
    int v = bytes[0] | bytes[1] << 8;
    return v < 0xc000 ? v % 96 + 1 : (v - 0xc000) * 4 % MAX_SIDE + 1;
}

static void range_of(const Image *im, int *least, int *most)
{
    *least = 255;
    *most = 0;
    for (size_t i = 0; i < image_bytes(im); i++) {
        *least = im->data[i] < *least ? im->data[i] : *least;
        *most = im->data[i] > *most ? im->data[i] : *most;
    }
}

static void try_method(const Image *in, int width, int height, ResampleMethod method)
{
    Err err = { 0 };
    Image out;
    int least, most, least_out, most_out;
    must(image_resize_at(&out, in, width, height, method, CPU_PLAIN, &err));
    for (CpuLevel level = CPU_PLAIN + 1; level <= cpu_level(); level++) {
        Image same;
        must(image_resize_at(&same, in, width, height, method, level, &err));
        must(memcmp(same.data, out.data, image_bytes(&out)) == 0);
        image_clear(&same);
    }
    must(out.width == width && out.height == height && out.channels == in->channels);
    if (width == in->width && height == in->height)
        must(memcmp(out.data, in->data, image_bytes(in)) == 0);
    range_of(in, &least, &most);
    range_of(&out, &least_out, &most_out);
    bool overshoots =
        method == RESAMPLE_BICUBIC || method == RESAMPLE_LANCZOS; /* but not where all is one value */
    must((overshoots && least < most) || (least_out >= least && most_out <= most));
    image_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int channels[] = { 1, 3, 4 };
    if (size < HEAD)
        return 0;
    int w = side_of(data), h = side_of(data + 2), width = side_of(data + 4), height = side_of(data + 6);
    if (data[8] & 1) {
        width = w;
        height = h;
    }
    /* also what lies between the two axes */
    if ((size_t)w * (size_t)h > MAX_PIXELS || (size_t)width * (size_t)height > MAX_PIXELS ||
        (size_t)width * (size_t)h > MAX_PIXELS)
        return 0;
    Image in;
    Err err = { 0 };
    must(image_init(&in, w, h, channels[data[8] / 4 % 3], &err));
    for (size_t i = 0; i < image_bytes(&in); i++)
        in.data[i] = data[data[8] & 2 ? 0 : i % size];
    for (ResampleMethod m = RESAMPLE_BILINEAR; m <= RESAMPLE_NEAREST; m++)
        try_method(&in, width, height, m);
    image_clear(&in);
    return 0;
}
