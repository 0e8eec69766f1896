#include "roles/view_poses.h"

#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    float value;
    bool original; /* one of the original's defaults */
} Named;

static const Named view_names[] = {
    { "front view", 0, true },
    { "front-right quarter view", 45, true },
    { "right side view", 90, true },
    { "back-right quarter view", 135, false },
    { "back view", 180, true },
    { "back-left quarter view", 225, false },
    { "left side view", 270, true },
    { "front-left quarter view", 315, true },
    { NULL },
};

static const Named elevation_names[] = {
    { "low-angle shot", -30, false },
    { "eye-level shot", 0, false },
    { "elevated shot", 30, true },
    { "high-angle shot", 60, false },
    { NULL },
};

static const Named distance_names[] = {
    { "close-up", 0.6f, false },
    { "medium shot", 1.0f, true },
    { "wide shot", 1.8f, false },
    { NULL },
};

typedef struct {
    const char *what;   /* for messages */
    const Named *known; /* ends with a NULL name */
    const char *last_word;
    const char *degrees; /* prefix of a free number, or NULL */
    int lowest, highest;
} Kind;

static const Kind kind_view = { "view", view_names, "view", "az", -360, 360 };
static const Kind kind_elevation = { "elevation", elevation_names, "shot", "el", -90, 90 };
static const Kind kind_distance = { "distance", distance_names, "shot", NULL, 0, 0 };

enum { FREE_NAME_SIZE = 8 }; /* "az359", "el-90" */

/* One position on one axis. `free_name` is used when `name` is NULL. */
typedef struct {
    const char *name;
    char free_name[FREE_NAME_SIZE];
    float value;
} Stop;

typedef struct {
    Stop *stop;
    size_t count;
} Stops;

static const char *known_name(const Kind *kind, size_t n)
{
    for (size_t k = 0; kind->known[k].name; k++)
        if (k == n)
            return kind->known[k].name;
    return NULL;
}

const char *view_name(size_t n)
{
    return known_name(&kind_view, n);
}

const char *elevation_name(size_t n)
{
    return known_name(&kind_elevation, n);
}

const char *distance_name(size_t n)
{
    return known_name(&kind_distance, n);
}

/* Lower case, without separators and without the kind's last word: "Front view" is "front". False when it
 * does not fit into `out`, and then it is no known name either. */
static bool bare_name(const char *text, const char *last_word, char *out, size_t size)
{
    size_t n = 0;
    for (; *text; text++) {
        if (strchr(" -_\t", *text))
            continue;
        if (n + 1 >= size)
            return false;
        out[n++] = (char)tolower((unsigned char)*text);
    }
    size_t word = strlen(last_word);
    if (n > word && memcmp(out + n - word, last_word, word) == 0)
        n -= word;
    out[n] = 0;
    return true;
}

static bool same_bare_name(const char *text, const char *known, const char *last_word)
{
    char a[64], b[64];
    return bare_name(text, last_word, a, sizeof a) && bare_name(known, last_word, b, sizeof b) &&
           strcmp(a, b) == 0;
}

static const char *stop_name(const Stop *s)
{
    return s->name ? s->name : s->free_name;
}

static bool stops_add(Stops *stops, Stop stop, Err *err)
{
    for (size_t i = 0; i < stops->count; i++)
        if (strcmp(stop_name(&stops->stop[i]), stop_name(&stop)) == 0)
            return true;
    Stop *grown = realloc(stops->stop, (stops->count + 1) * sizeof *grown);
    if (!grown)
        return err_set(err, ERR_NOMEM, "no memory for the list of views");
    stops->stop = grown;
    grown[stops->count++] = stop;
    return true;
}

static bool stops_add_known(Stops *stops, const Kind *kind, bool only_original, Err *err)
{
    for (const Named *n = kind->known; n->name; n++)
        if ((n->original || !only_original) && !stops_add(stops, (Stop){ n->name, "", n->value }, err))
            return false;
    return true;
}

/* "az30" or "EL-20": the kind's prefix, then a whole number in its range. */
static bool parse_degrees(const Kind *kind, const char *text, Stop *stop)
{
    size_t n = kind->degrees ? strlen(kind->degrees) : 0;
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)text[i]) != kind->degrees[i])
            return false;
    const char *number = text + n;
    if (n == 0 || (!isdigit((unsigned char)*number) && *number != '-' && *number != '+'))
        return false;
    char *end;
    long degrees = strtol(number, &end, 10);
    if (end == number || *end || degrees < kind->lowest || degrees > kind->highest)
        return false;
    bool azimuth = kind == &kind_view;
    if (azimuth)
        degrees = (degrees + 360) % 360;
    *stop = (Stop){ .value = (float)degrees };
    snprintf(stop->free_name, sizeof stop->free_name, azimuth ? "az%03d" : "el%d", (int)degrees);
    return true;
}

