/* facet segment, facet annotate and a run with real models, on tiny ones in the real formats. */
#include "shell.h"
#include "support.h"

#include "base/file.h"
#include "vision/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAM   "$FACET_FIXTURES/sam"
#define VIT   " --sam_ckpt " SAM "/sam_vit_tiny/sam_vit_tiny.pth"
#define SAM2  " --sam2_ckpt " SAM "/sam2_tiny/sam2_tiny.pt --sam2_config " SAM "/sam2_tiny/sam2_tiny.yaml"
#define PHOTO " --image " SAM "/sam_vit_tiny/image.png"
#define FOR_IT                                                                                          \
    " --ref_image " SAM "/sam_vit_tiny/image.png --ref_mask " SAM "/sam_vit_tiny/mask.png --image " SAM \
    "/persam/test.png"

/* A tensor of a dump holds the same numbers as every stride-th row and column of a golden one. */
static void assert_dumped(const GoldenTensors *dump, const char *name, const char *folder,
                          const char *expected)
{
    char *file = path_join(getenv("FACET_FIXTURES"), folder), *path = path_join(file, "expected.safetensors");
    GoldenTensors *golden = golden_tensors_open(path);
    GoldenTensor got = golden_find(dump, "%s", name), want = golden_find(golden, "%s", expected);
    assert_non_null(got.data);
    assert_non_null(want.data);
    bool image = got.dims >= 2 && want.dims >= 2 && got.dim[got.dims - 1] != want.dim[want.dims - 1];
    size_t stride = image ? got.dim[got.dims - 1] / want.dim[want.dims - 1] : 1;
    size_t side = image ? got.dim[got.dims - 1] : 1, n = want.bytes / 4, at = 0;
    for (size_t i = 0; image && i < got.bytes / 4; i++) {
        size_t y = i / side % side, x = i % side;
        if (y % stride == stride / 2 && x % stride == stride / 2)
            assert_true(fabs(golden_real(got, i) - golden_real(want, at++)) < 1e-3);
    }
    for (size_t i = 0; !image && i < n; i++, at++)
        assert_true(fabs(golden_real(got, i) - golden_real(want, i)) < 1e-3);
    assert_int_equal(at, n);
    golden_tensors_close(golden);
    free(path);
    free(file);
}

static void segment_gives_the_masks_of_the_reference(void **state)
{
    (void)state;
    const Shell *r =
        shell_works("$F segment" VIT PHOTO " --point 184,147,1 --multimask --out m.png --dump d.safetensors");
    assert_non_null(strstr(r->out, "\"best\": 1"));
    assert_non_null(strstr(r->out, "\"pixels\": 14484"));
    GoldenTensors *dump = golden_tensors_open(shell_path("d.safetensors"));
    assert_dumped(dump, "low_res", "sam/sam_vit_tiny", "point1.multi.low_res");
    assert_dumped(dump, "iou", "sam/sam_vit_tiny", "point1.multi.iou");
    assert_dumped(dump, "embedding", "sam/sam_vit_tiny", "embedding");
    GoldenTensor masks = golden_find(dump, "masks");
    assert_int_equal(masks.dim[0], 3);
    assert_int_equal(masks.dim[1], 301);
    assert_int_equal(masks.dim[2], 427);
    golden_tensors_close(dump);
    assert_true(shell_has("m.png"));

    /* Logits of one answer refine the next: the file is a dump with one tensor renamed. */
    r = shell_works("$F segment" SAM2 PHOTO " --point 184,147,1 --dump d.safetensors");
    assert_non_null(strstr(r->out, "\"best\": 0"));
    dump = golden_tensors_open(shell_path("d.safetensors"));
    assert_dumped(dump, "low_res", "sam/sam2_tiny", "point1.single.low_res");
    golden_tensors_close(dump);
    shell_works("$F segment" SAM2 PHOTO " --mask_input " SAM
                "/sam2_tiny/in.safetensors --multimask --dump d.safetensors");
    dump = golden_tensors_open(shell_path("d.safetensors"));
    assert_dumped(dump, "low_res", "sam/sam2_tiny", "mask_only.multi.low_res");
    golden_tensors_close(dump);
}

