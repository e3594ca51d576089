/* Pages against a naive twin that filters and sorts an array, and what a table of cases says of
 * single filters, cursors and delays. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* "3: a b c+" : total, ids in order, '+' if there are more. */
static struct str page_words(const struct page *page)
{
    struct buf b;
    buf_init(&b, &scratch);
    buf_printf(&b, "%zu:", page->total);
    for (size_t i = 0; i < page->n; i++) {
        buf_printf(&b, " %.*s", STR_ARG(page->at[i]->id));
    }
    buf_put(&b, page->has_more ? STR("+") : STR(""));
    return buf_str(&b);
}

static struct str ask(struct tenant *t, const struct page_request *request)
{
    struct page page = {0};
    ck_assert(tenant_page(&page, &scratch, t, request));
    ck_assert(page.has_more == (page.next_cursor.s != NULL));
    return page_words(&page);
}

static struct tenant *with_codes(void)
{
    static const char *const codes[] = {
        "{\"id\":\"a\",\"name\":\"Sale\",\"division\":{\"id\":\"d1\"},\"rank\":10,\"flag\":true}",
        "{\"id\":\"b\",\"name\":\"sale, late\",\"division\":{\"id\":\"d2\"},\"rank\":9}",
        "{\"id\":\"c\",\"name\":\"No sale\",\"division\":{\"id\":\"d1\"},\"flag\":false}",
        "{\"id\":\"d\",\"name\":\" Salesman\",\"division\":{\"id\":\"d1\"},\"rank\":\"2\"}",
        "{\"id\":\"e\",\"rank\":-1.5}",
        "{\"id\":\"f\",\"name\":\"Saturn*\",\"division\":{\"id\":\"d2\"},\"rank\":\"x\"}",
    };
    struct tenant *t = tenant_new(&small.contract, STR("test"), 1);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        small_put(t, CODE, codes[i], 0);
    }
    return t;
}

enum field { F_NONE, F_ID, F_NAME, F_DIVISION, F_RANK, F_FLAG };
static const struct field_path *field_of(enum field f)
{
    const struct field_path *fields[] = {NULL,        &small.id,  &small.name, &small.division_id,
                                         &small.rank, &small.flag};
    return fields[f];
}

enum { EXACT, FOLDED }; /* FOLDED: case and blanks at the ends do not count */

