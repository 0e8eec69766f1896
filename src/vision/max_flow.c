#include "vision/max_flow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Directions clockwise from east; d ^ OPPOSITE is the way back. */
enum { DIRECTIONS = 8, OPPOSITE = 4 };
/* A node's parent is a direction or one of these. */
enum { PARENT_TERMINAL = DIRECTIONS, PARENT_ORPHAN, PARENT_NONE };
enum { NOBODY = -1 };
/* Active nodes between two looks at `cancel`. */
enum { PATIENCE = 4096 };

/* Between the steps of a solve:
 * 1. A node with a parent other than PARENT_NONE is in the tree of `sink`, and a path with capacity left leads from the
 *    source to it, or from it to the sink.
 * 2. A tree node beside a free node, or beside one of the other tree, over a link with capacity left, is active.
 * 3. `dist` counts the links of that path; it was true at the time `stamp`, and is no bound on anything later. */
typedef struct {
    uint16_t left[DIRECTIONS]; /* capacity left towards each neighbour */
    int32_t tie;               /* left from the source (above 0), or to the sink (below 0) */
    int32_t next; /* active node behind this one; the last points at itself; NOBODY: not active */
    int32_t stamp, dist;
    uint8_t parent;
    bool sink;
} Node;

struct MaxFlow {
    Node *node;
    int32_t *orphans; /* a ring of `count`, in which each node is at most once */
    size_t capacity;  /* of both */
    int width, height;
    int32_t
        count; /* nodes of the grid and its frame: a row above, a row below, and a column that ends each row */
    int32_t step[DIRECTIONS];
    int32_t first_active, last_active;
    int32_t first_orphan, orphan_count;
    int32_t time;
    int64_t flow;
};

static size_t framed(size_t width, size_t height)
{
    return (width + 1) * (height + 2) + 1;
}

bool max_flow_open(MaxFlow **out, size_t pixels, Err *err)
{
    *out = NULL;
    if (pixels < 1 || pixels > (size_t)1 << 28)
        return err_set(err, ERR_INPUT, "a graph of %zu pixels cannot be cut", pixels);
    MaxFlow *m = calloc(1, sizeof *m);
    size_t line = framed(pixels, 1), column = framed(1, pixels); /* the largest frames */
    if (m) {
        m->capacity = line > column ? line : column;
        m->node = malloc(m->capacity * sizeof *m->node);
        m->orphans = malloc(m->capacity * sizeof *m->orphans);
    }
    if (!m || !m->node || !m->orphans) {
        max_flow_close(m);
        return err_set(err, ERR_NOMEM, "no memory for a graph of %zu pixels", pixels);
    }
    *out = m;
    return true;
}

void max_flow_close(MaxFlow *m)
{
    if (!m)
        return;
    free(m->node);
    free(m->orphans);
    free(m);
}

void max_flow_begin(MaxFlow *m, int width, int height)
{
    size_t count = framed((size_t)width, (size_t)height);
    assert(width > 0 && height > 0 && count <= m->capacity);
    int32_t row = width + 1;
    const int32_t step[DIRECTIONS] = { 1, row + 1, row, row - 1, -1, -row - 1, -row, -row + 1 };
    memset(m->node, 0, count * sizeof *m->node);
    memcpy(m->step, step, sizeof step);
    m->width = width;
    m->height = height;
    m->count = (int32_t)count;
}

/* The column that ends the row above lies to the left of a row's first node. */
static int32_t node_at(const MaxFlow *m, int x, int y)
{
    return (y + 1) * (m->width + 1) + x + 1;
}

void max_flow_link(MaxFlow *m, int x, int y, Link link, uint16_t capacity)
{
    static const int dx[] = { 1, 1, 0, -1 }, dy[] = { 0, 1, 1, 1 };
    int to_x = x + dx[link], to_y = y + dy[link];
    assert(capacity <= LINK_CAPACITY_MAX);
    if (to_x < 0 || to_x >= m->width || to_y >= m->height)
        return;
    int32_t p = node_at(m, x, y);
    m->node[p].left[link] = capacity;
    m->node[p + m->step[link]].left[link ^ OPPOSITE] = capacity;
}

void max_flow_tie(MaxFlow *m, int x, int y, int32_t capacity)
{
    m->node[node_at(m, x, y)].tie += capacity;
}

/* ---- the two lists ---- */

