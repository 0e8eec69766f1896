#include "models/sam2/config.h"

#include "base/file.h"
#include "base/yaml_text.h"

#include <libfyaml.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YAML_MAX_BYTES = 1 << 20 };

/* The constructors' defaults, which are those of the base+ model. */
static const Sam2Config defaults = {
    .image_size = 1024,
    .embed_dim = 96,
    .num_heads = 1,
    .stages = { 2, 3, 16, 3 },
    .global_att_blocks = { 12, 16, 20 },
    .global_att_count = 3,
    .window_spec = { 8, 4, 14, 7 },
    .window_pos_embed_bkg_spatial_size = { 14, 14 },
    .q_pool = 3,
    .d_model = 256,
    .top_down = { true, true, true, true },
};

/* What the official files say beside that. */
static const struct {
    const char *size; /* the last part of the name */
    int embed_dim, num_heads, stages[HIERA_STAGES], global[3], window_spec[HIERA_STAGES], bkg;
} official[] = {
    { "t", 96, 1, { 1, 2, 7, 2 }, { 5, 7, 9 }, { 8, 4, 14, 7 }, 7 },
    { "s", 96, 1, { 1, 2, 11, 2 }, { 7, 10, 13 }, { 8, 4, 14, 7 }, 7 },
    { "b+", 112, 2, { 2, 3, 16, 3 }, { 12, 16, 20 }, { 8, 4, 14, 7 }, 14 },
    { "l", 144, 2, { 2, 6, 36, 4 }, { 23, 33, 43 }, { 8, 4, 16, 8 }, 7 },
};

/* ---- reading the YAML ---- */

typedef struct {
    struct fy_node *root;
    const char *name;
    Err *err;
    bool ok;
} Reader;

static struct fy_node *find(Reader *r, const char *path)
{
    return fy_node_by_path(r->root, path, (size_t)-1, FYNWF_DONT_FOLLOW);
}

static bool refuse(Reader *r, const char *path, const char *why)
{
    if (r->ok)
        err_set(r->err, ERR_INPUT, "%s: %s %s", r->name, path + 1, why);
    return r->ok = false;
}

static bool whole_number(struct fy_node *n, int min, int max, int *out)
{
    size_t length = 0;
    const char *text = n && fy_node_is_scalar(n) ? fy_node_get_scalar(n, &length) : NULL;
    char digits[16], *end;
    if (!text || length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    long v = strtol(digits, &end, 10);
    if (*end || v < min || v > max)
        return false;
    *out = (int)v;
    return true;
}

/* A number from 1 to `max` where the file has one. */
static void number(Reader *r, const char *path, int max, int *out)
{
    struct fy_node *n = find(r, path);
    if (n && !whole_number(n, 1, max, out)) {
        char why[64];
        snprintf(why, sizeof why, "is no whole number from 1 to %d", max);
        refuse(r, path, why);
    }
}

/* A list of numbers from `min` to 4096 where the file has one. Returns its length, 0 when there is none. */
static int numbers(Reader *r, const char *path, int min, int *out, int count_max)
{
    struct fy_node *n = find(r, path);
    if (!n || !r->ok)
        return 0;
    int count = fy_node_is_sequence(n) ? fy_node_sequence_item_count(n) : -1;
    if (count < 1 || count > count_max) {
        refuse(r, path, "is no list, or has too many entries");
        return 0;
    }
    for (int i = 0; i < count; i++)
        if (!whole_number(fy_node_sequence_get_by_index(n, i), min, 4096, &out[i])) {
            refuse(r, path, "has an entry that is no whole number in range");
            return 0;
        }
    return count;
}

static void exactly(Reader *r, const char *path, int *out, int count)
{
    int got[HIERA_GLOBAL_MAX], n = numbers(r, path, 1, got, HIERA_GLOBAL_MAX);
    if (n == 0)
        return;
    if (n != count) {
        refuse(r, path, "has another number of entries than a SAM 2 needs");
        return;
    }
    memcpy(out, got, (size_t)count * sizeof *out);
}

static void truth(Reader *r, const char *path, bool *out)
{
    struct fy_node *n = find(r, path);
    if (!n)
        return;
    size_t length = 0;
    const char *text = fy_node_is_scalar(n) ? fy_node_get_scalar(n, &length) : NULL;
    bool yes = text && length == 4 && strncasecmp(text, "true", 4) == 0;
    if (!yes && !(text && length == 5 && strncasecmp(text, "false", 5) == 0))
        refuse(r, path, "is neither true nor false");
    *out = yes;
}

#define TRUNK "/model/image_encoder/trunk/"
#define NECK  "/model/image_encoder/neck/"

static void read_all(Reader *r, Sam2Config *c)
{
    int levels[HIERA_STAGES], n;
    number(r, "/model/image_size", 4096, &c->image_size);
    number(r, TRUNK "embed_dim", 4096, &c->embed_dim);
    number(r, TRUNK "num_heads", 256, &c->num_heads);
    number(r, TRUNK "q_pool", HIERA_STAGES - 1, &c->q_pool);
    exactly(r, TRUNK "stages", c->stages, HIERA_STAGES);
    exactly(r, TRUNK "window_spec", c->window_spec, HIERA_STAGES);
    exactly(r, TRUNK "window_pos_embed_bkg_spatial_size", c->window_pos_embed_bkg_spatial_size, 2);
    n = numbers(r, TRUNK "global_att_blocks", 0, c->global_att_blocks, HIERA_GLOBAL_MAX);
    c->global_att_count = n ? n : c->global_att_count;
    number(r, NECK "d_model", 4096, &c->d_model);
    n = numbers(r, NECK "fpn_top_down_levels", 0, levels, HIERA_STAGES);
    for (int i = 0; n && i < HIERA_STAGES; i++)
        c->top_down[i] = false;
    for (int i = 0; i < n; i++)
        if (levels[i] < HIERA_STAGES)
            c->top_down[levels[i]] = true;
    truth(r, "/model/iou_prediction_use_sigmoid", &c->iou_prediction_use_sigmoid);
    for (int i = 0; r->ok && i < HIERA_STAGES; i++)
        if (c->stages[i] > 256)
            refuse(r, TRUNK "stages", "has more than 256 blocks in a stage");
}

/* The parser's own messages go nowhere: what a reader needs is in *err. */
static void say_nothing(struct fy_diag *diag, void *user, const char *text, size_t size)
{
    (void)diag, (void)user, (void)text, (void)size;
}

bool sam2_config_parse(Sam2Config *out, const char *text, size_t size, const char *name, Err *err)
{
    *out = defaults;
    if (!yaml_text_check(text, size, err))
        return err_prefix(err, "%s: ", name);
    struct fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    quiet.output_fn = say_nothing;
    struct fy_diag *diag = fy_diag_create(&quiet);
    struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET, .diag = diag };
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    struct fy_document *doc = diag ? fy_document_build_from_string(&cfg, text, size) : NULL;
    Reader r = { doc ? fy_document_root(doc) : NULL, name, err, true };
    if (!r.root || !fy_node_is_mapping(r.root) || !find(&r, "/model/image_encoder/trunk")) {
        err_set(err, ERR_INPUT,
                "%s: this is no configuration of a SAM 2: model.image_encoder.trunk is not there", name);
        r.ok = false;
    } else
        read_all(&r, out);
    fy_document_destroy(doc);
    if (diag)
        fy_diag_destroy(diag);
    return r.ok;
}

