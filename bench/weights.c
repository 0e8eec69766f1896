/* How long a large checkpoint takes to open: weights [FOLDER]. A model of the size of SAM's vit_h, 2.5 GB, as a
 * .safetensors file and as a .pth of torch.save(), in holes that take no disk; opened with all tensors taken, and for
 * comparison read from end to end, as a loader must that copies. Files are in memory already when they are timed. */
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "weights/weights.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 32, REPEATS = 5, BUFFER = 1 << 20 };

typedef struct {
    char name[64];
    int rank;
    size_t dim[2], bytes;
} Spec;

static const struct {
    const char *name;
    size_t rows, columns; /* 0: a vector */
} parts[] = {
    { "norm1.weight", 1280, 0 },       { "norm1.bias", 1280, 0 },          { "attn.qkv.weight", 3840, 1280 },
    { "attn.qkv.bias", 3840, 0 },      { "attn.proj.weight", 1280, 1280 }, { "attn.proj.bias", 1280, 0 },
    { "attn.rel_pos_h", 127, 80 },     { "attn.rel_pos_w", 127, 80 },      { "norm2.weight", 1280, 0 },
    { "norm2.bias", 1280, 0 },         { "mlp.lin1.weight", 5120, 1280 },  { "mlp.lin1.bias", 5120, 0 },
    { "mlp.lin2.weight", 1280, 5120 }, { "mlp.lin2.bias", 1280, 0 },
};
enum { PARTS = sizeof parts / sizeof *parts, TENSORS = BLOCKS * PARTS };

static void list_tensors(Spec spec[TENSORS])
{
    for (int i = 0; i < TENSORS; i++) {
        Spec *s = &spec[i];
        snprintf(s->name, sizeof s->name, "image_encoder.blocks.%d.%s", i / (int)PARTS,
                 parts[i % PARTS].name);
        s->dim[0] = parts[i % PARTS].rows;
        s->dim[1] = parts[i % PARTS].columns;
        s->rank = s->dim[1] ? 2 : 1;
        s->bytes = 4 * s->dim[0] * (s->dim[1] ? s->dim[1] : 1);
    }
}

/* ---- files of holes --------------------------------------------------------------------------------- */

static void le(Str *s, uint64_t value, int n)
{
    for (int i = 0; i < n; i++)
        str_add_char(s, (char)(value >> 8 * i));
}

/* Put text at a place of the file and forget it. */
static bool put(int fd, Str *s, size_t at)
{
    bool ok = !s->failed && pwrite(fd, s->s, s->len, (off_t)at) == (ssize_t)s->len;
    str_reset(s);
    return ok;
}

static bool write_safetensors(int fd, const Spec *spec, size_t *size)
{
    Str text = { 0 }, head = { 0 };
    size_t at = 0;
    for (int i = 0; i < TENSORS; i++) {
        str_printf(&text, "%c\"%s\":{\"dtype\":\"F32\",\"shape\":[%zu", i ? ',' : '{', spec[i].name,
                   spec[i].dim[0]);
        if (spec[i].rank == 2)
            str_printf(&text, ",%zu", spec[i].dim[1]);
        str_printf(&text, "],\"data_offsets\":[%zu,%zu]}", at, at + spec[i].bytes);
        at += spec[i].bytes;
    }
    str_add_char(&text, '}');
    while (text.len % 8)
        str_add_char(&text, ' ');
    *size = 8 + text.len + at;
    le(&head, text.len, 8);
    bool ok = put(fd, &head, 0) && put(fd, &text, 8) && ftruncate(fd, (off_t)*size) == 0;
    str_clear(&head);
    str_clear(&text);
    return ok;
}

/* The pickle of {name: tensor, ...}; storage i has the key "i". */
static void add_pickle(Str *s, const Spec *spec)
{
    str_add(s, "\x80\2}(");
    for (int i = 0; i < TENSORS; i++) {
        char key[8];
        int n = snprintf(key, sizeof key, "%d", i);
        str_add_char(s, 'X');
        le(s, strlen(spec[i].name), 4);
        str_add(s, spec[i].name);
        str_add(s, "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU");
        str_add_char(s, (char)n);
        str_add(s, key);
        str_add(s, "U\6cuda:0J");
        le(s, spec[i].bytes / 4, 4);
        str_add_n(s, "tQK\0(", 5);
        for (int d = 0; d < spec[i].rank; d++) {
            str_add_char(s, 'J');
            le(s, spec[i].dim[d], 4);
        }
        str_add(s, "t(");
        if (spec[i].rank == 2) {
            str_add_char(s, 'J');
            le(s, spec[i].dim[1], 4);
        }
        str_add(s, "K\1t\x89"
                   "ccollections\nOrderedDict\n)RtR");
    }
    str_add(s, "u.");
}

