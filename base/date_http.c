/* HTTP dates as they are read: the three forms of RFC 9110 5.6.7. */
#include "base/clock.h"

#include "base/str.h"

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static bool take_number(struct str *rest, char until, int64_t max, int64_t *out)
{
    struct str head;
    return str_cut(rest, until, &head) && num_parse_i64(out, str_trim(head), 0, max);
}

static bool take_month(struct str *rest, char until, int *out)
{
    struct str head;
    if (!str_cut(rest, until, &head) || head.len != 3) {
        return false;
    }
    for (int i = 0; i < 12; i++) {
        if (str_eq(head, (struct str){months + (ptrdiff_t)i * 3, 3})) {
            *out = i + 1;
            return true;
        }
    }
    return false;
}

static bool take_time(struct str *rest, int64_t *out_s)
{
    int64_t h = 0, m = 0, s = 0;
    bool is_time = take_number(rest, ':', 23, &h) && take_number(rest, ':', 59, &m) &&
                   take_number(rest, ' ', 60, &s);
    *out_s = h * 3600 + m * 60 + s;
    return is_time;
}

bool date_parse_http(int64_t *out_us, struct str text)
{
    enum { SHORT_YEAR = 100, PIVOT = 70 };
    int64_t day = 0, year = 0, time = 0;
    int month = 0;
    struct str rest = text, weekday;
    bool is_date = false;
    if (str_find_char(text, ',') < text.len) {
        char sep = str_find_char(text, '-') < text.len ? '-' : ' ';
        (void)str_cut(&rest, ',', &weekday);
        rest = str_trim(rest);
        is_date = take_number(&rest, sep, 31, &day) && take_month(&rest, sep, &month) &&
                  take_number(&rest, ' ', 9999, &year) && take_time(&rest, &time) &&
                  str_eq(rest, STR("GMT"));
        year += sep == '-' && year < PIVOT ? 2000 : sep == '-' && year < SHORT_YEAR ? 1900 : 0;
    } else {
        (void)str_cut(&rest, ' ', &weekday); /* Sun Nov  6 08:49:37 1994 */
        is_date = take_month(&rest, ' ', &month);
        rest = str_trim(rest);
        is_date = is_date && take_number(&rest, ' ', 31, &day) && take_time(&rest, &time) &&
                  num_parse_i64(&year, str_trim(rest), 1, 9999);
    }
    if (!is_date || day < 1) {
        return false;
    }
    *out_us = (date_days(year, month, (int)day) * 86400 + time) * US_PER_S;
    return true;
}
