#include "vision/motion_blur.h"

#include "vision/blur_kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An 8-connected line, drawn as OpenCV draws it: from left to right, whatever the angle, so that lines of
 * opposite angles are the same. */
int motion_blur_line(Tap taps[MOTION_BLUR_MAX], int size, double angle_deg)
{
    int c = size / 2;
    double t = angle_deg * (M_PI / 180);
    int ex = (int)(c * cos(t)), ey = (int)(c * sin(t)); /* the end; the start is its mirror image */
    if (ex < 0) {
        ex = -ex;
        ey = -ey;
    }
    int dx = 2 * ex, dy = 2 * abs(ey), sy = ey < 0 ? -1 : 1;
    bool steep = dy > dx;
    int n = steep ? dy : dx, m = steep ? dx : dy, error = n - 2 * m;
    int x = -ex, y = -ey;
    for (int i = 0; i <= n; i++) {
        taps[i] = (Tap){ (int16_t)x, (int16_t)y };
        int side = error < 0;
        error += (side ? 2 * n : 0) - 2 * m;
        x += steep ? side : 1;
        y += steep ? sy : side * sy;
    }
    return n + 1;
}

/* Index `i` of an axis of n samples that is mirrored again and again at both ends. */
static int mirror(int i, int n)
{
    if (n == 1)
        return 0;
    int once = i < 0 ? -i : i < n ? i : 2 * (n - 1) - i;
    if (once >= 0 && once < n)
        return once;
    int period = 2 * (n - 1);
    i %= period;
    i = i < 0 ? i + period : i;
    return i < n ? i : period - i;
}

/* --- short lines --------------------------------------------------------------------------------- */

/* A straight line of pixels is made of few different pieces: equal steps in a row, and equal pieces of these. So pieces that occur
 * often are summed once for every place, and a sum along the whole line is a sum of some of them: the cost grows with the
 * logarithm of the length. The pieces come from the line by joining its most frequent pair of neighbours until none occurs
 * three times (as Larsson & Moffat's Re-Pair makes a grammar of a text, 1999).
 *
 * Sums of up to SHORT bytes fit in 15 bits. */
enum { SHORT = 127, MAX_PIECES = 24 };

/* Piece 0 is one pixel; the others are two earlier ones, `second` at (dx, dy) from `first`. */
typedef struct {
    int first, second, dx, dy, height; /* height: of the whole piece, less 1 */
} Piece;

/* A piece with its first pixel at (x, y). */
typedef struct {
    int piece, x, y;
} Place;

typedef struct {
    Piece piece[MAX_PIECES];
    int pieces;
    Place place[SHORT];
    int places, taps;
} Grammar;

static bool same_pair(const Place *p, const Place *q)
{
    return p[0].piece == q[0].piece && p[1].piece == q[1].piece && p[1].x - p[0].x == q[1].x - q[0].x &&
           p[1].y - p[0].y == q[1].y - q[0].y;
}

/* How often the pair at `at` occurs from there on, without sharing a piece. */
static int occurrences(const Grammar *g, int at)
{
    int n = 0;
    for (int i = at; i + 1 < g->places; i++)
        if (same_pair(&g->place[i], &g->place[at])) {
            n++;
            i++;
        }
    return n;
}

/* Make a piece of the pair at `at` and put it in the place of all such pairs. */
static void join(Grammar *g, int at)
{
    Place pair[2] = { g->place[at], g->place[at + 1] };
    Piece made = { pair[0].piece, pair[1].piece, pair[1].x - pair[0].x, pair[1].y - pair[0].y, 0 };
    made.height = made.dy + g->piece[made.second].height;
    int n = 0;
    for (int i = 0; i < g->places; n++) {
        bool both = i + 1 < g->places && same_pair(&g->place[i], pair);
        g->place[n] = g->place[i];
        if (both)
            g->place[n].piece = g->pieces;
        i += both ? 2 : 1;
    }
    g->places = n;
    g->piece[g->pieces++] = made;
}

/* The line goes down: y never decreases. */
static void grammar_init(Grammar *g, int size, double angle_deg)
{
    Tap taps[MOTION_BLUR_MAX];
    *g = (Grammar){ .pieces = 1 };
    g->places = g->taps = motion_blur_line(taps, size, angle_deg);
    bool up = taps[g->taps - 1].y < taps[0].y;
    for (int i = 0; i < g->taps; i++) {
        Tap t = taps[up ? g->taps - 1 - i : i];
        g->place[i] = (Place){ 0, t.x, t.y };
    }
    while (g->pieces < MAX_PIECES) {
        int best = 0, most = 0;
        for (int i = 0; i + 1 < g->places; i++) {
            int n = occurrences(g, i);
            if (n > most) {
                most = n;
                best = i;
            }
        }
        if (most < 3)
            break;
        join(g, best);
    }
}

