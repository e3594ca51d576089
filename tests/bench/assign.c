/* The static proof: 5,000 agents × 200 queues × 500 codes, four channels, 100 skills. Every agent serves
 * every queue and no two hold the same skills: nothing is spared. Prints the best of the rounds and the
 * memory of floor and proof; the targets are 50 ms and 64 MiB. Usage: bench_assign [AGENTS QUEUES CODES]. */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 7, NEEDS = 100, CHANNELS = 4, KIB = 1024 };

static struct floor_rule rule;

static uint64_t *row(struct arena *a, size_t n, struct rng *rng, uint64_t of, uint64_t set)
{
    uint64_t *out = ARENA_ARRAY(a, assign_words(n) + 1, uint64_t);
    for (size_t i = 0; i < n; i++) {
        if (rng_below(rng, of) < set) {
            out[i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
    return out;
}

static struct assign_floor *make(struct arena *a, size_t agents, size_t queues, size_t codes)
{
    struct assign_floor *f = ARENA_NEW(a, struct assign_floor);
    struct rng rng;
    rng_init(&rng, 1);
    f->rule = &rule;
    f->n_agents = agents;
    f->n_queues = queues;
    f->n_codes = codes;
    f->n_needs = NEEDS;
    f->n_channels = CHANNELS;
    f->queue_words = assign_words(queues);
    f->code_words = assign_words(codes);
    f->need_words = assign_words(NEEDS);
    f->agents = ARENA_ARRAY(a, agents + 1, struct assign_agent);
    f->queues = ARENA_ARRAY(a, queues + 1, struct assign_queue);
    f->codes = ARENA_ARRAY(a, codes + 1, struct assign_code);
    for (size_t i = 0; i < agents; i++) {
        f->agents[i].serves = row(a, queues, &rng, 1, 1);
        f->agents[i].is.needs = row(a, NEEDS, &rng, 10, 9);
        f->agents[i].is.channels = UINT64_MAX >> (64 - CHANNELS);
    }
    for (size_t i = 0; i < queues; i++) {
        f->queues[i].codes = row(a, codes, &rng, 2, 1);
        f->queues[i].is.needs = row(a, NEEDS, &rng, 1, 0);
        f->queues[i].is.channels = UINT64_MAX >> (64 - CHANNELS);
    }
    for (size_t i = 0; i < codes; i++) {
        f->codes[i].is.needs = row(a, NEEDS, &rng, 200, 1);
        f->codes[i].is.channels = UINT64_MAX >> (64 - CHANNELS);
    }
    return f;
}

static size_t count_of(int argc, char **argv, int at, size_t otherwise)
{
    uint64_t n = otherwise;
    return argc > at && num_parse_u64(&n, str_of(argv[at]), 1, 1000000) ? (size_t)n : otherwise;
}

int main(int argc, char **argv)
{
    struct arena a, run;
    int64_t best = INT64_MAX;
    uint64_t usable = 0;
    size_t bytes = 0;
    arena_init(&a, 0, 0);
    struct assign_floor *f = make(&a, count_of(argc, argv, 1, 5000), count_of(argc, argv, 2, 200),
                                  count_of(argc, argv, 3, 500));
    for (int i = 0; i < ROUNDS; i++) {
        arena_init(&run, 0, 0);
        int64_t started = clock_monotonic_us();
        const struct assign_proof *p = sim_assign_prove(&run, f);
        int64_t took = clock_monotonic_us() - started;
        best = took < best ? took : best;
        usable = p->n_usable;
        bytes = a.used_bytes + run.used_bytes;
        arena_done(&run);
    }
    printf("assignment proof: %zu agents, %zu queues, %zu codes, %d channels: %.1f ms, %zu KiB, "
           "%llu usable\n",
           f->n_agents, f->n_queues, f->n_codes, CHANNELS, (double)best / 1000, bytes / KIB,
           (unsigned long long)usable);
    arena_done(&a);
    return EXIT_SUCCESS;
}
