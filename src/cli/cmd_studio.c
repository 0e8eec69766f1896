/* cmd_studio.c: facet studio. */
#include "cli/cmd.h"

#include "base/str.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/segmenter_options.h"
#include "web/browser.h"
#include "web/server.h"
#include "web/studio.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
    RoleOptions role;
    SegmenterOptions segmenter;
    char *working_dir, *host;
    int port;
    bool no_open;
} StudioOptions;

#define AT(field) offsetof(StudioOptions, field)

/* clang-format off */
const Option cmd_studio_options[] = {
    { .group = "Options", .name = "working_dir", .type = OPT_PATH, .offset = AT(working_dir), .fallback = "./executions", .value = "DIR",
      .help = "Folder that holds the executions, as facet run has it" },
    { .name = "port", .type = OPT_INT, .offset = AT(port), .fallback = "8377", .min = 0, .max = 65535,
      .help = "Port of the page; 0 takes a free one" },
    { .name = "host", .type = OPT_TEXT, .offset = AT(host), .fallback = "127.0.0.1", .value = "NAME",
      .help = "Address to listen at. With any but this machine's own, everybody who has the printed address may look and decide" },
    { .name = "no_open", .type = OPT_BOOL, .offset = AT(no_open), .fallback = "false", .help = "Do not open the browser" },
    SEGMENTER_OPTION_ROWS(StudioOptions),
    { .name = NULL },
};
/* clang-format on */

/* Tell where the page is, and serve it until somebody presses Ctrl-C. */
static int serve(const StudioOptions *o, WebServer *server)
{
    Str out = { 0 };
    str_printf(&out, "%s\n", web_server_address(server));
    const atomic_bool *stop = interrupt_watch();
    interrupt_set_notice("\nfacet: stopping\n");
    int code = report_output(&out);
    if (web_server_is_public(server))
        report_note("other machines can reach this page; whoever has its address may look and decide");
    if (!o->no_open && !browser_open(web_server_address(server)))
        report_note("open this address in a browser; Ctrl-C ends the studio");
    while (code == EXIT_DONE && !atomic_load(stop))
        usleep(100000);
    return code;
}

static int run_studio(const StudioOptions *o)
{
    char program[PATH_MAX];
    Err err = { 0 };
    RoleSession s = { 0 };
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = '\0';
    StudioConfig config = { .working_dir = o->working_dir, .program = program, .role = &s.config };
    Studio *studio = role_session_begin(&s, &o->role, &err) &&
                             segmenter_options_choose(&config.segmenter, &o->segmenter, &s.config, &err)
                         ? studio_open(&config, &err)
                         : NULL;
    WebConfig web = { .host = o->host, .port = o->port, .page = "studio.html", .user = studio };
    web.routes = studio_routes(&web.route_count);
    WebServer *server = NULL;
    int code = studio && web_server_start(&server, &web, &err) ? serve(o, server) : report_error(&err);
    if (studio)
        studio_stop(studio);
    web_server_stop(server);
    studio_close(studio);
    role_session_end(&s);
    return code;
}

int cmd_studio(int argc, char *const *argv)
{
    StudioOptions o = { .role = { .quiet = true } }; /* the page says who makes the masks */
    int code;
    if (command_options("studio", &o, NULL, argc, argv, &code))
        code = run_studio(&o);
    options_clear(cmd_studio_options, &o);
    return code;
}
