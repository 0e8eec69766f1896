/* cmd_prompts.c: facet prompts. */
#include "cli/cmd.h"

#include "base/rng.h"
#include "cli/command.h"
#include "cli/picture_file.h"
#include "cli/role_options.h"
#include "roles/model_folder.h"
#include "roles/ollama/ollama.h"
#include "text/builtin_prompts.h"
#include "text/prompt_file.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    RoleOptions role;
    char *generator, *object_name, *image, *system_prompt_file, *project_info_file, *model_path,
        *ollama_model, *ollama_host;
    int num_prompts;
    uint64_t seed;
} PromptsOptions;

#define AT(field) offsetof(PromptsOptions, field)

/* clang-format off */
const Option cmd_prompts_options[] = {
    { .group = "The prompts", .name = "object_name", .type = OPT_TEXT, .offset = AT(object_name), .max = 1000, .required = true,
      .value = "NAME", .help = "What the object is called" },
    { .name = "image", .type = OPT_PATH, .offset = AT(image), .value = "FILE",
      .help = "Photo of the object, for a writer that looks at it" },
    { .name = "num_prompts", .type = OPT_INT, .offset = AT(num_prompts), .fallback = "5", .min = 1, .max = 10000,
      .help = "How many" },
    { .name = "project_info_file", .type = OPT_PATH, .offset = AT(project_info_file), .value = "FILE",
      .help = "What the project is about: places, weather, things that belong there" },
    { .name = "system_prompt_file", .type = OPT_PATH, .offset = AT(system_prompt_file), .value = "FILE",
      .help = "Instructions for the writer; default: the built-in ones" },
    { .name = "seed", .type = OPT_UINT64, .offset = AT(seed), .fallback = "0", .help = "Same seed, same prompts" },
    ROLE_OPTION_ROWS(PromptsOptions),
    { .name = "prompt_generator", .type = OPT_TEXT, .offset = AT(generator), .fallback = "auto",
      .choices = "auto|grammar|ollama|qwen_vl", .help = "Who writes" },
    { .name = "model_path", .type = OPT_TEXT, .offset = AT(model_path), .fallback = MODEL_PATH_DEFAULT, .value = "MODEL",
      .help = "Qwen-Image-Edit or Qwen2.5-VL model that writes with --prompt_generator qwen_vl: a folder, or a Hugging Face "
              "name to look for in --cache_dir" },
    { .name = "ollama_model", .type = OPT_TEXT, .offset = AT(ollama_model), .fallback = OLLAMA_MODEL_DEFAULT, .max = 255,
      .value = "MODEL", .help = "Model that writes with --prompt_generator ollama, as `ollama pull` takes it" },
    { .name = "ollama_host", .type = OPT_TEXT, .offset = AT(ollama_host), .max = 500, .value = "HOST",
      .help = "Where the Ollama server is: host, host:port or a URL; default: OLLAMA_HOST of the environment, then "
              "this machine" },
    { .name = NULL },
};
/* clang-format on */

/* The text of a file, or `otherwise` without one. The caller frees it. */
static bool read_text(char **text, const char *path, const char *otherwise, Err *err)
{
    if (path)
        return text_file_read(path, text, err);
    *text = strdup(otherwise);
    return *text || err_set(err, ERR_NOMEM, "no memory");
}

static bool write_prompts(const PromptsOptions *p, const RoleSession *s, const WriterRequest *req, Str *out,
                          Err *err)
{
    RoleSet roles = { 0 };
    RoleWish wish = { .engine = p->role.engine, .writer = p->generator, .need_writer = true };
    void *self = NULL;
    if (!registry_choose(&roles, &wish, &s->config, err) || !roles.writer->open(&self, &s->config, err))
        return false;
    Written written = { 0 };
    bool ok = roles.writer->write(self, req, &written, err);
    for (size_t i = 0; ok && i < written.prompts.count; i++)
        str_printf(out, "%s\n", written.prompts.text[i]);
    written_clear(&written);
    roles.writer->close(self);
    return ok;
}

/* Empty when none is given. */
static bool load_photo(Image *photo, const char *path, Err *err)
{
    Image mask = { 0 };
    *photo = (Image){ 0 };
    bool ok = !path || picture_file_load(photo, &mask, path, NULL, err);
    image_clear(&mask);
    return ok;
}

static bool prompts(const void *options, CommandWork *work, Err *err)
{
    const PromptsOptions *p = options;
    RoleSession s = { 0 };
    Image photo = { 0 };
    char *system_prompt = NULL, *project_info = NULL;
    bool ok = role_session_begin(&s, &p->role, err) &&
              read_text(&system_prompt, p->system_prompt_file, builtin_system_prompt, err) &&
              read_text(&project_info, p->project_info_file, "", err) && load_photo(&photo, p->image, err);
    s.config.model_path = p->model_path;
    s.config.ollama_model = p->ollama_model;
    s.config.ollama_host = p->ollama_host;
    WriterRequest req = {
        .object_name = p->object_name,
        .system_prompt = system_prompt,
        .project_info = project_info,
        .photo = &photo,
        .count = (size_t)p->num_prompts,
        .seed = seed_derive(p->seed, "prompts", 0, 0, 0), /* as a run of this seed has it */
    };
    ok = ok && write_prompts(p, &s, &req, &work->out, err);
    image_clear(&photo);
    free(system_prompt);
    free(project_info);
    role_session_end(&s);
    return ok;
}

int cmd_prompts(int argc, char *const *argv)
{
    PromptsOptions o = { 0 };
    return command_act("prompts", &o, 0, prompts, argc, argv);
}
