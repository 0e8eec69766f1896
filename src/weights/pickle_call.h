/* weights/pickle_call.h: what a pickle may call. */
#ifndef FACET_WEIGHTS_PICKLE_CALL_H
#define FACET_WEIGHTS_PICKLE_CALL_H

#include "weights/pickle.h"

/* Memory of the pickle's values, zeroed, which lives until pickle_clear(). NULL with *err set: none is left,
 * or the pickle wants more than any real one. */
void *pickle_alloc(Pickle *p, size_t size, Err *err);
PickleValue *pickle_value(Pickle *p, PickleKind kind, Err *err);
bool pickle_append(Pickle *p, PickleItems *to, PickleValue *v, Err *err) __attribute__((warn_unused_result));

/* The thing of that module and name. NULL with *err set when it is none that tensors need. */
const PickleGlobal *pickle_global_find(PickleText module, PickleText name, Err *err);
/* Call it; NULL with *err set when the arguments, a tuple, are not what it takes. */
PickleValue *pickle_call(Pickle *p, const PickleGlobal *global, const PickleItems *args, Err *err);
/* The storage that ("storage", type, key, place, elements[, view]) names. NULL with *err set. */
PickleValue *pickle_persistent(Pickle *p, const PickleValue *id, Err *err);

#endif
