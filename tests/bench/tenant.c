/* What does a tenant cost? The clone of the built-in one; then, with 1,000 and with 100,000 codes:
 * look-up, a change, a create with its delete, pages; load; memory. Each number is the best of the
 * rounds. Usage: bench_tenant [PROFILE [CODES]]. */
#include "model/model.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 7, CLONES = 1000, STEPS = 2000, SMALL = 1000, LARGE = 100000, PAGE = 25 };
enum cost { FIND, CHANGE, CREATE, PAGE_DEEP, PAGE_GROUP, PAGE_PREFIX, PAGE_SCAN, COSTS };

static const struct cost_row {
    const char *name;
    int steps;
} rows[COSTS] = {
    [FIND] = {"look-up by id", STEPS},
    [CHANGE] = {"change", STEPS},
    [CREATE] = {"create and delete", STEPS},
    [PAGE_DEEP] = {"page of 25 anywhere", STEPS},
    [PAGE_GROUP] = {"page of a group", STEPS},
    [PAGE_PREFIX] = {"page by prefix", STEPS},
    [PAGE_SCAN] = {"page by a part of the name (O(n))", 20},
};

struct bench {
    struct contract *contract;
    const struct resource *codes;
    struct tenant *t;
    struct arena arena, scratch;
    struct str *ids, *texts; /* of STEPS codes anywhere */
    size_t n;
    struct rng rng;
    struct filter_rule by_group, by_prefix, by_part;
    struct str group; /* a value of by_group */
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const struct err *err)
{
    char text[600];
    err_text(text, sizeof text, err);
    (void)fprintf(stderr, "bench_tenant: %s\n", text);
    exit(EXIT_FAILURE);
}

static struct json parse(struct arena *a, struct str text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    if (!json_parse(&doc, a, STR(""), text, NULL, NULL, &err)) {
        die(&err);
    }
    return json_root(doc);
}

static void page(struct bench *b, const struct filter_rule *rule, struct str value, size_t skip)
{
    struct page_filter filter = {rule, value};
    struct page_request request = {.resource = b->codes,
                                   .filters = &filter,
                                   .n_filters = rule != NULL,
                                   .skip = skip,
                                   .take = PAGE,
                                   .now_us = INT64_MAX / 2};
    struct page out;
    if (!tenant_page(&out, &b->scratch, b->t, &request)) {
        abort();
    }
}

/* The time of the step with its parsing; the mock parses too. */
static void step(struct bench *b, enum cost cost, size_t i)
{
    struct str id = b->ids[i % STEPS];
    switch (cost) {
    case FIND:
        if (!tenant_find(b->t, b->codes, id)) {
            abort();
        }
        return;
    case CHANGE:
        tenant_put(b->t, b->codes, parse(&b->scratch, b->texts[i % STEPS]), 2, 0);
        break;
    case CREATE: {
        struct str text = b->texts[i % STEPS];
        if (!tenant_delete(b->t, b->codes, id)) {
            abort();
        }
        tenant_put(b->t, b->codes, parse(&b->scratch, text), 1, 0);
        break;
    }
    case PAGE_DEEP:
        page(b, NULL, STR(""), (size_t)rng_below(&b->rng, b->n));
        break;
    case PAGE_GROUP:
        page(b, &b->by_group, b->group, (size_t)rng_below(&b->rng, b->n / 10));
        break;
    case PAGE_PREFIX:
        page(b, &b->by_prefix, STR("cla"), 0);
        break;
    case PAGE_SCAN:
        page(b, &b->by_part, STR("credit"), 0);
        break;
    case COSTS:
        abort();
    }
    arena_reset(&b->scratch);
}

static double measure(struct bench *b, enum cost cost)
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = now_ns();
        for (int i = 0; i < rows[cost].steps; i++) {
            step(b, cost, (size_t)i);
        }
        double each = (double)(now_ns() - start) / rows[cost].steps;
        best = each < best ? each : best;
    }
    return best;
}

/* Filters as the profile would have them: on the order's group, and on the name. */
static void find_rules(struct bench *b)
{
    const struct order_rule *first = &b->codes->orders[0];
    for (size_t i = 0; i < b->codes->n_orders; i++) {
        if (b->codes->orders[i].group) {
            b->by_group = (struct filter_rule){.field = b->codes->orders[i].group};
        }
    }
    const struct field_path *name = first->field ? first->field : b->codes->name_field;
    b->by_prefix = (struct filter_rule){.field = name, .match = MATCH_PREFIX, .fold = first->fold};
    b->by_part = (struct filter_rule){.field = name, .match = MATCH_CONTAINS, .fold = first->fold};
}

