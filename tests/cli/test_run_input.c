/* Input that is not as it should be: what `facet run` says of it, and that nothing is left behind. */
#include "shell.h"

#include "base/str.h"
#include "vision/codec.h"

#include <libdeflate.h>
#include <string.h>

/* Nothing but the test's own pictures is there. */
static void assert_nothing_written(void)
{
    assert_false(shell_has("executions"));
}

static void refused(int code, const char *part, const char *line)
{
    shell_fails(code, part, line);
    assert_nothing_written();
}

/* ---- the photo ----------------------------------------------------------------------------------- */

static void a_photo_that_is_none_is_named_with_the_reason(void **state)
{
    (void)state;
    shell(
        "head -c 300 photo.png >cut.png; : >empty.png; echo hello >text.png; mkdir folder.png; mkfifo pipe.png; "
        "head -c 4000 /dev/urandom >noise.jpg; cp photo.png real.jpg");
    refused(1, "--input_image missing.png: cannot be opened: No such file", "RUN --input_image missing.png");
    refused(1, "--input_image empty.png:", "RUN --input_image empty.png");
    refused(1, "--input_image cut.png:", "RUN --input_image cut.png");
    refused(1, "--input_image text.png:", "RUN --input_image text.png");
    refused(1, "--input_image folder.png: this is a folder", "RUN --input_image folder.png");
    refused(1, "--input_image pipe.png: this is not a regular file", "RUN --input_image pipe.png");
    refused(1, "--input_image noise.jpg:", "RUN --input_image noise.jpg");
    refused(1, "--input_image /dev/null:", "RUN --input_image /dev/null");
    refused(2, "--input_image: ", "RUN --input_image ''");
    shell_works("RUN --input_image real.jpg"); /* the content says what it is */
}

static void photos_of_every_kind_become_datasets(void **state)
{
    (void)state;
    static const char *const good[] = { "cmyk_adobe.jpg",   "exif_6.jpg",        "exif_8.jpg",
                                        "gray.jpg",         "pal8_trns.png",     "gray16.png",
                                        "gray_alpha16.png", "lossy_exif_8.webp", "lossy_alpha.webp",
                                        "cmyk.tif",         "pal8.bmp",          "own_ycck.jpg" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char line[256];
        snprintf(line, sizeof line, "RUN --input_image $FIXTURES/good/%s --execution_name run%zu", good[i],
                 i);
        shell_works(line);
    }
}

/* The mask of an upright photo is upright, so a photo that lies on its side must be turned first. */
static void a_photo_that_lies_on_its_side_is_turned(void **state)
{
    (void)state;
    Image upright, mask;
    Err err = { 0 };
    shell("cp $FIXTURES/good/exif_6.jpg turned.jpg");
    assert_ok(image_load(&upright, shell_path("turned.jpg"),
                         &(DecodeOptions){ .channels = 3, .upright = true }, &err));
    assert_ok(image_init(&mask, upright.width, upright.height, 1, &err));
    memset(mask.data, 255, image_bytes(&mask) / 2);
    assert_ok(image_save(&mask, shell_path("upright.png"), 95, &err));
    const Shell *s = shell_works("RUN --input_image turned.jpg --input_mask upright.png");
    if (upright.width != upright.height)
        assert_null(strstr(s->err, "is fitted"));
    image_clear(&upright);
    image_clear(&mask);
}

static void transparency_is_the_mask_where_none_is_given(void **state)
{
    (void)state;
    Image photo, mask, rgba;
    Err err = { 0 };
    assert_ok(image_load(&photo, shell_path("photo.png"), &(DecodeOptions){ .channels = 3 }, &err));
    assert_ok(image_load(&mask, shell_path("mask.png"), &(DecodeOptions){ .channels = 1 }, &err));
    assert_ok(image_init(&rgba, photo.width, photo.height, 4, &err));
    for (int y = 0; y < photo.height; y++)
        for (int x = 0; x < photo.width; x++) {
            memcpy(image_at(&rgba, x, y), image_at(&photo, x, y), 3);
            image_at(&rgba, x, y)[3] = *image_at(&mask, x, y);
        }
    assert_ok(image_save(&rgba, shell_path("clear.png"), 95, &err));
    image_clear(&photo);
    image_clear(&mask);
    image_clear(&rgba);
    const char *line =
        "\"$F\" run --object_name mug --resolution 64 --num_prompts 1 --num_iterations 1 --views front ";
    char text[512];
    snprintf(text, sizeof text, "%s --input_image clear.png", line);
    const Shell *s = shell_works(text);
    assert_non_null(strstr(s->err, "its transparency is the mask"));
    assert_non_null(strstr(s->out, "labelled    1"));
    shell("rm -r executions");
    snprintf(text, sizeof text, "%s --quiet --input_image photo.png", line);
    refused(2, "--input_mask is needed", text);
}