static void activate(MaxFlow *m, int32_t p)
{
    if (m->node[p].next != NOBODY)
        return;
    if (m->last_active == NOBODY)
        m->first_active = p;
    else
        m->node[m->last_active].next = p;
    m->last_active = p;
    m->node[p].next = p;
}

static int32_t next_active(MaxFlow *m)
{
    int32_t p = m->first_active;
    if (p == NOBODY)
        return NOBODY;
    if (m->node[p].next == p)
        m->first_active = m->last_active = NOBODY;
    else
        m->first_active = m->node[p].next;
    m->node[p].next = NOBODY;
    return p;
}

static void orphan_first(MaxFlow *m, int32_t p)
{
    m->node[p].parent = PARENT_ORPHAN;
    m->first_orphan = (m->first_orphan ? m->first_orphan : m->count) - 1;
    m->orphans[m->first_orphan] = p;
    m->orphan_count++;
}

static void orphan_last(MaxFlow *m, int32_t p)
{
    int32_t end = m->first_orphan + m->orphan_count++;
    m->node[p].parent = PARENT_ORPHAN;
    m->orphans[end < m->count ? end : end - m->count] = p;
}

static int32_t next_orphan(MaxFlow *m)
{
    int32_t p = m->orphans[m->first_orphan];
    m->first_orphan = m->first_orphan + 1 < m->count ? m->first_orphan + 1 : 0;
    m->orphan_count--;
    return p;
}

/* ---- growth ---- */

/* A link with capacity left between the trees, from the source's side to the sink's. */
typedef struct {
    int32_t from;
    int d;
} Bridge;

/* Capacity that flow of p's tree would use between p and its neighbour in direction d. */
static uint16_t left_along(const MaxFlow *m, int32_t p, int d, bool sink)
{
    return sink ? m->node[p + m->step[d]].left[d ^ OPPOSITE] : m->node[p].left[d];
}

static bool grow(MaxFlow *m, int32_t p, Bridge *bridge)
{
    const Node *n = &m->node[p];
    for (int d = 0; d < DIRECTIONS; d++) {
        int32_t q = p + m->step[d];
        Node *to = &m->node[q];
        if (!left_along(m, p, d, n->sink))
            continue;
        if (to->parent == PARENT_NONE) {
            to->sink = n->sink;
            to->parent = (uint8_t)(d ^ OPPOSITE);
            to->stamp = n->stamp;
            to->dist = n->dist + 1;
            activate(m, q);
        } else if (to->sink != n->sink) {
            *bridge = n->sink ? (Bridge){ q, d ^ OPPOSITE } : (Bridge){ p, d };
            return true;
        } else if (to->stamp <= n->stamp && to->dist > n->dist) {
            to->parent = (uint8_t)(d ^ OPPOSITE); /* a shorter way to the terminal */
            to->stamp = n->stamp;
            to->dist = n->dist + 1;
        }
    }
    return false;
}

/* ---- augmentation ---- */

/* The least capacity on the way from p to its terminal. */
static int32_t narrowest(const MaxFlow *m, int32_t p, int32_t least)
{
    const Node *n = &m->node[p];
    while (n->parent != PARENT_TERMINAL) {
        int32_t up = p + m->step[n->parent];
        int32_t left = n->sink ? n->left[n->parent] : m->node[up].left[n->parent ^ OPPOSITE];
        least = left < least ? left : least;
        p = up;
        n = &m->node[p];
    }
    int32_t tie = n->sink ? -n->tie : n->tie;
    return tie < least ? tie : least;
}

static void push(MaxFlow *m, int32_t p, int32_t amount)
{
    Node *n = &m->node[p];
    while (n->parent != PARENT_TERMINAL) {
        int d = n->parent;
        int32_t up = p + m->step[d];
        uint16_t *with = n->sink ? &n->left[d] : &m->node[up].left[d ^ OPPOSITE];
        uint16_t *against = n->sink ? &m->node[up].left[d ^ OPPOSITE] : &n->left[d];
        *with = (uint16_t)(*with - amount);
        *against = (uint16_t)(*against + amount);
        if (!*with)
            orphan_first(m, p);
        p = up;
        n = &m->node[p];
    }
    n->tie += n->sink ? amount : -amount;
    if (!n->tie)
        orphan_first(m, p);
}

