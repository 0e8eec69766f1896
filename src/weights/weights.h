/* weights/weights.h: the tensors of a model, from whatever files its authors published.
 *
 * Files are mapped into memory and not read: opening costs the same for a large model as for a small one, and
 * a tensor that nobody takes never comes from the disk. A model loads itself in three steps:
 *
 *     if (!weights_open(&w, path, err))
 *         return false;
 *     model->proj = weights_take(w, "neck.proj.weight", 2, (size_t[]){ out, in });      // once per tensor
 *     weights_ignore(w, "memory_encoder.");
 *     if (!weights_finish(w, err))                           // names everything that did not fit, at once
 *         ...
 *
 * One thread at a time may take, ignore or finish; weights_find() and weights_at() only read.
 */
#ifndef FACET_WEIGHTS_WEIGHTS_H
#define FACET_WEIGHTS_WEIGHTS_H

#include "weights/weight_tensor.h"

typedef struct Weights Weights;

/* Open a model. `path` is one of
 *
 *   a .safetensors file
 *   a file of torch.save(): .pth, .pt, .bin; a dictionary in a dictionary gives names joined with dots, so
 *     that {"model": {"a": tensor}} holds "model.a", see weights_prefix()
 *   a .gguf file
 *   an *.index.json, which lists the shards beside it
 *   a folder with one of these, by the names that Hugging Face gives them or the only one there
 *
 * What a file is, is decided by its content; only an index is known by its name. On failure *out is NULL and *err says which
 * file, what about it, and what to do: ERR_MISSING, ERR_INPUT, ERR_IO, ERR_NOMEM. */
bool weights_open(Weights **out, const char *path, Err *err) __attribute__((warn_unused_result));
/* Close it; every tensor that came from it is gone with it. NULL is fine. */
void weights_close(Weights *w);

/* Zeroed memory that lives as long as the checkpoint, for what a loader derives from its tensors. NULL: there is none. */
void *weights_keep(Weights *w, size_t bytes);

/* The path as it was given, for messages. */
const char *weights_name(const Weights *w);

/* The tensors in the order of their files; i is below the count. Names are whole, whatever the prefix. */
size_t weights_count(const Weights *w);
const WeightTensor *weights_at(const Weights *w, size_t i);

/* A text of the "__metadata__" that a safetensors file carries, or a "general." setting of a GGUF file; NULL when there is
 * none. Borrowed. */
const char *weights_metadata(const Weights *w, const char *key);

/* Make the names of all functions below relative to a prefix, "model." for a checkpoint {"model": {...}}:
 * what lies outside of it is not looked at. Returns whether any tensor has the prefix; when none has, nothing
 * changes. "" ends it. */
bool weights_prefix(Weights *w, const char *prefix);

/* Whether a tensor's data lies in a mapped file rather than in memory of its own: its pages may then be given back to the
 * system, which reads them again when they are wanted. */
bool weights_mapped(const Weights *w, const WeightTensor *t);

/* The tensor of that name; NULL when there is none. */
const WeightTensor *weights_find(const Weights *w, const char *name);

/* --- strict loading ---------------------------------------------------------------------------- */

/* The tensor of that name, which the model needs and uses. A dimension of SIZE_MAX accepts any size, and a
 * negative rank any shape (then `dim` may be NULL). A tensor that is missing or of another shape is
 * remembered for weights_finish() and NULL is returned. */
const WeightTensor *weights_take(Weights *w, const char *name, int rank, const size_t *dim);
/* Tensors whose names start so are there and the model does not use them. */
void weights_ignore(Weights *w, const char *prefix);
/* Whether all that was taken was there, and all that is there was taken or ignored. False with *err set,
 * ERR_INPUT: what is missing, unexpected and of another shape, ten names of each at most. */
bool weights_finish(Weights *w, Err *err) __attribute__((warn_unused_result));

#endif
