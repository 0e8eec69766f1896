/* Cutting an object out of its box: grabcut [PICTURE MASK]... (examples/mug.png examples/mug_mask.png)
 *
 * Per picture: what looking at it costs once, then boxes of 10 to 30 pixels around the true one, and a box with two points;
 * least and greatest time of the processor and the overlap with the true mask. The picture enlarged to 24 megapixels follows.
 * Beside it in the same run, where python3 has OpenCV, its grabCut with the first box (bench/grabcut_opencv.py).
 */
#include "../tests/vision/mask_measure.h"
#include "clocks.h"

#include "base/rng.h"
#include "vision/codec.h"
#include "vision/grabcut.h"
#include "vision/resample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOXES = 10 };

/* Extremes of several cuts. */
typedef struct {
    double least_ms, most_ms, worst_overlap;
} Figures;

static bool cut(Figures *f, Grabcut *g, const MaskPrompt *p, const Image *truth, Err *err)
{
    Image mask;
    float score;
    double start = thread_ms();
    if (!grabcut_cut(g, p, NULL, &mask, &score, err))
        return false;
    double ms = thread_ms() - start;
    f->least_ms = fmin(f->least_ms, ms);
    f->most_ms = fmax(f->most_ms, ms);
    f->worst_overlap = fmin(f->worst_overlap, overlap(&mask, truth));
    image_clear(&mask);
    return true;
}

/* `unit` pixels are what a pixel of the picture was before it was enlarged. */
static bool measure(const Image *rgb, const Image *truth, double unit, float first[4], Err *err)
{
    Grabcut *g;
    PixelBox b = bounds(truth);
    Figures f = { 1e30, 0, 1 };
    Rng r;
    double start = thread_ms();
    if (!grabcut_open(&g, rgb, err))
        return false;
    double open_ms = thread_ms() - start;
    bool ok = true;
    rng_init(&r, 1);
    for (int i = 0; ok && i < BOXES; i++) {
        float grow[4], box[4];
        for (int k = 0; k < 4; k++)
            grow[k] = (float)(unit * rng_int(&r, 10, 30));
        box[0] = (float)b.x0 - grow[0];
        box[1] = (float)b.y0 - grow[1];
        box[2] = (float)b.x1 + grow[2];
        box[3] = (float)b.y1 + grow[3];
        if (i == 0)
            memcpy(first, box, sizeof box);
        ok = cut(&f, g, &(MaskPrompt){ .box = box }, truth, err);
    }
    if (ok)
        printf("    %d x %d: look %.1f ms; %d boxes %.0f to %.0f ms, IoU at least %.4f\n", rgb->width,
               rgb->height, open_ms, BOXES, f.least_ms, f.most_ms, f.worst_overlap);
    grabcut_close(g);
    return ok;
}

static bool enlarged(const Image *rgb, const Image *truth, Err *err)
{
    double unit = sqrt(24e6 / ((double)rgb->width * rgb->height));
    int width = (int)(rgb->width * unit), height = (int)(rgb->height * unit);
    Image large = { 0 }, large_truth = { 0 };
    float box[4];
    bool ok = image_resize(&large, rgb, width, height, RESAMPLE_BICUBIC, err) &&
              image_resize(&large_truth, truth, width, height, RESAMPLE_BICUBIC, err) &&
              measure(&large, &large_truth, unit, box, err);
    image_clear(&large);
    image_clear(&large_truth);
    return ok;
}

static void compare(const char *picture, const char *mask, const float box[4])
{
    char command[4096];
    snprintf(
        command, sizeof command,
        "/usr/bin/python3 -c 'import cv2' 2>/dev/null && /usr/bin/python3 bench/grabcut_opencv.py '%s' '%s' %.0f %.0f %.0f %.0f",
        picture, mask, (double)box[0], (double)box[1], (double)box[2], (double)box[3]);
    fflush(stdout);
    if (system(command) != 0)
        printf("    OpenCV's grabCut: not measured (python3 has no cv2, or this is not the source folder)\n");
}

int main(int argc, char **argv)
{
    static char photo[] = "examples/mug.png", photo_mask[] = "examples/mug_mask.png";
    char *only[] = { argv[0], photo, photo_mask };
    if (argc < 3) {
        argc = 3;
        argv = only;
    }
    for (int i = 1; i + 1 < argc; i += 2) {
        Err err = { 0 };
        Image rgb = { 0 }, truth = { 0 };
        float box[4];
        printf("%s\n", argv[i]);
        if (!image_load(&rgb, argv[i], &(DecodeOptions){ .channels = 3 }, &err) ||
            !image_load(&truth, argv[i + 1], &(DecodeOptions){ .channels = 1 }, &err) ||
            !measure(&rgb, &truth, 1, box, &err) || !enlarged(&rgb, &truth, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        compare(argv[i], argv[i + 1], box);
        image_clear(&rgb);
        image_clear(&truth);
    }
    return 0;
}
