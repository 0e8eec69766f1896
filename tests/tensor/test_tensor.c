/* Shapes, sizes, and how stored numbers become f32. */
#include "base/half.h"
#include "case.h"

#include <math.h>
#include <string.h>

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    size_t n = 0, bytes = 0;
    assert_true(shape_size(SHAPE(2, 3, 5), DTYPE_F16, &n, &bytes));
    assert_int_equal(n, 30);
    assert_int_equal(bytes, 60);
    assert_true(shape_size((Shape){ .rank = 0 }, DTYPE_F32, &n, &bytes));
    assert_int_equal(n, 1);
    assert_true(shape_size(SHAPE((size_t)1 << 60, 0, (size_t)1 << 60), DTYPE_F32, &n, &bytes));
    assert_int_equal(bytes, 0);
    assert_false(shape_size(SHAPE((size_t)1 << 62), DTYPE_F32, &n, &bytes));
    assert_false(shape_size(SHAPE((size_t)1 << 40, (size_t)1 << 40), DTYPE_U8, &n, &bytes));
    assert_false(shape_size(SHAPE(3, 33), DTYPE_Q8_0, &n, &bytes));
    assert_true(shape_size(SHAPE(3, 64), DTYPE_Q8_0, &n, &bytes));
    assert_int_equal(bytes, 3 * 68);
    assert_true(shape_size(SHAPE(512), DTYPE_Q4_K, &n, &bytes));
    assert_int_equal(bytes, 288);
    assert_false(shape_size(SHAPE(3, 3), DTYPE_NF4, &n, &bytes));
}

static void nf4_is_code_times_scale_high_half_first(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0x01, 0x23, 0xf0, 0x7e };
    static const float absmax[] = { 2, 10 };
    static const uint8_t absmax_u8[] = { 3, 255 };
    float nested[256] = { [3] = 0.5f, [255] = -1 }, nested_absmax[] = { 4, 8 }, out[8];
    Nf4 q = { .block = 4, .absmax = absmax };
    for (int i = 0; i < 16; i++)
        q.code[i] = (float)i;
    Tensor t = tensor_of((void *)(uintptr_t)bytes, DTYPE_NF4, SHAPE(2, 4));
    t.nf4 = &q;
    tensor_to_f32(t, 0, 8, out);
    static const float want[] = { 0, 2, 4, 6, 150, 0, 70, 140 };
    assert_memory_equal(out, want, sizeof want);
    tensor_to_f32(t, 3, 2, out); /* across a block's border, from an odd element */
    assert_true(out[0] == 6 && out[1] == 150);

    Nf4 twice = q;
    twice.absmax = NULL;
    twice.absmax_u8 = absmax_u8;
    twice.nested_code = nested;
    twice.nested_absmax = nested_absmax;
    twice.nested_block = 1;
    twice.nested_offset = 1;
    t.nf4 = &twice;
    tensor_to_f32(t, 0, 8, out); /* scales 0.5 * 4 + 1 = 3 and -1 * 8 + 1 = -7 */
    static const float want_twice[] = { 0, 3, 6, 9, -105, -0.0f, -49, -98 };
    assert_memory_equal(out, want_twice, sizeof want_twice);
}

static void q8_0_is_a_scale_and_32_signed_bytes(void **state)
{
    (void)state;
    uint8_t block[68] = { 0 };
    uint16_t d = f32_to_f16(0.25f);
    memcpy(block + 34, &d, 2);
    for (int i = 0; i < 32; i++)
        block[36 + i] = (uint8_t)(i - 16);
    float out[32];
    tensor_to_f32(tensor_of(block, DTYPE_Q8_0, SHAPE(2, 32)), 32, 32, out);
    for (int i = 0; i < 32; i++)
        assert_true(out[i] == 0.25f * (float)(i - 16));
}

/* Packs scales and minima as ggml's comments describe the format, then reads them back. */
static void q4_k_reads_six_bit_scales_and_minima(void **state)
{
    (void)state;
    static const unsigned scale[8] = { 1, 63, 17, 32, 48, 5, 62, 33 },
                          min[8] = { 0, 63, 40, 16, 31, 47, 1, 50 };
    uint8_t b[144] = { 0 };
    uint16_t d = f32_to_f16(0.5f), dmin = f32_to_f16(0.125f);
    memcpy(b, &d, 2);
    memcpy(b + 2, &dmin, 2);
    for (int j = 0; j < 4; j++) {
        b[4 + j] = (uint8_t)(scale[j] | (scale[j + 4] >> 4) << 6);
        b[8 + j] = (uint8_t)(min[j] | (min[j + 4] >> 4) << 6);
        b[12 + j] = (uint8_t)((scale[j + 4] & 15) | (min[j + 4] & 15) << 4);
    }
    for (int i = 0; i < 128; i++)
        b[16 + i] = (uint8_t)(i * 37 + 11);
    float out[256];
    tensor_to_f32(tensor_of(b, DTYPE_Q4_K, SHAPE(256)), 0, 256, out);
    for (int i = 0; i < 256; i++) {
        int j = i / 32;
        uint8_t byte = b[16 + i / 64 * 32 + i % 32];
        unsigned nibble = j % 2 ? byte >> 4 : byte & 15;
        assert_true((double)out[i] == 0.5 * scale[j] * nibble - 0.125 * min[j]);
    }
}

static void a_description_names_dtype_and_dimensions(void **state)
{
    (void)state;
    char text[64];
    assert_string_equal(tensor_describe(tensor_of(NULL, DTYPE_BF16, SHAPE(3, 4)), text, sizeof text),
                        "bf16 [3, 4]");
    assert_string_equal(tensor_describe((Tensor){ 0 }, text, sizeof text), "none");
    assert_string_equal(tensor_describe(tensor_of(NULL, DTYPE_F32, SHAPE(123456, 123456)), text, 10),
                        "f32 [1234");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(nf4_is_code_times_scale_high_half_first),
        cmocka_unit_test(q8_0_is_a_scale_and_32_signed_bytes),
        cmocka_unit_test(q4_k_reads_six_bit_scales_and_minima),
        cmocka_unit_test(a_description_names_dtype_and_dimensions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
