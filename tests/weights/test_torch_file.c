/* Checkpoints of torch.save(). The files of tests/fixtures/weights are PyTorch 1.13's own (see its README).
 */
#include "../support.h"
#include "forge.h"

#include "weights/weights.h"

#include <fcntl.h>

/* Bytes of a literal without its last zero. */
#define BYTES(literal) literal, sizeof(literal) - 1

/* ---- helpers -------------------------------------------------------------------------------------- */

static char *fixture(const char *name)
{
    char *folder = golden_folder("weights", 0), *path = path_join(folder, name);
    free(folder);
    return path;
}

static Weights *open_fixture(const char *name)
{
    char *path = fixture(name);
    Weights *w;
    Err err = { 0 };
    assert_ok(weights_open(&w, path, &err));
    free(path);
    return w;
}

static void assert_same_tensors(const Weights *a, const Weights *b)
{
    assert_int_equal(weights_count(a), weights_count(b));
    for (size_t i = 0; i < weights_count(a); i++) {
        const WeightTensor *x = weights_at(a, i), *y = weights_find(b, x->name);
        if (!y)
            fail_msg("%s: %s is not there", weights_name(b), x->name);
        assert_int_equal(x->dtype, y->dtype);
        assert_int_equal(x->rank, y->rank);
        assert_memory_equal(x->dim, y->dim, sizeof x->dim);
        assert_int_equal(x->bytes, y->bytes);
        if (x->bytes && memcmp(x->data, y->data, x->bytes) != 0)
            fail_msg("%s: %s holds other numbers", weights_name(b), x->name);
        assert_int_equal((uintptr_t)y->data % weight_dtype_size(y->dtype), 0);
    }
}

static void assert_file_refused(const char *path, const char *words)
{
    Weights *w;
    Err err = { 0 };
    assert_false(weights_open(&w, path, &err));
    assert_null(w);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, path);
    assert_says(err, words);
    assert_null(strchr(err.msg, '\n'));
}

/* ---- what PyTorch wrote ----------------------------------------------------------------------------- */

/* Each .safetensors holds what PyTorch sees in the .pth of the same name. */
static void every_way_of_saving_gives_pytorch_s_own_tensors(void **state)
{
    (void)state;
    static const struct {
        const char *saved, *expected;
    } cases[] = {
        { "module.pth", "module.safetensors" },
        { "module_legacy.pth", "module.safetensors" },
        { "module_protocol4.pth", "module.safetensors" },
        { "module_recent.pth", "module.safetensors" },
        { "every_type.pth", "every_type.safetensors" },
        { "every_type_legacy.pth", "every_type.safetensors" },
        { "nested.pth", "nested.safetensors" },
        { "nested_legacy.pth", "nested.safetensors" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Weights *saved = open_fixture(cases[i].saved), *expected = open_fixture(cases[i].expected);
        assert_same_tensors(expected, saved);
        weights_close(saved);
        weights_close(expected);
    }
}

static void a_prefix_looks_into_the_outer_dictionary(void **state)
{
    (void)state;
    Weights *w = open_fixture("nested.pth"), *inner = open_fixture("module.pth");
    Err err = { 0 };
    assert_true(weights_prefix(w, "model."));
    for (size_t i = 0; i < weights_count(inner); i++) {
        const WeightTensor *t = weights_at(inner, i);
        assert_non_null(weights_take(w, t->name, t->rank, t->dim));
    }
    assert_ok(weights_finish(w, &err)); /* the optimizer's tensors lie outside */
    weights_close(w);
    weights_close(inner);
}

static void what_is_not_tensors_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *words;
    } cases[] = {
        { "refused_module.pth", "wants __main__.M, which no tensor needs" },
        { "refused_namespace.pth", "wants argparse.Namespace, which no tensor needs" },
        { "refused_deflated.pth", "is compressed" },
        { "refused_big_endian.pth", "highest byte first" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = fixture(cases[i].name);
        assert_file_refused(path, cases[i].words);
        free(path);
    }
}

/* Views of one storage stay views of it, also where the storage has to be moved because it lies at an odd place. */
static void views_share_the_numbers_of_their_storage(void **state)
{
    (void)state;
    static const char *const names[] = { "every_type.pth", "every_type_legacy.pth" };
    for (size_t i = 0; i < 2; i++) {
        Weights *w = open_fixture(names[i]);
        const WeightTensor *whole = weights_find(w, "whole"), *row = weights_find(w, "row");
        assert_ptr_equal(row->data, (const float *)whole->data + 2 * 5);
        weights_close(w);
    }
}

/* ---- what no torch.save() wrote ----------------------------------------------------------------------- */

