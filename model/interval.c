/* Intervals, zones and periods. Times are brought into the form that date_parse reads; calendar
 * steps are taken on the text of a date, so that there is one calendar in the program. */
#include "model/interval.h"

enum { DATE_BYTES = 10, TIME_BYTES_MAX = 48, NUMBER_DIGITS_MAX = 9, YEARS_MAX = 100 };
#define S_PER_DAY INT64_C(86400)
#define US_PER_DAY (S_PER_DAY * US_PER_S)
#define TIME_MAX (INT64_C(253402300800) * US_PER_S) /* the year 10000 */

static bool is_digit(struct str s, size_t i)
{
    return i < s.len && s.s[i] >= '0' && s.s[i] <= '9';
}

/* One time of an interval. */
static bool time_parse(int64_t *out_us, struct str s, const struct zone *zone)
{
    struct buf b = {0};
    struct zone own = {0};
    int64_t local_us = 0;
    if (s.len < DATE_BYTES || s.len > TIME_BYTES_MAX) {
        return false;
    }
    struct str time = str_slice(s, DATE_BYTES, s.len);
    bool is_day = time.len == 0;
    size_t at = 0;
    while (at < time.len && time.s[at] != 'Z' && time.s[at] != 'z' && time.s[at] != '+' &&
           time.s[at] != '-') {
        at++;
    }
    struct str offset = str_slice(time, at, time.len);
    time = str_slice(time, 0, at);
    bool has_own = offset.len > 0;
    if (has_own && (time.len == 0 || offset.len == 2 || !zone_parse(&own, offset))) {
        return false;
    }
    buf_put(&b, str_slice(s, 0, DATE_BYTES));
    buf_put(&b, is_day ? STR("T00:00") : time);
    if (is_day || time.len == 6) { /* "Thh:mm" */
        buf_put(&b, STR(":00"));
    }
    buf_put_char(&b, 'Z');
    bool is_read = date_parse(&local_us, buf_str(&b));
    buf_done(&b);
    if (is_read) {
        *out_us = zone_to_utc(has_own ? &own : zone, local_us);
    }
    return is_read;
}

bool interval_parse(struct interval *out, struct str text, const struct zone *zone)
{
    size_t slash = str_find_char(text, '/');
    struct interval i = {0};
    if (slash == text.len || !time_parse(&i.from_us, str_slice(text, 0, slash), zone) ||
        !time_parse(&i.to_us, str_slice(text, slash + 1, text.len), zone) || i.from_us >= i.to_us) {
        return false;
    }
    *out = i;
    return true;
}

/* A number and its letter off the head of `rest`. */
static bool take_part(int64_t *out, char *out_letter, struct str *rest)
{
    size_t n = 0;
    while (is_digit(*rest, n) && n < NUMBER_DIGITS_MAX) {
        n++;
    }
    if (n == 0 || n == rest->len ||
        !num_parse_i64(out, str_slice(*rest, 0, n), 0, INT64_C(1000000000))) {
        return false;
    }
    *out_letter = rest->s[n];
    *rest = str_slice(*rest, n + 1, rest->len);
    return true;
}

static bool add_part(struct period *p, int64_t n, char letter, bool is_time)
{
    switch (letter) {
    case 'Y':
        p->months += n * 12;
        return !is_time;
    case 'W':
        p->days += n * 7;
        return !is_time;
    case 'D':
        p->days += n;
        return !is_time;
    case 'H':
        p->us += n * 3600 * US_PER_S;
        return is_time;
    case 'S':
        p->us += n * US_PER_S;
        return is_time;
    case 'M':
        if (is_time) {
            p->us += n * 60 * US_PER_S;
        } else {
            p->months += n;
        }
        return true;
    default:
        return false;
    }
}

bool period_parse(struct period *out, struct str text)
{
    struct str rest = str_slice(text, 1, text.len);
    struct period p = {0};
    bool is_time = false;
    const int64_t days_max = YEARS_MAX * INT64_C(366), us_max = days_max * US_PER_DAY;
    if (!str_starts(text, STR("P"))) {
        return false;
    }
    while (rest.len) {
        int64_t n = 0;
        char letter = 0;
        if (rest.s[0] == 'T' && !is_time && rest.len > 1) {
            is_time = true;
            rest = str_slice(rest, 1, rest.len);
            continue;
        }
        if (!take_part(&n, &letter, &rest) || n > us_max / US_PER_S ||
            (letter != 'S' && n > INT64_C(60000000)) || !add_part(&p, n, letter, is_time) ||
            p.us > us_max || p.days > days_max || p.months > INT64_C(12) * YEARS_MAX) {
            return false;
        }
    }
    *out = p;
    return p.us > 0 || p.days > 0 || p.months > 0;
}

static int64_t days_of_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* So many months later, on the same day of the month or its last. */
static bool months_after(int64_t *io_us, int64_t months)
{
    struct buf text = {0}, later = {0};
    int64_t year = 0, month = 0, day = 0;
    date_put(&text, *io_us, 6);
    struct str s = buf_str(&text);
    bool is_read = s.len > DATE_BYTES && num_parse_i64(&year, str_slice(s, 0, 4), 0, 9999) &&
                   num_parse_i64(&month, str_slice(s, 5, 7), 1, 12) &&
                   num_parse_i64(&day, str_slice(s, 8, 10), 1, 31);
    if (is_read) {
        int64_t all = year * 12 + month - 1 + months;
        year = all / 12;
        month = all % 12 + 1;
        int64_t last = days_of_month(year, month);
        buf_printf(&later, "%04lld-%02lld-%02lld", (long long)year, (long long)month,
                   (long long)(day < last ? day : last));
        buf_put(&later, str_slice(s, DATE_BYTES, s.len));
        is_read = year <= 9999 && date_parse(io_us, buf_str(&later));
    }
    buf_done(&text);
    buf_done(&later);
    return is_read;
}

bool period_after(int64_t *out_us, int64_t start_us, struct period p, int64_t times,
                  const struct zone *zone)
{
    int64_t local = start_us + zone_offset_s(zone, start_us) * US_PER_S;
    int64_t more = 0, months = 0, days_us = 0, at_us = start_us;
    if (__builtin_mul_overflow(p.us, times, &more) ||
        __builtin_mul_overflow(p.months, times, &months) ||
        __builtin_mul_overflow(p.days * US_PER_DAY, times, &days_us) || months > INT64_C(120000) ||
        (months && !months_after(&local, months)) ||
        __builtin_add_overflow(local, days_us, &local) || local > TIME_MAX) {
        return false;
    }
    if (months || days_us) {
        at_us = zone_to_utc(zone, local);
    }
    return !__builtin_add_overflow(at_us, more, out_us) && *out_us <= TIME_MAX;
}
