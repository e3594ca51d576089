/* Dates and durations: RFC 3339, HTTP dates, ISO 8601; against the C library's calendar. */
#include "unit.h"

#include <time.h>

#include "base/base.h"

#define N(rows) (int)(sizeof(rows) / sizeof((rows)[0]))
#define S(lit) STR_INIT(lit)
#define BAD INT64_MIN

static const struct date_row {
    struct str in;
    int64_t want_us;
} date_rows[] = {
    {S("1970-01-01T00:00:00Z"), 0},
    {S("1969-12-31T23:59:59.999999Z"), -1},
    {S("2026-01-05T09:00:00Z"), INT64_C(1767603600000000)},
    {S("2026-01-05T09:00:00.000Z"), INT64_C(1767603600000000)},
    {S("2026-01-05T10:30:00.5+01:30"), INT64_C(1767603600500000)},
    {S("2026-01-05T08:59:59.9999999-00:00"), INT64_C(1767603599999999)},
    {S("2026-01-04T23:00:00-10:00"), INT64_C(1767603600000000)},
    {S("2026-01-05t09:00:00z"), INT64_C(1767603600000000)},
    {S("0000-03-01T00:00:00Z"), INT64_C(-62162035200000000)},
    {S("0000-01-01T00:00:00+23:59"), INT64_C(-62167305540000000)},
    {S("9999-12-31T23:59:59Z"), INT64_C(253402300799000000)},
    {S("2000-02-29T00:00:00Z"), INT64_C(951782400000000)},
    {S("1998-12-31T23:59:60Z"), INT64_C(915148800000000)},
    {S("1998-12-31T15:59:60.123-08:00"), INT64_C(915148800123000)},
    {S("1998-12-31T23:58:60Z"), BAD},
    {S("1998-12-31T22:59:60Z"), BAD},
    {S("1998-12-31T23:59:61Z"), BAD},
    {S("1900-02-29T00:00:00Z"), BAD},
    {S("2026-02-29T00:00:00Z"), BAD},
    {S("2026-04-31T00:00:00Z"), BAD},
    {S("2026-00-01T00:00:00Z"), BAD},
    {S("2026-13-01T00:00:00Z"), BAD},
    {S("2026-01-00T00:00:00Z"), BAD},
    {S("2026-01-32T00:00:00Z"), BAD},
    {S("2026-01-05T24:00:00Z"), BAD},
    {S("2026-01-05T09:60:00Z"), BAD},
    {S("2026-01-05T09:00:00"), BAD},
    {S("2026-01-05T09:00:00.Z"), BAD},
    {S("2026-01-05T09:00:00,5Z"), BAD},
    {S("2026-01-05T09:00Z"), BAD},
    {S("2026-01-05 09:00:00Z"), BAD},
    {S("2026-01-05T09:00:00+24:00"), BAD},
    {S("2026-01-05T09:00:00+01:60"), BAD},
    {S("2026-01-05T09:00:00+0100"), BAD},
    {S("2026-01-05T09:00:00+01"), BAD},
    {S("2026-01-05T09:00:00Z "), BAD},
    {S("2026-01-05T09:00:00Z\0"), BAD},
    {S(" 2026-01-05T09:00:00Z"), BAD},
    {S("+2026-01-05T09:00:00Z"), BAD},
    {S("-001-01-05T09:00:00Z"), BAD},
    {S("26-01-05T09:00:00Z"), BAD},
    {S("2026-1-5T9:0:0Z"), BAD},
    {S("2026-01-05"), BAD},
    {S("20\xd9\xa2"
       "6-01-05T09:00:00Z"),
     BAD},
    {S(""), BAD},
    {{NULL, 0}, BAD},
};

START_TEST(dates)
{
    int64_t got = 42;
    bool is_good = date_rows[_i].want_us != BAD;
    ck_assert(date_parse(&got, date_rows[_i].in) == is_good);
    ck_assert_int_eq(got, is_good ? date_rows[_i].want_us : 42);
}
END_TEST

/* No head of a date is one. */
START_TEST(truncated_dates)
{
    struct str whole = STR("2026-01-05T09:00:00.123456+01:00");
    for (size_t len = 0; len < whole.len; len++) {
        int64_t got;
        struct buf b = {0}; /* of exactly this length, so that reading on is seen */
        buf_put(&b, str_slice(whole, 0, len));
        ck_assert(!date_parse(&got, buf_str(&b)));
        buf_done(&b);
    }
}
END_TEST

