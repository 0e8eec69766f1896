/* vision/colour_mixture.h: which colours a region of a picture has, as a mixture of Gaussians. */
#ifndef FACET_VISION_COLOUR_MIXTURE_H
#define FACET_VISION_COLOUR_MIXTURE_H

#include <stdbool.h>
#include <stddef.h>

enum { MIXTURE_MAX = 5 };

/* A colour (RGB, 0..255) and how often it occurs. */
typedef struct {
    float rgb[3], weight;
} WeightedColour;

typedef struct {
    double mean[3];
    double inverse[6]; /* of the covariance: rr, rg, rb, gg, gb, bb */
    double log_scale;  /* log(share / sqrt(det covariance)); the constant (2 pi)^-1.5 is left out */
} ColourGaussian;

/* Start it as {0}: no colour is likely. */
typedef struct {
    ColourGaussian part[MIXTURE_MAX];
    size_t count;
} ColourMixture;

/* Fit to colours from nothing: the cluster that varies most is split along its principal axis until there are MIXTURE_MAX
 * (Orchard and Bouman 1991), then as mixture_refit(). Colours without weight do not count. */
void mixture_fit(ColourMixture *m, const WeightedColour *colours, size_t n);
/* Give each colour to the Gaussian that explains it best, and fit the Gaussians to what they were given. */
void mixture_refit(ColourMixture *m, const WeightedColour *colours, size_t n);

/* -log of a colour's density under the mixture, up to a constant that is the same for all mixtures; within +-MIXTURE_COST_MAX. */
#define MIXTURE_COST_MAX 60.0f
float mixture_cost(const ColourMixture *m, const float rgb[3]);

#endif
