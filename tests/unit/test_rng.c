/* Random streams against published vectors, uniformity, UUIDs, secrets. */
#include "unit.h"

#include <string.h>

#include "base/base.h"

START_TEST(splitmix_vectors)
{
    static const uint64_t want[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                    UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                    UINT64_C(16408922859458223821)};
    static const uint64_t from_zero[] = {UINT64_C(0xe220a8397b1dcdaf), UINT64_C(0x6e789e6aa1b965f4),
                                         UINT64_C(0x06c45d188009454f),
                                         UINT64_C(0xf88bb8a8724c81ec)};
    uint64_t state = 1234567;
    for (size_t i = 0; i < 5; i++) {
        ck_assert_uint_eq(splitmix64(&state), want[i]);
    }
    state = 0;
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(splitmix64(&state), from_zero[i]);
    }
}
END_TEST

START_TEST(xoshiro_vectors)
{
    static const uint64_t want[] = {UINT64_C(41943041),
                                    UINT64_C(58720359),
                                    UINT64_C(3588806011781223),
                                    UINT64_C(3591011842654386),
                                    UINT64_C(9228616714210784205),
                                    UINT64_C(9973669472204895162)};
    struct rng r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < 6; i++) {
        ck_assert_uint_eq(rng_u64(&r), want[i]);
    }
}
END_TEST

START_TEST(xoshiro_jump)
{
    static const uint64_t want[] = {UINT64_C(0x8c7a153956b5f3d1), UINT64_C(0x701f1a713401d85e),
                                    UINT64_C(0x6527f66a65469085), UINT64_C(0x8386b786c4408050)};
    struct rng r = {{1, 2, 3, 4}};
    rng_jump(&r);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(r.s[i], want[i]);
    }
}
END_TEST

START_TEST(seeding_is_splitmix)
{
    struct rng r;
    rng_init(&r, 0);
    ck_assert_uint_eq(r.s[0], UINT64_C(0xe220a8397b1dcdaf));
    ck_assert_uint_eq(r.s[3], UINT64_C(0xf88bb8a8724c81ec));
}
END_TEST

/* The known answers of Random123: zeroes, ones, digits of π. */
static const struct philox_row {
    uint32_t counter[4], key[2], want[4];
} philox_rows[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
     {UINT32_MAX, UINT32_MAX},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

START_TEST(philox_vectors)
{
    const struct philox_row *row = &philox_rows[_i];
    uint32_t got[4], in_place[4];
    philox4x32(got, row->counter, row->key);
    uint32_t twin[4], other[4], counter[4] = {row->counter[0] ^ 1, row->counter[1]}, alone[4];
    philox4x32_two(twin, other, row->counter, counter, row->key);
    philox4x32(alone, counter, row->key);
    ck_assert_mem_eq(twin, got, sizeof got);
    ck_assert_mem_eq(other, alone, sizeof alone);
    memcpy(in_place, row->counter, sizeof in_place);
    philox4x32(in_place, in_place, row->key);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(got[i], row->want[i]);
        ck_assert_uint_eq(in_place[i], row->want[i]);
    }
}
END_TEST

/* Chi-square with 9 degrees of freedom: 33.7 is exceeded once in 10,000 tries; the seed is fixed.
 */
START_TEST(below_is_uniform)
{
    enum { BOUND = 10, DRAWS = 100000 };
    struct rng r;
    int hits[BOUND] = {0};
    rng_init(&r, 42);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = rng_below(&r, BOUND);
        ck_assert_uint_lt(x, BOUND);
        hits[x]++;
    }
    double chi = 0;
    for (int i = 0; i < BOUND; i++) {
        double off = hits[i] - (double)DRAWS / BOUND;
        chi += off * off / ((double)DRAWS / BOUND);
    }
    ck_assert_msg(chi < 33.7, "chi-square %g", chi);
}
END_TEST

/* With a bound of 2/3 of the range a biased method gives the lower half 2/3 of the draws. */
START_TEST(below_has_no_bias_at_large_bounds)
{
    const uint64_t bound = UINT64_MAX / 3 * 2;
    struct rng r;
    int low = 0;
    rng_init(&r, 43);
    for (int i = 0; i < 100000; i++) {
        uint64_t x = rng_below(&r, bound);
        ck_assert_uint_lt(x, bound);
        low += x < bound / 2;
    }
    ck_assert_int_gt(low, 49000);
    ck_assert_int_lt(low, 51000);
    ck_assert_uint_eq(rng_below(&r, 1), 0);
}
END_TEST

START_TEST(unit_is_within)
{
    struct rng r;
    double sum = 0;
    rng_init(&r, 44);
    for (int i = 0; i < 100000; i++) {
        double x = rng_unit(&r);
        ck_assert(x >= 0 && x < 1);
        sum += x;
    }
    ck_assert(sum > 49500 && sum < 50500);
    struct rng highest = {{0, 0, 0, 0}};
    ck_assert(!(rng_unit(&highest) > 0)); /* the state that the generator never leaves */
}
END_TEST

static const struct uuid_row {
    uint64_t high, low;
    const char *want;
} uuid_rows[] = {
    {0, 0, "00000000-0000-4000-8000-000000000000"},
    {UINT64_MAX, UINT64_MAX, "ffffffff-ffff-4fff-bfff-ffffffffffff"},
    {UINT64_C(0x0123456789abcdef), UINT64_C(0x0123456789abcdef),
     "01234567-89ab-4def-8123-456789abcdef"},
};

START_TEST(uuids)
{
    char text[37];
    uuid_text(text, uuid_rows[_i].high, uuid_rows[_i].low);
    ck_assert_str_eq(text, uuid_rows[_i].want);
}
END_TEST

START_TEST(secrets)
{
    unsigned char a[1000] = {0}, b[1000] = {0};
    random_secret(a, sizeof a);
    random_secret(b, sizeof b);
    ck_assert_int_ne(memcmp(a, b, sizeof a), 0);
    int zeroes = 0;
    for (size_t i = 0; i < sizeof a; i++) {
        zeroes += a[i] == 0;
    }
    ck_assert_int_lt(zeroes, 60);
    random_secret(NULL, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rng");
    TCase *c = tcase_create("rng");
    suite_add_tcase(suite, c);
    tcase_add_test(c, splitmix_vectors);
    tcase_add_test(c, xoshiro_vectors);
    tcase_add_test(c, xoshiro_jump);
    tcase_add_test(c, seeding_is_splitmix);
    tcase_add_loop_test(c, philox_vectors, 0, 3);
    tcase_add_test(c, below_is_uniform);
    tcase_add_test(c, below_has_no_bias_at_large_bounds);
    tcase_add_test(c, unit_is_within);
    tcase_add_loop_test(c, uuids, 0, 3);
    tcase_add_test(c, secrets);
    return unit_run(suite);
}
