/* Numbers of every type as f32, against the formula of the type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "weights/weight_f32.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What an IEEE number of 16 bits means: sign, `bits` bits of exponent, the rest fraction. */
static double meaning(unsigned code, int bits)
{
    int fraction_bits = 15 - bits, bias = (1 << (bits - 1)) - 1;
    int exponent = (int)(code >> fraction_bits) & ((1 << bits) - 1);
    int fraction = (int)code & ((1 << fraction_bits) - 1);
    double sign = code & 0x8000 ? -1 : 1;
    if (exponent == (1 << bits) - 1)
        return fraction ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, 1 - bias - fraction_bits);
    return sign * ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
}

/* All 65536 codes, in runs of several lengths and places, so that the wide loop and its tail both see each. */
static void every_16_bit_number_has_its_exact_value(void **state)
{
    (void)state;
    static const struct {
        WeightDtype dtype;
        int exponent_bits;
    } types[] = { { WEIGHT_F16, 5 }, { WEIGHT_BF16, 8 } };
    static const size_t runs[] = { 65536, 1, 7, 64, 67, 4096 };
    uint16_t *in = malloc(65536 * sizeof *in);
    float *out = malloc(65536 * sizeof *out);
    for (unsigned i = 0; i < 65536; i++)
        in[i] = (uint16_t)i;
    for (size_t t = 0; t < 2; t++)
        for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
            memset(out, 0x55, 65536 * sizeof *out);
            for (size_t at = 0; at < 65536; at += runs[r])
                weight_to_f32(out + at, in + at, types[t].dtype, runs[r] < 65536 - at ? runs[r] : 65536 - at);
            for (unsigned i = 0; i < 65536; i++) {
                double want = meaning(i, types[t].exponent_bits);
                if (isnan(want) ? !isnan(out[i]) : out[i] != want || !signbit(out[i]) != !signbit(want))
                    fail_msg("type %d, code %04x in runs of %zu: %g, not %g", (int)types[t].dtype, i, runs[r],
                             (double)out[i], want);
            }
        }
    free(in);
    free(out);
}

/* 1 + 2^-24 lies between two f32 and goes to the even one; 2^24 + 1 likewise. */
static void wider_numbers_are_rounded_to_the_nearest(void **state)
{
    (void)state;
    static const double f64[] = { 1 + 0x1p-24, 1 + 0x3p-24, 1e300, -1e-300, 0.1 };
    static const float from_f64[] = { 1, 1 + 0x4p-24f, INFINITY, -0.0f, 0.1f };
    static const int64_t i64[] = { INT64_MIN, INT64_MAX, 16777217, -3 };
    static const float from_i64[] = { -0x1p63f, 0x1p63f, 16777216, -3 };
    static const int32_t i32[] = { INT32_MIN, INT32_MAX, 16777217 };
    static const float from_i32[] = { -0x1p31f, 0x1p31f, 16777216 };
    float out[5];
    weight_to_f32(out, f64, WEIGHT_F64, 5);
    assert_memory_equal(out, from_f64, 5 * sizeof *out);
    weight_to_f32(out, i64, WEIGHT_I64, 4);
    assert_memory_equal(out, from_i64, 4 * sizeof *out);
    weight_to_f32(out, i32, WEIGHT_I32, 3);
    assert_memory_equal(out, from_i32, 3 * sizeof *out);
}

static void small_numbers_are_themselves(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0, 1, 127, 128, 255 };
    static const float as_u8[] = { 0, 1, 127, 128, 255 }, as_i8[] = { 0, 1, 127, -128, -1 };
    static const float as_bool[] = { 0, 1, 1, 1, 1 };
    static const int16_t i16[] = { INT16_MIN, -1, INT16_MAX };
    static const float as_i16[] = { -32768, -1, 32767 };
    float out[5];
    weight_to_f32(out, bytes, WEIGHT_U8, 5);
    assert_memory_equal(out, as_u8, sizeof out);
    weight_to_f32(out, bytes, WEIGHT_I8, 5);
    assert_memory_equal(out, as_i8, sizeof out);
    weight_to_f32(out, bytes, WEIGHT_BOOL, 5);
    assert_memory_equal(out, as_bool, sizeof out);
    weight_to_f32(out, i16, WEIGHT_I16, 3);
    assert_memory_equal(out, as_i16, 3 * sizeof *out);
    weight_to_f32(out, as_u8, WEIGHT_F32, 5);
    assert_memory_equal(out, as_u8, sizeof out);
    weight_to_f32(out, NULL, WEIGHT_F32, 0);
    assert_memory_equal(out, as_u8, sizeof out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_16_bit_number_has_its_exact_value),
        cmocka_unit_test(wider_numbers_are_rounded_to_the_nearest),
        cmocka_unit_test(small_numbers_are_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
