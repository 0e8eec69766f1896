/* JPEG by libjpeg, with its own error manager: nothing is printed, and a fatal error comes back as an Err. Pictures of three channels
 * are written by jpeg_passes.c, which gives libjpeg's bytes in less time. */
#include "vision/codec_private.h"
#include "vision/exif.h"
#include "vision/jpeg_passes.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* A progressive file may hold any number of scans, each as costly as decoding the whole picture. Encoders
 * write about ten. */
enum { MAX_SCANS = 200 };

typedef struct {
    struct jpeg_error_mgr base; /* first: libjpeg's pointer to it is a pointer to this */
    jmp_buf jump;
    Err *err;
} JpegErrors;

typedef struct {
    JpegErrors errors;
    struct jpeg_decompress_struct in;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    Image *im;
    ImageInfo *info;
} JpegReader;

typedef struct {
    JpegErrors errors;
    struct jpeg_compress_struct out;
    struct jpeg_destination_mgr sink;
    const Image *im;
    int quality;
    uint8_t *data;
    size_t capacity;
} JpegWriter;

static void on_fatal(j_common_ptr c)
{
    JpegErrors *e = (JpegErrors *)c->err;
    char text[JMSG_LENGTH_MAX];
    c->err->format_message(c, text);
    if (c->err->msg_code == JERR_OUT_OF_MEMORY)
        err_set(e->err, ERR_NOMEM, "no memory for a JPEG picture (%s)", text);
    else if (c->err->msg_code == JERR_INPUT_EOF)
        err_set(e->err, ERR_INPUT, "the JPEG data is cut short; copy or download the file again");
    else
        err_set(e->err, ERR_INPUT,
                "the JPEG data is damaged or of a kind that is not read (%s); save it again as a "
                "baseline or progressive JPEG",
                text);
    longjmp(e->jump, 1);
}

/* Warnings are about damage that decoders pass over; Pillow is silent on them too. */
static void on_message(j_common_ptr c, int level)
{
    (void)c;
    (void)level;
}

static void ignore_message(j_common_ptr c)
{
    (void)c;
}

/* Run libjpeg calls; false when one of them or the body gave up. All state lives behind `job`, so that
 * nothing that the jump could leave undefined is looked at afterwards. */
static bool guarded(JpegErrors *e, bool (*body)(void *job), void *job)
{
    if (setjmp(e->jump))
        return false;
    return body(job);
}

static struct jpeg_error_mgr *errors_init(JpegErrors *e, Err *err)
{
    e->err = err;
    jpeg_std_error(&e->base);
    e->base.error_exit = on_fatal;
    e->base.emit_message = on_message;
    e->base.output_message = ignore_message;
    return &e->base;
}

/* ---- reading ------------------------------------------------------------------------------------ */

static void source_nothing(j_decompress_ptr in)
{
    (void)in;
}

/* All bytes were given at the start: asking for more means that the file ends too early. libjpeg's own memory
 * source would invent an end marker and leave the rest of the picture gray. */
static boolean source_more(j_decompress_ptr in)
{
    ERREXIT(in, JERR_INPUT_EOF);
    return FALSE;
}

static void source_skip(j_decompress_ptr in, long n)
{
    if (n <= 0)
        return;
    if ((unsigned long)n > in->src->bytes_in_buffer)
        ERREXIT(in, JERR_INPUT_EOF);
    in->src->next_input_byte += n;
    in->src->bytes_in_buffer -= (size_t)n;
}

static void limit_scans(j_common_ptr c)
{
    if (((j_decompress_ptr)c)->input_scan_number > MAX_SCANS)
        ERREXIT(c, JERR_BAD_PROGRESSION);
}

static void reader_init(JpegReader *r, const uint8_t *data, size_t size, Err *err)
{
    r->in.err = errors_init(&r->errors, err);
    r->source = (struct jpeg_source_mgr){
        .next_input_byte = data,
        .bytes_in_buffer = size,
        .init_source = source_nothing,
        .fill_input_buffer = source_more,
        .skip_input_data = source_skip,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = source_nothing,
    };
    r->progress.progress_monitor = limit_scans;
}

static void read_header(JpegReader *r)
{
    jpeg_create_decompress(&r->in);
    r->in.src = &r->source;
    r->in.progress = &r->progress;
    jpeg_save_markers(&r->in, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&r->in, TRUE);
}

static bool read_info(void *job)
{
    JpegReader *r = job;
    read_header(r);
    r->info->width = (int)r->in.image_width;
    r->info->height = (int)r->in.image_height;
    for (jpeg_saved_marker_ptr m = r->in.marker_list; m; m = m->next) /* the first one counts, sound or not */
        if (m->data_length >= 5 && !memcmp(m->data, "Exif", 5)) {
            r->info->orientation = exif_orientation(m->data, m->data_length);
            break;
        }
    return true;
}

static bool jpeg_match(const uint8_t *data, size_t size)
{
    return size >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff;
}

static bool jpeg_probe(ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    JpegReader r = { .info = info };
    reader_init(&r, data, size, err);
    bool ok = guarded(&r.errors, read_info, &r);
    jpeg_destroy_decompress(&r.in);
    return ok;
}

