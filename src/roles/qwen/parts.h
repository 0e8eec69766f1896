/* roles/qwen/parts.h: the parts of a published Qwen-Image-Edit folder, each opened when it is wanted.
 *
 * Text encoder and transformer are what is large. Where memory does not hold both, opening one closes the other. */
#ifndef FACET_ROLES_QWEN_PARTS_H
#define FACET_ROLES_QWEN_PARTS_H

#include "base/log.h"
#include "models/qwen_image/scheduler.h"
#include "models/qwen_image/transformer.h"
#include "models/qwen_image/vae.h"
#include "models/qwen_vl/qwen_vl.h"
#include "roles/qwen/lora_file.h"
#include "text/qwen_tokenizer.h"

typedef struct {
    const char *folder;           /* with model_index.json */
    const char *scheduler_config; /* a file, or a folder with one; NULL: the folder's own */
    const char *transformer; /* other weights for it, a .gguf or .safetensors file; NULL: the folder's own */
    LoraFiles *loras;        /* for the transformer: taken, and left empty; may be NULL */
} QwenPartsOptions;

typedef struct {
    bool plus; /* QwenImageEditPlusPipeline: several pictures, each shown small to the text encoder */
    QwenTokenizer *tokenizer;
    QwenSchedulerConfig scheduler;
    QwenVae *vae;
    /* NULL while it is not open: ask the functions below. */
    QwenVl *text_encoder;
    QwenTransformer *transformer;
    bool together; /* both at a time */
    char *folder, *weights;
    LoraFiles loras;
} QwenParts;

/* Whether a folder holds a pipeline that edits, and all of its parts, without opening them. Errors as below. */
bool qwen_parts_probe(const char *folder, Err *err) __attribute__((warn_unused_result));

/* Open a folder. Every part is opened once, so that whatever does not fit is told before work begins. On failure *p is empty:
 * ERR_MISSING, ERR_INPUT (names the file and what is wrong with it), ERR_NOMEM. */
bool qwen_parts_open(QwenParts *p, const QwenPartsOptions *o, const Log *log, Err *err)
    __attribute__((warn_unused_result));
void qwen_parts_close(QwenParts *p);

/* Each NULL with *err set. Valid until the other one is asked for. */
const QwenVl *qwen_parts_text_encoder(QwenParts *p, Err *err);
const QwenTransformer *qwen_parts_transformer(QwenParts *p, Err *err);

#endif