static void annotate_gives_the_label_of_the_python_original(void **state)
{
    (void)state;
    shell_works("$F annotate --quiet" VIT SAM2 FOR_IT " --out m.png --dump d.safetensors");
    shell_works("$F polygon m.png | cmp - " SAM "/full_recipe/expected_yolo.txt");
    GoldenTensors *dump = golden_tensors_open(shell_path("d.safetensors"));
    static const char *const same[][2] = {
        { "target_feat", "target_feat" },     { "attn_sim", "attn_sim" },
        { "point_coords", "point_coords" },   { "point_labels", "point_labels" },
        { "pass1.low_res", "pass1.low_res" }, { "pass3.low_res", "pass3.low_res" },
        { "pass2.iou", "pass2.iou" }
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_dumped(dump, same[i][0], "sam/persam", same[i][1]);
    assert_dumped(dump, "box", "sam/full_recipe", "box");
    assert_dumped(dump, "sam2.low_res", "sam/full_recipe", "sam2.low_res");
    assert_non_null(golden_find(dump, "final_mask").data);
    golden_tensors_close(dump);
}

static void annotate_trains_where_it_is_asked_to(void **state)
{
    (void)state;
    const Shell *r =
        shell_works("$F annotate" VIT " --ref_image " SAM "/persam_f_fabrik/ref.png --ref_mask " SAM
                    "/persam_f_fabrik/ref_mask.png --image " SAM "/persam/test.png --enable_persam_training "
                    "--persam_epochs 50 --persam_log_epoch 10 --dump d.safetensors");
    assert_non_null(strstr(r->err, "epoch 40"));
    GoldenTensors *dump = golden_tensors_open(shell_path("d.safetensors"));
    assert_dumped(dump, "mask_weights", "sam/persam_f_fabrik", "mask_weights");
    assert_dumped(dump, "pass3.low_res", "sam/persam_f_fabrik", "pass3.low_res");
    golden_tensors_close(dump);
}

static void without_a_model_segment_cuts_out_by_colours_and_edges(void **state)
{
    (void)state;
    Err err = { 0 };
    Image mask, truth;
    const Shell *r = shell_works("$F segment --image photo.png --box 20,10,180,150 --out cut.png");
    assert_non_null(strstr(r->out, "\"segmenter\": \"grabcut\""));
    DecodeOptions gray = { .channels = 1 };
    assert_true(image_load(&mask, shell_path("cut.png"), &gray, &err));
    assert_true(image_load(&truth, shell_path("mask.png"), &gray, &err));
    size_t both = 0, either = 0;
    for (size_t i = 0; i < image_bytes(&mask); i++) {
        both += mask.data[i] > 127 && truth.data[i] > 127;
        either += mask.data[i] > 127 || truth.data[i] > 127;
    }
    assert_true((double)both >= 0.97 * (double)either);
    image_clear(&mask);
    image_clear(&truth);
}

static void wrong_use_is_said_in_a_line(void **state)
{
    (void)state;
    static const struct {
        int code;
        const char *part, *line;
    } wrong[] = {
        { 2, "--dump needs a model", "$F segment" PHOTO " --point 1,1,1 --dump d.safetensors" },
        { 2, "--multimask needs a model", "$F segment" PHOTO " --point 1,1,1 --multimask" },
        { 2, "outside of the picture", "$F segment --image photo.png --point 200,1,1" },
        { 2, "--sam_ckpt or --sam2_ckpt", "$F segment" VIT SAM2 PHOTO " --point 1,1,1" },
        { 2, "--point X,Y,1", "$F segment" VIT PHOTO },
        { 2, "X,Y,LABEL", "$F segment" VIT PHOTO " --point 1,1" },
        { 2, "1 (object) or 0", "$F segment" VIT PHOTO " --point 1,1,2" },
        { 2, "numbers", "$F segment" VIT PHOTO " --point a,1,1" },
        { 2, "top left corner first", "$F segment" VIT PHOTO " --box 9,9,1,1" },
        { 1, "none.pth", "$F segment --sam_ckpt none.pth" PHOTO " --point 1,1,1" },
        { 1, "photo.png", "$F segment --sam_ckpt photo.png" PHOTO " --point 1,1,1" },
        { 1, "none.png", "$F segment" VIT " --image none.png --point 1,1,1" },
        { 1, "no image encoder",
          "$F segment --sam_ckpt " SAM "/sam2_tiny/sam2_tiny.pt" PHOTO " --point 1,1,1" },
        { 1, "embed_dim",
          "printf 'model: {image_encoder: {trunk: {embed_dim: x}}}' >c.yaml; $F segment --sam2_ckpt " SAM
          "/sam2_tiny/sam2_tiny.pt --sam2_config c.yaml" PHOTO " --point 1,1,1" },
        { 1, "patch_embed",
          "$F segment --sam2_ckpt " SAM "/sam2_tiny/sam2_tiny.pt --sam2_config sam2.1_hiera_t" PHOTO
          " --point 1,1,1" },
        { 1, "mask_input", "$F segment" VIT PHOTO " --mask_input " SAM "/sam_vit_tiny/expected.safetensors" },
        { 2, "--image", "$F annotate --ref_image photo.png --ref_mask mask.png" VIT },
        { 2, "--ref_mask", "$F annotate --ref_image photo.png --image photo.png" VIT },
        { 1, "--sam_ckpt",
          "$F annotate --ref_image photo.png --ref_mask mask.png --image photo.png --cache_dir ." },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        shell_fails(wrong[i].code, wrong[i].part, wrong[i].line);
}

static void a_run_is_annotated_by_the_models_that_flags_name(void **state)
{
    (void)state;
    const Shell *r = shell_works("RUN --no_cv_augmentation" VIT SAM2 " 2>said; cat said >&2");
    (void)r;
    char *summary = path_join(shell_execution(), "06_yolo_dataset/annotation_summary.json");
    json_t *about = json_load_file(shell_path(summary), 0, NULL);
    assert_non_null(about);
    assert_string_equal(json_string_value(json_object_get(about, "annotator")), "persam_sam2");
    json_t *first = json_array_get(json_object_get(about, "images"), 0);
    assert_true(json_is_real(json_object_get(first, "score")));
    assert_true(json_is_real(json_object_get(first, "stability")));
    json_decref(about);
    free(summary);
}

static size_t review_images(void)
{
    char *summary = path_join(shell_execution(), "06_yolo_dataset/annotation_summary.json");
    json_t *about = json_load_file(shell_path(summary), 0, NULL);
    assert_non_null(about);
    size_t n = (size_t)json_integer_value(json_object_get(about, "review_images"));
    size_t all = (size_t)json_integer_value(json_object_get(about, "total_images"));
    size_t kept = (size_t)(json_integer_value(json_object_get(about, "train_images")) +
                           json_integer_value(json_object_get(about, "val_images")));
    assert_int_equal(n + kept, all);
    json_decref(about);
    free(summary);
    return n;
}

/* Exact masks score 1, so only a --min_score above that could hold them back; the tiny models score otherwise. */
static void doubtful_labels_go_to_review_and_come_back(void **state)
{
    (void)state;
    shell_works("RUN --no_cv_augmentation" VIT SAM2 " --min_score 1");
    size_t all = review_images();
    assert_true(all > 0);
    shell_works(
        "cd executions/* && ls 06_yolo_dataset/review/images/*.jpg && ls 06_yolo_dataset/review/labels/*.txt && "
        "! ls 06_yolo_dataset/train/images/*.jpg 06_yolo_dataset/val/images/*.jpg 2>/dev/null");
    /* Another threshold only moves them: nothing is annotated again. */
    shell_works("RUN --no_cv_augmentation --execution_mode last --start_from_step 6" VIT SAM2
                " --min_score 0");
    assert_int_equal(review_images(), 0);
    shell_works(
        "cd executions/* && test $(grep -c '\"step\":6' journal.jsonl) = $(ls 06_yolo_dataset/*/images/*.jpg | wc -l) "
        "&& ! ls 06_yolo_dataset/review/*/*.jpg 2>/dev/null");
}

/* ---- Qwen-Image-Edit ---------------------------------------------------------------------------- */

#define QWEN  "$FACET_FIXTURES/qwen/e2e_plus"
#define MODEL " --model_path " QWEN "/model --vae_area 16384 --condition_area 9216"

static void an_edit_gives_the_picture_of_the_reference_and_all_on_the_way_to_it(void **state)
{
    (void)state;
    shell_works(
        "$F edit" MODEL " --image " QWEN "/image1.png --image " QWEN
        "/image2.png --prompt 'turn the red car into a green bicycle, 保持人物不变' --num_inference_steps 4 "
        "--height 96 --width 64 --seed 7 --out e.png --dump d.safetensors");
    char *path = path_join(getenv("FACET_FIXTURES"), "qwen/e2e_plus/expected_two_images.safetensors");
    GoldenTensors *dump = golden_tensors_open(shell_path("d.safetensors")),
                  *golden = golden_tensors_open(path);
    static const char *const names[] = { "prompt_embeds", "negative_prompt_embeds",
                                         "image_latents", "latents.0",
                                         "cond.0",        "uncond.3",
                                         "latents.4",     "sigmas",
                                         "timestep.2",    "vae_in",
                                         "vae_out",       "image",
                                         "image_u8" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        GoldenTensor got = golden_find(dump, "%s", names[i]), want = golden_find(golden, "%s", names[i]);
        double tolerance = strcmp(got.dtype, "U8") == 0 ? 1 : 5e-4;
        assert_int_equal(got.dims, want.dims);
        assert_memory_equal(got.dim, want.dim, want.dims * sizeof *want.dim);
        for (size_t k = 0; k < want.bytes / (tolerance == 1 ? 1 : 4); k++)
            if (fabs(golden_real(got, k) - golden_real(want, k)) > tolerance)
                fail_msg("%s[%zu] is %g and not %g", names[i], k, golden_real(got, k), golden_real(want, k));
    }
    golden_tensors_close(dump);
    golden_tensors_close(golden);
    free(path);
}

static void an_edit_that_a_model_is_named_for_is_not_done_by_another_editor(void **state)
{
    (void)state;
    shell_fails(1, "nobody/nothing: there is no such folder",
                "$F edit --model_path nobody/nothing --image photo.png --prompt x --out e.png");
    assert_false(shell_has("e.png"));
    shell_fails(
        2, "--noise nor --dump",
        "$F edit --quiet --editor procedural --image photo.png --mask mask.png --prompt x --out e.png "
        "--dump d.safetensors");
    shell_fails(1, "no tensor noise",
                "$F edit --quiet" MODEL " --image photo.png --prompt x --out e.png --noise " QWEN
                "/model/vae/diffusion_pytorch_model.safetensors");
    assert_false(shell_has("e.png"));
}

static void views_of_a_model_are_made_of_the_names_asked_for(void **state)
{
    (void)state;
    const Shell *r =
        shell_works("$F views --engine native" MODEL " --image photo.png --views back --elevations eye-level "
                    "--resolution 64 --num_inference_steps 1 --out_dir v");
    assert_non_null(strstr(r->out, "v/perspective_00_back_view__eye_level_shot__medium_shot.png"));
    assert_non_null(strstr(r->err, "Multiple-Angles-LoRA"));
    assert_true(shell_has("v/perspective_00_back_view__eye_level_shot__medium_shot.png"));
    assert_false(shell_has("v/alpha"));
}

static size_t journal_lines(void)
{
    char *path = path_join(shell_execution(), "journal.jsonl"), *text = temp_read(shell_path(path));
    size_t lines = 0;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    free(text);
    free(path);
    return lines;
}

static void assert_role(json_t *config, const char *role, const char *name)
{
    json_t *roles = json_object_get(json_object_get(config, "facet"), "roles");
    assert_string_equal(json_string_value(json_object_get(roles, role)), name);
}

static void a_run_of_real_models_alone_goes_through_all_steps_and_makes_nothing_twice(void **state)
{
    (void)state;
    shell_works(
        "RUN --engine native" MODEL VIT SAM2
        " --num_inference_steps 1 --resolution 64 --views front --num_prompts 1 --enable_qwen_augmentation");
    char *path = path_join(shell_execution(), "run_config.json"),
         *dataset = path_join(shell_execution(), "07_cv_combined_dataset/dataset.yaml");
    json_t *config = json_load_file(shell_path(path), 0, NULL);
    assert_role(config, "editor", "qwen");
    assert_role(config, "views", "qwen_multicamera");
    assert_role(config, "writer", "qwen_vl");
    assert_role(config, "annotator", "persam_sam2");
    json_decref(config);
    assert_true(shell_has(dataset));
    size_t lines = journal_lines();
    assert_true(lines >= 6); /* an item of each step but the prompts */
    shell_works("$F run --quiet --execution_mode last");
    assert_int_equal(journal_lines(), lines);
    /* Other settings of the model make other pictures. */
    shell_works("$F run --quiet --execution_mode last --start_from_step 1 --num_inference_steps 2");
    assert_true(journal_lines() > lines);
    free(dataset);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shell_test(segment_gives_the_masks_of_the_reference),
        shell_test(annotate_gives_the_label_of_the_python_original),
        shell_test(annotate_trains_where_it_is_asked_to),
        shell_test(without_a_model_segment_cuts_out_by_colours_and_edges),
        shell_test(wrong_use_is_said_in_a_line),
        shell_test(a_run_is_annotated_by_the_models_that_flags_name),
        shell_test(doubtful_labels_go_to_review_and_come_back),
        shell_test(an_edit_gives_the_picture_of_the_reference_and_all_on_the_way_to_it),
        shell_test(an_edit_that_a_model_is_named_for_is_not_done_by_another_editor),
        shell_test(a_run_of_real_models_alone_goes_through_all_steps_and_makes_nothing_twice),
        shell_test(views_of_a_model_are_made_of_the_names_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
