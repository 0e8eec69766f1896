/* Camera effects, from PNG in memory to JPEG in memory, per stage and whole: augment [PICTURE...]
 *
 * Each picture goes through IMAGES cascades with the default probabilities and ranges. Beside it in the same
 * run: the same cascades with real libjpeg round trips in place of jpeg_passes_file(), what libdeflate and
 * libjpeg alone take for inflating and for one save, and, where python3 has Pillow and OpenCV, the calls of the
 * Python original with the same parameters (bench/augment_original.py). Times are of the processor, of one
 * thread, and the ways take turns image by image, so that what else runs on the machine meets all of them.
 */
#include "../tests/vision/jpeg_judge.h"
#include "clocks.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/rng.h"
#include "vision/augment.h"
#include "vision/codec.h"
#include "vision/colour.h"
#include "vision/jpeg_passes.h"
#include "vision/motion_blur.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libdeflate.h>

enum { IMAGES = 24, MAX_PASSES = 64, QUALITY = 75, ROUNDS = 3 };

/* The parameters of one cascade; those of an effect that is not applied are zero. */
typedef struct {
    bool on[AUGMENT_COUNT];
    double saturation, contrast, brightness, angle;
    int size, passes, quality[MAX_PASSES + 1]; /* behind those of the passes the file's */
} Recipe;

typedef enum { DECODE, COLOUR, BLUR, PASSES, STAGES } Stage;
static const char *const stage_names[STAGES] = { "load PNG", "colour", "blur", "JPEG passes and save" };

/* Draws in the order of augment_image(). */
static Recipe recipe_draw(Rng *rng)
{
    const AugmentOptions *o = &augment_defaults;
    AugmentDraws d = augment_draws_from(rng);
    Recipe r = { 0 };
    for (int i = 0; i < AUGMENT_COUNT; i++) {
        r.on[i] = d.unit(d.state) < o->probability[i];
        if (!r.on[i])
            continue;
        switch (i) {
        case AUGMENT_SATURATION: r.saturation = d.uniform(d.state, o->saturation[0], o->saturation[1]); break;
        case AUGMENT_CONTRAST: r.contrast = d.uniform(d.state, o->contrast[0], o->contrast[1]); break;
        case AUGMENT_BRIGHTNESS: r.brightness = d.uniform(d.state, o->brightness[0], o->brightness[1]); break;
        case AUGMENT_MOTION_BLUR:
            r.size = d.integer(d.state, o->motion_blur[0], o->motion_blur[1]) | 1;
            r.angle = d.uniform(d.state, 0, 360);
            break;
        case AUGMENT_COMPRESSION:
            r.passes = d.integer(d.state, o->compression_passes[0], o->compression_passes[1]);
            for (int k = 0; k < r.passes; k++)
                r.quality[k] = d.integer(d.state, o->compression_quality[0], o->compression_quality[1]);
        }
    }
    r.quality[r.passes] = QUALITY;
    return r;
}

/* What one thread works with. */
typedef struct {
    const uint8_t *png;
    size_t png_size;
    const Recipe *recipes;
    bool round_trips;          /* libjpeg's passes in place of ours */
    double ms[IMAGES][STAGES]; /* the least of all rounds */
    uint64_t check[IMAGES];    /* a hash of each result: all ways must agree */
} Run;

static double lap(double *since)
{
    double t = thread_ms(), ms = t - *since;
    *since = t;
    return ms;
}

static bool fail(const Err *err)
{
    fprintf(stderr, "%s\n", err->msg);
    return false;
}

static void colours(Image *im, const Recipe *r)
{
    if (r->on[AUGMENT_BW])
        colour_bw(im);
    if (r->on[AUGMENT_SATURATION] && !r->on[AUGMENT_BW]) /* as augment_image() does */
        colour_saturation(im, r->saturation);
    if (r->on[AUGMENT_CONTRAST])
        colour_contrast(im, r->contrast);
    if (r->on[AUGMENT_BRIGHTNESS])
        colour_brightness(im, r->brightness);
}

static bool passes(Image *im, const Recipe *r, bool round_trips, JpegBytes *file, Err *err)
{
    if (!round_trips)
        return jpeg_passes_file(im, r->quality, r->passes + 1, file, err);
    for (int k = 0; k < r->passes; k++)
        compress_really(im, r->quality[k]);
    *file = write_really(im, QUALITY);
    return true;
}

