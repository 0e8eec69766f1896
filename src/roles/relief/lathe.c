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

/* Disc of each row: the run around the axis, as wide as its narrower half unless both are about the same. */
static void measure_rows(Lathe *l, const Cutout *c, int mirror)
{
    float axis = 0.5f * (float)mirror;
    int column = mirror / 2;
    l->top = c->height;
    l->bottom = -1;
    for (int y = 0; y < c->height; y++) {
        l->centre[y] = axis - c->middle_x;
        if (!cutout_inside(c, column, y))
            continue;
        float shift = axis - (float)column;
        float left = run_length(c, column, y, -1) + shift, right = run_length(c, column, y, 1) - shift;
        float less = fminf(left, right), more = fmaxf(left, right);
        l->radius[y] = fmaxf(less, 0);
        if (more < 1.08f * less + 1) {
            l->radius[y] = 0.5f * (left + right);
            l->centre[y] += 0.5f * (right - left);
        }
        l->top = l->top < y ? l->top : y;
        l->bottom = y;
    }
}

/* Mean over five rows, inside the body only. */
static void smooth_rows(const Lathe *l, float *value, float *scratch)
{
    for (int y = l->top; y <= l->bottom; y++) {
        float sum = 0;
        int count = 0;
        for (int k = y - 2; k <= y + 2; k++)
            if (k >= l->top && k <= l->bottom && l->radius[k] > 0) {
                sum += value[k];
                count++;
            }
        scratch[y] = count ? sum / (float)count : value[y];
    }
    for (int y = l->top; y <= l->bottom; y++)
        value[y] = l->radius[y] > 0 ? scratch[y] : 0;
}

/* An upright disc seen from above shows the upper half of an ellipse at the top of the outline. Find its
 * height in rows: the arc must fit and the outline below must go on about as wide. 0 when the top is of
 * another kind. */
