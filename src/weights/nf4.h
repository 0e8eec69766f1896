/* weights/nf4.h: matrices that bitsandbytes has put into 4 bits an element (QLoRA: Dettmers et al. 2023, arXiv:2305.14314,
 * sec. 3), as a safetensors file holds them: beside <name>, now a column of bytes, lie <name>.absmax, <name>.quant_map and
 * <name>.quant_state.bitsandbytes__nf4 (or __fp4: the same with another quant_map), a piece of JSON; where the scales are
 * quantised in their turn, also <name>.nested_absmax and <name>.nested_quant_map. */
#ifndef FACET_WEIGHTS_NF4_H
#define FACET_WEIGHTS_NF4_H

#include "weights/weights.h"

enum { NF4_CODES = 16, NF4_NESTED_CODES = 256 };

/* Element i, in row-major order, is the high half of byte i / 2 where i is even, else the low half. Its value is
 *     code[half] * absmax[i / block]
 * and with double quantisation, where absmax is NULL, absmax of block b is
 *     nested_code[absmax_u8[b]] * nested_absmax[b / nested_block] + nested_offset
 * All arrays are borrowed from the checkpoint and as long as that asks for. */
typedef struct {
    size_t rows, cols;
    const uint8_t *packed;
    const float *code; /* NF4_CODES */
    size_t block;
    const float *absmax;
    const uint8_t *absmax_u8;
    const float *nested_code; /* NF4_NESTED_CODES */
    const float *nested_absmax;
    size_t nested_block;
    float nested_offset;
} PackedMatrix;

/* Whether <name> is stored so. Its shape, [rows, cols], in dim where that is not NULL; 0 where the JSON has none. */
bool nf4_is(const Weights *w, const char *name, size_t dim[2]);

/* Take <name> and what lies beside it. What is missing is remembered for weights_finish(), as weights_take() does, and false
 * returned with no error in *err. False with *err set, ERR_INPUT: the parts do not fit together or are not [rows, cols]. */
bool nf4_take(Weights *w, const char *name, size_t rows, size_t cols, PackedMatrix *out, Err *err)
    __attribute__((warn_unused_result));

#endif
