/* Qwen-Image-Edit from pictures and a prompt to a picture, against the reference's pipelines; and what it says of models and
 * pictures that are not as they should be. */
#include "../kept_log.h"
#include "../models/forge_tensors.h"
#include "../models/qwen_cases.h"

#include "roles/qwen/memo.h"
#include "roles/qwen/parts.h"
#include "roles/qwen/picture_book.h"
#include "roles/qwen/qwen.h"
#include "roles/view_poses.h"
#include "vision/codec.h"

#include <unistd.h>

/* The tiny QwenImageEditPlusPipeline, and a small way of asking it. */
typedef struct {
    QwenCase qc;
    char *folder; /* of the model */
    Image picture[2];
} Tiny;

static Image load(const QwenCase *qc, const char *name)
{
    Image im;
    Err err = { 0 };
    DecodeOptions rgb = { .channels = 3, .upright = true };
    char *path = qwen_case_path(qc, name);
    assert_ok(image_load(&im, path, &rgb, &err));
    free(path);
    return im;
}

static Tiny tiny_open(void)
{
    Tiny t = { 0 };
    if (!qwen_case_open(&t.qc, "e2e_plus"))
        fail_msg("there is no golden model");
    t.folder = qwen_case_path(&t.qc, "model");
    t.picture[0] = load(&t.qc, "image1.png");
    t.picture[1] = load(&t.qc, "image2.png");
    return t;
}

static void tiny_close(Tiny *t)
{
    image_clear(&t->picture[0]);
    image_clear(&t->picture[1]);
    free(t->folder);
    qwen_case_close(&t->qc);
}

static QwenEdit *edit_open(const char *folder, int threads)
{
    QwenEdit *e;
    Err err = { 0 };
    assert_ok(qwen_edit_open(&e, &(QwenEditOptions){ .parts.folder = folder, .threads = threads }, &err));
    return e;
}

/* Two steps to a small picture. */
static QwenEditRequest quick(const Image *const *images, size_t count)
{
    return (QwenEditRequest){ .images = images,
                              .image_count = count,
                              .prompt = "a green bicycle",
                              .negative_prompt = " ",
                              .steps = 2,
                              .true_cfg_scale = 4,
                              .width = 64,
                              .height = 48,
                              .vae_area = 4096,
                              .condition_area = 4096,
                              .seed = 3 };
}

/* ---- against the reference ----------------------------------------------------------------------- */

static void check_picture(const Image *got, GoldenTensor want)
{
    size_t differ = 0;
    assert_int_equal(image_bytes(got), want.bytes);
    assert_int_equal(got->height, want.dim[0]);
    for (size_t i = 0; i < want.bytes; i++) {
        if (abs(got->data[i] - (int)want.data[i]) > 1)
            fail_msg("byte %zu is %d and not %d", i, got->data[i], want.data[i]);
        differ += got->data[i] != want.data[i];
    }
    assert_true(differ * 100 < want.bytes);
}

static const char *text_of(json_t *run, const char *key)
{
    return json_string_value(json_object_get(run, key));
}

static void check_run(const QwenCase *qc, const char *name, json_t *run)
{
    Err err = { 0 };
    Image picture[2] = { 0 }, out;
    const Image *images[2] = { &picture[0], &picture[1] };
    json_t *files = json_object_get(run, "images");
    char *model = qwen_case_path(qc, "model"), *scheduler = qwen_case_path(qc, text_of(run, "scheduler"));
    QwenEdit *e;
    for (size_t i = 0; i < json_array_size(files); i++)
        picture[i] = load(qc, json_string_value(json_array_get(files, i)));
    assert_ok(qwen_edit_open(
        &e, &(QwenEditOptions){ .parts.folder = model, .parts.scheduler_config = scheduler }, &err));
    QwenEditRequest r = { .images = images,
                          .image_count = json_array_size(files),
                          .prompt = text_of(run, "prompt"),
                          .negative_prompt = text_of(run, "negative_prompt"),
                          .steps = (size_t)json_integer_value(json_object_get(run, "num_inference_steps")),
                          .true_cfg_scale = json_number_value(json_object_get(run, "true_cfg_scale")),
                          .width = (int)json_integer_value(json_object_get(run, "width")),
                          .height = (int)json_integer_value(json_object_get(run, "height")),
                          .vae_area = json_number_value(json_object_get(qc->about, "vae_area")),
                          .condition_area = json_number_value(json_object_get(qc->about, "condition_area")),
                          .seed = (uint64_t)json_integer_value(json_object_get(run, "seed")) };
    assert_ok(qwen_edit_make(e, &r, &out, &err));
    GoldenTensors *expected = qwen_case_tensors(qc, "expected_%s.safetensors", name);
    check_picture(&out, golden_find(expected, "image_u8"));
    golden_tensors_close(expected);
    image_clear(&out);
    image_clear(&picture[0]);
    image_clear(&picture[1]);
    qwen_edit_close(e);
    free(model);
    free(scheduler);
}

