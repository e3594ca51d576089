/* Numbers from text: decimal, whole text, range-checked, no locale. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool num_parse_u64(uint64_t *out, struct str s, uint64_t min, uint64_t max)
{
    uint64_t value = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (!is_digit(s.s[i]) || __builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.s[i] - '0'), &value)) {
            return false;
        }
    }
    if (value < min || value > max) {
        return false;
    }
    *out = value;
    return true;
}

bool num_parse_i64(int64_t *out, struct str s, int64_t min, int64_t max)
{
    bool is_negative = s.len > 0 && s.s[0] == '-';
    uint64_t size;
    uint64_t most = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
    if (!num_parse_u64(&size, is_negative ? str_slice(s, 1, s.len) : s, 0, most)) {
        return false;
    }
    int64_t value = 0;
    if (!is_negative) {
        value = (int64_t)size;
    } else if (size > 0) {
        value = -(int64_t)(size - 1) - 1; /* INT64_MIN has no positive twin */
    }
    if (value < min || value > max) {
        return false;
    }
    *out = value;
    return true;
}

/* What the text of a number says: significant digits (as far as they fit) and a power of ten. */
struct decimal {
    uint64_t digits;
    int significant; /* how many digits there are from the first that is not 0 */
    int64_t exponent;
    bool is_negative;
};

enum { EXPONENT_MAX = 100000 }; /* beyond, the exponent stands still: zero or infinite anyway */

static void add_digit(struct decimal *d, char c)
{
    if (d->significant > 0 || c != '0') {
        d->significant += d->significant < 100;
    }
    if (d->significant <= 19 && d->significant > 0) {
        d->digits = d->digits * 10 + (uint64_t)(c - '0');
    }
}

/* -?digits[.digits][(e|E)[+-]digits] with a digit on at least one side of the point. */
static bool scan_decimal(struct decimal *d, struct str s)
{
    size_t i = 0, seen = 0;
    *d = (struct decimal){.is_negative = s.len > 0 && s.s[0] == '-'};
    i += d->is_negative;
    for (; i < s.len && is_digit(s.s[i]); i++, seen++) {
        add_digit(d, s.s[i]);
    }
    if (i < s.len && s.s[i] == '.') {
        for (i++; i < s.len && is_digit(s.s[i]); i++, seen++) {
            add_digit(d, s.s[i]);
            d->exponent -= d->exponent > -EXPONENT_MAX;
        }
    }
    if (seen == 0) {
        return false;
    }
    if (i < s.len && (s.s[i] == 'e' || s.s[i] == 'E')) {
        i++;
        bool is_down = i < s.len && s.s[i] == '-';
        i += i < s.len && (s.s[i] == '-' || s.s[i] == '+');
        int64_t written = 0;
        size_t from = i;
        for (; i < s.len && is_digit(s.s[i]); i++) {
            written = written < EXPONENT_MAX ? written * 10 + (s.s[i] - '0') : written;
        }
        if (i == from) {
            return false;
        }
        d->exponent += is_down ? -written : written;
    }
    return i == s.len;
}

/* Numbers of up to 15 digits and small powers of ten need one exactly rounded operation on exact
 * doubles (Clinger, How to read floating point numbers accurately, PLDI 1990). */
static bool exact_double(double *out, const struct decimal *d)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (d->significant > 15 || d->exponent < -22 || d->exponent > 22) {
        return false;
    }
    double value = (double)d->digits;
    value = d->exponent < 0 ? value / powers[-d->exponent] : value * powers[d->exponent];
    *out = d->is_negative ? -value : value;
    return true;
}

/* The C library's conversion in the C locale, which glibc holds ready without allocating. */
static bool library_double(double *out, const char *text)
{
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale) {
        return false;
    }
    double value = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    if (!isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}

bool num_parse_double(double *out, struct str s)
{
    struct decimal d;
    char small[128];
    if (!scan_decimal(&d, s)) {
        return false;
    }
    if (exact_double(out, &d)) {
        return true;
    }
    char *text = s.len < sizeof small ? small : MEM_ARRAY(s.len + 1, char);
    memcpy(text, s.s, s.len);
    text[s.len] = '\0';
    bool is_good = library_double(out, text);
    if (text != small) {
        mem_free(text);
    }
    return is_good;
}
