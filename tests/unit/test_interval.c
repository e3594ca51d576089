/* Intervals, zones and periods as texts: what they come to, what is refused. */
#include "tests/unit/unit.h"

#include "model/interval.h"

static const struct {
    const char *text, *zone, *from, *to; /* from NULL: refused */
} intervals[] = {
    {"2026-01-05T00:00:00Z/2026-01-06T00:00:00Z", "Z", "2026-01-05T00:00:00.000Z",
     "2026-01-06T00:00:00.000Z"},
    {"2026-01-05T00:00:00.250Z/2026-01-06T00:00Z", "Z", "2026-01-05T00:00:00.250Z",
     "2026-01-06T00:00:00.000Z"},
    {"2026-01-05T01:00:00+01:00/2026-01-05T00:00:00-0130", "Z", "2026-01-05T00:00:00.000Z",
     "2026-01-05T01:30:00.000Z"},
    {"2026-01-05T02:00+02/2026-01-05T00:00:01z", "Z", "2026-01-05T00:00:00.000Z",
     "2026-01-05T00:00:01.000Z"},
    {"2026-01-05T00:00/2026-01-06T00:00", "+05:30", "2026-01-04T18:30:00.000Z",
     "2026-01-05T18:30:00.000Z"},
    {"2026-01-05/2026-01-06", "-01:00", "2026-01-05T01:00:00.000Z", "2026-01-06T01:00:00.000Z"},
    {"2024-02-29/2024-03-01", "Z", "2024-02-29T00:00:00.000Z", "2024-03-01T00:00:00.000Z"},
    /* summer time: a day of 23 hours, one of 25, a gap, an hour that is there twice */
    {"2026-03-29/2026-03-30", "Europe/Berlin", "2026-03-28T23:00:00.000Z",
     "2026-03-29T22:00:00.000Z"},
    {"2026-10-25/2026-10-26", "europe/berlin", "2026-10-24T22:00:00.000Z",
     "2026-10-25T23:00:00.000Z"},
    {"2026-03-29T02:30/2026-03-29T03:30", "Europe/London", "2026-03-29T01:30:00.000Z",
     "2026-03-29T02:30:00.000Z"},
    {"2026-03-29T02:30/2026-10-25T02:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z",
     "2026-10-25T01:30:00.000Z"},
    {"2026-03-08T01:00/2026-03-08T03:00", "America/New_York", "2026-03-08T06:00:00.000Z",
     "2026-03-08T07:00:00.000Z"},
    {"2026-11-01T00:00/2026-11-01T03:00", "America/New_York", "2026-11-01T04:00:00.000Z",
     "2026-11-01T08:00:00.000Z"},
    {"2026-04-05T00:00/2026-04-05T04:00", "Australia/Sydney", "2026-04-04T13:00:00.000Z",
     "2026-04-04T18:00:00.000Z"},
    {"2026-10-04T01:00/2026-10-04T04:00", "Australia/Sydney", "2026-10-03T15:00:00.000Z",
     "2026-10-03T17:00:00.000Z"},
    {"2026-09-27T01:00/2026-09-27T04:00", "Pacific/Auckland", "2026-09-26T13:00:00.000Z",
     "2026-09-26T15:00:00.000Z"},
    {"2025-12-31T23:30/2026-01-01T00:30", "Australia/Melbourne", "2025-12-31T12:30:00.000Z",
     "2025-12-31T13:30:00.000Z"},
    {"2026-07-01/2026-07-02", "Asia/Kolkata", "2026-06-30T18:30:00.000Z",
     "2026-07-01T18:30:00.000Z"},
    {"2026-01-06T00:00:00Z/2026-01-05T00:00:00Z", "Z", NULL, NULL},
    {"2026-01-05T00:00:00Z/2026-01-05T00:00:00Z", "Z", NULL, NULL},
    {"2026-01-05T00:00:00Z", "Z", NULL, NULL},
    {"", "Z", NULL, NULL},
    {"/", "Z", NULL, NULL},
    {"2026-01-05T00:00:00Z/", "Z", NULL, NULL},
    {"2026-01-05T00:00:00Z/P1D", "Z", NULL, NULL},
    {"2026-01-05T00:00:00Z/2026-01-06T00:00:00Z/2026-01-07T00:00:00Z", "Z", NULL, NULL},
    {"2026-01-05T00/2026-01-06T00", "Z", NULL, NULL},
    {"2026-01-05Z/2026-01-06Z", "Z", NULL, NULL},
    {"2026-02-29/2026-03-01", "Z", NULL, NULL},
    {"2026-01-05T00:00:00+1:00/2026-01-06T00:00:00Z", "Z", NULL, NULL},
    {"2026-01-05T00:00:00+01:/2026-01-06T00:00:00Z", "Z", NULL, NULL},
    {"2026-01-05T00:00:00+19:00/2026-01-06T00:00:00Z", "Z", NULL, NULL},
    {"2026-01-05T00:00:00ZZ/2026-01-06T00:00:00Z", "Z", NULL, NULL},
    {"26-01-05T00:00:00Z/2026-01-06T00:00:00Z", "Z", NULL, NULL},
    {"2026-01-05T00:00:00.000000000000000000000000000000000000000000Z/2026-01-06T00:00:00Z", "Z",
     NULL, NULL},
};