/* A PNG of one colour, one bit a pixel, whatever its size. */
static void write_plain_png(const char *name, uint32_t width, uint32_t height)
{
    size_t row = 1 + (width + 7) / 8, raw_size = row * height;
    uint8_t *raw = calloc(raw_size, 1);
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(1);
    size_t bound = libdeflate_zlib_compress_bound(c, raw_size);
    uint8_t *packed = malloc(bound);
    size_t n = libdeflate_zlib_compress(c, raw, raw_size, packed, bound);
    assert_true(raw && packed && n);
    uint8_t header[13] = { (uint8_t)(width >> 24), (uint8_t)(width >> 16),  (uint8_t)(width >> 8),
                           (uint8_t)width,         (uint8_t)(height >> 24), (uint8_t)(height >> 16),
                           (uint8_t)(height >> 8), (uint8_t)height,         1 };
    const struct {
        const char *type;
        const uint8_t *data;
        size_t size;
    } chunks[] = { { "IHDR", header, sizeof header }, { "IDAT", packed, n }, { "IEND", NULL, 0 } };
    FILE *f = fopen(shell_path(name), "wb");
    assert_non_null(f);
    fwrite("\x89PNG\r\n\x1a\n", 1, 8, f);
    for (int i = 0; i < 3; i++) {
        uint32_t crc = libdeflate_crc32(0, chunks[i].type, 4);
        if (chunks[i].size)
            crc = libdeflate_crc32(crc, chunks[i].data, chunks[i].size);
        const uint32_t numbers[2] = { (uint32_t)chunks[i].size, crc };
        for (int k = 0; k < 2; k++) {
            for (int shift = 24; shift >= 0; shift -= 8)
                fputc((int)(numbers[k] >> shift & 255), f);
            if (k == 0) {
                fwrite(chunks[i].type, 1, 4, f);
                if (chunks[i].size)
                    fwrite(chunks[i].data, 1, chunks[i].size, f);
            }
        }
    }
    assert_int_equal(fclose(f), 0);
    libdeflate_free_compressor(c);
    free(packed);
    free(raw);
}

static void photos_of_one_pixel_and_of_a_hundred_million_are_taken(void **state)
{
    (void)state;
    Image one;
    Err err = { 0 };
    write_plain_png("large.png", 12000, 9000);
    write_plain_png("dot.png", 1, 1);
    assert_ok(image_init(&one, 1, 1, 1, &err));
    *one.data = 255;
    assert_ok(image_save(&one, shell_path("dot_mask.png"), 95, &err));
    image_clear(&one);
    shell_works("RUN --input_image large.png");
    const Shell *s = shell("RUN --input_image dot.png --input_mask dot_mask.png");
    if (s->code != 0 && (s->code != 1 || !strstr(s->err, "facet: ")))
        fail_msg("one pixel: exit code %d, \"%s\"", s->code, s->err);
}

static void a_photo_that_claims_an_absurd_size_is_refused(void **state)
{
    (void)state;
    write_plain_png("absurd.png", 70000, 3);
    refused(1, "--input_image absurd.png:", "RUN --input_image absurd.png");
}

