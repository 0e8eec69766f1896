/* The pickle machine: what Python's pickler writes, and pickles that no pickler would. */
#include "../support.h"
#include "forge.h"

#include "weights/pickle.h"
#include "weights/torch_tensors.h"
#include "weights/weights.h"

/* Bytes of a literal without its last zero. */
#define BYTES(literal) literal, sizeof(literal) - 1

/* ---- helpers -------------------------------------------------------------------------------------- */

/* The memory must outlive what was read. */
static bool read_bytes(const void *bytes, size_t size, Pickle *p, uint8_t **memory, Err *err)
{
    *memory = malloc(size ? size : 1);
    memcpy(*memory, bytes, size);
    return pickle_read(p, *memory, size, err);
}

static void assert_refused(const char *bytes, size_t size, const char *words)
{
    Pickle p;
    uint8_t *memory;
    Err err = { 0 };
    if (read_bytes(bytes, size, &p, &memory, &err))
        fail_msg("a pickle was read that should be refused with \"%s\"", words);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, words);
    assert_null(p.root);
    free(memory);
}

/* A value as Python would print it. */
static void print_value(Str *to, const PickleValue *v)
{
    static const char *const brackets[] = {
        [PICKLE_LIST] = "[]", [PICKLE_TUPLE] = "()", [PICKLE_DICT] = "{}"
    };
    switch (v->kind) {
    case PICKLE_NONE: str_add(to, "None"); break;
    case PICKLE_BOOL: str_add(to, v->truth ? "True" : "False"); break;
    case PICKLE_INT: str_printf(to, "%lld", (long long)v->integer); break;
    case PICKLE_REAL: str_printf(to, "%g", v->real); break;
    case PICKLE_TEXT: str_printf(to, "'%.*s'", (int)v->text.n, v->text.s); break;
    case PICKLE_LIST:
    case PICKLE_TUPLE:
    case PICKLE_DICT:
        str_add_char(to, brackets[v->kind][0]);
        for (size_t i = 0; i < v->items.count; i++) {
            str_add(to, i == 0 ? "" : v->kind == PICKLE_DICT && i % 2 ? ": " : ", ");
            print_value(to, v->items.item[i]);
        }
        str_add_char(to, brackets[v->kind][1]);
        break;
    case PICKLE_GLOBAL: str_add(to, "<global>"); break;
    case PICKLE_STORAGE:
        str_printf(to, "<storage %.*s: %zu %s>", (int)v->storage->key.n, v->storage->key.s,
                   v->storage->elements, weight_dtype_name(v->storage->dtype));
        break;
    case PICKLE_TENSOR:
        str_printf(to, "<tensor at %zu:", v->tensor->offset);
        for (int i = 0; i < v->tensor->rank; i++)
            str_printf(to, " %zux%zu", v->tensor->dim[i], v->tensor->stride[i]);
        str_add_char(to, '>');
        break;
    }
}

static void assert_reads(const char *bytes, size_t size, const char *want)
{
    Pickle p;
    uint8_t *memory;
    Err err = { 0 };
    Str text = { 0 };
    assert_ok(read_bytes(bytes, size, &p, &memory, &err));
    print_value(&text, p.root);
    assert_string_equal(str_text(&text), want);
    assert_int_equal(p.size, size);
    str_clear(&text);
    pickle_clear(&p);
    free(memory);
}

#define FLOATS                                   \
    "(\x8c\7storagectorch\nFloatStorage\n\x8c\1" \
    "0\x8c\3cpuK\6tQ" /* 6 F32 under the key "0" */
#define REBUILD "ctorch._utils\n_rebuild_tensor_v2\n"

/* ---- what is read ----------------------------------------------------------------------------------- */

