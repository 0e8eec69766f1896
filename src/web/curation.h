/* web/curation.h: what is left of an execution's dataset when what a person dropped is left out. */
#ifndef FACET_WEB_CURATION_H
#define FACET_WEB_CURATION_H

#include "pipeline/export.h"
#include "web/gallery.h"
#include "web/name_table.h"
#include "web/review.h"

/* Taken at one moment, so that the export, which may last, needs neither gallery nor review. */
typedef struct {
    char *folder;       /* of the execution */
    NameTable left_out; /* file names of images of the dataset; space: the split */
} Curation;

/* Leave out what item_decision() calls dropped and, when asked to, what needs work. ERR_NOMEM. */
bool curation_init(Curation *c, const Gallery *g, const Review *r, bool without_needs_work, Err *err)
    __attribute__((warn_unused_result));
void curation_clear(Curation *c);

/* Write the rest of the last dataset, with its labels as they are by now, to exports/`name` in the execution, in the way of
 * export_dataset(); an earlier export of that name is replaced. *output is that folder, which the caller frees. */
bool curation_export(const Curation *c, ExportFormat format, const char *name, const atomic_bool *stop,
                     ExportResult *result, char **output, Err *err) __attribute__((warn_unused_result));

#endif
