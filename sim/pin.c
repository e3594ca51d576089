#include "sim/pin.h"

#include "base/base.h"

#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: the first has so few bits that a product with a small whole number is exact. */
static const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
static const double exp_max = 700.0;

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t to_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* x = m 2^k with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(s), s = (m - 1)/(m + 1), by its series. */
ALLOW_WRAP double pin_log(double x)
{
    static const double odd[] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                                 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25};
    const uint64_t half = UINT64_C(0x3fe6a09e667f3bcd); /* sqrt(1/2) */
    uint64_t bits = to_bits(x), top = bits - half;
    int64_t k = (int64_t)top >> 52;
    double m = from_bits(bits - ((uint64_t)k << 52));
    double s = (m - 1) / (m + 1), square = s * s, sum = 0;
    for (int i = (int)(sizeof odd / sizeof *odd) - 1; i >= 0; i--) {
        sum = sum * square + odd[i];
    }
    double tail = 2 * s * square * sum;
    return (double)k * ln2_high + (2 * s + (tail + (double)k * ln2_low));
}

/* x = k ln 2 + r with |r| at most ln(2)/2; e^r by its series. */
double pin_exp(double x)
{
    enum { BIAS = 1023 };
    static const double inverse_factorial[] = {1.0,
                                               1.0,
                                               1.0 / 2,
                                               1.0 / 6,
                                               1.0 / 24,
                                               1.0 / 120,
                                               1.0 / 720,
                                               1.0 / 5040,
                                               1.0 / 40320,
                                               1.0 / 362880,
                                               1.0 / 3628800,
                                               1.0 / 39916800,
                                               1.0 / 479001600,
                                               1.0 / 6227020800,
                                               1.0 / 87178291200};
    if (x < -exp_max) {
        return 0;
    }
    x = x > exp_max ? exp_max : x;
    double scaled = x * 0x1.71547652b82fep0;
    int64_t k = (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
    double r = (x - (double)k * ln2_high) - (double)k * ln2_low, sum = 0;
    for (int i = (int)(sizeof inverse_factorial / sizeof(double)) - 1; i >= 0; i--) {
        sum = sum * r + inverse_factorial[i];
    }
    return sum * from_bits((uint64_t)(k + BIAS) << 52);
}