/* A strip of the picture on its way through the pieces. Row y of piece k is kept in slot y mod `slots`, with `guard` samples on
 * both sides of `width` that are read but not used.
 *
 * The mean of a line is written where it belongs in the picture. Nobody reads it again: rows are read `reach` before they are
 * written, mirrored rows below the picture are still in their slots, and of the columns that the next strip looks back at the
 * samples are kept. */
typedef struct {
    const Grammar *grammar;
    const BlurKernel *kernel;
    const Image *im;
    uint16_t *rows;
    uint8_t *left;      /* for each row the `side` samples left of the strip as they were */
    int reach;          /* of the line, up and down */
    size_t side, guard; /* samples of the line's reach to left and right; */
    size_t pitch, slots;
    uint16_t half;
    BlurDivisor divisor;
} Strip;

static uint16_t *row_of(const Strip *s, int piece, int y)
{
    return s->rows + ((size_t)piece * s->slots + ((size_t)y & (s->slots - 1))) * s->pitch + s->guard;
}

/* Row y of piece 0: the samples from `x` - side to x + n + side, mirrored outside of the picture. */
static void read_row(const Strip *s, int y, size_t x, size_t n)
{
    const Image *im = s->im;
    uint16_t *to = row_of(s, 0, y);
    if (y >= im->height) {
        memcpy(to, row_of(s, 0, mirror(y, im->height)), (n + 2 * s->side) * sizeof *to);
        return;
    }
    int line = mirror(y, im->height);
    const uint8_t *row = image_at(im, 0, line);
    uint8_t *left = s->left + (size_t)line * s->side;
    ptrdiff_t c = im->channels, all = (ptrdiff_t)im->width * c;
    ptrdiff_t begin = (ptrdiff_t)x - (ptrdiff_t)s->side, end = (ptrdiff_t)(x + n + s->side);
    ptrdiff_t last = end < all ? end : all;
    if (x > 0) /* strips are wider than a line's reach */
        s->kernel->widen(to, left, s->side);
    for (ptrdiff_t i = begin; x == 0 && i < 0; i += c) {
        const uint8_t *from = row + mirror((int)(i / c), im->width) * c;
        for (ptrdiff_t k = 0; k < c; k++)
            to[i + k - begin] = from[k];
    }
    s->kernel->widen(to + s->side, row + x, (size_t)(last - (ptrdiff_t)x));
    for (ptrdiff_t i = last; i < end; i += c) {
        const uint16_t *from = to + mirror((int)(i / c), im->width) * c - begin;
        for (ptrdiff_t k = 0; k < c; k++)
            to[i + k - begin] = from[k];
    }
    if (y >= 0 && x + n < (size_t)all)
        memcpy(left, row + x + n - s->side, s->side);
}

static void blur_strip(const Strip *s, size_t x, size_t n)
{
    const Grammar *g = s->grammar;
    const Image *im = s->im;
    const uint16_t *parts[SHORT];
    for (int y = -s->reach; y < im->height + s->reach; y++) {
        read_row(s, y, x, n);
        for (int k = 1; k < g->pieces; k++) {
            const Piece *p = &g->piece[k];
            int at = y - p->height;
            if (at >= -s->reach)
                s->kernel->add(row_of(s, k, at), row_of(s, p->first, at),
                               row_of(s, p->second, at + p->dy) + p->dx * im->channels, n + 2 * s->side);
        }
        int out = y - s->reach;
        if (out < 0)
            continue;
        for (int i = 0; i < g->places; i++)
            parts[i] = row_of(s, g->place[i].piece, out + g->place[i].y) + (ptrdiff_t)s->side +
                       g->place[i].x * im->channels;
        s->kernel->mean(image_at(im, 0, out) + x, parts, g->places, n, s->half, s->divisor);
    }
}

/* As in jpeg_passes.c: exact for numbers below 2^15. */
static BlurDivisor divide_by(int taps)
{
    int s = 31 - __builtin_clz((unsigned)taps);
    if (taps ==
        1) /* n / 1 = (n * 2^15 >> 16) << 1 loses a bit; but a line of one pixel changes nothing, and does not come here */
        return (BlurDivisor){ 0, 0 };
    return (BlurDivisor){ (uint16_t)((1u << (16 + s)) / (unsigned)taps + 1), s };
}