static void values_are_what_python_would_print(void **state)
{
    (void)state;
    assert_reads(BYTES("\x80\2N."), "None");
    assert_reads(BYTES("\x80\4\x95\3\0\0\0\0\0\0\0(\x88\x89t."), "(True, False)");
    assert_reads(BYTES("(K\xFFM\xFF\xFFJ\xFF\xFF\xFF\xFFJ\0\0\0\x80t."), "(255, 65535, -1, -2147483648)");
    assert_reads(
        BYTES("(\x8a\0\x8a\1\x80\x8a\2\x00\x80\x8a\7\0\0\0\0\0\0\1\x8a\10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Ft."),
        "(0, -128, -32768, 281474976710656, 9223372036854775807)");
    assert_reads(BYTES("G\x3f\xf8\0\0\0\0\0\0."), "1.5");
    assert_reads(BYTES("(U\1aT\1\0\0\0bX\1\0\0\0c\x8c\1d\x8d\1\0\0\0\0\0\0\0eC\1fB\1\0\0\0gt."),
                 "('a', 'b', 'c', 'd', 'e', 'f', 'g')");
    assert_reads(BYTES(")."), "()");
    assert_reads(BYTES("(t."), "()");
    assert_reads(BYTES("K\1\x85K\2K\3\x86N\x88\x89\x87\x87."), "((1), (2, 3), (None, True, False))");
    assert_reads(BYTES("](K\1K\2eK\3a."), "[1, 2, 3]");
    assert_reads(BYTES("(K\1K\2l."), "[1, 2]");
    assert_reads(BYTES("}(K\1K\2K\3K\4uK\5K\6s."), "{1: 2, 3: 4, 5: 6}");
    assert_reads(BYTES("(K\1K\2d."), "{1: 2}");
    assert_reads(BYTES("K\1(K\2K\3"
                       "1K\4"
                       "0."),
                 "1");
    assert_reads(BYTES("K\7"
                       "2\x86."),
                 "(7, 7)");
}

static void memos_bring_a_value_back(void **state)
{
    (void)state;
    assert_reads(BYTES("]q\0K\1ah\0\x86."), "([1], [1])");
    assert_reads(BYTES("]r\1\0\0\0j\1\0\0\0\x86."), "([], [])");
    assert_reads(BYTES("\x8c\1a\x94"
                       "0\x8c\1b\x94h\1h\0\x87."),
                 "('b', 'b', 'a')");
}

static void tensors_are_storages_with_a_view(void **state)
{
    (void)state;
    assert_reads(BYTES(REBUILD "(" FLOATS "K\1K\2K\2\x86K\1K\2\x86\x89"
                               "ccollections\nOrderedDict\n)RtR."),
                 "<tensor at 1: 2x1 2x2>");
    assert_reads(BYTES(REBUILD "(" FLOATS "K\0))tR."), "<tensor at 0:>");
    assert_reads(
        BYTES("ctorch._utils\n_rebuild_parameter\n(" REBUILD "(" FLOATS "K\0K\6\x85K\1\x85tR\x88NtR."),
        "<tensor at 0: 6x1>");
    assert_reads(BYTES(FLOATS "."), "<storage 0: 6 F32>");
    assert_reads(BYTES("(U\7storage\x8c\5torch\x8c\13HalfStorage\x93X\1\0\0\0k\x8c\6cuda:0J\0\0\1\0NtQ."),
                 "<storage k: 65536 F16>");
}

static void an_ordered_dictionary_is_a_dictionary(void **state)
{
    (void)state;
    assert_reads(BYTES("ccollections\nOrderedDict\n)RX\1\0\0\0aK\1s}X\1\0\0\0mK\1sb."), "{'a': 1}");
    assert_reads(BYTES("ccollections\nOrderedDict\n]K\1K\2\x86"
                       "a\x85R."),
                 "{1: 2}");
    assert_reads(BYTES("\x8c\13collections\x8c\13OrderedDict\x93)\x81."), "{}");
    assert_reads(BYTES("ctorch\nSize\nK\3K\4\x86\x85R."), "(3, 4)");
}

/* ---- what is refused -------------------------------------------------------------------------------- */

