/* Maps against a naive twin, and vectors. */
#include "unit.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

enum { KEYS = 300 };

/* The twin: a value a key, NULL where there is none. */
struct twin {
    struct str keys[KEYS];
    void *values[KEYS];
    size_t count;
};

static void make_keys(struct twin *t, struct arena *a)
{
    for (size_t i = 0; i < KEYS; i++) {
        struct buf b;
        buf_init(&b, a);
        if (i % 3 == 0) { /* NUL bytes and lengths: "", "\0", "\0\0"… */
            for (size_t k = 0; k < i / 3; k++) {
                buf_put_char(&b, '\0');
            }
        } else {
            buf_printf(&b, "key-%zu", i);
        }
        t->keys[i] = buf_str(&b);
    }
}

static void check_same(const struct map *m, const struct twin *t, uint64_t seed, int step)
{
    bool seen[KEYS] = {false};
    size_t cursor = 0, walked = 0;
    struct str key;
    void *value;
    ck_assert_msg(m->count == t->count, "seed %" PRIu64 " step %d", seed, step);
    while (map_next(m, &cursor, &key, &value)) {
        size_t i = 0;
        while (i < KEYS && !str_eq(t->keys[i], key)) {
            i++;
        }
        ck_assert_msg(i < KEYS && !seen[i] && t->values[i] == value, "seed %" PRIu64 " step %d",
                      seed, step);
        seen[i] = true;
        walked++;
    }
    ck_assert_uint_eq(walked, t->count);
    ck_assert(!map_next(m, &cursor, &key, &value));
    for (size_t i = 0; i < KEYS; i++) {
        ck_assert_ptr_eq(map_get(m, t->keys[i]), t->values[i]);
    }
}

/* One random step on both. Keys among the first `span`, so that tombs are met again. */
static void step(struct map *m, struct twin *t, struct rng *r, uint64_t span, bool is_shrinking)
{
    static char values[64];
    size_t i = rng_below(r, span);
    void *old = t->values[i];
    if (rng_below(r, 10) < (is_shrinking ? 7 : 4)) {
        ck_assert_ptr_eq(map_del(m, t->keys[i]), old);
        t->values[i] = NULL;
        t->count -= old != NULL;
    } else {
        void *value = values + rng_below(r, sizeof values);
        ck_assert_ptr_eq(map_put(m, t->keys[i], value), old);
        t->values[i] = value;
        t->count += old == NULL;
    }
}

START_TEST(like_a_naive_twin)
{
    const uint64_t seed = 1000 + (uint64_t)_i;
    static const uint64_t spans[] = {1, 2, 7, 8, 40, KEYS};
    struct arena a;
    struct map m = {0};
    static struct twin t;
    struct rng r;
    memset(&t, 0, sizeof t);
    arena_init(&a, 0, 0);
    make_keys(&t, &a);
    rng_init(&r, seed);
    for (int k = 0; k < 6000; k++) {
        step(&m, &t, &r, spans[(size_t)_i % 6], k / 500 % 2);
        ck_assert_uint_lt(m.count + m.tombs, m.cap + (m.cap == 0));
        if (k % 101 == 0) {
            check_same(&m, &t, seed, k);
        }
    }
    struct map copy;
    map_copy(&copy, &m);
    check_same(&copy, &t, seed, -1);
    struct twin before = t;
    for (int k = 0; k < 500; k++) {
        step(&m, &t, &r, KEYS, false);
    }
    check_same(&copy, &before, seed, -2); /* a life of its own */
    check_same(&m, &t, seed, -3);
    map_done(&m);
    map_done(&copy);
    arena_done(&a);
}
END_TEST

START_TEST(empty_map)
{
    struct map m = {0}, copy;
    size_t cursor = 0;
    struct str key;
    void *value;
    ck_assert_ptr_null(map_get(&m, STR("a")));
    ck_assert_ptr_null(map_del(&m, STR("a")));
    ck_assert(!map_next(&m, &cursor, &key, &value));
    map_copy(&copy, &m);
    ck_assert_uint_eq(copy.cap, 0);
    map_done(&copy);
    map_done(&m);
    map_done(&m);
}
END_TEST

