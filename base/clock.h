/* The clock that everything reads: real, or frozen, advanced and scaled by the user. Times are
 * microseconds since 1970-01-01T00:00:00Z (int64_t, _us). Every function may be called from any
 * thread. */
#ifndef REHEARSE_BASE_CLOCK_H
#define REHEARSE_BASE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)

struct clock {
    pthread_mutex_t lock; /* guards the fields below */
    int64_t base_real_us; /* real (monotonic) time at the last change */
    int64_t base_us;      /* what this clock showed then */
    double scale;         /* clock seconds a real second; 1 real time */
    bool is_frozen;
};

struct clock_state {
    int64_t now_us;
    double scale;
    bool is_frozen;
};

/* A clock that shows real time. */
void clock_init(struct clock *c);
void clock_done(struct clock *c);
int64_t clock_now_us(struct clock *c);
struct clock_state clock_state(struct clock *c);
/* Stops at `at_us`. */
void clock_freeze(struct clock *c, int64_t at_us);
/* Goes on from where it stands, at its scale. */
void clock_resume(struct clock *c);
/* Moves forward (or back, with a negative amount) by `by_us`. */
void clock_advance(struct clock *c, int64_t by_us);
/* scale > 0. */
void clock_set_scale(struct clock *c, double scale);
/* Back to real time. */
void clock_reset(struct clock *c);
/* The machine's monotonic time, for latencies; not affected by any of the above. */
int64_t clock_monotonic_us(void);

/* A monotonic clock that runs so many times as fast as the machine's since `from_us`; times 0: the
 * machine's. */
struct pace {
    int64_t times, from_us;
};
/* What it shows when the machine's shows `monotonic_us`. */
int64_t pace_us(struct pace p, int64_t monotonic_us);

/* ISO 8601, RFC 3339 form: date parses "2026-01-05T09:00:00[.fff…]Z|±hh:mm"; false and `out_us`
 * untouched otherwise. */
struct str;
struct buf;
bool date_parse(int64_t *out_us, struct str s);
/* "2026-01-05T09:00:00.000Z": `digits` (0, 3 or 6) after the second; years outside 0…9999 get a
 * sign and six digits, which date_parse does not read. */
void date_put(struct buf *b, int64_t at_us, int digits);
/* Days from 1970-01-01 to a date; month 13 is the next January. */
int64_t date_days(int64_t year, int month, int day);
/* The year of a time, in UTC. */
int64_t date_year(int64_t at_us);
/* HTTP date of RFC 9110 5.6.7: "Mon, 05 Jan 2026 09:00:00 GMT". */
void date_put_http(struct buf *b, int64_t at_us);
/* Reads it, and the two older forms; false and `out_us` untouched for anything else. */
bool date_parse_http(int64_t *out_us, struct str s);
/* ISO 8601 duration "P1DT2H3M4.5S" (no years or months: they have no fixed length) to microseconds;
 * also accepts the short forms "250ms", "30s", "5m", "2h", "1d". */
bool duration_parse(int64_t *out_us, struct str s);
/* The shortest ISO 8601 form, "PT1M30S"; a negative one gets a '-' in front, which duration_parse
 * does not read. */
void duration_put(struct buf *b, int64_t us);

#endif
