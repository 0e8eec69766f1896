/* web/report_renewer.h: one thread that builds an execution's report anew after its labels were corrected. */
#ifndef FACET_WEB_REPORT_RENEWER_H
#define FACET_WEB_REPORT_RENEWER_H

#include "web/studio_room.h"

typedef struct ReportRenewer ReportRenewer;

/* ERR_NOMEM. *out is NULL on failure. */
bool report_renewer_start(ReportRenewer **out, Err *err) __attribute__((warn_unused_result));
/* The labels of this room's execution changed. Its report follows when nothing more has changed for a moment; many corrections
 * in a row cost one. The room stays until the stop. */
void report_renewer_want(ReportRenewer *r, StudioRoom *room);
/* Do what is still wanted, and end. NULL is fine. */
void report_renewer_stop(ReportRenewer *r);

/* Is the report in this folder older than the last correction, as after a kill? */
bool report_is_stale(const char *folder);

#endif
