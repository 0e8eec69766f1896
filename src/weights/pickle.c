#include "weights/pickle.h"

#include "base/byte_order.h"
#include "weights/complain.h"
#include "weights/pickle_call.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------------------------------- */

/* Values are never freed one by one: they lie in chunks that go all at once. */
typedef struct PickleChunk PickleChunk;
struct PickleChunk {
    PickleChunk *next;
    size_t used, size;
    _Alignas(16) uint8_t data[];
};

/* The values of the largest real checkpoints take a few megabytes. */
static const size_t max_memory = (size_t)1 << 28;
enum { CHUNK = 1 << 16 };

void *pickle_alloc(Pickle *p, size_t size, Err *err)
{
    /* What is left is a multiple of 16, so that rounding up does not pass it. */
    if (size > max_memory - p->memory_size) {
        complain_damaged(err, "its pickle needs more memory than any real one");
        return NULL;
    }
    size = (size + 15) & ~(size_t)15;
    PickleChunk *c = p->memory;
    if (!c || size > c->size - c->used) {
        size_t room = size > CHUNK ? size : CHUNK;
        c = calloc(1, sizeof *c + room);
        if (!c) {
            err_set(err, ERR_NOMEM, "no memory for its pickle");
            return NULL;
        }
        c->size = room;
        c->next = p->memory;
        p->memory = c;
    }
    void *out = c->data + c->used;
    c->used += size;
    p->memory_size += size;
    return out;
}

PickleValue *pickle_value(Pickle *p, PickleKind kind, Err *err)
{
    PickleValue *v = pickle_alloc(p, sizeof *v, err);
    if (v)
        v->kind = kind;
    return v;
}

/* Room for n more items. Room is doubled, so that what is left behind is never more than what is used. */
static bool reserve(Pickle *p, PickleItems *items, size_t n, Err *err)
{
    if (n <= items->cap - items->count)
        return true;
    size_t cap = items->count + n > 2 * items->cap ? items->count + n : 2 * items->cap;
    PickleValue **grown = pickle_alloc(p, cap * sizeof(PickleValue *), err);
    if (!grown)
        return false;
    if (items->count)
        memcpy(grown, items->item, items->count * sizeof(PickleValue *));
    items->item = grown;
    items->cap = cap;
    return true;
}

bool pickle_append(Pickle *p, PickleItems *to, PickleValue *v, Err *err)
{
    if (!reserve(p, to, 1, err))
        return false;
    to->item[to->count++] = v;
    return true;
}

void pickle_clear(Pickle *p)
{
    for (PickleChunk *c = p->memory; c;) {
        PickleChunk *next = c->next;
        free(c);
        c = next;
    }
    *p = (Pickle){ 0 };
}

/* ---- the machine -------------------------------------------------------------------------------- */

typedef struct {
    const uint8_t *data;
    size_t size, at;
    Pickle *out;
    PickleItems stack;
    /* Where in the stack the marks lie. What is below the last one is out of reach. */
    size_t *mark, marks, marks_cap;
    PickleValue **memo; /* NULL where nothing was put */
    size_t memo_cap, memo_count;
    bool stopped;
    Err *err;
} Machine;

/* The next n bytes; NULL with an error when the pickle ends before. */
static const uint8_t *next_bytes(Machine *m, uint64_t n)
{
    if (n > m->size - m->at) {
        if (m->size == PICKLE_MAX_SIZE)
            complain_damaged(m->err, "its pickle is longer than any real one");
        else
            complain_damaged(m->err, "its pickle ends before it is complete");
        return NULL;
    }
    const uint8_t *p = m->data + m->at;
    m->at += (size_t)n;
    return p;
}

/* A number of 1, 2, 4 or 8 bytes. */
static bool next_number(Machine *m, int bytes, uint64_t *out)
{
    const uint8_t *p = next_bytes(m, (uint64_t)bytes);
    if (!p)
        return false;
    *out = bytes == 1 ? p[0] : bytes == 2 ? load_le16(p) : bytes == 4 ? load_le32(p) : load_le64(p);
    return true;
}