/* The photo has 200 x 160 pixels, and the images made 64 x 64. */
static void no_picture_of_more_than_max_pixels_is_read(void **state)
{
    (void)state;
    Image mask;
    Err err = { 0 };
    assert_ok(image_init(&mask, 400, 320, 1, &err));
    memset(mask.data, 255, image_bytes(&mask) / 2);
    assert_ok(image_save(&mask, shell_path("large.png"), 95, &err));
    image_clear(&mask);
    refused(1, "--input_image photo.png: the picture claims 200 x 160 pixels; at most 31999 in all",
            "RUN --max_pixels 31999");
    refused(1, "--input_mask large.png: the picture claims 400 x 320 pixels; at most 32000 in all",
            "RUN --max_pixels 32000 --input_mask large.png");
    shell_works("RUN --max_pixels 32000 --resolution 64x64");
    const Shell *less =
        shell("\"$F\" run --execution_mode last --start_from_step 7 --cv_augmentation_count 2 "
              "--max_retries 0 --max_pixels 4095");
    assert_int_equal(less->code, 3);
    shell_works(
        "\"$F\" run --execution_mode last --start_from_step 7 --cv_augmentation_count 2 --max_pixels 4096");
    shell_works("grep -rq 'claims 64 x 64 pixels; at most 4095 in all' executions");
}

/* ---- the mask ------------------------------------------------------------------------------------ */

static void put_mask(const char *name, int width, int height, uint8_t outside, uint8_t inside)
{
    Image mask;
    Err err = { 0 };
    assert_ok(image_init(&mask, width, height, 1, &err));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            *image_at(&mask, x, y) =
                x > width / 4 && x < 3 * width / 4 && y > height / 4 && y < 3 * height / 4 ? inside : outside;
    assert_ok(image_save(&mask, shell_path(name), 95, &err));
    image_clear(&mask);
}

static void masks_that_are_not_as_they_should_be_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int width, height, outside, inside;
        int code;
        const char *says;
    } masks[] = {
        { "half.png", 100, 80, 0, 255, 0,
          "warning: --input_mask half.png: is 100 x 80 pixels, the photo 200 x 160; the mask is fitted to the photo" },
        { "other.png", 99, 301, 0, 255, 0, "is fitted to the photo" },
        { "empty.png", 200, 160, 0, 0, 1, "facet: --input_mask empty.png: has no object" },
        { "dark.png", 200, 160, 0, 127, 1,
          "facet: --input_mask dark.png: has no object (no pixel above 127)" },
        { "full.png", 200, 160, 255, 255, 0, "warning: --input_mask full.png: covers the whole photo" },
        { "gray.png", 200, 160, 0, 160, 0,
          "warning: --input_mask gray.png: has gray levels; values above 127" },
    };
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        char line[128];
        put_mask(masks[i].name, masks[i].width, masks[i].height, (uint8_t)masks[i].outside,
                 (uint8_t)masks[i].inside);
        snprintf(line, sizeof line, "RUN --input_mask %s", masks[i].name);
        const Shell *s = shell("%s", line);
        if (s->code != masks[i].code || !strstr(s->err, masks[i].says))
            fail_msg("%s: exit code %d, \"%s\"", masks[i].name, s->code, s->err);
        if (masks[i].code)
            assert_nothing_written();
        shell("rm -rf executions");
    }
    shell("head -c 100 mask.png >cut.png");
    refused(1, "--input_mask cut.png:", "RUN --input_mask cut.png");
    refused(1, "--input_mask missing.png: cannot be opened", "RUN --input_mask missing.png");
    refused(1, "--input_mask photo.txt:", "echo x >photo.txt; RUN --input_mask photo.txt");
}

/* ---- names and folders --------------------------------------------------------------------------- */

static void any_name_of_an_object_is_taken_that_is_one_line(void **state)
{
    (void)state;
    static const char *const names[] = { "'a mug'",      "\"it's a mug\"",
                                         "'\"mug\"'",    "'../../etc/passwd'",
                                         "'чашка ☕ 夜'", "\"$(printf 'x%.0s' $(seq 300))\"",
                                         "'%s%n'",       "-5",
                                         "'a \\ b'",     "' mug '" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char line[256];
        snprintf(line, sizeof line, "RUN --object_name %s --execution_name run%zu", names[i], i);
        shell_works(line);
    }
    assert_false(shell_has("../etc"));
    shell("rm -r executions");
    refused(2, "--object_name", "RUN --object_name ''");
    refused(2, "--object_name \"  \": the name is blank", "RUN --object_name '  '");
    refused(2, "control character", "RUN --object_name \"$(printf 'a\\nb')\"");
    refused(2, "UTF-8", "RUN --object_name \"$(printf 'm\\374g')\"");
    refused(2, "--object_name", "RUN --object_name \"$(printf 'x%.0s' $(seq 1001))\"");
}

