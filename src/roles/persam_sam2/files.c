#include "roles/persam_sam2/files.h"

#include "base/file.h"
#include "base/str.h"
#include "weights/hf_cache.h"

#include <stdlib.h>
#include <string.h>

static const char SAM2_REPOSITORY[] = "facebook/sam2.1-hiera-large", SAM2_FILE[] = "sam2.1_hiera_large.pt",
                  SAM2_YAML[] = "sam2.1_hiera_l.yaml";

/* --sam_type to the file that its authors publish. */
static const struct {
    const char *type, *file;
} sams[] = { { "vit_h", "sam_vit_h_4b8939.pth" },
             { "vit_l", "sam_vit_l_0b3195.pth" },
             { "vit_b", "sam_vit_b_01ec64.pth" },
             { "vit_t", "mobile_sam.pt" } };

static const char *sam_file(const char *type)
{
    for (size_t i = 0; i < sizeof sams / sizeof *sams; i++)
        if (type && strcmp(type, sams[i].type) == 0)
            return sams[i].file;
    return sams[0].file;
}

const char *sam2_config_of(const char *checkpoint)
{
    static const struct {
        const char *file, *config;
    } known[] = {
        { "sam2.1_hiera_large.pt", "sam2.1_hiera_l" }, { "sam2.1_hiera_base_plus.pt", "sam2.1_hiera_b+" },
        { "sam2.1_hiera_small.pt", "sam2.1_hiera_s" }, { "sam2.1_hiera_tiny.pt", "sam2.1_hiera_t" },
        { "sam2_hiera_large.pt", "sam2_hiera_l" },     { "sam2_hiera_base_plus.pt", "sam2_hiera_b+" },
        { "sam2_hiera_small.pt", "sam2_hiera_s" },     { "sam2_hiera_tiny.pt", "sam2_hiera_t" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(path_name(checkpoint), known[i].file) == 0)
            return known[i].config;
    return NULL;
}

/* `given` when it is there, else `cached`, which is taken. What is missing goes into `missing`; flag may be NULL. */
static char *choose(const char *given, const char *flag, char *cached, const char *what, Str *missing)
{
    const char *comma = missing->len ? "; " : "";
    if (!given && cached)
        return cached;
    free(cached);
    if (given && path_exists(given))
        return strdup(given);
    if (given)
        str_printf(missing, "%s%s%s%s: there is no such file", comma, flag ? flag : "", flag ? " " : "",
                   given);
    else
        str_printf(missing, "%s%s is not in the cache, and %s%s", comma, what, flag ? flag : "no checkpoint",
                   flag ? " names none" : " is named");
    return NULL;
}

static char *cached_sam(const RoleConfig *cfg)
{
    char *folder = cfg->cache_dir ? path_join(cfg->cache_dir, "checkpoints/sam") : NULL;
    char *path = folder ? path_join(folder, sam_file(cfg->sam_type)) : NULL;
    free(folder);
    if (path && path_exists(path))
        return path;
    free(path);
    return NULL;
}

/* As named, else the YAML beside the cached checkpoint, else what goes with the checkpoint's name. */
static char *find_config(const RoleConfig *cfg, const char *checkpoint, Str *missing)
{
    if (cfg->sam2_config)
        return strdup(cfg->sam2_config);
    const char *official = sam2_config_of(checkpoint);
    char *cached =
        cfg->sam2_ckpt || !cfg->cache_dir ? NULL : hf_cache_find(cfg->cache_dir, SAM2_REPOSITORY, SAM2_YAML);
    if (cached || official)
        return cached ? cached : strdup(official);
    str_printf(
        missing,
        "%s%s has no official name that tells its configuration; name it with --sam2_config (a YAML file, or "
        "sam2.1_hiera_t, sam2.1_hiera_s, sam2.1_hiera_b+, sam2.1_hiera_l)",
        missing->len ? "; " : "", checkpoint);
    return NULL;
}

static void find_sam(SamFiles *out, const RoleConfig *cfg, const char *flag, Str *missing)
{
    out->sam = choose(cfg->sam_ckpt, flag, cached_sam(cfg), sam_file(cfg->sam_type), missing);
}

static void find_sam2(SamFiles *out, const RoleConfig *cfg, const char *flag, Str *missing)
{
    out->sam2 = choose(cfg->sam2_ckpt, flag,
                       cfg->cache_dir ? hf_cache_find(cfg->cache_dir, SAM2_REPOSITORY, SAM2_FILE) : NULL,
                       SAM2_FILE, missing);
    out->config = out->sam2 ? find_config(cfg, out->sam2, missing) : NULL;
}

/* True when all is there; `missing` is taken. */
static bool found(SamFiles *out, bool ok, const RoleConfig *cfg, Str *missing, Err *err)
{
    if (!ok) {
        if (missing->len)
            err_set(err, ERR_MISSING, "%s (--cache_dir %s)", str_text(missing),
                    cfg->cache_dir ? cfg->cache_dir : "is not given");
        else
            err_set(err, ERR_NOMEM, "no memory for the names of checkpoints");
        sam_files_clear(out);
    }
    str_clear(missing);
    return ok;
}

bool sam_files_find(SamFiles *out, const RoleConfig *cfg, Err *err)
{
    Str missing = { 0 };
    *out = (SamFiles){ 0 };
    find_sam(out, cfg, "--sam_ckpt", &missing);
    find_sam2(out, cfg, "--sam2_ckpt", &missing);
    return found(out, out->sam && out->sam2 && out->config, cfg, &missing, err);
}

/* The kind of SAM whose file is in the cache; NULL: none is. */
static const char *cached_type(const RoleConfig *cfg)
{
    for (size_t i = 0; i < sizeof sams / sizeof *sams; i++) {
        RoleConfig one = *cfg;
        one.sam_type = sams[i].type;
        char *path = cached_sam(&one);
        free(path);
        if (path)
            return sams[i].type;
    }
    return NULL;
}

bool sam_file_find(SamFiles *out, const RoleConfig *cfg, Err *err)
{
    Str missing = { 0 };
    RoleConfig any = *cfg;
    *out = (SamFiles){ 0 };
    if (!any.sam_type && !any.sam_ckpt)
        any.sam_type = cached_type(cfg);
    find_sam(out, &any, NULL, &missing);
    return found(out, out->sam, cfg, &missing, err);
}

bool sam2_file_find(SamFiles *out, const RoleConfig *cfg, Err *err)
{
    Str missing = { 0 };
    *out = (SamFiles){ 0 };
    find_sam2(out, cfg, NULL, &missing);
    return found(out, out->sam2 && out->config, cfg, &missing, err);
}

void sam_files_clear(SamFiles *f)
{
    free(f->sam);
    free(f->sam2);
    free(f->config);
    *f = (SamFiles){ 0 };
}
