/* Weights in ggml's blocks against its definitions. */
#include "../block_formulas.h"
#include "case.h"

#include <math.h>

/* Two roundings of a product and a sum: each 2^-24 of what is rounded, which is below 200 here (32 * 63 * 0.1). */
static const double TOLERANCE = 2 * 0x1p-24 * 200;

static void blocks_are_their_formulas(void **state)
{
    (void)state;
    enum { BLOCKS = 40 };
    Rng rng;
    rng_init(&rng, 7);
    for (size_t t = 0; t < BLOCK_TYPES; t++) {
        const BlockType *type = &block_types[t];
        uint8_t bytes[BLOCKS * BLOCK_BYTES_MAX + 1];
        float out[BLOCKS * 256];
        for (size_t b = 0; b < BLOCKS; b++)
            block_random(type, &rng, 0.1f, bytes + 1 + b * type->bytes); /* at an odd address */
        size_t count = BLOCKS * type->elements;
        assert_int_equal(dtype_block(type->dtype), type->elements);
        assert_int_equal(dtype_bytes(type->dtype, count), BLOCKS * type->bytes);
        tensor_to_f32(tensor_of(bytes + 1, type->dtype, SHAPE(count)), 0, count, out);
        for (size_t i = 0; i < count; i++) {
            double want =
                block_element(type, bytes + 1 + i / type->elements * type->bytes, i % type->elements);
            if (!(fabs(out[i] - want) <= TOLERANCE))
                fail_msg("%s: element %zu is %.9g and not %.9g", dtype_name(type->dtype), i, out[i], want);
        }
        /* From the middle on, and no further than asked for. */
        float part[257] = { [256] = 42 };
        tensor_to_f32(tensor_of(bytes + 1, type->dtype, SHAPE(count)), 5 * type->elements, type->elements,
                      part);
        assert_memory_equal(part, out + 5 * type->elements, type->elements * sizeof *part);
        assert_true(part[type->elements] == (type->elements == 256 ? 42.0f : 0.0f));
    }
}

static void rows_that_blocks_do_not_fill_have_no_size(void **state)
{
    (void)state;
    size_t bytes;
    assert_true(shape_size(SHAPE(3, 512), DTYPE_Q6_K, NULL, &bytes));
    assert_int_equal(bytes, 3 * 2 * 210);
    assert_false(shape_size(SHAPE(256, 96), DTYPE_Q6_K, NULL, &bytes));
    assert_false(shape_size(SHAPE(32, 48), DTYPE_Q5_1, NULL, &bytes));
}

/* The sum of 512 products of size 0.04 has roundings far below this; a wrong block would be wrong by 0.1. */
static void a_layer_of_blocks_counts_with_their_values(void **state)
{
    (void)state;
    enum { OUT = 67, IN = 512 };
    Case *t;
    for (size_t way = 0; (t = case_open(way)); case_close(t), way++)
        for (size_t k = 0; k < BLOCK_TYPES; k++) {
            const BlockType *type = &block_types[k];
            size_t blocks = OUT * IN / type->elements;
            uint8_t *bytes = case_alloc(t, blocks * type->bytes);
            for (size_t b = 0; b < blocks; b++)
                block_random(type, &t->rng, type->elements == 32 ? 2e-3f : 5e-5f, bytes + b * type->bytes);
            Linear l = { .weight.host = tensor_of(bytes, type->dtype, SHAPE(OUT, IN)) };
            for (size_t rows = 1; rows < 80; rows += 39) {
                Tensor x = case_random(t, SHAPE(rows, IN), 1);
                double *px = case_values(t, x), *y = case_alloc(t, rows * OUT * sizeof *y);
                for (size_t r = 0; r < rows; r++)
                    for (size_t i = 0; i < OUT * IN; i++)
                        y[r * OUT + i / IN] +=
                            px[r * IN + i % IN] *
                            block_element(type, bytes + i / type->elements * type->bytes, i % type->elements);
                case_expect(t, op_linear(t->c, x, &l), SHAPE(rows, OUT), y, 1e-5);
            }
            linear_clear(&l);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_their_formulas),
        cmocka_unit_test(rows_that_blocks_do_not_fill_have_no_size),
        cmocka_unit_test(a_layer_of_blocks_counts_with_their_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
