/* The graph of dependencies: each kind of edge, chains, cycles, order; against a naive walk. */
#include "tests/unit/unit.h"

#include "small_contract.h"
#include "validator/graph.h"

#include <stdio.h>
#include <string.h>

/* Queues name queues, so that a graph of any form can be made. */
static struct tenant *queues(struct small_contract *small)
{
    small_contract_init(small);
    small->to_code_or_home[0].to = &small->resources[QUEUE];
    small->to_code_or_home[0].edge = EDGE_BREAKS;
    return tenant_new(&small->contract, STR("t"), 1);
}

static void put_queue(struct tenant *t, size_t id, const size_t *uses, size_t n)
{
    struct buf text = {0};
    buf_printf(&text, "{\"id\":\"%zu\",\"name\":\"q%zu\",\"codes\":[", id, id);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&text, "%s{\"id\":\"%zu\"}", i ? "," : "", uses[i]);
    }
    buf_put(&text, STR("]}"));
    (void)small_put(t, QUEUE, buf_cstr(&text), 0);
    buf_done(&text);
}

static uint32_t queue(const struct deps *g, const struct small_contract *small, size_t id)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%zu", id);
    return deps_find(g, &small->resources[QUEUE], str_of(text));
}

START_TEST(links_members_and_what_is_missing_become_edges)
{
    struct small_contract small;
    small_contract_init(&small);
    small.resources[DIVISION].name_field = &small.name;
    small.to_code_or_home[0].edge = EDGE_SILENCES;
    small.to_code_or_home[1].edge = EDGE_SHIFTS;
    small.link_ends[1].edge = EDGE_BREAKS;
    struct tenant *t = tenant_new(&small.contract, STR("t"), 1);
    (void)small_put(t, DIVISION, "{\"id\":\"d\",\"name\":\"North\"}", 0);
    (void)small_put(t, CODE, "{\"id\":\"c\",\"name\":\"Sale\",\"division\":{\"id\":\"d\"}}", 0);
    (void)small_put(t, QUEUE,
                    "{\"id\":\"7\",\"name\":\"Sales\",\"home\":\"North\",\"codes\":[{\"id\":\"x\"},"
                    "{\"id\":\"c\"}]}",
                    0);
    (void)small_put(t, LINK, "{\"queueId\":\"7\",\"codeId\":\"c\",\"id\":\"7/c\"}", 0);
    struct deps *g = deps_build(t);
    tenant_free(t); /* the graph keeps what it needs */
    uint32_t code = deps_find(g, &small.resources[CODE], STR("c"));
    uint32_t gone = deps_find(g, &small.resources[CODE], STR("x"));
    uint32_t north = deps_find_name(g, NULL, STR("North"), DEPS_NONE);
    ck_assert_uint_ne(code, DEPS_NONE);
    ck_assert(deps_node(g, gone)->is_missing && !deps_node(g, code)->is_missing);
    ck_assert_uint_eq(deps_node_count(g), 4);
    ck_assert_uint_eq(deps_edge_count(g), 5);
    ck_assert_uint_eq(deps_users_count(g, code), 2);
    ck_assert_uint_eq(deps_users_count(g, north), 2);
    const struct deps_edge *member = deps_user(g, code, 0), *link = deps_user(g, code, 1);
    ck_assert(str_eq(member->pointer, STR("codes[1].id")) && member->kind == EDGE_SILENCES);
    ck_assert(str_eq(link->pointer, STR("link")) && link->kind == EDGE_BREAKS);
    ck_assert_ptr_eq(link->link, &small.resources[LINK]);
    for (size_t i = 0; i < 2; i++) {
        const struct deps_edge *e = deps_user(g, north, i);
        ck_assert(e->is_by_name == (deps_node(g, e->from)->resource == &small.resources[QUEUE]));
    }
    struct arena a;
    struct deps_impact impact;
    arena_init(&a, 0, 0);
    deps_impact(g, north, DEPS_RENAMED, &a, &impact);
    ck_assert_uint_eq(impact.n, 1);
    ck_assert(str_eq(impact.hits[0].edge->pointer, STR("home")));
    deps_impact(g, north, DEPS_DELETED, &a, &impact);
    ck_assert_uint_eq(impact.n_direct, 2);
    ck_assert_uint_eq(impact.by_kind[EDGE_SHIFTS], 1);
    arena_done(&a);
    deps_free(g);
}
END_TEST