static bool unknown_name(const Kind *kind, const char *text, Err *err)
{
    Str allowed = { 0 };
    for (const Named *n = kind->known; n->name; n++)
        str_printf(&allowed, "\"%s\", ", n->name);
    if (kind->degrees)
        str_printf(&allowed, "whole degrees from \"%s%d\" to \"%s%d\", ", kind->degrees, kind->lowest,
                   kind->degrees, kind->highest);
    err_set(err, ERR_USAGE, "\"%.100s\" is no %s; use %s\"all\" or \"default\"", text, kind->what,
            str_text(&allowed));
    str_clear(&allowed);
    return false;
}

static bool stops_add_name(Stops *stops, const Kind *kind, const char *text, Err *err)
{
    if (same_bare_name(text, "all", kind->last_word))
        return stops_add_known(stops, kind, false, err);
    if (same_bare_name(text, "default", kind->last_word))
        return stops_add_known(stops, kind, true, err);
    for (const Named *n = kind->known; n->name; n++)
        if (same_bare_name(text, n->name, kind->last_word))
            return stops_add(stops, (Stop){ n->name, "", n->value }, err);
    Stop stop;
    if (parse_degrees(kind, text, &stop))
        return stops_add(stops, stop, err);
    return unknown_name(kind, text, err);
}

static bool stops_from_names(Stops *stops, const Kind *kind, const TextList *names, Err *err)
{
    if (!names || names->count == 0)
        return stops_add_known(stops, kind, true, err);
    for (size_t i = 0; i < names->count; i++)
        if (!stops_add_name(stops, kind, names->text[i], err))
            return false;
    return true;
}

/* A free name moves to the end of the poses' block, so that it lives as long as they do. */
static void keep_names(Stops *stops, char **text)
{
    for (size_t i = 0; i < stops->count; i++) {
        Stop *s = &stops->stop[i];
        if (s->name)
            continue;
        memcpy(*text, s->free_name, FREE_NAME_SIZE);
        s->name = *text;
        *text += FREE_NAME_SIZE;
    }
}

/* One block: the poses, then the free names. Lists hold at most 360 + 181 + some stops, no product overflows.
 */
static bool combine(Stops *v, Stops *e, Stops *d, ViewPose **poses, size_t *count, Err *err)
{
    size_t n = v->count * e->count * d->count;
    ViewPose *out = malloc(n * sizeof *out + (v->count + e->count) * FREE_NAME_SIZE);
    if (!out)
        return err_set(err, ERR_NOMEM, "no memory for %zu views", n);
    char *text = (char *)(out + n);
    keep_names(v, &text);
    keep_names(e, &text);
    *poses = out;
    *count = n;
    for (size_t i = 0; i < v->count; i++)
        for (size_t j = 0; j < e->count; j++)
            for (size_t k = 0; k < d->count; k++)
                *out++ = (ViewPose){ v->stop[i].name,  e->stop[j].name,  d->stop[k].name,
                                     v->stop[i].value, e->stop[j].value, d->stop[k].value };
    return true;
}

bool view_poses_from_names(const TextList *views, const TextList *elevations, const TextList *distances,
                           ViewPose **poses, size_t *count, Err *err)
{
    *poses = NULL;
    *count = 0;
    Stops v = { 0 }, e = { 0 }, d = { 0 };
    bool ok = stops_from_names(&v, &kind_view, views, err) &&
              stops_from_names(&e, &kind_elevation, elevations, err) &&
              stops_from_names(&d, &kind_distance, distances, err) && combine(&v, &e, &d, poses, count, err);
    free(v.stop);
    free(e.stop);
    free(d.stop);
    return ok;
}

/* ---- what a pose is called ---------------------------------------------------------------------- */

static void add_underscored(Str *to, const char *text)
{
    for (; *text; text++)
        str_add_char(to, *text == ' ' || *text == '-' ? '_' : *text);
}

void view_pose_add_name(Str *to, size_t index, const ViewPose *pose)
{
    str_printf(to, "perspective_%02zu_", index);
    add_underscored(to, pose->view);
    str_add(to, "__");
    add_underscored(to, pose->elevation);
}

void view_pose_add_distance(Str *to, const ViewPose *pose)
{
    add_underscored(to, pose->distance);
}

void view_pose_add_prompt(Str *to, const ViewPose *pose)
{
    str_printf(to, "<sks> %s %s %s", pose->view, pose->elevation, pose->distance);
}