static const struct row {
    size_t order;
    bool is_descending;
    enum field field;
    enum match_kind match;
    int fold;
    const char *value;
    size_t skip, take;
    const char *want;
} rows[] = {
    {ORDER_AGE, false, F_NONE, 0, 0, "", 0, 10, "6: a b c d e f"},
    {ORDER_AGE, true, F_NONE, 0, 0, "", 0, 2, "6: f e+"},
    {ORDER_NAME, false, F_NONE, 0, 0, "", 0, 10, "6: e c a b d f"},
    {ORDER_NAME, true, F_NONE, 0, 0, "", 1, 3, "6: d b a+"},
    {ORDER_NAME, true, F_NONE, 0, 0, "", 5, 3, "6: e"},
    {ORDER_NAME, true, F_NONE, 0, 0, "", 6, 3, "6:"},
    {ORDER_NAME, true, F_NONE, 0, 0, "", SIZE_MAX, SIZE_MAX, "6:"},
    {ORDER_NAME, false, F_NONE, 0, 0, "", 0, 0, "6:+"},
    {ORDER_NAME_BY_DIVISION, false, F_NONE, 0, 0, "", 0, 10, "6: e c a b d f"},
    {ORDER_RANK, false, F_NONE, 0, 0, "", 0, 10, "6: c e d b a f"}, /* absent, numbers, others */
    {ORDER_NAME, false, F_NAME, MATCH_EQUAL, EXACT, "Sale", 0, 10, "1: a"},
    {ORDER_NAME, false, F_NAME, MATCH_EQUAL, EXACT, "sale", 0, 10, "0:"},
    {ORDER_NAME, false, F_NAME, MATCH_EQUAL, FOLDED, "sALE ", 0, 10, "1: a"},
    {ORDER_NAME, false, F_NAME, MATCH_WILDCARD, FOLDED, "sale*", 0, 10, "3: a b d"},
    {ORDER_NAME, true, F_NAME, MATCH_WILDCARD, FOLDED, "sale*", 1, 1, "3: b+"},
    {ORDER_NAME, false, F_NAME, MATCH_WILDCARD, EXACT, "Sal*", 0, 10, "1: a"},
    {ORDER_NAME, false, F_NAME, MATCH_WILDCARD, FOLDED, "*sale", 0, 10, "2: c a"},
    {ORDER_NAME, false, F_NAME, MATCH_WILDCARD, FOLDED, "*sale*", 0, 10, "4: c a b d"},
    {ORDER_NAME, false, F_NAME, MATCH_WILDCARD, FOLDED, "*", 0, 10, "6: e c a b d f"},
    {ORDER_NAME, false, F_NAME, MATCH_WILDCARD, FOLDED, "**", 0, 10, "6: e c a b d f"},
    {ORDER_NAME, false, F_NAME, MATCH_WILDCARD, FOLDED, "s*e", 0, 10, "0:"},
    {ORDER_NAME, false, F_NAME, MATCH_WILDCARD, FOLDED, "saturn**", 0, 10, "1: f"},
    {ORDER_NAME, false, F_NAME, MATCH_PREFIX, FOLDED, "sat", 0, 10, "1: f"},
    {ORDER_NAME, false, F_NAME, MATCH_PREFIX, FOLDED, "s*", 0, 10, "0:"},
    {ORDER_NAME, false, F_NAME, MATCH_PREFIX, EXACT, " S", 0, 10, "1: d"},
    {ORDER_NAME, false, F_NAME, MATCH_CONTAINS, FOLDED, "ALE", 0, 10, "4: c a b d"},
    {ORDER_NAME, false, F_NAME, MATCH_CONTAINS, EXACT, "ale,", 0, 10, "1: b"},
    {ORDER_AGE, true, F_NAME, MATCH_PREFIX, FOLDED, "sale", 0, 10, "3: d b a"},
    {ORDER_NAME, false, F_DIVISION, MATCH_EQUAL, EXACT, "d1", 0, 10, "3: c a d"},
    {ORDER_NAME, true, F_DIVISION, MATCH_EQUAL, EXACT, "d1", 0, 2, "3: d a+"},
    {ORDER_NAME, false, F_DIVISION, MATCH_EQUAL, EXACT, "d3", 0, 10, "0:"},
    {ORDER_NAME, false, F_DIVISION, MATCH_EQUAL, FOLDED, "D1", 0, 10, "3: c a d"},
    {ORDER_AGE, false, F_DIVISION, MATCH_EQUAL, EXACT, "d2", 0, 10, "2: b f"},
    {ORDER_AGE, false, F_DIVISION, MATCH_IN, EXACT, "d2,d1", 0, 10, "5: a b c d f"},
    {ORDER_NAME, false, F_ID, MATCH_IN, EXACT, "f,a,nobody,a,", 0, 10, "2: a f"},
    {ORDER_AGE, true, F_ID, MATCH_IN, EXACT, "a,b,f", 1, 1, "3: b+"},
    {ORDER_AGE, false, F_ID, MATCH_IN, FOLDED, "A, B", 0, 10, "2: a b"},
    {ORDER_AGE, false, F_ID, MATCH_EQUAL, EXACT, "c", 0, 10, "1: c"},
    {ORDER_AGE, false, F_ID, MATCH_EQUAL, EXACT, "", 0, 10, "0:"},
    {ORDER_AGE, false, F_FLAG, MATCH_BOOL, EXACT, "TRUE", 0, 10, "1: a"},
    {ORDER_AGE, false, F_FLAG, MATCH_BOOL, EXACT, "false", 0, 10, "5: b c d e f"},
    {ORDER_AGE, false, F_FLAG, MATCH_BOOL, EXACT, "maybe", 0, 10, "0:"},
    {ORDER_RANK, false, F_RANK, MATCH_EQUAL, EXACT, "2", 0, 10, "1: d"},
    {ORDER_RANK, false, F_RANK, MATCH_EQUAL, EXACT, "2.0", 0, 10, "0:"}, /* texts are compared */
    {ORDER_RANK, false, F_RANK, MATCH_PREFIX, EXACT, "1", 0, 10, "1: a"},
};

START_TEST(one_filter)
{
    const struct row *row = &rows[_i];
    struct tenant *t = with_codes();
    struct filter_rule rule = {.field = field_of(row->field), .match = row->match};
    rule.fold = (struct fold){row->fold == FOLDED, row->fold == FOLDED};
    struct page_filter filter = {&rule, str_of(row->value)};
    struct page_request request = {.resource = &small.resources[CODE],
                                   .order = row->order,
                                   .is_descending = row->is_descending,
                                   .filters = &filter,
                                   .n_filters = row->field != F_NONE,
                                   .skip = row->skip,
                                   .take = row->take};
    struct str got = ask(t, &request);
    ck_assert_msg(str_eq(got, str_of(row->want)), "row %d: got %.*s, want %s", _i, STR_ARG(got),
                  row->want);
    tenant_free(t);
}
END_TEST