static const struct put_row {
    int64_t at_us;
    const char *plain, *milli, *micro, *http;
} put_rows[] = {
    {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000000Z",
     "Thu, 01 Jan 1970 00:00:00 GMT"},
    {-1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999999Z",
     "Wed, 31 Dec 1969 23:59:59 GMT"},
    {INT64_C(1767603600001002), "2026-01-05T09:00:00Z", "2026-01-05T09:00:00.001Z",
     "2026-01-05T09:00:00.001002Z", "Mon, 05 Jan 2026 09:00:00 GMT"},
    {INT64_C(784111777000000), "1994-11-06T08:49:37Z", "1994-11-06T08:49:37.000Z",
     "1994-11-06T08:49:37.000000Z", "Sun, 06 Nov 1994 08:49:37 GMT"}, /* RFC 9110, 5.6.7 */
    {INT64_C(253402300800000000), "+010000-01-01T00:00:00Z", "+010000-01-01T00:00:00.000Z",
     "+010000-01-01T00:00:00.000000Z", "Sat, 01 Jan +010000 00:00:00 GMT"},
    {INT64_MAX, "+294247-01-10T04:00:54Z", "+294247-01-10T04:00:54.775Z",
     "+294247-01-10T04:00:54.775807Z", "Sun, 10 Jan +294247 04:00:54 GMT"},
    {INT64_MIN, "-290308-12-21T19:59:05Z", "-290308-12-21T19:59:05.224Z",
     "-290308-12-21T19:59:05.224192Z", "Sun, 21 Dec -290308 19:59:05 GMT"},
};

START_TEST(printed_dates)
{
    const struct put_row *r = &put_rows[_i];
    struct buf b = {0};
    date_put(&b, r->at_us, 0);
    ck_assert_str_eq(buf_cstr(&b), r->plain);
    buf_clear(&b);
    date_put(&b, r->at_us, 3);
    ck_assert_str_eq(buf_cstr(&b), r->milli);
    buf_clear(&b);
    date_put(&b, r->at_us, 6);
    ck_assert_str_eq(buf_cstr(&b), r->micro);
    buf_clear(&b);
    date_put_http(&b, r->at_us);
    ck_assert_str_eq(buf_cstr(&b), r->http);
    buf_done(&b);
}
END_TEST

static const struct {
    const char *in;
    int64_t want_s; /* -1: none */
} http_rows[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
    {"Sun Nov  6 08:49:37 1994", 784111777},
    {"Mon, 05 Jan 2026 09:00:00 GMT", 1767603600},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"", -1},
    {",", -1},
    {"120", -1},
    {"soon", -1},
    {"Sun, 06 Nov 1994 08:49:37", -1},
    {"Sun, 06 Nov 1994 24:49:37 GMT", -1},
    {"Sun, 00 Nov 1994 08:49:37 GMT", -1},
    {"Sun, 06 Nev 1994 08:49:37 GMT", -1},
    {"Sun, 06 Nov 1994 08:49:37 CET", -1},
};

START_TEST(read_http_dates)
{
    int64_t at_us = -7;
    bool is_date = date_parse_http(&at_us, str_of(http_rows[_i].in));
    ck_assert_int_eq(is_date, http_rows[_i].want_s >= 0);
    ck_assert_int_eq(at_us, is_date ? http_rows[_i].want_s * US_PER_S : -7);
}
END_TEST

/* One moment in each of the 3.7 million days of four-digit years would be slow under sanitizers:
 * every 17th day, and back again. */
START_TEST(like_the_c_library)
{
    struct buf b = {0};
    for (int64_t day = -719528; day < 2932897; day += 17) {
        time_t at = day * 86400 + (day % 86400 + 86400) % 86400;
        struct tm tm;
        char want[40], want_http[40];
        ck_assert_ptr_nonnull(gmtime_r(&at, &tm));
        int64_t year = tm.tm_year + 1900;
        ck_assert_uint_gt(strftime(want, sizeof want, "-%m-%dT%H:%M:%SZ", &tm), 0);
        ck_assert_uint_gt(strftime(want_http, sizeof want_http, "%a, %d %b ", &tm), 0);
        buf_clear(&b);
        date_put(&b, at * US_PER_S, 0);
        int64_t got_year = -1, again = -1;
        ck_assert(num_parse_i64(&got_year, str_slice(buf_str(&b), 0, 4), 0, 9999));
        ck_assert_int_eq(got_year, year);
        ck_assert_str_eq(buf_cstr(&b) + 4, want);
        ck_assert(date_parse(&again, buf_str(&b)));
        ck_assert_int_eq(again, at * US_PER_S);
        buf_clear(&b);
        date_put_http(&b, at * US_PER_S);
        ck_assert(str_starts(buf_str(&b), str_of(want_http)));
    }
    buf_done(&b);
}
END_TEST

