/* facet segment, facet annotate and the annotator of real models, as a person starts them: the tiny models give what the reference
 * implementations give, and what is no model is refused. */
#include "shell.h"

#include "vision/codec.h"
#include "../models/forge_tensors.h"
#include "../models/sam_cases.h"
#include "../weights/forge.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

/* "0 1 2": the numbers behind each `key` in what was printed. */
static size_t numbers_behind(const char *text, const char *key, double *out, size_t max)
{
    size_t n = 0;
    for (const char *p = text; n < max && (p = strstr(p, key)); n++) {
        p += strlen(key);
        out[n] = strtod(p, NULL);
    }
    return n;
}

/* Masks may differ in one of a thousand pixels, scores are printed with six digits. */
static void assert_answer_is(const char *out, const json_t *multi)
{
    double pixels[4] = { 0 }, iou[4] = { 0 };
    json_t *on = json_object_get(multi, "on_pixels"), *scores = json_object_get(multi, "iou");
    assert_int_equal(numbers_behind(out, "\"pixels\": ", pixels, 4), json_array_size(on));
    assert_int_equal(numbers_behind(out, "\"iou\": ", iou, 4), json_array_size(scores));
    for (size_t i = 0; i < json_array_size(on); i++) {
        double want = json_number_value(json_array_get(on, i));
        assert_true(fabs(pixels[i] - want) <= 1e-3 * want);
        assert_true(fabs(iou[i] - json_number_value(json_array_get(scores, i))) < 1e-4);
    }
}

