/* Tenants: storing, finding, counting, referring, cloning; against a naive twin, and from several
 * threads at once. */
#include "unit.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "model/tenant_int.h"
#include "small_contract.h"

static struct small_contract small;
static struct arena scratch;

static void setup(void)
{
    small_contract_init(&small);
    arena_init(&scratch, 0, 0);
}

static void teardown(void)
{
    arena_done(&scratch);
}

static struct json parse(const char *text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert_msg(json_parse(&doc, &scratch, STR(""), str_of(text), NULL, NULL, &err), "%s",
                  err.msg);
    return json_root(doc);
}

static struct tenant *fresh(void)
{
    return tenant_new(&small.contract, STR("test"), 42);
}

static void ck_text(struct str got, const char *want)
{
    ck_assert_msg(str_eq(got, str_of(want)), "got %.*s, want %s", STR_ARG(got), want);
}

static const struct row {
    const char *given, *want;
} texts[] = {
    {"{}", "{}"},
    {"{\"rank\": 1.50, \"name\": \"\\u0041\", \"id\": \"x\"}",
     "{\"id\":\"x\",\"name\":\"A\",\"rank\":1.50}"},
    {"{\"z\":1,\"a\":{\"b\":[1, 2]},\"id\":\"x\",\"division\":null}",
     "{\"id\":\"x\",\"division\":null,\"z\":1,\"a\":{\"b\":[1,2]}}"},
    {"{\"more\\n\":\"\\u00e9\",\"id\":\"1\"}", "{\"id\":\"1\",\"more\\n\":\"\xc3\xa9\"}"},
};

START_TEST(text_is_canonical)
{
    struct tenant *t = fresh();
    ck_text(small_put(t, CODE, texts[_i].given, 0)->text, texts[_i].want);
    tenant_free(t);
}
END_TEST

START_TEST(change_keeps_age_and_birth)
{
    struct tenant *t = fresh();
    const struct resource *code = &small.resources[CODE];
    small_put(t, CODE, "{\"id\":\"a\",\"name\":\"one\"}", 10);
    small_put(t, CODE, "{\"id\":\"b\",\"name\":\"two\"}", 20);
    const struct entity *e = small_put(t, CODE, "{\"id\":\"a\",\"name\":\"three\"}", 30);
    ck_assert_uint_eq(e->age, 1);
    ck_assert_int_eq(e->created_us, 10);
    ck_assert_int_eq(e->changed_us, 30);
    ck_assert_uint_eq(tenant_count(t, code), 2);
    ck_assert_ptr_eq(tenant_first(t, code), e);
    ck_assert_ptr_eq(tenant_find(t, code, STR("a")), e);
    ck_assert(tenant_delete(t, code, STR("a")));
    ck_assert(!tenant_delete(t, code, STR("a")));
    ck_text(tenant_first(t, code)->id, "b");
    ck_assert(tenant_delete(t, code, STR("b")));
    ck_assert_ptr_null(tenant_first(t, code));
    tenant_free(t);
}
END_TEST

static const struct unique_row {
    const char *candidate;
    bool is_found;
} uniques[] = {
    {"{\"name\":\"sale\",\"division\":{\"id\":\"d1\"}}", true},
    {"{\"name\":\" SALE \\t\",\"division\":{\"id\":\"d1\"}}", true},
    {"{\"name\":\"Sale\",\"division\":{\"id\":\"D1\"}}", true}, /* the rule folds every field */
    {"{\"name\":\"Sale\",\"division\":{\"id\":\"d2\"}}", false},
    {"{\"name\":\"Sales\",\"division\":{\"id\":\"d1\"}}", false},
    {"{\"name\":\"Sale\"}", false},
    {"{\"name\":null,\"division\":{\"id\":\"d1\"}}", false},
    {"{\"name\":\"\",\"division\":{\"id\":\"saled1\"}}", false},
    {"{\"name\":\"\\u017fale\",\"division\":{\"id\":\"d1\"}}", false}, /* ASCII alone folds */
    {"[]", false},
};

START_TEST(unique_values_are_found)
{
    struct tenant *t = fresh();
    const struct resource *code = &small.resources[CODE];
    const struct entity *e =
        small_put(t, CODE, "{\"id\":\"a\",\"name\":\"Sale\",\"division\":{\"id\":\"d1\"}}", 0);
    const struct entity *found = tenant_find_unique(t, code, 0, parse(uniques[_i].candidate));
    ck_assert_ptr_eq(found, uniques[_i].is_found ? e : NULL);
    tenant_delete(t, code, STR("a"));
    ck_assert_ptr_null(tenant_find_unique(t, code, 0, parse(uniques[_i].candidate)));
    tenant_free(t);
}
END_TEST

