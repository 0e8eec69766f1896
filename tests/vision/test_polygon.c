/* Outlines of masks against OpenCV's. */
#include "../support.h"
#include "mask_regions.h"

#include "base/rng.h"
#include "vision/contour.h"
#include "vision/draw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* Golden masks are 0 and 1, ours 0 and 255. */
static Image mask_of(GoldenTensor t)
{
    Image mask = golden_image(t);
    for (size_t i = 0; i < image_bytes(&mask); i++)
        mask.data[i] = mask.data[i] ? 255 : 0;
    return mask;
}

static void for_each_mask(void (*check)(const GoldenTensors *t, const char *name, const Image *mask,
                                        const json_t *about))
{
    for (int f = 0; f < 2; f++) {
        char *folder = golden_folder("vision", f);
        if (!folder)
            continue;
        json_t *index = golden_index(folder), *about;
        GoldenTensors *t = golden_tensors(folder, "polygon");
        size_t i;
        json_array_foreach(json_object_get(index, "polygon"), i, about)
        {
            const char *name = json_string_value(json_object_get(about, "name"));
            Image mask = mask_of(golden_find(t, "%s.mask", name));
            check(t, name, &mask, about);
            image_clear(&mask);
        }
        assert_true(i > 30);
        golden_tensors_close(t);
        json_decref(index);
        free(folder);
    }
}

static void assert_points(const Point *p, size_t n, GoldenTensor t, size_t first, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (p[i].x != golden_int(t, 2 * (first + i)) || p[i].y != golden_int(t, 2 * (first + i) + 1))
            fail_msg("%s: point %zu is (%d, %d), not (%d, %d)", name, first + i, p[i].x, p[i].y,
                     (int)golden_int(t, 2 * (first + i)), (int)golden_int(t, 2 * (first + i) + 1));
}

static void assert_contours(const ContourList *c, GoldenTensor points, GoldenTensor offsets, const char *name)
{
    if (c->count + 1 != offsets.dim[0])
        fail_msg("%s: %zu contours, not %zu", name, c->count, offsets.dim[0] - 1);
    for (size_t i = 0; i <= c->count; i++)
        assert_int_equal(c->offset[i], golden_int(offsets, i));
    assert_points(c->p, c->offset[c->count], points, 0, name);
}

static void check_external(const GoldenTensors *t, const char *name, const Image *mask, const json_t *about)
{
    (void)about;
    Err err = { 0 };
    ContourList c;
    assert_true(contours_find(&c, mask, CONTOURS_EXTERNAL, &err));
    assert_contours(&c, golden_find(t, "%s.ext.points", name), golden_find(t, "%s.ext.offsets", name), name);
    for (size_t i = 0; i < c.count; i++)
        assert_int_equal(c.parent[i], -1);
    contour_list_clear(&c);
}

static void external_contours_are_opencvs(void **state)
{
    (void)state;
    for_each_mask(check_external);
}

static void check_holes(const GoldenTensors *t, const char *name, const Image *mask, const json_t *about)
{
    (void)about;
    Err err = { 0 };
    ContourList c;
    assert_true(contours_find(&c, mask, CONTOURS_CCOMP, &err));
    assert_contours(&c, golden_find(t, "%s.ccomp.points", name), golden_find(t, "%s.ccomp.offsets", name),
                    name);
    GoldenTensor parent = golden_find(t, "%s.ccomp.parent", name);
    for (size_t i = 0; i < c.count; i++)
        assert_int_equal(c.parent[i], golden_int(parent, i));
    contour_list_clear(&c);
}

static void contours_with_holes_are_opencvs(void **state)
{
    (void)state;
    for_each_mask(check_holes);
}

