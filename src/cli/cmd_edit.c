/* cmd_edit.c: facet edit. */
#include "cli/cmd.h"

#include "cli/command.h"
#include "cli/picture_file.h"
#include "cli/report.h"
#include "cli/role_options.h"
#include "vision/codec.h"

enum { QUALITY = 95 };

typedef struct {
    RoleOptions role;
    char *editor, *model_path, *image, *mask, *prompt, *out, *alpha_out;
    EditTask task;
    uint64_t seed;
    int width, height;
} EditOptions;

#define AT(field) offsetof(EditOptions, field)

/* clang-format off */
const Option cmd_edit_options[] = {
    { .group = "The edit", .name = "task", .type = OPT_CHOICE, .offset = AT(task), .choices = "isolate|place|restyle",
      .required = true,
      .help = "isolate: the object alone on white; place: the object, cut out on white, into the scene of the prompt; restyle: "
              "the same picture in the light or weather of the prompt" },
    { .name = "image", .type = OPT_PATH, .offset = AT(image), .required = true, .value = "FILE", .help = "Picture to edit" },
    { .name = "mask", .type = OPT_PATH, .offset = AT(mask), .value = "FILE",
      .help = "How much of each pixel is the object, white is all of it; default: the picture's own transparency" },
    { .name = "prompt", .type = OPT_TEXT, .offset = AT(prompt), .fallback = "the object", .help = "What to make of it" },
    { .name = "out", .type = OPT_PATH, .offset = AT(out), .required = true, .value = "FILE",
      .help = "Result: .png, .jpg or .webp" },
    { .name = "alpha_out", .type = OPT_PATH, .offset = AT(alpha_out), .value = "FILE",
      .help = "Where the object is in the result, for editors that know it" },
    { .name = "width", .type = OPT_INT, .offset = AT(width), .fallback = "0", .min = 0, .max = 4096,
      .help = "Of the result; 0 leaves it to the editor" },
    { .name = "height", .type = OPT_INT, .offset = AT(height), .fallback = "0", .min = 0, .max = 4096,
      .help = "Of the result; 0 leaves it to the editor" },
    { .name = "seed", .type = OPT_UINT64, .offset = AT(seed), .fallback = "0", .help = "Same seed, same result" },
    ROLE_OPTION_ROWS(EditOptions),
    { .name = "editor", .type = OPT_TEXT, .offset = AT(editor), .fallback = "auto", .choices = "auto|procedural|qwen",
      .help = "Who edits" },
    { .name = "model_path", .type = OPT_TEXT, .offset = AT(model_path), .fallback = "ovedrive/qwen-image-edit-4bit",
      .value = "MODEL", .help = "Qwen-Image-Edit model: a folder, or a Hugging Face name to look for in --cache_dir" },
    { .name = NULL },
};
/* clang-format on */

static bool save(const EditOptions *e, const Editor *editor, const EditResult *result, Err *err)
{
    if (e->alpha_out && image_empty(&result->alpha))
        return err_set(err, ERR_USAGE,
                       "--alpha_out: editor %s does not know where the object is in the result",
                       editor->name);
    return image_save(&result->image, e->out, QUALITY, err) &&
           (!e->alpha_out || image_save(&result->alpha, e->alpha_out, QUALITY, err));
}

/* Edit a loaded picture. */
static bool edit_picture(const EditOptions *e, const RoleSession *s, const Image *rgb, const Image *mask,
                         Err *err)
{
    RoleSet roles = { 0 };
    RoleWish wish = { .engine = e->role.engine, .editor = e->editor, .need_editor = true };
    if (!registry_choose(&roles, &wish, &s->config, err))
        return false;
    void *self = NULL;
    if (!roles.editor->open(&self, &s->config, err))
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
    bool ok = roles.editor->edit(self, &request, &result, err) && save(e, roles.editor, &result, err);
    edit_result_clear(&result);
    roles.editor->close(self);
    return ok;
}

static bool edit(const EditOptions *e, Err *err)
{
    RoleSession s = { 0 };
    Image rgb = { 0 }, mask = { 0 };
    bool ok = role_session_begin(&s, &e->role, err);
    s.config.model_path = e->model_path;
    ok =
        ok && picture_file_load(&rgb, &mask, e->image, e->mask, err) && edit_picture(e, &s, &rgb, &mask, err);
    image_clear(&rgb);
    image_clear(&mask);
    role_session_end(&s);
    return ok;
}

int cmd_edit(int argc, char *const *argv)
{
    EditOptions e = { 0 };
    Err err = { 0 };
    int code;
    if (command_options("edit", &e, NULL, argc, argv, &code) && !edit(&e, &err))
        code = report_error(&err);
    options_clear(cmd_edit_options, &e);
    return code;
}
