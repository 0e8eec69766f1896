/* bench/qwen_files.h: Qwen-Image's files at full width with one transformer block, full of random numbers. */
#ifndef FACET_BENCH_QWEN_FILES_H
#define FACET_BENCH_QWEN_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Channels of a token, of a text embedding, of a packed latent. */
enum { FILES_WIDTH = 3072, FILES_TEXT_WIDTH = 3584, FILES_PACKED = 64 };

typedef enum { BF16, NF4, Q4_K, LORA_PAIR } Kind;

/* A folder with config.json and the weights, those of Q4_K in a gguf file. False: it could not be written. */
bool files_transformer(const char *folder, Kind kind);
/* A LoRA of rank 32 on all layers of the block. */
bool files_lora(const char *path);

/* Floating point operations. */
typedef struct {
    double encode, decode;
} VaeFlop;

/* The autoencoder's folder; *flop is for a picture of so many pixels a side. */
bool files_vae(const char *folder, size_t side, VaeFlop *flop);

#endif
