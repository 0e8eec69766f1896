#include "pipeline/state.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)1 << 30)

typedef enum { TEXT_OR_NULL, TEXT_LIST, OBJECT_LIST, STEP_LIST, ANYTHING } FieldType;

static const struct {
    const char *name;
    FieldType type;
} fields[] = {
    { "completed_steps", STEP_LIST },
    { "input_image", TEXT_OR_NULL },
    { "object_name", TEXT_OR_NULL },
    { "white_bg_image", TEXT_OR_NULL },
    { "perspective_generator", TEXT_OR_NULL },
    { "perspective_images", TEXT_LIST },
    { "perspective_view_info", OBJECT_LIST },
    { "prompts", TEXT_LIST },
    { "classes", TEXT_LIST },
    { "generated_images", TEXT_LIST },
    { "failed_images", OBJECT_LIST },
    { "qwen_combined_images_path", TEXT_OR_NULL },
    { "qwen_augmentation_summary", ANYTHING },
    { "failed_qwen_augmentations", OBJECT_LIST },
    { "yolo_dataset_path", TEXT_OR_NULL },
    { "annotation_summary", ANYTHING },
    { "cv_augmented_dataset_path", TEXT_OR_NULL },
    { "cv_augmentation_summary", ANYTHING },
    { "failed_cv_augmentations", OBJECT_LIST },
    { "adopted_images", TEXT_LIST },
};
enum { FIELDS = sizeof fields / sizeof *fields };

static bool is_list(FieldType t)
{
    return t == TEXT_LIST || t == OBJECT_LIST || t == STEP_LIST;
}

/* Does an entry of a list field have the field's type? */
static bool entry_fits(FieldType t, const json_t *v)
{
    if (t == TEXT_LIST)
        return json_is_string(v);
    if (t == OBJECT_LIST)
        return json_is_object(v);
    return json_is_integer(v) && json_integer_value(v) >= STEP_FIRST && json_integer_value(v) <= STEP_LAST;
}

/* NULL when the value fits, else what is expected. */
static const char *misfit(FieldType t, const json_t *v)
{
    static const char *const expected[] = { "a text or null", "a list of texts", "a list of objects",
                                            "a list of step numbers 1 to 7", "" };
    if (t == ANYTHING)
        return NULL;
    if (t == TEXT_OR_NULL)
        return json_is_string(v) || json_is_null(v) ? NULL : expected[t];
    if (!json_is_array(v))
        return expected[t];
    size_t i;
    json_t *entry;
    json_array_foreach(v, i, entry) if (!entry_fits(t, entry)) return expected[t];
    return NULL;
}

/* Give every known field that is missing its empty value. */
static bool complete(json_t *root)
{
    for (size_t i = 0; i < FIELDS; i++) {
        json_t *v = json_object_get(root, fields[i].name);
        if (!v || (is_list(fields[i].type) && json_is_null(v)))
            if (json_object_set_new(root, fields[i].name,
                                    is_list(fields[i].type) ? json_array() : json_null()))
                return false;
    }
    return json_object_set_new(root, "state_version", json_integer(STATE_VERSION)) == 0;
}

static const char remedy[] = "mend it, or move it away: the run then goes on from journal.jsonl";

static bool check_version(const json_t *root, const char *path, Err *err)
{
    const json_t *v = json_object_get(root, "state_version");
    json_int_t version = json_integer_value(v);
    if (v && version < 1)
        return err_set(err, ERR_INPUT, "%s: the field \"state_version\" is no number above 0; %s", path,
                       remedy);
    return version <= STATE_VERSION ||
           err_set(
               err, ERR_STATE,
               "%s: was written by a newer facet (state version %lld, this one knows %d); use that version",
               path, (long long)version, STATE_VERSION);
}

static bool check_fields(const json_t *root, const char *path, Err *err)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const char *expected = misfit(fields[i].type, json_object_get(root, fields[i].name));
        if (expected)
            return err_set(err, ERR_INPUT, "%s: the field \"%s\" is not %s; %s", path, fields[i].name,
                           expected, remedy);
    }
    return true;
}

bool state_init(State *s, Err *err)
{
    s->root = json_object();
    if (s->root && complete(s->root))
        return true;
    state_clear(s);
    return err_set(err, ERR_NOMEM, "no memory for the pipeline state");
}

bool state_load(State *s, const char *path, Err *err)
{
    *s = (State){ 0 };
    uint8_t *data;
    size_t size;
    if (!file_read(path, MAX_BYTES, &data, &size, err))
        return false;
    json_error_t why;
    s->root = json_loadb((char *)data, size, 0, &why);
    free(data);
    if (!json_is_object(s->root)) {
        err_set(err, ERR_INPUT, "%s: is damaged or no pipeline state (line %d: %s); %s", path,
                s->root ? 1 : why.line, s->root ? "no object" : why.text, remedy);
        state_clear(s);
        return false;
    }
    s->foreign = !json_object_get(s->root, "state_version");
    if (!check_version(s->root, path, err) || !complete(s->root) || !check_fields(s->root, path, err)) {
        if (err->kind == ERR_NONE)
            err_set(err, ERR_NOMEM, "%s: no memory to read it", path);
        state_clear(s);
        return false;
    }
    return true;
}

bool state_save(const State *s, const char *path, Err *err)
{
    char *text = json_dumps(s->root, JSON_INDENT(2));
    if (!text)
        return err_set(err, ERR_NOMEM, "%s: no memory to write it", path);
    bool ok = file_write(path, text, strlen(text), err);
    free(text);
    return ok;
}

void state_clear(State *s)
{
    json_decref(s->root);
    *s = (State){ 0 };
}

bool state_completed(const State *s, int step)
{
    size_t i;
    json_t *v;
    json_array_foreach(state_list(s, "completed_steps"), i, v) if (json_integer_value(v) == step) return true;
    return false;
}

void state_set_completed(State *s, int step, bool completed)
{
    json_t *list = state_list(s, "completed_steps");
    for (size_t i = json_array_size(list); i-- > 0;)
        if (json_integer_value(json_array_get(list, i)) == step)
            json_array_remove(list, i);
    if (!completed)
        return;
    size_t at = 0;
    while (at < json_array_size(list) && json_integer_value(json_array_get(list, at)) < step)
        at++;
    json_array_insert_new(list, at, json_integer(step));
}

void state_reset_from(State *s, int step)
{
    for (int i = step; i <= STEP_LAST; i++)
        state_set_completed(s, i, false);
}

const char *state_text(const State *s, const char *field)
{
    return json_string_value(json_object_get(s->root, field));
}

bool state_set_text(State *s, const char *field, const char *text, Err *err)
{
    return state_set(s, field, text ? json_string(text) : json_null(), err);
}

json_t *state_list(const State *s, const char *field)
{
    return json_object_get(s->root, field);
}

size_t state_summary_number(const State *s, const char *summary, const char *field)
{
    json_int_t n = json_integer_value(json_object_get(json_object_get(s->root, summary), field));
    return n > 0 ? (size_t)n : 0;
}

bool state_set(State *s, const char *field, json_t *value, Err *err)
{
    if (value && json_object_set_new(s->root, field, value) == 0)
        return true;
    return err_set(err, ERR_NOMEM, "no memory for the state's field %s", field);
}
