/* roles/role.h: what every role is told when it opens. */
#ifndef FACET_ROLES_ROLE_H
#define FACET_ROLES_ROLE_H

#include "base/err.h"
#include "base/log.h"
#include "roles/qwen_settings.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Which implementations may be chosen for a role: the real models where their files are found, never, or only
 * those. */
typedef enum { ENGINE_AUTO, ENGINE_EMBEDDED, ENGINE_NATIVE } Engine;

/* Borrowed by the role from open to close. Texts are NULL when not given. */
typedef struct {
    const char *cache_dir;
    const char *model_path;   /* editor: Qwen-Image-Edit folder or Hugging Face name */
    const QwenSettings *qwen; /* NULL: qwen_settings_default */
    bool
        tentative; /* nobody asked for this implementation: it is taken only where nothing that it needs for good results is missing */
    const char *sam_type, *sam_ckpt, *sam2_config, *sam2_ckpt;
    bool persam_training; /* learn the weights of the reference's masks first */
    double persam_lr;
    int persam_epochs, persam_log_epoch;
    const char *ollama_model;
    const char *ollama_host; /* NULL: OLLAMA_HOST, then http://127.0.0.1:11434 */
    const Log *log;
    const atomic_bool *cancel; /* true: stop soon with ERR_CANCELLED; may be NULL */
    int threads;               /* that one call may use by itself */
} RoleConfig;

static inline bool role_cancelled(const RoleConfig *cfg)
{
    return cfg->cancel && atomic_load(cfg->cancel);
}

#endif
