#include "roles/registry.h"

#include "base/str.h"
#include "roles/alpha.h"
#include "roles/grammar/grammar.h"
#include "roles/ollama/ollama.h"
#include "roles/persam_sam2/persam_sam2.h"
#include "roles/procedural/procedural.h"
#include "roles/qwen/qwen.h"
#include "roles/qwen_vl/qwen_vl.h"
#include "roles/relief/relief.h"
#include "roles/segmenters/segmenters.h"

#include <string.h>

/* Embedded needs nothing, native needs checkpoints, remote needs a server and is taken only by name or where
 * real models alone are wanted: a run must not depend on what happens to listen on a port. */
typedef enum { EMBEDDED, NATIVE, REMOTE } Kind;

/* One implementation, whatever its role. */
typedef struct {
    const char *name;
    bool (*probe)(const RoleConfig *cfg, Err *err);
    const void *role;
    Kind kind;
} Candidate;

enum { CANDIDATES_MAX = 4 };

/* The candidates for one role, the preferred one first. */
typedef struct {
    const char *flag; /* the option that names one */
    Candidate list[CANDIDATES_MAX];
    size_t count;
} Casting;

#define CANDIDATE(impl, kind_) ((Candidate){ (impl).name, (impl).probe, &(impl), kind_ })

static Casting editors(void)
{
    return (
        Casting){ "editor", { CANDIDATE(editor_qwen, NATIVE), CANDIDATE(editor_procedural, EMBEDDED) }, 2 };
}

static Casting views(void)
{
    return (Casting){ "perspective_generator",
                      { CANDIDATE(views_qwen_multicamera, NATIVE), CANDIDATE(views_relief, EMBEDDED) },
                      2 };
}

static Casting writers(void)
{
    return (Casting){ "prompt_generator",
                      { CANDIDATE(writer_qwen_vl, NATIVE), CANDIDATE(writer_grammar, EMBEDDED),
                        CANDIDATE(writer_ollama, REMOTE) },
                      3 };
}

static Casting annotators(void)
{
    return (Casting){ "annotator",
                      { CANDIDATE(annotator_persam_sam2, NATIVE), CANDIDATE(annotator_alpha, EMBEDDED) },
                      2 };
}

static Casting segmenters(void)
{
    return (Casting){ "segmenter",
                      { CANDIDATE(segmenter_sam, NATIVE), CANDIDATE(segmenter_sam2, NATIVE),
                        CANDIDATE(segmenter_grabcut, EMBEDDED) },
                      3 };
}

static void tell(const RoleConfig *cfg, const Casting *c, const Candidate *chosen)
{
    static const char *const what[] = { "built in, no model", "a model, from its checkpoint", "by a server" };
    log_info(cfg->log, "%s: %s (%s)", c->flag, chosen->name, what[chosen->kind]);
}

static bool no_such(const Casting *c, const char *name, Err *err)
{
    Str known = { 0 };
    for (size_t i = 0; i < c->count; i++)
        str_printf(&known, "%s%s", i ? ", " : "", c->list[i].name);
    err_set(err, ERR_USAGE, "--%s %s: this version of facet does not have it; it has %s", c->flag, name,
            str_text(&known));
    str_clear(&known);
    return false;
}

static bool by_name(const Casting *c, const char *name, const RoleConfig *cfg, const Candidate **chosen,
                    Err *err)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->list[i].name, name) == 0) {
            *chosen = &c->list[i];
            return c->list[i].probe(cfg, err) || err_prefix(err, "--%s %s: ", c->flag, name);
        }
    return no_such(c, name, err);
}

static bool allowed(Engine engine, Kind kind)
{
    return engine == ENGINE_AUTO     ? kind != REMOTE
           : engine == ENGINE_NATIVE ? kind != EMBEDDED
                                     : kind == EMBEDDED;
}

/* The first whose files are there. Where none may be taken, all that is missing is told. Files that are there and wrong are an
 * error: whoever put a model there does not want to find in the morning that it was not used. */
static bool by_engine(const Casting *c, Engine engine, const RoleConfig *cfg, const Candidate **chosen,
                      Err *err)
{
    Str missing = { 0 };
    RoleConfig asked = *cfg;
    asked.tentative = engine == ENGINE_AUTO;
    for (size_t i = 0; i < c->count; i++) {
        Err why = { 0 };
        if (!allowed(engine, c->list[i].kind))
            continue;
        if (c->list[i].probe(&asked, &why)) {
            *chosen = &c->list[i];
            str_clear(&missing);
            return true;
        }
        if (why.kind != ERR_MISSING) {
            str_clear(&missing);
            return err_set(err, why.kind, "--%s %s: %s; --engine embedded does without it", c->flag,
                           c->list[i].name, why.msg);
        }
        str_printf(&missing, "%s%s: %s", missing.len ? "; " : "", c->list[i].name, why.msg);
    }
    if (missing.len)
        err_set(err, ERR_MISSING, "--engine %s: nobody can play --%s: %s",
                engine == ENGINE_NATIVE ? "native" : "auto", c->flag, str_text(&missing));
    else
        err_set(
            err, ERR_USAGE,
            "--engine %s: this version of facet has nothing of that kind for --%s; name another with --%s, or use "
            "--engine auto",
            engine == ENGINE_NATIVE ? "native" : "embedded", c->flag, c->flag);
    str_clear(&missing);
    return false;
}

/* The implementation of a role that is needed. */
static bool cast(const void **role, bool needed, const Casting *c, const char *name, const RoleWish *wish,
                 const RoleConfig *cfg, Err *err)
{
    const Candidate *chosen = NULL;
    *role = NULL;
    if (!needed)
        return true;
    bool named = name && strcmp(name, "auto") != 0;
    if (!(named ? by_name(c, name, cfg, &chosen, err) : by_engine(c, wish->engine, cfg, &chosen, err)))
        return false;
    tell(cfg, c, chosen);
    *role = chosen->role;
    return true;
}

bool registry_choose(RoleSet *out, const RoleWish *wish, const RoleConfig *cfg, Err *err)
{
    Casting e = editors(), v = views(), w = writers(), a = annotators();
    const void *editor, *view, *writer, *annotator;
    *out = (RoleSet){ 0 };
    if (!cast(&editor, wish->need_editor, &e, wish->editor, wish, cfg, err) ||
        !cast(&view, wish->need_views, &v, wish->views, wish, cfg, err) ||
        !cast(&writer, wish->need_writer, &w, wish->writer, wish, cfg, err) ||
        !cast(&annotator, wish->need_annotator, &a, wish->annotator, wish, cfg, err))
        return false;
    *out = (RoleSet){ editor, view, writer, annotator };
    if (out->annotator && out->annotator->needs_alpha && out->editor && !out->editor->exact_alpha)
        return err_set(
            err, ERR_USAGE,
            "--annotator %s works from exact masks, and editor %s records none; use --annotator persam_sam2 "
            "or --editor procedural",
            out->annotator->name, out->editor->name);
    return true;
}

bool segmenter_choose(const Segmenter **out, const char *name, const RoleConfig *cfg, Err *err)
{
    Casting s = segmenters();
    const void *segmenter;
    const char *named = cfg->sam2_ckpt ? "sam2" : cfg->sam_ckpt ? "sam" : NULL;
    if (named && (!name || strcmp(name, "auto") == 0))
        name = named;
    bool ok = cast(&segmenter, true, &s, name, &(RoleWish){ .engine = ENGINE_AUTO }, cfg, err);
    *out = segmenter;
    return ok;
}
