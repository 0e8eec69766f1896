/* roles/qwen_vl/qwen_vl.h: the writer that asks the text encoder of the editor's own model. */
#ifndef FACET_ROLES_QWEN_VL_QWEN_VL_H
#define FACET_ROLES_QWEN_VL_QWEN_VL_H

#include "roles/writer.h"

extern const Writer writer_qwen_vl;

#endif
