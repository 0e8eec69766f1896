/* Each kernel of the image core with the vectors of every level of this machine: vision_kernels [SIDE] (1024). */
#include "base/clock.h"
#include "base/cpu.h"
#include "base/rng.h"
#include "vision/codec.h"
#include "vision/colour.h"
#include "vision/jpeg_passes.h"
#include "vision/motion_blur.h"
#include "vision/resample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 9, PASSES = 10 };

/* `bytes` is what has to be read and written at least, a pixel. */
typedef struct {
    const char *name;
    double bytes;
    bool (*run)(Image *im, CpuLevel level, Err *err);
    bool levels; /* there is more than one */
} Kernel;

static bool run_copy(Image *im, CpuLevel level, Err *err)
{
    (void)level;
    Image copy;
    if (!image_copy(&copy, im, err))
        return false;
    image_clear(im);
    *im = copy;
    return true;
}

static bool run_bw(Image *im, CpuLevel level, Err *err)
{
    (void)err;
    colour_at(im, COLOUR_BW, 1, level);
    return true;
}

static bool run_saturation(Image *im, CpuLevel level, Err *err)
{
    (void)err;
    colour_at(im, COLOUR_SATURATION, 1.3, level);
    return true;
}

static bool run_contrast(Image *im, CpuLevel level, Err *err)
{
    (void)err;
    colour_at(im, COLOUR_CONTRAST, 0.9, level);
    return true;
}

static bool run_brightness(Image *im, CpuLevel level, Err *err)
{
    (void)err;
    colour_at(im, COLOUR_BRIGHTNESS, 1.05, level);
    return true;
}

static bool run_blur_level(Image *im, CpuLevel level, Err *err)
{
    return motion_blur_at(im, 37, 3, level, err);
}

static bool run_blur_diagonal(Image *im, CpuLevel level, Err *err)
{
    return motion_blur_at(im, 37, 30, level, err);
}

static bool run_passes(Image *im, CpuLevel level, Err *err)
{
    static const int quality[PASSES] = { 31, 12, 40, 22, 17, 35, 10, 28, 25, 38 };
    return jpeg_passes_at(im, quality, PASSES, level, err);
}

static bool run_gray_passes(Image *im, CpuLevel level, Err *err)
{
    colour_at(im, COLOUR_BW, 1, level);
    return run_passes(im, level, err);
}

static bool run_resize(Image *im, CpuLevel level, Err *err)
{
    (void)level;
    Image out;
    if (!image_resize(&out, im, im->width / 2, im->height / 2, RESAMPLE_BICUBIC, err))
        return false;
    image_clear(&out);
    return true;
}

static const Kernel kernels[] = {
    { "copy", 6, run_copy, false },
    { "black and white", 6, run_bw, true },
    { "saturation", 6, run_saturation, true },
    { "contrast", 9, run_contrast, true },
    { "brightness", 6, run_brightness, true },
    { "blur 37, 3 degrees", 6, run_blur_level, true },
    { "blur 37, 30 degrees", 6, run_blur_diagonal, true },
    { "10 JPEG passes", 6, run_passes, true },
    { "10 passes of gray", 6, run_gray_passes, true },
    { "bicubic to a half", 3.75, run_resize, false },
};

static Image picture(int side)
{
    Err err = { 0 };
    Image im;
    Rng rng;
    rng_init(&rng, 3);
    if (!image_init(&im, side, side, 3, &err))
        exit(1);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            for (int c = 0; c < 3; c++)
                image_at(&im, x, y)[c] =
                    (uint8_t)((x * (3 + c) + y * 2) / 16 % 200 + (int)(rng_u32(&rng) % 24));
    return im;
}

static double thread_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* The least of several times: what else runs on the machine only adds. */
static double measure(const Kernel *k, int side, CpuLevel level)
{
    double best = 1e30;
    for (int i = 0; i < ROUNDS; i++) {
        Err err = { 0 };
        Image im = picture(side);
        double start = thread_ms();
        bool ok = k->run(&im, level, &err);
        double ms = thread_ms() - start;
        image_clear(&im);
        if (!ok) {
            fprintf(stderr, "%s\n", err.msg);
            exit(1);
        }
        best = ms < best ? ms : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    int side = argc > 1 ? atoi(argv[1]) : 1024;
    double pixels = (double)side * side;
    printf("%d x %d RGB; GB/s are of the bytes that must be read and written\n", side, side);
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        const Kernel *k = &kernels[i];
        double plain = 0;
        for (CpuLevel level = CPU_PLAIN; level <= (k->levels ? cpu_level() : CPU_PLAIN); level++) {
            double ms = measure(k, side, level);
            plain = level == CPU_PLAIN ? ms : plain;
            printf("%-20s %-7s %8.3f ms %7.3f ns a pixel %6.1f GB/s %6.1f times plain\n", k->name,
                   k->levels ? cpu_level_names[level] : "", ms, 1e6 * ms / pixels,
                   k->bytes * pixels / ms / 1e6, plain / ms);
        }
    }
    return 0;
}
