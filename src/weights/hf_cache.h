/* weights/hf_cache.h: files of Hugging Face repositories in a local cache.
 *
 *   <cache>/models--facebook--sam2.1-hiera-large/refs/main            the name of a snapshot
 *   <cache>/models--facebook--sam2.1-hiera-large/snapshots/<name>/... its files
 */
#ifndef FACET_WEIGHTS_HF_CACHE_H
#define FACET_WEIGHTS_HF_CACHE_H

/* The path of `file` (or with "" of the snapshot's folder) of the repository "org/name", in the snapshot that refs/main names,
 * or where there is no such, in the first that has the file. NULL when it is not there or memory runs out; the caller
 * frees it. */
char *hf_cache_find(const char *cache, const char *repository, const char *file);

#endif
