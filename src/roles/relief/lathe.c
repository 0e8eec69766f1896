#include "roles/relief/lathe.h"

#include "roles/relief/vec3.h"

#include <stdlib.h>
#include <string.h>

/* Column sum m = x + x' of the mirror that maps most of the cut-out onto itself. */
static int mirror_axis(const Cutout *c)
{
    int best = c->width - 1;
    size_t best_score = 0;
    for (int m = c->width / 2; m < c->width + c->width / 2; m++) {
        size_t score = 0;
        for (int y = 0; y < c->height; y += 2)
            for (int x = m < c->width ? 0 : m - c->width + 1; x <= m - x; x++)
                score += cutout_inside(c, x, y) && cutout_inside(c, m - x, y);
        if (score > best_score) {
            best_score = score;
            best = m;
        }
    }
    return best;
}

/* Distance from column `from` to the outline in direction `step`, to a fraction of a cell. */
static float run_length(const Cutout *c, int from, int y, int step)
{
    int x = from;
    while (x + step >= 0 && x + step < c->width && cutout_inside(c, x + step, y))
        x += step;
    const float *row = c->alpha + (size_t)y * (size_t)c->width;
    float inside = row[x], outside = row[x + step]; /* the margin is empty: x + step exists */
    return (float)abs(x - from) + (inside - 0.5f) / (inside - outside);
}

/* What the grid's rows say; [height of the grid] each. */
typedef struct {
    float *centre, *radius; /* radius 0 where there is no disc */
    float *left, *right;    /* from the axis to the outline */
    float *scratch;
} Rows;

/* Straight line through the middles of those rows that reach about as far to the left as to the right. */
static void fit_axis(Rows *r, const Lathe *l)
{
    double n = 0, sy = 0, sm = 0, syy = 0, sym = 0;
    for (int y = l->top; y <= l->bottom; y++) {
        float half = 0.5f * (r->left[y] + r->right[y]), middle = 0.5f * (r->right[y] - r->left[y]);
        if (r->radius[y] <= 0 || fabsf(middle) > 0.03f * half + 0.5f)
            continue;
        n++;
        sy += y;
        sm += middle;
        syy += (double)y * y;
        sym += (double)y * middle;
    }
    double spread = n * syy - sy * sy;
    double slope = n >= 8 && spread > 0 ? (n * sym - sy * sm) / spread : 0;
    slope = fmin(fmax(slope, -0.05), 0.05);
    double at_0 = n > 0 ? (sm - slope * sy) / n : 0;
    for (int y = l->top; y <= l->bottom; y++) {
        float shift = (float)(at_0 + slope * y);
        r->centre[y] += shift;
        r->left[y] += shift;
        r->right[y] -= shift;
    }
}

/* Disc of each row: the run around the axis, as wide as its narrower half, so that handles do not count. */
static void measure_rows(Lathe *l, Rows *r, const Cutout *c, int mirror)
{
    float axis = 0.5f * (float)mirror;
    int column = mirror / 2;
    l->top = c->height;
    l->bottom = -1;
    for (int y = 0; y < c->height; y++) {
        r->centre[y] = axis - c->middle_x;
        if (!cutout_inside(c, column, y))
            continue;
        float shift = axis - (float)column;
        r->left[y] = run_length(c, column, y, -1) + shift;
        r->right[y] = run_length(c, column, y, 1) - shift;
        r->radius[y] = 0.5f * (r->left[y] + r->right[y]);
        l->top = l->top < y ? l->top : y;
        l->bottom = y;
    }
    fit_axis(r, l);
    for (int y = l->top; y <= l->bottom; y++)
        if (r->radius[y] > 0)
            r->radius[y] = fmaxf(fminf(r->left[y], r->right[y]), 0.1f);
}

/* Mean over five rows, inside the body only. */
static void smooth_rows(const Lathe *l, const Rows *r, float *value)
{
    for (int y = l->top; y <= l->bottom; y++) {
        float sum = 0;
        int count = 0;
        for (int k = y - 2; k <= y + 2; k++)
            if (k >= l->top && k <= l->bottom && r->radius[k] > 0) {
                sum += value[k];
                count++;
            }
        r->scratch[y] = count ? sum / (float)count : value[y];
    }
    for (int y = l->top; y <= l->bottom; y++)
        value[y] = r->radius[y] > 0 ? r->scratch[y] : 0;
}