START_TEST(limits_are_counted)
{
    struct tenant *t = fresh();
    const struct resource *code = &small.resources[CODE];
    small_put(t, CODE, "{\"id\":\"a\",\"kind\":1}", 0);
    small_put(t, CODE, "{\"id\":\"b\",\"kind\":1.0}", 0);
    small_put(t, CODE, "{\"id\":\"c\",\"kind\":2}", 0);
    small_put(t, CODE, "{\"id\":\"d\"}", 0);
    ck_assert_uint_eq(tenant_count_limit(t, code, 0, parse("{\"kind\":1}")), 2);
    ck_assert_uint_eq(tenant_count_limit(t, code, 0, parse("{\"kind\":10e-1}")), 2);
    ck_assert_uint_eq(tenant_count_limit(t, code, 0, parse("{\"kind\":3}")), 0);
    ck_assert_uint_eq(tenant_count_limit(t, code, 0, parse("{}")), 0);
    ck_assert_uint_eq(tenant_count_limit(t, code, 1, parse("{}")), 4);
    small_put(t, CODE, "{\"id\":\"a\",\"kind\":2}", 0);
    ck_assert_uint_eq(tenant_count_limit(t, code, 0, parse("{\"kind\":1}")), 1);
    ck_assert_uint_eq(tenant_count_limit(t, code, 0, parse("{\"kind\":2}")), 2);
    tenant_delete(t, code, STR("b"));
    ck_assert_uint_eq(tenant_count_limit(t, code, 0, parse("{\"kind\":1}")), 0);
    tenant_free(t);
}
END_TEST

static bool note(const struct resource *from, const struct reference_rule *rule,
                 const struct entity *entity, void *ctx)
{
    struct buf *seen = ctx;
    (void)rule;
    buf_printf(seen, "%.*s:%.*s ", STR_ARG(from->name), STR_ARG(entity->id));
    return seen->len < 60;
}

static void ck_referrers(struct tenant *t, size_t to, const char *id, const char *want)
{
    struct buf seen = {0};
    tenant_referrers(t, &small.resources[to], str_of(id), note, &seen);
    ck_text(buf_str(&seen), want);
    buf_done(&seen);
}

START_TEST(referrers_oldest_first)
{
    struct tenant *t = fresh();
    small_put(t, DIVISION, "{\"id\":\"d1\",\"name\":\"Home\"}", 0);
    small_put(t, DIVISION, "{\"id\":\"d2\",\"name\":\"Away\"}", 0);
    small_put(t, CODE, "{\"id\":\"z\",\"name\":\"1\",\"division\":{\"id\":\"d1\"}}", 0);
    small_put(t, CODE, "{\"id\":\"y\",\"name\":\"2\",\"division\":{\"id\":\"d1\"}}", 0);
    small_put(t, QUEUE, "{\"id\":1,\"codes\":[{\"id\":\"y\"},{\"id\":\"z\"},{\"id\":\"y\"}]}", 0);
    small_put(t, QUEUE, "{\"id\":2,\"codes\":[{\"id\":\"y\"},{},7],\"home\":\"HOME\"}", 0);
    small_put(t, LINK, "{\"queueId\":\"2\",\"codeId\":\"z\"}", 0);
    ck_referrers(t, DIVISION, "d1", "code:z code:y queue:2 ");
    ck_referrers(t, DIVISION, "d2", "");
    ck_referrers(t, CODE, "y", "queue:1 queue:2 ");
    ck_referrers(t, CODE, "z", "queue:1 link:2/z ");
    ck_referrers(t, QUEUE, "2", "link:2/z ");
    small_put(t, CODE, "{\"id\":\"z\",\"name\":\"1\",\"division\":{\"id\":\"d2\"}}", 0);
    small_put(t, QUEUE, "{\"id\":1,\"codes\":[{\"id\":\"z\"}]}", 0);
    ck_referrers(t, DIVISION, "d1", "code:y queue:2 ");
    ck_referrers(t, DIVISION, "d2", "code:z ");
    ck_referrers(t, CODE, "y", "queue:2 ");
    tenant_delete(t, &small.resources[QUEUE], STR("2"));
    ck_referrers(t, CODE, "y", "");
    ck_referrers(t, CODE, "nobody", "");
    tenant_free(t);
}
END_TEST