/* ---- names ---- */

/* "configs/sam2.1/sam2.1_hiera_b+.yaml" to "b+"; NULL where it is no official name. `buf` holds the answer. */
static const char *official_size(const char *name, char buf[8])
{
    static const char *const stems[] = { "sam2_hiera_", "sam2.1_hiera_" };
    const char *base = path_name(name);
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        size_t n = strlen(stems[i]);
        if (strncmp(base, stems[i], n) != 0)
            continue;
        const char *end = strstr(base + n, ".yaml");
        size_t length = end ? (size_t)(end - base) - n : strlen(base + n);
        if (length == 0 || length >= 8 || (end && end[5]))
            return NULL;
        memcpy(buf, base + n, length);
        buf[length] = '\0';
        return buf;
    }
    return NULL;
}

static bool by_name(Sam2Config *out, const char *name)
{
    char buf[8];
    const char *size = official_size(name, buf);
    for (size_t i = 0; size && i < sizeof official / sizeof *official; i++) {
        if (strcmp(size, official[i].size) != 0)
            continue;
        *out = defaults;
        out->embed_dim = official[i].embed_dim;
        out->num_heads = official[i].num_heads;
        memcpy(out->stages, official[i].stages, sizeof out->stages);
        memcpy(out->global_att_blocks, official[i].global, sizeof official[i].global);
        out->global_att_count = 3;
        memcpy(out->window_spec, official[i].window_spec, sizeof out->window_spec);
        out->window_pos_embed_bkg_spatial_size[0] = out->window_pos_embed_bkg_spatial_size[1] =
            official[i].bkg;
        out->top_down[0] = out->top_down[1] = false;
        out->iou_prediction_use_sigmoid = true;
        return true;
    }
    return false;
}

bool sam2_config_read(Sam2Config *out, const char *name, Err *err)
{
    if (!path_exists(name) && by_name(out, name))
        return true;
    if (!path_exists(name))
        return err_set(err, ERR_MISSING,
                       "%s: there is no such file, and it is not the name of an official SAM 2 configuration "
                       "(sam2.1_hiera_t, sam2.1_hiera_s, sam2.1_hiera_b+, sam2.1_hiera_l, or sam2_hiera_...)",
                       name);
    uint8_t *text;
    size_t size;
    if (!file_read(name, YAML_MAX_BYTES, &text, &size, err))
        return false;
    bool ok = sam2_config_parse(out, (const char *)text, size, name, err);
    free(text);
    return ok;
}
