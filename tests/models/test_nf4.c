/* Linear layers that bitsandbytes stored in 4 bits: loaded as any other, and of the values that it computes. */
#include "forge_tensors.h"
#include "qwen_cases.h"

#include "models/load.h"

#include <math.h>

/* ---- golden values ---- */

static void check_layer(Weights *w, const GoldenTensors *expected, const char *name, json_t *about)
{
    Loader l = { .weights = w };
    Linear layer = { 0 };
    Shape shape;
    json_t *dims = json_object_get(about, "shape");
    size_t out = (size_t)json_integer_value(json_array_get(dims, 0)),
           in = (size_t)json_integer_value(json_array_get(dims, 1));
    assert_true(load_shape(&l, &shape, "%s.weight", name));
    assert_true(shape_equal(shape, SHAPE(out, in)));
    load_linear(&l, &layer, out, in, "%s", name);
    assert_int_equal(l.err.kind, ERR_NONE);
    assert_int_equal(layer.weight.host.dtype, DTYPE_NF4);

    float *got = calloc(out * in, sizeof *got);
    tensor_to_f32(layer.weight.host, 0, out * in, got);
    /* float32 products in the same order: every bit. */
    assert_within(got, golden_find(expected, "%s.dequant_f32", name), 0, "%s", name);
    free(got);

    OpCtx *c = qwen_ctx();
    Tensor x = golden_upload(c, golden_find(expected, "%s.x", name), 2);
    got = fetch(c, op_linear(c, x, &layer));
    assert_near(got, golden_find(expected, "%s.linear_f32", name), 2e-6, "%s: linear", name);
    free(got);
    op_close(c);
    linear_clear(&layer);
}

static void four_bit_layers_have_the_values_of_the_reference(void **state)
{
    QwenCase qc;
    Weights *w;
    Err err = { 0 };
    const char *name;
    json_t *about;
    (void)state;
    if (!qwen_case_open(&qc, "nf4"))
        fail_msg("there are no golden 4-bit layers");
    char *path = qwen_case_path(&qc, "weights.safetensors");
    assert_true(weights_open(&w, path, &err));
    GoldenTensors *expected = qwen_case_tensors(&qc, "expected.safetensors");
    json_object_foreach(json_object_get(qc.about, "layers"), name, about)
    {
        check_layer(w, expected, name, about);
    }
    /* Everything that lies beside the weights was used. */
    if (!weights_finish(w, &err))
        fail_msg("%s", err.msg);
    golden_tensors_close(expected);
    weights_close(w);
    free(path);
    qwen_case_close(&qc);
}

/* ---- damaged files ---- */

#define NESTED "\"nested_blocksize\": 256, \"nested_dtype\": \"float32\", \"nested_offset\": 0.25"
#define STATE  "\"quant_type\": \"nf4\", \"blocksize\": 64, \"shape\": [8, 16]"

/* A layer [8, 16]: 128 elements in 64 bytes, two blocks. */
static void forge_layer(const char *path, const char *json, const char *leave_out, const char *shorten,
                        bool nested)
{
    const ForgeTensor all[] = {
        { "a.weight", "U8", { 64, 1 }, 2, NULL },
        { "a.bias", "F32", { 8 }, 1, NULL },
        { "a.weight.absmax", nested ? "U8" : "F32", { 2 }, 1, NULL },
        { "a.weight.quant_map", "F32", { 16 }, 1, NULL },
        { "a.weight.nested_absmax", "F32", { 1 }, 1, NULL },
        { "a.weight.nested_quant_map", "F32", { 256 }, 1, NULL },
        { "a.weight.quant_state.bitsandbytes__nf4", "U8", { strlen(json) }, 1, json },
    };
    ForgeTensor some[7];
    size_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if ((leave_out && strcmp(all[i].name, leave_out) == 0) || (!nested && strstr(all[i].name, "nested")))
            continue;
        some[n] = all[i];
        some[n].dim[0] -= shorten && strcmp(all[i].name, shorten) == 0;
        n++;
    }
    forge_tensors(path, some, n, NULL);
}

static bool loads(const char *path, Err *err)
{
    Weights *w;
    Linear layer = { 0 };
    *err = (Err){ 0 };
    if (!weights_open(&w, path, err))
        fail_msg("%s", err->msg);
    Loader l = { .weights = w };
    load_linear(&l, &layer, 8, 16, "a");
    bool ok = load_finish(&l, err);
    linear_clear(&layer);
    weights_close(w);
    return ok;
}

static void damaged_layers_are_refused_by_name(void **state)
{
    static const struct {
        const char *json, *leave_out, *shorten;
        bool nested;
        const char *says; /* NULL: it is whole */
    } cases[] = {
        { "{" STATE "}", NULL, NULL, false, NULL },
        { "{" STATE ", " NESTED "}", NULL, NULL, true, NULL },
        { "{" STATE "}", "a.weight.absmax", NULL, false, "a.weight.absmax" },
        { "{" STATE "}", "a.weight.quant_map", NULL, false, "a.weight.quant_map" },
        { "{" STATE "}", "a.weight", NULL, false, "a.weight" },
        { "{" STATE "}", NULL, "a.weight", false, "a.weight" },
        { "{" STATE "}", NULL, "a.weight.absmax", false, "a.weight.absmax" },
        { "{" STATE "}", NULL, "a.weight.quant_map", false, "a.weight.quant_map" },
        { "{" STATE "}", NULL, NULL, true, "a.weight.absmax" }, /* bytes where floats are promised */
        { "{" STATE ", " NESTED "}", NULL, NULL, false, "a.weight.absmax" },
        { "{" STATE ", " NESTED "}", "a.weight.nested_absmax", NULL, true, "nested_absmax" },
        { "{" STATE ", " NESTED "}", NULL, "a.weight.nested_quant_map", true, "nested_quant_map" },
        { "{" STATE ", \"nested_blocksize\": 256}", NULL, NULL, true, "quant_state" },
        { "{" STATE ", \"nested_blocksize\": -1}", NULL, NULL, true, "quant_state" },
        { "[1]", NULL, NULL, false, "JSON" },
        { "{", NULL, NULL, false, "JSON" },
        { "{\"blocksize\": 0, \"shape\": [8, 16]}", NULL, NULL, false, "blocksize" },
        { "{\"blocksize\": 1e9, \"shape\": [8, 16]}", NULL, NULL, false, "blocksize" },
        { "{\"blocksize\": 64, \"shape\": [16, 8]}", NULL, NULL, false, "[16, 8]" },
        { "{\"blocksize\": 64, \"shape\": [8, -16]}", NULL, NULL, false, "not [8, 16]" },
        { "{\"blocksize\": 64, \"shape\": 128}", NULL, NULL, false, "not [8, 16]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = temp_path(state, "a.safetensors");
        Err err = { 0 };
        forge_layer(path, cases[i].json, cases[i].leave_out, cases[i].shorten, cases[i].nested);
        bool ok = loads(path, &err);
        if (ok != !cases[i].says)
            fail_msg("case %zu: %s", i, ok ? "was taken" : err.msg);
        if (!ok && (err.kind != ERR_INPUT || !strstr(err.msg, cases[i].says) || !strstr(err.msg, path)))
            fail_msg("case %zu: %s", i, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_bit_layers_have_the_values_of_the_reference),
        cmocka_unit_test_setup_teardown(damaged_layers_are_refused_by_name, temp_setup, temp_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
