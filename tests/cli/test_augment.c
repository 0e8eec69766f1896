/* facet filter and facet augment, as a person starts them. */
#include "shell.h"

#include "vision/codec.h"
#include "vision/colour.h"
#include "vision/jpeg_passes.h"
#include "vision/motion_blur.h"
#include "vision/resample.h"

#include <string.h>

static Image load(const char *name)
{
    Err err = { 0 };
    Image im;
    assert_ok(image_load(&im, shell_path(name), &(DecodeOptions){ .channels = 3 }, &err));
    return im;
}

/* `facet filter` made the picture that `want` is, which is cleared. */
static void filter_gives(const char *line, Image *want)
{
    shell_works(line);
    Image got = load("out.png");
    assert_true(got.width == want->width && got.height == want->height);
    assert_memory_equal(got.data, want->data, image_bytes(want));
    image_clear(&got);
    image_clear(want);
}

static void a_filter_is_the_operation_of_its_name(void **state)
{
    (void)state;
    Err err = { 0 };
    Image im = load("photo.png");
    colour_bw(&im);
    filter_gives("\"$F\" filter bw photo.png out.png", &im);
    im = load("photo.png");
    colour_saturation(&im, 1.7);
    filter_gives("\"$F\" filter saturation photo.png out.png --factor 1.7", &im);
    im = load("photo.png");
    colour_contrast(&im, 0.3);
    filter_gives("\"$F\" filter contrast photo.png out.png --factor 0.3", &im);
    im = load("photo.png");
    colour_brightness(&im, 1.2);
    filter_gives("\"$F\" filter brightness photo.png out.png --factor=1.2", &im);
    im = load("photo.png");
    assert_ok(motion_blur(&im, 21, 33.5, &err));
    filter_gives("\"$F\" filter motion_blur photo.png out.png --kernel 20 --angle 33.5", &im);
    im = load("photo.png");
    assert_ok(jpeg_passes(&im, (int[]){ 30, 20, 12 }, 3, &err));
    filter_gives("\"$F\" filter jpeg photo.png out.png --qualities 30,20,12", &im);
    Image photo = load("photo.png");
    assert_ok(image_resize(&im, &photo, 77, 131, RESAMPLE_LANCZOS, &err));
    filter_gives("\"$F\" filter resize photo.png out.png --size 77x131 --method lanczos", &im);
    filter_gives("\"$F\" filter resize photo.png out.png --size 200x160", &photo);
}

static void a_wrong_filter_is_one_line_and_writes_nothing(void **state)
{
    (void)state;
    shell_fails(2, "motion_blur", "\"$F\" filter blur photo.png out.png");
    shell_fails(2, "3 are needed", "\"$F\" filter bw photo.png");
    shell_fails(2, "--qualities", "\"$F\" filter jpeg photo.png out.png");
    shell_fails(2, "\"101\"", "\"$F\" filter jpeg photo.png out.png --qualities 40,101");
    shell_fails(2, "--size", "\"$F\" filter resize photo.png out.png");
    shell_fails(2, "out.jpg", "\"$F\" filter bw photo.png out.jpg");
    shell_fails(1, "missing.png", "\"$F\" filter bw missing.png out.png");
    shell_fails(1, "at most 31999", "\"$F\" filter bw photo.png out.png --max_pixels 31999");
    shell_works("\"$F\" filter bw photo.png ok.png --max_pixels 32000");
    assert_false(shell_has("out.png"));
}

/* Three images, one without a label and one in a folder of its own. */
static const char dataset[] =
    "mkdir -p d/images/train/more d/images/val d/labels/train/more && "
    "cp photo.png d/images/train/a.png && cp photo.png d/images/train/more/a.png && cp photo.png d/images/val/b.png && "
    "echo '0 0.1 0.1 0.9 0.1 0.5 0.9' >d/labels/train/a.txt && echo '1 0 0 1 0 1 1' >d/labels/train/more/a.txt && "
    "printf 'train: images/train\\nval: images/val\\nnames: [disc, square]\\n' >d/data.yaml";

static void augmented_datasets_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    shell_works(dataset);
    for (int jobs = 1; jobs <= 7; jobs += jobs == 1 ? 1 : 5) {
        char line[256];
        snprintf(line, sizeof line,
                 "\"$F\" augment --quiet --dataset d --output o --count 3 --seed 9 --jobs %d && mv o o%d",
                 jobs, jobs);
        const Shell *r = shell_works(line);
        assert_non_null(strstr(r->out, "o/combined (12 images)"));
    }
    shell_works(
        "diff -r o1/combined/train o2/combined/train && diff -r o1/combined/train o7/combined/train && "
        "diff -r o1/augmented o2/augmented && diff -r o1/augmented o7/augmented");
    shell_works("cmp d/labels/train/a.txt o1/augmented/train/labels/a_cv002.txt && "
                "cmp d/labels/train/more/a.txt o1/combined/train/labels/more_a_cv000.txt && "
                "cmp d/images/train/more/a.png o1/combined/train/images/more_a.png && "
                "test ! -s o1/combined/val/labels/b.txt && test -f o1/combined/val/labels/b_cv001.txt");
}

static void an_image_that_fails_is_counted_and_tried_again(void **state)
{
    (void)state;
    shell_works(dataset);
    shell_works("echo junk >d/images/val/c.png");
    const Shell *r = shell("\"$F\" augment --quiet --dataset d --output o --max_retries 0");
    assert_int_equal(r->code, 3);
    assert_non_null(strstr(r->out, "failed            1;"));
    shell_works("cp photo.png d/images/val/c.png && \"$F\" augment --quiet --dataset d --output o");
    assert_true(shell_has("o/combined/val/images/c_cv000.jpg"));
}

static void other_settings_move_what_they_replace(void **state)
{
    (void)state;
    shell_works(dataset);
    shell_works("\"$F\" augment --quiet --dataset d --output o --count 2");
    shell_works("\"$F\" augment --quiet --dataset d --output o --count 1");
    assert_true(shell_has("o/augmented/train/images/a_cv000.jpg") &&
                !shell_has("o/augmented/train/images/a_cv001.jpg") &&
                shell_has("o/replaced/augmented/train/images/a_cv001.jpg"));
}

static void a_dataset_that_is_none_is_one_line(void **state)
{
    (void)state;
    shell_fails(1, "nowhere", "\"$F\" augment --dataset nowhere --output o");
    shell_fails(2, "--output", "\"$F\" augment --dataset d");
    shell_fails(1, "no YOLO dataset", "mkdir e; \"$F\" augment --dataset e --output o");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shell_test(a_filter_is_the_operation_of_its_name),
        shell_test(a_wrong_filter_is_one_line_and_writes_nothing),
        shell_test(augmented_datasets_do_not_depend_on_the_number_of_threads),
        shell_test(an_image_that_fails_is_counted_and_tried_again),
        shell_test(other_settings_move_what_they_replace),
        shell_test(a_dataset_that_is_none_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
