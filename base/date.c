/* Dates and durations as text: RFC 3339 and HTTP dates, ISO 8601 durations and the short forms that
 * people write. The calendar is the proleptic Gregorian one; a date is days since 1970-01-01,
 * counted in eras of 400 years whose years start in March, so that the leap day comes last. */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

enum { DAYS_ERA = 146097, DAYS_TO_1970 = 719468 /* from 0000-03-01 */ };
#define S_PER_MINUTE INT64_C(60)
#define S_PER_HOUR INT64_C(3600)
#define S_PER_DAY INT64_C(86400)

struct date {
    int64_t year;
    int month, day, hour, minute, second, us;
    size_t weekday; /* 0: Monday */
};

int64_t date_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_ERA + day_of_era - DAYS_TO_1970;
}

/* Rounds down. `by` > 0. */
static int64_t floor_divide(int64_t a, int64_t by)
{
    return a / by - (a % by < 0);
}

static struct date split(int64_t at_us)
{
    int64_t seconds = floor_divide(at_us, US_PER_S);
    int64_t days = floor_divide(seconds, S_PER_DAY);
    int64_t of_day = seconds - days * S_PER_DAY;
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = floor_divide(shifted, DAYS_ERA);
    int64_t day = shifted - era * DAYS_ERA;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    int64_t month = (5 * day + 2) / 153; /* from March */
    struct date d = {
        .year = year + era * 400 + (month >= 10),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day - (153 * month + 2) / 5 + 1),
        .hour = (int)(of_day / S_PER_HOUR),
        .minute = (int)(of_day / S_PER_MINUTE % 60),
        .second = (int)(of_day % 60),
        .us = (int)(at_us % US_PER_S + (at_us % US_PER_S < 0 ? US_PER_S : 0)),
        .weekday =
            (size_t)(days + 3 - floor_divide(days + 3, 7) * 7), /* 1970 began on a Thursday */
    };
    return d;
}

int64_t date_year(int64_t at_us)
{
    return split(at_us).year;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes `n` digits off the head of `rest`. */
static bool take_digits(int *out, struct str *rest, size_t n)
{
    int value = 0;
    if (rest->len < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(rest->s[i])) {
            return false;
        }
        value = value * 10 + (rest->s[i] - '0');
    }
    *out = value;
    *rest = str_slice(*rest, n, rest->len);
    return true;
}

static bool take_char(struct str *rest, char c)
{
    if (rest->len == 0 || rest->s[0] != c) {
        return false;
    }
    *rest = str_slice(*rest, 1, rest->len);
    return true;
}

/* Takes the digits of a fraction, at least one, as millionths; further digits are cut. */
static bool take_fraction(int *out_millionths, struct str *rest)
{
    int value = 0, weight = 100000;
    size_t i = 0;
    for (; i < rest->len && is_digit(rest->s[i]); i++) {
        value += (rest->s[i] - '0') * weight;
        weight /= 10;
    }
    if (i == 0) {
        return false;
    }
    *out_millionths = value;
    *rest = str_slice(*rest, i, rest->len);
    return true;
}

/* "Z" or "±hh:mm", the end of the text. */
static bool take_offset(int64_t *out_s, struct str *rest)
{
    int hours = 0, minutes = 0;
    if (take_char(rest, 'Z') || take_char(rest, 'z')) {
        *out_s = 0;
        return rest->len == 0;
    }
    bool is_west = rest->len > 0 && rest->s[0] == '-';
    if (!(take_char(rest, '-') || take_char(rest, '+')) || !take_digits(&hours, rest, 2) ||
        !take_char(rest, ':') || !take_digits(&minutes, rest, 2) || hours > 23 || minutes > 59) {
        return false;
    }
    int64_t seconds = hours * S_PER_HOUR + minutes * S_PER_MINUTE;
    *out_s = is_west ? -seconds : seconds;
    return rest->len == 0;
}

static int days_of_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* RFC 3339, section 5.6. A leap second is taken where one can be, at 23:59:60 UTC, and counts as
 * the second after it. */