static bool push(Machine *m, PickleValue *v)
{
    return v && pickle_append(m->out, &m->stack, v, m->err);
}

static PickleValue *push_kind(Machine *m, PickleKind kind)
{
    PickleValue *v = pickle_value(m->out, kind, m->err);
    return push(m, v) ? v : NULL;
}

static bool push_int(Machine *m, int64_t i)
{
    PickleValue *v = push_kind(m, PICKLE_INT);
    if (v)
        v->integer = i;
    return v != NULL;
}

static bool broken(Machine *m)
{
    return complain_damaged(m->err, "its pickle makes no sense at byte %zu", m->at - 1);
}

/* Take n values from the stack: the first of them, or NULL with an error. */
static PickleValue **pop(Machine *m, size_t n)
{
    size_t floor = m->marks ? m->mark[m->marks - 1] : 0;
    if (m->stack.count - floor < n) {
        broken(m);
        return NULL;
    }
    m->stack.count -= n;
    return m->stack.item + m->stack.count;
}

/* Take all values above the last mark, and the mark. They lie at *from until the next push. */
static bool pop_mark(Machine *m, PickleValue ***from, size_t *n)
{
    *from = NULL;
    *n = 0;
    if (!m->marks)
        return broken(m);
    size_t floor = m->mark[--m->marks];
    *n = m->stack.count - floor;
    *from = m->stack.item + floor;
    m->stack.count = floor;
    return true;
}

/* The value on top, which stays; NULL with an error when there is none. */
static PickleValue *top(Machine *m)
{
    PickleValue **v = pop(m, 1);
    if (!v)
        return NULL;
    m->stack.count++;
    return *v;
}

/* ---- opcodes: constants ------------------------------------------------------------------------- */

/* Every opcode is a function; `arg` is from its row of the table, mostly the width of a number. */
typedef bool Op(Machine *m, int arg);

static bool op_protocol(Machine *m, int arg)
{
    uint64_t version;
    if (!next_number(m, arg, &version))
        return false;
    if (version < 2 || version > 5)
        return complain_damaged(m->err, "its pickle has version %d, and 2 to 5 are known", (int)version);
    return true;
}

/* A frame only says how many bytes may be read at once. */
static bool op_frame(Machine *m, int arg)
{
    uint64_t size;
    return next_number(m, arg, &size);
}

static bool op_none(Machine *m, int arg)
{
    (void)arg;
    return push_kind(m, PICKLE_NONE) != NULL;
}

static bool op_bool(Machine *m, int arg)
{
    PickleValue *v = push_kind(m, PICKLE_BOOL);
    if (v)
        v->truth = arg;
    return v != NULL;
}

static bool op_unsigned(Machine *m, int arg)
{
    uint64_t i;
    return next_number(m, arg, &i) && push_int(m, (int64_t)i);
}

static bool op_int32(Machine *m, int arg)
{
    uint64_t i;
    return next_number(m, arg, &i) && push_int(m, (int32_t)(uint32_t)i);
}

/* A length of one byte, then the number, signed, in so many. */
static bool op_long(Machine *m, int arg)
{
    uint64_t n;
    if (!next_number(m, arg, &n))
        return false;
    if (n > 8)
        return complain_damaged(m->err, "its pickle holds a whole number of %d bytes", (int)n);
    const uint8_t *p = next_bytes(m, n);
    if (!p)
        return false;
    uint64_t value = n && p[n - 1] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = n; i-- > 0;)
        value = value << 8 | p[i];
    return push_int(m, (int64_t)value);
}

/* The one number that is stored with its highest byte first. */
static bool op_real(Machine *m, int arg)
{
    const uint8_t *p = next_bytes(m, (uint64_t)arg);
    PickleValue *v = p ? push_kind(m, PICKLE_REAL) : NULL;
    if (!v)
        return false;
    uint64_t bits = __builtin_bswap64(load_le64(p));
    memcpy(&v->real, &bits, sizeof bits);
    return true;
}

