/* Decimal literals compared and divided exactly, however long they are and whatever their exponent.
 *
 * Most numbers are small integers: those are read once and handled as int64_t. Else a literal is
 * taken apart into significant digits (no zeros at either end) and the power of ten of the last
 * one: value = ± digits × 10^power. Exponents are cut off at ±POWER_MAX, so two numbers beyond
 * 10^(10^17) may be taken for equal in size. */
#include "model/schema_int.h"

#include <assert.h>

enum { SMALL_DIGITS = 18, EXPONENT_DIGITS = 17 };
#define POWER_MAX INT64_C(100000000000000000)

struct decimal {
    const char *first, *end; /* of the significant digits, a dot may be among them; NULL: zero */
    int64_t n;               /* digits */
    int64_t power;
    bool is_negative;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct number schema_number(struct str text)
{
    struct number out = {.text = text};
    size_t i = text.len > 0 && text.s[0] == '-';
    bool is_negative = i == 1;
    if (text.len - i > SMALL_DIGITS) {
        return out;
    }
    for (; i < text.len; i++) {
        if (!is_digit(text.s[i])) {
            return out;
        }
        out.small = out.small * 10 + (text.s[i] - '0');
    }
    out.small = is_negative ? -out.small : out.small;
    out.is_small = true;
    return out;
}

static int64_t read_exponent(struct str text)
{
    bool is_negative = text.len > 0 && text.s[0] == '-';
    size_t i = text.len > 0 && (text.s[0] == '-' || text.s[0] == '+');
    int64_t value = 0;
    while (i < text.len && text.s[i] == '0') {
        i++;
    }
    if (text.len - i > EXPONENT_DIGITS) {
        value = POWER_MAX;
        i = text.len;
    }
    for (; i < text.len; i++) {
        value = value * 10 + (text.s[i] - '0');
    }
    return is_negative ? -value : value;
}

static struct decimal take_apart(struct str text)
{
    struct decimal d = {.is_negative = text.s[0] == '-'};
    const char *p = text.s + d.is_negative, *end = text.s + text.len, *last = NULL;
    int64_t zeros = 0, after_dot = 0; /* zeros since the last other digit */
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
        d.n = d.first != NULL ? d.n + zeros + 1 : 1;
        d.first = d.first != NULL ? d.first : p;
        last = p;
        zeros = 0;
    }
    if (d.first == NULL) {
        return (struct decimal){0};
    }
    d.end = last + 1;
    d.power = zeros - after_dot;
    if (p < end) {
        d.power += read_exponent((struct str){p + 1, (size_t)(end - p) - 1});
    }
    return d;
}

/* The next digit at *p, which moves on; 0 beyond the end. */
static int next_digit(const char **p, const char *end)
{
    if (*p < end && **p == '.') {
        (*p)++;
    }
    return *p < end ? *(*p)++ - '0' : 0;
}

/* Neither is zero, both are positive. */
static int cmp_size(const struct decimal *a, const struct decimal *b)
{
    int64_t x = a->n + a->power, y = b->n + b->power; /* place of the first digit */
    if (x != y) {
        return x < y ? -1 : 1;
    }
    const char *p = a->first, *q = b->first;
    while (p < a->end || q < b->end) {
        int difference = next_digit(&p, a->end) - next_digit(&q, b->end);
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

int schema_number_cmp(struct number a, struct number b)
{
    if (a.is_small && b.is_small) {
        return (a.small > b.small) - (a.small < b.small);
    }
    struct decimal x = take_apart(a.text), y = take_apart(b.text);
    int sign_x = x.first == NULL ? 0 : x.is_negative ? -1 : 1;
    int sign_y = y.first == NULL ? 0 : y.is_negative ? -1 : 1;
    if (sign_x != sign_y || sign_x == 0) {
        return sign_x - sign_y;
    }
    return sign_x * cmp_size(&x, &y);
}

/* --- division --- */

__extension__ typedef unsigned __int128 wide;

/* digits(a) × 10^zeros mod b; b has at most SMALL_DIGITS digits. Zeros beyond 60 change nothing: b
 * holds at most 59 factors 2 and fewer factors 5. */
static bool divides_short(const struct decimal *a, int64_t zeros, uint64_t b)
{
    uint64_t rest = 0;
    assert(b > 0); /* multipleOf is, which compiling has checked */
    for (const char *p = a->first; p < a->end;) {
        rest = (uint64_t)(((wide)rest * 10 + (unsigned)next_digit(&p, a->end)) % b);
    }
    for (int64_t i = 0; i < zeros && i < 60; i++) {
        rest = (uint64_t)((wide)rest * 10 % b);
    }
    return rest == 0;
}

/* rest = rest × 10 + digit, then minus `b` as often as it goes; both are n digits, highest first,
 * rest has one more in front. */
static void long_step(uint8_t *rest, const uint8_t *b, size_t n, int digit)
{
    for (size_t i = 0; i < n; i++) {
        rest[i] = rest[i + 1];
    }
    rest[n] = (uint8_t)digit;
    for (;;) {
        size_t i = 0;
        while (i < n && rest[0] == 0 && rest[i + 1] == b[i]) {
            i++;
        }
        if (rest[0] == 0 && i < n && rest[i + 1] < b[i]) {
            return;
        }
        int borrow = 0;
        for (size_t k = n; k > 0; k--) {
            int d = rest[k] - b[k - 1] - borrow;
            borrow = d < 0;
            rest[k] = (uint8_t)(d + (borrow ? 10 : 0));
        }
        rest[0] = (uint8_t)(rest[0] - borrow);
    }
}

/* The same for a `b` of many digits, as at school. It holds less than 3.33 factors 2 a digit. */
static bool divides_long(const struct decimal *a, int64_t zeros, const struct decimal *b)
{
    size_t n = (size_t)b->n;
    uint8_t *digits = MEM_ARRAY(n, uint8_t), *rest = MEM_ARRAY(n + 1, uint8_t);
    const char *q = b->first;
    for (size_t i = 0; i < n; i++) {
        digits[i] = (uint8_t)next_digit(&q, b->end);
    }
    for (const char *p = a->first; p < a->end;) {
        long_step(rest, digits, n, next_digit(&p, a->end));
    }
    for (int64_t i = 0; i < zeros && i < 4 * b->n; i++) {
        long_step(rest, digits, n, 0);
    }
    bool is_zero = true;
    for (size_t i = 0; i <= n; i++) {
        is_zero &= rest[i] == 0;
    }
    mem_free(digits);
    mem_free(rest);
    return is_zero;
}

bool schema_number_is_multiple(struct number a, struct number b)
{
    if (a.is_small && b.is_small) {
        return a.small % b.small == 0;
    }
    struct decimal x = take_apart(a.text), y = take_apart(b.text);
    if (x.first == NULL) {
        return true;
    }
    if (x.power < y.power) {
        return false; /* the last digit of x is none of y's multiples' */
    }
    int64_t zeros = x.power - y.power;
    if (y.n > SMALL_DIGITS) {
        return divides_long(&x, zeros, &y);
    }
    uint64_t divisor = 0;
    for (const char *p = y.first; p < y.end;) {
        divisor = divisor * 10 + (unsigned)next_digit(&p, y.end);
    }
    return divides_short(&x, zeros, divisor);
}