/* An upright disc seen from above shows the upper half of an ellipse at the top of the outline. Find its
 * height in rows: the arc must fit and the outline below must go on about as wide. 0 when the top is of
 * another kind. */
static int top_arc(const Lathe *l, const Rows *r)
{
    int rows = l->bottom - l->top + 1, best = 0;
    float best_error = 0.05f;
    for (int b = 2; b < rows / 3; b++) {
        float a = r->radius[l->top + b];
        if (a < 6 || (float)b > 0.5f * a || r->radius[l->top + 2 * b] > 1.06f * a ||
            r->radius[l->top + 2 * b] < 0.9f * a)
            continue;
        float error = 0;
        for (int k = 0; k < b; k++) {
            float t = 1 - ((float)k + 0.5f) / ((float)b + 0.5f);
            error += fabsf(r->radius[l->top + k] / a - sqrtf(1 - t * t));
        }
        error /= (float)b;
        if (error < best_error) {
            best_error = error;
            best = b;
        }
    }
    return best;
}

/* Height along the axis of what the photo shows on the axis plane at height y. */
static float axis_height(const Lathe *l, float y)
{
    float z = lathe_mid(l, y);
    return y * (1 - z / l->camera) * l->tilt_cosine + z * l->tilt_sine;
}

/* Within the arcs of the ends the discs go on as they are at the arc's widest row; the arc of the lower end
 * follows from the tilt. */
static void close_ends(Lathe *l, const Cutout *c, Rows *r)
{
    int top = l->top, bottom = l->bottom, arc = l->arc;
    if (arc > 0) {
        int k = 1;
        float low = l->tilt - atanf((c->middle_y - (float)bottom) / l->camera);
        while (bottom - k > top + arc && (float)k < sinf(low) * r->radius[bottom - k])
            k++;
        for (int i = 0; i < arc; i++)
            r->radius[top + i] = r->radius[top + arc];
        for (int i = 0; i < k; i++)
            r->radius[bottom - i] = r->radius[bottom - k];
        top += arc;
        bottom -= k;
    }
    float half = arc > 0 ? 0 : 0.5f;
    l->upper = axis_height(l, c->middle_y - (float)top + half);
    l->lower = axis_height(l, c->middle_y - (float)bottom - half);
    /* Seen level, the near edge of a flat end is what the outline shows. */
    if (arc == 0) {
        l->upper *= 1 - r->radius[top] / l->camera;
        l->lower *= 1 - r->radius[bottom] / l->camera;
    }
    l->lower = fminf(l->lower, l->upper - 1); /* a coin */
}

/* How much of the cut-out the discs explain. */
static float measure_trust(const Rows *r, const Cutout *c)
{
    float discs = 0, area = 0;
    int filled = 0;
    for (size_t i = 0; i < (size_t)c->width * (size_t)c->height; i++)
        area += c->alpha[i];
    for (int y = 0; y < c->height; y++) {
        discs += 2 * r->radius[y];
        filled += r->radius[y] > 0;
    }
    float height = (float)filled / (float)(c->height - 2);
    return smoothstep(0.62f, 0.78f, discs / area) * smoothstep(0.75f, 0.9f, height);
}

/* Brightness next to the outline at the left and the right, over that about the axis: where a round surface turns
 * away from the light and the camera it gets darker. */
typedef struct {
    float left, right;
} EdgeLight;

static EdgeLight edge_light(const Lathe *l, const Cutout *c)
{
    double sum[3] = { 0 };
    int count[3] = { 0 };
    for (int y = l->top + 2; y < l->bottom - 1; y++)
        for (int x = 0; x < c->width && l->outline_radius[y] > 0; x++) {
            float off = ((float)x - c->middle_x - l->outline_centre[y]) / l->outline_radius[y];
            if (fabsf(off) > 0.97f || (fabsf(off) > 0.5f && fabsf(off) < 0.88f))
                continue;
            const uint8_t *p = cutout_pixel(c, (float)x - c->middle_x, c->middle_y - (float)y);
            int part = off < -0.5f ? 0 : off > 0.5f ? 2 : 1;
            sum[part] += p[0] + p[1] + p[2];
            count[part]++;
        }
    if (!count[0] || !count[1] || !count[2] || sum[1] <= 0)
        return (EdgeLight){ 1, 1 };
    double middle = sum[1] / count[1];
    return (EdgeLight){ (float)(sum[0] / count[0] / middle), (float)(sum[2] / count[2] / middle) };
}

