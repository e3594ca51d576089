/* Formats that are small grammars: dates and times (RFC 3339), durations (its appendix A), UUID
 * (RFC 4122), IP addresses (RFC 2673 3.2, RFC 4291 2.2), JSON Pointer (RFC 6901). All on bytes:
 * what is not ASCII is in none of them but JSON Pointer. The table of formats by name stands at the
 * end. */
#include "model/schema_int.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    char low = (char)(c | 0x20);
    return is_digit(c) || (low >= 'a' && low <= 'f');
}

bool format_is_uuid(struct str text)
{
    if (text.len != 36 || text.s[8] != '-' || text.s[13] != '-' || text.s[18] != '-' ||
        text.s[23] != '-') {
        return false;
    }
    unsigned char digits[32]; /* side by side, so that the loop below is a few vector steps */
    memcpy(digits, text.s, 8);
    memcpy(digits + 8, text.s + 9, 4);
    memcpy(digits + 12, text.s + 14, 4);
    memcpy(digits + 16, text.s + 19, 4);
    memcpy(digits + 20, text.s + 24, 12);
    unsigned char bad = 0;
    for (size_t i = 0; i < sizeof digits; i++) {
        unsigned char as_digit = (unsigned char)(digits[i] - '0');
        unsigned char as_letter = (unsigned char)((digits[i] | 0x20) - 'a');
        bad |= (unsigned char)((as_digit > 9) & (as_letter > 5));
    }
    return bad == 0;
}

/* --- dates and times --- */

/* Two digits at `at`, which must be within the text; -1 if they are none. */
static int two_digits(struct str text, size_t at)
{
    char a = text.s[at], b = text.s[at + 1];
    return is_digit(a) && is_digit(b) ? (a - '0') * 10 + (b - '0') : -1;
}

bool format_is_date(struct str text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (text.len != 10 || text.s[4] != '-' || text.s[7] != '-') {
        return false;
    }
    int century = two_digits(text, 0), year = two_digits(text, 2);
    int month = two_digits(text, 5), day = two_digits(text, 8);
    if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    bool is_leap = year % 4 == 0 && (year != 0 || century % 4 == 0);
    return day <= days[month - 1] + (month == 2 && is_leap);
}

/* "Z" or "+hh:mm" at the end of a time; *out_minutes is how far local time is ahead. */
static bool read_offset(struct str text, int *out_minutes)
{
    *out_minutes = 0;
    if (text.len == 1) {
        return text.s[0] == 'Z' || text.s[0] == 'z';
    }
    if (text.len != 6 || (text.s[0] != '+' && text.s[0] != '-') || text.s[3] != ':') {
        return false;
    }
    int hours = two_digits(text, 1), minutes = two_digits(text, 4);
    int sum = hours * 60 + minutes;
    *out_minutes = text.s[0] == '-' ? -sum : sum;
    return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

bool format_is_time(struct str text)
{
    if (text.len < 9 || text.s[2] != ':' || text.s[5] != ':') {
        return false;
    }
    int hour = two_digits(text, 0), minute = two_digits(text, 3), second = two_digits(text, 6);
    size_t at = 8;
    if (text.s[at] == '.') {
        size_t first = ++at;
        while (at < text.len && is_digit(text.s[at])) {
            at++;
        }
        if (at == first) {
            return false;
        }
    }
    int ahead;
    if (!read_offset(str_slice(text, at, text.len), &ahead) || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60) {
        return false;
    }
    enum { DAY = 24 * 60 };
    int utc = (hour * 60 + minute - ahead + 2 * DAY) % DAY;
    return second < 60 || utc == DAY - 1; /* a leap second ends the day of UTC */
}

bool format_is_date_time(struct str text)
{
    return text.len > 11 && (text.s[10] == 'T' || text.s[10] == 't') &&
           format_is_date(str_slice(text, 0, 10)) && format_is_time(str_slice(text, 11, text.len));
}

/* Digits and a unit at *io_at; the unit's place in `units`, or -1. */
static int duration_part(struct str text, size_t *io_at, const char *units)
{
    size_t from = *io_at, at = from;
    while (at < text.len && is_digit(text.s[at])) {
        at++;
    }
    if (at == from || at == text.len) {
        return -1;
    }
    const char *unit = text.s[at] != 0 ? strchr(units, text.s[at]) : NULL;
    *io_at = at + 1;
    return unit != NULL ? (int)(unit - units) : -1;
}

/* Parts of consecutive units: a year and a day without a month between are not allowed (RFC 3339
 * appendix A). */
static bool duration_parts(struct str text, size_t *io_at, const char *units)
{
    int last = -1;
    while (*io_at < text.len && text.s[*io_at] != 'T') {
        int unit = duration_part(text, io_at, units);
        if (unit < 0 || (last >= 0 && unit != last + 1)) {
            return false;
        }
        last = unit;
    }
    return last >= 0;
}

bool format_is_duration(struct str text)
{
    size_t at = 1;
    if (text.len < 3 || text.s[0] != 'P') {
        return false;
    }
    if (duration_part(text, &at, "W") == 0) {
        return at == text.len;
    }
    at = 1;
    if (text.s[at] != 'T' && !duration_parts(text, &at, "YMD")) {
        return false;
    }
    if (at < text.len) {
        at++; /* T */
        return duration_parts(text, &at, "HMS") && at == text.len;
    }
    return true;
}

/* --- addresses --- */

bool format_is_ipv4(struct str text)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        if (part > 0 && (at == text.len || text.s[at++] != '.')) {
            return false;
        }
        size_t from = at;
        int value = 0;
        while (at < text.len && is_digit(text.s[at]) && at - from < 3) {
            value = value * 10 + (text.s[at++] - '0');
        }
        bool has_zero = at - from > 1 && text.s[from] == '0';
        if (at == from || has_zero || value > 255) {
            return false;
        }
    }
    return at == text.len;
}

