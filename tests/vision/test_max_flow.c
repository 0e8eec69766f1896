/* The cheapest cut of a grid, against cuts that are tried one by one and against a slow maximum flow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rng.h"
#include "vision/max_flow.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE_MAX = 12, PIXELS_MAX = SIDE_MAX * SIDE_MAX, LINKS = 4 };

/* A grid of its own, as plain as can be. */
typedef struct {
    int width, height;
    int32_t tie[PIXELS_MAX];
    int link[PIXELS_MAX][LINKS];
} Grid;

static const int DX[LINKS] = { 1, 1, 0, -1 }, DY[LINKS] = { 0, 1, 1, 1 };

/* Index of the pixel at the end of a link; -1 outside. */
static int linked(const Grid *g, int i, int link)
{
    int x = i % g->width + DX[link], y = i / g->width + DY[link];
    return x < 0 || x >= g->width || y >= g->height ? -1 : y * g->width + x;
}

/* Small capacities make many equal ways and saturated links; large ones reach the limits. */
static Grid random_grid(Rng *r, int width, int height, int most)
{
    Grid g = { .width = width, .height = height };
    for (int i = 0; i < width * height; i++) {
        g.tie[i] = rng_int(r, 0, 3) ? rng_int(r, -2 * most, 2 * most) : 0;
        if (rng_int(r, 0, 9) == 0)
            g.tie[i] = rng_int(r, 0, 1) ? TERMINAL_SURE : -TERMINAL_SURE;
        for (int l = 0; l < LINKS; l++)
            g.link[i][l] = rng_int(r, 0, 4) ? rng_int(r, 0, most) : 0;
    }
    return g;
}

static void load(MaxFlow *m, const Grid *g)
{
    max_flow_begin(m, g->width, g->height);
    for (int i = 0; i < g->width * g->height; i++) {
        max_flow_tie(m, i % g->width, i / g->width, g->tie[i]);
        for (int l = 0; l < LINKS; l++)
            max_flow_link(m, i % g->width, i / g->width, (Link)l, (uint16_t)g->link[i][l]);
    }
}

/* What a cut costs by its definition. */
static int64_t cost(const Grid *g, const bool *object)
{
    int64_t sum = 0;
    for (int i = 0; i < g->width * g->height; i++) {
        if (object[i] ? g->tie[i] < 0 : g->tie[i] > 0)
            sum += labs(g->tie[i]);
        for (int l = 0; l < LINKS; l++) {
            int j = linked(g, i, l);
            if (j >= 0 && object[i] != object[j])
                sum += g->link[i][l];
        }
    }
    return sum;
}

static int64_t cost_found(const MaxFlow *m, const Grid *g)
{
    bool object[PIXELS_MAX];
    for (int i = 0; i < g->width * g->height; i++)
        object[i] = max_flow_is_object(m, i % g->width, i / g->width);
    return cost(g, object);
}

static int64_t cheapest_of_all_cuts(const Grid *g)
{
    int64_t least = INT64_MAX;
    int n = g->width * g->height;
    for (unsigned set = 0; set < 1u << n; set++) {
        bool object[PIXELS_MAX];
        for (int i = 0; i < n; i++)
            object[i] = set >> i & 1;
        int64_t c = cost(g, object);
        least = c < least ? c : least;
    }
    return least;
}

/* Shortest ways by breadth first search over a matrix of capacities, one after the other (Edmonds and Karp 1972). */
static int64_t slow_flow(const Grid *g)
{
    enum { NODES = PIXELS_MAX + 2 };
    static int32_t left[NODES][NODES];
    int n = g->width * g->height, source = n, sink = n + 1;
    int64_t flow = 0;
    memset(left, 0, sizeof left);
    for (int i = 0; i < n; i++) {
        if (g->tie[i] > 0)
            left[source][i] = g->tie[i];
        else
            left[i][sink] = -g->tie[i];
        for (int l = 0; l < LINKS; l++) {
            int j = linked(g, i, l);
            if (j >= 0)
                left[i][j] = left[j][i] = g->link[i][l];
        }
    }
    for (;;) {
        int queue[NODES], from[NODES], head = 0, tail = 0;
        for (int i = 0; i < n + 2; i++)
            from[i] = -1;
        from[source] = source;
        queue[tail++] = source;
        while (head < tail && from[sink] < 0) {
            int p = queue[head++];
            for (int q = 0; q < n + 2; q++)
                if (from[q] < 0 && left[p][q] > 0) {
                    from[q] = p;
                    queue[tail++] = q;
                }
        }
        if (from[sink] < 0)
            return flow;
        int32_t least = INT32_MAX;
        for (int q = sink; q != source; q = from[q])
            least = left[from[q]][q] < least ? left[from[q]][q] : least;
        for (int q = sink; q != source; q = from[q]) {
            left[from[q]][q] -= least;
            left[q][from[q]] += least;
        }
        flow += least;
    }
}

