/* What does the graph of dependencies cost? 150,000 entities that name each other a million times at random:
 * building it, the impact of one delete that reaches almost all, components and order. Best of the rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/unit/small_contract.h"
#include "validator/validator.h"

enum { MOST_MS = 50, ROUNDS = 5, NODES = 150000, EDGES = 1000000, EACH = EDGES / NODES + 1 };
enum { BUILD, IMPACT, COMPONENTS, ORDER, COSTS };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

ALLOW_WRAP static uint64_t draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed >> 33;
}

static struct tenant *fill(struct small_contract *small)
{
    struct buf text = {0};
    uint64_t seed = 1;
    small_contract_init(small);
    small->to_code_or_home[0].to = &small->resources[QUEUE];
    small->to_code_or_home[0].edge = EDGE_BREAKS;
    struct tenant *t = tenant_new(&small->contract, STR("bench"), 1);
    for (size_t i = 0; i < NODES; i++) {
        buf_clear(&text);
        buf_printf(&text, "{\"id\":\"%zu\",\"name\":\"queue %zu\",\"codes\":[", i, i);
        for (size_t k = 0; k < EACH; k++) {
            buf_printf(&text, "%s{\"id\":\"%llu\"}", k ? "," : "",
                       (unsigned long long)(draw(&seed) % NODES));
        }
        buf_put(&text, STR("]}"));
        (void)small_put(t, QUEUE, buf_cstr(&text), 0);
    }
    buf_done(&text);
    return t;
}

static void note(double *best, double from)
{
    double took = now_ms() - from;
    *best = *best <= 0 || took < *best ? took : *best;
}

int main(void)
{
    static const char *const names[COSTS] = {"build", "impact of one delete", "components",
                                             "order"};
    double best[COSTS] = {0};
    struct small_contract small;
    struct tenant *t = fill(&small);
    size_t edges = 0, hits = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena a;
        struct deps_impact impact;
        arena_init(&a, 1 << 20, 0);
        double from = now_ms();
        struct deps *g = deps_build(t);
        note(&best[BUILD], from);
        from = now_ms();
        deps_impact(g, deps_find(g, &small.resources[QUEUE], STR("7")), DEPS_DELETED, &a, &impact);
        note(&best[IMPACT], from);
        uint32_t *numbers = ARENA_ARRAY(&a, deps_node_count(g) + 1, uint32_t);
        from = now_ms();
        (void)deps_components(g, numbers);
        note(&best[COMPONENTS], from);
        from = now_ms();
        deps_order(g, numbers);
        note(&best[ORDER], from);
        edges = deps_edge_count(g);
        hits = impact.n;
        deps_free(g);
        arena_done(&a);
    }
    printf("graph of %d entities, %zu edges; a delete reaches %zu\n", NODES, edges, hits);
    for (int i = 0; i < COSTS; i++) {
        printf("  %-24s %9.2f ms", names[i], best[i]);
        if (i == IMPACT) {
            printf("  (target: at most 50)%s", best[i] <= MOST_MS ? "" : "  MISS");
        }
        putchar('\n');
    }
    tenant_free(t);
    return EXIT_SUCCESS;
}