static void every_edit_of_the_reference_comes_out(void **state)
{
    static const char *const cases[] = { "e2e_edit", "e2e_plus" };
    size_t runs = 0;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        QwenCase qc;
        const char *name;
        json_t *run;
        if (!qwen_case_open(&qc, cases[i]))
            continue;
        json_object_foreach(json_object_get(qc.about, "runs"), name, run)
        {
            check_run(&qc, name, run);
            runs++;
        }
        qwen_case_close(&qc);
    }
    assert_true(runs > 0);
}

/* ---- what is computed once ----------------------------------------------------------------------- */

static void keep_counts(void *user, const char *what, const LogCount *counts, size_t n)
{
    Str *told = user;
    str_printf(told, "%s:", what);
    for (size_t i = 0; i + 1 < n; i++) /* the last one is memory */
        str_printf(told, " %s=%zu", counts[i].name, counts[i].value);
}

static void ignore_line(void *user, LogLevel level, const char *message)
{
    (void)user, (void)level, (void)message;
}

static void what_edits_have_in_common_is_computed_once_and_changes_nothing(void **state)
{
    Tiny t = tiny_open();
    Err err = { 0 };
    Str told = { 0 };
    Log log = { .line = ignore_line, .user = &told, .counts = keep_counts };
    QwenEdit *e;
    Image first, again, alone;
    (void)state;
    assert_ok(
        qwen_edit_open(&e, &(QwenEditOptions){ .parts.folder = t.folder, .log = &log, .threads = 2 }, &err));
    Image copy;
    assert_ok(image_copy(&copy, &t.picture[0], &err)); /* the same pixels elsewhere in memory */
    const Image *here = &t.picture[0], *there = &copy, *other = &t.picture[1];
    QwenEditRequest r = quick(&here, 1);
    assert_ok(qwen_edit_make(e, &r, &first, &err));
    r.images = &there;
    assert_ok(qwen_edit_make(e, &r, &again, &err));
    assert_memory_equal(first.data, again.data, image_bytes(&first));
    image_clear(&again);
    r.prompt = "a red bicycle";
    assert_ok(qwen_edit_make(e, &r, &again, &err));
    assert_memory_not_equal(first.data, again.data, image_bytes(&first));
    r.images = &other;
    image_clear(&first);
    assert_ok(qwen_edit_make(e, &r, &first, &err));
    qwen_edit_close(e);
    /* Two pictures; about the first two prompts and the negative one, about the second one and the negative one. */
    assert_string_equal(told.s, "qwen editor: prompts_read=5 prompts_reused=3 pictures_seen=2 "
                                "pictures_seen_reused=3 pictures_encoded=2 pictures_encoded_reused=2");
    /* And alone, on one thread, the last two come out as they did. */
    e = edit_open(t.folder, 1);
    assert_ok(qwen_edit_make(e, &r, &alone, &err));
    assert_memory_equal(first.data, alone.data, image_bytes(&first));
    image_clear(&alone);
    r.images = &here;
    assert_ok(qwen_edit_make(e, &r, &alone, &err));
    assert_memory_equal(again.data, alone.data, image_bytes(&first));
    qwen_edit_close(e);
    image_clear(&alone);
    image_clear(&first);
    image_clear(&again);
    image_clear(&copy);
    str_clear(&told);
    tiny_close(&t);
}