bool date_parse(int64_t *out_us, struct str s)
{
    int year, month, day, hour, minute, second, us = 0;
    int64_t offset_s;
    if (!take_digits(&year, &s, 4) || !take_char(&s, '-') || !take_digits(&month, &s, 2) ||
        !take_char(&s, '-') || !take_digits(&day, &s, 2) ||
        !(take_char(&s, 'T') || take_char(&s, 't')) || !take_digits(&hour, &s, 2) ||
        !take_char(&s, ':') || !take_digits(&minute, &s, 2) || !take_char(&s, ':') ||
        !take_digits(&second, &s, 2) || (take_char(&s, '.') && !take_fraction(&us, &s)) ||
        !take_offset(&offset_s, &s)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) || hour > 23 ||
        minute > 59 || second > 60) {
        return false;
    }
    int64_t at_s = date_days(year, month, day) * S_PER_DAY + hour * S_PER_HOUR +
                   minute * S_PER_MINUTE + second - offset_s;
    if (second == 60 && at_s - floor_divide(at_s, S_PER_DAY) * S_PER_DAY != 0) {
        return false;
    }
    *out_us = at_s * US_PER_S + us;
    return true;
}

/* `value`, not negative, with at least `n` digits. */
static void put_digits(struct buf *b, int64_t value, int n)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
        n--;
    } while (value > 0 || n > 0);
    buf_put(b, (struct str){text + at, sizeof text - at});
}

/* Four digits; years outside 0…9999 with a sign and six (ISO 8601, expanded). */
static void put_year(struct buf *b, int64_t year)
{
    if (year >= 0 && year <= 9999) {
        put_digits(b, year, 4);
    } else {
        buf_put_char(b, year < 0 ? '-' : '+');
        put_digits(b, year < 0 ? -year : year, 6);
    }
}

static void put_two(char *at, int value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
}

void date_put(struct buf *b, int64_t at_us, int digits)
{
    assert(digits == 0 || digits == 3 || digits == 6);
    struct date d = split(at_us);
    char rest[] = "-00-00T00:00:00";
    put_two(rest + 1, d.month);
    put_two(rest + 4, d.day);
    put_two(rest + 7, d.hour);
    put_two(rest + 10, d.minute);
    put_two(rest + 13, d.second);
    buf_reserve(b, 32);
    put_year(b, d.year);
    buf_put(b, (struct str){rest, sizeof rest - 1});
    if (digits > 0) {
        buf_put_char(b, '.');
        put_digits(b, digits == 3 ? d.us / 1000 : d.us, digits);
    }
    buf_put_char(b, 'Z');
}

void date_put_http(struct buf *b, int64_t at_us)
{
    static const char weekdays[] = "MonTueWedThuFriSatSun";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct date d = split(at_us);
    char head[] = "Xxx, 00 Xxx ", time[] = " 00:00:00 GMT";
    memcpy(head, weekdays + d.weekday * 3, 3);
    put_two(head + 5, d.day);
    memcpy(head + 8, months + (size_t)(d.month - 1) * 3, 3);
    put_two(time + 1, d.hour);
    put_two(time + 4, d.minute);
    put_two(time + 7, d.second);
    buf_reserve(b, 32);
    buf_put(b, (struct str){head, sizeof head - 1});
    put_year(b, d.year);
    buf_put(b, (struct str){time, sizeof time - 1});
}

/* A number with an optional fraction off the head of a text. */
struct amount {
    int64_t whole;
    int millionths;
    bool has_fraction;
};

static bool take_amount(struct amount *out, struct str *rest)
{
    struct amount amount = {0};
    size_t i = 0;
    while (i < rest->len && is_digit(rest->s[i])) {
        i++;
    }
    if (!num_parse_i64(&amount.whole, str_slice(*rest, 0, i), 0, INT64_MAX)) {
        return false;
    }
    *rest = str_slice(*rest, i, rest->len);
    amount.has_fraction = take_char(rest, '.');
    if (amount.has_fraction && !take_fraction(&amount.millionths, rest)) {
        return false;
    }
    *out = amount;
    return true;
}