static bool blur_short(Image *im, int size, double angle_deg, const BlurKernel *kernel)
{
    enum {
        CACHE = 512 << 10,
        LEAST = 256
    }; /* LEAST: more than a line's reach to one side, 63 pixels of 4 samples */
    Grammar g;
    grammar_init(&g, size, angle_deg);
    if (g.taps == 1)
        return true;
    int reach = 0, side = 0;
    for (int i = 0; i < g.places; i++)
        reach = g.place[i].y < -reach ? -g.place[i].y : reach;
    side = g.place[0].x < 0 ? -g.place[0].x : g.place[0].x; /* both ends are equally far */
    Strip s = { .grammar = &g, .kernel = kernel, .im = im, .reach = reach };
    s.half = (uint16_t)(g.taps / 2);
    s.divisor = divide_by(g.taps);
    s.side = (size_t)side * (size_t)im->channels;
    s.guard = 2 * s.side + BLUR_SLACK;
    for (s.slots = 1; s.slots < 2 * (size_t)reach + 1;)
        s.slots *= 2;
    size_t all = (size_t)im->width * (size_t)im->channels;
    size_t rows = (size_t)g.pieces * s.slots, width = CACHE / sizeof *s.rows / rows;
    width = width < LEAST ? LEAST : width;
    width -= width % (size_t)im->channels; /* still 252 at least, and whole pixels */
    width = width > all ? all : width;
    s.pitch = width + 2 * s.side + 2 * s.guard;
    s.rows = calloc(rows * s.pitch, sizeof *s.rows);
    s.left = malloc((size_t)im->height * s.side + 1);
    bool ok = s.rows && s.left;
    for (size_t x = 0; ok && x < all; x += width)
        blur_strip(&s, x, all - x < width ? all - x : width);
    free(s.rows);
    free(s.left);
    return ok;
}

/* --- long lines ---------------------------------------------------------------------------------- */

/* The picture with `margin` mirrored columns on both sides, and BLUR_SLACK bytes that may be read after it. */
static uint8_t *widened(const Image *im, int margin)
{
    size_t c = (size_t)im->channels, row = ((size_t)im->width + 2 * (size_t)margin) * c;
    uint8_t *wide = malloc(row * (size_t)im->height + BLUR_SLACK);
    for (int y = 0; wide && y < im->height; y++) {
        uint8_t *to = wide + (size_t)y * row;
        memcpy(to + (size_t)margin * c, image_at(im, 0, y), (size_t)im->width * c);
        for (int x = 0; x < margin; x++) {
            memcpy(to + (size_t)x * c, image_at(im, mirror(x - margin, im->width), y), c);
            memcpy(to + (size_t)(margin + im->width + x) * c,
                   image_at(im, mirror(im->width + x, im->width), y), c);
        }
    }
    return wide;
}

/* rows[y] is row y of the widened picture, from the first real pixel on; y may lie outside by half the size.
 * Strips of columns, so that the rows of one mean are still in the nearest cache for the next row's. */
static void sum_lines(Image *im, const uint8_t *const *rows, int size, double angle_deg,
                      const BlurKernel *kernel)
{
    enum { STRIP = 512 };
    Tap taps[MOTION_BLUR_MAX];
    const uint8_t *in[MOTION_BLUR_MAX];
    int count = motion_blur_line(taps, size, angle_deg);
    ptrdiff_t samples = (ptrdiff_t)im->width * im->channels;
    for (ptrdiff_t x = 0; x < samples; x += STRIP)
        for (int y = 0; y < im->height; y++) {
            for (int k = 0; k < count; k++)
                in[k] = rows[y + taps[k].y] + taps[k].x * im->channels + x;
            kernel->mean_of_bytes(image_at(im, 0, y) + x, in, count,
                                  (size_t)(samples - x < STRIP ? samples - x : STRIP));
        }
}

static bool blur_long(Image *im, int size, double angle_deg, const BlurKernel *kernel)
{
    int margin = size / 2;
    size_t c = (size_t)im->channels, samples = (size_t)im->width * c, row = samples + 2 * (size_t)margin * c;
    uint8_t *wide = widened(im, margin);
    const uint8_t **rows = malloc(((size_t)im->height + 2 * (size_t)margin) * sizeof *rows);
    bool ok = wide && rows;
    for (int y = 0; ok && y < im->height + 2 * margin; y++)
        rows[y] = wide + (size_t)mirror(y - margin, im->height) * row + (size_t)margin * c;
    if (ok)
        sum_lines(im, rows + margin, size, angle_deg, kernel);
    free(rows);
    free(wide);
    return ok;
}

static const BlurKernel *const kernels[CPU_LEVELS] = {
    [CPU_PLAIN] = &blur_kernel_plain,
#ifdef __x86_64__
    [CPU_SSE4] = &blur_kernel_sse4,
    [CPU_AVX2] = &blur_kernel_avx2,
    [CPU_AVX512] = &blur_kernel_avx512,
#endif
};

bool motion_blur_at(Image *im, int size, double angle_deg, CpuLevel level, Err *err)
{
    if (size < 1 || size > MOTION_BLUR_MAX || size % 2 == 0)
        return err_set(err, ERR_USAGE,
                       "a motion blur of %d pixels is asked for; it must be odd and at most %d", size,
                       MOTION_BLUR_MAX);
    const BlurKernel *kernel = kernels[level];
    return (size <= SHORT ? blur_short(im, size, angle_deg, kernel)
                          : blur_long(im, size, angle_deg, kernel)) ||
           err_set(err, ERR_NOMEM, "no memory to blur a picture of %d x %d pixels", im->width, im->height);
}

bool motion_blur(Image *im, int size, double angle_deg, Err *err)
{
    return motion_blur_at(im, size, angle_deg, cpu_level(), err);
}