static float *some(size_t n, float value)
{
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = value;
    return x;
}

static void what_was_asked_for_longest_ago_is_forgotten_first(void **state)
{
    Memo m = { .limit = 100 * sizeof(float) };
    (void)state;
    assert_non_null(memo_put(&m, "a", some(40, 1), 4, 10));
    assert_non_null(memo_put(&m, "b", some(40, 2), 4, 10));
    assert_non_null(memo_find(&m, "a"));
    assert_non_null(memo_put(&m, "c", some(40, 3), 4, 10)); /* no room for three */
    assert_null(memo_find(&m, "b"));
    assert_true(memo_find(&m, "a")->data[39] == 1);
    assert_true(memo_find(&m, "c")->data[0] == 3);
    assert_non_null(memo_put(&m, "large", some(400, 4), 40, 10)); /* above the limit: alone */
    assert_int_equal(m.count, 1);
    assert_int_equal(memo_find(&m, "large")->rows, 40);
    assert_int_equal(m.made, 4);
    assert_int_equal(m.reused, 4);
    memo_clear(&m);
    for (int i = 0; i < 2 * MEMO_ENTRIES_MAX; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        assert_non_null(memo_put(&m, key, some(1, 0), 0, 0)); /* nothing, but an entry */
    }
    assert_int_equal(m.count, MEMO_ENTRIES_MAX);
    memo_clear(&m);
}

static void a_picture_keeps_its_number_while_it_is_known_and_none_is_given_twice(void **state)
{
    PictureBook book = { 0 };
    Err err = { 0 };
    Image im;
    (void)state;
    assert_ok(image_init(&im, 4, 3, 3, &err));
    uint64_t black = picture_book_number(&book, &im, &err);
    im.data[35] = 1;
    uint64_t other = picture_book_number(&book, &im, &err);
    assert_int_not_equal(black, other);
    assert_int_equal(picture_book_number(&book, &im, &err), other);
    im.width = 3, im.height = 4; /* the same bytes in another shape */
    assert_int_equal(picture_book_number(&book, &im, &err), other + 1);
    for (int i = 0; i < PICTURE_BOOK_MAX; i++) {
        im.data[0] = (uint8_t)(i + 1);
        assert_int_equal(picture_book_number(&book, &im, &err), other + 2 + (uint64_t)i);
    }
    im.data[0] = 0; /* forgotten by now */
    assert_int_equal(picture_book_number(&book, &im, &err), other + 2 + PICTURE_BOOK_MAX);
    picture_book_clear(&book);
    image_clear(&im);
}

/* ---- requests ------------------------------------------------------------------------------------ */