static bool op_text(Machine *m, int arg)
{
    uint64_t n;
    if (!next_number(m, arg, &n))
        return false;
    const uint8_t *p = next_bytes(m, n);
    PickleValue *v = p ? push_kind(m, PICKLE_TEXT) : NULL;
    if (v)
        v->text = (PickleText){ (const char *)p, (size_t)n };
    return v != NULL;
}

/* ---- opcodes: the stack and the memo ------------------------------------------------------------ */

static bool op_mark(Machine *m, int arg)
{
    (void)arg;
    if (m->marks == m->marks_cap) {
        size_t cap = m->marks_cap ? 2 * m->marks_cap : 64;
        size_t *grown = pickle_alloc(m->out, cap * sizeof *grown, m->err);
        if (!grown)
            return false;
        if (m->marks)
            memcpy(grown, m->mark, m->marks * sizeof *grown);
        m->mark = grown;
        m->marks_cap = cap;
    }
    m->mark[m->marks++] = m->stack.count;
    return true;
}

static bool op_pop(Machine *m, int arg)
{
    (void)arg;
    return pop(m, 1) != NULL;
}

static bool op_pop_mark(Machine *m, int arg)
{
    (void)arg;
    PickleValue **from;
    size_t n;
    return pop_mark(m, &from, &n);
}

static bool op_dup(Machine *m, int arg)
{
    (void)arg;
    return push(m, top(m));
}

/* Whoever writes a pickle counts its memos from zero, so a number beyond the bytes so far is a trap. */
static bool memo_set(Machine *m, uint64_t i)
{
    PickleValue *v = top(m);
    if (!v)
        return false;
    if (i >= m->at)
        return complain_damaged(m->err, "its pickle puts a value at place %zu of a list that is shorter",
                                (size_t)i);
    if (i >= m->memo_cap) {
        size_t cap = i < 64 ? 128 : 2 * (size_t)i;
        PickleValue **grown = pickle_alloc(m->out, cap * sizeof(PickleValue *), m->err);
        if (!grown)
            return false;
        if (m->memo_cap)
            memcpy(grown, m->memo, m->memo_cap * sizeof(PickleValue *));
        m->memo = grown;
        m->memo_cap = cap;
    }
    m->memo_count += m->memo[i] == NULL;
    m->memo[i] = v;
    return true;
}

/* The place is the number of memos so far. */
static bool op_memoize(Machine *m, int arg)
{
    (void)arg;
    return memo_set(m, m->memo_count);
}

static bool op_put(Machine *m, int arg)
{
    uint64_t i;
    return next_number(m, arg, &i) && memo_set(m, i);
}

static bool op_get(Machine *m, int arg)
{
    uint64_t i;
    if (!next_number(m, arg, &i))
        return false;
    if (i >= m->memo_cap || !m->memo[i])
        return broken(m);
    return push(m, m->memo[i]);
}

/* ---- opcodes: containers ------------------------------------------------------------------------ */

static bool fill(Machine *m, PickleValue *to, PickleValue **from, size_t n)
{
    if (!reserve(m->out, &to->items, n, m->err))
        return false;
    if (n)
        memcpy(to->items.item + to->items.count, from, n * sizeof *from);
    to->items.count += n;
    return true;
}

static bool op_empty(Machine *m, int arg)
{
    return push_kind(m, (PickleKind)arg) != NULL;
}

/* A tuple of the upper `arg` values. */
static bool op_tuple_of(Machine *m, int arg)
{
    PickleValue **from = pop(m, (size_t)arg);
    PickleValue *v = from ? pickle_value(m->out, PICKLE_TUPLE, m->err) : NULL;
    return v && fill(m, v, from, (size_t)arg) && push(m, v);
}

/* A container of all values above the mark. */
static bool op_from_mark(Machine *m, int arg)
{
    PickleValue **from;
    size_t n;
    if (!pop_mark(m, &from, &n))
        return false;
    if (arg == PICKLE_DICT && n % 2)
        return broken(m);
    PickleValue *v = pickle_value(m->out, (PickleKind)arg, m->err);
    return v && fill(m, v, from, n) && push(m, v);
}