START_TEST(intervals_come_to_what_they_should)
{
    struct interval i = {0};
    struct buf from = {0}, to = {0};
    struct zone zone = {0};
    ck_assert(zone_parse(&zone, str_of(intervals[_i].zone)));
    bool is_read = interval_parse(&i, str_of(intervals[_i].text), &zone);
    ck_assert_msg(is_read == (intervals[_i].from != NULL), "%s", intervals[_i].text);
    if (is_read) {
        date_put(&from, i.from_us, 3);
        date_put(&to, i.to_us, 3);
        ck_assert_str_eq(buf_cstr(&from), intervals[_i].from);
        ck_assert_str_eq(buf_cstr(&to), intervals[_i].to);
    }
    buf_done(&from);
    buf_done(&to);
}
END_TEST

static const struct {
    const char *text;
    int64_t seconds; /* INT64_MIN: refused */
} zones[] = {
    {"Z", 0},
    {"UTC", 0},
    {"gmt", 0},
    {"Etc/UTC", 0},
    {"+02:00", 7200},
    {"-0530", -19800},
    {"UTC+2", 7200},
    {"GMT-03:30", -12600},
    {"+05", 18000},
    {"Europe/Berlin", 3600},
    {"America/St_Johns", -12600},
    {"Asia/Tokyo", 32400},
    {"", INT64_MIN},
    {"+", INT64_MIN},
    {"02:00", INT64_MIN},
    {"+2:00", INT64_MIN},
    {"+02:60", INT64_MIN},
    {"+19", INT64_MIN},
    {"Mars/Olympus", INT64_MIN},
    {"+02:", INT64_MIN},
    {"+02:0", INT64_MIN},
    {"UTC+", INT64_MIN},
    {"+0200x", INT64_MIN},
};

START_TEST(zones_come_to_what_they_should)
{
    struct zone out = {.standard_s = INT64_MIN};
    bool is_read = zone_parse(&out, str_of(zones[_i].text));
    ck_assert_msg(is_read == (zones[_i].seconds != INT64_MIN), "%s", zones[_i].text);
    ck_assert_int_eq(out.standard_s, zones[_i].seconds);
}
END_TEST

static const struct {
    const char *text;
    int64_t months, seconds; /* months -1: refused */
} periods[] = {
    {"PT15M", 0, 900},
    {"PT30M", 0, 1800},
    {"PT1H", 0, 3600},
    {"P1D", 0, 86400},
    {"P1W", 0, 604800},
    {"P1M", 1, 0},
    {"P3M", 3, 0},
    {"P1Y", 12, 0},
    {"P1Y2M", 14, 0},
    {"P1DT12H", 0, 129600},
    {"PT1H30M10S", 0, 5410},
    {"P100Y", 1200, 0},
    {"", -1, 0},
    {"P", -1, 0},
    {"PT", -1, 0},
    {"P1DT", -1, 0},
    {"P0D", -1, 0},
    {"PT0S", -1, 0},
    {"1D", -1, 0},
    {"P1H", -1, 0},
    {"PT1D", -1, 0},
    {"P-1D", -1, 0},
    {"P1.5D", -1, 0},
    {"PT1H ", -1, 0},
    {"P101Y", -1, 0},
    {"P9999999999D", -1, 0},
    {"PTT1H", -1, 0},
    {"PT99999999999999999999S", -1, 0},
    {"p1d", -1, 0},
    {"P1", -1, 0},
    {"P1X", -1, 0},
    {"P999999999W", -1, 0},
};