static void check_measures(const GoldenTensors *t, const char *name, const Image *mask, const json_t *about)
{
    (void)about;
    static const struct {
        const char *name;
        double share;
    } levels[] = { { "approx_002", 0.002 }, { "approx_010", 0.01 } };
    Err err = { 0 };
    ContourList c;
    assert_true(contours_find(&c, mask, CONTOURS_EXTERNAL, &err));
    GoldenTensor areas = golden_find(t, "%s.ext.areas", name),
                 lengths = golden_find(t, "%s.ext.lengths", name);
    for (size_t i = 0; i < c.count; i++) {
        const Point *p = c.p + c.offset[i];
        size_t n = c.offset[i + 1] - c.offset[i];
        assert_true(points_area(p, n) == golden_real(areas, i));
        assert_true(points_length(p, n) == golden_real(lengths, i));
        for (size_t l = 0; l < 2; l++) {
            GoldenTensor points = golden_find(t, "%s.ext.%s.points", name, levels[l].name);
            GoldenTensor offsets = golden_find(t, "%s.ext.%s.offsets", name, levels[l].name);
            size_t first = (size_t)golden_int(offsets, i), want = (size_t)golden_int(offsets, i + 1) - first;
            Polygon q;
            assert_true(points_simplify(&q, p, n, levels[l].share * points_length(p, n), &err));
            if (q.n != want)
                fail_msg("%s: contour %zu has %zu points at %g, not %zu", name, i, q.n, levels[l].share,
                         want);
            assert_points(q.p, q.n, points, first, name);
            polygon_clear(&q);
        }
    }
    contour_list_clear(&c);
}

static void areas_lengths_and_simplified_contours_are_opencvs(void **state)
{
    (void)state;
    for_each_mask(check_measures);
}

static void check_label(const GoldenTensors *t, const char *name, const Image *mask, const json_t *about)
{
    Err err = { 0 };
    PolygonList l;
    Str line = { 0 };
    assert_true(polygons_of_mask(&l, mask, POLYGONS_LARGEST, &err));
    GoldenTensor approx = golden_find(t, "%s.approx", name), label = golden_find(t, "%s.label", name);
    json_t *size = json_object_get(about, "image_size");
    int width = (int)json_integer_value(json_array_get(size, 0));
    int height = (int)json_integer_value(json_array_get(size, 1));
    assert_true(l.count <= 1);
    for (size_t i = 0; i < l.count; i++) {
        assert_int_equal(l.polygon[i].n, approx.dim[0]);
        assert_points(l.polygon[i].p, l.polygon[i].n, approx, 0, name);
        int class_id = (int)json_integer_value(json_object_get(about, "class_id"));
        polygon_label_line(&line, class_id, &l.polygon[i], width, height);
    }
    assert_int_equal(line.len, label.bytes);
    assert_memory_equal(str_text(&line), label.data, label.bytes);
    str_clear(&line);
    polygon_list_clear(&l);
}

static void the_label_file_has_the_originals_bytes(void **state)
{
    (void)state;
    for_each_mask(check_label);
}

static void all_polygons_are_one_a_component_lowest_first(void **state)
{
    (void)state;
    static const char *const rows[] = { "##....", "##....", "....##", "....##", "#....." };
    Err err = { 0 };
    Image mask;
    assert_true(image_init(&mask, 6, 5, 1, &err));
    for (int y = 0; y < 5; y++)
        for (int x = 0; x < 6; x++)
            *image_at(&mask, x, y) = rows[y][x] == '#' ? 128 : 127;
    PolygonList l;
    assert_true(polygons_of_mask(&l, &mask, POLYGONS_ALL, &err));
    assert_int_equal(l.count, 3);
    assert_int_equal(l.polygon[0].n, 1);
    assert_int_equal(l.polygon[0].p[0].y, 4);
    assert_int_equal(l.polygon[1].n, 4);
    assert_int_equal(l.polygon[1].p[0].x, 4);
    assert_int_equal(l.polygon[2].p[0].x, 0);
    polygon_list_clear(&l);
    image_clear(&mask);
}

/* --- properties ---------------------------------------------------------------------------------- */

/* A mask of random dots, `share` of 256 of them set, in blocks of `size` pixels. */
static Image random_mask(int width, int height, int share, int size, uint64_t seed)
{
    Image im;
    Err err = { 0 };
    assert_true(image_init(&im, width, height, 1, &err));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint64_t h = seed_derive(seed, "dot", (uint64_t)(x / size), (uint64_t)(y / size), 0);
            *image_at(&im, x, y) = (int)(h >> 32 & 255) < share ? 255 : 0;
        }
    return im;
}

