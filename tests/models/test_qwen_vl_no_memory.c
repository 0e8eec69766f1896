/* Each allocation of Qwen2.5-VL fails once: an error that says so, and nothing is lost. */
#include "qwen_vl_cases.h"

#include "../no_memory.h"
#include "models/qwen_vl/qwen_vl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

typedef struct {
    const char *folder;
    const QwenVlRun *run;
} Job;

static bool answer(OpCtx *c, const QwenVl *m, const QwenVlRun *run, const QwenVlView *view, Err *err)
{
    QwenVlPrompt p;
    QwenVlAnswer a;
    int32_t out[2];
    QwenVlGeneration g = { .max_tokens = 2, .sampling = { 1, 0.9f }, .stop = out, .stop_count = 0 };
    if (!qwen_vl_prompt_init(&p, qwen_vl_config(m), run->prompt, run->prompt_tokens, view->grids, view->count,
                             err))
        return false;
    bool ok = qwen_vl_answer(c, m, &p, qwen_vl_look(c, m, view), &g, out, &a, err);
    qwen_vl_prompt_clear(&p);
    return ok;
}

static bool look_and_answer(const QwenVl *m, const QwenVlRun *run, Err *err)
{
    GoldenTensor u8 = golden_find(run->in, "resized_u8_0"), other = golden_find(run->in, "resized_u8_1");
    QwenVlPicture pictures[] = { { u8.data, u8.dim[1], u8.dim[0] },
                                 { other.data, other.dim[1], other.dim[0] } };
    QwenVlView view;
    if (!qwen_vl_view_init(&view, m, pictures, 2, err))
        return false;
    OpCtx *c = op_open(&(OpOptions){ .threads = 1 }, err);
    bool ok = c && answer(c, m, run, &view, err);
    op_close(c);
    qwen_vl_view_clear(&view);
    return ok;
}

static bool everything(void *user, Err *err)
{
    const Job *job = user;
    QwenVl *m;
    if (!qwen_vl_open(&m, job->folder, err))
        return false;
    bool ok = look_and_answer(m, job->run, err);
    qwen_vl_close(m);
    return ok;
}

static void check(const QwenVlRun *run)
{
    if (run->pictures < 2)
        return;
    char *folder = qwen_file("text_encoder/text_encoder");
    memory_fail_each(everything, &(Job){ folder, run });
    free(folder);
}

static void every_lack_of_memory_is_an_error_and_no_more(void **state)
{
    (void)state;
    qwen_vl_each_run(check);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_lack_of_memory_is_an_error_and_no_more) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
