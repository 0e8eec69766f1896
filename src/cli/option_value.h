/* cli/option_value.h: one option's value: from text, from JSON, to text. */
#ifndef FACET_CLI_OPTION_VALUE_H
#define FACET_CLI_OPTION_VALUE_H

#include "base/str.h"
#include "cli/options.h"

/* Where a value is for, and what errors call it: "--num_prompts" or "run.yaml: num_prompts". */
typedef struct {
    const Option *option;
    void *target;
    const char *where;
} OptionSlot;

/* Read a value. `second` is the second number of a pair that came as two arguments, else NULL. A list gets
 * the items added. ERR_USAGE says what was given and what is allowed; the value is then as it was. */
bool option_set_text(const OptionSlot *slot, const char *text, const char *second, Err *err)
    __attribute__((warn_unused_result));

/* As above from a JSON value that is not null; a list is replaced. */
bool option_set_json(const OptionSlot *slot, const json_t *value, Err *err)
    __attribute__((warn_unused_result));

/* The value as JSON; json_null() for a text that is NULL; NULL when memory runs out. */
json_t *option_to_json(const Option *option, const void *target);

/* Free a text or a list. */
void option_clear(const Option *option, void *target);

/* Whether the value is a TextList, which grows with every time the option is given. */
static inline bool option_is_list(const Option *o)
{
    return o->type == OPT_LIST || o->type == OPT_PATHS;
}

/* True when a pair's text has both numbers in it: "0.2,0.8". */
bool option_pair_is_whole(const char *text);

/* What may be given, to stand behind "give": "a whole number from 1 to 7". */
void option_allowed(Str *out, const Option *option);

/* Position of `text` among "a|b|c", -1 when it is none. */
int choice_index(const char *choices, const char *text);

#endif
