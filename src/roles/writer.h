/* roles/writer.h: the role that answers "N scene prompts for this project". */
#ifndef FACET_ROLES_WRITER_H
#define FACET_ROLES_WRITER_H

#include "base/str.h"
#include "base/text_list.h"
#include "roles/role.h"
#include "vision/image.h"

typedef struct {
    const char *object_name;
    const char *system_prompt; /* the text of --system_prompt_file; "" when there is none */
    const char *project_info;  /* the text of --project_info_file; "" when there is none */
    const Image *photo;        /* RGB, of the object; may be NULL or empty */
    size_t count;              /* prompts wanted, >= 1 */
    uint64_t seed;
    /* Told after each prompt, for progress; may be NULL. */
    void (*wrote)(void *user, size_t done, const char *prompt);
    void *user;
} WriterRequest;

/* Start it as {0}; clear with written_clear(). */
typedef struct {
    TextList prompts, classes;
    Str conversation; /* what goes into conversation_history.txt */
} Written;

void written_clear(Written *w);

typedef struct {
    const char *name;
    bool sees_photo; /* what it writes depends on request.photo */
    /* All of cfg that results depend on, as a text; NULL: nothing. */
    void (*describe)(const RoleConfig *cfg, Str *out);
    bool (*probe)(const RoleConfig *cfg, Err *err);
    bool (*open)(void **self, const RoleConfig *cfg, Err *err);
    /* On success exactly `count` prompts, each one line without line breaks, and at least one class. */
    bool (*write)(void *self, const WriterRequest *req, Written *out, Err *err);
    void (*close)(void *self);
} Writer;

#endif
