/* Orders against a naive twin: a sorted array. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/order_int.h"
#include "small_contract.h"

enum { POOL = 2000, STEPS = 20000, KEY_MAX = 12 };

struct pool {
    struct arena arena;
    struct small_contract small;
    struct layout *layouts;
    const struct entity *at[POOL];
    size_t slot; /* by name, folded; or SLOT_NONE */
};

/* Names of few letters: many are equal, many share a start; some longer than the head of an entry.
 */
static void make_name(struct buf *out, struct rng *rng)
{
    size_t len = (size_t)rng_below(rng, KEY_MAX);
    buf_clear(out);
    for (size_t i = 0; i < len; i++) {
        buf_put_char(out, (char)('a' + (int)rng_below(rng, 2)));
    }
}

static void pool_init(struct pool *p, struct rng *rng, bool by_name)
{
    arena_init(&p->arena, 0, 0);
    small_contract_init(&p->small);
    p->layouts = layout_new(&p->arena, &p->small.contract);
    const struct layout *l = &p->layouts[CODE];
    p->slot = by_name ? l->sortings[l->order[ORDER_NAME]].slot : SLOT_NONE;
    ck_assert(by_name == (p->slot != SLOT_NONE));
    struct buf name = {0}, text = {0};
    for (size_t i = 0; i < POOL; i++) {
        const struct json_doc *doc = NULL;
        struct err err = {0};
        make_name(&name, rng);
        buf_clear(&text);
        buf_printf(&text, "{\"id\":\"%zu\",\"name\":\"%.*s\"}", i, STR_ARG(buf_str(&name)));
        ck_assert(json_parse(&doc, &p->arena, STR(""), buf_str(&text), NULL, NULL, &err));
        p->at[i] = entity_new(l, json_root(doc), 0, (struct entity_times){.age = i + 1});
    }
    buf_done(&name);
    buf_done(&text);
}

static void pool_done(struct pool *p)
{
    for (size_t i = 0; i < POOL; i++) {
        entity_drop(p->at[i]);
    }
    arena_done(&p->arena);
}

struct twin {
    const struct entity *at[POOL];
    size_t n;
};

static int compare(const struct entity *a, const struct entity *b, size_t slot)
{
    int c = slot == SLOT_NONE ? 0 : str_cmp(entity_key(a, slot), entity_key(b, slot));
    return c ? c : (a->age > b->age) - (a->age < b->age);
}

static size_t twin_place(const struct twin *t, const struct entity *e, size_t slot)
{
    size_t i = 0;
    while (i < t->n && compare(t->at[i], e, slot) < 0) {
        i++;
    }
    return i;
}

static bool twin_has(const struct twin *t, const struct entity *e, size_t slot)
{
    size_t i = twin_place(t, e, slot);
    return i < t->n && t->at[i] == e;
}

static void twin_insert(struct twin *t, const struct entity *e, size_t slot)
{
    size_t place = twin_place(t, e, slot);
    for (size_t i = t->n++; i > place; i--) {
        t->at[i] = t->at[i - 1];
    }
    t->at[place] = e;
}

static void twin_remove(struct twin *t, const struct entity *e, size_t slot)
{
    t->n--;
    for (size_t i = twin_place(t, e, slot); i < t->n; i++) {
        t->at[i] = t->at[i + 1];
    }
}

struct seen {
    const struct twin *twin;
    size_t from, to, n;
    bool is_descending;
};

static bool see(const struct entity *e, void *ctx)
{
    struct seen *s = ctx;
    ck_assert_ptr_eq(e, s->twin->at[s->is_descending ? s->to - 1 - s->n : s->from + s->n]);
    s->n++;
    return true;
}

static void check_same(const struct order *o, const struct twin *t, const struct pool *p,
                       struct rng *rng)
{
    static const struct entity *all[POOL];
    order_verify(o, p->slot);
    ck_assert_uint_eq(order_count(o), t->n);
    order_slice(all, o, 0, t->n);
    for (size_t i = 0; i < t->n; i++) {
        ck_assert_ptr_eq(all[i], t->at[i]);
        ck_assert_ptr_eq(order_at(o, i), t->at[i]);
    }
    size_t from = (size_t)rng_below(rng, t->n + 1);
    size_t to = from + (size_t)rng_below(rng, t->n - from + 1);
    for (int d = 0; d < 2; d++) {
        struct seen seen = {t, from, to, 0, d == 1};
        ck_assert(order_walk(o, from, to, d == 1, see, &seen));
        ck_assert_uint_eq(seen.n, to - from);
    }
}

static void check_bounds(const struct order *o, const struct twin *t, const struct pool *p,
                         struct rng *rng)
{
    const struct entity *e = p->at[rng_below(rng, POOL)];
    struct str key = p->slot == SLOT_NONE ? (struct str){0} : entity_key(e, p->slot);
    struct order_bound at = {.key = key, .age = e->age};
    ck_assert_uint_eq(order_rank(o, p->slot, &at), twin_place(t, e, p->slot));
    if (p->slot == SLOT_NONE) {
        return;
    }
    struct order_bound end = {.is_prefix_end = true};
    end.key = str_slice(key, 0, (size_t)rng_below(rng, key.len + 1));
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct str other = entity_key(t->at[i], p->slot);
        n += str_starts(other, end.key) || str_cmp(other, end.key) < 0;
    }
    ck_assert_uint_eq(order_rank(o, p->slot, &end), n);
}

