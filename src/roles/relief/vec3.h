/* roles/relief/vec3.h: points and directions. x to the right, y up, z towards the photo's camera. */
#ifndef FACET_ROLES_RELIEF_VEC3_H
#define FACET_ROLES_RELIEF_VEC3_H

#include "base/clamp.h"

#include <math.h>

typedef struct {
    float x, y, z;
} Vec3;

static inline Vec3 vec3_add(Vec3 a, Vec3 b)
{
    return (Vec3){ a.x + b.x, a.y + b.y, a.z + b.z };
}
static inline Vec3 vec3_sub(Vec3 a, Vec3 b)
{
    return (Vec3){ a.x - b.x, a.y - b.y, a.z - b.z };
}
static inline Vec3 vec3_scale(Vec3 a, float s)
{
    return (Vec3){ a.x * s, a.y * s, a.z * s };
}
static inline float vec3_dot(Vec3 a, Vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static inline Vec3 vec3_cross(Vec3 a, Vec3 b)
{
    return (Vec3){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}
/* The direction of a; straight at the camera when a has none. */
static inline Vec3 vec3_unit(Vec3 a)
{
    float n = vec3_dot(a, a);
    return n > 1e-20f ? vec3_scale(a, 1.0f / sqrtf(n)) : (Vec3){ 0, 0, 1 };
}

/* Rows of a rotation. */
typedef struct {
    Vec3 row[3];
} Mat3;

static inline Vec3 mat3_apply(const Mat3 *m, Vec3 a)
{
    return (Vec3){ vec3_dot(m->row[0], a), vec3_dot(m->row[1], a), vec3_dot(m->row[2], a) };
}

/* 0 up to lo, 1 from hi on, smooth between. */
static inline float smoothstep(float lo, float hi, float v)
{
    float t = clamp_float((v - lo) / (hi - lo), 0, 1);
    return t * t * (3 - 2 * t);
}

#endif