static bool cascade(void *user, size_t item, int worker)
{
    (void)worker;
    Run *run = user;
    const Recipe *r = &run->recipes[item % IMAGES];
    Image im = { 0 };
    Err err = { 0 };
    double ms[STAGES], t = thread_ms();
    bool ok = image_decode(&im, run->png, run->png_size, &(DecodeOptions){ .channels = 3 }, &err);
    ms[DECODE] = lap(&t);
    if (ok)
        colours(&im, r);
    ms[COLOUR] = lap(&t);
    ok = ok && (!r->on[AUGMENT_MOTION_BLUR] || motion_blur(&im, r->size, r->angle, &err));
    ms[BLUR] = lap(&t);
    JpegBytes jpeg = { 0 };
    ok = ok && passes(&im, r, run->round_trips, &jpeg, &err);
    ms[PASSES] = lap(&t);
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < jpeg.size; i++)
        hash = (hash ^ jpeg.data[i]) * 1099511628211u;
    run->check[item % IMAGES] = hash;
    for (int s = 0; s < STAGES; s++)
        run->ms[item % IMAGES][s] = fmin(run->ms[item % IMAGES][s], ms[s]);
    free(jpeg.data);
    image_clear(&im);
    return ok || fail(&err);
}

static void run_init(Run *run, const uint8_t *png, size_t png_size, const Recipe *recipes, bool round_trips)
{
    *run = (Run){ .png = png, .png_size = png_size, .recipes = recipes, .round_trips = round_trips };
    for (int i = 0; i < IMAGES; i++)
        for (int s = 0; s < STAGES; s++)
            run->ms[i][s] = INFINITY;
}

/* Milliseconds an image of stage s. */
static double stage_ms(const Run *run, int s)
{
    double sum = 0;
    for (int i = 0; i < IMAGES; i++)
        sum += run->ms[i][s] / IMAGES;
    return sum;
}

static double whole_ms(const Run *run)
{
    double sum = 0;
    for (int s = 0; s < STAGES; s++)
        sum += stage_ms(run, s);
    return sum;
}

/* What the libraries alone take at least: inflating the picture's PNG, whose data is one chunk behind the
 * header, and one save. */
typedef struct {
    double inflate_ms, save_ms;
} Floor;

static bool measure_floor(Floor *f, const Run *run, const Image *im)
{
    enum { IDAT = 33 };
    const uint8_t *idat = run->png + IDAT;
    size_t size = (size_t)idat[0] << 24 | (size_t)idat[1] << 16 | (size_t)idat[2] << 8 | idat[3];
    size_t rows_size = image_bytes(im) + (size_t)im->height;
    uint8_t *rows = malloc(rows_size);
    struct libdeflate_decompressor *z = libdeflate_alloc_decompressor();
    bool ok = rows && z;
    *f = (Floor){ INFINITY, INFINITY };
    for (int i = 0; ok && i < IMAGES; i++) {
        double t = thread_ms();
        ok = libdeflate_zlib_decompress(z, idat + 8, size, rows, rows_size, NULL) == LIBDEFLATE_SUCCESS;
        f->inflate_ms = fmin(f->inflate_ms, lap(&t));
        JpegBytes file = write_really(im, QUALITY);
        f->save_ms = fmin(f->save_ms, lap(&t));
        free(file.data);
    }
    libdeflate_free_decompressor(z);
    free(rows);
    return ok;
}

static bool measure(Run *ours, Run *real)
{
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < IMAGES; i++)
            if (!cascade(ours, i, 0) || !cascade(real, i, 0))
                return false;
    return true;
}

/* Each thread has a Run of its own. */
static bool cascade_apart(void *user, size_t item, int worker)
{
    Run *runs = user;
    return cascade(&runs[worker], item, worker);
}

/* Images a second of wall clock, of one thread and of two, taking turns. There are so many images that it does not count
 * how long a thread has nothing to do while the other one makes the last. */
static bool measure_rates(const Run *run, double rates[2])
{
    enum { MANY = 10 * IMAGES };
    Run *runs = malloc(2 * sizeof *runs);
    bool ok = runs;
    for (int round = 0; ok && round < ROUNDS; round++)
        for (int threads = 1; ok && threads <= 2; threads++) {
            runs[0] = runs[1] = *run;
            double start = clock_ms();
            ok = pool_run(threads, MANY, cascade_apart, runs);
            rates[threads - 1] = fmax(rates[threads - 1], 1e3 * MANY / (clock_ms() - start));
        }
    free(runs);
    return ok;
}

/* --- the Python original -------------------------------------------------------------------------- */

/* One line of JSON a cascade. */
static void print_recipe(FILE *to, const Recipe *r)
{
    fprintf(
        to,
        "{\"bw\": %d, \"saturation\": %.17g, \"contrast\": %.17g, \"brightness\": %.17g, \"size\": %d, \"angle\": %.17g, \"quality\": [",
        r->on[AUGMENT_BW], r->on[AUGMENT_SATURATION] ? r->saturation : -1,
        r->on[AUGMENT_CONTRAST] ? r->contrast : -1, r->on[AUGMENT_BRIGHTNESS] ? r->brightness : -1, r->size,
        r->angle);
    for (int k = 0; k < r->passes; k++)
        fprintf(to, "%s%d", k ? ", " : "", r->quality[k]);
    fprintf(to, "]}\n");
}

