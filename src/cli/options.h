/* cli/options.h: command line options as a table. One row gives parsing, limits, default, help and the record
 * of a run. */
#ifndef FACET_CLI_OPTIONS_H
#define FACET_CLI_OPTIONS_H

#include "base/err.h"
#include "base/text_list.h"

#include <jansson.h>
#include <stddef.h>

/* What an option takes, and what lies at its offset in the struct it fills. */
typedef enum {
    OPT_TEXT,      /* char *: UTF-8, at most `max` bytes (0: 4096); with choices, one of them */
    OPT_PATH,      /* char *: as OPT_TEXT, a file or folder */
    OPT_CHOICE,    /* an enum: the index of the value among the choices */
    OPT_EITHER,    /* bool: of two choices, false is the first, true the second */
    OPT_BOOL,      /* bool: --name, --no_name, --name=true|false|on|off|yes|no|1|0 */
    OPT_INT,       /* int */
    OPT_UINT64,    /* uint64_t, no limits */
    OPT_REAL,      /* double, finite */
    OPT_INT_PAIR,  /* int[2], first <= second: two arguments or "10,30" */
    OPT_REAL_PAIR, /* double[2], as OPT_INT_PAIR */
    OPT_LIST,      /* TextList: given several times, or with commas */
    OPT_PATHS,     /* TextList: given several times; a comma belongs to a name */
    OPT_SIZE,      /* int[2], width and height: "1024" or "1024x768" */
} OptionType;

/* A table is an array of rows that ends with a row whose name is NULL. */
typedef struct {
    const char *name; /* with underscores; dashes are taken too */
    OptionType type;
    size_t offset;
    const char *fallback; /* what it is when nobody says, as text; NULL: nothing */
    double min, max;      /* both ends included; equal: no limit */
    const char *choices;  /* "a|b|c" */
    bool required;
    bool may_be_empty; /* "" is a text like any other */
    bool transient;    /* of this start only: not recorded, and not taken from a record */
    const char *value; /* what help calls the value, as FILE; NULL: a name that suits the type */
    const char *group; /* heading of this row and the following ones; NULL: as the row above */
    const char *help;  /* a sentence or two without a period at the end */
} Option;

/* Who said what an option is. The higher one wins. */
typedef enum { FROM_DEFAULT, FROM_RECORD, FROM_CONFIG, FROM_COMMAND_LINE } OptionSource;

enum { OPTIONS_MAX = 128 };

/* A struct being filled by a table. Start with options_begin(). */
typedef struct {
    const Option *table;
    void *target; /* borrowed; its texts and lists are the caller's, freed with options_clear() */
    OptionSource from[OPTIONS_MAX];
    bool help; /* --help or -h was there: nothing else matters */
} Options;

/* Fill the zeroed `target` with the defaults of the table. ERR_NOMEM. */
bool options_begin(Options *o, const Option *table, void *target, Err *err)
    __attribute__((warn_unused_result));

/* Take argv[0..argc-1], the arguments behind the command's name. What is no option goes to `rest`, which may
 * be NULL when there is no such thing. ERR_USAGE names the option, the value and what is allowed, and
 * suggests a name for an unknown one; the target then holds what was read so far. The last one wins where an
 * option is given twice. */
bool options_parse(Options *o, int argc, char *const *argv, TextList *rest, Err *err)
    __attribute__((warn_unused_result));

/* Take values from a JSON object with the names of the options, where nobody higher than `from` has spoken.
 * `source` is what errors call it, a file name. Every value may be a string, read as on the command line.
 * null is "not given". A key that is no option is ERR_USAGE, except in a record, which another version may
 * have written; there a value that is the default stays FROM_DEFAULT. */
bool options_apply_json(Options *o, const json_t *values, OptionSource from, const char *source, Err *err)
    __attribute__((warn_unused_result));

/* ERR_USAGE when a required option is missing. */
bool options_require(const Options *o, Err *err) __attribute__((warn_unused_result));

/* Every option that is not transient and not NULL, as options_apply_json() takes it; paths that were given
 * become absolute, so that the record holds from any folder. NULL when memory runs out. */
json_t *options_to_json(const Options *o);

/* Who gave the option of this name, which the table must have. */
OptionSource options_from(const Options *o, const char *name);

/* Free the texts and lists that a table filled in `target`, and set them to NULL or empty. */
void options_clear(const Option *table, void *target);

#endif