/* Choose what libjpeg hands out: gray, RGB or, for CMYK and YCCK, CMYK. */
static void start(JpegReader *r)
{
    read_header(r);
    switch (r->in.num_components) {
    case 1: r->in.out_color_space = JCS_GRAYSCALE; break;
    case 3: r->in.out_color_space = JCS_RGB; break;
    case 4: r->in.out_color_space = JCS_CMYK; break;
    default: ERREXIT(&r->in, JERR_COMPONENT_COUNT);
    }
    r->in.dct_method = JDCT_ISLOW;
    r->in.do_fancy_upsampling = TRUE;
    jpeg_start_decompress(&r->in);
}

static bool read_pixels(void *job)
{
    JpegReader *r = job;
    start(r);
    Image *im = r->im;
    int channels = r->in.output_components == 1 ? 1 : 3;
    if (!image_init(im, (int)r->in.output_width, (int)r->in.output_height, channels, r->errors.err))
        return false;
    JSAMPARRAY row = NULL; /* of CMYK; in libjpeg's pool, which goes with the reader */
    if (r->in.output_components == 4)
        row = r->in.mem->alloc_sarray((j_common_ptr)&r->in, JPOOL_IMAGE, r->in.output_width * 4, 1);
    while (r->in.output_scanline < r->in.output_height) {
        uint8_t *to = image_at(im, 0, (int)r->in.output_scanline);
        JSAMPROW direct = to;
        jpeg_read_scanlines(&r->in, row ? row : &direct, 1);
        if (!row)
            continue;
        size_t n = (size_t)im->width;
        for (size_t i = 0; i < n * 4; i++) /* stored inverted, with or without Adobe's marker */
            row[0][i] = (uint8_t)(255 - row[0][i]);
        codec_cmyk_to_rgb(row[0], n);
        memcpy(to, row[0], n * 3);
    }
    jpeg_finish_decompress(&r->in); /* goes on to the end marker: a file without one is cut short */
    return true;
}

static bool jpeg_decode(Image *im, const ImageInfo *info, const uint8_t *data, size_t size, Err *err)
{
    (void)info; /* the same header is read again, and gives the same size */
    JpegReader r = { .im = im };
    reader_init(&r, data, size, err);
    bool ok = guarded(&r.errors, read_pixels, &r);
    jpeg_destroy_decompress(&r.in);
    return ok;
}

/* ---- writing ------------------------------------------------------------------------------------ */

/* libjpeg's own memory destination loses its buffer when writing fails halfway; this one belongs to the
 * writer. */
static boolean sink_grow(j_compress_ptr out)
{
    JpegWriter *w = out->client_data;
    size_t more = w->capacity ? w->capacity : 1 << 16;
    uint8_t *grown = realloc(w->data, w->capacity + more);
    if (!grown)
        ERREXIT1(out, JERR_OUT_OF_MEMORY, 0);
    w->data = grown;
    w->sink.next_output_byte = grown + w->capacity;
    w->sink.free_in_buffer = more;
    w->capacity += more;
    return TRUE;
}

static void sink_init(j_compress_ptr out)
{
    sink_grow(out);
}

static void sink_done(j_compress_ptr out)
{
    (void)out;
}

static bool write_all(void *job)
{
    JpegWriter *w = job;
    jpeg_create_compress(&w->out);
    w->out.dest = &w->sink;
    w->out.image_width = (JDIMENSION)w->im->width;
    w->out.image_height = (JDIMENSION)w->im->height;
    w->out.input_components = w->im->channels;
    w->out.in_color_space = w->im->channels == 1 ? JCS_GRAYSCALE : JCS_EXT_RGBX; /* alpha is dropped */
    jpeg_set_defaults(&w->out); /* 4:2:0, baseline, the standard's Huffman tables */
    jpeg_set_quality(&w->out, w->quality, TRUE);
    w->out.dct_method = JDCT_ISLOW;
    jpeg_start_compress(&w->out, TRUE);
    while (w->out.next_scanline < w->out.image_height) {
        JSAMPROW row = image_at(w->im, 0, (int)w->out.next_scanline);
        jpeg_write_scanlines(&w->out, &row, 1);
    }
    jpeg_finish_compress(&w->out);
    return true;
}

static bool encode_rgb(const Image *im, int quality, uint8_t **data, size_t *size, Err *err)
{
    JpegBytes file;
    Image same = *im; /* one round does not change it */
    if (!jpeg_passes_file(&same, &quality, 1, &file, err))
        return false;
    *data = file.data;
    *size = file.size;
    return true;
}

static bool jpeg_encode(const Image *im, int quality, uint8_t **data, size_t *size, Err *err)
{
    if (im->channels == 3)
        return encode_rgb(im, quality, data, size, err);
    JpegWriter w = {
        .sink = { .init_destination = sink_init,
                  .empty_output_buffer = sink_grow,
                  .term_destination = sink_done },
        .im = im,
        .quality = quality,
    };
    w.out.err = errors_init(&w.errors, err);
    w.out.client_data = &w;
    bool ok = guarded(&w.errors, write_all, &w);
    jpeg_destroy_compress(&w.out);
    if (!ok) {
        free(w.data);
        return false;
    }
    *data = w.data;
    *size = w.capacity - w.sink.free_in_buffer;
    return true;
}

const Codec codec_jpeg = { "jpeg", FORMAT_JPEG, jpeg_match, jpeg_probe, jpeg_decode, jpeg_encode };