START_TEST(chains_go_on_behind_what_breaks)
{
    struct small_contract small;
    struct tenant *t = queues(&small);
    for (size_t i = 1; i <= 4; i++) { /* 4 → 3 → 2 → 1 */
        put_queue(t, i, (const size_t[]){i - 1}, i > 1 ? 1 : 0);
    }
    struct deps *g = deps_build(t);
    struct arena a;
    struct deps_impact impact;
    arena_init(&a, 0, 0);
    deps_impact(g, queue(g, &small, 1), DEPS_DELETED, &a, &impact);
    ck_assert_uint_eq(impact.n, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(impact.hits[i].edge->from, queue(g, &small, i + 2));
        ck_assert_uint_eq(impact.hits[i].depth, i + 1);
        ck_assert_uint_eq(impact.hits[i].by, i ? i - 1 : SIZE_MAX);
    }
    deps_free(g);
    small.to_code_or_home[0].edge = EDGE_SILENCES;
    g = deps_build(t);
    deps_impact(g, queue(g, &small, 1), DEPS_DELETED, &a, &impact);
    ck_assert_uint_eq(impact.n, 1); /* what falls silent breaks nobody else */
    deps_free(g);
    tenant_free(t);
    arena_done(&a);
}
END_TEST

START_TEST(cycles_are_found_and_nothing_else)
{
    struct small_contract small;
    struct tenant *t = queues(&small);
    put_queue(t, 1, (const size_t[]){2}, 1);
    put_queue(t, 2, (const size_t[]){3}, 1);
    put_queue(t, 3, (const size_t[]){1, 4}, 2);
    put_queue(t, 4, (const size_t[]){5}, 1);
    put_queue(t, 5, (const size_t[]){5}, 1);
    struct deps *g = deps_build(t);
    struct arena a;
    const uint32_t *at = NULL;
    arena_init(&a, 0, 0);
    ck_assert_uint_eq(deps_cycles(g, &a, &at), 2);
    ck_assert_uint_eq(at[0], queue(g, &small, 5)); /* whom one names comes first */
    ck_assert_uint_eq(at[1], DEPS_NONE);
    ck_assert_uint_eq(at[5], DEPS_NONE);
    deps_free(g);
    tenant_free(t);
    arena_done(&a);
}
END_TEST

enum { QUEUES = 40 };
struct naive {
    bool uses[QUEUES][QUEUES];
    bool reaches[QUEUES][QUEUES];
};

ALLOW_WRAP static uint64_t draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed >> 40;
}

static void random_graph(struct naive *n, struct tenant *t, uint64_t seed)
{
    memset(n, 0, sizeof *n);
    for (size_t i = 0; i < QUEUES; i++) {
        size_t uses[QUEUES], count = 0;
        for (size_t k = 0; k < QUEUES; k++) {
            if (draw(&seed) % 30 == 0) {
                uses[count++] = k;
                n->uses[i][k] = n->reaches[i][k] = true;
            }
        }
        put_queue(t, i, uses, count);
    }
    for (size_t via = 0; via < QUEUES; via++) {
        for (size_t i = 0; i < QUEUES; i++) {
            for (size_t k = 0; k < QUEUES; k++) {
                n->reaches[i][k] = n->reaches[i][k] || (n->reaches[i][via] && n->reaches[via][k]);
            }
        }
    }
}