static void choose(struct bench *b)
{
    struct page_request all = {.resource = b->codes, .take = SIZE_MAX, .now_us = INT64_MAX / 2};
    struct page everything;
    struct arena a;
    arena_init(&a, 0, 0);
    if (!tenant_page(&everything, &a, b->t, &all) || everything.n == 0) {
        abort();
    }
    b->ids = ARENA_ARRAY(&b->arena, STEPS, struct str);
    b->texts = ARENA_ARRAY(&b->arena, STEPS, struct str);
    b->n = everything.n;
    for (size_t i = 0; i < STEPS; i++) { /* a permutation, as far as there are enough */
        size_t place = (i * 7919 + 13) % b->n;
        b->ids[i] = str_copy(&b->arena, everything.at[place]->id);
        b->texts[i] = str_copy(&b->arena, everything.at[place]->text);
    }
    if (b->by_group.field) {
        struct json value = field_find(b->by_group.field, parse(&b->arena, b->texts[1]));
        b->group = json_str_or(value, STR("*"));
    }
    arena_done(&a);
}

static void load(struct bench *b, size_t n)
{
    struct generate_options options = {.seed = 1, .codes = n, .queues = n / 100 + 1};
    struct buf text = {0};
    struct arena a;
    struct findings fs;
    struct err err = {0};
    int64_t start = now_ns();
    if (!tenant_generate(&text, b->contract, &options, &err)) {
        die(&err);
    }
    int64_t made = now_ns();
    arena_init(&a, 1 << 20, 0);
    findings_init(&fs, &a);
    if (!tenant_load(&b->t, b->contract, parse(&a, buf_str(&text)), &fs, &err)) {
        die(&err);
    }
    int64_t loaded = now_ns();
    buf_done(&text);
    arena_done(&a);
    (void)malloc_trim(0);
    size_t with = mallinfo2().uordblks + mallinfo2().hblkhd;
    choose(b);
    (void)printf("%zu codes: made up in %.2f s, read in %.2f s, %.1f MB in memory\n", b->n,
                 (double)(made - start) / 1e9, (double)(loaded - made) / 1e9, (double)with / 1e6);
}

static void bench_clone(struct bench *b)
{
    struct tenant *clones[CLONES];
    double best = 1e18, best_write = 1e18;
    struct json code;
    choose(b);
    code = parse(&b->arena, b->texts[0]);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = now_ns();
        for (int i = 0; i < CLONES; i++) {
            clones[i] = tenant_clone(b->t);
        }
        int64_t cloned = now_ns();
        for (int i = 0; i < CLONES; i++) {
            tenant_put(clones[i], b->codes, code, 2, 0);
        }
        int64_t written = now_ns();
        for (int i = 0; i < CLONES; i++) {
            tenant_free(clones[i]);
        }
        best = (double)(cloned - start) < best ? (double)(cloned - start) : best;
        best_write =
            (double)(written - start) < best_write ? (double)(written - start) : best_write;
    }
    (void)printf("clone_acme_ms: %.5f (target 1.0)\n", best / CLONES / 1e6);
    (void)printf("clone_and_first_write_acme_ms: %.5f\n", best_write / CLONES / 1e6);
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    struct err err = {0};
    struct findings fs;
    double costs[2][COSTS] = {{0}};
    size_t sizes[2] = {SMALL, argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : LARGE};
    arena_init(&b.arena, 0, 0);
    arena_init(&b.scratch, 0, 0);
    findings_init(&fs, &b.arena);
    rng_init(&b.rng, 1);
    if (!contract_open(&b.contract, argc > 1 ? argv[1] : "genesys-cloud", NULL, 0, &fs, &err)) {
        die(&err);
    }
    b.codes = &b.contract->resources[0];
    find_rules(&b);
    if (!tenant_open(&b.t, b.contract, "acme", &fs, &err)) {
        die(&err);
    }
    bench_clone(&b);
    tenant_free(b.t);
    for (int i = 0; i < 2; i++) {
        load(&b, sizes[i]);
        for (int c = 0; c < COSTS; c++) {
            bool has_it = c != PAGE_GROUP || b.by_group.field;
            costs[i][c] = has_it ? measure(&b, (enum cost)c) : 0;
        }
        tenant_free(b.t);
    }
    (void)printf("%-36s %12s %12s %8s\n", "us each", "1,000", argc > 2 ? argv[2] : "100,000",
                 "ratio");
    for (int c = 0; c < COSTS; c++) {
        (void)printf("%-36s %12.3f %12.3f %8.2f\n", rows[c].name, costs[0][c] / 1e3,
                     costs[1][c] / 1e3, costs[0][c] > 0 ? costs[1][c] / costs[0][c] : 0);
    }
    contract_free(b.contract);
    arena_done(&b.arena);
    arena_done(&b.scratch);
    return EXIT_SUCCESS;
}
