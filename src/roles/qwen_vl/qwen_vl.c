#include "roles/qwen_vl/qwen_vl.h"

#include "base/rng.h"
#include "roles/interview.h"
#include "roles/qwen_vl/chat.h"
#include "roles/qwen_vl/files.h"

#include <stdlib.h>

enum {
    /* Prompts asked for at a time. Reading a question costs as much as writing 80 tokens (bench/README.md), and a model that
     * writes several at once varies them better; with many more, an answer that goes wrong costs too much. */
    BATCH = 5,
    /* A prompt of 70 words with its tags has about 105 tokens. */
    PROMPT_TOKENS_MAX = 130,
    /* Less is no description of a scene; a model that is not trained would often end at once. */
    PROMPT_TOKENS_MIN = 12,
    CLASSES_TOKENS_MAX = 128,
};

typedef struct {
    const RoleConfig *cfg;
    QwenVlFiles files;
    QwenChat *chat;
} QwenVlWriter;

/* One write(). */
typedef struct {
    QwenVlWriter *writer;
    uint64_t seed;
} Session;

static bool probe(const RoleConfig *cfg, Err *err)
{
    QwenVlFiles files;
    bool ok = qwen_vl_files_find(&files, cfg, err);
    qwen_vl_files_clear(&files);
    return ok;
}

static void describe(const RoleConfig *cfg, Str *out)
{
    str_add(out, cfg->model_path ? cfg->model_path : "");
}

static void close_writer(void *self)
{
    QwenVlWriter *w = self;
    if (!w)
        return;
    qwen_chat_close(w->chat);
    qwen_vl_files_clear(&w->files);
    free(w);
}

static bool open_writer(void **self, const RoleConfig *cfg, Err *err)
{
    QwenVlWriter *w = calloc(1, sizeof *w);
    *self = NULL;
    if (!w)
        return err_set(err, ERR_NOMEM, "no memory for a writer");
    w->cfg = cfg;
    if (!qwen_vl_files_find(&w->files, cfg, err) ||
        !qwen_chat_open(&w->chat, &(QwenChatOptions){ w->files.text_encoder, w->files.folder, cfg->threads },
                        err)) {
        close_writer(w);
        return false;
    }
    *self = w;
    return true;
}

static bool answer(void *user, const InterviewQuestion *q, Str *text, Err *err)
{
    Session *s = user;
    QwenVlWriter *w = s->writer;
    QwenChatLimits limits = { .min_tokens = PROMPT_TOKENS_MIN * q->wanted,
                              .max_tokens =
                                  q->wanted ? PROMPT_TOKENS_MAX * q->wanted : (size_t)CLASSES_TOKENS_MAX,
                              .seed = seed_derive(s->seed, "qwen_vl", q->turn, 0, 0),
                              .cancel = w->cfg->cancel };
    if (role_cancelled(w->cfg))
        return err_set(err, ERR_CANCELLED, "interrupted");
    return qwen_chat_answer(w->chat, q->messages, q->count, &limits, text, err) ||
           err_prefix(err, "%s: ", w->files.folder);
}

static bool write_prompts(void *self, const WriterRequest *req, Written *out, Err *err)
{
    QwenVlWriter *w = self;
    Session s = { .writer = w, .seed = req->seed };
    Str who = { 0 };
    size_t context_tokens;
    written_clear(out);
    if (!interview_tokens(&context_tokens, req, err) || !qwen_chat_see(w->chat, req->photo, err))
        return false;
    str_printf(&who, "Qwen2.5-VL in %s", w->files.folder);
    Interview v = { .who = str_text(&who),
                    .remedy = "name another --model_path, put more places into --project_info_file, or take "
                              "--prompt_generator grammar or a smaller --num_prompts",
                    .batch = BATCH,
                    .each_alone = true,
                    .photo = !image_empty(req->photo),
                    .answer = answer,
                    .user = &s,
                    .log = w->cfg->log };
    log_info(v.log, "%s writes %zu prompts; on a CPU that takes minutes each", v.who, req->count);
    bool ok = interview(&v, req, context_tokens, out, err);
    str_clear(&who);
    return ok;
}

const Writer writer_qwen_vl = {
    .name = "qwen_vl",
    .sees_photo = true,
    .describe = describe,
    .probe = probe,
    .open = open_writer,
    .write = write_prompts,
    .close = close_writer,
};
