/* bench/clocks.h: the clocks that programs which measure look at. */
#ifndef FACET_BENCH_CLOCKS_H
#define FACET_BENCH_CLOCKS_H

#include <time.h>

/* Milliseconds of a clock of the system: CLOCK_MONOTONIC counts what passes, CLOCK_PROCESS_CPUTIME_ID what all threads together
 * have worked. */
static inline double clock_ms_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* What this thread has worked: what else runs on the machine counts little. */
static inline double thread_ms(void)
{
    return clock_ms_of(CLOCK_THREAD_CPUTIME_ID);
}

/* Seconds that passed, and those that all threads together have worked: the latter depend less on what else the machine does. */
typedef struct {
    double seconds, work;
} Time;

static const Time TIME_NEVER = { 1e9, 1e9 };

static inline Time time_now(void)
{
    return (Time){ clock_ms_of(CLOCK_MONOTONIC) / 1000, clock_ms_of(CLOCK_PROCESS_CPUTIME_ID) / 1000 };
}

/* a + k * b */
static inline Time time_plus(Time a, double k, Time b)
{
    return (Time){ a.seconds + k * b.seconds, a.work + k * b.work };
}

static inline Time time_since(Time begin)
{
    return time_plus(time_now(), -1, begin);
}

static inline Time time_better(Time a, Time b)
{
    return (Time){ a.seconds < b.seconds ? a.seconds : b.seconds, a.work < b.work ? a.work : b.work };
}

#endif
