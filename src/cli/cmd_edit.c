/* cmd_edit.c: facet edit. */
#include "cli/cmd.h"

#include "cli/command.h"
#include "cli/dump.h"
#include "cli/picture_file.h"
#include "cli/qwen_options.h"
#include "cli/role_options.h"
#include "roles/model_folder.h"
#include "roles/qwen/qwen.h"
#include "vision/codec.h"
#include "weights/weights.h"

#include <stdlib.h>
#include <string.h>

enum { QUALITY = 95 };

typedef struct {
    RoleOptions role;
    QwenSettings qwen;
    char *editor, *model_path, *mask, *prompt, *out, *alpha_out, *noise, *dump;
    TextList image;
    EditTask task;
    uint64_t seed;
    int width, height;
} EditOptions;

#define AT(field) offsetof(EditOptions, field)

/* clang-format off */
const Option cmd_edit_options[] = {
    { .group = "The edit", .name = "image", .type = OPT_PATHS, .offset = AT(image), .required = true, .value = "FILE",
      .help = "Picture to edit. May be given several times for a model that looks at several" },
    { .name = "prompt", .type = OPT_TEXT, .offset = AT(prompt), .fallback = "the object", .may_be_empty = true, .max = 65536,
      .help = "What to make of it" },
    { .name = "task", .type = OPT_CHOICE, .offset = AT(task), .choices = "isolate|place|restyle", .fallback = "place",
      .help = "What editor procedural does, where a model only reads the prompt. isolate: the object alone on white; place: the "
              "object, cut out on white, into the scene of the prompt; restyle: the same picture in the light or weather of the "
              "prompt" },
    { .name = "mask", .type = OPT_PATH, .offset = AT(mask), .value = "FILE",
      .help = "How much of each pixel is the object, white is all of it; default: the picture's own transparency" },
    { .name = "out", .type = OPT_PATH, .offset = AT(out), .required = true, .value = "FILE",
      .help = "Result: .png, .jpg or .webp" },
    { .name = "alpha_out", .type = OPT_PATH, .offset = AT(alpha_out), .value = "FILE",
      .help = "Where the object is in the result, for editors that know it" },
    { .name = "width", .type = OPT_INT, .offset = AT(width), .fallback = "0", .min = 0, .max = 8192,
      .help = "Of the result; 0 leaves it to the editor" },
    { .name = "height", .type = OPT_INT, .offset = AT(height), .fallback = "0", .min = 0, .max = 8192,
      .help = "Of the result; 0 leaves it to the editor" },
    { .name = "seed", .type = OPT_UINT64, .offset = AT(seed), .fallback = "0", .help = "Same seed, same result" },
    ROLE_OPTION_ROWS(EditOptions),
    { .name = "editor", .type = OPT_TEXT, .offset = AT(editor), .fallback = "auto", .choices = "auto|procedural|qwen",
      .help = "Who edits; auto is qwen where --model_path names a model" },
    { .group = "Of qwen", .name = "model_path", .type = OPT_TEXT, .offset = AT(model_path), .value = "MODEL",
      .help = "Qwen-Image-Edit model: a folder, or a Hugging Face name to look for in --cache_dir; default: "
              MODEL_PATH_DEFAULT },
    QWEN_OPTION_ROWS(AT(qwen)),
    { .name = "noise", .type = OPT_PATH, .offset = AT(noise), .value = "FILE",
      .help = "Begin with this noise and not the seed's: tensor noise [1, 1, 16, height / 8, width / 8] or latents_packed "
              "[1, tokens, 64] of a .safetensors file" },
    { .name = "dump", .type = OPT_PATH, .offset = AT(dump), .value = "FILE",
      .help = "Tensors on the way as .safetensors: prompt_embeds, negative_prompt_embeds, image_latents, sigmas, of step i "
              "timestep.i, cond.i, uncond.i and latents.i, vae_in, vae_out, image, image_u8" },
    { .name = NULL },
};
/* clang-format on */

/* ---- any editor --------------------------------------------------------------------------------- */

static bool save(const EditOptions *e, const Editor *editor, const EditResult *result, Err *err)
{
    if (e->alpha_out && image_empty(&result->alpha))
        return err_set(err, ERR_USAGE,
                       "--alpha_out: editor %s does not know where the object is in the result",
                       editor->name);
    return image_save(&result->image, e->out, QUALITY, err) &&
           (!e->alpha_out || image_save(&result->alpha, e->alpha_out, QUALITY, err));
}

static bool edit_one(const EditOptions *e, const RoleConfig *config, const Editor *editor, const Image *rgb,
                     const Image *mask, Err *err)
{
    void *self = NULL;
    if (e->noise || e->dump || e->image.count > 1)
        return err_set(err, ERR_USAGE, "editor %s edits one picture and has neither --noise nor --dump",
                       editor->name);
    if (!editor->open(&self, config, err))
        return false;
    EditRequest request = {
        .task = e->task,
        .image = rgb,
        .alpha = image_empty(mask) ? NULL : mask,
        .prompt = e->prompt,
        .seed = e->seed,
        .width = e->width,
        .height = e->height,
    };
    EditResult result = { 0 };
    bool ok = editor->edit(self, &request, &result, err) && save(e, editor, &result, err);
    edit_result_clear(&result);
    editor->close(self);
    return ok;
}

