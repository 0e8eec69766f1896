/* facet export, as a person starts it. */
#include "shell.h"

#include <jansson.h>
#include <string.h>

/* Make the dataset d: four images, each with a disc. */
static void make_dataset(void)
{
    shell_works(
        "mkdir -p d/train/images d/train/labels d/val/images d/val/labels && "
        "for i in a b c; do cp photo.png d/train/images/$i.png; $F polygon mask.png >d/train/labels/$i.txt || exit; done && "
        "cp photo.png d/val/images/v.png && $F polygon mask.png >d/val/labels/v.txt && echo mug >d/classes.txt");
}

static json_int_t number(const json_t *v, const char *key, const char *inner)
{
    v = json_object_get(v, key);
    return json_integer_value(inner ? json_object_get(v, inner) : v);
}

static void one_line_of_json_says_what_was_exported(void **state)
{
    (void)state;
    make_dataset();
    static const char *const formats[] = { "coco", "voc", "yolo-seg", "yolo-detect" };
    for (size_t i = 0; i < 4; i++) {
        const Shell *s = shell("$F export --dataset d --output out --format %s", formats[i]);
        assert_int_equal(s->code, 0);
        assert_ptr_equal(strchr(s->out, '\n'), s->out + strlen(s->out) - 1);
        json_t *v = json_loads(s->out, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(v, "format")), formats[i]);
        assert_string_equal(json_string_value(json_object_get(v, "output")), "out");
        assert_int_equal(number(v, "images", "train"), 3);
        assert_int_equal(number(v, "images", "val"), 1);
        assert_int_equal(number(v, "objects", NULL), 4);
        json_decref(v);
    }
    assert_true(shell_has("out/train/labels/a.txt"));
    assert_false(shell_has("out/Annotations"));
}

static void listed_images_and_other_splits_are_left_out(void **state)
{
    (void)state;
    make_dataset();
    temp_write(shell_path("list.txt"), "# not these\n a.png \r\nd/train/images/b.png\nv\n\nnone.png\n");
    const Shell *s =
        shell_works("$F export --dataset d --output out --format yolo-seg --exclude_list list.txt");
    json_t *v = json_loads(s->out, 0, NULL);
    assert_int_equal(number(v, "images", "train"), 1);
    assert_int_equal(number(v, "left_out", NULL), 3);
    json_decref(v);
    assert_non_null(strstr(s->err, "1 of its names are no images here, \"none.png\" for one"));
    assert_true(shell_has("out/train/images/c.png"));
    assert_false(shell_has("out/train/images/a.png"));
    assert_false(shell_has("out/val"));
    shell_works("$F export --dataset d --output val --split val");
    assert_true(shell_has("val/annotations/instances_val.json"));
    assert_false(shell_has("val/train"));
}

static void what_cannot_be_exported_has_its_exit_code(void **state)
{
    (void)state;
    make_dataset();
    shell_fails(2, "--output", "$F export --dataset d");
    shell_fails(2, "coco", "$F export --dataset d --output out --format csv");
    shell_fails(1, "no such folder", "$F export --dataset e --output out");
    shell_fails(1, "cannot be opened", "$F export --dataset d --output out --exclude_list none.txt");
    shell_fails(1, "has other files in it",
                "mkdir other && touch other/file && $F export --dataset d --output other");
    shell_fails(1, "no image is left", "$F export --dataset d --output out --split test");
    assert_false(shell_has("out"));
    const Shell *s = shell("echo x >d/train/images/broken.png && $F export --dataset d --output out");
    assert_int_equal(s->code, 3);
    assert_non_null(strstr(s->err, "d/train/images/broken.png: not an image"));
    assert_true(shell_has("out/train/a.png"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        shell_test(one_line_of_json_says_what_was_exported),
        shell_test(listed_images_and_other_splits_are_left_out),
        shell_test(what_cannot_be_exported_has_its_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
