/* text/tagged_answer.h: what a language model was asked to put between tags, found in its answer. */
#ifndef FACET_TEXT_TAGGED_ANSWER_H
#define FACET_TEXT_TAGGED_ANSWER_H

#include "base/str.h"
#include "base/text_list.h"

/* An answer is any bytes, zero bytes too; the time is linear in its size. What models think aloud, all before
 * the last </think>, is no part of it. Tags are found in capitals and small letters. White space and control
 * characters, of Unicode too, become single spaces; those at the ends go. */

enum { ANSWER_PROMPT_MIN = 10, ANSWER_PROMPT_MAX = 4000, ANSWER_CLASS_MAX = 100, ANSWER_CLASSES_MAX = 256 };

/* The first prompt of an answer, in this order:
 *
 *   1. the text of the first <prompt></prompt> that has a letter in it; of nested ones the inner;
 *   2. the text behind a last <prompt> that is not closed;
 *   3. the whole answer, without common openings ("Sure", "Here is another prompt:") and enclosing quotes,
 *      where it is no refusal.
 *
 * 2 and 3 count only when longer than ANSWER_PROMPT_MIN characters and not punctuation alone. No prompt is longer than
 * ANSWER_PROMPT_MAX bytes. False when there is none: *why is a clause that says so, as "it is empty".
 * `prompt` is replaced; prompt->failed tells that memory ran out. */
bool tagged_answer_prompt(const char *text, size_t size, Str *prompt, const char **why)
    __attribute__((warn_unused_result));

/* Add the prompts of an answer that was to have several, at most `max` of them: the text of each <prompt></prompt>; where there
 * is none and max is above 1, each line that can be one by rule 3, without the number or bullet before it; else what
 * tagged_answer_prompt() finds. False when there is none, *why as there, or NULL when memory runs out. */
bool tagged_answer_prompts(const char *text, size_t size, size_t max, TextList *prompts, const char **why)
    __attribute__((warn_unused_result));

/* Add the classes of an answer to the list: the text of the first <classes></classes> that has a letter in
 * it, split at periods and line ends. Each is added once, capitals or not; those longer than ANSWER_CLASS_MAX
 * bytes and those beyond ANSWER_CLASSES_MAX are left out. An answer without any adds none. False when memory
 * runs out. */
bool tagged_answer_classes(const char *text, size_t size, TextList *classes)
    __attribute__((warn_unused_result));

#endif