static void every_other_call_is_refused_by_name(void **state)
{
    (void)state;
    assert_refused(BYTES("cos\nsystem\nX\2\0\0\0ls\x85R."), "wants os.system, which no tensor needs");
    assert_refused(BYTES("\x80\4\x8c\10builtins\x8c\4eval\x93."), "wants builtins.eval, which");
    assert_refused(BYTES("ccollections\nOrderedDict2\n)R."), "wants collections.OrderedDict2, which");
    assert_refused(BYTES("ctorch._utils\n_rebuild_sparse_tensor\n)R."),
                   "torch._utils._rebuild_sparse_tensor");
    assert_refused(BYTES("ctorch\n\x1b[31mred\n)R."), "wants torch.?[31mred, which");
    assert_refused(BYTES("(I1\nios\nsystem\n."), "operation 0x49");
    assert_refused(BYTES("P0\n."), "operation 0x50");
}

static void calls_with_senseless_arguments_are_refused(void **state)
{
    (void)state;
    static const char words[] = "_rebuild_tensor_v2 with arguments that make no sense";
    assert_refused(BYTES(REBUILD ")R."), words);
    assert_refused(BYTES(REBUILD "(NK\0))tR."), words);
    assert_refused(BYTES(REBUILD "(" FLOATS "J\xFF\xFF\xFF\xFF))tR."), words);
    assert_refused(BYTES(REBUILD "(" FLOATS "K\0K\2\x85)tR."), words);
    assert_refused(BYTES(REBUILD "(" FLOATS "K\0J\xFF\xFF\xFF\xFF\x85K\1\x85tR."), words);
    assert_refused(BYTES(REBUILD "(" FLOATS "K\0K\2\x85N\x85tR."), words);
    assert_refused(
        BYTES(REBUILD "(" FLOATS "K\0(K\1K\1K\1K\1K\1K\1K\1K\1K\1t(K\1K\1K\1K\1K\1K\1K\1K\1K\1ttR."),
        "9 dimensions");
    assert_refused(BYTES("ctorch._utils\n_rebuild_parameter\nN\x85R."), "_rebuild_parameter with");
    assert_refused(BYTES("ccollections\nOrderedDict\n]K\1a\x85R."), "OrderedDict with");
    assert_refused(BYTES("ctorch\nSize\n)R."), "Size with");
    assert_refused(BYTES("ctorch\nFloatStorage\n)R."), "FloatStorage with");
    assert_refused(BYTES("NQ."), "names a storage");
    assert_refused(BYTES("(\x8c\7storageN\x8c\1"
                         "0\x8c\3cpuK\6tQ."),
                   "names a storage");
    assert_refused(BYTES("(\x8c\7storageccollections\nOrderedDict\n\x8c\1"
                         "0\x8c\3cpuK\6tQ."),
                   "names a storage");
    assert_refused(BYTES("(\x8c\7storagectorch\nFloatStorage\n\x8c\1"
                         "0\x8c\3cpuJ\xFF\xFF\xFF\xFFtQ."),
                   "names a storage");
    assert_refused(BYTES("(\x8c\7storagectorch\nFloatStorage\n\x8c\1"
                         "0\x8c\3cpuK\6(NNNttQ."),
                   "views of storages");
}

static void programs_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char words[] = "makes no sense at byte";
    assert_refused(BYTES("."), words);
    assert_refused(BYTES("0."), words);
    assert_refused(BYTES("t."), words);
    assert_refused(BYTES("K\1\x86."), words);
    assert_refused(BYTES("K\1(\x85."), words); /* reaches below the mark */
    assert_refused(BYTES("K\1(0t."), words);
    assert_refused(BYTES("K\1K\2."), words); /* two values are left */
    assert_refused(BYTES("K\1(."), words);
    assert_refused(BYTES("h\0."), words);
    assert_refused(BYTES("K\1h\5."), words);
    assert_refused(BYTES("NK\1a."), words); /* append to None */
    assert_refused(BYTES(")K\1a."), words); /* append to a tuple */
    assert_refused(BYTES("]K\1K\2s."), words);
    assert_refused(BYTES("}(K\1u."), words);
    assert_refused(BYTES("(K\1d."), words);
    assert_refused(BYTES("](K\1K\2u."), words);
    assert_refused(BYTES("NN\x93."), words);
    assert_refused(BYTES("N)R."), words);
    assert_refused(BYTES("ccollections\nOrderedDict\nNR."), words);
    assert_refused(BYTES("NNb."), words);
    assert_refused(BYTES("\x80\1N."), "version 1");
    assert_refused(BYTES("\x80\x09N."), "version 9");
}

