/* Each allocation of the writer that asks Qwen2.5-VL fails once: an error that says so, and nothing is lost. */
#include "../no_memory.h"
#include "../support.h"
#include "../temp.h"

#include "roles/interview.h"
#include "roles/qwen_vl/chat.h"
#include "roles/qwen_vl/files.h"

#include <unistd.h>

/* ---- asking ---------------------------------------------------------------------------------------- */

static bool answer(void *user, const InterviewQuestion *q, Str *text, Err *err)
{
    int *asked = user;
    str_printf(text, "<prompt>Scene %d</prompt><prompt>Scene %d</prompt><classes>mug.table</classes>",
               *asked / 2, *asked + 7);
    ++*asked;
    return (!text->failed && q->count > 0) || err_set(err, ERR_NOMEM, "no memory");
}

static bool ask(bool alone, Err *err)
{
    int asked = 0;
    Written out = { 0 };
    WriterRequest req = {
        .object_name = "mug", .system_prompt = "Write.", .project_info = "A kitchen.", .count = 7
    };
    Interview v = { .who = "The model",
                    .remedy = "ask another",
                    .batch = 2,
                    .each_alone = alone,
                    .answer = answer,
                    .user = &asked };
    bool ok = interview(&v, &req, 4096, &out, err);
    if (ok)
        assert_int_equal(out.prompts.count, 7);
    written_clear(&out);
    return ok;
}

static bool ask_both_ways(void *user, Err *err)
{
    (void)user;
    return ask(false, err) && ask(true, err);
}

static void an_interview_says_that_memory_ran_out(void **state)
{
    (void)state;
    memory_fail_each(ask_both_ways, NULL);
}

/* ---- answering ------------------------------------------------------------------------------------- */

typedef struct {
    RoleConfig cfg;
    Image photo;
} Job;

static bool look_and_answer(QwenChat *chat, const Job *job, Err *err)
{
    Str text = { 0 };
    ChatMessage question = { "user", "Hello" };
    bool ok = qwen_chat_see(chat, &job->photo, err) &&
              qwen_chat_answer(chat, &question, 1, &(QwenChatLimits){ .max_tokens = 2, .min_tokens = 2 },
                               &text, err);
    str_clear(&text);
    return ok;
}

static bool find_open_and_answer(void *user, Err *err)
{
    const Job *job = user;
    QwenVlFiles files;
    QwenChat *chat = NULL;
    bool ok = qwen_vl_files_find(&files, &job->cfg, err) &&
              qwen_chat_open(&chat, &(QwenChatOptions){ files.text_encoder, files.folder, 1 }, err) &&
              look_and_answer(chat, job, err);
    qwen_chat_close(chat);
    qwen_vl_files_clear(&files);
    return ok;
}

static void link_in(void **state, const char *from, const char *to)
{
    char *root = golden_folder("qwen", 0), *target = path_join(root, from);
    assert_int_equal(symlink(target, temp_path(state, to)), 0);
    free(target);
    free(root);
}

static void a_chat_says_that_memory_ran_out(void **state)
{
    Job job = { .cfg.model_path = ((Temp *)*state)->path };
    Err err = { 0 };
    link_in(state, "text_encoder/text_encoder", "text_encoder");
    link_in(state, "tokenizer/tokenizer", "tokenizer");
    temp_write(temp_path(state, "model_index.json"),
               "{\"text_encoder\": [\"transformers\", \"Qwen2_5_VLForConditionalGeneration\"]}");
    assert_ok(image_init(&job.photo, 16, 16, 3, &err));
    memory_fail_each(find_open_and_answer, &job);
    image_clear(&job.photo);
}

/* The allocations of jansson are not watched: json_loadb() of version 2.14 does not survive each of them failing. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interview_says_that_memory_ran_out),
        temp_test(a_chat_says_that_memory_ran_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
