#include "stand_in_roles.h"

#include "base/rng.h"
#include "pipeline/keys.h"
#include "roles/alpha.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Roles have no user pointer from a test, so this is where the orders are. */
static StandIn *orders;

static bool probe(const RoleConfig *cfg, Err *err)
{
    (void)cfg, (void)err;
    return true;
}

static bool open_plain(void **self, const RoleConfig *cfg, Err *err)
{
    (void)cfg, (void)err;
    *self = orders;
    orders->opened++;
    return true;
}

static void close_plain(void *self)
{
    (void)self;
}

/* A picture on white or on a colour that follows from `key`, with an L-shaped object whose place and size do
 * too. */
static bool draw(uint64_t key, bool white, bool blank, int width, int height, Image *image, Image *alpha,
                 Err *err)
{
    Rng r;
    rng_init(&r, key);
    int w = 4 + rng_int(&r, 0, width / 2), h = 4 + rng_int(&r, 0, height / 2);
    int left = rng_int(&r, 1, width - w - 1), top = rng_int(&r, 1, height - h - 1);
    uint8_t ground[3] = { 255, 255, 255 };
    for (int c = 0; c < 3 && !white; c++)
        ground[c] = (uint8_t)rng_int(&r, 0, 255);
    if (!image_init(image, width, height, 3, err) || !image_init(alpha, width, height, 1, err))
        return false;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            bool inside = !blank && x >= left && x < left + w && y >= top && y < top + h &&
                          (x < left + w / 2 || y >= top + h / 2);
            *image_at(alpha, x, y) = inside ? 255 : 0;
            for (int c = 0; c < 3; c++)
                image_at(image, x, y)[c] =
                    inside ? (uint8_t)(60 * c + 40) : (uint8_t)(ground[c] - (white ? 0 : x % 8));
        }
    return true;
}

/* The same picture with its ground tinted. */
static bool tint(const EditRequest *req, uint64_t key, EditResult *out, Err *err)
{
    if (!image_copy(&out->image, req->image, err) ||
        (req->alpha && !image_copy(&out->alpha, req->alpha, err)))
        return false;
    for (size_t i = 0; i < image_bytes(&out->image); i++)
        out->image.data[i] ^= (uint8_t)(key >> i % 3 * 8) & 15;
    return true;
}

/* Does this edit fail? */
static bool is_bad(const EditRequest *req)
{
    unsigned every = orders->fail_every[req->task];
    if (!every || req->seed % every)
        return false;
    int before = atomic_fetch_add(&orders->failures[req->task], 1);
    return orders->failing_tries == 0 || before < orders->failing_tries;
}

static bool edit(void *self, const EditRequest *req, EditResult *out, Err *err)
{
    (void)self;
    if (orders->pause_ms)
        poll(NULL, 0, orders->pause_ms);
    if (orders->each_edit)
        orders->each_edit();
    if (is_bad(req))
        return err_set(err, ERR_DEVICE, "the stand-in was told to fail seed %llu",
                       (unsigned long long)req->seed);
    uint64_t key = key_text(key_image(key_number(req->seed, req->task), req->image), req->prompt);
    bool blank = req->task == EDIT_PLACE && orders->blank_every && req->seed % orders->blank_every == 0;
    bool ok = req->task == EDIT_RESTYLE ? tint(req, key, out, err)
                                        : draw(key, req->task == EDIT_ISOLATE, blank, req->width, req->height,
                                               &out->image, &out->alpha, err);
    if (ok && orders->no_alpha)
        image_clear(&out->alpha);
    if (!ok)
        edit_result_clear(out);
    int made = ++orders->edits[req->task];
    if (orders->cancel && orders->cancel_after && made >= orders->cancel_after && req->task == EDIT_PLACE)
        *orders->cancel = true;
    return ok;
}

static const ViewsRequest *turned;

static bool open_views(void **self, const RoleConfig *cfg, const ViewsRequest *req, Err *err)
{
    turned = req;
    return open_plain(self, cfg, err);
}