/* The first prompt of the case, for three masks. */
static void check_segment(const char *name, const char *model)
{
    SamCase sc;
    assert_true(sam_case_open(&sc, name));
    char *image = sam_case_file(&sc, "image");
    json_t *prompt = json_array_get(json_object_get(sc.about, "prompts"), 0);
    json_t *point = json_array_get(json_object_get(prompt, "points"), 0);
    const Shell *s = shell(
        "cd '%s'; \"$F\" segment %s --image '%s' --point %g,%g,1 --multimask --out '%s' --dump '%s'",
        sc.folder, model, image, json_number_value(json_array_get(point, 0)),
        json_number_value(json_array_get(point, 1)), shell_path("best.png"), shell_path("all.safetensors"));
    if (s->code != 0)
        fail_msg("%s: %s", name, s->err);
    assert_answer_is(s->out, json_object_get(prompt, "multi"));
    double best[1] = { 0 };
    assert_int_equal(numbers_behind(s->out, "\"best\": ", best, 1), 1);

    GoldenTensors *all = golden_tensors_open(shell_path("all.safetensors"));
    GoldenTensor masks = golden_find(all, "masks"), low_res = golden_find(all, "low_res");
    Err err = { 0 };
    Image mask;
    assert_int_equal(masks.dims, 3);
    assert_int_equal(masks.dim[0], 3);
    assert_true(low_res.dims == 3 && low_res.dim[1] == 256 && low_res.dim[2] == 256);
    assert_non_null(golden_find(all, "embedding").data);
    assert_true(image_load(&mask, shell_path("best.png"), &(DecodeOptions){ .channels = 1 }, &err));
    size_t n = (size_t)mask.width * (size_t)mask.height;
    assert_int_equal(masks.bytes, 3 * n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(mask.data[i], masks.data[(size_t)best[0] * n + i] ? 255 : 0);
    image_clear(&mask);
    golden_tensors_close(all);
    free(image);
    sam_case_close(&sc);
}

static void segment_gives_the_masks_of_the_reference(void **state)
{
    (void)state;
    check_segment("sam_vit_tiny", "--sam_ckpt sam_vit_tiny.pth");
    check_segment("sam2_tiny", "--sam2_ckpt sam2_tiny.pt --sam2_config sam2_tiny.yaml");
}

static void annotate_finds_the_object_as_the_original_does(void **state)
{
    SamCase sc;
    (void)state;
    assert_true(sam_case_open(&sc, "full_recipe"));
    char *sam = sam_case_file(&sc, "sam_checkpoint"), *sam2 = sam_case_file(&sc, "sam2_checkpoint");
    char *config = sam_case_file(&sc, "sam2_config"), *test = sam_case_file(&sc, "test_image");
    char *photo = sam_case_file(&sc, "ref_image"), *mask = sam_case_file(&sc, "ref_mask");
    const Shell *s =
        shell("\"$F\" annotate --quiet --sam_ckpt '%s' --sam2_ckpt '%s' --sam2_config '%s' --ref_image '%s' "
              "--ref_mask '%s' --image '%s' --out found.png",
              sam, sam2, config, photo, mask, test);
    if (s->code != 0)
        fail_msg("%s", s->err);
    double pixels[1] = { 0 }, want = json_number_value(json_object_get(sc.about, "final_on_pixels"));
    assert_int_equal(numbers_behind(s->out, "\"pixels\":", pixels, 1), 1);
    assert_true(fabs(pixels[0] - want) <= 1e-3 * want);
    assert_true(shell_has("found.png"));
    free(sam);
    free(sam2);
    free(config);
    free(test);
    free(photo);
    free(mask);
    sam_case_close(&sc);
}

/* One after the other or side by side: the same lines in the order of the pictures, the same masks, and the first bad picture ends it. */
static void several_pictures_are_annotated_as_each_alone(void **state)
{
    SamCase sc;
    char one[4096];
    (void)state;
    assert_true(sam_case_open(&sc, "full_recipe"));
    char *sam = sam_case_file(&sc, "sam_checkpoint");
    static const char command[] =
        "annotate --quiet --sam_ckpt '%s' --ref_image photo.png --ref_mask mask.png --image photo.png --image b.png --image c.png";
    char line[2048];
    snprintf(line, sizeof line, command, sam);
    const Shell *s =
        shell("\"$F\" filter bw photo.png b.png; \"$F\" filter brightness photo.png c.png --factor 0.5; "
              "\"$F\" %s --out_dir one --jobs 1",
              line);
    if (s->code != 0)
        fail_msg("%s", s->err);
    snprintf(one, sizeof one, "%s", s->out);
    s = shell(
        "\"$F\" %s --out_dir many --jobs 4 && cmp one/photo.png many/photo.png && cmp one/b.png many/b.png && "
        "cmp one/c.png many/c.png",
        line);
    assert_int_equal(s->code, 0);
    assert_string_equal(s->out, one);
    s = shell("echo no picture >b.png; \"$F\" %s --out_dir many --jobs 4", line);
    assert_int_equal(s->code, 1);
    assert_non_null(strstr(s->err, "b.png"));
    free(sam);
    sam_case_close(&sc);
}

/* Checkpoints where the original keeps them are found without being named, and then label the images. */
static void a_run_takes_the_models_in_its_cache(void **state)
{
    SamCase sc;
    (void)state;
    assert_true(sam_case_open(&sc, "full_recipe"));
    char *sam = sam_case_file(&sc, "sam_checkpoint"), *sam2 = sam_case_file(&sc, "sam2_checkpoint");
    char *config = sam_case_file(&sc, "sam2_config");
    const Shell *s = shell(
        "S=cache/models--facebook--sam2.1-hiera-large/snapshots/abc; mkdir -p cache/checkpoints/sam $S && "
        "ln -s '%s' cache/checkpoints/sam/sam_vit_h_4b8939.pth && ln -s '%s' $S/sam2.1_hiera_large.pt && "
        "ln -s '%s' $S/sam2.1_hiera_l.yaml && RUN --cache_dir cache",
        sam, sam2, config);
    if (s->code != 0)
        fail_msg("%s", s->err);
    s = shell("grep -h annotator executions/*/06_yolo_dataset/annotation_summary.json");
    assert_non_null(strstr(s->out, "persam_sam2"));
    s = shell(
        "rm -r executions; RUN --cache_dir elsewhere; grep -h annotator executions/*/06_yolo_dataset/annotation_summary.json");
    assert_non_null(strstr(s->out, "alpha"));
    free(sam);
    free(sam2);
    free(config);
    sam_case_close(&sc);
}

/* ---- what is no model ---- */

/* `file` is refused in one line that says `part`, and nothing else happens. */
static void refused(const char *file, const char *part)
{
    char line[512];
    snprintf(line, sizeof line, "\"$F\" segment --sam_ckpt '%s' --image photo.png --point 9,9,1 --out m.png",
             file);
    const Shell *s = shell_fails(1, part, line);
    assert_non_null(strstr(s->err, file));
    assert_ptr_equal(strchr(s->err, '\n'), s->err + strlen(s->err) - 1);
    assert_string_equal(s->out, "");
    assert_false(shell_has("m.png"));
}

static void safetensors_that_lie_are_refused_in_one_line(void **state)
{
    static const struct {
        const char *header, *part;
    } cases[] = {
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},"
          "\"b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[8,24]}}",
          "lie over each other" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,32]}}", "ends at byte 32" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[9223372036854775791,9223372036854775807]}}",
          "ends at byte 9223372036854775807" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}}", "data_offsets" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1152921504606846976],\"data_offsets\":[0,16]}}",
          "1152921504606846976" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1152921504606846976,1024],\"data_offsets\":[0,16]}}",
          "more than memory can address" },
        { "{\"a\":{\"dtype\":\"F31\",\"shape\":[4],\"data_offsets\":[0,16]}}", "type F31" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str s = forge_safetensors(cases[i].header, 24);
        forge_write(shell_path("bad.safetensors"), s.s, s.len);
        refused("bad.safetensors", cases[i].part);
        forge_write(shell_path("cut.safetensors"), s.s, 40);
        refused("cut.safetensors", "cut short");
        str_clear(&s);
    }
}