/* A cylinder that is seen level has the outline of a box, but its sides turn away from the light. */
static bool looks_square(const Lathe *l, const Cutout *c)
{
    float least = 1e9f, most = 0;
    for (int y = l->top + 1; y < l->bottom; y++) {
        least = fminf(least, l->outline_radius[y]);
        most = fmaxf(most, l->outline_radius[y]);
    }
    EdgeLight edge = edge_light(l, c);
    return l->bottom - l->top >= 8 && most >= 4 && least >= 0.94f * most && edge.left + edge.right > 1.72f;
}

/* Without an end to be seen, shirts and hearts are as symmetric as jars and balls; light tells them apart. What
 * is narrow looks turned from all sides anyhow. */
static bool looks_round(const Lathe *l, const Cutout *c)
{
    float most = 0;
    for (int y = l->top; y <= l->bottom; y++)
        most = fmaxf(most, l->outline_radius[y]);
    EdgeLight edge = edge_light(l, c);
    bool narrow = 2 * most < 0.55f * (float)(l->bottom - l->top + 1);
    return narrow || (edge.left + edge.right < 1.88f && fmaxf(edge.left, edge.right) < 1.03f);
}

/* The depth of a box is unknown: as deep as packages usually are. */
static float box_depth(const Lathe *l, const Rows *r)
{
    float width = 2 * r->radius[(l->top + l->bottom) / 2], height = (float)(l->bottom - l->top + 1);
    return 0.42f * fminf(1, height / width);
}

/* Linear between rows that have a disc. */
static float row_value(const Lathe *l, const Rows *r, const float *value, float row)
{
    row = clamp_float(row, (float)l->top, (float)l->bottom);
    int a = (int)row, b = a < l->bottom ? a + 1 : a;
    float t = row - (float)a;
    if (r->radius[a] <= 0 || r->radius[b] <= 0)
        return value[t < 0.5f ? a : b];
    return value[a] + t * (value[b] - value[a]);
}

static void make_rings(Lathe *l, const Cutout *c, const Rows *r)
{
    size_t n = l->ring_count;
    /* The outline of a box is that of its front. */
    float front = l->square ? l->depth * r->radius[(l->top + l->bottom) / 2] : 0;
    if (l->square) {
        l->upper = (c->middle_y - (float)l->top + 0.5f) * (1 - front / l->camera);
        l->lower = (c->middle_y - (float)l->bottom - 0.5f) * (1 - front / l->camera);
    }
    float step = (l->upper - l->lower) / (float)(n - 1);
    for (size_t i = 0; i < n; i++) {
        float height = l->upper - step * (float)i, z = front + height * l->tilt_sine,
              near = 1 - z / l->camera;
        float row = c->middle_y - height * l->tilt_cosine / near;
        /* The outline is where the rays touch the disc, a little before its middle. */
        float seen = row_value(l, r, r->radius, row);
        float flat = l->square ? seen : seen / sqrtf(1 + seen * seen / (l->camera * l->camera));
        l->ring[i].radius = fmaxf(flat * near, 0.05f);
        l->ring[i].centre = row_value(l, r, r->centre, row) * near;
    }
    for (size_t i = 0; i < n; i++) {
        size_t a = i >= 3 ? i - 3 : 0, b = i + 3 < n ? i + 3 : n - 1;
        l->ring[i].slope =
            clamp_float((l->ring[a].radius - l->ring[b].radius) / (step * (float)(b - a)), -20, 20);
    }
}