#define STORAGE(key, n) "(U\7storagectorch\nFloatStorage\nU\1" key "U\3cpuK" n "tQ"
#define TENSOR(name, key, n) \
    "U\1" name "ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE(key, n) "K\0K" n "\x85K\1\x85tRs"

static void checkpoints_whose_parts_do_not_fit_are_refused(void **state)
{
    static const char numbers[12] = { 0 };
    static const struct {
        ForgePart part[2];
        const char *words;
    } cases[] = {
        { { { "a/data.pkl", BYTES("}" TENSOR("x", "0", "\3") ".") }, { "a/data/0", numbers, 8 } },
          "storage 0 should have 12 bytes and has 8" },
        { { { "a/data.pkl", BYTES("}" TENSOR("x", "0", "\2") ".") }, { "a/data/0", numbers, 12 } },
          "storage 0 should have 8 bytes and has 12" },
        { { { "a/data.pkl", BYTES("}" TENSOR("x", "0", "\3") ".") }, { "a/data/1", numbers, 12 } },
          "storage 0 is not in its archive" },
        { { { "a/data.pkl", BYTES("}" TENSOR("x", "0", "\3") ".") }, { "b/data/0", numbers, 12 } },
          "storage 0 is not in its archive" },
        { { { "a/data.pkl", BYTES("}" TENSOR("x", "0", "\3") TENSOR("x", "0", "\3") ".") },
            { "a/data/0", numbers, 12 } },
          "two tensors are called x" },
        { { { "a/data.pkl", BYTES("}" TENSOR("x", "0", "\3") TENSOR("y", "0", "\2") ".") },
            { "a/data/0", numbers, 12 } },
          "describes storage 0 in two ways" },
        { { { "a/data.pkl", BYTES("}" TENSOR("\n", "0", "\3") ".") }, { "a/data/0", numbers, 12 } },
          "the tensor name \"?\"" },
        { { { "a/code.py", "import os" }, { "a/data/0", numbers, 12 } }, "without a data.pkl" },
        { { { "a/b/data.pkl", "}." }, { "a/data/0", numbers, 12 } }, "without a data.pkl" },
        { { { "a/data.pkl", "}" }, { "a/data/0", numbers, 12 } }, "ends before it is complete" },
        { { { "a/data.pkl", "]." }, { "a/byteorder", "big" } }, "highest byte first" },
    };
    const char *path = temp_path(state, "model.pth");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str s = forge_zip(cases[i].part, 2, (ForgeEnd){ 0 });
        forge_write(path, s.s, s.len);
        str_clear(&s);
        assert_file_refused(path, cases[i].words);
    }
}

#define MAGIC                \
    "\x80\2\x8a\12l\xfc\x9c" \
    "F\xf9 j\xa8P\31."
#define VERSION        "\x80\2M\xe9\3."
#define MACHINE(order) "\x80\2}U\15little_endian" order "s."

static void older_checkpoints_whose_parts_do_not_fit_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *words;
    } cases[] = {
        { BYTES(MAGIC VERSION MACHINE("\x88") "}" TENSOR("x", "0", "\1") ".]U\1"
                                                                         "0a.\1\0\0\0\0\0\0\0abcd"),
          NULL },
        { BYTES(MAGIC "M\xea\3." MACHINE("\x88") "}.]."), "version that PyTorch never had" },
        { BYTES(MAGIC VERSION MACHINE("\x89") "}.]."), "highest byte first" },
        { BYTES(MAGIC VERSION "N.}.]."), "highest byte first" },
        { BYTES(MAGIC VERSION MACHINE("\x88") "}" TENSOR("x", "0", "\1") ".N."), "no list of its storages" },
        { BYTES(MAGIC VERSION MACHINE("\x88") "}" TENSOR("x", "0", "\1") ".]."),
          "storage 0 is not in the file" },
        { BYTES(MAGIC VERSION MACHINE("\x88") "}" TENSOR("x", "0", "\1") ".]U\1"
                                                                         "1a.\1\0\0\0\0\0\0\0abcd"),
          "names 1, which is unknown" },
        { BYTES(MAGIC VERSION MACHINE("\x88") "}" TENSOR("x", "0", "\1") ".]Na.\1\0\0\0\0\0\0\0abcd"),
          "which is unknown" },
        { BYTES(MAGIC VERSION MACHINE("\x88") "}" TENSOR("x", "0", "\1") ".](U\1"
                                                                         "0U\1"
                                                                         "0e.\1\0\0\0\0\0\0\0abcd"),
          "named twice" },
        { BYTES(MAGIC VERSION MACHINE("\x88") "}" TENSOR("x", "0", "\1") ".]U\1"
                                                                         "0a.\2\0\0\0\0\0\0\0abcdabcd"),
          "storage 0 of 4 bytes is not where" },
        { BYTES(MAGIC VERSION MACHINE("\x88") "}" TENSOR("x", "0", "\1") ".]U\1"
                                                                         "0a.\1\0\0\0\0\0\0\0abc"),
          "storage 0 of 4 bytes is not where" },
    };
    const char *path = temp_path(state, "model.pth");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        forge_write(path, cases[i].bytes, cases[i].size);
        if (cases[i].words) {
            assert_file_refused(path, cases[i].words);
            continue;
        }
        Weights *w;
        Err err = { 0 };
        assert_ok(weights_open(&w, path, &err));
        assert_memory_equal(weights_find(w, "x")->data, "abcd", 4);
        weights_close(w);
    }
}

