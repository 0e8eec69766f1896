#include "cli/role_options.h"

#include "base/pool.h"
#include "cli/interrupt.h"

#include <unistd.h>

bool role_session_begin(RoleSession *s, const RoleOptions *options, Err *err)
{
    ProgressStyle style = progress_style(STDERR_FILENO, options->quiet, LOG_TEXT);
    *s = (RoleSession){ .view = progress_open(&style),
                        .jobs = options->jobs > 0 ? options->jobs : pool_cpus() };
    if (!s->view)
        return err_set(err, ERR_NOMEM, "no memory to begin");
    s->log = progress_log(s->view);
    s->config = (RoleConfig){
        .cache_dir = options->cache_dir, .log = &s->log, .cancel = interrupt_watch(), .threads = s->jobs
    };
    return true;
}

void role_session_end(RoleSession *s)
{
    progress_close(s->view);
    *s = (RoleSession){ 0 };
}
