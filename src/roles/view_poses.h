/* roles/view_poses.h: names of camera positions, as the multi-camera LoRA was trained on them. */
#ifndef FACET_ROLES_VIEW_POSES_H
#define FACET_ROLES_VIEW_POSES_H

#include "base/text_list.h"
#include "roles/views.h"

/* Every combination of the named views, elevations and distances: view by view, within a view elevation by
 * elevation, within an elevation distance by distance; a name given twice counts once.
 *
 * A name is taken in any case, with spaces, hyphens or underscores, with or without its last word ("view",
 * "shot"); "all" stands for every name of the list and "default" for those of the original, which an empty
 * list means too: six views (front, front-right quarter, right side, back, left side, front-left quarter),
 * "elevated shot", "medium shot". Whole degrees are taken as "az30" (-360 to 360, named "az030") and "el-20"
 * (-90 to 90).
 *
 * The caller frees *poses; the names in it are static texts or live in the same block. ERR_USAGE lists what
 * is allowed; ERR_NOMEM; *poses is then NULL and *count 0. */
bool view_poses_from_names(const TextList *views, const TextList *elevations, const TextList *distances,
                           ViewPose **poses, size_t *count, Err *err) __attribute__((warn_unused_result));

/* Add the name that a view's file begins with, as in "perspective_03_front_right_quarter_view__elevated_shot". */
void view_pose_add_name(Str *to, size_t index, const ViewPose *pose);
/* Add its distance as in a file's name: "medium_shot". */
void view_pose_add_distance(Str *to, const ViewPose *pose);
/* Add the prompt that the LoRA was trained on: "<sks> front view elevated shot medium shot". */
void view_pose_add_prompt(Str *to, const ViewPose *pose);

/* n-th known name of each kind, NULL past the last; for help texts and checks. */
const char *view_name(size_t n);
const char *elevation_name(size_t n);
const char *distance_name(size_t n);

#endif
