/* roles/registry.h: who can play which role, and who does. */
#ifndef FACET_ROLES_REGISTRY_H
#define FACET_ROLES_REGISTRY_H

#include "roles/annotator.h"
#include "roles/editor.h"
#include "roles/segmenter.h"
#include "roles/views.h"
#include "roles/writer.h"

/* NULL where a run has no use for the role. */
typedef struct {
    const Editor *editor;
    const Views *views;
    const Writer *writer;
    const Annotator *annotator;
} RoleSet;

/* Names as the command line takes them, "auto" or NULL for "what the engine allows". */
typedef struct {
    Engine engine;
    const char *editor, *views, *writer, *annotator;
    bool need_editor, need_views, need_writer, need_annotator;
} RoleWish;

/* Choose an implementation for each role needed. A name is taken by its word: when its files are missing,
 * that is the error. "auto" takes the first native one whose files are there, else the embedded one, and
 * tells the log which. ERR_USAGE: no such name, or the embedded annotator with an editor that records
 * nothing; ERR_MISSING: files. */
bool registry_choose(RoleSet *out, const RoleWish *wish, const RoleConfig *cfg, Err *err)
    __attribute__((warn_unused_result));

/* The segmenter of that name: "sam", "sam2", "grabcut". "auto" or NULL: the one whose checkpoint cfg names, else the first
 * whose checkpoint is in the cache, else grabcut, which needs none; the log is told which. Errors as above; a checkpoint
 * that is named must be there. */
bool segmenter_choose(const Segmenter **out, const char *name, const RoleConfig *cfg, Err *err)
    __attribute__((warn_unused_result));

#endif