static void a_pickle_cut_anywhere_is_refused(void **state)
{
    (void)state;
    static const char whole[] = "\x80\2}(X\1\0\0\0w" REBUILD "(" FLOATS "K\1K\2K\2\x86K\1K\2\x86\x89"
                                "ccollections\nOrderedDict\n)RtRX\1\0\0\0g"
                                "G\x3f\xf8\0\0\0\0\0\0\x8a\2\1\1"
                                "r\0\0\0\0su.";
    for (size_t cut = 0; cut < sizeof whole - 2; cut++) {
        Pickle p;
        uint8_t *memory;
        Err err = { 0 };
        assert_false(read_bytes(whole, cut, &p, &memory, &err));
        assert_int_equal(err.kind, ERR_INPUT);
        free(memory);
    }
}

static void sizes_that_lie_are_refused(void **state)
{
    (void)state;
    static const char words[] = "ends before it is complete";
    assert_refused(BYTES("X\xFF\xFF\xFF\xFF"
                         "abc."),
                   words);
    assert_refused(BYTES("\x8d\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                         "abc."),
                   words);
    assert_refused(BYTES("\x8a\x0b"
                         "aaaaaaaaaaa."),
                   "whole number of 11 bytes");
    assert_refused(BYTES("ccollections"), words);
    assert_refused(BYTES("Nr\xFF\xFF\xFF\xFF."), "a list that is shorter");
    assert_refused(BYTES("Nr\0\0\1\0."), "a list that is shorter");
}

/* 32 MB in which every byte asks for a value: refused before it takes a gigabyte. */
static void a_pickle_that_asks_for_too_much_is_refused(void **state)
{
    (void)state;
    static const struct {
        char fill;
        const char *words;
    } cases[] = { { ']', "more memory than any real one" },
                  { '(', "more memory than any real one" },
                  { '\x88', "more memory than any real one" } };
    size_t size = (size_t)PICKLE_MAX_SIZE + 5;
    uint8_t *bytes = malloc(size);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memset(bytes, cases[i].fill, size);
        Pickle p;
        Err err = { 0 };
        assert_false(pickle_read(&p, bytes, size, &err));
        assert_says(err, cases[i].words);
    }
    memset(bytes, '0', size);
    for (size_t i = 0; i + 1 < size; i += 2)
        bytes[i] = ')';
    Pickle p;
    Err err = { 0 };
    assert_false(pickle_read(&p, bytes, size, &err));
    assert_says(err, "more memory than any real one");
    free(bytes);
}

/* ---- values that hold each other -------------------------------------------------------------------- */

static bool list_tensors(const char *bytes, size_t size, WeightList *out, Err *err)
{
    static const float numbers[6] = { 0, 1, 2, 3, 4, 5 };
    const StorageData storage = { { "0", 1 }, WEIGHT_F32, 6, sizeof numbers, (const uint8_t *)numbers, true };
    Pickle p;
    *out = (WeightList){ 0 };
    if (!pickle_read(&p, (const uint8_t *)bytes, size, err))
        fail_msg("%s", err->msg);
    bool ok = torch_tensors_list(p.root, &storage, 1, sizeof numbers, out, err);
    pickle_clear(&p);
    return ok;
}