static int64_t solve(MaxFlow *m)
{
    Err err = { 0 };
    int64_t flow;
    if (!max_flow_solve(m, NULL, &flow, &err))
        fail_msg("%s", err.msg);
    return flow;
}

static MaxFlow *opened(size_t pixels)
{
    Err err = { 0 };
    MaxFlow *m;
    if (!max_flow_open(&m, pixels, &err))
        fail_msg("%s", err.msg);
    return m;
}

static void flow_and_cut_cost_what_the_cheapest_of_all_cuts_costs(void **state)
{
    (void)state;
    Rng r;
    rng_init(&r, 1);
    MaxFlow *m = opened(16);
    for (int i = 0; i < 400; i++) {
        int width = rng_int(&r, 1, 5);
        Grid g = random_grid(&r, width, rng_int(&r, 1, width < 4 ? 4 : 12 / width), i % 2 ? 3 : 1000);
        load(m, &g);
        int64_t flow = solve(m);
        assert_int_equal(flow, cheapest_of_all_cuts(&g));
        assert_int_equal(cost_found(m, &g), flow);
    }
    max_flow_close(m);
}

static void flow_and_cut_are_those_of_a_slow_maximum_flow(void **state)
{
    (void)state;
    Rng r;
    rng_init(&r, 2);
    MaxFlow *m = opened(PIXELS_MAX);
    for (int i = 0; i < 300; i++) {
        static const int most[] = { 1, 5, 300, LINK_CAPACITY_MAX };
        Grid g = random_grid(&r, rng_int(&r, 1, SIDE_MAX), rng_int(&r, 1, SIDE_MAX), most[i % 4]);
        load(m, &g);
        int64_t flow = solve(m);
        assert_int_equal(flow, slow_flow(&g));
        assert_int_equal(cost_found(m, &g), flow);
    }
    max_flow_close(m);
}

static void ties_changed_after_a_solve_give_the_cut_of_a_grid_that_had_them_from_the_start(void **state)
{
    (void)state;
    Rng r;
    rng_init(&r, 3);
    MaxFlow *m = opened(PIXELS_MAX);
    for (int i = 0; i < 200; i++) {
        Grid g = random_grid(&r, rng_int(&r, 1, SIDE_MAX), rng_int(&r, 1, SIDE_MAX), i % 2 ? 5 : 300);
        load(m, &g);
        solve(m);
        for (int again = 0; again < 3; again++) {
            Grid other = random_grid(&r, g.width, g.height, i % 2 ? 5 : 300);
            for (int k = 0; k < g.width * g.height; k++) {
                max_flow_tie(m, k % g.width, k / g.width, other.tie[k] - g.tie[k]);
                g.tie[k] = other.tie[k];
            }
            solve(m);
            assert_int_equal(cost_found(m, &g), slow_flow(&g));
        }
    }
    max_flow_close(m);
}

static void pixels_that_either_side_may_have_go_to_the_background(void **state)
{
    (void)state;
    MaxFlow *m = opened(9);
    max_flow_begin(m, 3, 3);
    assert_int_equal(solve(m), 0);
    for (int i = 0; i < 9; i++)
        assert_false(max_flow_is_object(m, i % 3, i / 3));
    max_flow_close(m);
}

static void a_cancelled_solve_says_so(void **state)
{
    (void)state;
    Err err = { 0 };
    int64_t flow;
    atomic_bool cancel = true;
    MaxFlow *m = opened(4);
    max_flow_begin(m, 2, 2);
    max_flow_tie(m, 0, 0, 5);
    assert_false(max_flow_solve(m, &cancel, &flow, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    max_flow_close(m);
}

static void a_graph_of_no_or_too_many_pixels_is_refused(void **state)
{
    (void)state;
    MaxFlow *m;
    for (int i = 0; i < 2; i++) {
        Err err = { 0 };
        assert_false(max_flow_open(&m, i ? SIZE_MAX : 0, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        assert_null(m);
    }
    max_flow_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flow_and_cut_cost_what_the_cheapest_of_all_cuts_costs),
        cmocka_unit_test(flow_and_cut_are_those_of_a_slow_maximum_flow),
        cmocka_unit_test(ties_changed_after_a_solve_give_the_cut_of_a_grid_that_had_them_from_the_start),
        cmocka_unit_test(pixels_that_either_side_may_have_go_to_the_background),
        cmocka_unit_test(a_cancelled_solve_says_so),
        cmocka_unit_test(a_graph_of_no_or_too_many_pixels_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
