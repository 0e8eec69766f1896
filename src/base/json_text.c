#include "base/json_text.h"

#include "base/file.h"

#include <stdlib.h>

json_t *json_text_object(const char *text, size_t size, size_t flags, const char *name, Err *err)
{
    json_error_t why = { 0 };
    json_t *root = json_loadb(text, size, flags, &why);
    if (json_is_object(root))
        return root;
    /* jansson says nothing where memory runs out. */
    if (!root && (!why.text[0] || json_error_code(&why) == json_error_out_of_memory))
        err_set(err, ERR_NOMEM, "%s: no memory to read it", name);
    else
        err_set(err, ERR_INPUT, "%s: line %d: this is no JSON object: %s", name, root ? 1 : why.line,
                root ? "another value" : why.text);
    json_decref(root);
    return NULL;
}

json_t *json_file_object(const char *path, size_t max_bytes, size_t flags, Err *err)
{
    uint8_t *text;
    size_t size;
    if (!file_read(path, max_bytes, &text, &size, err))
        return NULL;
    json_t *root = json_text_object((const char *)text, size, flags, path, err);
    free(text);
    return root;
}