START_TEST(links_of_a_parent)
{
    struct tenant *t = with_codes();
    small_put(t, LINK, "{\"queueId\":\"1\",\"codeId\":\"c\"}", 0);
    small_put(t, LINK, "{\"queueId\":\"2\",\"codeId\":\"c\"}", 0);
    small_put(t, LINK, "{\"queueId\":\"1\",\"codeId\":\"a\"}", 0);
    small_put(t, LINK, "{\"queueId\":\"1\",\"codeId\":\"b\"}", 0);
    struct page_request request = {
        .resource = &small.resources[LINK], .parent_id = STR("1"), .take = 2};
    ck_assert(str_eq(ask(t, &request), STR("3: 1/c 1/a+")));
    request.is_descending = true;
    request.skip = 1;
    ck_assert(str_eq(ask(t, &request), STR("3: 1/a 1/c")));
    struct filter_rule rule = {.field = &small.code_id, .match = MATCH_EQUAL};
    struct page_filter filter = {&rule, STR("a")};
    request = (struct page_request){.resource = &small.resources[LINK],
                                    .parent_id = STR("1"),
                                    .filters = &filter,
                                    .n_filters = 1,
                                    .take = 2};
    ck_assert(str_eq(ask(t, &request), STR("1: 1/a")));
    request.parent_id = STR("3");
    ck_assert(str_eq(ask(t, &request), STR("0:")));
    tenant_free(t);
}
END_TEST

START_TEST(the_young_are_hidden)
{
    small.resources[CODE].visible_after_ms = 10;
    struct tenant *t = tenant_new(&small.contract, STR("test"), 1);
    small_put(t, CODE, "{\"id\":\"a\",\"name\":\"x\"}", 1000000);
    small_put(t, CODE, "{\"id\":\"b\",\"name\":\"y\"}", 1005000);
    struct page_request request = {
        .resource = &small.resources[CODE], .take = 10, .now_us = 1009999};
    ck_assert(str_eq(ask(t, &request), STR("0:")));
    request.now_us = 1010000;
    ck_assert(str_eq(ask(t, &request), STR("1: a")));
    small_put(t, CODE, "{\"id\":\"a\",\"name\":\"z\"}", 1010000); /* a change hides nothing */
    ck_assert(str_eq(ask(t, &request), STR("1: a")));
    request.now_us = 1015000;
    ck_assert(str_eq(ask(t, &request), STR("2: b a")));
    tenant_free(t);
}
END_TEST

START_TEST(cursors_of_others_are_refused)
{
    struct tenant *t = with_codes();
    struct page page = {0}, other = {0};
    struct page_request request = {.resource = &small.resources[CODE], .take = 2, .after = STR("")};
    ck_assert(tenant_page(&page, &scratch, t, &request));
    struct buf bad;
    buf_init(&bad, &scratch);
    buf_put(&bad, page.next_cursor);
    for (size_t i = 0; i < bad.len; i++) { /* any one character changed */
        char was = bad.s[i];
        bad.s[i] = was == 'A' ? 'B' : 'A';
        request.after = buf_str(&bad);
        ck_assert_msg(!tenant_page(&other, &scratch, t, &request), "at %zu", i);
        bad.s[i] = was;
    }
    for (size_t len = 1; len < bad.len; len++) { /* cut */
        request.after = (struct str){bad.s, len};
        ck_assert(!tenant_page(&other, &scratch, t, &request));
    }
    buf_put_char(&bad, 'A');
    request.after = buf_str(&bad);
    ck_assert(!tenant_page(&other, &scratch, t, &request));
    static const char *const rubbish[] = {"x", "%%%", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++) {
        request.after = str_of(rubbish[i]);
        ck_assert(!tenant_page(&other, &scratch, t, &request));
    }
    request.after = page.next_cursor;
    ck_assert(tenant_page(&other, &scratch, t, &request));
    request.order = ORDER_RANK; /* another list */
    ck_assert(!tenant_page(&other, &scratch, t, &request));
    request.order = 0;
    request.is_descending = true;
    ck_assert(!tenant_page(&other, &scratch, t, &request));
    tenant_free(t);
}
END_TEST

