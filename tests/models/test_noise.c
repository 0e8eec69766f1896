/* Noise as torch makes it, against torch. */
#include "../support.h"

#include "base/file.h"
#include "models/noise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* torch with vector instructions has logarithms and sines of its own. */
static const double VECTORS = 3e-6;

static GoldenTensors *golden(void)
{
    GoldenTensors *t = NULL;
    char *root;
    for (int i = 0; !t && (root = golden_folder("qwen", i)); i++) {
        char *path = path_join(root, "torch_randn/expected.safetensors");
        t = golden_tensors_open(path);
        free(path);
        free(root);
    }
    assert_non_null(t);
    return t;
}

static void assert_numbers(const float *got, GoldenTensor want, double tolerance)
{
    for (size_t i = 0; i < want.dim[0]; i++)
        if (!(fabs(got[i] - golden_real(want, i)) <= tolerance))
            fail_msg("%s: number %zu is %.9g and not %.9g", want.name, i, (double)got[i],
                     golden_real(want, i));
}

/* Every tensor <family>.seed<s>.n<n> of the file. */
static size_t check_family(const GoldenTensors *t, const char *family, double tolerance)
{
    static const uint64_t seeds[] = { 0, 1, 42, 1234, 2147483647, 4294967295, 4294967338 };
    static const size_t sizes[] = { 1, 2, 7, 15, 16, 17, 24, 31, 32, 33, 100, 1024, 4096 };
    static float got[4096];
    size_t seen = 0;
    for (size_t s = 0; s < sizeof seeds / sizeof *seeds; s++)
        for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
            GoldenTensor want = golden_find(t, "%s.seed%" PRIu64 ".n%zu", family, seeds[s], sizes[n]);
            TorchNoise g;
            if (!want.data)
                continue;
            torch_noise_init(&g, seeds[s]);
            torch_noise_normal(&g, got, sizes[n]);
            /* Below 16 numbers torch computes one by one, in double precision. */
            assert_numbers(got, want, sizes[n] < 16 ? 0 : tolerance);
            seen++;
        }
    return seen;
}

static void seeds_give_the_noise_of_torch(void **state)
{
    (void)state;
    GoldenTensors *t = golden();
    assert_true(check_family(t, "f32", VECTORS) > 50);
    golden_tensors_close(t);
}

static void without_vector_instructions_every_bit_is_that_of_torch(void **state)
{
    (void)state;
    GoldenTensors *t = golden();
    assert_true(check_family(t, "f32_scalar", 0) > 10);
    golden_tensors_close(t);
}

static void several_draws_go_on_where_the_last_one_ended(void **state)
{
    static const size_t sizes[] = { 3, 16, 3, 20, 1 };
    float got[20];
    TorchNoise g;
    (void)state;
    GoldenTensors *t = golden();
    torch_noise_init(&g, 42);
    for (size_t i = 0; i < 5; i++) {
        GoldenTensor want = golden_find(t, "sequence.%zu.n%zu", i, sizes[i]);
        assert_non_null(want.data);
        torch_noise_normal(&g, got, sizes[i]);
        assert_numbers(got, want, sizes[i] < 16 ? 0 : VECTORS);
    }
    golden_tensors_close(t);
}

static void no_numbers_are_no_accident(void **state)
{
    TorchNoise g;
    (void)state;
    torch_noise_init(&g, 7);
    TorchNoise before = g;
    torch_noise_normal(&g, NULL, 0);
    assert_int_equal(g.next, before.next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_give_the_noise_of_torch),
        cmocka_unit_test(without_vector_instructions_every_bit_is_that_of_torch),
        cmocka_unit_test(several_draws_go_on_where_the_last_one_ended),
        cmocka_unit_test(no_numbers_are_no_accident),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