/* ---- damage ----------------------------------------------------------------------------------------- */

static const char *copy_fixture(void **state, const char *name, size_t *size)
{
    char *from = fixture(name);
    const char *to = temp_path(state, "model.pth");
    uint8_t *data;
    Err err = { 0 };
    assert_ok(file_read(from, (size_t)1 << 24, &data, size, &err));
    forge_write(to, data, *size);
    free(data);
    free(from);
    return to;
}

static void a_checkpoint_cut_anywhere_is_refused(void **state)
{
    static const char *const names[] = { "module.pth", "module_legacy.pth", "every_type_legacy.pth" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size;
        const char *path = copy_fixture(state, names[i], &size);
        while (size-- > 0) {
            assert_int_equal(truncate(path, (off_t)size), 0);
            assert_file_refused(path, "fetch it again");
        }
    }
}

/* Whatever one byte becomes: a refusal, or tensors that lie in memory. */
static void a_changed_byte_never_leads_outside(void **state)
{
    static const char *const names[] = { "every_type.pth", "every_type_legacy.pth" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size;
        const char *path = copy_fixture(state, names[i], &size);
        int fd = open(path, O_RDWR);
        assert_true(fd >= 0);
        for (size_t at = 0; at < size; at++) {
            uint8_t byte, other;
            assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
            for (int k = 0; k < 3; k++) {
                other = k == 0 ? byte ^ 1 : k == 1 ? byte ^ 0x80 : 0xFF;
                assert_int_equal(pwrite(fd, &other, 1, (off_t)at), 1);
                Weights *w;
                Err err = { 0 };
                if (!weights_open(&w, path, &err)) {
                    assert_true(err.kind == ERR_INPUT || err.kind == ERR_NOMEM);
                    continue;
                }
                volatile uint8_t sum = 0;
                for (size_t t = 0; t < weights_count(w); t++)
                    for (size_t b = 0; b < weights_at(w, t)->bytes; b++)
                        sum ^= ((const uint8_t *)weights_at(w, t)->data)[b];
                (void)sum;
                weights_close(w);
            }
            assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
        }
        close(fd);
    }
}

/* ---- the full set ----------------------------------------------------------------------------------- */

static void the_checkpoints_of_the_sam_fixtures_open(void **state)
{
    (void)state;
    static const struct {
        const char *path, *prefix, *name;
        size_t count;
    } cases[] = {
        { "sam_vit_tiny/sam_vit_tiny.pth", "", "image_encoder.pos_embed", 202 },
        { "vit_t_tiny/vit_t_tiny.pt", "", "image_encoder.patch_embed.seq.0.c.weight", 307 },
        { "sam2_tiny/sam2_tiny.pt", "model.", "no_mem_embed", 336 },
        { "sam2_0_tiny/sam2_0_tiny.pt", "model.", "no_mem_embed", 297 },
    };
    char *folder = golden_folder("sam", 1);
    if (!folder)
        skip();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = path_join(folder, cases[i].path);
        Weights *w;
        Err err = { 0 };
        assert_ok(weights_open(&w, path, &err));
        assert_int_equal(weights_count(w), cases[i].count);
        assert_true(weights_prefix(w, cases[i].prefix));
        assert_non_null(weights_find(w, cases[i].name));
        weights_close(w);
        free(path);
    }
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_of_saving_gives_pytorch_s_own_tensors),
        cmocka_unit_test(a_prefix_looks_into_the_outer_dictionary),
        cmocka_unit_test(what_is_not_tensors_is_refused_by_name),
        cmocka_unit_test(views_share_the_numbers_of_their_storage),
        temp_test(checkpoints_whose_parts_do_not_fit_are_refused),
        temp_test(older_checkpoints_whose_parts_do_not_fit_are_refused),
        temp_test(a_checkpoint_cut_anywhere_is_refused),
        temp_test(a_changed_byte_never_leads_outside),
        cmocka_unit_test(the_checkpoints_of_the_sam_fixtures_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