static void a_working_folder_that_cannot_be_one_is_named(void **state)
{
    (void)state;
    shell("echo x >file");
    shell_fails(1, "facet: file: is a file where a folder is needed", "RUN --working_dir file");
    shell_fails(1, "facet: file: is a file where a folder is needed", "RUN --working_dir file/in/it");
    shell_fails(1, "/proc/nothing", "RUN --working_dir /proc/nothing");
    shell_fails(1, "--working_dir file: is no folder; give the one that holds",
                "\"$F\" run --working_dir file --execution_mode last");
    shell_fails(1, "there is no execution in this folder",
                "\"$F\" run --working_dir nowhere --execution_mode last");
    assert_false(shell_has("nowhere"));
    shell_works("RUN --working_dir 'a b/ü/\"q\"'");
}

/* ---- prompts files ------------------------------------------------------------------------------- */

static void prompts_files_of_any_editor_are_read_and_broken_ones_named(void **state)
{
    (void)state;
    shell(
        "printf '\\357\\273\\277at night\\r\\n\\r\\n# no\\r\\nin thick fog\\r\\n' >windows.txt; printf '\\r\\n \\n' >blank.txt; "
        "printf 'a\\n\\374\\n' >latin.txt; mkdir folder.txt");
    const char *with = "--enable_qwen_augmentation --qwen_augmentation_count 2 --predefined_prompts_file";
    char line[256];
    snprintf(line, sizeof line, "RUN %s windows.txt", with);
    shell_works(line);
    const Shell *s =
        shell("grep -h num_predefined_prompts %s/05_qwen_combined_images/*.json", shell_execution());
    assert_non_null(strstr(s->out, ": 2,"));
    shell("rm -r executions");
    static const char *const bad[][2] = {
        { "blank.txt", "blank.txt: there is no prompt in it; write one a line" },
        { "latin.txt", "latin.txt: line 2 is no UTF-8 text; save the file as UTF-8" },
        { "folder.txt", "folder.txt: this is a folder" },
        { "none.txt", "none.txt: cannot be opened: No such file" }
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(line, sizeof line, "RUN %s %s", with, bad[i][0]);
        refused(1, bad[i][1], line);
        snprintf(line, sizeof line, "RUN --project_info_file %s", bad[i][0]);
        if (i > 0) /* a project without a word is one that says nothing */
            refused(1, bad[i][1], line);
        snprintf(line, sizeof line, "RUN --system_prompt_file %s", bad[i][0]);
        if (i > 0)
            refused(1, bad[i][1], line);
    }
}

/* ---- options ------------------------------------------------------------------------------------- */

static void wrong_usage_is_exit_code_2_and_nothing_is_written(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        { "--contrast_range 0.8 0.2",
          "--contrast_range \"0.8 0.2\": give two numbers from 0 to 100, the lower one first" },
        { "--motion_blur_range 9,3", "the lower one first" },
        { "--bw_probability 1.5", "--bw_probability \"1.5\": give a number from 0 to 1" },
        { "--bw_probability -0.1", "from 0 to 1" },
        { "--saturation_probability nan", "from 0 to 1" },
        { "--split_ratio 1.0001", "--split_ratio" },
        { "--num_promts 3", "did you mean --num_prompts?" },
        { "--objectname x", "did you mean --object_name?" },
        { "--num_prompts three", "give a whole number from 1 to 10000" },
        { "--num_prompts", "--num_prompts needs a value" },
        { "--num_prompts=0", "from 1 to 10000" },
        { "--resolution 12", "--resolution" },
        { "--views sideways", "sideways" },
        { "--editor gimp", "procedural" },
        { "--execution_mode by_name", "--execution_name" },
        { "--retry_failed", "nothing to retry" },
        { "--start_from_step 3", "begins at step 1" },
        { "stray", "stands alone" },
        { "--execution_name a/b", "without slashes" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char line[256];
        snprintf(line, sizeof line, "RUN %s", wrong[i][0]);
        refused(2, wrong[i][1], line);
    }
    refused(2, "--input_image is missing", "\"$F\" run");
    refused(2, "--object_name is missing", "\"$F\" run --input_image photo.png");
}

