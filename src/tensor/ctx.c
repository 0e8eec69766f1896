/* ctx.c: the context of operations: its backend, its error, its arena. */
#include "tensor/backend.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

enum { ARENA_CHUNK = 64 << 20, ARENA_ALIGN = 64 };

static const Backend *const backends[] = { &cpu_backend, &plain_backend };

/* A missing operation is an error at open, not in the middle of a pass. */
static const char *missing_op(const Backend *b)
{
#define CHECK(op, args) \
    if (!b->op)         \
        return #op;
    BACKEND_OPS(CHECK)
#undef CHECK
    return NULL;
}

OpCtx *op_open(const OpOptions *o, Err *err)
{
    const char *name = o->backend ? o->backend : "cpu";
    const char *variant = strchrnul(name, ':');
    const Backend *b = NULL;
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
        if (strlen(backends[i]->name) == (size_t)(variant - name) &&
            !memcmp(backends[i]->name, name, (size_t)(variant - name)))
            b = backends[i];
    if (!b) {
        err_set(err, ERR_USAGE, "there is no tensor backend named \"%s\"; there are cpu and plain", name);
        return NULL;
    }
    if (missing_op(b)) {
        err_set(err, ERR_INTERNAL, "the tensor backend %s has no %s", name, missing_op(b));
        return NULL;
    }
    OpCtx *c = calloc(1, sizeof *c);
    if (!c) {
        err_set(err, ERR_NOMEM, "out of memory opening the tensor backend %s", name);
        return NULL;
    }
    c->backend = b;
    c->threads = o->threads > 0 ? o->threads : pool_cpus();
    c->limit = o->memory_limit ? o->memory_limit : SIZE_MAX;
    if (!b->open(c, *variant ? variant + 1 : variant, err)) {
        free(c);
        return NULL;
    }
    return c;
}

void op_close(OpCtx *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->chunk_count; i++)
        c->backend->release(c, c->chunks[i].data, c->chunks[i].bytes);
    free(c->chunks);
    c->backend->close(c);
    free(c);
}

bool op_finish(OpCtx *c, Err *err)
{
    Err device = { 0 };
    if (!c->backend->wait(c, &device) && op_ok(c))
        c->err = device;
    if (op_ok(c))
        return true;
    *err = c->err;
    err_clear(&c->err);
    return false;
}

bool op_ok(const OpCtx *c)
{
    return c->err.kind == ERR_NONE;
}

int op_threads(const OpCtx *c)
{
    return c->threads;
}

Tensor op_fail(OpCtx *c, ErrKind kind, const char *fmt, ...)
{
    if (op_ok(c)) {
        char msg[sizeof c->err.msg];
        va_list args;
        va_start(args, fmt);
        vsnprintf(msg, sizeof msg, fmt, args);
        va_end(args);
        err_set(&c->err, kind, "%s", msg);
    }
    return (Tensor){ 0 };
}

Tensor op_misfit(OpCtx *c, const char *op, const char *why, const Tensor *args, int count)
{
    char all[512], one[128];
    size_t at = 0;
    all[0] = 0;
    for (int i = 0; i < count && at < sizeof all; i++)
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i ? i == count - 1 ? " and " : ", " : "",
                               tensor_describe(args[i], one, sizeof one));
    return op_fail(c, ERR_INTERNAL, "%s: %s: %s", op, all, why);
}

bool op_ready(OpCtx *c, const char *op, const Tensor *args, int count)
{
    if (!op_ok(c))
        return false;
    for (int i = 0; i < count; i++)
        if (args[i].dtype != DTYPE_F32) {
            op_misfit(c, op, tensor_is(args[i]) ? "not an activation" : "an argument is empty", args, count);
            return false;
        }
    return true;
}

/* ---- arena ---- */

ArenaMark op_mark(const OpCtx *c)
{
    return (ArenaMark){ c->chunk, c->used };
}

void op_reset(OpCtx *c, ArenaMark mark)
{
    while (c->chunk > mark.chunk)
        c->full -= c->chunks[--c->chunk].bytes;
    c->used = mark.used;
}

static bool add_chunk(OpCtx *c, size_t bytes)
{
    size_t owned = 0;
    for (size_t i = 0; i < c->chunk_count; i++)
        owned += c->chunks[i].bytes;
    size_t left = c->limit - owned, size = bytes > ARENA_CHUNK ? bytes : ARENA_CHUNK;
    if (bytes > left)
        return false;
    if (size > left)
        size = left;
    ArenaChunk *chunks = realloc(c->chunks, (c->chunk_count + 1) * sizeof *chunks);
    if (!chunks)
        return false;
    c->chunks = chunks;
    void *p = c->backend->alloc(c, size);
    if (!p)
        return false;
    chunks[c->chunk_count++] = (ArenaChunk){ p, size };
    return true;
}

void *op_alloc(OpCtx *c, size_t bytes)
{
    if (!op_ok(c))
        return NULL;
    size_t need = bytes + ARENA_ALIGN - 1 - (bytes + ARENA_ALIGN - 1) % ARENA_ALIGN;
    if (need == 0) /* an empty tensor has an address as well */
        need = ARENA_ALIGN;
    bool wraps = bytes > SIZE_MAX - ARENA_ALIGN;
    while (!wraps && (c->chunk == c->chunk_count || c->chunks[c->chunk].bytes - c->used < need)) {
        /* On to the next chunk, where there is one; what is left of this one stays unused. */
        if (c->chunk < c->chunk_count) {
            c->full += c->chunks[c->chunk++].bytes;
            c->used = 0;
        } else if (!add_chunk(c, need)) {
            wraps = true;
        }
    }
    if (wraps) {
        op_fail(c, ERR_NOMEM, "out of memory: %zu bytes for a result, with %zu in use%s", bytes,
                c->full + c->used, c->limit == SIZE_MAX ? "" : " and a limit set");
        return NULL;
    }
    void *p = (char *)c->chunks[c->chunk].data + c->used;
    c->used += need;
    if (c->full + c->used > c->peak)
        c->peak = c->full + c->used;
    return p;
}

Tensor op_reset_keep(OpCtx *c, ArenaMark mark, Tensor x)
{
    op_reset(c, mark);
    if (!op_ok(c) || !tensor_is(x))
        return (Tensor){ 0 };
    void *to = op_alloc(c, tensor_bytes(x));
    if (!to)
        return (Tensor){ 0 };
    if (to != x.data && tensor_bytes(x))
        c->backend->move(c, to, x.data, tensor_bytes(x));
    x.data = to;
    return x;
}

size_t op_peak(const OpCtx *c)
{
    return c->peak;
}
