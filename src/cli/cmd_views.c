/* cmd_views.c: facet views. */
#include "cli/cmd.h"

#include "base/file.h"
#include "base/rng.h"
#include "cli/command.h"
#include "cli/picture_file.h"
#include "cli/qwen_options.h"
#include "cli/role_options.h"
#include "roles/qwen/qwen.h"
#include "roles/view_poses.h"
#include "vision/codec.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    RoleOptions role;
    QwenSettings qwen;
    char *model_path, *generator, *image, *mask, *out_dir;
    TextList views, elevations, distances;
    uint64_t seed;
    int width, height;
} ViewsOptions;

#define AT(field) offsetof(ViewsOptions, field)

/* clang-format off */
const Option cmd_views_options[] = {
    { .group = "The views", .name = "image", .type = OPT_PATH, .offset = AT(image), .required = true, .value = "FILE",
      .help = "The object on white" },
    { .name = "mask", .type = OPT_PATH, .offset = AT(mask), .value = "FILE",
      .help = "How much of each pixel is the object, white is all of it; default: the picture's own transparency" },
    { .name = "out_dir", .type = OPT_PATH, .offset = AT(out_dir), .required = true, .value = "DIR",
      .help = "Folder for the pictures, with a folder alpha in it where the object's outline is known" },
    { .name = "views", .type = OPT_LIST, .offset = AT(views), .value = "VIEW",
      .help = "Sides to see it from; an unknown one lists those that there are" },
    { .name = "elevations", .type = OPT_LIST, .offset = AT(elevations), .value = "SHOT", .help = "Heights of the camera" },
    { .name = "distance", .type = OPT_LIST, .offset = AT(distances), .value = "SHOT", .help = "Distances of the camera" },
    { .name = "resolution", .type = OPT_SIZE, .offset = AT(width), .fallback = "1024", .min = 64, .max = 4096,
      .help = "Size of every picture" },
    { .name = "seed", .type = OPT_UINT64, .offset = AT(seed), .fallback = "0", .help = "Same seed, same result" },
    ROLE_OPTION_ROWS(ViewsOptions),
    { .name = "perspective_generator", .type = OPT_TEXT, .offset = AT(generator), .fallback = "auto",
      .choices = "auto|qwen_multicamera|zero123|relief", .help = "Who turns the object" },
    { .group = "Of qwen_multicamera", .name = "model_path", .type = OPT_TEXT, .offset = AT(model_path), .value = "MODEL",
      .help = "Folder of a Qwen-Image-Edit to take where --multicamera_model and the cache have none" },
    MULTICAMERA_OPTION_ROWS(AT(qwen)),
    QWEN_OPTION_ROWS(AT(qwen)),
    { .name = NULL },
};
/* clang-format on */

/* Save a picture in a folder, which is made when missing. The path is appended to `paths`. */
static bool save_in(const char *folder, const char *name, const Image *image, Str *paths, Err *err)
{
    char *path = path_join(folder, name);
    bool ok = path ? folder_make(folder, err) && image_save(image, path, 100, err)
                   : err_set(err, ERR_NOMEM, "%s: no memory", folder);
    if (ok && paths)
        str_printf(paths, "%s\n", path);
    free(path);
    return ok;
}

static bool save_view(const ViewsOptions *v, size_t index, const ViewPose *pose, const ViewResult *result,
                      Str *paths, Err *err)
{
    Str name = { 0 };
    view_pose_add_name(&name, index, pose);
    str_add(&name, "__");
    view_pose_add_distance(&name, pose);
    str_add(&name, ".png");
    char *alpha_folder = path_join(v->out_dir, "alpha");
    bool ok = (!name.failed && alpha_folder) || err_set(err, ERR_NOMEM, "%s: no memory", v->out_dir);
    ok = ok && save_in(v->out_dir, name.s, &result->image, paths, err) &&
         (image_empty(&result->alpha) || save_in(alpha_folder, name.s, &result->alpha, NULL, err));
    free(alpha_folder);
    str_clear(&name);
    return ok;
}

/* Make all views of the request, in their order. */
static bool render_all(const ViewsOptions *v, const RoleSession *s, const ViewsRequest *req, Str *paths,
                       Err *err)
{
    RoleSet roles = { 0 };
    /* Whoever names a model wants that one. */
    bool named = v->model_path || qwen_settings_name_views(&v->qwen);
    RoleWish wish = { .engine = v->role.engine,
                      .views = named && strcmp(v->generator, "auto") == 0 && v->role.engine != ENGINE_EMBEDDED
                                   ? views_qwen_multicamera.name
                                   : v->generator,
                      .need_views = true };
    void *self = NULL;
    if (!registry_choose(&roles, &wish, &s->config, err) || !roles.views->open(&self, &s->config, req, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < req->count; i++) {
        ViewResult result = { 0 };
        if (role_cancelled(&s->config))
            ok = err_set(err, ERR_CANCELLED, "interrupted");
        ok = ok && roles.views->render(self, i, &result, err) &&
             save_view(v, i, &req->pose[i], &result, paths, err);
        view_result_clear(&result);
    }
    roles.views->close(self);
    return ok;
}

static bool make_views(const void *options, CommandWork *work, Err *err)
{
    const ViewsOptions *v = options;
    RoleSession s = { 0 };
    Image rgb = { 0 }, mask = { 0 };
    ViewPose *poses = NULL;
    size_t count = 0;
    bool ok = role_session_begin(&s, &v->role, err) &&
              view_poses_from_names(&v->views, &v->elevations, &v->distances, &poses, &count, err) &&
              picture_file_load(&rgb, &mask, v->image, v->mask, err);
    ViewsRequest req = {
        .image = &rgb,
        .alpha = image_empty(&mask) ? NULL : &mask,
        .pose = poses,
        .count = count,
        .width = v->width,
        .height = v->height,
        .seed = seed_derive(v->seed, "views", 0, 0, 0),
    };
    s.config.model_path = v->model_path;
    s.config.qwen = &v->qwen;
    ok = ok && render_all(v, &s, &req, &work->out, err);
    free(poses);
    image_clear(&rgb);
    image_clear(&mask);
    role_session_end(&s);
    return ok;
}

int cmd_views(int argc, char *const *argv)
{
    ViewsOptions o = { 0 };
    return command_act("views", &o, 0, make_views, argc, argv);
}
