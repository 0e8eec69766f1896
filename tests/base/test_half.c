/* Numbers of 16 bits against what IEEE 754 says they mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/half.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* IEEE 754 binary16 by its definition. */
static double half_value(unsigned h)
{
    double sign = h & 0x8000 ? -1 : 1, mantissa = h & 0x3ff;
    int exponent = h >> 10 & 31;
    if (exponent == 31)
        return mantissa != 0 ? NAN : sign * INFINITY;
    return exponent ? sign * ldexp(1 + mantissa / 1024, exponent - 15) : sign * ldexp(mantissa, -24);
}

static void every_half_is_read_exactly_and_written_back(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 65536; h++) {
        float f = f16_to_f32((uint16_t)h);
        if (isnan(half_value(h))) {
            assert_true(isnan(f) && isnan(f16_to_f32(f32_to_f16(f))));
            continue;
        }
        assert_true((double)f == half_value(h));
        assert_int_equal(f32_to_f16(f), h);
    }
}

/* The nearest half is a neighbour that is nowhere farther than the other one, and even in a tie. */
static void rounding_to_half_takes_the_nearest_and_even_ones_in_a_tie(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 0x7bff; h++) {
        double a = half_value(h), b = half_value(h + 1);
        float middle = (float)((a + b) / 2);
        assert_int_equal(f32_to_f16(middle), h & 1 ? h + 1 : h);
        assert_int_equal(f32_to_f16(nextafterf(middle, 0)), h);
        assert_int_equal(f32_to_f16(nextafterf(middle, INFINITY)), h + 1);
    }
    assert_int_equal(f32_to_f16(65519.996f), 0x7bff);
    assert_int_equal(f32_to_f16(65520.0f), 0x7c00);
    assert_int_equal(f32_to_bf16(1.00390625f), 0x3f80); /* 1 + 2^-8: a tie, down to the even one */
    assert_int_equal(f32_to_bf16(1.01171875f), 0x3f82); /* 1 + 3 * 2^-8: a tie, up */
    assert_true(isnan(bf16_to_f32(f32_to_bf16(NAN))));
    assert_true(bf16_to_f32(0xc0a0) == -5);
}

static uint32_t bits_of(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

/* In runs of several lengths and from an odd address, so that wide loops and their tails both see each. */
static void a_row_is_its_numbers_one_by_one(void **state)
{
    static const size_t runs[] = { 65536, 1, 7, 67, 4096 };
    uint8_t *in = malloc(2 * 65536 + 1);
    float *out = malloc(65536 * sizeof *out);
    (void)state;
    assert_non_null(in);
    assert_non_null(out);
    for (unsigned h = 0; h < 65536; h++)
        memcpy(in + 1 + 2 * (size_t)h, &(uint16_t){ (uint16_t)h }, 2);
    for (size_t r = 0; r < 2 * sizeof runs / sizeof *runs; r++) {
        size_t run = runs[r / 2];
        for (size_t at = 0; at < 65536; at += run)
            (r % 2 ? bf16_row_to_f32 : f16_row_to_f32)(out + at, in + 1 + 2 * at,
                                                       run < 65536 - at ? run : 65536 - at);
        for (unsigned h = 0; h < 65536; h++) {
            float want = r % 2 ? bf16_to_f32((uint16_t)h) : f16_to_f32((uint16_t)h);
            if (bits_of(out[h]) != bits_of(want))
                fail_msg("%s %04x in runs of %zu: %g, not %g", r % 2 ? "bf16" : "f16", h, run, (double)out[h],
                         (double)want);
        }
    }
    f16_row_to_f32(out, in, 0);
    free(in);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_is_read_exactly_and_written_back),
        cmocka_unit_test(rounding_to_half_takes_the_nearest_and_even_ones_in_a_tie),
        cmocka_unit_test(a_row_is_its_numbers_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