/* --- the twin --- */

enum { CODES = 400, ROUNDS = 3000, FILTERS_MAX = 3 };

struct twin_code {
    bool is_there;
    char id[24], name[16], division[16];
    int rank; /* -1: none */
    bool flag;
    uint64_t age;
};

struct twin_filter {
    enum field field;
    struct filter_rule rule;
    char value[24];
};

struct question {
    size_t order;
    bool is_descending;
    struct twin_filter filters[FILTERS_MAX];
    size_t n_filters, skip, take;
};

static struct twin_code codes[CODES];

static void put_code(struct tenant *t, struct twin_code *c, size_t i, struct rng *rng)
{
    struct buf b = {0};
    static const char *const ends[] = {"", "a", "B", "aB", "ab", " ", "A "};
    if (!c->is_there) {
        c->age = 0;
    }
    c->is_there = true;
    c->rank = (int)rng_below(rng, 12) - 1;
    c->flag = rng_below(rng, 2);
    buf_printf(&b, "%zu", i);
    (void)snprintf(c->id, sizeof c->id, "%zu", i);
    (void)snprintf(c->name, sizeof c->name, "%c%s%c%s", (int)('a' + (int)rng_below(rng, 3)),
                   ends[rng_below(rng, 5)], (int)('A' + (int)rng_below(rng, 3)),
                   ends[rng_below(rng, 7)]);
    (void)snprintf(c->division, sizeof c->division, "%c%d", rng_below(rng, 2) ? 'd' : 'D',
                   (int)rng_below(rng, 4));
    buf_clear(&b);
    buf_printf(&b, "{\"id\":\"%s\",\"name\":\"%s\",\"division\":{\"id\":\"%s\"},\"flag\":%s", c->id,
               c->name, c->division, c->flag ? "true" : "false");
    if (c->rank >= 0) {
        buf_printf(&b, ",\"rank\":%d", c->rank);
    }
    buf_put_char(&b, '}');
    const struct entity *e = small_put(t, CODE, buf_cstr(&b), 0);
    ck_assert(c->age == 0 || c->age == e->age);
    c->age = e->age;
    buf_done(&b);
}

static void put_any(struct tenant *t, size_t i, struct rng *rng)
{
    if (rng_below(rng, 4) == 0) {
        tenant_delete(t, &small.resources[CODE], str_of(codes[i].id));
        codes[i].is_there = false;
    } else {
        put_code(t, &codes[i], i, rng);
    }
}

static struct str lowered(struct str s, struct fold fold)
{
    s = fold.trims ? str_trim(s) : s;
    return fold.ignores_case ? str_lower(&scratch, s) : s;
}

static struct str value_of(const struct twin_code *c, enum field field)
{
    struct buf b;
    switch (field) {
    case F_ID:
        return str_of(c->id);
    case F_NAME:
        return str_of(c->name);
    case F_DIVISION:
        return str_of(c->division);
    case F_FLAG:
        return c->flag ? STR("true") : STR("false");
    case F_RANK:
        buf_init(&b, &scratch);
        buf_printf(&b, "%d", c->rank);
        return c->rank < 0 ? (struct str){0} : buf_str(&b);
    case F_NONE:
        break;
    }
    unreachable();
}

static bool twin_holds(const struct twin_code *c, const struct twin_filter *f)
{
    struct str text = value_of(c, f->field), want = str_of(f->value), one;
    struct fold fold = f->rule.fold;
    if (f->rule.match == MATCH_PRESENT) {
        return (text.s != NULL) == str_eq(want, STR("true"));
    }
    if (!text.s) {
        return false;
    }
    text = lowered(text, fold);
    switch (f->rule.match) {
    case MATCH_IN:
        while (str_cut(&want, ',', &one)) {
            if (str_eq(text, lowered(one, fold))) {
                return true;
            }
        }
        return false;
    case MATCH_CONTAINS_ANY:
        while (str_cut(&want, ',', &one)) {
            one = lowered(one, fold);
            if (one.len == 0 || str_find(text, one) < text.len) {
                return true;
            }
        }
        return false;
    case MATCH_PREFIX:
        return str_starts(text, lowered(want, fold));
    case MATCH_CONTAINS:
        want = lowered(want, fold);
        return want.len == 0 || str_find(text, want) < text.len;
    case MATCH_EQUAL:
    case MATCH_BOOL:
        return str_eq(text, lowered(want, fold));
    case MATCH_PRESENT:
    case MATCH_SINCE:
    case MATCH_UNTIL:
    case MATCH_WILDCARD:
        break;
    }
    unreachable(); /* not asked for at random, or answered above */
}

