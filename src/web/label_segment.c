#include "web/label_segment.h"

#include "web/label_prompt.h"
#include "web/mask_runs.h"

void label_answer_state(LabelWorker *w, uint64_t picture, WebAnswer *a)
{
    static const char *const names[] = { [LOOK_WAITING] = "waiting",
                                         [LOOK_WORKING] = "working",
                                         [LOOK_READY] = "ready",
                                         [LOOK_FAILED] = "failed" };
    Err why = { 0 };
    LookState state = w ? label_worker_state(w, picture, &why) : LOOK_READY;
    web_answer_json(a, json_pack("{s:s, s:s?}", "state", names[state], "error", why.kind ? why.msg : NULL));
}

static void answer_masks(const SegmenterAnswer *s, WebAnswer *a)
{
    Str out = { 0 };
    str_printf(&out, "{\"best\": %zu, \"masks\": [", s->best);
    for (size_t i = 0; i < s->count; i++) {
        str_printf(&out, "%s{\"score\": %.4f, \"runs\": ", i ? ", " : "", (double)s->score[i]);
        mask_runs_json(&out, &s->mask[i]);
        str_add_char(&out, '}');
    }
    str_add(&out, "]}");
    size_t size = out.len;
    char *text = str_take(&out);
    if (text)
        web_answer_bytes(a, "application/json", text, size);
    else
        web_answer_error(a, 500, "no memory to send the masks");
}

void label_answer_segment(LabelWorker *w, uint64_t picture, int width, int height, const WebRequest *r,
                          WebAnswer *a)
{
    json_t *body = web_request_json(r, a);
    LabelPrompt prompt;
    Err err = { 0 };
    if (!body)
        return;
    if (!w)
        web_answer_error(a, 409, "there is no segmenter; draw the mask by hand");
    else if (label_prompt_read(&prompt, body, width, height, &err)) {
        SegmenterAnswer answer = { 0 };
        if (label_worker_segment(w, picture, &prompt.prompt, prompt.question, &answer, &err))
            answer_masks(&answer, a);
        segmenter_answer_clear(&answer);
        label_prompt_clear(&prompt);
    }
    if (err.kind)
        web_answer_err(a, &err);
    json_decref(body);
}