/* Put and delete for ever: the table neither grows nor fills with tombs. */
START_TEST(churn_stays_small)
{
    struct map m = {0};
    char keys[64][16];
    for (unsigned i = 0; i < 200000; i++) {
        char *key = keys[i % 64];
        if (i >= 64) {
            ck_assert_ptr_nonnull(map_del(&m, str_of(key)));
        }
        (void)snprintf(key, sizeof keys[0], "%u", i);
        ck_assert_ptr_null(map_put(&m, str_of(key), key));
    }
    ck_assert_uint_eq(m.count, 64);
    ck_assert_uint_le(m.cap, 256);
    map_done(&m);
}
END_TEST

START_TEST(replacing_borrows_the_new_key)
{
    struct map m = {0};
    char first[] = "key", second[] = "key";
    int one, two;
    ck_assert_ptr_null(map_put(&m, str_of(first), &one));
    ck_assert_ptr_eq(map_put(&m, str_of(second), &two), &one);
    memset(first, 'x', 3);
    ck_assert_ptr_eq(map_get(&m, STR("key")), &two);
    map_done(&m);
}
END_TEST

/* A map filled in the order in which another one stores its keys: with one hash for all maps this
 * takes quadratic time. */
START_TEST(keys_in_slot_order)
{
    struct arena a;
    struct map m = {0};
    arena_init(&a, 0, 0);
    for (unsigned i = 0; i < 50000; i++) {
        struct buf b;
        buf_init(&b, &a);
        buf_printf(&b, "%08x-0000-4000-8000-%012x", i << 16, i);
        (void)map_put(&m, buf_str(&b), &m);
    }
    struct map twin = {0};
    size_t cursor = 0;
    struct str key;
    void *value;
    while (map_next(&m, &cursor, &key, &value)) {
        (void)map_put(&twin, key, value);
    }
    ck_assert_uint_eq(twin.count, 50000);
    ck_assert_uint_ne(twin.seed, m.seed);
    map_done(&twin);
    map_done(&m);
    arena_done(&a);
}
END_TEST

START_TEST(vector)
{
    struct vec v = {0};
    char items[100];
    for (size_t i = 0; i < 100; i++) {
        vec_push(&v, &items[i]);
    }
    ck_assert_uint_eq(v.len, 100);
    ck_assert_ptr_eq(vec_pop(&v), &items[99]);
    ck_assert_ptr_eq(vec_remove(&v, 0), &items[0]);
    ck_assert_ptr_eq(v.at[0], &items[1]);
    vec_insert(&v, 0, &items[0]);
    vec_insert(&v, v.len, &items[99]);
    vec_insert(&v, 50, &items[7]);
    ck_assert_ptr_eq(vec_remove(&v, 50), &items[7]);
    for (size_t i = 0; i < 100; i++) {
        ck_assert_ptr_eq(v.at[i], &items[i]);
    }
    while (v.len) {
        ck_assert_ptr_eq(vec_remove(&v, v.len - 1), &items[v.len]);
    }
    vec_done(&v);
    vec_done(&v);
    ck_assert_uint_eq(v.cap, 0);
}
END_TEST

START_TEST(empty_vector_does_not_pop)
{
    struct vec v = {0};
    (void)vec_pop(&v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("map");
    TCase *c = tcase_create("map");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, like_a_naive_twin, 0, 24);
    tcase_add_test(c, empty_map);
    tcase_add_test(c, churn_stays_small);
    tcase_add_test(c, replacing_borrows_the_new_key);
    tcase_add_test(c, keys_in_slot_order);
    tcase_add_test(c, vector);
    const char *fork_mode = getenv("CK_FORK");
    if (!fork_mode || strcmp(fork_mode, "no") != 0) {
        tcase_add_test_raise_signal(c, empty_vector_does_not_pop, SIGABRT);
    }
    return unit_run(suite);
}
