/* tensor/weight.h: what backends keep of a weight, and where. Private to the tensor core. */
#ifndef FACET_TENSOR_WEIGHT_H
#define FACET_TENSOR_WEIGHT_H

#include "tensor/tensor.h"

/* The head of a backend's own struct. `form` says whose and which: the address of one of its constants. */
struct WeightPack {
    WeightPack *next;
    const void *form;
    int variant; /* for what this form depends on beyond the weight, a thread count for instance */
    void (*free)(WeightPack *self);
};

/* Is it [n], or missing? */
bool weight_is_vector(const Weight *w, size_t n);

/* The form that was put earlier, or NULL. Safe beside weight_put from other threads. */
WeightPack *weight_get(const Weight *w, const void *form, int variant);

/* Keep p with the weight. When another thread was faster, p is freed and the other one returned. */
WeightPack *weight_put(const Weight *w, WeightPack *p);

/* Give the pages of a mapped weight's own data back to the system; reading them again fetches them from the
 * file. */
void weight_drop_pages(const Weight *w);

#endif
