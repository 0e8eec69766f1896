/* cmd_label.c: facet label. */
#include "cli/cmd.h"

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/segmenter_options.h"
#include "web/browser.h"
#include "web/label.h"

#include <unistd.h>

typedef struct {
    RoleOptions role;
    char *image, *output, *output_dir, *suffix;
    SegmenterOptions segmenter;
    char *host;
    int port;
    bool open, once;
} LabelOptions;

#define AT(field) offsetof(LabelOptions, field)

/* clang-format off */
const Option cmd_label_options[] = {
    { .group = "Pictures and masks", .name = "image", .type = OPT_PATH, .offset = AT(image), .required = true, .value = "FILE",
      .help = "Photo of the object, or a folder of photos" },
    { .name = "output", .type = OPT_PATH, .offset = AT(output), .value = "FILE",
      .help = "The mask, a PNG; for one photo" },
    { .name = "output_dir", .type = OPT_PATH, .offset = AT(output_dir), .value = "DIR",
      .help = "Folder of the masks; default: beside each photo" },
    { .name = "suffix", .type = OPT_TEXT, .offset = AT(suffix), .fallback = "_mask", .max = 100,
      .help = "PHOTO.jpg gets the mask PHOTO<suffix>.png. In a folder, files that end like this are taken for masks" },
    { .name = "once", .type = OPT_BOOL, .offset = AT(once), .fallback = "false",
      .help = "End when the mask has been saved; with a folder, when every photo has one" },
    SEGMENTER_OPTION_ROWS(LabelOptions),
    { .group = "The page", .name = "port", .type = OPT_INT, .offset = AT(port), .fallback = "0", .min = 0, .max = 65535,
      .help = "Port to listen at; 0 is one that is free" },
    { .name = "host", .type = OPT_TEXT, .offset = AT(host), .fallback = "127.0.0.1", .value = "NAME",
      .help = "Address to listen at. Others than this machine's own let anybody in who knows the address with its token" },
    { .name = "open", .type = OPT_BOOL, .offset = AT(open), .fallback = "true", .help = "Open the page in the browser" },
    { .name = "quiet", .type = OPT_BOOL, .offset = AT(role.quiet), .fallback = "false",
      .help = "Say nothing but warnings and errors, and the address" },
    { .name = NULL },
};
/* clang-format on */

enum { WAIT_MS = 50 };

static bool announce(const LabelOptions *o, const RoleSession *s, const WebServer *server, Err *err)
{
    Str out = { 0 };
    str_printf(&out, "%s\n", web_server_address(server));
    bool ok = report_output(&out) == EXIT_DONE || err_set(err, ERR_IO, "the address could not be printed");
    str_clear(&out);
    if (ok && web_server_is_public(server))
        log_warn(
            &s->log,
            "the labeler can be reached from other machines at %s; whoever has this address can change masks",
            o->host);
    if (ok && o->open)
        browser_open(web_server_address(server)); /* where there is no screen, the address was printed */
    return ok;
}

static bool serve(const LabelOptions *o, const RoleSession *s, Label *label, Err *err)
{
    WebServer *server;
    WebConfig web = { .host = o->host,
                      .port = o->port,
                      .page = "label.html",
                      .routes = label_routes,
                      .route_count = label_route_count,
                      .user = label };
    if (!web_server_start(&server, &web, err))
        return false;
    bool ok = announce(o, s, server, err);
    while (ok && !label_finished(label) && !role_cancelled(&s->config))
        usleep(WAIT_MS * 1000);
    label_cancel(label);
    web_server_stop(server);
    size_t done = label_done_count(label), count = label_picture_count(label);
    if (ok && done < count && count > 1)
        log_info(&s->log, "%zu of %zu photos have a mask; the same command goes on", done, count);
    return ok && (!role_cancelled(&s->config) || done == count ||
                  err_set(err, ERR_CANCELLED, "ended before a mask was saved"));
}

/* The address is printed when the page can be seen, so nothing is left for the end. */
static bool label_photos(const void *options, CommandWork *work, Err *err)
{
    const LabelOptions *o = options;
    (void)work;
    RoleSession s = { 0 };
    Label *label = NULL;
    bool ok = role_session_begin(&s, &o->role, err);
    LabelConfig config = { .places = { .image = o->image,
                                       .output = o->output,
                                       .output_dir = o->output_dir,
                                       .suffix = o->suffix },
                           .role = &s.config,
                           .once = o->once };
    interrupt_set_notice("\nfacet: stopping\n");
    ok = ok && segmenter_options_choose(&config.segmenter, &o->segmenter, &s.config, err) &&
         label_open(&label, &config, err) && serve(o, &s, label, err);
    label_close(label);
    role_session_end(&s);
    return ok;
}

int cmd_label(int argc, char *const *argv)
{
    LabelOptions o = { 0 };
    return command_act("label", &o, 0, label_photos, argc, argv);
}