/* Run it on the picture and the cascades; false where python3 has not what it needs. */
static bool measure_original(const Run *run, double *total)
{
    char folder[] = "/tmp/facet-bench-XXXXXX", png[64], list[64], command[256];
    const char *python = "python3"; /* Debian's packages are for Debian's own */
    if (system("python3 -c 'import PIL, cv2' 2>/dev/null") != 0) {
        python = "/usr/bin/python3";
        if (system("/usr/bin/python3 -c 'import PIL, cv2' 2>/dev/null") != 0)
            return false;
    }
    if (!mkdtemp(folder))
        return false;
    snprintf(png, sizeof png, "%s/in.png", folder);
    snprintf(list, sizeof list, "%s/recipes", folder);
    snprintf(command, sizeof command, "%s bench/augment_original.py %s %s", python, png, list);
    Err err = { 0 };
    FILE *to = fopen(list, "w");
    bool ok = to && file_write(png, run->png, run->png_size, &err);
    for (int i = 0; to && i < IMAGES; i++)
        print_recipe(to, &run->recipes[i]);
    if (to)
        fclose(to);
    FILE *from = ok ? popen(command, "r") : NULL;
    char line[256];
    while (from && fgets(line, sizeof line, from))
        if (sscanf(line, "whole %lf", total) != 1)
            printf("    original %s", line);
    ok = from && pclose(from) == 0;
    return folder_remove(folder, &err) && ok;
}

/* --- pictures -------------------------------------------------------------------------------------- */

/* A render has no noise; a photo has. */
static void add_noise(Image *im, float sigma)
{
    Rng rng;
    rng_init(&rng, 1);
    for (size_t i = 0; i < image_bytes(im); i++) {
        float v = (float)im->data[i] + sigma * rng_normal(&rng);
        im->data[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}

static bool bench(const char *name, const Image *im)
{
    Recipe recipes[IMAGES];
    Rng rng;
    rng_init(&rng, 7);
    int sum = 0;
    for (int i = 0; i < IMAGES; i++) {
        recipes[i] = recipe_draw(&rng);
        sum += recipes[i].passes;
    }
    Err err = { 0 };
    uint8_t *png;
    size_t png_size;
    if (!image_encode(im, FORMAT_PNG, 0, &png, &png_size, &err))
        return fail(&err);
    Run ours, real;
    run_init(&ours, png, png_size, recipes, false);
    run_init(&real, png, png_size, recipes, true);
    Floor floor;
    double original_ms = 0;
    bool ok = measure(&ours, &real) && measure_floor(&floor, &ours, im);
    if (ok) {
        double our_ms = whole_ms(&ours), real_ms = whole_ms(&real);
        printf("%s, %d x %d, PNG of %zu KB, %.1f passes an image; milliseconds of one processor an image\n",
               name, im->width, im->height, png_size / 1024, (double)sum / IMAGES);
        for (int s = 0; s < STAGES; s++)
            printf("    %-20s %7.2f   with libjpeg's passes %7.2f\n", stage_names[s], stage_ms(&ours, s),
                   stage_ms(&real, s));
        printf("    %-20s %7.2f   with libjpeg's passes %7.2f: %.1f times as fast\n", "whole", our_ms,
               real_ms, real_ms / our_ms);
        printf("    the libraries alone: inflating %.2f, one save %.2f\n", floor.inflate_ms, floor.save_ms);
        printf("    the same bytes: %s\n",
               memcmp(ours.check, real.check, sizeof ours.check) == 0 ? "yes" : "NO");
        double rates[2] = { 0 };
        ok = measure_rates(&ours, rates);
        printf("    images/s: 1 thread %.1f, 2 threads %.1f (%.2f times)\n", rates[0], rates[1],
               rates[1] / rates[0]);
        if (measure_original(&ours, &original_ms))
            printf("    the Python original %.2f ms: %.1f times as fast\n", original_ms,
                   original_ms / our_ms);
        else
            printf("    no comparison with the Python original: python3 has not both PIL and cv2\n");
    }
    free(png);
    return ok;
}

int main(int argc, char **argv)
{
    memory_keep_freed(); /* as the program does */
    char example[] = "examples/mug.png", *usual[] = { example, NULL };
    for (char **file = argc > 1 ? argv + 1 : usual; *file; file++) {
        Err err = { 0 };
        Image im;
        char noisy[256];
        if (!image_load(&im, *file, &(DecodeOptions){ .channels = 3 }, &err))
            return !fail(&err);
        bool ok = bench(*file, &im);
        add_noise(&im, 6);
        snprintf(noisy, sizeof noisy, "%s with noise", *file);
        ok = ok && bench(noisy, &im);
        image_clear(&im);
        if (!ok)
            return 1;
    }
    return 0;
}