static const struct duration_row {
    struct str in;
    int64_t want_us;
    const char *again; /* as printed */
} duration_rows[] = {
    {S("P1DT2H3M4.5S"), INT64_C(93784500000), "P1DT2H3M4.5S"},
    {S("PT0S"), 0, "PT0S"},
    {S("P0D"), 0, "PT0S"},
    {S("P2W"), INT64_C(1209600000000), "P14D"},
    {S("P1W1D"), INT64_C(691200000000), "P8D"},
    {S("PT36H"), INT64_C(129600000000), "P1DT12H"},
    {S("PT90M"), INT64_C(5400000000), "PT1H30M"},
    {S("PT0.000001S"), 1, "PT0.000001S"},
    {S("PT1.0000009S"), 1000000, "PT1S"},
    {S("PT1.5M"), 90000000, "PT1M30S"},
    {S("P0.5D"), INT64_C(43200000000), "PT12H"},
    {S("P0.999999W"), INT64_C(604799395200), "P6DT23H59M59.3952S"},
    {S("250ms"), 250000, "PT0.25S"},
    {S("30s"), 30000000, "PT30S"},
    {S("1.5s"), 1500000, "PT1.5S"},
    {S("5m"), 300000000, "PT5M"},
    {S("2h"), INT64_C(7200000000), "PT2H"},
    {S("1d"), INT64_C(86400000000), "P1D"},
    {S("0.5ms"), 500, "PT0.0005S"},
    {S("P106751991DT4H54.775807S"), INT64_MAX, "P106751991DT4H54.775807S"},
    {S("9223372036854775ms"), INT64_C(9223372036854775000), "P106751991DT4H54.775S"},
    {S("P106751991DT4H54.775808S"), BAD, NULL},
    {S("9223372036854776ms"), BAD, NULL},
    {S("99999999999999999999s"), BAD, NULL},
    {S("P9223372036854775807W"), BAD, NULL},
    {S("P"), BAD, NULL},
    {S("PT"), BAD, NULL},
    {S("P1DT"), BAD, NULL},
    {S("P1"), BAD, NULL},
    {S("P1Y"), BAD, NULL},
    {S("P1M"), BAD, NULL},
    {S("P1H"), BAD, NULL},
    {S("PT1D"), BAD, NULL},
    {S("PT1M1H"), BAD, NULL},
    {S("PT1H1H"), BAD, NULL},
    {S("P1D1W"), BAD, NULL},
    {S("PT1.5H1M"), BAD, NULL},
    {S("PTT1S"), BAD, NULL},
    {S("PT1HT1M"), BAD, NULL},
    {S("PT.5S"), BAD, NULL},
    {S("PT1.S"), BAD, NULL},
    {S("PT1S "), BAD, NULL},
    {S("-PT1S"), BAD, NULL},
    {S("PT-1S"), BAD, NULL},
    {S("pt1s"), BAD, NULL},
    {S("1"), BAD, NULL},
    {S("s"), BAD, NULL},
    {S("1 s"), BAD, NULL},
    {S("1sec"), BAD, NULL},
    {S("-1s"), BAD, NULL},
    {S("1S"), BAD, NULL},
    {S(""), BAD, NULL},
};

START_TEST(durations)
{
    const struct duration_row *r = &duration_rows[_i];
    int64_t got = 42;
    ck_assert(duration_parse(&got, r->in) == (r->want_us != BAD));
    ck_assert_int_eq(got, r->want_us == BAD ? 42 : r->want_us);
    if (r->again) {
        struct buf b = {0};
        duration_put(&b, got);
        ck_assert_str_eq(buf_cstr(&b), r->again);
        int64_t back = -1;
        ck_assert(duration_parse(&back, buf_str(&b)));
        ck_assert_int_eq(back, got);
        buf_done(&b);
    }
}
END_TEST

START_TEST(negative_durations_are_printed)
{
    struct buf b = {0};
    duration_put(&b, -90 * US_PER_S);
    buf_put_char(&b, ' ');
    duration_put(&b, INT64_MIN);
    ck_assert_str_eq(buf_cstr(&b), "-PT1M30S -P106751991DT4H54.775808S");
    buf_done(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("date");
    TCase *c = tcase_create("date");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, read_http_dates, 0, (int)(sizeof http_rows / sizeof *http_rows));
    tcase_add_loop_test(c, dates, 0, N(date_rows));
    tcase_add_test(c, truncated_dates);
    tcase_add_loop_test(c, printed_dates, 0, N(put_rows));
    tcase_add_test(c, like_the_c_library);
    tcase_add_loop_test(c, durations, 0, N(duration_rows));
    tcase_add_test(c, negative_durations_are_printed);
    return unit_run(suite);
}
