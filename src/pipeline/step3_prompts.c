/* Step 3: descriptions of scenes. */
#include "pipeline/step.h"

#include "base/rng.h"
#include "text/builtin_prompts.h"
#include "text/prompt_file.h"
#include "vision/codec.h"

#include <stdlib.h>
#include <string.h>

#define FILE_PROMPTS      "prompts.txt"
#define FILE_CLASSES      "classes.txt"
#define FILE_CONVERSATION "conversation_history.txt"

typedef struct {
    Run *run;
    char *system_prompt, *project_info;
    char *prompts_path, *classes_path, *conversation_path;
    void *writer;
} Prompts;

static bool open_writer(void *user, Err *err)
{
    Prompts *s = user;
    return s->run->roles.writer->open(&s->writer, step_role_config(s->run, true), err);
}

static void close_writer(void *user)
{
    Prompts *s = user;
    s->run->roles.writer->close(s->writer);
}

static bool present(void *user, size_t index)
{
    (void)index;
    Prompts *s = user;
    Err err = { 0 };
    TextList prompts = { 0 }, classes = { 0 };
    /* A file that is empty or no text is none: it is written anew. */
    bool there = prompts_file_read(s->prompts_path, &prompts, &err) &&
                 classes_file_read(s->classes_path, &classes, &err);
    text_list_clear(&prompts);
    text_list_clear(&classes);
    return there;
}

static bool make(void *user, size_t index, int worker, Str *note, Err *err)
{
    (void)index, (void)worker, (void)note;
    Prompts *s = user;
    const RunConfig *cfg = s->run->cfg;
    WriterRequest req = {
        .object_name = cfg->object_name,
        .system_prompt = s->system_prompt,
        .project_info = s->project_info,
        .photo = &s->run->reference.photo,
        .count = (size_t)cfg->num_prompts,
        .seed = seed_derive(cfg->seed, "prompts", 0, 0, 0),
    };
    Written out = { 0 };
    const char *conversation;
    bool ok = s->run->roles.writer->write(s->writer, &req, &out, err);
    conversation = str_text(&out.conversation);
    /* prompts.txt last: where it is, the others are too. */
    ok = ok && file_write(s->conversation_path, conversation, strlen(conversation), err) &&
         classes_file_write(s->classes_path, &out.classes, err) &&
         prompts_file_write(s->prompts_path, &out.prompts, err);
    written_clear(&out);
    return ok;
}

/* A default file need not be there; one that was asked for must. */
static bool read_optional(char **text, const char *path, bool given, const char *otherwise, Err *err)
{
    if (!given && (!path || !path_exists(path))) {
        *text = strdup(otherwise);
        return *text || err_set(err, ERR_NOMEM, "no memory");
    }
    return text_file_read(path, text, err);
}

/* Both texts are the caller's, also on failure. */
static bool read_instructions(char **system_prompt, char **project_info, const RunConfig *cfg, Err *err)
{
    return read_optional(system_prompt, cfg->system_prompt_file, cfg->system_prompt_file_given,
                         builtin_system_prompt, err) &&
           read_optional(project_info, cfg->project_info_file, cfg->project_info_file_given, "", err);
}

static bool prepare(Prompts *s, Work *work, Err *err)
{
    Run *run = s->run;
    const RunConfig *cfg = run->cfg;
    s->prompts_path = step_path(run, FOLDER_PROMPTS, FILE_PROMPTS, err);
    s->classes_path = step_path(run, FOLDER_PROMPTS, FILE_CLASSES, err);
    s->conversation_path = step_path(run, FOLDER_PROMPTS, FILE_CONVERSATION, err);
    if (!s->prompts_path || !s->classes_path || !s->conversation_path ||
        !step_folder(run, FOLDER_PROMPTS, NULL, err) ||
        !read_instructions(&s->system_prompt, &s->project_info, cfg, err) || !work_alloc(work, 1, err))
        return false;
    work->items[0].name = strdup(FILE_PROMPTS);
    uint64_t key = key_text(key_text(cfg->seed, s->system_prompt), s->project_info);
    key = step_key_writer(run, key_text(key, cfg->object_name));
    if (run->roles.writer->sees_photo)
        key = key_image(key, &run->reference.photo);
    work->items[0].key = key_number(key, (uint64_t)cfg->num_prompts);
    return work->items[0].name || err_set(err, ERR_NOMEM, "no memory");
}

/* Prompts that were written for other settings, or mended by hand since, are not overwritten. */
static bool set_aside_others(Prompts *s, const Work *work, Err *err)
{
    TextList keep;
    bool ok = step_keep_items(s->run, work, 0, &keep, err) &&
              (keep.count || step_set_aside(s->run, FOLDER_PROMPTS, NULL, &keep, err));
    free(keep.text);
    return ok;
}

static bool to_state(Run *run, const char *field, const TextList *list, Err *err)
{
    json_t *a = json_array();
    for (size_t i = 0; a && i < list->count; i++)
        json_array_append_new(a, json_string(list->text[i]));
    return state_set(&run->state, field, a, err);
}

/* The files are what counts: a person may have mended a prompt in them. */
static bool fill_state(Prompts *s, Err *err)
{
    TextList prompts = { 0 }, classes = { 0 };
    bool ok = prompts_file_read(s->prompts_path, &prompts, err) &&
              classes_file_read(s->classes_path, &classes, err) &&
              to_state(s->run, "prompts", &prompts, err) && to_state(s->run, "classes", &classes, err);
    text_list_clear(&prompts);
    text_list_clear(&classes);
    return ok;
}

bool step3_prompts(Run *run, Err *err)
{
    Prompts s = { .run = run };
    Work work = { .step = 3,
                  .title = "Prompts",
                  .once = true, /* a writer asks its model again by itself */
                  .user = &s,
                  .open = open_writer,
                  .close = close_writer,
                  .present = present,
                  .make = make };
    bool ok = prepare(&s, &work, err) && set_aside_others(&s, &work, err) && step_work(run, &work, err);
    if (ok && work.failed) {
        const JournalEntry *e = journal_find(run->journal, 3, FILE_PROMPTS);
        ok = err_set(err, ERR_INPUT, "step 3: %s", e && e->error ? e->error : "no prompts could be written");
    }
    ok = ok && fill_state(&s, err);
    work_clear(&work);
    free(s.system_prompt);
    free(s.project_info);
    free(s.prompts_path);
    free(s.classes_path);
    free(s.conversation_path);
    return ok;
}

bool step3_reread(Run *run, Err *err)
{
    TextList prompts = { 0 };
    char *path = step_path(run, FOLDER_PROMPTS, FILE_PROMPTS, err);
    bool ok = path && (!path_exists(path) ||
                       (prompts_file_read(path, &prompts, err) && to_state(run, "prompts", &prompts, err)));
    text_list_clear(&prompts);
    free(path);
    return ok;
}

bool step3_check(const RunConfig *cfg, Err *err)
{
    char *system_prompt = NULL, *project_info = NULL;
    bool ok = read_instructions(&system_prompt, &project_info, cfg, err);
    free(system_prompt);
    free(project_info);
    return ok;
}
