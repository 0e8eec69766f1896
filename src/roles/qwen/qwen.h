/* roles/qwen/qwen.h: the roles that Qwen-Image-Edit plays: it edits, and with a LoRA it walks around the object. */
#ifndef FACET_ROLES_QWEN_QWEN_H
#define FACET_ROLES_QWEN_QWEN_H

#include "roles/editor.h"
#include "roles/qwen/edit.h"
#include "roles/views.h"

/* The editor of cfg->model_path. */
extern const Editor editor_qwen;
/* Prompts of the Multiple-Angles LoRA on Qwen-Image-Edit-2511: 8 views, 4 elevations, 3 distances. */
extern const Views views_qwen_multicamera;

/* cfg->qwen, or the default. */
const QwenSettings *qwen_settings(const RoleConfig *cfg);
/* Open what cfg->model_path names with cfg->qwen. Errors as qwen_edit_open(). */
bool qwen_open_editor(QwenEdit **out, const RoleConfig *cfg, Err *err) __attribute__((warn_unused_result));
/* A request with steps, scale and areas as the settings have them; everything else is empty. */
QwenEditRequest qwen_request(const QwenSettings *s, const char *negative_prompt);

/* What of cfg a result depends on, but for LoRA files. */
void qwen_describe(const RoleConfig *cfg, const char *model, const TextList *loras, Str *out);

#endif
