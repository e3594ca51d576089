/* Numbers by their literal, exactly: no double is asked, so integers beyond 2^53, long fractions
 * and exponents of any size compare as they are written.
 *
 * A literal is split into sign, significant digits (no zeros at either end, the dot skipped) and
 * the power of ten of the last digit: value = ± digits × 10^(shift + exponent). The written
 * exponent may have any number of digits, so it stays text unless it fits; shift is bounded by the
 * length of the text. */
#include "base/json_int.h"

#include <assert.h>
#include <string.h>

enum { EXPONENT_DIGITS = 17 }; /* as a number it stays far within int64_t, shift added */
#define EXPONENT_HUGE INT64_C(100000000000000000)

struct literal {
    struct str digits; /* from the first to the last significant one, may hold the dot */
    int64_t shift;
    struct str exponent; /* digits without leading zeros; "" is 0 */
    bool is_negative, is_exponent_negative;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct literal split(struct str text)
{
    struct literal l = {.digits = STR(""), .exponent = STR("")};
    const char *p = text.s, *end = text.s + text.len;
    l.is_negative = *p == '-';
    p += l.is_negative;
    const char *first = NULL, *last = NULL;
    int64_t after_dot = 0, zeros = 0; /* digits after the dot; zeros since the last other digit */
    bool has_dot = false;
    for (; p < end && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.') {
            has_dot = true;
            continue;
        }
        after_dot += has_dot;
        if (*p == '0') {
            zeros++;
            continue;
        }
        first = first != NULL ? first : p;
        last = p;
        zeros = 0;
    }
    if (first == NULL) {
        l.is_negative = false; /* zero has no sign and no exponent */
        return l;
    }
    l.digits = (struct str){first, (size_t)(last - first) + 1};
    l.shift = zeros - after_dot;
    if (p < end) {
        p++; /* e */
        l.is_exponent_negative = *p == '-';
        p += *p == '-' || *p == '+';
        while (p < end && *p == '0') {
            p++;
        }
        l.exponent = (struct str){p, (size_t)(end - p)};
        l.is_exponent_negative &= l.exponent.len > 0;
    }
    return l;
}

static bool digits_eq(struct str a, struct str b)
{
    size_t i = 0, k = 0;
    for (;;) {
        i += i < a.len && a.s[i] == '.';
        k += k < b.len && b.s[k] == '.';
        if (i == a.len || k == b.len) {
            return i == a.len && k == b.len;
        }
        if (a.s[i++] != b.s[k++]) {
            return false;
        }
    }
}

static int digit_at(struct str digits, size_t len, size_t i)
{
    size_t pad = len - digits.len;
    return i < pad ? 0 : digits.s[i - pad] - '0';
}

/* Is exponent(a) - exponent(b) equal to `wanted`? From the highest digit down; a difference of two
 * or more only grows with each further digit, so it may stop once it is beyond any `wanted`. */
static bool exponents_differ_by(const struct literal *a, const struct literal *b, int64_t wanted)
{
    size_t len = a->exponent.len > b->exponent.len ? a->exponent.len : b->exponent.len;
    int64_t difference = 0;
    for (size_t i = 0; i < len; i++) {
        int x = digit_at(a->exponent, len, i), y = digit_at(b->exponent, len, i);
        x = a->is_exponent_negative ? -x : x;
        y = b->is_exponent_negative ? -y : y;
        difference = difference * 10 + (x - y);
        if (difference > EXPONENT_HUGE || difference < -EXPONENT_HUGE) {
            return false;
        }
    }
    return difference == wanted;
}

/* Power of ten of the last significant digit; ± EXPONENT_HUGE for all that are at least so far. */
static int64_t power_of(const struct literal *l)
{
    int64_t value = 0;
    if (l->exponent.len > EXPONENT_DIGITS + 1) {
        return l->is_exponent_negative ? -EXPONENT_HUGE : EXPONENT_HUGE;
    }
    for (size_t i = 0; i < l->exponent.len; i++) {
        value = value * 10 + (l->exponent.s[i] - '0');
    }
    value = (l->is_exponent_negative ? -value : value) + l->shift;
    if (value >= EXPONENT_HUGE) {
        return EXPONENT_HUGE;
    }
    return value <= -EXPONENT_HUGE ? -EXPONENT_HUGE : value;
}

bool json_number_eq(struct str a, struct str b)
{
    if (str_eq(a, b)) {
        return true;
    }
    struct literal x = split(a), y = split(b);
    return x.is_negative == y.is_negative && digits_eq(x.digits, y.digits) &&
           (x.digits.len == 0 || exponents_differ_by(&x, &y, y.shift - x.shift));
}

ALLOW_WRAP uint64_t json_number_hash(struct str text)
{
    struct literal l = split(text);
    uint64_t h = l.is_negative ? 3 : 2;
    for (size_t i = 0; i < l.digits.len; i++) {
        if (l.digits.s[i] != '.') {
            h = (h ^ (uint64_t)(unsigned char)l.digits.s[i]) * UINT64_C(0x100000001B3);
        }
    }
    return (h ^ (uint64_t)power_of(&l)) * UINT64_C(0x9E3779B97F4A7C15);
}

bool json_is_integer(struct json v)
{
    if (json_kind(v) != JSON_NUMBER) {
        return false;
    }
    struct literal l = split(json_number_text(v));
    return l.digits.len == 0 || power_of(&l) >= 0;
}

/* Sign and digits to int64_t; false if it does not fit. */
static bool to_i64(struct str digits, int64_t zeros, bool is_negative, int64_t *out)
{
    int64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.s[i] == '.') {
            continue;
        }
        int digit = digits.s[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) {
            return false;
        }
    }
    for (; zeros > 0 && value != 0; zeros--) {
        if (__builtin_mul_overflow(value, 10, &value)) {
            return false;
        }
    }
    if (!is_negative && value == INT64_MIN) {
        return false;
    }
    *out = is_negative ? value : -value; /* built below zero, where there is one more */
    return true;
}

bool json_i64(struct json v, int64_t *out)
{
    if (json_kind(v) != JSON_NUMBER) {
        return false;
    }
    struct literal l = split(json_number_text(v));
    int64_t power = power_of(&l);
    return (l.digits.len == 0 || power >= 0) && to_i64(l.digits, power, l.is_negative, out);
}