static void a_cancelled_edit_ends_as_such_and_the_next_one_works(void **state)
{
    Tiny t = tiny_open();
    Err err = { 0 };
    atomic_bool cancel = true;
    Image out;
    QwenEdit *e;
    const Image *image = &t.picture[0];
    QwenEditRequest r = quick(&image, 1);
    (void)state;
    assert_ok(qwen_edit_open(&e, &(QwenEditOptions){ .parts.folder = t.folder, .cancel = &cancel }, &err));
    assert_false(qwen_edit_make(e, &r, &out, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_true(image_empty(&out));
    atomic_store(&cancel, false);
    assert_ok(qwen_edit_make(e, &r, &out, &err));
    image_clear(&out);
    qwen_edit_close(e);
    tiny_close(&t);
}

static void requests_that_cannot_be_are_refused_and_the_next_one_works(void **state)
{
    Tiny t = tiny_open();
    Err err = { 0 };
    Image out;
    const Image *image = &t.picture[0];
    const float one = 1;
    QwenEdit *e = edit_open(t.folder, 1);
    QwenEditRequest r = quick(&image, 1), bad;
    (void)state;
    bad = r, bad.image_count = 0;
    assert_false(qwen_edit_make(e, &bad, &out, &err));
    assert_says(err, "1 to 8 pictures");
    bad = r, bad.width = 15;
    assert_false(qwen_edit_make(e, &bad, &out, &err));
    assert_says(err, "15 x 48");
    bad = r, bad.steps = 0;
    assert_false(qwen_edit_make(e, &bad, &out, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    bad = r, bad.noise = (QwenEditNoise){ &one, 1, true };
    assert_false(qwen_edit_make(e, &bad, &out, &err));
    assert_says(err, "the noise has 1 numbers");
    bad = r, bad.prompt = "caf\xc3";
    assert_false(qwen_edit_make(e, &bad, &out, &err));
    assert_says(err, "UTF-8");
    assert_ok(qwen_edit_make(e, &r, &out, &err));
    image_clear(&out);
    qwen_edit_close(e);
    tiny_close(&t);
}

static void small_long_and_narrow_pictures_are_edited_or_refused_in_one_sentence(void **state)
{
    static const struct {
        int w, h;
        bool works;
    } sizes[] = {
        { 16, 16, true }, { 1, 1, true }, { 160, 16, true }, { 16, 160, true }, { 60000, 1, false }
    };
    Tiny t = tiny_open();
    QwenEdit *e = edit_open(t.folder, 2);
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        Image im, out;
        Err err = { 0 };
        assert_ok(image_init(&im, sizes[i].w, sizes[i].h, 3, &err));
        const Image *image = &im;
        QwenEditRequest r = quick(&image, 1);
        bool ok = qwen_edit_make(e, &r, &out, &err);
        if (ok != sizes[i].works)
            fail_msg("%d x %d: %s", sizes[i].w, sizes[i].h, err.msg);
        assert_true(ok || err.msg[0]);
        image_clear(&im);
        image_clear(&out);
    }
    qwen_edit_close(e);
    tiny_close(&t);
}

static void a_prompt_that_is_too_long_is_cut_with_a_warning(void **state)
{
    Tiny t = tiny_open();
    Err err = { 0 };
    Str told = { 0 }, prompt = { 0 };
    Image out;
    QwenEdit *e;
    const Image *image = &t.picture[0];
    QwenEditRequest r = quick(&image, 1);
    (void)state;
    for (int i = 0; i < 2000; i++)
        str_printf(&prompt, "%d ", i);
    r.prompt = prompt.s;
    Log log = kept_log(&told);
    assert_ok(qwen_edit_open(&e, &(QwenEditOptions){ .parts.folder = t.folder, .log = &log }, &err));
    assert_ok(qwen_edit_make(e, &r, &out, &err));
    assert_non_null(strstr(told.s, "warning: the prompt is"));
    qwen_edit_close(e);
    image_clear(&out);
    str_clear(&told);
    str_clear(&prompt);
    tiny_close(&t);
}

/* ---- models that are not as they should be ------------------------------------------------------- */

/* A copy of the model in the test's folder, changed by a shell line that runs in it. */
static const char *changed_model(void **state, const Tiny *t, const char *change)
{
    const char *folder = temp_path(state, "model");
    Str line = { 0 };
    str_printf(&line, "rm -rf '%s' && cp -r '%s' '%s' && chmod -R u+w '%s' && cd '%s' && %s", folder,
               t->folder, folder, folder, folder, change);
    assert_int_equal(system(line.s), 0);
    str_clear(&line);
    return folder;
}

static void whatever_is_wrong_with_a_model_is_said_when_it_is_opened(void **state)
{
    static const struct {
        const char *change, *says, *also;
    } wrong[] = {
        { "rm model_index.json", "model_index.json", "" },
        { "echo '{' >model_index.json", "model_index.json", "line" },
        { "sed -i s/QwenImageEditPlusPipeline/StableDiffusionPipeline/ model_index.json",
          "StableDiffusionPipeline", "QwenImageEditPipeline" },
        { "sed -i s/QwenImageTransformer2DModel/FluxTransformer2DModel/ model_index.json",
          "FluxTransformer2DModel", "QwenImageTransformer2DModel" },
        { "rm -r vae", "vae", "" },
        { "rm -r transformer", "transformer", "" },
        { "rm -r text_encoder", "text_encoder", "" },
        { "rm scheduler/scheduler_config.json", "scheduler_config.json", "" },
        { "rm transformer/diffusion_pytorch_model.safetensors", "transformer", "" },
        { "echo '{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}' "
          ">text_encoder/model.safetensors.index.json && rm text_encoder/model.safetensors",
          "model-00001-of-00002.safetensors", "" },
        { "truncate -s 5000 vae/diffusion_pytorch_model.safetensors",
          "vae/diffusion_pytorch_model.safetensors", "" },
        { "sed -i 's/\"num_layers\": [0-9]*/\"num_layers\": 1000000000/' transformer/config.json",
          "transformer/config.json", "num_layers" },
        { "sed -i 's/\"num_layers\": [0-9]*/\"num_layers\": 1/' transformer/config.json",
          "transformer_blocks.1", "" },
        { "echo broken >tokenizer/merges.txt && echo '#version: 0.2' >tokenizer/merges.txt && echo 'zzzzqq qqzzzz' "
          ">>tokenizer/merges.txt",
          "merges.txt", "" },
    };
    Tiny t = tiny_open();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        QwenEdit *e = NULL;
        Err err = { 0 };
        const char *folder = changed_model(state, &t, wrong[i].change);
        if (qwen_edit_open(&e, &(QwenEditOptions){ .parts.folder = folder }, &err))
            fail_msg("it opens after: %s", wrong[i].change);
        assert_null(e);
        assert_says(err, wrong[i].says);
        assert_says(err, wrong[i].also);
        assert_null(strchr(err.msg, '\n'));
    }
    tiny_close(&t);
}

static void parts_of_two_models_do_not_go_together(void **state)
{
    Tiny t = tiny_open();
    QwenCase other;
    QwenEdit *e;
    Err err = { 0 };
    Str change = { 0 };
    if (!qwen_case_open(&other, "text_encoder"))
        fail_msg("there is no other text encoder");
    char *part = qwen_case_path(&other, "text_encoder");
    str_printf(&change, "rm -r text_encoder && cp -r '%s' text_encoder", part);
    const char *folder = changed_model(state, &t, change.s);
    assert_false(qwen_edit_open(&e, &(QwenEditOptions){ .parts.folder = folder }, &err));
    assert_says(err, "of two models");
    free(part);
    str_clear(&change);
    qwen_case_close(&other);
    tiny_close(&t);
}

static void where_memory_is_short_the_large_parts_take_turns(void **state)
{
    Tiny t = tiny_open();
    Err err = { 0 };
    QwenParts p;
    (void)state;
    assert_ok(qwen_parts_open(&p, &(QwenPartsOptions){ .folder = t.folder }, NULL, &err));
    p.together = false;
    assert_non_null(qwen_parts_text_encoder(&p, &err));
    assert_null(p.transformer);
    assert_non_null(qwen_parts_transformer(&p, &err));
    assert_null(p.text_encoder);
    p.together = true;
    assert_non_null(qwen_parts_text_encoder(&p, &err));
    assert_non_null(p.transformer);
    qwen_parts_close(&p);
    tiny_close(&t);
}

static void the_transformer_may_come_from_a_file_of_its_own(void **state)
{
    Tiny t = tiny_open();
    QwenEdit *e;
    Err err = { 0 };
    Image own, other;
    const Image *image = &t.picture[0];
    QwenEditRequest r = quick(&image, 1);
    const char *folder =
        changed_model(state, &t, "mv transformer/diffusion_pytorch_model.safetensors ../weights");
    assert_false(qwen_edit_open(&e, &(QwenEditOptions){ .parts.folder = folder }, &err));
    assert_ok(qwen_edit_open(
        &e, &(QwenEditOptions){ .parts.folder = folder, .parts.transformer = temp_path(state, "weights") },
        &err));
    assert_ok(qwen_edit_make(e, &r, &other, &err));
    qwen_edit_close(e);
    e = edit_open(t.folder, 1);
    assert_ok(qwen_edit_make(e, &r, &own, &err));
    assert_memory_equal(own.data, other.data, image_bytes(&own));
    qwen_edit_close(e);
    image_clear(&own);
    image_clear(&other);
    tiny_close(&t);
}

/* ---- LoRA files ---------------------------------------------------------------------------------- */

/* A LoRA of rank 1 for one layer of the tiny transformer, 48 channels wide. */
static void forge_lora(const char *path, const char *layer, size_t in, size_t out)
{
    char down[120], up[120];
    float *a = some(in, 0.5f), *b = some(out, 0.5f);
    snprintf(down, sizeof down, "transformer.%s.lora_A.weight", layer);
    snprintf(up, sizeof up, "transformer.%s.lora_B.weight", layer);
    forge_tensors(path, (ForgeTensor[]){ { down, "F32", { 1, in }, 2, a }, { up, "F32", { out, 1 }, 2, b } },
                  2, NULL);
    free(a);
    free(b);
}

static Image edit_with_lora(const Tiny *t, const char *lora)
{
    QwenEdit *e;
    Err err = { 0 };
    Image out;
    char *text[] = { (char *)lora };
    LoraFiles loras;
    const Image *image = &t->picture[0];
    QwenEditRequest r = quick(&image, 1);
    assert_ok(lora_files_find(&loras, &(TextList){ text, lora ? 1 : 0 }, NULL, &err));
    assert_ok(
        qwen_edit_open(&e, &(QwenEditOptions){ .parts.folder = t->folder, .parts.loras = &loras }, &err));
    assert_int_equal(loras.count, 0);
    assert_ok(qwen_edit_make(e, &r, &out, &err));
    qwen_edit_close(e);
    return out;
}

static void a_lora_changes_the_picture_by_its_scale(void **state)
{
    Tiny t = tiny_open();
    const char *path = temp_path(state, "style.safetensors");
    char none[600], whole[600];
    forge_lora(path, "transformer_blocks.0.attn.to_q", 48, 48);
    snprintf(none, sizeof none, "%s:0", path);
    snprintf(whole, sizeof whole, "%s:1.0", path);
    Image plain = edit_with_lora(&t, NULL), zero = edit_with_lora(&t, none), one = edit_with_lora(&t, path),
          one_too = edit_with_lora(&t, whole);
    assert_memory_equal(plain.data, zero.data, image_bytes(&plain));
    assert_memory_not_equal(plain.data, one.data, image_bytes(&plain));
    assert_memory_equal(one.data, one_too.data, image_bytes(&plain));
    image_clear(&plain);
    image_clear(&zero);
    image_clear(&one);
    image_clear(&one_too);
    tiny_close(&t);
}

static void assert_lora_refused(const Tiny *t, const char *lora, const char *says)
{
    QwenEdit *e;
    Err err = { 0 };
    char *text[] = { (char *)lora };
    LoraFiles loras;
    assert_false(
        lora_files_find(&loras, &(TextList){ text, 1 }, NULL, &err) &&
        qwen_edit_open(&e, &(QwenEditOptions){ .parts.folder = t->folder, .parts.loras = &loras }, &err));
    lora_files_clear(&loras);
    assert_says(err, says);
}

static void a_lora_that_does_not_fit_is_named(void **state)
{
    Tiny t = tiny_open();
    const char *path = temp_path(state, "other.safetensors");
    char scaled[600];
    forge_lora(path, "single_blocks.0.linear1", 48, 48);
    assert_lora_refused(&t, path, "single_blocks.0.linear1");
    forge_lora(path, "transformer_blocks.0.attn.to_q", 64, 48);
    assert_lora_refused(&t, path, "transformer_blocks.0.attn.to_q");
    assert_lora_refused(&t, temp_path(state, "absent.safetensors"), "there is no such file");
    snprintf(scaled, sizeof scaled, "%s:nan", path);
    assert_lora_refused(&t, scaled, "no scale for a LoRA");
    tiny_close(&t);
}

/* ---- views --------------------------------------------------------------------------------------- */

static Image render(const Tiny *t, const char *view, Err *err)
{
    char *names[] = { (char *)view };
    TextList views = { names, 1 }, none = { 0 };
    ViewPose *pose;
    size_t count;
    void *self;
    ViewResult out = { 0 };
    QwenSettings settings = {
        .num_inference_steps = 2, .true_cfg_scale = 4, .vae_area = 4096, .condition_area = 4096
    };
    RoleConfig cfg = { .model_path = t->folder, .qwen = &settings, .threads = 2 };
    assert_true(view_poses_from_names(&views, &none, &none, &pose, &count, err));
    ViewsRequest req = {
        .image = &t->picture[0], .pose = pose, .count = count, .width = 64, .height = 64, .seed = 1
    };
    assert_true(views_qwen_multicamera.probe(&cfg, err));
    if (views_qwen_multicamera.open(&self, &cfg, &req, err)) {
        assert_true(views_qwen_multicamera.render(self, 0, &out, err));
        views_qwen_multicamera.close(self);
    }
    free(pose);
    return out.image;
}

static void views_are_edits_with_the_words_of_the_camera_lora(void **state)
{
    Tiny t = tiny_open();
    Err err = { 0 };
    Image back = render(&t, "back view", &err), again = render(&t, "back", &err),
          left = render(&t, "left side", &err);
    (void)state;
    assert_int_equal(back.width, 64);
    assert_memory_equal(back.data, again.data, image_bytes(&back));
    assert_memory_not_equal(back.data, left.data, image_bytes(&back));
    Image asked;
    const Image *image = &t.picture[0];
    QwenEditRequest r = quick(&image, 1);
    r.prompt = "<sks> back view elevated shot medium shot";
    r.negative_prompt = "";
    r.height = 64;
    r.seed = 1;
    QwenEdit *e = edit_open(t.folder, 1);
    assert_ok(qwen_edit_make(e, &r, &asked, &err));
    assert_memory_equal(back.data, asked.data, image_bytes(&back));
    qwen_edit_close(e);
    Image none = render(&t, "az30", &err);
    assert_true(image_empty(&none));
    assert_says(err, "qwen_multicamera does not know the position \"az030");
    image_clear(&asked);
    image_clear(&back);
    image_clear(&again);
    image_clear(&left);
    tiny_close(&t);
}

static void without_the_camera_lora_the_views_are_not_taken_unasked(void **state)
{
    Tiny t = tiny_open();
    Err err = { 0 };
    (void)state;
    RoleConfig cfg = { .model_path = t.folder, .tentative = true };
    assert_false(views_qwen_multicamera.probe(&cfg, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_says(err, "Multiple-Angles-LoRA");
    tiny_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_edit_of_the_reference_comes_out),
        cmocka_unit_test(what_edits_have_in_common_is_computed_once_and_changes_nothing),
        cmocka_unit_test(what_was_asked_for_longest_ago_is_forgotten_first),
        cmocka_unit_test(a_picture_keeps_its_number_while_it_is_known_and_none_is_given_twice),
        cmocka_unit_test(a_cancelled_edit_ends_as_such_and_the_next_one_works),
        cmocka_unit_test(requests_that_cannot_be_are_refused_and_the_next_one_works),
        cmocka_unit_test(small_long_and_narrow_pictures_are_edited_or_refused_in_one_sentence),
        cmocka_unit_test(a_prompt_that_is_too_long_is_cut_with_a_warning),
        temp_test(whatever_is_wrong_with_a_model_is_said_when_it_is_opened),
        temp_test(parts_of_two_models_do_not_go_together),
        cmocka_unit_test(where_memory_is_short_the_large_parts_take_turns),
        temp_test(the_transformer_may_come_from_a_file_of_its_own),
        temp_test(a_lora_changes_the_picture_by_its_scale),
        temp_test(a_lora_that_does_not_fit_is_named),
        cmocka_unit_test(views_are_edits_with_the_words_of_the_camera_lora),
        cmocka_unit_test(without_the_camera_lora_the_views_are_not_taken_unasked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