/* Put values into the container below them. */
static bool add_to(Machine *m, PickleKind kind, PickleValue **from, size_t n)
{
    PickleValue *to = top(m);
    if (!to)
        return false;
    if (to->kind != kind || (kind == PICKLE_DICT && n % 2))
        return broken(m);
    return fill(m, to, from, n);
}

static bool op_append(Machine *m, int arg)
{
    (void)arg;
    PickleValue **from = pop(m, 1);
    return from && add_to(m, PICKLE_LIST, from, 1);
}

static bool op_set_item(Machine *m, int arg)
{
    (void)arg;
    PickleValue **from = pop(m, 2);
    return from && add_to(m, PICKLE_DICT, from, 2);
}

/* All values above the mark. */
static bool op_add_all(Machine *m, int arg)
{
    PickleValue **from;
    size_t n;
    return pop_mark(m, &from, &n) && add_to(m, (PickleKind)arg, from, n);
}

/* ---- opcodes: things that are called ------------------------------------------------------------ */

static bool push_global(Machine *m, PickleText module, PickleText name)
{
    const PickleGlobal *g = pickle_global_find(module, name, m->err);
    PickleValue *v = g ? push_kind(m, PICKLE_GLOBAL) : NULL;
    if (v)
        v->global = g;
    return v != NULL;
}

/* The rest of a line, without its end. */
static bool next_line(Machine *m, PickleText *out)
{
    const uint8_t *from = m->data + m->at;
    const uint8_t *end = memchr(from, '\n', m->size - m->at);
    if (!end)
        return next_bytes(m, UINT64_MAX) != NULL;
    *out = (PickleText){ (const char *)from, (size_t)(end - from) };
    m->at += out->n + 1;
    return true;
}

static bool op_global(Machine *m, int arg)
{
    (void)arg;
    PickleText module, name;
    return next_line(m, &module) && next_line(m, &name) && push_global(m, module, name);
}

static bool op_stack_global(Machine *m, int arg)
{
    (void)arg;
    PickleValue **from = pop(m, 2);
    if (!from)
        return false;
    if (from[0]->kind != PICKLE_TEXT || from[1]->kind != PICKLE_TEXT)
        return broken(m);
    return push_global(m, from[0]->text, from[1]->text);
}

static bool op_call(Machine *m, int arg)
{
    (void)arg;
    PickleValue **from = pop(m, 2);
    if (!from)
        return false;
    if (from[0]->kind != PICKLE_GLOBAL || from[1]->kind != PICKLE_TUPLE)
        return broken(m);
    return push(m, pickle_call(m->out, from[0]->global, &from[1]->items, m->err));
}

/* Attributes of an object: an OrderedDict of weights has "_metadata", version numbers that nobody needs. */
static bool op_build(Machine *m, int arg)
{
    (void)arg;
    if (!pop(m, 1))
        return false;
    PickleValue *v = top(m);
    return v && (v->kind == PICKLE_DICT || broken(m));
}

static bool op_persistent(Machine *m, int arg)
{
    (void)arg;
    PickleValue **id = pop(m, 1);
    return id && push(m, pickle_persistent(m->out, *id, m->err));
}

static bool op_stop(Machine *m, int arg)
{
    (void)arg;
    PickleValue *v = top(m);
    if (!v)
        return false;
    if (m->stack.count != 1 || m->marks)
        return broken(m);
    m->out->root = v;
    m->out->size = m->at;
    m->stopped = true;
    return true;
}

/* ---- running ------------------------------------------------------------------------------------ */

