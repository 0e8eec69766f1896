/* How much processor time a picture in other light or weather takes, for each built-in prompt: restyle [SIZE [ROUNDS]] */
#include "clocks.h"

#include "roles/procedural/procedural.h"
#include "text/builtin_prompts.h"
#include "text/prompt_file.h"

#include <stdio.h>
#include <stdlib.h>

/* A place with an object in the middle, as step 4 makes them. */
static bool make_scene(void *editor, int size, EditResult *scene, Err *err)
{
    Image object;
    if (!image_init(&object, 300, 400, 3, err))
        return false;
    for (int y = 0; y < 400; y++)
        for (int x = 0; x < 300; x++) {
            bool in = x >= 50 && x < 250 && y >= 40 && y < 360;
            for (int k = 0; k < 3; k++)
                image_at(&object, x, y)[k] = in ? (uint8_t)(60 + 50 * k + (x * y) % 20) : 255;
        }
    EditRequest q = {
        .task = EDIT_PLACE, .image = &object, .prompt = "on a street at noon", .width = size, .height = size
    };
    bool ok = editor_procedural.edit(editor, &q, scene, err);
    image_clear(&object);
    return ok;
}

/* The least of several times; below 0 on failure. */
static double measure(void *editor, const EditResult *scene, const char *prompt, int rounds, Err *err)
{
    double least = -1;
    for (int i = 0; i < rounds; i++) {
        EditRequest q = {
            .task = EDIT_RESTYLE, .image = &scene->image, .alpha = &scene->alpha, .prompt = prompt, .seed = 1
        };
        EditResult r = { 0 };
        double start = thread_ms();
        if (!editor_procedural.edit(editor, &q, &r, err))
            return -1;
        double ms = thread_ms() - start;
        least = least < 0 || ms < least ? ms : least;
        edit_result_clear(&r);
    }
    return least;
}

int main(int argc, char **argv)
{
    int size = argc > 1 ? atoi(argv[1]) : 1024, rounds = argc > 2 ? atoi(argv[2]) : 3;
    Err err = { 0 };
    RoleConfig cfg = { 0 };
    void *editor = NULL;
    EditResult scene = { 0 };
    TextList prompts = { 0 };
    bool ok = editor_procedural.open(&editor, &cfg, &err) && make_scene(editor, size, &scene, &err) &&
              prompt_list_parse(builtin_restyle_prompts, "built in", &prompts, &err);
    double sum = 0;
    for (size_t i = 0; ok && i < prompts.count; i++) {
        double ms = measure(editor, &scene, prompts.text[i], rounds, &err);
        ok = ms >= 0;
        sum += ms;
        printf("%6.1f ms  %.70s\n", ms, prompts.text[i]);
    }
    if (ok)
        printf("%6.1f ms  on average, %d x %d pixels, one thread\n", sum / (double)prompts.count, size, size);
    else
        fprintf(stderr, "%s\n", err.msg);
    text_list_clear(&prompts);
    edit_result_clear(&scene);
    editor_procedural.close(editor);
    return !ok;
}
