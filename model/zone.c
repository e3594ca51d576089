/* Time zones by name and by offset. */
#include "model/zone.h"

#define S_PER_DAY INT64_C(86400)
#define S_PER_HOUR INT64_C(3600)

static const struct {
    struct str name;
    int minutes; /* east of UTC, in winter */
    enum summer_rule summer;
} places[] = {
    {STR_INIT("Africa/Johannesburg"), 120, SUMMER_NONE},
    {STR_INIT("Africa/Lagos"), 60, SUMMER_NONE},
    {STR_INIT("Africa/Nairobi"), 180, SUMMER_NONE},
    {STR_INIT("America/Anchorage"), -540, SUMMER_AMERICA},
    {STR_INIT("America/Argentina/Buenos_Aires"), -180, SUMMER_NONE},
    {STR_INIT("America/Bogota"), -300, SUMMER_NONE},
    {STR_INIT("America/Chicago"), -360, SUMMER_AMERICA},
    {STR_INIT("America/Denver"), -420, SUMMER_AMERICA},
    {STR_INIT("America/Halifax"), -240, SUMMER_AMERICA},
    {STR_INIT("America/Lima"), -300, SUMMER_NONE},
    {STR_INIT("America/Los_Angeles"), -480, SUMMER_AMERICA},
    {STR_INIT("America/Mexico_City"), -360, SUMMER_NONE},
    {STR_INIT("America/New_York"), -300, SUMMER_AMERICA},
    {STR_INIT("America/Phoenix"), -420, SUMMER_NONE},
    {STR_INIT("America/Sao_Paulo"), -180, SUMMER_NONE},
    {STR_INIT("America/St_Johns"), -210, SUMMER_AMERICA},
    {STR_INIT("America/Toronto"), -300, SUMMER_AMERICA},
    {STR_INIT("America/Vancouver"), -480, SUMMER_AMERICA},
    {STR_INIT("Asia/Bangkok"), 420, SUMMER_NONE},
    {STR_INIT("Asia/Dubai"), 240, SUMMER_NONE},
    {STR_INIT("Asia/Hong_Kong"), 480, SUMMER_NONE},
    {STR_INIT("Asia/Jakarta"), 420, SUMMER_NONE},
    {STR_INIT("Asia/Kolkata"), 330, SUMMER_NONE},
    {STR_INIT("Asia/Manila"), 480, SUMMER_NONE},
    {STR_INIT("Asia/Riyadh"), 180, SUMMER_NONE},
    {STR_INIT("Asia/Seoul"), 540, SUMMER_NONE},
    {STR_INIT("Asia/Shanghai"), 480, SUMMER_NONE},
    {STR_INIT("Asia/Singapore"), 480, SUMMER_NONE},
    {STR_INIT("Asia/Tokyo"), 540, SUMMER_NONE},
    {STR_INIT("Atlantic/Reykjavik"), 0, SUMMER_NONE},
    {STR_INIT("Australia/Adelaide"), 570, SUMMER_AUSTRALIA},
    {STR_INIT("Australia/Brisbane"), 600, SUMMER_NONE},
    {STR_INIT("Australia/Melbourne"), 600, SUMMER_AUSTRALIA},
    {STR_INIT("Australia/Perth"), 480, SUMMER_NONE},
    {STR_INIT("Australia/Sydney"), 600, SUMMER_AUSTRALIA},
    {STR_INIT("Etc/GMT"), 0, SUMMER_NONE},
    {STR_INIT("Etc/UTC"), 0, SUMMER_NONE},
    {STR_INIT("Europe/Amsterdam"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Athens"), 120, SUMMER_EUROPE},
    {STR_INIT("Europe/Berlin"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Brussels"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Bucharest"), 120, SUMMER_EUROPE},
    {STR_INIT("Europe/Budapest"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Copenhagen"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Dublin"), 0, SUMMER_EUROPE},
    {STR_INIT("Europe/Helsinki"), 120, SUMMER_EUROPE},
    {STR_INIT("Europe/Istanbul"), 180, SUMMER_NONE},
    {STR_INIT("Europe/Kiev"), 120, SUMMER_EUROPE},
    {STR_INIT("Europe/Kyiv"), 120, SUMMER_EUROPE},
    {STR_INIT("Europe/Lisbon"), 0, SUMMER_EUROPE},
    {STR_INIT("Europe/London"), 0, SUMMER_EUROPE},
    {STR_INIT("Europe/Madrid"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Oslo"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Paris"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Prague"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Rome"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Sofia"), 120, SUMMER_EUROPE},
    {STR_INIT("Europe/Stockholm"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Vienna"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Warsaw"), 60, SUMMER_EUROPE},
    {STR_INIT("Europe/Zurich"), 60, SUMMER_EUROPE},
    {STR_INIT("GMT"), 0, SUMMER_NONE},
    {STR_INIT("Pacific/Auckland"), 720, SUMMER_NEW_ZEALAND},
    {STR_INIT("Pacific/Honolulu"), -600, SUMMER_NONE},
    {STR_INIT("UTC"), 0, SUMMER_NONE},
    {STR_INIT("Z"), 0, SUMMER_NONE},
};

static bool is_digit(struct str s, size_t i)
{
    return i < s.len && s.s[i] >= '0' && s.s[i] <= '9';
}

static int64_t two_digits(struct str s, size_t at)
{
    return (s.s[at] - '0') * 10 + (s.s[at + 1] - '0');
}

/* "+02:00", "-0530", "+02", "+2": the whole text. */
static bool offset_parse(int64_t *out_s, struct str s)
{
    int64_t hours = 0, minutes = 0;
    if (s.len < 2 || (s.s[0] != '+' && s.s[0] != '-') || !is_digit(s, 1)) {
        return false;
    }
    if (s.len == 2) {
        hours = s.s[1] - '0';
    } else {
        bool has_colon = s.len > 3 && s.s[3] == ':';
        struct str rest = str_slice(s, has_colon ? 4 : 3, s.len);
        bool has_minutes = rest.len == 2 && is_digit(rest, 0) && is_digit(rest, 1);
        if (!is_digit(s, 2) || (!has_minutes && (rest.len || has_colon))) {
            return false;
        }
        hours = two_digits(s, 1);
        minutes = has_minutes ? two_digits(rest, 0) : 0;
    }
    if (hours > 18 || minutes > 59) {
        return false;
    }
    *out_s = (hours * 60 + minutes) * 60 * (s.s[0] == '-' ? -1 : 1);
    return true;
}

bool zone_parse(struct zone *out, struct str text)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (str_eq_fold(text, places[i].name)) {
            *out = (struct zone){places[i].minutes * INT64_C(60), places[i].summer};
            return true;
        }
    }
    bool is_named = str_starts(text, STR("UTC")) || str_starts(text, STR("GMT"));
    int64_t offset_s = 0;
    if (!offset_parse(&offset_s, is_named ? str_slice(text, 3, text.len) : text)) {
        return false;
    }
    *out = (struct zone){offset_s, SUMMER_NONE};
    return true;
}

/* Sunday number `n` (from 1; 0: the last one) of a month, as days since 1970. */
static int64_t sunday(int64_t year, int month, int n)
{
    int64_t first = n ? date_days(year, month, 1) : date_days(year, month + 1, 1) - 7;
    int64_t weekday = ((first + 3) % 7 + 7) % 7; /* 0: Monday; 1970 began on a Thursday */
    return first + 6 - weekday + (n > 1 ? (n - 1) * INT64_C(7) : 0);
}

/* Seconds since 1970 at which summer time begins and ends in that year. */
static void summer_of(const struct zone *z, int64_t year, int64_t *out_from, int64_t *out_to)
{
    int64_t two_s = 2 * S_PER_HOUR - z->standard_s; /* 02:00 in standard time */
    switch (z->summer) {
    case SUMMER_NONE:
        *out_from = *out_to = 0;
        return;
    case SUMMER_EUROPE:
        *out_from = sunday(year, 3, 0) * S_PER_DAY + S_PER_HOUR;
        *out_to = sunday(year, 10, 0) * S_PER_DAY + S_PER_HOUR;
        return;
    case SUMMER_AMERICA:
        *out_from = sunday(year, 3, 2) * S_PER_DAY + two_s;
        *out_to = sunday(year, 11, 1) * S_PER_DAY + two_s - S_PER_HOUR;
        return;
    case SUMMER_AUSTRALIA:
        *out_from = sunday(year, 10, 1) * S_PER_DAY + two_s;
        *out_to = sunday(year, 4, 1) * S_PER_DAY + two_s;
        return;
    case SUMMER_NEW_ZEALAND:
        *out_from = sunday(year, 9, 0) * S_PER_DAY + two_s;
        *out_to = sunday(year, 4, 1) * S_PER_DAY + two_s;
        return;
    }
    unreachable();
}

int64_t zone_offset_s(const struct zone *z, int64_t at_us)
{
    int64_t from = 0, to = 0, at_s = at_us / US_PER_S;
    if (z->summer == SUMMER_NONE) {
        return z->standard_s;
    }
    summer_of(z, date_year(at_us + z->standard_s * US_PER_S), &from, &to);
    bool is_north = from < to;
    bool is_summer = is_north ? at_s >= from && at_s < to : at_s >= from || at_s < to;
    return z->standard_s + (is_summer ? S_PER_HOUR : 0);
}

int64_t zone_to_utc(const struct zone *z, int64_t local_us)
{
    int64_t at_us = local_us - z->standard_s * US_PER_S;
    int64_t summer_us = at_us - S_PER_HOUR * US_PER_S;
    bool is_standard = zone_offset_s(z, at_us) == z->standard_s;
    return is_standard || zone_offset_s(z, summer_us) == z->standard_s ? at_us : summer_us;
}