static void borders_of_random_masks_are_as_many_as_a_flood_fill_finds(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        Image mask = random_mask(1 + i * 7 % 45, 1 + i * 11 % 37, 30 + i * 13 % 200, 1 + i % 3, (uint64_t)i);
        size_t components, holes, outer = 0;
        ContourList c;
        Image painted;
        Err err = { 0 };
        assert_true(image_copy(&painted, &mask, &err));
        paint_regions(&painted, &components, &holes);
        image_clear(&painted);
        assert_true(contours_find(&c, &mask, CONTOURS_CCOMP, &err));
        for (size_t k = 0; k < c.count; k++) {
            outer += c.parent[k] < 0;
            for (size_t n = c.offset[k]; n < c.offset[k + 1]; n++)
                assert_int_equal(*image_at(&mask, c.p[n].x, c.p[n].y), 255);
        }
        assert_int_equal(outer, components);
        assert_int_equal(c.count - outer, holes);
        contour_list_clear(&c);
        image_clear(&mask);
    }
}

/* Discs that overlap: one component without holes. */
static Image blob(uint64_t seed)
{
    Image im;
    Err err = { 0 };
    assert_true(image_init(&im, 300, 260, 1, &err));
    for (uint64_t k = 0; k < 4; k++) {
        int cx = 120 + (int)(seed_derive(seed, "x", k, 0, 0) % 60),
            cy = 100 + (int)(seed_derive(seed, "y", k, 0, 0) % 60);
        int r = 45 + (int)(seed_derive(seed, "r", k, 0, 0) % 45);
        for (int y = 0; y < im.height; y++)
            for (int x = 0; x < im.width; x++)
                if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= r * r)
                    *image_at(&im, x, y) = 255;
    }
    return im;
}

static double overlap(const Image *mask, const Image *rgb)
{
    size_t both = 0, either = 0;
    for (size_t i = 0; i < image_bytes(mask); i++) {
        bool a = mask->data[i] > 127, b = rgb->data[3 * i] > 63;
        both += a && b;
        either += a || b;
    }
    return (double)both / (double)either;
}

/* A simplified outline is at most 0.002 of its length, about 1.3 pixels, off, and runs through the centres of the outermost
 * pixels, half a pixel inside: of a blob with a radius of 80 that is 4.5 % at the very worst. */
static void a_polygon_filled_is_its_mask_again_and_stays_so(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20; i++) {
        Image mask = blob(i);
        for (int round = 0; round < 3; round++) {
            PolygonList list;
            Image rgb;
            Err err = { 0 };
            assert_true(polygons_of_mask(&list, &mask, POLYGONS_LARGEST, &err));
            assert_int_equal(list.count, 1);
            assert_true(image_init(&rgb, mask.width, mask.height, 3, &err));
            draw_polygon_filled(&rgb, &list.polygon[0], (Colour){ 255, 255, 255 }, 255);
            assert_true(overlap(&mask, &rgb) > 0.955);
            for (size_t k = 0; k < image_bytes(&mask); k++)
                mask.data[k] = rgb.data[3 * k] > 63 ? 255 : 0;
            polygon_list_clear(&list);
            image_clear(&rgb);
        }
        image_clear(&mask);
    }
}

static void a_picture_of_colours_is_no_mask(void **state)
{
    (void)state;
    Err err = { 0 };
    Image rgb;
    PolygonList l;
    assert_true(image_init(&rgb, 3, 3, 3, &err));
    assert_false(polygons_of_mask(&l, &rgb, POLYGONS_LARGEST, &err));
    assert_int_equal(err.kind, ERR_INTERNAL);
    image_clear(&rgb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(external_contours_are_opencvs),
        cmocka_unit_test(contours_with_holes_are_opencvs),
        cmocka_unit_test(areas_lengths_and_simplified_contours_are_opencvs),
        cmocka_unit_test(the_label_file_has_the_originals_bytes),
        cmocka_unit_test(all_polygons_are_one_a_component_lowest_first),
        cmocka_unit_test(borders_of_random_masks_are_as_many_as_a_flood_fill_finds),
        cmocka_unit_test(a_polygon_filled_is_its_mask_again_and_stays_so),
        cmocka_unit_test(a_picture_of_colours_is_no_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
