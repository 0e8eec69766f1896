/* text/builtin_prompts.h: the prompt files of examples/prompts/, part of the program, for where those files
 * are not. */
#ifndef FACET_TEXT_BUILTIN_PROMPTS_H
#define FACET_TEXT_BUILTIN_PROMPTS_H

#include <stddef.h>

/* The texts as the files have them; each ends in a zero byte that is not counted. */
extern const char builtin_system_prompt[], builtin_restyle_prompts[];

#endif