static bool edit_one_file(const EditOptions *e, const RoleConfig *config, const Editor *editor, Err *err)
{
    Image rgb = { 0 }, mask = { 0 };
    bool ok = picture_file_load(&rgb, &mask, e->image.text[0], e->mask, err) &&
              edit_one(e, config, editor, &rgb, &mask, err);
    image_clear(&rgb);
    image_clear(&mask);
    return ok;
}

/* ---- qwen, with all that it can be asked --------------------------------------------------------- */

/* Noise of a file; *w keeps it and is closed by the caller. */
static bool read_noise(QwenEditNoise *noise, Weights **w, const char *path, Err *err)
{
    *noise = (QwenEditNoise){ 0 };
    *w = NULL;
    if (!path)
        return true;
    if (!weights_open(w, path, err))
        return false;
    const WeightTensor *planes = weights_find(*w, "noise"), *packed = weights_find(*w, "latents_packed");
    const WeightTensor *t = planes ? planes : packed;
    if (!t || t->dtype != WEIGHT_F32)
        return err_set(err, ERR_INPUT, "%s: no tensor noise or latents_packed of f32 is in it", path);
    *noise = (QwenEditNoise){ t->data, t->bytes / sizeof(float), !planes };
    return true;
}

static Shape shape_of(const size_t *dim, int rank)
{
    Shape s = { .rank = rank };
    memcpy(s.dim, dim, (size_t)rank * sizeof *dim);
    return s;
}

static void dump_floats(void *user, const float *data, const size_t *dim, int rank, const char *name)
{
    dump_f32(user, data, shape_of(dim, rank), "%s", name);
    dump_keep(user);
}

static void dump_bytes(void *user, const uint8_t *data, const size_t *dim, int rank, const char *name)
{
    dump_u8(user, data, shape_of(dim, rank), "%s", name);
    dump_keep(user);
}

static bool make_and_save(const EditOptions *e, QwenEdit *edit, const Image *const *images, Err *err)
{
    QwenEditRequest r = qwen_request(&e->qwen, " ");
    Dump dump = { 0 };
    QwenEditWatch watch = { dump_floats, dump_bytes, &dump };
    Weights *noise_file;
    Image out = { 0 };
    r.images = images;
    r.image_count = e->image.count;
    r.prompt = e->prompt;
    r.width = e->width;
    r.height = e->height;
    r.seed = e->seed;
    r.watch = e->dump ? &watch : NULL;
    bool ok = read_noise(&r.noise, &noise_file, e->noise, err) && qwen_edit_make(edit, &r, &out, err) &&
              image_save(&out, e->out, QUALITY, err) && dump_write(&dump, e->dump, err);
    weights_close(noise_file);
    dump_clear(&dump);
    image_clear(&out);
    return ok;
}

static bool edit_with_qwen(const EditOptions *e, const RoleConfig *config, Err *err)
{
    Image picture[QWEN_EDIT_IMAGES_MAX] = { 0 };
    const Image *images[QWEN_EDIT_IMAGES_MAX];
    DecodeOptions rgb = { .channels = 3, .upright = true };
    QwenEdit *edit = NULL;
    bool ok = e->image.count <= QWEN_EDIT_IMAGES_MAX ||
              err_set(err, ERR_USAGE, "--image: at most %d pictures", QWEN_EDIT_IMAGES_MAX);
    ok = ok && (!e->alpha_out ||
                err_set(err, ERR_USAGE, "--alpha_out: editor qwen does not know where the object is"));
    for (size_t i = 0; ok && i < e->image.count; i++) {
        images[i] = &picture[i];
        ok = image_load(&picture[i], e->image.text[i], &rgb, err);
    }
    ok = ok && qwen_open_editor(&edit, config, err) && make_and_save(e, edit, images, err);
    qwen_edit_close(edit);
    for (size_t i = 0; i < QWEN_EDIT_IMAGES_MAX; i++)
        image_clear(&picture[i]);
    return ok;
}

static bool edit(const void *options, CommandWork *work, Err *err)
{
    const EditOptions *e = options;
    (void)work; /* nothing to print */
    RoleSession s = { 0 };
    RoleSet roles = { 0 };
    /* Whoever names a model, or what only the model has, wants the model. */
    bool qwen = (e->model_path || e->noise || e->dump || e->qwen.loras.count || e->image.count > 1) &&
                strcmp(e->editor, "auto") == 0 && e->role.engine != ENGINE_EMBEDDED;
    RoleWish wish = { .engine = e->role.engine,
                      .editor = qwen ? editor_qwen.name : e->editor,
                      .need_editor = true };
    bool ok = role_session_begin(&s, &e->role, err);
    s.config.model_path = e->model_path ? e->model_path : MODEL_PATH_DEFAULT;
    s.config.qwen = &e->qwen;
    ok = ok && registry_choose(&roles, &wish, &s.config, err) &&
         (roles.editor == &editor_qwen ? edit_with_qwen(e, &s.config, err)
                                       : edit_one_file(e, &s.config, roles.editor, err));
    role_session_end(&s);
    return ok;
}

int cmd_edit(int argc, char *const *argv)
{
    EditOptions o = { 0 };
    return command_act("edit", &o, 0, edit, argc, argv);
}
