#include "vision/jpeg_passes.h"

#include "vision/jpeg_file.h"
#include "vision/jpeg_kernel.h"
#include "vision/jpeg_lanes.h"
#include "vision/jpeg_tables.h"

#include <stdlib.h>
#include <string.h>

/* Passes go over the picture together, a row of units (16 x 16 pixels) at a time: when a pass has coded row r
 * + 1, the next one has all it needs for its row r, since only upsampling looks beyond a row of units, by one
 * row of chroma. So of what lies between two passes only a few rows exist, and the picture itself is read and
 * written once. */

enum { LUMA_ROWS = 2, CHROMA_ROWS = 3, MAX_TOGETHER = 32 };

/* The latest rows that a pass has coded: row r in slot r mod LUMA_ROWS or CHROMA_ROWS. */
typedef struct {
    JpegSteps steps[JPEG_TABLES];
    uint8_t *luma[LUMA_ROWS];
    uint8_t *chroma[CHROMA_ROWS][2];
    bool gray[CHROMA_ROWS]; /* all chroma is 128 */
} Pass;

/* What is written in place of the picture: the file of one more pass. */
typedef struct {
    JpegFile file;
    JpegSteps steps[JPEG_TABLES];
    _Alignas(64) int16_t value[JPEG_BLOCKS][64 * JPEG_MAX_WIDTH];
    uint64_t used[JPEG_BLOCKS][JPEG_MAX_WIDTH];
} Save;

typedef struct {
    const JpegKernel *kernel;
    const Image *rgb;
    Save *save;   /* or NULL */
    int rows;     /* of units */
    int columns;  /* of chroma */
    size_t lanes; /* units across, and some to fill the last vector */
    int count;
    Pass *pass;
    JpegUnits *units;
    uint8_t *picture; /* 2 rows of pixels, in lanes */
    uint8_t *memory;  /* all of the above */
} Passes;

/* --- quantisation -------------------------------------------------------------------------------- */

/* n / d for d = 8 * step, s = floor(log2(d)): (n * factor >> 16) >> s with factor = floor(2^(16 + s) / d) +
 * 1, below 2^16 unless d is a power of two. With factor * d = 2^(16 + s) + e, 0 < e <= d < 2^(s + 1), the
 * quotient is exact as long as n * e < 2^(16 + s), which holds for n < 2^15; a transformed block of bytes has
 * |v| < 11000, and half is at most 1020. The second shift is a product with 2^(16 - s), since all steps
 * differ. */
static void jpeg_steps(JpegSteps *steps, int table, int quality)
{
    enum { TWICE = 0x10001 };
    uint8_t step[64];
    jpeg_quality_steps(step, table, quality);
    for (int i = 0; i < 64; i++) {
        uint32_t d = 8 * (uint32_t)step[i];
        int s = 31 - __builtin_clz(d);
        bool power = d == 1u << s;
        steps->half[i] = d / 2 * TWICE;
        steps->step[i] = (uint32_t)step[i] * TWICE;
        steps->factor[i] = (power ? 1u << 15 : (1u << (16 + s)) / d + 1) * TWICE;
        steps->scale[i] = (1u << (power ? 17 - s : 16 - s)) * TWICE;
    }
}

/* --- edges --------------------------------------------------------------------------------------- */