START_TEST(a_walk_of_referrers_stops)
{
    struct tenant *t = fresh();
    struct buf seen = {0}, text = {0};
    for (int i = 0; i < 40; i++) {
        buf_clear(&text);
        buf_printf(&text, "{\"id\":%d,\"codes\":[{\"id\":\"c\"}],\"home\":\"x\"}", i);
        small_put(t, QUEUE, buf_cstr(&text), 0);
    }
    tenant_referrers(t, &small.resources[CODE], STR("c"), note, &seen);
    ck_assert_uint_lt(seen.len, 70);
    buf_done(&seen);
    buf_done(&text);
    tenant_free(t);
}
END_TEST

START_TEST(found_by_other_means)
{
    struct tenant *t = fresh();
    const struct resource *division = &small.resources[DIVISION];
    const struct resource *link = &small.resources[LINK], *queue = &small.resources[QUEUE];
    small_put(t, DIVISION, "{\"id\":\"d1\",\"name\":\"Home\",\"flag\":false}", 0);
    const struct entity *away =
        small_put(t, DIVISION, "{\"id\":\"d2\",\"name\":\"Away\",\"flag\":true}", 0);
    ck_assert_ptr_eq(tenant_find_by(t, division, &small.name, STR("AWAY")), away);
    ck_assert_ptr_null(tenant_find_by(t, division, &small.name, STR("AWAY ")));
    ck_assert_ptr_eq(tenant_find_by(t, division, &small.id, STR("d2")), away);
    ck_assert_ptr_eq(tenant_find_by(t, division, &small.flag, STR("true")), away);
    ck_assert_ptr_eq(tenant_pick(t, division, &small.flag, STR("true")), away);
    ck_assert_ptr_null(tenant_pick(t, division, &small.flag, STR("\"true\"")));
    ck_assert_ptr_null(tenant_pick(t, division, &small.flag, STR("not json")));
    const struct entity *code = small_put(t, CODE, "{\"id\":\"c\"}", 0);
    const struct entity *e = small_put(t, LINK, "{\"codeId\":\"c\",\"queueId\":7}", 0);
    ck_text(e->id, "7/c");
    ck_assert_ptr_eq(tenant_link_target(t, link, e), code);
    tenant_delete(t, &small.resources[CODE], STR("c"));
    ck_assert_ptr_null(tenant_link_target(t, link, e));
    struct buf id = {0};
    small_put(t, QUEUE, "{\"id\":8}", 0); /* taken before its turn */
    tenant_next_id(t, queue, &id);
    buf_put_char(&id, ' ');
    tenant_next_id(t, queue, &id);
    ck_text(buf_str(&id), "7 9");
    buf_done(&id);
    tenant_free(t);
}
END_TEST

START_TEST(chance_repeats)
{
    struct tenant *a = fresh(), *b = fresh();
    struct buf x = {0}, y = {0};
    for (int i = 0; i < 3; i++) {
        tenant_next_id(a, &small.resources[CODE], &x);
        tenant_next_id(b, &small.resources[CODE], &y);
    }
    ck_assert(str_eq(buf_str(&x), buf_str(&y)));
    ck_assert_uint_eq(x.len, 3 * (size_t)36);
    ck_assert(!str_eq(str_slice(buf_str(&x), 0, 36), str_slice(buf_str(&x), 36, 72)));
    struct tenant *clone = tenant_clone(a);
    ck_assert_uint_eq(tenant_random(clone), tenant_random(b));
    ck_assert_uint_ne(tenant_random(clone), tenant_random(clone));
    buf_done(&x);
    buf_done(&y);
    tenant_free(a);
    tenant_free(b);
    tenant_free(clone);
}
END_TEST