static int top_arc(const Lathe *l)
{
    int rows = l->bottom - l->top + 1, best = 0;
    float best_error = 0.05f;
    for (int b = 2; b < rows / 3; b++) {
        float a = l->radius[l->top + b];
        if (a < 6 || (float)b > 0.5f * a || l->radius[l->top + 2 * b] > 1.06f * a ||
            l->radius[l->top + 2 * b] < 0.9f * a)
            continue;
        float error = 0;
        for (int k = 0; k < b; k++) {
            float t = 1 - ((float)k + 0.5f) / ((float)b + 0.5f);
            error += fabsf(l->radius[l->top + k] / a - sqrtf(1 - t * t));
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
    return y * (1 - z / l->camera) * cosf(l->tilt) + z * sinf(l->tilt);
}

/* With the arc of the upper end the tilt is known, and with it the arc of the lower end; within the arcs the
 * discs go on as they are at the arc's widest row. */
static void find_ends(Lathe *l, const Cutout *c)
{
    int arc = top_arc(l);
    if (arc == 0)
        return;
    float a = l->radius[l->top + arc], y = c->middle_y - (float)l->top;
    l->tilt = clampf(asinf((float)arc / a) + atanf(y / l->camera), 0.02f, 0.7f);
    int k = 1;
    float low = l->tilt - atanf((c->middle_y - (float)l->bottom) / l->camera);
    while (l->bottom - k > l->top + arc && (float)k < sinf(low) * l->radius[l->bottom - k])
        k++;
    for (int i = 0; i < arc; i++) {
        l->radius[l->top + i] = a;
        l->centre[l->top + i] = l->centre[l->top + arc];
    }
    for (int i = 0; i < k; i++) {
        l->radius[l->bottom - i] = l->radius[l->bottom - k];
        l->centre[l->bottom - i] = l->centre[l->bottom - k];
    }
    l->flat_ends = true;
    l->trust = 1;
    l->upper = axis_height(l, c->middle_y - (float)(l->top + arc));
    l->lower = axis_height(l, c->middle_y - (float)(l->bottom - k));
}

/* How much of the cut-out the discs explain. */
static float measure_trust(const Lathe *l, const Cutout *c)
{
    float discs = 0, area = 0;
    int filled = 0;
    for (size_t i = 0; i < (size_t)c->width * (size_t)c->height; i++)
        area += c->alpha[i];
    for (int y = 0; y < c->height; y++) {
        discs += 2 * l->radius[y];
        filled += l->radius[y] > 0;
    }
    float height = (float)filled / (float)(c->height - 2);
    return smoothstep(0.62f, 0.78f, discs / area) * smoothstep(0.75f, 0.9f, height);
}

bool lathe_init(Lathe *l, const Cutout *c, float camera, Err *err)
{
    size_t rows = (size_t)c->height;
    *l = (Lathe){ .camera = camera };
    l->centre = calloc(rows, sizeof(float));
    l->radius = calloc(rows, sizeof(float));
    float *scratch = calloc(rows, sizeof(float));
    bool ok = l->centre && l->radius && scratch;
    if (ok) {
        measure_rows(l, c, mirror_axis(c));
        l->trust = measure_trust(l, c);
        if (l->trust > 0.5f)
            find_ends(l, c);
        smooth_rows(l, l->centre, scratch);
        smooth_rows(l, l->radius, scratch);
    } else {
        err_set(err, ERR_NOMEM, "no memory for %zu rows", rows);
    }
    free(scratch);
    return ok;
}

void lathe_clear(Lathe *l)
{
    free(l->centre);
    free(l->radius);
    *l = (Lathe){ 0 };
}

float lathe_mid(const Lathe *l, float y)
{
    float t = tanf(l->tilt);
    return y * t / (1 + y * t / l->camera);
}

/* Linear between rows, the end rows go on for one row. */
static float row_value(const Lathe *l, const Cutout *c, const float *value, float y)
{
    float row = clampf(c->middle_y - y, (float)l->top, (float)l->bottom);
    int r = (int)row;
    int next = r < l->bottom ? r + 1 : r;
    float t = row - (float)r;
    if (l->radius[r] <= 0 || l->radius[next] <= 0)
        return value[t < 0.5f ? r : next];
    return value[r] + t * (value[next] - value[r]);
}

float lathe_radius(const Lathe *l, const Cutout *c, float y)
{
    float row = c->middle_y - y;
    if (row < (float)l->top - 1 || row > (float)l->bottom + 1)
        return 0;
    return row_value(l, c, l->radius, y);
}

/* Keep to the heights between the flat ends: the height along a ray grows linearly towards the camera. */
static void cut_ends(const Lathe *l, float y, LatheHit *hit)
{
    float cosine = cosf(l->tilt), slope = sinf(l->tilt) - y * cosine / l->camera;
    if (slope < 0.01f)
        return;
    float upper = (l->upper - y * cosine) / slope;
    hit->lid = upper < hit->front;
    hit->front = fminf(hit->front, upper);
    hit->back = fmaxf(hit->back, (l->lower - y * cosine) / slope);
    if (hit->front < hit->back)
        hit->front = hit->back = 0.5f * (hit->front + hit->back);
}

LatheHit lathe_hit(const Lathe *l, const Cutout *c, float x, float y, float thickness)
{
    float mid = lathe_mid(l, y), seen = l->trust > 0 ? lathe_radius(l, c, y) : 0;
    LatheHit hit = { .front = mid + thickness, .back = mid - thickness };
    float dx = seen > 0 ? x - row_value(l, c, l->centre, y) : 0, d = l->camera;
    if (seen <= 0 || fabsf(dx) > seen + 1)
        return hit;
    /* dx (1 - z/d) and z lie on the circle; its tangent from the camera passes the axis plane at `seen`. */
    float a2 = seen * seen / (1 + seen * seen / (d * d));
    float qa = 1 + dx * dx / (d * d), qb = -2 * dx * dx / d, qc = dx * dx - a2;
    float root = sqrtf(fmaxf(qb * qb - 4 * qa * qc, 0)), slant = l->trust / cosf(l->tilt);
    hit.front = fmaxf(hit.front, mid + (-qb + root) / (2 * qa) * slant);
    hit.back = fminf(hit.back, mid + (-qb - root) / (2 * qa) * slant);
    hit.body = true;
    if (l->flat_ends)
        cut_ends(l, y, &hit);
    return hit;
}