static void assert_list_refused(const char *bytes, size_t size, const char *words)
{
    WeightList list;
    Err err = { 0 };
    assert_false(list_tensors(bytes, size, &list, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_says(err, words);
    weight_list_clear(&list);
}

static void a_value_within_itself_is_refused(void **state)
{
    (void)state;
    assert_list_refused(BYTES("]q\0h\0a."), "more than 32 deep");
    assert_list_refused(BYTES("}q\0K\1h\0s."), "more than 32 deep");
    assert_list_refused(BYTES("]q\0h\0\x85q\1"
                              "a."),
                        "more than 32 deep");
}

/* Twenty lists, each ten times in the next: 10^19 values in 500 bytes. */
static void values_that_multiply_are_refused(void **state)
{
    (void)state;
    Str s = { 0 };
    str_add(&s, "]");
    for (int level = 1; level < 20; level++) {
        str_add(&s, "q");
        str_add_char(&s, (char)level);
        str_add(&s, "0](");
        for (int i = 0; i < 10; i++) {
            str_add(&s, "h");
            str_add_char(&s, (char)level);
        }
        str_add(&s, "e");
    }
    str_add(&s, ".");
    assert_list_refused(s.s, s.len, "more than 4194304 values");
    str_clear(&s);
}

static void views_outside_of_their_storage_are_refused(void **state)
{
    (void)state;
    static const char words[] = "does not lie in its storage of 6 numbers";
    assert_list_refused(BYTES("}K\1" REBUILD "(" FLOATS "K\1K\6\x85K\1\x85tRs."), words);
    assert_list_refused(BYTES("}K\1" REBUILD "(" FLOATS "K\6))tRs."), words);
    assert_list_refused(BYTES("}K\1" REBUILD "(" FLOATS "K\0K\2K\2\x86K\5K\1\x86tRs."), words);
    assert_list_refused(BYTES("}K\1" REBUILD "(" FLOATS "K\0K\3\x85\x8a\10\0\0\0\0\0\0\0\x7f\x85tRs."),
                        words);
    assert_list_refused(
        BYTES("}K\1" REBUILD "(" FLOATS "\x8a\10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7fK\3\x85K\1\x85tRs."), words);
    assert_list_refused(BYTES("}K\1" REBUILD "(" FLOATS "K\0\x8a\10\0\0\0\0\0\0\0\x10K\1\x86K\1K\1\x86tRs."),
                        words);
    assert_list_refused(
        BYTES("}K\1" REBUILD "(" FLOATS "K\0\x8a\10\0\0\0\0\0\0\0\x10K\x40\x86K\0K\0\x86tRs."),
        "more than memory can address");
    assert_list_refused(BYTES("}K\1" REBUILD "(" FLOATS "K\0\x8a\10\0\0\0\0\0\0\0\x10\x85K\0\x85tRs."),
                        "repeats the same numbers");
}

static void views_are_gathered_in_order(void **state)
{
    (void)state;
    WeightList list;
    Err err = { 0 };
    static const float want[] = { 1, 3, 2, 4 };
    static const char bytes[] = "}X\1\0\0\0w" REBUILD "(" FLOATS "K\1K\2K\2\x86K\1K\2\x86tRs.";
    assert_ok(list_tensors(bytes, sizeof bytes - 1, &list, &err));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.tensor[0].name, "w");
    assert_memory_equal(list.tensor[0].data, want, sizeof want);
    weight_list_clear(&list);
}

static void a_pickle_without_tensors_by_name_is_refused(void **state)
{
    (void)state;
    assert_list_refused(BYTES("N."), "no dictionary of tensors");
    assert_list_refused(BYTES(REBUILD "(" FLOATS "K\0))tR."), "no dictionary of tensors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_what_python_would_print),
        cmocka_unit_test(memos_bring_a_value_back),
        cmocka_unit_test(tensors_are_storages_with_a_view),
        cmocka_unit_test(an_ordered_dictionary_is_a_dictionary),
        cmocka_unit_test(every_other_call_is_refused_by_name),
        cmocka_unit_test(calls_with_senseless_arguments_are_refused),
        cmocka_unit_test(programs_that_make_no_sense_are_refused),
        cmocka_unit_test(a_pickle_cut_anywhere_is_refused),
        cmocka_unit_test(sizes_that_lie_are_refused),
        cmocka_unit_test(a_pickle_that_asks_for_too_much_is_refused),
        cmocka_unit_test(a_value_within_itself_is_refused),
        cmocka_unit_test(values_that_multiply_are_refused),
        cmocka_unit_test(views_outside_of_their_storage_are_refused),
        cmocka_unit_test(views_are_gathered_in_order),
        cmocka_unit_test(a_pickle_without_tensors_by_name_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
