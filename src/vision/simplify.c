#include "vision/contour.h"

#include <math.h>
#include <stdlib.h>

double points_area(const Point *p, size_t n)
{
    int64_t twice = 0;
    for (size_t i = 0; i < n; i++) {
        Point a = p[i ? i - 1 : n - 1], b = p[i];
        twice += (int64_t)a.x * b.y - (int64_t)a.y * b.x;
    }
    return fabs((double)twice) / 2;
}

double points_length(const Point *p, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        Point a = p[i ? i - 1 : n - 1], b = p[i];
        float dx = (float)(b.x - a.x), dy = (float)(b.y - a.y);
        sum += sqrtf(dx * dx + dy * dy);
    }
    return sum;
}

typedef struct {
    int64_t x, y;
} Vec;

static Vec minus(Point a, Point b)
{
    return (Vec){ (int64_t)a.x - b.x, (int64_t)a.y - b.y };
}
static int64_t dot(Vec a, Vec b)
{
    return a.x * b.x + a.y * b.y;
}
/* Twice the area between two vectors: distance from a line times the length of its direction. */
static int64_t cross_size(Vec a, Vec b)
{
    int64_t c = a.y * b.x - a.x * b.y;
    return c < 0 ? -c : c;
}

/* Part of the closed polygon that is still to be looked at: from point `i` on to point `j`. */
typedef struct {
    size_t i, j;
} Span;

/* Two points far from each other: three times over to the point farthest from the one before. Returns the
 * squared distance of the last pair; pair->i is where that search stood, pair->j the point it found. */
static int64_t far_pair(Span *pair, const Point *p, size_t n)
{
    size_t at = 0, far = 0; /* `far` is kept from search to search when nothing is farther than 0 */
    int64_t best = 0;
    for (int round = 0; round < 3; round++) {
        at = (at + far) % n;
        best = 0;
        for (size_t j = 1, k = at; j < n; j++) {
            k = k + 1 == n ? 0 : k + 1;
            Vec d = minus(p[k], p[at]);
            if (dot(d, d) > best) {
                best = dot(d, d);
                far = j;
            }
        }
    }
    *pair = (Span){ at, (at + far) % n };
    return best;
}

/* Douglas & Peucker on both halves of the polygon. Writes the points kept to q and returns their number.
 * `stack` has room for n + 2: the spans on it do not overlap. */
static size_t split(Point *q, const Point *p, size_t n, Span whole, double eps2, Span *stack)
{
    size_t kept = 0, top = 0;
    stack[top++] = (Span){ whole.j, whole.i };
    stack[top++] = whole;
    while (top > 0) {
        Span s = stack[--top];
        Vec line = minus(p[s.j], p[s.i]);
        int64_t best = -1;
        size_t at = s.i;
        for (size_t k = s.i + 1 == n ? 0 : s.i + 1; k != s.j; k = k + 1 == n ? 0 : k + 1) {
            int64_t d = cross_size(minus(p[k], p[s.i]), line);
            if (d > best) {
                best = d;
                at = k;
            }
        }
        if (best < 0 || (double)best * (double)best <= eps2 * (double)dot(line, line)) {
            q[kept++] = p[s.i];
            continue;
        }
        stack[top++] = (Span){ at, s.j };
        stack[top++] = (Span){ s.i, at };
    }
    return kept;
}

/* Drop points on a nearly straight, neither upright nor level, line from their predecessor to their
 * successor. As in OpenCV it works in place, so that at the end of the round the first points are already the
 * new ones. */
static size_t drop_straight(Point *q, size_t m, double eps2)
{
    size_t left = m, write = 0, at = 1 % m;
    Point a = q[m - 1], b = q[0];
    for (size_t i = 0; i < m && left > 2; i++) {
        Point c = q[at];
        at = at + 1 == m ? 0 : at + 1;
        Vec line = minus(c, a);
        double d = (double)cross_size(minus(b, a), line);
        bool straight = d * d <= 0.5 * eps2 * (double)dot(line, line);
        if (straight && line.x != 0 && line.y != 0 && dot(minus(b, a), minus(c, b)) >= 0) {
            left--;
            q[write++] = a = c;
            b = q[at];
            at = at + 1 == m ? 0 : at + 1;
            i++;
            continue;
        }
        q[write++] = a = b;
        b = c;
    }
    return left;
}

bool points_simplify(Polygon *out, const Point *p, size_t n, double eps, Err *err)
{
    *out = (Polygon){ 0 };
    if (n == 0)
        return true;
    Point *q = malloc((n + 2) * sizeof *q);
    Span *stack = malloc((n + 2) * sizeof *stack);
    if (!q || !stack) {
        free(q);
        free(stack);
        return err_set(err, ERR_NOMEM, "no memory to simplify a contour of %zu points", n);
    }
    double eps2 = eps * eps;
    Span whole;
    size_t kept = 1;
    if ((double)far_pair(&whole, p, n) <= eps2)
        q[0] = p[whole.i];
    else
        kept = drop_straight(q, split(q, p, n, whole, eps2, stack), eps2);
    free(stack);
    *out = (Polygon){ q, kept };
    return true;
}
