/* cli/camera_options.h: the options of the camera effects, for every command that applies them. */
#ifndef FACET_CLI_CAMERA_OPTIONS_H
#define FACET_CLI_CAMERA_OPTIONS_H

#include "cli/options.h"
#include "pipeline/run_config.h"

/* A factor of an image operation: 0 is nothing left, 1 unchanged. */
#define CAMERA_FACTOR_MAX 100.0

/* Rows are for reading across. */
/* clang-format off */
#define CAMERA_PROBABILITY(T, what, default_, help_) \
    { .name = #what "_probability", .type = OPT_REAL, .offset = offsetof(T, run.what##_probability), .fallback = default_, \
      .min = 0, .max = 1, .value = "P", .help = "Chance of " help_ }

/* For the member `run`, a RunConfig, of an options struct `T`. */
#define CAMERA_OPTION_ROWS(T) \
    CAMERA_PROBABILITY(T, bw, "0.5", "black and white"), \
    CAMERA_PROBABILITY(T, saturation, "0.7", "another saturation"), \
    CAMERA_PROBABILITY(T, contrast, "0.5", "another contrast"), \
    CAMERA_PROBABILITY(T, brightness, "0.3", "another brightness"), \
    CAMERA_PROBABILITY(T, motion_blur, "0.8", "motion blur"), \
    CAMERA_PROBABILITY(T, compression_noise, "1.0", "repeated JPEG compression"), \
    { .name = "saturation_range", .type = OPT_REAL_PAIR, .offset = offsetof(T, run.saturation_range), .fallback = "0.1,2.5", \
      .min = 0, .max = CAMERA_FACTOR_MAX, .help = "Factor of saturation; 1 changes nothing" }, \
    { .name = "contrast_range", .type = OPT_REAL_PAIR, .offset = offsetof(T, run.contrast_range), .fallback = "0.2,0.8", \
      .min = 0, .max = CAMERA_FACTOR_MAX, .help = "Factor of contrast; 1 changes nothing" }, \
    { .name = "brightness_range", .type = OPT_REAL_PAIR, .offset = offsetof(T, run.brightness_range), .fallback = "0.4,1.5", \
      .min = 0, .max = CAMERA_FACTOR_MAX, .help = "Factor of brightness; 1 changes nothing" }, \
    { .name = "motion_blur_range", .type = OPT_INT_PAIR, .offset = offsetof(T, run.motion_blur_range), .fallback = "20,55", \
      .min = 1, .max = 1000, .help = "Length of the blur in pixels" }, \
    { .name = "compression_iterations_range", .type = OPT_INT_PAIR, \
      .offset = offsetof(T, run.compression_iterations_range), .fallback = "10,30", .min = 1, .max = 1000, \
      .help = "Times an image is compressed" }, \
    { .name = "compression_quality_range", .type = OPT_INT_PAIR, .offset = offsetof(T, run.compression_quality_range), \
      .fallback = "10,40", .min = 1, .max = 100, .help = "JPEG quality of each time" }

/* The limit on what is decoded, for the member `member`, an int, of an options struct `T`. */
#define MAX_PIXELS_ROW(T, member) \
    { MAX_PIXELS_FIELDS(T, member) }
#define MAX_PIXELS_FIELDS(T, member) \
    .name = "max_pixels", .type = OPT_INT, .offset = offsetof(T, member), .fallback = "178956970", .min = 1, \
      .max = 2147483647, .value = "N", .help = "Refuse pictures that claim more pixels than this, before they are decoded"
/* clang-format on */

#endif
