/* Intervals and granularities as analytics bodies write them: "start/end" in ISO 8601, "P1M". */
#ifndef REHEARSE_MODEL_INTERVAL_H
#define REHEARSE_MODEL_INTERVAL_H

#include "model/zone.h"

struct interval {
    int64_t from_us, to_us; /* to_us is not in it; from_us < to_us */
};

/* A length of the calendar: months, days (as clocks show them) and microseconds. */
struct period {
    int64_t months, days, us;
};

/* Two times with a slash between; each a date, with a time to the minute, second or fraction, with an
 * offset of its own ("Z", "+01:00", "+0100", "+01") or without (then `zone` counts). False where it
 * is none, or where the end does not come after the start. */
CHECK bool interval_parse(struct interval *out, struct str text, const struct zone *zone);
/* An ISO 8601 duration, years, months and weeks too ("PT15M", "P1D", "P1M", "P1Y2M"); more than
 * nothing, at most a hundred years. */
CHECK bool period_parse(struct period *out, struct str text);
/* `start_us` and `times` periods more, by the calendar of the zone: a month from 31 January is the
 * last day of February, a day later clocks show the same. False beyond the year 9999. */
CHECK bool period_after(int64_t *out_us, int64_t start_us, struct period p, int64_t times,
                        const struct zone *zone);

#endif
