/* Each kernel of the image core with the vectors of every level of this machine: vision_kernels [SIDE] (1024).
 *
 * The bound beside them is what reading and writing all bytes of a picture takes: `in place` for what works so, `copy` for what makes
 * another. Beside it, where python3 has them, what Pillow or OpenCV take on the same picture (bench/vision_kernels_peers.py). */
#include "clocks.h"

#include "base/clock.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/rng.h"
#include "vision/codec.h"
#include "vision/colour.h"
#include "vision/jpeg_passes.h"
#include "vision/motion_blur.h"
#include "vision/resample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 9, PASSES = 10 };

typedef struct {
    const char *name;
    bool (*run)(Image *im, CpuLevel level, Err *err);
    bool levels; /* there is more than one */
} Kernel;

/* Read and write every byte, eight at a time. */
static bool run_in_place(Image *im, CpuLevel level, Err *err)
{
    (void)level;
    (void)err;
    size_t bytes = image_bytes(im);
    for (size_t i = 0; i + 8 <= bytes; i += 8) {
        uint64_t v;
        memcpy(&v, im->data + i, 8);
        v ^= 0x0101010101010101;
        memcpy(im->data + i, &v, 8);
    }
    return true;
}

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

/* To `part` of the size. */
static bool resize(Image *im, double part, ResampleMethod method, CpuLevel level, Err *err)
{
    Image out;
    int side = (int)(im->width * part);
    if (!image_resize_at(&out, im, side, side, method, level, err))
        return false;
    image_clear(&out);
    return true;
}

static bool run_bilinear_half(Image *im, CpuLevel level, Err *err)
{
    return resize(im, 0.5, RESAMPLE_BILINEAR, level, err);
}

static bool run_bicubic_half(Image *im, CpuLevel level, Err *err)
{
    return resize(im, 0.5, RESAMPLE_BICUBIC, level, err);
}

static bool run_lanczos_half(Image *im, CpuLevel level, Err *err)
{
    return resize(im, 0.5, RESAMPLE_LANCZOS, level, err);
}

static bool run_bicubic_larger(Image *im, CpuLevel level, Err *err)
{
    return resize(im, 1.5, RESAMPLE_BICUBIC, level, err);
}

static bool run_linear_larger(Image *im, CpuLevel level, Err *err)
{
    return resize(im, 1.5, RESAMPLE_FIXED_LINEAR, level, err);
}

static const Kernel kernels[] = {
    { "in place", run_in_place, false },
    { "copy", run_copy, false },
    { "black and white", run_bw, true },
    { "saturation", run_saturation, true },
    { "contrast", run_contrast, true },
    { "brightness", run_brightness, true },
    { "blur 37, 3 degrees", run_blur_level, true },
    { "blur 37, 30 degrees", run_blur_diagonal, true },
    { "10 JPEG passes", run_passes, true },
    { "10 passes of gray", run_gray_passes, true },
    { "bilinear to 1/2", run_bilinear_half, true },
    { "bicubic to 1/2", run_bicubic_half, true },
    { "Lanczos to 1/2", run_lanczos_half, true },
    { "bicubic to 3/2", run_bicubic_larger, true },
    { "OpenCV linear to 3/2", run_linear_larger, true },
};
enum { KERNELS = sizeof kernels / sizeof *kernels };

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

/* Milliseconds of the peers, 0 where one was not measured. */
static void measure_peers(double ms[KERNELS], int side)
{
    char folder[] = "/tmp/facet-bench-XXXXXX", raw[64], command[256];
    if (!mkdtemp(folder))
        return;
    snprintf(raw, sizeof raw, "%s/in.rgb", folder);
    snprintf(command, sizeof command, "/usr/bin/python3 bench/vision_kernels_peers.py %s %d 2>/dev/null", raw,
             side);
    Err err = { 0 };
    Image im = picture(side);
    FILE *from = file_write(raw, im.data, image_bytes(&im), &err) ? popen(command, "r") : NULL;
    char line[256], name[64];
    double value;
    while (from && fgets(line, sizeof line, from))
        for (size_t i = 0; i < KERNELS; i++)
            if (sscanf(line, "%63[^:]: %lf", name, &value) == 2 && strcmp(name, kernels[i].name) == 0)
                ms[i] = value;
    if (from && pclose(from) != 0)
        printf(
            "no comparison with Pillow and OpenCV: python3 has not both, or this is not the source folder\n");
    image_clear(&im);
    if (!folder_remove(folder, &err))
        fprintf(stderr, "%s\n", err.msg);
}

int main(int argc, char **argv)
{
    int side = argc > 1 ? atoi(argv[1]) : 1024;
    double peers[KERNELS] = { 0 };
    measure_peers(peers, side);
    memory_keep_freed();
    printf("%d x %d RGB, processor time of one thread; the ratio of a peer is to the highest level\n", side,
           side);
    for (size_t i = 0; i < KERNELS; i++) {
        const Kernel *k = &kernels[i];
        double plain = 0, ms = 0;
        for (CpuLevel level = CPU_PLAIN; level <= (k->levels ? cpu_level() : CPU_PLAIN); level++) {
            ms = measure(k, side, level);
            plain = level == CPU_PLAIN ? ms : plain;
            printf("%-20s %-7s %8.3f ms %7.3f ns a pixel %6.1f times plain\n", k->name,
                   k->levels ? cpu_level_names[level] : "", ms, 1e6 * ms / ((double)side * side), plain / ms);
        }
        if (peers[i] > 0)
            printf("%-20s Pillow or OpenCV %8.3f ms: %.1f times ours\n", k->name, peers[i], peers[i] / ms);
    }
    return 0;
}