/* Adds amount × unit to *sum; false if that is beyond int64_t. */
static bool add_amount(int64_t *sum, struct amount amount, int64_t unit_us)
{
    int64_t us;
    return !__builtin_mul_overflow(amount.whole, unit_us, &us) &&
           !__builtin_add_overflow(us, amount.millionths * unit_us / 1000000, &us) &&
           !__builtin_add_overflow(*sum, us, sum);
}

struct unit {
    struct str name;
    int64_t us;
};

static bool parse_short(int64_t *out_us, struct str s)
{
    static const struct unit units[] = {
        {STR_INIT("ms"), US_PER_MS},
        {STR_INIT("s"), US_PER_S},
        {STR_INIT("m"), S_PER_MINUTE * US_PER_S},
        {STR_INIT("h"), S_PER_HOUR * US_PER_S},
        {STR_INIT("d"), S_PER_DAY * US_PER_S},
    };
    struct amount amount;
    if (!take_amount(&amount, &s)) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        int64_t sum = 0;
        if (str_eq(s, units[i].name) && add_amount(&sum, amount, units[i].us)) {
            *out_us = sum;
            return true;
        }
    }
    return false;
}

/* ISO 8601: each unit at most once, from large to small, a fraction only on the last. */
bool duration_parse(int64_t *out_us, struct str s)
{
    static const struct unit units[] = {
        {STR_INIT("W"), 7 * S_PER_DAY * US_PER_S},
        {STR_INIT("D"), S_PER_DAY * US_PER_S},
        {STR_INIT("H"), S_PER_HOUR * US_PER_S},
        {STR_INIT("M"), S_PER_MINUTE * US_PER_S},
        {STR_INIT("S"), US_PER_S},
    };
    enum { FIRST_OF_TIME = 2, UNITS = 5 };
    int64_t sum = 0;
    size_t next = 0;
    bool is_time = false;
    if (!take_char(&s, 'P')) {
        return parse_short(out_us, s);
    }
    do {
        struct amount amount;
        if (!is_time && take_char(&s, 'T')) {
            is_time = true;
            next = FIRST_OF_TIME;
        }
        if (!take_amount(&amount, &s)) {
            return false;
        }
        size_t end = is_time ? UNITS : FIRST_OF_TIME;
        while (next < end && !str_starts(s, units[next].name)) {
            next++;
        }
        if (next == end || !add_amount(&sum, amount, units[next].us)) {
            return false;
        }
        s = str_slice(s, 1, s.len);
        next++;
        if (amount.has_fraction && s.len > 0) {
            return false;
        }
    } while (s.len > 0);
    *out_us = sum;
    return true;
}

/* "4.5": seconds with the digits that are needed. */
static void put_seconds(struct buf *b, uint64_t us)
{
    uint64_t part = us % (uint64_t)US_PER_S;
    buf_put_u64(b, us / (uint64_t)US_PER_S);
    if (part > 0) {
        int digits = 6;
        for (; part % 10 == 0; part /= 10) {
            digits--;
        }
        buf_put_char(b, '.');
        put_digits(b, (int64_t)part, digits);
    }
}

void duration_put(struct buf *b, int64_t us)
{
    const uint64_t minute = (uint64_t)(S_PER_MINUTE * US_PER_S);
    uint64_t whole = us < 0 ? (uint64_t)(-(us + 1)) + 1 : (uint64_t)us;
    uint64_t all_minutes = whole / minute, seconds_us = whole % minute;
    uint64_t days = all_minutes / 1440;
    uint64_t hours = all_minutes / 60 % 24;
    uint64_t minutes = all_minutes % 60;
    buf_put(b, us < 0 ? STR("-P") : STR("P"));
    if (days) {
        buf_put_u64(b, days);
        buf_put_char(b, 'D');
    }
    if (days && !hours && !minutes && !seconds_us) {
        return;
    }
    buf_put_char(b, 'T');
    if (hours) {
        buf_put_u64(b, hours);
        buf_put_char(b, 'H');
    }
    if (minutes) {
        buf_put_u64(b, minutes);
        buf_put_char(b, 'M');
    }
    if (seconds_us || (!hours && !minutes)) {
        put_seconds(b, seconds_us);
        buf_put_char(b, 'S');
    }
}