/* Everything but the outline, for the tilt that is assumed. `block` holds 3 values a row. */
static void make_profile(Lathe *l, const Cutout *c, float *block)
{
    size_t rows = (size_t)c->height;
    Rows r = { .centre = l->outline_centre, .radius = block, .scratch = block + rows };
    memcpy(r.radius, l->outline_radius, rows * sizeof(float));
    close_ends(l, c, &r);
    l->depth = 1;
    if (l->square)
        l->depth = box_depth(l, &r);
    else
        smooth_rows(l, &r, r.radius);
    make_rings(l, c, &r);
}

bool lathe_set_tilt(Lathe *l, const Cutout *c, float tilt, Err *err)
{
    float *block = calloc(2 * (size_t)c->height, sizeof *block);
    if (!block)
        return err_set(err, ERR_NOMEM, "no memory for %d rows", c->height);
    l->tilt = tilt;
    l->tilt_cosine = cosf(tilt);
    l->tilt_sine = sinf(tilt);
    make_profile(l, c, block);
    free(block);
    return true;
}

/* With the arc of the upper end the tilt is known. */
static float tilt_of_arc(const Lathe *l, const Cutout *c)
{
    float a = l->outline_radius[l->top + l->arc], y = c->middle_y - (float)l->top;
    return clamp_float(asinf((float)l->arc / a) + atanf(y / l->camera), 0.02f, 0.7f);
}

static bool make_body(Lathe *l, const Cutout *c, const Rows *r, Err *err)
{
    l->arc = top_arc(l, r);
    l->square = l->arc == 0 && looks_square(l, c);
    l->turned = l->arc > 0 || l->square || looks_round(l, c);
    if (!l->turned)
        return true;
    l->ring_count = (size_t)(l->bottom - l->top) + 2;
    l->ring = calloc(l->ring_count, sizeof *l->ring);
    if (!l->ring)
        return err_set(err, ERR_NOMEM, "no memory for %zu rings", l->ring_count);
    return lathe_set_tilt(l, c, l->arc ? tilt_of_arc(l, c) : 0, err);
}

bool lathe_init(Lathe *l, const Cutout *c, float camera, Err *err)
{
    size_t rows = (size_t)c->height; /* at most GRID_SIDE + 3 */
    *l = (Lathe){ .camera = camera, .tilt_cosine = 1 };
    float *block = calloc(3 * rows, sizeof *block);
    l->outline_centre = calloc(2 * rows, sizeof(float));
    bool ok = block && l->outline_centre;
    if (ok) {
        l->outline_radius = l->outline_centre + rows;
        Rows r = { l->outline_centre, l->outline_radius, block, block + rows, block + 2 * rows };
        measure_rows(l, &r, c, mirror_axis(c));
        if (measure_trust(&r, c) > 0.5f && l->bottom > l->top)
            ok = make_body(l, c, &r, err);
    } else {
        err_set(err, ERR_NOMEM, "no memory for %zu rows", rows);
    }
    free(block);
    return ok;
}

void lathe_clear(Lathe *l)
{
    free(l->outline_centre); /* and the radius with it */
    free(l->ring);
    *l = (Lathe){ 0 };
}

float lathe_mid(const Lathe *l, float y)
{
    float t = tanf(l->tilt);
    return y * t / (1 + y * t / l->camera);
}

LatheRing lathe_ring(const Lathe *l, float height)
{
    float span = l->upper - l->lower, last = (float)(l->ring_count - 1);
    float at = clamp_float((l->upper - height) / span * last, 0, last);
    size_t i = (size_t)at, j = i + 1 < l->ring_count ? i + 1 : i;
    float t = at - (float)i;
    const LatheRing *a = &l->ring[i], *b = &l->ring[j];
    return (LatheRing){ a->centre + t * (b->centre - a->centre), a->radius + t * (b->radius - a->radius),
                        a->slope + t * (b->slope - a->slope) };
}

Vec3 lathe_to_photo(const Lathe *l, Vec3 upright)
{
    float c = l->tilt_cosine, s = l->tilt_sine;
    return (Vec3){ upright.x, upright.y * c - upright.z * s, upright.y * s + upright.z * c };
}

Vec3 lathe_to_upright(const Lathe *l, Vec3 photo)
{
    float c = l->tilt_cosine, s = l->tilt_sine;
    return (Vec3){ photo.x, photo.y * c + photo.z * s, photo.z * c - photo.y * s };
}