START_TEST(clones_go_their_own_ways)
{
    struct tenant *a = fresh();
    const struct resource *code = &small.resources[CODE];
    const struct entity *e = small_put(a, CODE, "{\"id\":\"x\",\"name\":\"1\"}", 0);
    struct tenant *b = tenant_clone(a);
    ck_assert_ptr_eq(tenant_find(b, code, STR("x")), e); /* shared, not copied */
    small_put(b, CODE, "{\"id\":\"x\",\"name\":\"2\"}", 0);
    small_put(b, CODE, "{\"id\":\"y\",\"name\":\"1\"}", 0);
    ck_assert_ptr_eq(tenant_find(a, code, STR("x")), e);
    ck_assert_uint_eq(tenant_count(a, code), 1);
    struct tenant *c = tenant_clone(b);
    tenant_free(b);
    tenant_delete(a, code, STR("x"));
    ck_assert_uint_eq(tenant_count(c, code), 2);
    ck_text(tenant_find(c, code, STR("x"))->text, "{\"id\":\"x\",\"name\":\"2\"}");
    e = entity_hold(tenant_find(c, code, STR("x")));
    tenant_free(c);
    ck_text(e->text, "{\"id\":\"x\",\"name\":\"2\"}"); /* outlives its tenant */
    entity_drop(e);
    tenant_free(a);
    tenant_free(NULL);
    entity_drop(NULL);
}
END_TEST

/* The twin: codes by number, -1 where there is none. */
enum { CODES = 60, NAMES = 25, DIVISIONS = 3, KINDS = 4, STEPS = 4000 };

struct twin_code {
    bool is_there;
    uint64_t name, division, kind, age;
};
struct twin {
    struct twin_code at[CODES];
    uint64_t age;
};

static size_t twin_same(const struct twin *w, uint64_t name, uint64_t division)
{
    size_t i = 0;
    while (i < CODES &&
           !(w->at[i].is_there && w->at[i].name == name && w->at[i].division == division)) {
        i++;
    }
    return i;
}

static const char *code_json(struct buf *b, size_t id, const struct twin_code *c)
{
    buf_clear(b);
    buf_printf(b,
               "{\"id\":\"c%zu\",\"name\":\"%s%" PRIu64 "\",\"division\":{\"id\":\"d%" PRIu64
               "\"},\"kind\":%" PRIu64 "}",
               id, id % 2 ? "n" : "N", c->name, c->division, c->kind);
    return buf_cstr(b);
}

struct referrers {
    const struct twin *twin;
    uint64_t division, last_age;
    size_t n;
};

static bool check_referrer(const struct resource *from, const struct reference_rule *rule,
                           const struct entity *e, void *ctx)
{
    struct referrers *r = ctx;
    int64_t id = 0;
    ck_assert_ptr_eq(from, &small.resources[CODE]);
    ck_assert_ptr_eq(rule, &small.to_division);
    ck_assert(num_parse_i64(&id, str_slice(e->id, 1, e->id.len), 0, CODES));
    ck_assert_uint_eq(r->twin->at[id].division, r->division);
    ck_assert_uint_gt(e->age, r->last_age);
    r->last_age = e->age;
    r->n++;
    return true;
}

static void check_twin(const struct tenant *t, const struct twin *w)
{
    size_t n = 0, divisions[DIVISIONS] = {0}, kinds[KINDS] = {0};
    struct buf text = {0};
    for (size_t i = 0; i < CODES; i++) {
        const struct twin_code *c = &w->at[i];
        const char *json = code_json(&text, i, c);
        struct json value = parse(json);
        const struct entity *e =
            tenant_find(t, &small.resources[CODE], json_str(json_get(value, STR("id"))));
        ck_assert(c->is_there == (e != NULL));
        if (e) {
            ck_text(e->text, json);
            ck_assert_uint_eq(e->age, c->age);
            ck_assert_ptr_eq(tenant_find_unique(t, &small.resources[CODE], 0, value), e);
            n++;
            divisions[c->division]++;
            kinds[c->kind]++;
        }
    }
    ck_assert_uint_eq(tenant_count(t, &small.resources[CODE]), n);
    for (uint64_t i = 0; i < KINDS; i++) {
        struct twin_code c = {.kind = i};
        ck_assert_uint_eq(
            tenant_count_limit(t, &small.resources[CODE], 0, parse(code_json(&text, 0, &c))),
            kinds[i]);
    }
    for (uint64_t i = 0; i < DIVISIONS; i++) {
        struct referrers r = {.twin = w, .division = i};
        buf_clear(&text);
        buf_printf(&text, "d%" PRIu64, i);
        tenant_referrers(t, &small.resources[DIVISION], buf_str(&text), check_referrer, &r);
        ck_assert_uint_eq(r.n, divisions[i]);
    }
    buf_done(&text);
    arena_reset(&scratch);
}

