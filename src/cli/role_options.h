/* cli/role_options.h: what the commands that open one role have in common. */
#ifndef FACET_CLI_ROLE_OPTIONS_H
#define FACET_CLI_ROLE_OPTIONS_H

#include "cli/options.h"
#include "cli/progress_view.h"
#include "roles/registry.h"

typedef struct {
    Engine engine;
    char *cache_dir;
    int jobs;
    bool quiet;
} RoleOptions;

/* Their rows, for the member `role` of an options struct `T`. */
#define ROLE_OPTION_ROWS(T)                                                                        \
    { .group = "Models",                                                                           \
      .name = "engine",                                                                            \
      .type = OPT_CHOICE,                                                                          \
      .offset = offsetof(T, role.engine),                                                          \
      .fallback = "auto",                                                                          \
      .choices = "auto|embedded|native",                                                           \
      .help = "Which implementations auto may choose" },                                           \
        { .name = "cache_dir",                                                                     \
          .type = OPT_PATH,                                                                        \
          .offset = offsetof(T, role.cache_dir),                                                   \
          .value = "DIR",                                                                          \
          .help = "Folder of models; without it only what is built in is used" },                  \
        { .name = "jobs",                                                                          \
          .type = OPT_INT,                                                                         \
          .offset = offsetof(T, role.jobs),                                                        \
          .fallback = "0",                                                                         \
          .min = 0,                                                                                \
          .max = 1024,                                                                             \
          .help = "Threads; 0 is one a processor. The results do not depend on it" },              \
    {                                                                                              \
        .name = "quiet", .type = OPT_BOOL, .offset = offsetof(T, role.quiet), .fallback = "false", \
        .help = "Say nothing but warnings and errors"                                              \
    }

/* Messages go to standard error and Ctrl-C is heeded from begin to end. Start it as {0}. */
typedef struct {
    ProgressView *view;
    Log log;
    RoleConfig config; /* the caller adds what only its role needs */
    int jobs;
} RoleSession;

bool role_session_begin(RoleSession *s, const RoleOptions *options, Err *err)
    __attribute__((warn_unused_result));
void role_session_end(RoleSession *s);

#endif