/* By code; the names are those of Python's pickletools. */
static const struct {
    Op *run;
    int arg;
} ops[256] = {
    [0x80] = { op_protocol, 1 },            /* PROTO */
    [0x95] = { op_frame, 8 },               /* FRAME */
    ['N'] = { op_none, 0 },                 /* NONE */
    [0x88] = { op_bool, true },             /* NEWTRUE */
    [0x89] = { op_bool, false },            /* NEWFALSE */
    ['K'] = { op_unsigned, 1 },             /* BININT1 */
    ['M'] = { op_unsigned, 2 },             /* BININT2 */
    ['J'] = { op_int32, 4 },                /* BININT */
    [0x8a] = { op_long, 1 },                /* LONG1 */
    ['G'] = { op_real, 8 },                 /* BINFLOAT */
    ['U'] = { op_text, 1 },                 /* SHORT_BINSTRING */
    ['T'] = { op_text, 4 },                 /* BINSTRING */
    ['C'] = { op_text, 1 },                 /* SHORT_BINBYTES */
    ['B'] = { op_text, 4 },                 /* BINBYTES */
    [0x8c] = { op_text, 1 },                /* SHORT_BINUNICODE */
    ['X'] = { op_text, 4 },                 /* BINUNICODE */
    [0x8d] = { op_text, 8 },                /* BINUNICODE8 */
    ['('] = { op_mark, 0 },                 /* MARK */
    ['0'] = { op_pop, 0 },                  /* POP */
    ['1'] = { op_pop_mark, 0 },             /* POP_MARK */
    ['2'] = { op_dup, 0 },                  /* DUP */
    ['q'] = { op_put, 1 },                  /* BINPUT */
    ['r'] = { op_put, 4 },                  /* LONG_BINPUT */
    [0x94] = { op_memoize, 0 },             /* MEMOIZE */
    ['h'] = { op_get, 1 },                  /* BINGET */
    ['j'] = { op_get, 4 },                  /* LONG_BINGET */
    [')'] = { op_empty, PICKLE_TUPLE },     /* EMPTY_TUPLE */
    [']'] = { op_empty, PICKLE_LIST },      /* EMPTY_LIST */
    ['}'] = { op_empty, PICKLE_DICT },      /* EMPTY_DICT */
    [0x85] = { op_tuple_of, 1 },            /* TUPLE1 */
    [0x86] = { op_tuple_of, 2 },            /* TUPLE2 */
    [0x87] = { op_tuple_of, 3 },            /* TUPLE3 */
    ['t'] = { op_from_mark, PICKLE_TUPLE }, /* TUPLE */
    ['l'] = { op_from_mark, PICKLE_LIST },  /* LIST */
    ['d'] = { op_from_mark, PICKLE_DICT },  /* DICT */
    ['a'] = { op_append, 0 },               /* APPEND */
    ['e'] = { op_add_all, PICKLE_LIST },    /* APPENDS */
    ['s'] = { op_set_item, 0 },             /* SETITEM */
    ['u'] = { op_add_all, PICKLE_DICT },    /* SETITEMS */
    ['c'] = { op_global, 0 },               /* GLOBAL */
    [0x93] = { op_stack_global, 0 },        /* STACK_GLOBAL */
    ['R'] = { op_call, 0 },                 /* REDUCE */
    [0x81] = { op_call, 0 },                /* NEWOBJ */
    ['b'] = { op_build, 0 },                /* BUILD */
    ['Q'] = { op_persistent, 0 },           /* BINPERSID */
    ['.'] = { op_stop, 0 },                 /* STOP */
};

bool pickle_read(Pickle *out, const uint8_t *data, size_t size, Err *err)
{
    *out = (Pickle){ 0 };
    Machine m = {
        .data = data,
        .size = size < PICKLE_MAX_SIZE ? size : PICKLE_MAX_SIZE,
        .out = out,
        .err = err,
    };
    if (!reserve(out, &m.stack, 64, err)) /* so that an empty stack is a place, too */
        goto fail;
    while (!m.stopped) {
        const uint8_t *code = next_bytes(&m, 1);
        if (!code)
            goto fail;
        if (!ops[*code].run) {
            err_set(
                err, ERR_INPUT,
                "its pickle uses the operation 0x%02x, which no tensor needs; save the model's state_dict "
                "alone, or fetch it as .safetensors",
                *code);
            goto fail;
        }
        if (!ops[*code].run(&m, ops[*code].arg))
            goto fail;
    }
    return true;
fail:
    pickle_clear(out);
    return false;
}