static void compare_impact(const struct naive *n, const struct deps *g,
                           const struct small_contract *small, size_t of)
{
    struct arena a;
    struct deps_impact impact;
    bool is_hit[QUEUES] = {false};
    arena_init(&a, 0, 0);
    deps_impact(g, queue(g, small, of), DEPS_DELETED, &a, &impact);
    for (size_t i = 0; i < impact.n; i++) {
        const struct deps_hit *hit = &impact.hits[i];
        uint32_t cause =
            hit->by == SIZE_MAX ? queue(g, small, of) : impact.hits[hit->by].edge->from;
        ck_assert_uint_eq(hit->edge->to, cause);
        for (size_t k = 0; k < QUEUES; k++) {
            is_hit[k] = is_hit[k] || hit->edge->from == queue(g, small, k);
        }
    }
    for (size_t k = 0; k < QUEUES; k++) {
        ck_assert_msg(is_hit[k] == (k != of && n->reaches[k][of]), "%zu → %zu", k, of);
    }
    arena_done(&a);
}

START_TEST(random_graphs_agree_with_a_naive_walk)
{
    static struct naive n;
    struct small_contract small;
    struct tenant *t = queues(&small);
    uint32_t component[QUEUES], order[QUEUES], place[QUEUES];
    random_graph(&n, t, (uint64_t)_i * 7919 + 1);
    struct deps *g = deps_build(t);
    ck_assert_uint_eq(deps_node_count(g), QUEUES);
    (void)deps_components(g, component);
    deps_order(g, order);
    for (uint32_t i = 0; i < QUEUES; i++) {
        place[order[i]] = i;
    }
    for (size_t i = 0; i < QUEUES; i++) {
        compare_impact(&n, g, &small, i);
        for (size_t k = 0; k < QUEUES; k++) {
            uint32_t a = queue(g, &small, i), b = queue(g, &small, k);
            bool is_one = i == k || (n.reaches[i][k] && n.reaches[k][i]);
            ck_assert(is_one == (component[a] == component[b]));
            ck_assert(is_one || !n.uses[i][k] || place[b] < place[a]);
        }
    }
    deps_free(g);
    tenant_free(t);
}
END_TEST

/* --- from outside --- */

static const char *const head =
    "{\"format\":1,\"profile\":\"genesys-cloud\",\"name\":\"t\",\"resources\":{\"wrapupCode\":["
    "{\"id\":\"11111111-1111-4111-8111-111111111111\",\"name\":\"Sale\"}]},\"external\":[";

static const struct {
    const char *item;
    enum edge_kind kind;
    const char *type, *pointer;
    bool is_by_name, is_missing;
} outside[] = {
    {"{\"type\":\"report\",\"name\":\"Weekly\",\"uses\":[{\"to\":\"wrapupCode\",\"name\":\"Sale\","
     "\"at\":\"filter 2\"}]}",
     EDGE_SHOWS, "report", "filter 2", true, false},
    {"{\"type\":\"CRM map\",\"name\":\"M\",\"uses\":[{\"to\":\"wrapupCode\",\"name\":\"Sole\","
     "\"edge\":\"silences\"}]}",
     EDGE_SILENCES, "CRM map", "", true, true},
    {"{\"type\":\"genesyscloud_outbound_ruleset\",\"name\":\"Retry\",\"attributes\":{\"rules\":[{"
     "\"conditions\":[{\"codes\":[\"11111111-1111-4111-8111-111111111111\"]}]}]}}",
     EDGE_SILENCES, "outbound rule set", "rules[0].conditions[0].codes[0]", false, false},
    {"{\"type\":\"genesyscloud_outbound_wrapupcodemappings\",\"name\":\"all\",\"attributes\":{"
     "\"mappings\":[{\"wrapup_code_id\":\"11111111-1111-4111-8111-111111111111\"}]}}",
     EDGE_SHIFTS, "outbound wrap-up mappings", "mappings[0].wrapup_code_id", false, false},
};