static void step(struct tenant *t, struct twin *w, struct rng *rng)
{
    struct buf text = {0};
    size_t id = (size_t)rng_below(rng, CODES);
    struct twin_code c = {true, rng_below(rng, NAMES), rng_below(rng, DIVISIONS),
                          rng_below(rng, KINDS), w->at[id].age};
    const char *json = code_json(&text, id, &c);
    if (rng_below(rng, 3) == 0) {
        struct buf name = {0};
        buf_printf(&name, "c%zu", id);
        ck_assert(tenant_delete(t, &small.resources[CODE], buf_str(&name)) == w->at[id].is_there);
        w->at[id].is_there = false;
        buf_done(&name);
    } else {
        size_t same = twin_same(w, c.name, c.division);
        const struct entity *e = tenant_find_unique(t, &small.resources[CODE], 0, parse(json));
        ck_assert((same < CODES) == (e != NULL));
        if (same == CODES || same == id) {
            c.age = w->at[id].is_there ? c.age : ++w->age;
            small_put(t, CODE, json, 0);
            w->at[id] = c;
        }
    }
    buf_done(&text);
}

START_TEST(as_the_twin)
{
    uint64_t seed = (uint64_t)_i * 7919 + 5;
    struct rng rng;
    struct twin now = {0}, before = {0};
    struct tenant *t = fresh(), *old = fresh();
    printf("seed %" PRIu64 "\n", seed);
    rng_init(&rng, seed);
    for (size_t i = 0; i < STEPS; i++) {
        step(t, &now, &rng);
        if (i % 50 == 0) {
            check_twin(t, &now);
            check_twin(old, &before);
            tenant_free(old);
            old = t; /* the clone goes on, the source stands still; or the other way round */
            t = tenant_clone(t);
            if (rng_below(&rng, 2)) {
                struct tenant *other = old;
                old = t;
                t = other;
            }
            before = now;
        }
    }
    tenant_free(t);
    tenant_free(old);
}
END_TEST

enum { THREADS = 4, THREAD_STEPS = 300 };

static void *live(void *ctx)
{
    struct tenant *shared = ctx;
    const struct resource *code = &small.resources[CODE];
    for (int i = 0; i < THREAD_STEPS; i++) {
        tenant_lock_read(shared);
        struct tenant *own = tenant_clone(shared);
        const struct entity *e = entity_hold(tenant_first(shared, code));
        tenant_unlock(shared);
        tenant_lock_write(own);
        small_put(own, CODE, "{\"id\":\"1\",\"name\":\"mine\"}", i);
        tenant_delete(own, code, STR("2"));
        tenant_unlock(own);
        if (i % 16 == 0) {
            struct buf id = {0};
            tenant_lock_write(shared);
            tenant_next_id(shared, code, &id);
            small_put(shared, CODE, "{\"id\":\"1\",\"name\":\"shared\"}", i);
            tenant_unlock(shared);
            buf_done(&id);
        }
        ck_assert_ptr_null(tenant_find(own, code, STR("2")));
        ck_assert(e->text.len > 0);
        entity_drop(e);
        tenant_free(own);
    }
    return NULL;
}

START_TEST(threads_share_what_they_do_not_write)
{
    struct tenant *t = fresh();
    struct buf text = {0};
    for (int i = 1; i <= 200; i++) {
        buf_clear(&text);
        buf_printf(&text, "{\"id\":\"%d\",\"name\":\"n%d\",\"division\":{\"id\":\"d\"}}", i, i);
        small_put(t, CODE, buf_cstr(&text), 0);
    }
    buf_done(&text);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, live, t), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_uint_eq(tenant_count(t, &small.resources[CODE]), 200);
    tenant_free(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tenant");
    TCase *tc = tcase_create("tenant");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, text_is_canonical, 0, (int)(sizeof texts / sizeof *texts));
    tcase_add_test(tc, change_keeps_age_and_birth);
    tcase_add_loop_test(tc, unique_values_are_found, 0, (int)(sizeof uniques / sizeof *uniques));
    tcase_add_test(tc, limits_are_counted);
    tcase_add_test(tc, referrers_oldest_first);
    tcase_add_test(tc, a_walk_of_referrers_stops);
    tcase_add_test(tc, found_by_other_means);
    tcase_add_test(tc, chance_repeats);
    tcase_add_test(tc, clones_go_their_own_ways);
    tcase_add_loop_test(tc, as_the_twin, 0, 3);
    tcase_add_test(tc, threads_share_what_they_do_not_write);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
