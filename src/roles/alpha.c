#include "roles/alpha.h"

static bool probe(const RoleConfig *cfg, Err *err)
{
    (void)cfg, (void)err;
    return true;
}

static bool open_annotator(void **self, const RoleConfig *cfg, const Image *photo, const Image *mask,
                           Err *err)
{
    (void)cfg, (void)photo, (void)mask, (void)err;
    *self = NULL;
    return true;
}

static bool annotate(void *self, const AnnotateRequest *req, AnnotateResult *out, Err *err)
{
    (void)self;
    if (image_empty(req->alpha))
        return err_set(err, ERR_INPUT, "annotator alpha: no exact mask was recorded for this image");
    Image mask;
    if (!image_copy(&mask, req->alpha, err))
        return false;
    size_t n = image_bytes(&mask);
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++) {
        mask.data[i] = mask.data[i] > 127 ? 255 : 0;
        any |= mask.data[i];
    }
    if (!any)
        image_clear(&mask);
    *out = (AnnotateResult){ .mask = mask, .score = any ? 1 : 0, .stability = any ? 1 : 0 };
    return true;
}

static void close_annotator(void *self)
{
    (void)self;
}

const Annotator annotator_alpha = {
    .name = "alpha",
    .needs_alpha = true,
    .probe = probe,
    .open = open_annotator,
    .annotate = annotate,
    .close = close_annotator,
};
