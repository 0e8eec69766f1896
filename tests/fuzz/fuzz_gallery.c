/* Any bytes as one of the files that the studio reads of an execution; the first byte says which. */
#include "scratch.h"

#include "web/gallery_query.h"

#include <string.h>

#define STEM "perspective_0_prompt_0_seed_1"

static const char *const files[] = { "journal.jsonl",
                                     "pipeline_state.json",
                                     "run_config.json",
                                     "06_yolo_dataset/annotation_summary.json",
                                     "06_yolo_dataset/train/labels/" STEM ".txt",
                                     "review.jsonl" };
enum { FILES = sizeof files / sizeof *files };

static void make_folders(void)
{
    static bool made;
    if (made)
        return;
    Err err = { 0 };
    static const char *const folders[] = { "04_dataset", "06_yolo_dataset/train/images",
                                           "06_yolo_dataset/train/labels" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = path_join(scratch_folder(), folders[i]);
        if (!path || !folder_make(path, &err))
            abort();
        free(path);
    }
    scratch_write("04_dataset/" STEM ".png", NULL, 0);
    scratch_write("06_yolo_dataset/train/images/" STEM ".jpg", NULL, 0);
    made = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Err err = { 0 };
    if (!size)
        return 0;
    make_folders();
    scratch_write(files[data[0] % FILES], data + 1, size - 1);
    char *path = path_join(scratch_folder(), "review.jsonl");
    Gallery *g = gallery_open(scratch_folder(), &err);
    Review *r = path ? review_open(path, &err) : NULL;
    if (!g || !r)
        abort();
    GalleryQuery q = gallery_query_all();
    q.text = "e";
    uint32_t *found;
    size_t count;
    if (!gallery_query(g, r, &q, &found, &count, &err) || count > gallery_count(g) ||
        !gallery_refresh(g, &err))
        abort();
    for (size_t i = 0; i < gallery_count(g); i++) {
        const GalleryItem *it = gallery_item(g, i);
        if (!(it->area >= 0 && it->area <= 1 && it->x0 >= 0 && it->x1 <= 1))
            abort();
        touch_bytes(gallery_prompt(g, it), strlen(gallery_prompt(g, it)));
    }
    free(found);
    gallery_close(g);
    review_close(r);
    unlink(scratch_write(files[data[0] % FILES], NULL, 0));
    free(path);
    return 0;
}