static int by_question(const void *a, const void *b, void *ctx)
{
    const struct question *q = ctx;
    const struct twin_code *x = *(const struct twin_code *const *)a;
    const struct twin_code *y = *(const struct twin_code *const *)b;
    struct fold fold = {true, true};
    int c = 0;
    if (q->order == ORDER_NAME || q->order == ORDER_NAME_BY_DIVISION) {
        c = str_cmp(lowered(str_of(x->name), fold), lowered(str_of(y->name), fold));
    } else if (q->order == ORDER_RANK) {
        c = (x->rank > y->rank) - (x->rank < y->rank);
    }
    c = c ? c : (x->age > y->age) - (x->age < y->age);
    return q->is_descending ? -c : c;
}

static size_t twin_list(const struct twin_code **out, const struct question *q)
{
    size_t n = 0;
    for (size_t i = 0; i < CODES; i++) {
        bool holds = codes[i].is_there;
        for (size_t k = 0; holds && k < q->n_filters; k++) {
            holds = twin_holds(&codes[i], &q->filters[k]);
        }
        if (holds) {
            out[n++] = &codes[i];
        }
    }
    qsort_r(out, n, sizeof(void *), by_question, (void *)(uintptr_t)q);
    return n;
}

/* As much of it as there is room for. */
static void add_value(struct twin_filter *f, struct str text)
{
    size_t at = strlen(f->value), room = sizeof f->value - 1 - at;
    text = str_slice(text, 0, room);
    if (text.len) {
        memcpy(f->value + at, text.s, text.len);
    }
    f->value[at + text.len] = '\0';
}

static void any_filter(struct twin_filter *f, struct rng *rng)
{
    static const enum match_kind kinds[] = {MATCH_EQUAL, MATCH_PREFIX, MATCH_CONTAINS, MATCH_IN,
                                            MATCH_CONTAINS_ANY, MATCH_PRESENT};
    const struct twin_code *c = &codes[rng_below(rng, CODES)];
    f->field = (enum field)(F_ID + (int)rng_below(rng, 5));
    f->rule.field = field_of(f->field);
    f->rule.match = f->field == F_FLAG ? MATCH_BOOL : kinds[rng_below(rng, 6)];
    f->rule.fold = (struct fold){rng_below(rng, 2), rng_below(rng, 2)};
    struct str value = value_of(c, f->field);
    bool is_part = f->rule.match == MATCH_PREFIX || f->rule.match == MATCH_CONTAINS ||
                   f->rule.match == MATCH_CONTAINS_ANY;
    size_t length = is_part ? (size_t)rng_below(rng, 4) : SIZE_MAX;
    f->value[0] = '\0';
    if (f->rule.match == MATCH_PRESENT) {
        add_value(f, rng_below(rng, 2) ? STR("true") : STR("false"));
        return;
    }
    add_value(f, str_slice(value, 0, length));
    if (f->rule.match == MATCH_IN || f->rule.match == MATCH_CONTAINS_ANY) {
        value = value_of(&codes[rng_below(rng, CODES)], f->field);
        add_value(f, STR(","));
        add_value(f, str_slice(value, 0, length));
    }
}

static void any_question(struct question *q, struct rng *rng)
{
    q->order = (size_t)rng_below(rng, ORDERS);
    q->is_descending = rng_below(rng, 2);
    q->skip = rng_below(rng, 3) ? 0 : (size_t)rng_below(rng, CODES);
    q->take = (size_t)rng_below(rng, 40);
    q->n_filters = (size_t)rng_below(rng, FILTERS_MAX + 1);
    for (size_t i = 0; i < q->n_filters; i++) {
        any_filter(&q->filters[i], rng);
    }
}

static void request_of(struct page_request *request, struct page_filter *filters,
                       const struct question *q)
{
    *request = (struct page_request){.resource = &small.resources[CODE],
                                     .order = q->order,
                                     .is_descending = q->is_descending,
                                     .filters = filters,
                                     .n_filters = q->n_filters,
                                     .skip = q->skip,
                                     .take = q->take};
    for (size_t i = 0; i < q->n_filters; i++) {
        filters[i] = (struct page_filter){&q->filters[i].rule, str_of(q->filters[i].value)};
    }
}

