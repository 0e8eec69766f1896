/* cli/command.h: the commands of facet, as a table. */
#ifndef FACET_CLI_COMMAND_H
#define FACET_CLI_COMMAND_H

#include "base/str.h"
#include "cli/options.h"

typedef struct {
    const char *name;
    const char *help;     /* what it does, in one line that starts with a small letter */
    const char *synopsis; /* what follows the name */
    const char
        *about; /* more about it for its own help: paragraphs with a blank line between them; may be NULL */
    const Option *options;
    /* Do it with the arguments behind the name; the result is the exit code. */
    int (*run)(int argc, char *const *argv);
} Command;

/* Ends with a row whose name is NULL. */
extern const Command commands[];

/* NULL when there is none of this name. */
const Command *command_find(const char *name);

/* Say that there is no command of this name, and which one may be meant. Returns the exit code. */
int command_unknown(const char *name);

/* Print the help of a command. Returns the exit code. */
int command_help(const char *name);

/* For commands: take the arguments into `target`, which is zeroed and has the table's defaults afterwards.
 * True to go on; on false *code is the exit code, after help was printed or an error reported. The caller
 * clears the target in both cases. */
bool command_options(const char *name, void *target, TextList *words, int argc, char *const *argv, int *code);

/* What a command has beside its options, and what it leaves. */
typedef struct {
    TextList words; /* arguments that are no options */
    Str out;        /* for standard output */
    size_t failed;  /* items that could not be made, while others could */
} CommandWork;

/* Do a command with its options. */
typedef bool CommandAct(const void *options, CommandWork *work, Err *err);

/* The body of a command: take the arguments into `options`, which is zeroed, and `word_count` words beside them; act; print what
 * it left, or its error. `options` is cleared. Returns the exit code. */
int command_act(const char *name, void *options, size_t word_count, CommandAct *act, int argc,
                char *const *argv);

/* The whole program. argv[0] is the program's name. */
int command_main(int argc, char *const *argv);

#endif
