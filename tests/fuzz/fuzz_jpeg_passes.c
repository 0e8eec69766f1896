/* Small pictures that are saved as JPEG and loaded, several times over, against libjpeg's own round trips: with the vectors of every
 * level. The first bytes are the sides, the kind of picture and the qualities; pixels repeat the rest. */
#include "must.h"
#include "touch.h"

#include "../vision/jpeg_judge.h"
#include "vision/codec.h"

enum { HEAD = 4, MAX_SIDE = 70, MAX_PASSES = 4 };

static Image copy_of(const Image *im)
{
    Image copy;
    Err err = { 0 };
    must(image_copy(&copy, im, &err));
    return copy;
}

/* The file at one more quality than the passes before it have. */
static void check_level(const Image *from, const Image *want, JpegBytes file, const int *quality, int passes,
                        CpuLevel level)
{
    Err err = { 0 };
    JpegBytes made;
    Image im = copy_of(from);
    must(jpeg_passes_at(&im, quality, passes, level, &err));
    must(memcmp(im.data, want->data, image_bytes(want)) == 0);
    image_clear(&im);
    im = copy_of(from);
    must(jpeg_passes_file_at(&im, quality, passes + 1, level, &made, &err));
    must(made.size == file.size && memcmp(made.data, file.data, file.size) == 0);
    free(made.data);
    image_clear(&im);
}

/* facet's decoder, and its encoder without passes, agree with libjpeg. */
static void check_codec(const Image *im, int quality, JpegBytes file)
{
    Err err = { 0 };
    Image read, want = copy_of(im);
    uint8_t *data;
    size_t size;
    must(image_encode(im, FORMAT_JPEG, quality, &data, &size, &err));
    must(size == file.size && memcmp(data, file.data, size) == 0);
    free(data);
    must(image_decode(&read, file.data, file.size, &(DecodeOptions){ 0 }, &err));
    read_really(&want, file);
    must(read.channels == im->channels && memcmp(read.data, want.data, image_bytes(&want)) == 0);
    image_clear(&read);
    image_clear(&want);
}

/* Bits of `kind`: gray in one channel, gray in three, black and white only. */
static Image picture_of(const uint8_t *data, size_t size)
{
    Image im;
    Err err = { 0 };
    uint8_t kind = data[2];
    must(image_init(&im, data[0] % MAX_SIDE + 1, data[1] % MAX_SIDE + 1, kind & 1 ? 1 : 3, &err));
    for (size_t i = 0; i < image_bytes(&im); i++) {
        uint8_t v = data[(kind & 2 ? i / 3 : i) % size];
        im.data[i] = !(kind & 4) ? v : v & 1 ? 255 : 0;
    }
    return im;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD)
        return 0;
    int quality[MAX_PASSES + 1], passes = data[3] % (MAX_PASSES + 1);
    for (int i = 0; i <= passes; i++)
        quality[i] = data[(size_t)(HEAD + i) % size] % 100 + 1;
    Image im = picture_of(data, size), want = copy_of(&im);
    for (int i = 0; i < passes; i++)
        compress_really(&want, quality[i]);
    JpegBytes file = write_really(&want, quality[passes]);
    for (CpuLevel level = CPU_PLAIN; im.channels == 3 && level <= cpu_level(); level++)
        check_level(&im, &want, file, quality, passes, level);
    check_codec(&want, quality[passes], file);
    free(file.data);
    image_clear(&im);
    image_clear(&want);
    return 0;
}