bool format_is_ipv6(struct str text)
{
    size_t at = 0;
    int groups = 0;
    bool has_gap = false;
    if (str_starts(text, STR("::"))) {
        has_gap = true;
        at = 2;
    }
    while (at < text.len) {
        struct str rest = str_slice(text, at, text.len);
        size_t n = 0;
        if (format_is_ipv4(rest)) {
            groups += 2;
            break;
        }
        while (n < rest.len && is_hex(rest.s[n])) {
            n++;
        }
        if (n == 0 || n > 4) {
            return false;
        }
        groups++;
        at += n;
        if (at == text.len) {
            break;
        }
        if (text.s[at++] != ':' || at == text.len) {
            return false;
        }
        if (text.s[at] == ':') {
            if (has_gap) {
                return false;
            }
            has_gap = true;
            at++;
        }
    }
    return has_gap ? groups < 8 : groups == 8;
}

bool format_is_json_pointer(struct str text)
{
    if (text.len > 0 && text.s[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] == '~' &&
            (i + 1 == text.len || (text.s[i + 1] != '0' && text.s[i + 1] != '1'))) {
            return false;
        }
    }
    return true;
}

/* Draft-hha-relative-json-pointer 3: levels up, then a pointer or "#". */
bool format_is_relative_json_pointer(struct str text)
{
    size_t i = 0;
    while (i < text.len && is_digit(text.s[i])) {
        i++;
    }
    if (i == 0 || (i > 1 && text.s[0] == '0')) {
        return false;
    }
    struct str rest = str_slice(text, i, text.len);
    return str_eq(rest, STR("#")) || format_is_json_pointer(rest);
}

schema_format *schema_format_find(struct str name)
{
    static const struct {
        struct str name;
        schema_format *is;
    } formats[] = {
        {STR_INIT("uuid"), format_is_uuid},
        {STR_INIT("date-time"), format_is_date_time},
        {STR_INIT("date"), format_is_date},
        {STR_INIT("time"), format_is_time},
        {STR_INIT("duration"), format_is_duration},
        {STR_INIT("uri"), format_is_uri},
        {STR_INIT("uri-reference"), format_is_uri_reference},
        {STR_INIT("email"), format_is_email},
        {STR_INIT("hostname"), format_is_hostname},
        {STR_INIT("ipv4"), format_is_ipv4},
        {STR_INIT("ipv6"), format_is_ipv6},
        {STR_INIT("json-pointer"), format_is_json_pointer},
        {STR_INIT("regex"), format_is_regex},
        {STR_INIT("relative-json-pointer"), format_is_relative_json_pointer},
        {STR_INIT("uri-template"), format_is_uri_template},
        {STR_INIT("iri"), format_is_iri},
        {STR_INIT("iri-reference"), format_is_iri_reference},
        {STR_INIT("idn-hostname"), format_is_idn_hostname},
        {STR_INIT("idn-email"), format_is_idn_email},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (str_eq(formats[i].name, name)) {
            return formats[i].is;
        }
    }
    return NULL;
}