static void dashes_underscores_equals_signs_and_no_forms_are_alike(void **state)
{
    (void)state;
    shell_works("RUN --execution-name dashes --split-ratio=0.5 --no-annotation --no_enable_cv_augmentation");
    assert_false(shell_has("executions/dashes/06_yolo_dataset"));
    shell_works(
        "RUN --execution_name equal --enable_annotation=false --enable-cv-augmentation=off --contrast-range=0.1,0.2");
    assert_false(shell_has("executions/equal/06_yolo_dataset"));
    shell_works("RUN --execution_name word --enable_annotation false --enable_qwen_augmentation");
    assert_false(shell_has("executions/word/06_yolo_dataset"));
    assert_true(shell_has("executions/word/05_qwen_combined_images"));
    const Shell *s = shell_works("RUN --no-cv-augmentation --execution_name last");
    assert_non_null(strstr(s->out, "06_yolo_dataset (1 images)"));
    s = shell_works("grep -h split_ratio executions/dashes/run_config.json");
    assert_non_null(strstr(s->out, "0.5"));
}

static void options_come_from_yaml_and_json_and_the_command_line_wins(void **state)
{
    (void)state;
    shell(
        "printf 'input_image: photo.png\\ninput_mask: mask.png\\nobject_name: \"red mug\"\\nresolution: 64\\nviews: [front, back]\\n"
        "num_prompts: 2\\nnum_iterations: 1\\nenable_annotation: no\\nquiet: true\\n' >o.yaml; "
        "printf '{\"input_image\": \"photo.png\", \"input_mask\": \"mask.png\", \"object_name\": \"red mug\", \"resolution\": \"64x80\","
        "\"views\": [\"front\"], \"num_prompts\": 1, \"num_iterations\": 2, \"enable_annotation\": false, \"quiet\": true}' >o.json");
    const Shell *s = shell_works("\"$F\" run --config o.yaml --execution_name y");
    assert_non_null(strstr(s->out, "images      4\n"));
    s = shell_works("\"$F\" run --config o.json --execution_name j");
    assert_non_null(strstr(s->out, "images      2\n"));
    s = shell_works("\"$F\" run --config o.yaml --execution_name c --num_prompts 1");
    assert_non_null(strstr(s->out, "images      2\n"));
    /* What a run recorded repeats it, byte for byte. */
    s = shell_works("\"$F\" run --config executions/j/run_config.json --execution_name k --quiet && "
                    "diff -r --exclude=metadata.json executions/j/04_dataset executions/k/04_dataset");
    shell(
        "printf 'num_promts: 1\\n' >bad.yaml; printf '{\"seed\":' >bad.json; printf 'a: [1\\n' >worse.yaml");
    shell_fails(2, "bad.yaml: unknown option num_promts; did you mean num_prompts?", "RUN --config bad.yaml");
    shell_fails(2, "bad.json", "RUN --config bad.json");
    shell_fails(2, "worse.yaml", "RUN --config worse.yaml");
    const Shell *missing = shell("RUN --config none.yaml");
    assert_in_range(missing->code, 1, 2);
    assert_non_null(strstr(missing->err, "none.yaml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shell_test(a_photo_that_is_none_is_named_with_the_reason),
        shell_test(photos_of_every_kind_become_datasets),
        shell_test(a_photo_that_lies_on_its_side_is_turned),
        shell_test(transparency_is_the_mask_where_none_is_given),
        shell_test(photos_of_one_pixel_and_of_a_hundred_million_are_taken),
        shell_test(a_photo_that_claims_an_absurd_size_is_refused),
        shell_test(no_picture_of_more_than_max_pixels_is_read),
        shell_test(masks_that_are_not_as_they_should_be_are_told),
        shell_test(any_name_of_an_object_is_taken_that_is_one_line),
        shell_test(a_working_folder_that_cannot_be_one_is_named),
        shell_test(prompts_files_of_any_editor_are_read_and_broken_ones_named),
        shell_test(wrong_usage_is_exit_code_2_and_nothing_is_written),
        shell_test(dashes_underscores_equals_signs_and_no_forms_are_alike),
        shell_test(options_come_from_yaml_and_json_and_the_command_line_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