static bool open_text(struct tenant **out, const struct contract *c, struct findings *fs,
                      const char *item, struct buf *text, struct err *err)
{
    const struct json_doc *doc = NULL;
    buf_put(text, str_of(head));
    buf_put(text, str_of(item));
    buf_put(text, STR("]}"));
    ck_assert_msg(json_parse(&doc, fs->arena, STR("t"), buf_str(text), NULL, fs, err), "%s",
                  err->msg);
    return tenant_load(out, c, json_root(doc), fs, err);
}

START_TEST(those_outside_are_users_too)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct contract *c = NULL;
    struct tenant *t = NULL;
    struct buf text = {0}, again = {0};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert(contract_open(&c, "genesys-cloud", NULL, 0, &fs, &err));
    ck_assert_msg(open_text(&t, c, &fs, outside[_i].item, &text, &err), "%s", err.msg);
    tenant_snapshot(&again, t);
    ck_assert(str_find(buf_str(&again), STR("\"external\"")) < again.len);
    struct deps *g = deps_build(t);
    ck_assert_uint_eq(deps_edge_count(g), 1);
    const struct deps_edge *e = deps_edge(g, 0);
    ck_assert_int_eq((int)e->kind, (int)outside[_i].kind);
    ck_assert(e->is_by_name == outside[_i].is_by_name);
    ck_assert(deps_node(g, e->to)->is_missing == outside[_i].is_missing);
    ck_assert(str_eq(deps_node(g, e->from)->type, str_of(outside[_i].type)));
    ck_assert(str_eq(e->pointer, str_of(outside[_i].pointer)));
    deps_free(g);
    tenant_free(t);
    contract_free(c);
    buf_done(&text);
    buf_done(&again);
    arena_done(&a);
}
END_TEST

static const char *const refused[] = {
    "7",
    "{}",
    "{\"type\":\"report\",\"name\":\"W\"}",
    "{\"type\":\"report\",\"name\":\"W\",\"uses\":{}}",
    "{\"type\":\"report\",\"name\":\"W\",\"uses\":[{\"to\":\"wrapupCode\"}]}",
    "{\"type\":\"report\",\"name\":\"W\",\"uses\":[{\"to\":\"wrapupcode\",\"id\":\"x\"}]}",
    "{\"type\":\"report\",\"name\":\"W\",\"uses\":[{\"to\":\"wrapupCode\",\"id\":\"x\",\"name\":"
    "\"x\"}]}",
    "{\"type\":\"report\",\"name\":\"W\",\"uses\":[{\"to\":\"wrapupCode\",\"id\":\"x\",\"edge\":"
    "\"hurts\"}]}",
    "{\"type\":\"report\",\"name\":\"W\",\"attributes\":{}}",
    "{\"type\":\"report\",\"name\":\"W\",\"uses\":[],\"colour\":1}",
};

START_TEST(what_says_nothing_of_use_is_refused)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct contract *c = NULL;
    struct tenant *t = NULL;
    struct buf text = {0};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert(contract_open(&c, "genesys-cloud", NULL, 0, &fs, &err));
    ck_assert(!open_text(&t, c, &fs, refused[_i], &text, &err));
    ck_assert_uint_gt(err.line, 0);
    contract_free(c);
    buf_done(&text);
    arena_done(&a);
}
END_TEST

int main(void)
{
    enum { GRAPHS = 25 };
    Suite *suite = suite_create("graph of dependencies");
    TCase *cases = tcase_create("graph");
    tcase_add_test(cases, links_members_and_what_is_missing_become_edges);
    tcase_add_test(cases, chains_go_on_behind_what_breaks);
    tcase_add_test(cases, cycles_are_found_and_nothing_else);
    tcase_add_loop_test(cases, random_graphs_agree_with_a_naive_walk, 0, GRAPHS);
    tcase_add_loop_test(cases, those_outside_are_users_too, 0, sizeof outside / sizeof *outside);
    tcase_add_loop_test(cases, what_says_nothing_of_use_is_refused, 0,
                        sizeof refused / sizeof *refused);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
