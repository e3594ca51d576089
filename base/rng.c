/* Random streams, each after its authors' published definition, and the system's random source. */
#include "base/rng.h"

#include <string.h>

#include <errno.h>
#include <sys/random.h>

#include "base/attr.h"
#include "base/fatal_int.h"

__extension__ typedef unsigned __int128 wide;

/* Salmon et al., table 2 and section 3.3: two multiplications a round; the key is bumped by Weyl
 * constants between rounds (golden ratio; square root of 3 minus 1). */
enum { PHILOX_ROUNDS = 10 };

ALLOW_WRAP static inline void philox_round(uint32_t c[4], uint32_t k0, uint32_t k1)
{
    uint64_t p0 = UINT64_C(0xd2511f53) * c[0];
    uint64_t p1 = UINT64_C(0xcd9e8d57) * c[2];
    c[0] = (uint32_t)(p1 >> 32) ^ c[1] ^ k0;
    c[2] = (uint32_t)(p0 >> 32) ^ c[3] ^ k1;
    c[1] = (uint32_t)p1;
    c[3] = (uint32_t)p0;
}

ALLOW_WRAP void philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]}, k0 = key[0], k1 = key[1];
    for (int i = 0; i < PHILOX_ROUNDS; i++) {
        philox_round(c, k0, k1);
        k0 += UINT32_C(0x9e3779b9);
        k1 += UINT32_C(0xbb67ae85);
    }
    memcpy(out, c, sizeof c);
}

ALLOW_WRAP void philox4x32_two(uint32_t out_a[4], uint32_t out_b[4], const uint32_t a[4],
                               const uint32_t b[4], const uint32_t key[2])
{
    uint32_t c[4] = {a[0], a[1], a[2], a[3]}, d[4] = {b[0], b[1], b[2], b[3]}, k0 = key[0],
             k1 = key[1];
    for (int i = 0; i < PHILOX_ROUNDS; i++) { /* each waits for itself alone */
        philox_round(c, k0, k1);
        philox_round(d, k0, k1);
        k0 += UINT32_C(0x9e3779b9);
        k1 += UINT32_C(0xbb67ae85);
    }
    memcpy(out_a, c, sizeof c);
    memcpy(out_b, d, sizeof d);
}

ALLOW_WRAP uint64_t splitmix64(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void rng_init(struct rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        r->s[i] = splitmix64(&seed);
    }
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

ALLOW_WRAP uint64_t rng_u64(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t value = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return value;
}

/* Lemire, Fast random integer generation in an interval (TOMACS 2019): the high half of the product
 * is the value; the low half tells whether it is one of the few that would be too frequent. */
ALLOW_WRAP uint64_t rng_below(struct rng *r, uint64_t bound)
{
    wide product = (wide)rng_u64(r) * bound;
    if ((uint64_t)product < bound) {
        uint64_t threshold = (0 - bound) % bound; /* 2^64 mod bound */
        while ((uint64_t)product < threshold) {
            product = (wide)rng_u64(r) * bound;
        }
    }
    return (uint64_t)(product >> 64);
}

double rng_unit(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

void rng_jump(struct rng *r)
{
    static const uint64_t jump[4] = {UINT64_C(0x180ec6d33cfd0aba), UINT64_C(0xd5a61266f0c9392c),
                                     UINT64_C(0xa9582618e03fc9aa), UINT64_C(0x39abdc4529b1661c)};
    struct rng sum = {{0}};
    for (int i = 0; i < 4; i++) {
        for (int bit = 0; bit < 64; bit++) {
            if (jump[i] >> bit & 1) {
                for (int k = 0; k < 4; k++) {
                    sum.s[k] ^= r->s[k];
                }
            }
            (void)rng_u64(r);
        }
    }
    *r = sum;
}

void random_secret(void *out, size_t len)
{
    char *at = out;
    while (len > 0) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            fatal("the system gives no random bytes");
        }
        at += n;
        len -= (size_t)n;
    }
}

void uuid_text(char out[37], uint64_t high, uint64_t low)
{
    static const char hex[] = "0123456789abcdef";
    static const unsigned char high_at[] = {0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17};
    static const unsigned char low_at[] = {19, 20, 21, 22, 24, 25, 26, 27,
                                           28, 29, 30, 31, 32, 33, 34, 35};
    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);   /* version 4 */
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62; /* variant of RFC 9562 */
    for (int i = 15; i >= 0; i--) {
        out[high_at[i]] = hex[high & 15];
        out[low_at[i]] = hex[low & 15];
        high >>= 4;
        low >>= 4;
    }
    out[8] = out[13] = out[18] = out[23] = '-';
    out[36] = '\0';
}