START_TEST(periods_come_to_what_they_should)
{
    struct period p = {0};
    bool is_read = period_parse(&p, str_of(periods[_i].text));
    ck_assert_msg(is_read == (periods[_i].months >= 0), "%s", periods[_i].text);
    if (is_read) {
        ck_assert_int_eq(p.months, periods[_i].months);
        ck_assert_int_eq(p.days * 86400 * US_PER_S + p.us, periods[_i].seconds * US_PER_S);
    }
}
END_TEST

static const struct {
    const char *start, *period;
    int64_t times;
    const char *zone, *after; /* NULL: refused */
} steps[] = {
    {"2026-01-05T00:00:00Z", "PT15M", 3, "Z", "2026-01-05T00:45:00.000Z"},
    {"2026-01-31T00:00:00Z", "P1M", 1, "Z", "2026-02-28T00:00:00.000Z"},
    {"2024-01-31T00:00:00Z", "P1M", 1, "Z", "2024-02-29T00:00:00.000Z"},
    {"2026-01-31T00:00:00Z", "P1M", 2, "Z", "2026-03-31T00:00:00.000Z"}, /* from the start */
    {"2025-12-15T10:30:00Z", "P1Y", 2, "Z", "2027-12-15T10:30:00.000Z"},
    {"2025-12-31T23:00:00Z", "P1M", 1, "+01:00", "2026-01-31T23:00:00.000Z"},
    {"2026-01-31T23:00:00Z", "P1M", 1, "+01:00", "2026-02-28T23:00:00.000Z"},
    {"2026-01-05T00:00:00Z", "P1M", 0, "Z", "2026-01-05T00:00:00.000Z"},
    {"2026-03-28T23:00:00Z", "P1D", 1, "Europe/Berlin", "2026-03-29T22:00:00.000Z"},
    {"2026-03-28T23:00:00Z", "PT24H", 1, "Europe/Berlin", "2026-03-29T23:00:00.000Z"},
    {"2026-10-24T22:00:00Z", "P1D", 1, "Europe/Berlin", "2026-10-25T23:00:00.000Z"},
    {"2026-02-28T23:00:00Z", "P1M", 1, "Europe/Berlin", "2026-03-31T22:00:00.000Z"},
    {"2026-10-25T00:30:00Z", "PT30M", 1, "Europe/Berlin", "2026-10-25T01:00:00.000Z"},
    {"9999-12-01T00:00:00Z", "P1M", 1, "Z", NULL},
    {"2026-01-05T00:00:00Z", "P1M", INT64_MAX, "Z", NULL},
    {"2026-01-05T00:00:00Z", "P1D", INT64_MAX, "Z", NULL},
};

START_TEST(periods_follow_the_calendar)
{
    struct period p = {0};
    struct buf text = {0};
    struct zone zone = {0};
    int64_t start_us = 0, out = 0;
    ck_assert(date_parse(&start_us, str_of(steps[_i].start)));
    ck_assert(zone_parse(&zone, str_of(steps[_i].zone)));
    ck_assert(period_parse(&p, str_of(steps[_i].period)));
    bool is_there = period_after(&out, start_us, p, steps[_i].times, &zone);
    ck_assert_msg(is_there == (steps[_i].after != NULL), "%s %s", steps[_i].start,
                  steps[_i].period);
    if (is_there) {
        date_put(&text, out, 3);
        ck_assert_str_eq(buf_cstr(&text), steps[_i].after);
    }
    buf_done(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interval");
    TCase *cases = tcase_create("interval");
    tcase_add_loop_test(cases, intervals_come_to_what_they_should, 0,
                        sizeof intervals / sizeof *intervals);
    tcase_add_loop_test(cases, zones_come_to_what_they_should, 0, sizeof zones / sizeof *zones);
    tcase_add_loop_test(cases, periods_come_to_what_they_should, 0,
                        sizeof periods / sizeof *periods);
    tcase_add_loop_test(cases, periods_follow_the_calendar, 0, sizeof steps / sizeof *steps);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
