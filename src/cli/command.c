#include "cli/command.h"

#include "base/memory.h"
#include "cli/cmd.h"
#include "cli/help.h"
#include "cli/report.h"
#include "cli/run_options.h"
#include "cli/suggest.h"
#include "cli/terminal.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const Command commands[] = {
    { "run", "one photo of an object to a labelled dataset, in seven steps",
      "--input_image FILE --object_name NAME [options]",
      "Isolates the object, shows it from several sides, writes scene prompts, places it into the scenes, restyles, annotates, and "
      "adds camera effects. Each step is kept: a run that ends early goes on with --execution_mode last.\n\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some images failed, 130 interrupted.",
      run_options, cmd_run },
    { "label", "make the mask of a photo in the browser", "--image FILE [options]",
      "Prints an address and opens it in the browser. There, mark the object with points or a box, correct the mask by hand, and save "
      "it. A mask that is there already is loaded to go on with. Without --once it serves until Ctrl-C.\n\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted before every photo had a mask.",
      cmd_label_options, cmd_label },
    { "edit", "change one image as a prompt says", "--task TASK --image FILE --out FILE [options]", NULL,
      cmd_edit_options, cmd_edit },
    { "views", "an object from other sides", "--image FILE --out_dir DIR [options]", NULL, cmd_views_options,
      cmd_views },
    { "prompts", "scene prompts for an object", "--object_name NAME [options]", "Prints one prompt a line.",
      cmd_prompts_options, cmd_prompts },
    { "augment", "camera effects for any YOLO dataset", "--dataset DIR --output DIR [options]",
      "Makes further versions of the images of a dataset, as worse cameras would have taken them; labels stay as they are. What is made "
      "is kept: the same command goes on where it was interrupted, and other settings move what they replace to DIR/replaced.\n\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some images failed, 130 interrupted.",
      cmd_augment_options, cmd_augment },
    { "export", "a dataset for other tools: COCO, Pascal VOC, YOLO boxes, outlines",
      "--dataset DIR --output DIR [options]",
      "Takes a YOLO dataset or the last dataset of an execution. Images are linked where that is possible, else copied; the dataset is "
      "not changed. The output appears whole or not at all. Prints one line of JSON: images of each split, objects, and what was left "
      "out.\n\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some images could not be read, 130 interrupted.",
      cmd_export_options, cmd_export },
    { "filter", "one image operation with fixed parameters", "NAME IN OUT [options]",
      "NAME is bw, saturation, contrast, brightness, motion_blur, jpeg or resize. OUT is a PNG. The pixels are those of the camera "
      "effects with these parameters.",
      cmd_filter_options, cmd_filter },
    { "polygon", "the YOLO label of a mask", "MASK [options]",
      "Prints one line a polygon: class and outline, x and y divided by width and height. An empty mask prints nothing.",
      cmd_polygon_options, cmd_polygon },
    { "segment", "the object under a point or in a box, by SAM or SAM 2",
      "--sam_ckpt FILE --image FILE --point X,Y,1 [options]",
      "Prints one line of JSON: the best mask, and of each mask its score, its stability and its size in pixels.",
      cmd_segment_options, cmd_segment },
    { "annotate", "the object of a reference photo in pictures, by PerSAM and SAM 2",
      "--ref_image FILE --image FILE --out FILE [options]",
      "Prints one line of JSON a picture: whether the object was found, its score, its stability and its size in pixels.",
      cmd_annotate_options, cmd_annotate },
    { "studio", "look at what runs made, in the browser, and keep or drop it",
      "[--working_dir DIR] [options]",
      "Shows the executions of a folder, also while they run: images, labels, where each comes from, statistics. Decisions and "
      "corrected labels are stored in the execution's folder; nothing is ever deleted. Ends with Ctrl-C.",
      cmd_studio_options, cmd_studio },
    { "tokenize", "the token numbers of a text", "--model_path DIR TEXT",
      "Prints them as a JSON array. The TEXT - stands for standard input; -- goes before a TEXT that begins with a dash.",
      cmd_tokenize_options, cmd_tokenize },
    { "help", "explain a command", "[COMMAND] [--man | --markdown | --bash]",
      "Without an option the help is for reading on a terminal. --markdown is about all commands.",
      cmd_help_options, cmd_help },
    { NULL },
};

const Command *command_find(const char *name)
{
    for (const Command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

int command_unknown(const char *name)
{
    const Command *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (const Command *c = commands; c->name; c++) {
        size_t distance = edit_distance(name, c->name);
        if (distance < best_distance) {
            best = c;
            best_distance = distance;
        }
    }
    Err err = { 0 };
    if (*name == '-')
        err_set(&err, ERR_USAGE,
                "%.100s: a command comes first, as in `facet run %.100s`; `facet --help` lists them", name,
                name);
    else if (best && is_near(name, best_distance))
        err_set(&err, ERR_USAGE, "unknown command \"%.100s\"; did you mean \"%s\"?", name, best->name);
    else
        err_set(&err, ERR_USAGE, "unknown command \"%.100s\"; `facet --help` lists what there is", name);
    return report_error(&err);
}

int command_help(const char *name)
{
    Str out = { 0 };
    help_command(&out, command_find(name), terminal_width(STDOUT_FILENO, HELP_WIDTH));
    return report_output(&out);
}

bool command_options(const char *name, void *target, TextList *words, int argc, char *const *argv, int *code)
{
    const Command *c = command_find(name);
    Options o;
    Err err = { 0 };
    *code = EXIT_DONE;
    bool ok = options_begin(&o, c->options, target, &err) && options_parse(&o, argc, argv, words, &err);
    if (ok && o.help) {
        *code = command_help(name);
        return false;
    }
    if (!ok || !options_require(&o, &err)) {
        *code = report_error(&err);
        return false;
    }
    return true;
}

static bool check_words(const Command *c, const TextList *words, size_t count, Err *err)
{
    return words->count == count ||
           err_set(err, ERR_USAGE, "%s: %zu words were given and %zu are needed: facet %s %s", c->name,
                   words->count, count, c->name, c->synopsis);
}

int command_act(const char *name, void *options, size_t word_count, CommandAct *act, int argc,
                char *const *argv)
{
    const Command *c = command_find(name);
    CommandWork work = { 0 };
    Err err = { 0 };
    int code;
    if (command_options(name, options, word_count ? &work.words : NULL, argc, argv, &code)) {
        bool ok = check_words(c, &work.words, word_count, &err) && act(options, &work, &err);
        code = ok ? report_output(&work.out) : report_error(&err);
        if (code == EXIT_DONE && work.failed)
            code = EXIT_SOME_FAILED;
    }
    str_clear(&work.out);
    text_list_clear(&work.words);
    options_clear(c->options, options);
    return code;
}

int command_main(int argc, char *const *argv)
{
    memory_keep_freed();
    if (argc < 2) {
        Str out = { 0 };
        help_overview(&out, HELP_WIDTH);
        fputs(str_text(&out), stderr);
        str_clear(&out);
        return EXIT_WRONG_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        Str out = { 0 };
        str_add(&out, "facet " FACET_VERSION "\n");
        return report_output(&out);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return cmd_help(0, NULL);
    const Command *c = command_find(name);
    return c ? c->run(argc - 2, argv + 2) : command_unknown(name);
}