/* Fills and empties in turn; now and then shares the order and goes on with the copy. */
static void run(bool by_name, uint64_t seed)
{
    static struct pool pool;
    static struct twin twin, old_twin;
    struct order order = {0}, old = {0};
    struct rng rng;
    printf("seed %" PRIu64 "\n", seed);
    rng_init(&rng, seed);
    pool_init(&pool, &rng, by_name);
    twin.n = old_twin.n = 0;
    for (size_t step = 0; step < STEPS; step++) {
        const struct entity *e = pool.at[rng_below(&rng, POOL)];
        bool grows = step / 4000 % 2 == 0;
        if (twin_has(&twin, e, pool.slot)) {
            if (!grows || rng_below(&rng, 4) == 0) {
                order_remove(&order, pool.slot, e);
                twin_remove(&twin, e, pool.slot);
            }
        } else if (grows || rng_below(&rng, 4) == 0) {
            order_insert(&order, pool.slot, e);
            twin_insert(&twin, e, pool.slot);
        }
        check_bounds(&order, &twin, &pool, &rng);
        if (step % 500 == 0) {
            check_same(&order, &twin, &pool, &rng);
            check_same(&old, &old_twin, &pool, &rng);
            order_done(&old);
            order_share(&old, &order);
            old_twin = twin;
        }
    }
    while (twin.n) {
        order_remove(&order, pool.slot, twin.at[twin.n / 2]);
        twin_remove(&twin, twin.at[twin.n / 2], pool.slot);
    }
    ck_assert_ptr_null(order.root);
    check_same(&old, &old_twin, &pool, &rng);
    order_done(&old);
    pool_done(&pool);
}

START_TEST(by_name_as_the_twin)
{
    run(true, (uint64_t)_i * 7919 + 1);
}
END_TEST

START_TEST(by_age_as_the_twin)
{
    run(false, (uint64_t)_i * 104729 + 3);
}
END_TEST

START_TEST(in_order_then_swapped)
{
    static struct pool pool, other; /* the same keys and ages, other entities */
    struct order order = {0}, old = {0};
    struct rng rng;
    for (size_t i = 0; i < 2; i++) {
        rng_init(&rng, 1);
        pool_init(i ? &other : &pool, &rng, true);
    }
    for (size_t i = 0; i < POOL; i++) {
        order_insert(&order, pool.slot, pool.at[i]);
    }
    order_verify(&order, pool.slot);
    order_share(&old, &order);
    for (size_t i = 0; i < POOL; i++) { /* also where it is a branch's lowest */
        order_swap(&order, pool.slot, pool.at[i], other.at[i]);
    }
    order_verify(&order, pool.slot);
    order_verify(&old, pool.slot);
    for (size_t i = 0; i < POOL; i++) {
        const struct entity *was = order_at(&old, i);
        ck_assert_ptr_eq(was, pool.at[was->age - 1]);
        ck_assert_ptr_eq(order_at(&order, i), other.at[was->age - 1]);
    }
    for (size_t i = 0; i < POOL; i++) {
        order_remove(&order, pool.slot, other.at[i]);
    }
    ck_assert_ptr_null(order.root);
    ck_assert_uint_eq(order_count(&old), POOL);
    order_done(&old);
    pool_done(&pool);
    pool_done(&other);
}
END_TEST

/* Noted in a random order, with looks in between: the same order as one by one. */
START_TEST(noted_and_settled)
{
    static struct pool pool;
    static struct twin twin;
    struct order order = {0}, shared = {0};
    struct rng rng;
    rng_init(&rng, (uint64_t)_i + 1);
    pool_init(&pool, &rng, true);
    twin.n = 0;
    size_t n = _i < 4 ? (size_t[]){1, 64, 65, 130}[_i] : 1 + (size_t)rng_below(&rng, POOL);
    for (size_t i = n; i > 1; i--) { /* shuffled */
        size_t k = (size_t)rng_below(&rng, i);
        const struct entity *e = pool.at[k];
        pool.at[k] = pool.at[i - 1];
        pool.at[i - 1] = e;
    }
    for (size_t i = 0; i < n; i++) {
        order_insert_later(&order, pool.slot, pool.at[i]);
        twin_insert(&twin, pool.at[i], pool.slot);
        if (rng_below(&rng, 400) == 0) {
            order_verify(&order, pool.slot); /* a look in between */
        }
    }
    order_share(&shared, &order);
    order_verify(&order, pool.slot);
    ck_assert_uint_eq(order_count(&order), n);
    for (size_t i = 0; i < n; i++) {
        ck_assert_ptr_eq(order_at(&order, i), twin.at[i]);
    }
    order_remove(&order, pool.slot, twin.at[n / 2]); /* and it goes on like any other */
    order_verify(&order, pool.slot);
    ck_assert_uint_eq(order_count(&shared), n);
    order_done(&order);
    order_done(&shared);
    order_insert_later(&order, pool.slot, pool.at[0]);
    order_done(&order); /* unsettled */
    pool_done(&pool);
}
END_TEST

static bool stop_at_third(const struct entity *e, void *ctx)
{
    (void)e;
    return ++*(int *)ctx < 3;
}

START_TEST(a_walk_stops)
{
    static struct pool pool;
    struct order order = {0};
    struct rng rng;
    int n = 0;
    rng_init(&rng, 1);
    pool_init(&pool, &rng, true);
    for (size_t i = 0; i < 500; i++) {
        order_insert(&order, pool.slot, pool.at[i]);
    }
    ck_assert(!order_walk(&order, 10, 400, true, stop_at_third, &n));
    ck_assert_int_eq(n, 3);
    ck_assert(order_walk(&order, 10, 10, true, stop_at_third, &n));
    order_done(&order);
    pool_done(&pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("order");
    TCase *tc = tcase_create("order");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, by_name_as_the_twin, 0, 3);
    tcase_add_loop_test(tc, by_age_as_the_twin, 0, 2);
    tcase_add_loop_test(tc, noted_and_settled, 0, 24);
    tcase_add_test(tc, in_order_then_swapped);
    tcase_add_test(tc, a_walk_stops);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