static struct operation operation; /* says which filters are kept ready */
static struct filter_rule kept[5];

static void twin_start(struct tenant **t, struct rng *rng, uint64_t seed, bool has_slots)
{
    rng_init(rng, seed);
    printf("seed %" PRIu64 "%s\n", seed, has_slots ? ", filters kept ready" : "");
    for (int f = 0; f < 5; f++) {
        kept[f].field = field_of((enum field)(F_ID + f));
    }
    operation =
        (struct operation){.resource = &small.resources[CODE], .filters = kept, .n_filters = 5};
    small.contract.operations = &operation;
    small.contract.n_operations = has_slots;
    small.resources[CODE].n_unique = 0; /* names may be equal */
    small.resources[CODE].members = small_members;
    *t = tenant_new(&small.contract, STR("twin"), seed);
    for (size_t i = 0; i < CODES; i++) {
        codes[i].is_there = false;
        put_code(*t, &codes[i], i, rng);
    }
}

START_TEST(as_the_twin)
{
    static const struct twin_code *want[CODES];
    struct rng rng;
    struct tenant *t;
    twin_start(&t, &rng, (uint64_t)_i * 7919 + 11, _i % 2);
    for (int round = 0; round < ROUNDS; round++) {
        struct question q = {0};
        struct page_request request;
        struct page_filter filters[FILTERS_MAX];
        struct page page = {0};
        any_question(&q, &rng);
        request_of(&request, filters, &q);
        size_t n = twin_list(want, &q), from = q.skip < n ? q.skip : n;
        size_t to = n - from < q.take ? n : from + q.take;
        ck_assert(tenant_page(&page, &scratch, t, &request));
        ck_assert_msg(page.total == n, "round %d: total %zu, want %zu", round, page.total, n);
        ck_assert_uint_eq(page.n, to - from);
        ck_assert(page.has_more == (to < n));
        for (size_t i = from; i < to; i++) {
            ck_assert_msg(str_eq(page.at[i - from]->id, str_of(want[i]->id)), "round %d at %zu",
                          round, i);
        }
        put_any(t, (size_t)rng_below(&rng, CODES), &rng);
        arena_reset(&scratch);
    }
    tenant_free(t);
}
END_TEST

/* Walks with cursors while entities come, go and change: what was there all the time, unchanged, is
 * seen exactly once, and the order holds. */
START_TEST(cursors_survive_changes)
{
    struct rng rng;
    struct tenant *t;
    twin_start(&t, &rng, (uint64_t)_i * 104729 + 13, _i % 2);
    for (int round = 0; round < ROUNDS / 30; round++) {
        static bool is_touched[CODES];
        static int seen[CODES];
        static const struct twin_code *stays[CODES];
        struct question q = {0};
        struct page_request request;
        struct page_filter filters[FILTERS_MAX];
        struct page page = {.next_cursor = STR(""), .has_more = true};
        any_question(&q, &rng);
        q.take = 1 + (size_t)rng_below(&rng, 30);
        request_of(&request, filters, &q);
        for (size_t i = 0; i < CODES; i++) {
            is_touched[i] = false;
            seen[i] = 0;
        }
        size_t n = twin_list(stays, &q);
        while (page.has_more) {
            request.after = page.next_cursor;
            ck_assert(tenant_page(&page, &scratch, t, &request));
            for (size_t i = 0; i < page.n; i++) {
                int64_t id = 0;
                ck_assert(num_parse_i64(&id, page.at[i]->id, 0, CODES - 1));
                seen[id]++;
            }
            for (int i = 0; i < 5; i++) {
                size_t touched = (size_t)rng_below(&rng, CODES);
                is_touched[touched] = true;
                put_any(t, touched, &rng);
            }
        }
        for (size_t i = 0; i < n; i++) {
            size_t id = (size_t)(stays[i] - codes);
            ck_assert_msg(is_touched[id] || seen[id] == 1, "round %d: %zu seen %d times", round, id,
                          seen[id]);
        }
        arena_reset(&scratch);
    }
    tenant_free(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page");
    TCase *tc = tcase_create("page");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, one_filter, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tc, links_of_a_parent);
    tcase_add_test(tc, the_young_are_hidden);
    tcase_add_test(tc, cursors_of_others_are_refused);
    tcase_add_loop_test(tc, as_the_twin, 0, 4);
    tcase_add_loop_test(tc, cursors_survive_changes, 0, 4);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