static bool render(void *self, size_t index, ViewResult *out, Err *err)
{
    (void)self;
    if (orders->fail_view == (int)index + 1)
        return err_set(err, ERR_DEVICE, "the stand-in was told to fail view %zu", index);
    orders->views++;
    uint64_t key = key_text(key_image(turned->seed, turned->image), turned->pose[index].view);
    return draw(key, true, false, turned->width, turned->height, &out->image, &out->alpha, err);
}

static bool write_prompts(void *self, const WriterRequest *req, Written *out, Err *err)
{
    (void)self;
    orders->unwritten += orders->fail_writer;
    if (orders->fail_writer)
        return err_set(err, ERR_DEVICE, "the stand-in was told to write nothing");
    for (size_t i = 0; i < req->count; i++) {
        char text[256];
        snprintf(text, sizeof text, "the %.150s in place %zu", req->object_name, i);
        if (!text_list_add(&out->prompts, text))
            return err_set(err, ERR_NOMEM, "no memory");
    }
    orders->written++;
    orders->photo_width = req->photo ? req->photo->width : 0;
    str_add(&out->conversation, "nobody was asked\n");
    return text_list_add(&out->classes, req->object_name) || err_set(err, ERR_NOMEM, "no memory");
}

static bool annotate(void *self, const AnnotateRequest *req, AnnotateResult *out, Err *err)
{
    orders->annotated++;
    return annotator_alpha.annotate(self, req, out, err);
}

/* The stand-in's object has one colour. */
static bool annotate_pixels(void *self, const AnnotateRequest *req, AnnotateResult *out, Err *err)
{
    (void)self;
    orders->annotated++;
    if (!image_init(&out->mask, req->image->width, req->image->height, 1, err))
        return false;
    for (size_t i = 0; i < image_bytes(&out->mask); i++) {
        const uint8_t *p = req->image->data + 3 * i;
        out->mask.data[i] = (p[0] ^ 40) < 16 && (p[1] ^ 100) < 16 && (p[2] ^ 160) < 16 ? 255 : 0;
    }
    out->score = out->stability = 1;
    return true;
}

static bool open_annotator(void **self, const RoleConfig *cfg, const Image *photo, const Image *mask,
                           Err *err)
{
    (void)photo, (void)mask;
    return open_plain(self, cfg, err);
}

static const Editor editor = { .name = "stand-in",
                               .exact_alpha = true,
                               .probe = probe,
                               .open = open_plain,
                               .edit = edit,
                               .close = close_plain };
static const Views views = { .name = "stand-in",
                             .exact_alpha = true,
                             .probe = probe,
                             .open = open_views,
                             .render = render,
                             .close = close_plain };
static void describe_writer(const RoleConfig *cfg, Str *out)
{
    str_add(out, cfg->ollama_model ? cfg->ollama_model : "");
}

static const Writer writer = { .name = "stand-in",
                               .sees_photo = true,
                               .describe = describe_writer,
                               .probe = probe,
                               .open = open_plain,
                               .write = write_prompts,
                               .close = close_plain };
static const Annotator annotator = { .name = "alpha",
                                     .needs_alpha = true,
                                     .probe = probe,
                                     .open = open_annotator,
                                     .annotate = annotate,
                                     .close = close_plain };
static const Annotator pixel_annotator = { .name = "pixels",
                                           .needs_image = true,
                                           .needs_reference = true,
                                           .probe = probe,
                                           .open = open_annotator,
                                           .annotate = annotate_pixels,
                                           .close = close_plain };

RoleSet stand_in_roles(StandIn *s)
{
    orders = s;
    return (RoleSet){ &editor, &views, &writer, s->from_pixels ? &pixel_annotator : &annotator };
}

int stand_in_made(const StandIn *s)
{
    return s->edits[0] + s->edits[1] + s->edits[2] + s->views + s->written + s->annotated;
}
