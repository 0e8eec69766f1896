/* base/clock.h: the time, asked for in one place. */
#ifndef FACET_BASE_CLOCK_H
#define FACET_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds of a clock that never goes back. */
double clock_ms(void);

/* Local time as YYYYMMDD_HHMMSS, the name of a new execution folder. */
void clock_folder_name(char out[32]);
/* Local time as YYYY-MM-DDTHH:MM:SS.ffffff, as Python's datetime.isoformat() writes it. */
void clock_iso(char out[32]);

#endif