/* A checkpoint of torch.save() with this pickle, and 16 bytes for storage 0. */
static void put_checkpoint(const char *pickle, size_t size)
{
    Str s = forge_zip((ForgePart[]){ { .name = "archive/data.pkl", .content = pickle, .content_size = size },
                                     { .name = "archive/data/0", .content = "0123456789abcdef" } },
                      2, (ForgeEnd){ 0 });
    forge_write(shell_path("bad.pth"), s.s, s.len);
    forge_write(shell_path("cut.pth"), s.s, s.len / 2);
    str_clear(&s);
}

static void checkpoints_that_lie_are_refused_in_one_line(void **state)
{
    /* {"a": _rebuild_tensor_v2((storage of 4 numbers), 0, (2^60,), (1,), False, OrderedDict())} */
    static const char huge[] =
        "\x80\x02}(X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
        "X\1\0\0\0000X\3\0\0\0cpuK\4tQK\0(\x8a\x08\0\0\0\0\0\0\0\x10t(K\1t\x89"
        "ccollections\nOrderedDict\n)RtRu.";
    static const char within_itself[] = "\x80\x02}q\0(X\1\0\0\0ah\0u.",
                      call[] = "cos\nsystem\n(X\2\0\0\0lstR.";
    static const char whole_numbers[] =
        "\x80\x02}(X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nComplexFloatStorage\n"
        "X\1\0\0\0000X\3\0\0\0cpuK\4tQK\0(K\1t(K\1t\x89"
        "ccollections\nOrderedDict\n)RtRu.";
    (void)state;
    put_checkpoint(huge, sizeof huge - 1);
    refused("bad.pth", "1152921504606846976");
    refused("cut.pth", "zip archive is missing");
    put_checkpoint(within_itself, sizeof within_itself - 1);
    refused("bad.pth", "more than 32 deep");
    put_checkpoint(call, sizeof call - 1);
    refused("bad.pth", "os.system");
    put_checkpoint(whole_numbers, sizeof whole_numbers - 1);
    refused("bad.pth", "ComplexFloatStorage");
}

static void an_encoder_of_impossible_sizes_is_refused_in_one_line(void **state)
{
    ForgeTensor t[] = { { "image_encoder.patch_embed.proj.weight", "F32", { 8, 3, 4, 4 }, 4, NULL },
                        { "image_encoder.pos_embed", "F32", { 1, 2, 2, 8 }, 4, NULL },
                        { "image_encoder.blocks.0.attn.rel_pos_h", "F32", { 3, 4 }, 2, NULL },
                        { "image_encoder.blocks.0.norm1.weight", "F32", { 8 }, 1, NULL },
                        { "image_encoder.neck.0.weight", "F32", { 8, 8, 1, 1 }, 4, NULL } };
    static const struct {
        size_t tensor, dim, value;
    } cases[] = { { 0, 0, 0 }, { 0, 3, 0 }, { 1, 1, 0 }, { 2, 1, 0 }, { 2, 1, 3 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t *dim = &t[cases[i].tensor].dim[cases[i].dim], was = *dim;
        *dim = cases[i].value;
        forge_tensors(shell_path("bad.safetensors"), t, sizeof t / sizeof *t, NULL);
        refused("bad.safetensors", "no image encoder has such sizes");
        *dim = was;
    }
    forge_tensors(shell_path("bad.safetensors"), t, sizeof t / sizeof *t, NULL);
    refused("bad.safetensors", "no mask_decoder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shell_test(segment_gives_the_masks_of_the_reference),
        shell_test(annotate_finds_the_object_as_the_original_does),
        shell_test(several_pictures_are_annotated_as_each_alone),
        shell_test(a_run_takes_the_models_in_its_cache),
        shell_test(safetensors_that_lie_are_refused_in_one_line),
        shell_test(checkpoints_that_lie_are_refused_in_one_line),
        shell_test(an_encoder_of_impossible_sizes_is_refused_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