static void augment(MaxFlow *m, Bridge b)
{
    int32_t to = b.from + m->step[b.d];
    Node *from = &m->node[b.from];
    int32_t amount = narrowest(m, to, narrowest(m, b.from, from->left[b.d]));
    from->left[b.d] = (uint16_t)(from->left[b.d] - amount);
    m->node[to].left[b.d ^ OPPOSITE] = (uint16_t)(m->node[to].left[b.d ^ OPPOSITE] + amount);
    push(m, b.from, amount);
    push(m, to, amount);
    m->flow += amount;
}

/* ---- adoption ---- */

/* Links from q to its terminal; NOBODY when the way ends at an orphan. What is learnt is left at the nodes on the way, so
 * that each is walked over once in a time. */
static int32_t distance(MaxFlow *m, int32_t q)
{
    int32_t d = 0, p = q;
    for (;; p += m->step[m->node[p].parent]) {
        Node *n = &m->node[p];
        if (n->stamp == m->time) {
            d += n->dist;
            break;
        }
        if (n->parent == PARENT_ORPHAN || n->parent == PARENT_NONE)
            return NOBODY;
        d++;
        if (n->parent == PARENT_TERMINAL) {
            n->stamp = m->time;
            n->dist = 1;
            break;
        }
    }
    int32_t along = d;
    for (p = q; m->node[p].stamp != m->time; p += m->step[m->node[p].parent]) {
        m->node[p].stamp = m->time;
        m->node[p].dist = along--;
    }
    return d;
}

/* Find a parent in the same tree, the nearest to the terminal; without one the node is free. */
static void adopt(MaxFlow *m, int32_t p)
{
    Node *n = &m->node[p];
    int best = PARENT_NONE;
    int32_t best_distance = INT32_MAX;
    for (int d = 0; d < DIRECTIONS; d++) {
        int32_t q = p + m->step[d];
        const Node *to = &m->node[q];
        if (!left_along(m, q, d ^ OPPOSITE, n->sink) || to->parent == PARENT_NONE || to->sink != n->sink)
            continue;
        int32_t away = distance(m, q);
        if (away != NOBODY && away < best_distance) {
            best = d;
            best_distance = away;
        }
    }
    n->parent = (uint8_t)best;
    if (best != PARENT_NONE) {
        n->stamp = m->time;
        n->dist = best_distance + 1;
        return;
    }
    for (int d = 0; d < DIRECTIONS; d++) {
        int32_t q = p + m->step[d];
        const Node *to = &m->node[q];
        if (to->parent == PARENT_NONE || to->sink != n->sink)
            continue;
        if (left_along(m, q, d ^ OPPOSITE, n->sink))
            activate(m, q);
        if (to->parent == (d ^ OPPOSITE))
            orphan_last(m, q);
    }
}

/* ---- the whole ---- */

static void plant_trees(MaxFlow *m)
{
    m->first_active = m->last_active = NOBODY;
    m->first_orphan = m->orphan_count = 0;
    m->time = 1;
    m->flow = 0;
    for (int32_t p = 0; p < m->count; p++) {
        Node *n = &m->node[p];
        n->next = NOBODY;
        n->stamp = 0;
        n->dist = 1;
        n->sink = n->tie < 0;
        n->parent = n->tie ? PARENT_TERMINAL : PARENT_NONE;
        if (n->tie)
            activate(m, p);
    }
}

bool max_flow_solve(MaxFlow *m, const atomic_bool *cancel, int64_t *flow, Err *err)
{
    int32_t p;
    Bridge bridge;
    plant_trees(m);
    for (int64_t turn = 0; (p = next_active(m)) != NOBODY; turn++) {
        if (turn % PATIENCE == 0 && cancel && atomic_load(cancel))
            return err_set(err, ERR_CANCELLED, "cutting out was cancelled");
        /* A node grows until nothing of the other tree is beside it, unless it is orphaned and set free on the way. */
        while (m->node[p].parent != PARENT_NONE && grow(m, p, &bridge)) {
            m->time++;
            augment(m, bridge);
            while (m->orphan_count)
                adopt(m, next_orphan(m));
        }
    }
    *flow = m->flow;
    return true;
}

bool max_flow_is_object(const MaxFlow *m, int x, int y)
{
    const Node *n = &m->node[node_at(m, x, y)];
    return n->parent != PARENT_NONE && !n->sink;
}
