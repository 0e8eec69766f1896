/* weights/pickle.h: the part of Python's pickle format in which torch.save() writes tensors.
 *
 * A pickle is a program: it may call any function of any Python module. This machine runs it for its data
 * alone. It knows texts, numbers, lists, tuples, dictionaries, and the few calls that make tensors, storages
 * and ordered dictionaries out of them (pickle_call.c); everything else is refused by its name. */
#ifndef FACET_WEIGHTS_PICKLE_H
#define FACET_WEIGHTS_PICKLE_H

#include "weights/weight_tensor.h"

typedef enum {
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,
    PICKLE_REAL,
    PICKLE_TEXT,
    PICKLE_LIST,
    PICKLE_TUPLE,
    PICKLE_DICT,
    PICKLE_GLOBAL, /* something that can be called */
    PICKLE_STORAGE,
    PICKLE_TENSOR,
} PickleKind;

/* A text of the pickle: n bytes without a zero at their end, borrowed from it. */
typedef struct {
    const char *s;
    size_t n;
} PickleText;

/* A run of numbers that the file holds under a key. */
typedef struct PickleStorage PickleStorage;
struct PickleStorage {
    PickleText key;
    WeightDtype dtype;
    size_t elements;
    const PickleStorage *next; /* the one that was mentioned before it; one key may be mentioned often */
};

/* A view of a storage: element (i, j, ...) is the storage's element offset + i*stride[0] + j*stride[1] + ...
 * Nothing says that it lies in the storage. */
typedef struct {
    const PickleStorage *storage;
    size_t offset;
    int rank;
    size_t dim[WEIGHT_MAX_RANK], stride[WEIGHT_MAX_RANK];
} PickleTensor;

typedef struct PickleGlobal PickleGlobal;
typedef struct PickleValue PickleValue;

/* The items of a list or tuple; of a dictionary keys and values in turn, in the order in which they were set,
 * a key as often as it was set. A value may be in several places, and a container in itself. */
typedef struct {
    PickleValue **item;
    size_t count, cap;
} PickleItems;

struct PickleValue {
    PickleKind kind;
    union {
        bool truth;
        int64_t integer;
        double real;
        PickleText text;
        PickleItems items;
        const PickleGlobal *global;
        const PickleStorage *storage;
        const PickleTensor *tensor;
    };
};

/* What a pickle holds. */
typedef struct {
    PickleValue *root;
    size_t size;                  /* of the pickle itself, which may be shorter than the bytes given */
    const PickleStorage *storage; /* the last one mentioned; NULL: none is */
    struct PickleChunk *memory;
    size_t memory_size;
} Pickle;

enum { PICKLE_MAX_SIZE = 1 << 25 };

/* Run the pickle at the beginning of these bytes, of at most PICKLE_MAX_SIZE. They must outlive *out. False
 * with *err set and *out empty: ERR_INPUT, ERR_NOMEM. Messages do not name the file. */
bool pickle_read(Pickle *out, const uint8_t *data, size_t size, Err *err) __attribute__((warn_unused_result));
void pickle_clear(Pickle *p);

/* Whether a value is this text. */
bool pickle_is_text(const PickleValue *v, const char *text);

#endif