/* The fields that a local header and a record of the directory share, from the flags on. */
static void add_fields(Str *s, size_t size, const char *name)
{
    le(s, 0, 4);
    le(s, 0, 8);
    le(s, size, 4);
    le(s, size, 4);
    le(s, strlen(name), 2);
}

static void add_local(Str *s, size_t at, size_t size, const char *name)
{
    str_add(s, "PK\3\4");
    le(s, 20, 2);
    add_fields(s, size, name);
    size_t padding =
        64 - (at + 30 + strlen(name)) % 64; /* the content begins at a multiple of 64, as PyTorch's does */
    le(s, padding, 2);
    str_add(s, name);
    for (size_t i = 0; i < padding; i++)
        str_add_char(s, 'Z');
}

static void add_record(Str *s, size_t at, size_t size, const char *name)
{
    str_add(s, "PK\1\2");
    le(s, 20, 2);
    le(s, 20, 2);
    add_fields(s, size, name);
    le(s, 0, 6);
    le(s, 0, 6);
    le(s, at, 4);
    str_add(s, name);
}

static bool write_torch(int fd, const Spec *spec, size_t *size)
{
    Str pickle = { 0 }, text = { 0 }, directory = { 0 };
    add_pickle(&pickle, spec);
    size_t at = 0;
    bool ok = true;
    for (int i = -1; ok && i < TENSORS; i++) {
        char name[32] = "model/data.pkl";
        if (i >= 0)
            snprintf(name, sizeof name, "model/data/%d", i);
        size_t bytes = i < 0 ? pickle.len : spec[i].bytes;
        add_local(&text, at, bytes, name);
        add_record(&directory, at, bytes, name);
        size_t header = text.len;
        ok = put(fd, &text, at) && (i >= 0 || put(fd, &pickle, at + header));
        at += header + bytes;
    }
    size_t length = directory.len;
    str_add(&directory, "PK\5\6");
    le(&directory, 0, 4);
    le(&directory, TENSORS + 1, 2);
    le(&directory, TENSORS + 1, 2);
    le(&directory, length, 4);
    le(&directory, at, 4);
    le(&directory, 0, 2);
    *size = at + directory.len;
    ok = ok && put(fd, &directory, at);
    str_clear(&pickle);
    str_clear(&text);
    str_clear(&directory);
    return ok;
}

/* ---- measuring -------------------------------------------------------------------------------------- */

/* Open it, take every tensor, use one number of the last. */
static bool open_all(const char *path, const Spec *spec, double *ms, Err *err)
{
    double begin = clock_ms();
    Weights *w;
    volatile float first = 0;
    if (!weights_open(&w, path, err))
        return false;
    for (int i = 0; i < TENSORS; i++) {
        const WeightTensor *t = weights_take(w, spec[i].name, spec[i].rank, spec[i].dim);
        first = t ? *(const float *)t->data : 0;
    }
    (void)first;
    bool ok = weights_finish(w, err);
    *ms = clock_ms() - begin;
    weights_close(w);
    return ok;
}

static double read_all(const char *path, void *buffer)
{
    double begin = clock_ms();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && read(fd, buffer, BUFFER) > 0)
        ;
    if (fd >= 0)
        close(fd);
    return clock_ms() - begin;
}

static bool measure(const char *folder, const char *name, bool (*write)(int, const Spec *, size_t *),
                    const Spec *spec, Err *err)
{
    char *path = path_join(folder, name);
    void *buffer = malloc(BUFFER);
    int fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    size_t size = 0;
    bool ok = buffer && fd >= 0 && write(fd, spec, &size);
    if (!ok)
        err_set(err, ERR_IO, "%s/%s cannot be written; name another folder", folder, name);
    double best = 1e9;
    if (ok)
        read_all(path, buffer); /* the first time brings it into memory */
    for (int i = 0; ok && i < REPEATS; i++) {
        double ms;
        ok = open_all(path, spec, &ms, err);
        best = ok && ms < best ? ms : best;
    }
    if (ok) {
        double read_ms = read_all(path, buffer);
        printf(
            "%-18s %.2f GB, %d tensors: opened and taken in %.2f ms (wanted: under 300), read in %.0f ms: %.0f times "
            "as long\n",
            name, (double)size / 1e9, TENSORS, best, read_ms, read_ms / best);
        ok = best < 300;
    }
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    free(buffer);
    free(path);
    return ok;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "/tmp";
    Spec spec[TENSORS];
    Err err = { 0 };
    list_tensors(spec);
    bool ok = measure(folder, "facet-bench.safetensors", write_safetensors, spec, &err) &&
              measure(folder, "facet-bench.pth", write_torch, spec, &err);
    if (err.kind)
        fprintf(stderr, "%s\n", err.msg);
    return ok ? 0 : 1;
}
