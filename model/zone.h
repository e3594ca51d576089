/* Time zones: fixed offsets, and the places that contact centres are in, by the rules of summer
 * time that hold now (in Europe since 1996, in North America since 2007). A table in the program:
 * an answer does not depend on the machine's. */
#ifndef REHEARSE_MODEL_ZONE_H
#define REHEARSE_MODEL_ZONE_H

#include "base/base.h"

enum summer_rule {
    SUMMER_NONE,
    SUMMER_EUROPE,
    SUMMER_AMERICA,
    SUMMER_AUSTRALIA,
    SUMMER_NEW_ZEALAND
};

struct zone {
    int64_t standard_s; /* east of UTC, in winter */
    enum summer_rule summer;
};

/* "Z", "UTC", "GMT", "+02:00", "-0530", "UTC+2", "Europe/Berlin". */
CHECK bool zone_parse(struct zone *out, struct str text);
/* Seconds east of UTC at that moment. */
int64_t zone_offset_s(const struct zone *z, int64_t at_us);
/* The moment at which clocks show `local_us` (as if it were UTC): of two the one in standard
 * time; in a gap the one as if there were none. */
int64_t zone_to_utc(const struct zone *z, int64_t local_us);

#endif