static int clip(int v)
{
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* Cb and Cr, less 128, of the last pixel of a row, from coded rows: as the kernel makes them. */
static void last_chroma(int out[2], const Passes *p, const JpegRows *r, int v)
{
    int width = p->rgb->width;
    size_t x = (size_t)(width - 1) / 2,
           other = width % 2 && x > 0 && !r->repeat ? x - 1 : x; /* right of the last is itself */
    int c[2];
    for (int k = 0; k < 2; k++) {
        size_t at = jpeg_sample(r->lanes, x % 8, x / 8), beside = jpeg_sample(r->lanes, other % 8, other / 8);
        int s = 3 * r->near[k][at] + r->far[v][k][at], t = 3 * r->near[k][beside] + r->far[v][k][beside];
        c[k] = ((3 * s + t + (width % 2 ? 8 : 7)) >> 4) - 128;
    }
    int y = r->luma[v][jpeg_sample(r->lanes, (size_t)(width - 1) % 16, (size_t)(width - 1) / 16)];
    int red = clip(y + ((91881 * c[1] + 32768) >> 16));
    int green = clip(y + ((-22554 * c[0] - 46802 * c[1] + 32768) >> 16));
    int blue = clip(y + ((116130 * c[0] + 32768) >> 16));
    out[0] = (-11059 * red - 21709 * green + 32768 * blue + 8421375) >> 16;
    out[1] = (32768 * red - 27439 * green - 5329 * blue + 8421375) >> 16;
}

/* Where the picture ends within a unit, its last column goes on. `lane` is the last unit's in the kernel's
 * width. */
static void extend_luma(const Passes *p, int16_t *row, size_t lane)
{
    size_t width = p->kernel->width, real = (size_t)(p->rgb->width - 1) % 16 + 1;
    for (size_t x = real; x < 16; x++)
        row[x * width + lane] = row[(real - 1) * width + lane];
}

static void extend_chroma(const Passes *p, const JpegRows *r, size_t lane)
{
    size_t width = p->kernel->width, real = (size_t)(p->rgb->width - 1) % 16 + 1;
    int upper[2], lower[2];
    last_chroma(upper, p, r, 0);
    last_chroma(lower, p, r, r->single ? 0 : 1);
    for (int k = 0; k < 2; k++)
        for (size_t x = real / 2; x < 8; x++)
            p->units->chroma[k][((size_t)r->row * 8 + x) * width + lane] =
                (int16_t)(((2 * upper[k] + 2 * lower[k] + (x % 2 ? 2 : 1)) >> 2) - 128);
}

/* Rows of a unit that lie below the picture repeat the last one of luma, and of chroma after halving. */
static void extend_down(const Passes *p, int unit_row)
{
    size_t width = p->kernel->width;
    int end = p->rgb->height - 16 * unit_row;
    JpegUnits *u = p->units;
    for (int y = end; y < 16; y++)
        memcpy(u->luma + (size_t)y * 16 * width, u->luma + (size_t)(end - 1) * 16 * width,
               16 * width * sizeof *u->luma);
    for (int y = (end + 1) / 2; y < 8; y++)
        for (int k = 0; k < 2; k++)
            memcpy(u->chroma[k] + (size_t)y * 8 * width, u->chroma[k] + (size_t)(y - 1) * 8 * width,
                   8 * width * sizeof *u->chroma[k]);
}

/* --- one row of units ---------------------------------------------------------------------------- */

/* Row `r` of the picture in lanes, to place 0 or 1. */
static const uint8_t *picture_row(const Passes *p, int place, int y)
{
    uint8_t *to = p->picture + (size_t)place * 48 * p->lanes;
    jpeg_lanes_load(to, image_at(p->rgb, 0, y), p->rgb->width, p->lanes);
    return to;
}

/* The two rows of pixels over row `row` of chroma in a row of units. */
static JpegRows rows_of(const Passes *p, const Pass *from, int unit_row, int row)
{
    JpegRows r = { .lanes = p->lanes, .row = row, .right_edge = (size_t)p->columns == 8 * p->lanes };
    int near = 8 * unit_row + row, last = (p->rgb->height + 1) / 2 - 1;
    r.repeat = p->columns <= 2;
    r.single = 2 * near + 1 == p->rgb->height;
    for (int v = 0; v < 2; v++) {
        int far = near + 2 * v - 1;
        far = r.repeat ? near : far < 0 ? 0 : far > last ? last : far;
        r.luma[v] = from->luma[unit_row % LUMA_ROWS] + (size_t)(2 * row + v) * 16 * p->lanes;
        for (int k = 0; k < 2; k++) {
            r.near[k] = from->chroma[unit_row % CHROMA_ROWS][k] + (size_t)row * 8 * p->lanes;
            r.far[v][k] = from->chroma[far / 8 % CHROMA_ROWS][k] + (size_t)(far % 8) * 8 * p->lanes;
        }
    }
    return r;
}

/* All units of a row of the picture that begin at lane `first`. */
static void units_from_coded(const Passes *p, const Pass *from, int unit_row, size_t first, bool gray)
{
    size_t last = (size_t)(p->rgb->width - 1) / 16;
    bool edge = p->rgb->width % 16 && last >= first && last < first + p->kernel->width;
    if (gray)
        p->kernel->from_gray(p->units, from->luma[unit_row % LUMA_ROWS] + 2 * first, p->lanes);
    for (int row = 0; row < 8 && 16 * unit_row + 2 * row < p->rgb->height; row++) {
        if (!gray) {
            JpegRows r = rows_of(p, from, unit_row, row);
            r.first = first;
            p->kernel->from_coded(p->units, &r);
            if (edge)
                extend_chroma(p, &r, last - first);
        }
        for (size_t v = 0; edge && v < 2; v++)
            extend_luma(p, p->units->luma + (2 * (size_t)row + v) * 16 * p->kernel->width, last - first);
    }
    extend_down(p, unit_row);
}

static bool gray_around(const Passes *p, const Pass *from, int unit_row)
{
    bool gray = from->gray[unit_row % CHROMA_ROWS];
    if (unit_row > 0)
        gray &= from->gray[(unit_row - 1) % CHROMA_ROWS];
    if (unit_row + 1 < p->rows)
        gray &= from->gray[(unit_row + 1) % CHROMA_ROWS];
    return gray;
}

static void code_luma(const Passes *p, const Pass *to, int unit_row, size_t first)
{
    size_t width = p->kernel->width, pitch = 16 * p->lanes;
    uint8_t *luma = to->luma[unit_row % LUMA_ROWS];
    for (size_t y = 0; y < 16; y += 8)
        for (size_t x = 0; x < 16; x += 8) {
            uint8_t *at = luma + y * pitch + x * p->lanes + 2 * first;
            if (!p->kernel->code(at, pitch, p->units->luma + (16 * y + x) * width, 16 * width, p->lanes,
                                 &to->steps[JPEG_LUMA]))
                for (size_t i = 0; i < 32; i++)
                    memset(at + i / 4 * pitch + i % 4 * 2 * p->lanes, 128, 2 * width);
        }
}

/* False when all of it is 128. */
static bool code_chroma(const Passes *p, const Pass *to, int unit_row, size_t first)
{
    size_t width = p->kernel->width, pitch = 8 * p->lanes;
    bool any = false;
    for (int k = 0; k < 2; k++) {
        uint8_t *at = to->chroma[unit_row % CHROMA_ROWS][k] + 2 * first;
        if (p->kernel->code(at, pitch, p->units->chroma[k], 8 * width, p->lanes, &to->steps[JPEG_CHROMA])) {
            any = true;
            continue;
        }
        for (size_t i = 0; i < 32; i++)
            memset(at + i / 4 * pitch + i % 4 * 2 * p->lanes, 128, 2 * width);
    }
    return any;
}

/* What is right of the last column of chroma is that column again, for upsampling. */
static void repeat_last_column(const Passes *p, const Pass *to, int unit_row)
{
    size_t x = (size_t)p->columns;
    if (x == 8 * p->lanes)
        return;
    for (int k = 0; k < 2; k++)
        for (size_t y = 0; y < 8; y++) {
            uint8_t *row = to->chroma[unit_row % CHROMA_ROWS][k] + y * 8 * p->lanes;
            row[jpeg_sample(p->lanes, x % 8, x / 8)] = row[jpeg_sample(p->lanes, (x - 1) % 8, (x - 1) / 8)];
        }
}

/* Row `unit_row` of pass i, from the pass before. */
static void pass_row(const Passes *p, int i, int unit_row)
{
    const Pass *from = p->pass + i - 1;
    Pass *to = p->pass + i;
    bool gray = gray_around(p, from, unit_row), coloured = false;
    for (size_t first = 0; first < p->lanes; first += p->kernel->width) {
        units_from_coded(p, from, unit_row, first, gray);
        code_luma(p, to, unit_row, first);
        if (!gray)
            coloured |= code_chroma(p, to, unit_row, first);
    }
    for (int k = 0; gray && !to->gray[unit_row % CHROMA_ROWS] && k < 2; k++) /* else they are 128 already */
        memset(to->chroma[unit_row % CHROMA_ROWS][k], 128, 64 * p->lanes);
    to->gray[unit_row % CHROMA_ROWS] = !coloured;
    repeat_last_column(p, to, unit_row);
}

/* All units of a row of the picture. Those of two rows of pixels are made at once, because that is how pixels
 * come; so they are as many JpegUnits as the kernel's width goes into the lanes. */
static void units_from_picture(const Passes *p, int unit_row)
{
    size_t width = p->kernel->width;
    Passes at = *p;
    for (int row = 0; row < 8 && 16 * unit_row + 2 * row < p->rgb->height; row++) {
        int y = 16 * unit_row + 2 * row;
        const uint8_t *upper = picture_row(p, 0, y);
        const uint8_t *lower = y + 1 < p->rgb->height ? picture_row(p, 1, y + 1) : upper;
        for (size_t first = 0; first < p->lanes; first += width)
            p->kernel->from_rgb(p->units + first / width, upper + first, lower + first, p->lanes, row);
    }
    for (size_t first = 0; first < p->lanes; first += width, at.units++)
        extend_down(&at, unit_row);
}

/* Row `unit_row` of the first pass, from the picture. */
static void first_row(const Passes *p, int unit_row)
{
    Pass *to = p->pass;
    bool coloured = false;
    Passes at = *p;
    units_from_picture(p, unit_row);
    for (size_t first = 0; first < p->lanes; first += p->kernel->width, at.units++) {
        code_luma(&at, to, unit_row, first);
        coloured |= code_chroma(&at, to, unit_row, first);
    }
    to->gray[unit_row % CHROMA_ROWS] = !coloured;
    repeat_last_column(p, to, unit_row);
}

/* Row `unit_row` of the last pass, to the picture. */
static void last_row(const Passes *p, int unit_row)
{
    const Pass *from = p->pass + p->count - 1;
    uint8_t *upper = p->picture, *lower = upper + 48 * p->lanes;
    for (int row = 0; row < 8; row++) {
        int y = 16 * unit_row + 2 * row;
        if (y >= p->rgb->height)
            break;
        JpegRows r = rows_of(p, from, unit_row, row);
        for (; r.first < p->lanes; r.first += p->kernel->width)
            p->kernel->to_rgb(upper, r.single ? NULL : lower, &r);
        jpeg_lanes_store(image_at(p->rgb, 0, y), upper, p->rgb->width, p->lanes);
        if (!r.single)
            jpeg_lanes_store(image_at(p->rgb, 0, y + 1), lower, p->rgb->width, p->lanes);
    }
}

/* --- the file ------------------------------------------------------------------------------------ */

static bool save_units(const Passes *p, int unit_row, size_t first, bool gray)
{
    size_t width = p->kernel->width;
    Save *s = p->save;
    JpegBlocks blocks[JPEG_BLOCKS];
    for (size_t b = 0; b < JPEG_BLOCKS; b++) {
        blocks[b] = (JpegBlocks){ s->value[b], s->used[b] };
        if (b < 4)
            p->kernel->quantise(s->value[b], s->used[b],
                                p->units->luma + (b / 2 * 8 * 16 + b % 2 * 8) * width, 16 * width,
                                &s->steps[JPEG_LUMA]);
        else if (!gray)
            p->kernel->quantise(s->value[b], s->used[b], p->units->chroma[b - 4], 8 * width,
                                &s->steps[JPEG_CHROMA]);
        else {
            memset(s->value[b], 0, width * sizeof *s->value[b]); /* the first coefficients */
            memset(s->used[b], 0, sizeof s->used[b]);
        }
    }
    return jpeg_file_units(&s->file, blocks, width, first, unit_row);
}

/* Row `unit_row` to the file. False: no memory. */
static bool save_row(const Passes *p, int unit_row)
{
    const Pass *from = p->count ? p->pass + p->count - 1 : NULL;
    bool gray = from && gray_around(p, from, unit_row), ok = true;
    Passes at = *p;
    if (!from)
        units_from_picture(p, unit_row);
    for (size_t first = 0; ok && first < p->lanes; first += p->kernel->width) {
        if (from)
            units_from_coded(p, from, unit_row, first, gray);
        ok = save_units(&at, unit_row, first, gray);
        if (!from)
            at.units++;
    }
    return ok;
}

/* --- all ----------------------------------------------------------------------------------------- */

static uint8_t *take(uint8_t **memory, size_t bytes)
{
    uint8_t *part = *memory;
    *memory += (bytes + 63) / 64 * 64;
    return part;
}

static bool passes_init(Passes *p, const Image *rgb, const JpegKernel *kernel, int count)
{
    size_t units = ((size_t)rgb->width + 15) / 16;
    *p = (Passes){ .kernel = kernel,
                   .rgb = rgb,
                   .rows = (rgb->height + 15) / 16,
                   .columns = (rgb->width + 1) / 2,
                   .count = count };
    size_t group = kernel->width < JPEG_LANES_GROUP ? JPEG_LANES_GROUP : kernel->width;
    p->lanes = (units + group - 1) / group * group;
    size_t per_pass = LUMA_ROWS * 256 * p->lanes + CHROMA_ROWS * 2 * 64 * p->lanes;
    size_t heads = ((size_t)count * sizeof(Pass) + 63) / 64 * 64, chunks = p->lanes / kernel->width;
    /* A side is at most 65535 and MAX_TOGETHER passes: below 2^29. */
    size_t all = heads + chunks * sizeof(JpegUnits) + 2 * 48 * p->lanes + (size_t)count * per_pass;
    uint8_t *memory = p->memory = aligned_alloc(64, all);
    if (!memory)
        return false;
    memset(memory, 0, p->lanes > units ? all : heads); /* lanes without a unit are calculated too */
    p->pass = (Pass *)take(&memory, heads);
    p->units = (JpegUnits *)take(&memory, chunks * sizeof(JpegUnits));
    p->picture = take(&memory, 2 * 48 * p->lanes);
    for (int i = 0; i < count; i++) {
        for (int s = 0; s < LUMA_ROWS; s++)
            p->pass[i].luma[s] = take(&memory, 256 * p->lanes);
        for (int s = 0; s < CHROMA_ROWS; s++)
            for (int k = 0; k < 2; k++)
                p->pass[i].chroma[s][k] = take(&memory, 64 * p->lanes);
    }
    return true;
}

/* From the picture to the picture, or to save->file. */
static bool run_together(const Image *rgb, const JpegKernel *kernel, const int *quality, int count,
                         Save *save)
{
    Passes p;
    if (!passes_init(&p, rgb, kernel, count))
        return false;
    p.save = save;
    for (int i = 0; i < count; i++)
        for (int table = 0; table < JPEG_TABLES; table++)
            jpeg_steps(&p.pass[i].steps[table], table, quality[i]);
    /* Pass i is i rows behind the first one. The picture is written where all of it was read. */
    bool ok = true;
    for (int time = 0; ok && time < p.rows + count; time++)
        for (int i = 0; i <= count; i++) {
            int row = time - i;
            if (row < 0 || row >= p.rows)
                continue;
            if (i == count && save)
                ok = save_row(&p, row);
            else if (i == count)
                last_row(&p, row);
            else if (i == 0)
                first_row(&p, row);
            else
                pass_row(&p, i, row);
        }
    free(p.memory);
    return ok;
}

static const JpegKernel *const kernels[CPU_LEVELS] = {
    [CPU_PLAIN] = &jpeg_kernel_plain,
#ifdef __x86_64__
    [CPU_SSE4] = &jpeg_kernel_sse4,
    [CPU_AVX2] = &jpeg_kernel_avx2,
    [CPU_AVX512] = &jpeg_kernel_avx512,
#endif
};

static bool check_qualities(const int *quality, int passes, Err *err)
{
    for (int i = 0; i < passes; i++)
        if (quality[i] < 1 || quality[i] > 100)
            return err_set(err, ERR_USAGE, "a JPEG quality of %d is asked for; it must be 1 to 100",
                           quality[i]);
    return true;
}

static bool no_memory(const Image *rgb, Err *err)
{
    return err_set(err, ERR_NOMEM, "no memory to compress a picture of %d x %d pixels", rgb->width,
                   rgb->height);
}

bool jpeg_passes_at(Image *rgb, const int *quality, int passes, CpuLevel level, Err *err)
{
    if (!check_qualities(quality, passes, err))
        return false;
    for (int i = 0; i < passes; i += MAX_TOGETHER)
        if (!run_together(rgb, kernels[level], quality + i,
                          passes - i < MAX_TOGETHER ? passes - i : MAX_TOGETHER, NULL))
            return no_memory(rgb, err);
    return true;
}

bool jpeg_passes(Image *rgb, const int *quality, int passes, Err *err)
{
    return jpeg_passes_at(rgb, quality, passes, cpu_level(), err);
}

bool jpeg_passes_file_at(Image *rgb, const int *quality, int passes, CpuLevel level, JpegBytes *file,
                         Err *err)
{
    *file = (JpegBytes){ 0 };
    if (!check_qualities(quality, passes, err))
        return false;
    if (rgb->width > JPEG_MAX_SIDE || rgb->height > JPEG_MAX_SIDE)
        return err_set(err, ERR_INPUT,
                       "a picture of %d x %d pixels cannot be written as JPEG, whose sides are at most %d; "
                       "make it smaller",
                       rgb->width, rgb->height, JPEG_MAX_SIDE);
    int last = passes - 1, before = last - last % MAX_TOGETHER; /* those that come back to the picture */
    if (!jpeg_passes_at(rgb, quality, before, level, err))
        return false;
    Save *save = aligned_alloc(64, sizeof *save);
    bool ok = save && jpeg_file_init(&save->file, rgb->width, rgb->height, quality[last]);
    if (ok) {
        for (int table = 0; table < JPEG_TABLES; table++)
            jpeg_steps(&save->steps[table], table, quality[last]);
        ok = run_together(rgb, kernels[level], quality + before, last - before, save) &&
             jpeg_file_finish(&save->file, &file->data, &file->size);
        jpeg_file_clear(&save->file);
    }
    free(save);
    return ok || no_memory(rgb, err);
}

bool jpeg_passes_file(Image *rgb, const int *quality, int passes, JpegBytes *file, Err *err)
{
    return jpeg_passes_file_at(rgb, quality, passes, cpu_level(), file, err);
}
