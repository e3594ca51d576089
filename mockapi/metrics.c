/* Per operation a few slots, each for one status: statuses are few, and a slot is claimed by the
 * first request that ends with it. What finds no slot is counted as "other". */
#include "mockapi/metrics.h"

#include "mockapi/fault.h"

enum { SLOTS = 12, STATUS_FREE = 0, STATUS_LOST = -1, BOUNDS = 15 };

/* Upper bounds of the histogram's buckets, µs; behind them one without end. */
static const int64_t bounds_us[BOUNDS] = {50,     100,    250,    500,     1000,
                                          2500,   5000,   10000,  25000,   50000,
                                          100000, 250000, 500000, 1000000, 5000000};

struct slot {
    atomic_int status;
    atomic_uint_fast64_t n;
};

struct metrics {
    const struct contract *contract; /* borrowed from the site */
    struct slot *slots;              /* SLOTS an operation; behind them those of no operation */
    atomic_uint_fast64_t others;
    atomic_uint_fast64_t buckets[BOUNDS + 1], sum_us, injected_ms, faults;
    atomic_uint_fast64_t *limited; /* by rate rule */
};

struct metrics *metrics_new(const struct contract *contract)
{
    struct metrics *m = MEM_NEW(struct metrics);
    m->contract = contract;
    m->slots = MEM_ARRAY((contract->n_operations + 1) * SLOTS, struct slot);
    m->limited = MEM_ARRAY(contract->n_rates + 1, atomic_uint_fast64_t);
    return m;
}

void metrics_free(struct metrics *m)
{
    if (m) {
        mem_free(m->slots);
        mem_free(m->limited);
        mem_free(m);
    }
}

static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
    (void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* The counter of the status among an operation's; NULL where all slots are taken. */
static atomic_uint_fast64_t *slot_of(struct slot *slots, int status)
{
    for (size_t i = 0; i < SLOTS; i++) {
        int there = atomic_load_explicit(&slots[i].status, memory_order_relaxed);
        if (there == STATUS_FREE) {
            /* on failure `there` is what another thread has just claimed it for */
            (void)atomic_compare_exchange_strong(&slots[i].status, &there, status);
            there = there == STATUS_FREE ? status : there;
        }
        if (there == status) {
            return &slots[i].n;
        }
    }
    return NULL;
}

static bool is_lost(const struct request *rq)
{
    return rq->reply.status <= 0 || (rq->fault && (rq->fault->close == FAULT_CLOSE_BEFORE ||
                                                   rq->fault->close == FAULT_CLOSE_AFTER));
}

void metrics_count(struct metrics *m, const struct request *rq, int64_t latency_us)
{
    const struct contract *c = m->contract;
    size_t op = rq->op ? rq->op->index : c->n_operations, bucket = 0;
    atomic_uint_fast64_t *n =
        slot_of(&m->slots[op * SLOTS], is_lost(rq) ? STATUS_LOST : rq->reply.status);
    add(n ? n : &m->others, 1);
    while (bucket < BOUNDS && latency_us > bounds_us[bucket]) {
        bucket++;
    }
    add(&m->buckets[bucket], 1);
    add(&m->sum_us, latency_us > 0 ? (uint64_t)latency_us : 0);
    if (rq->fault) {
        add(&m->faults, 1);
    }
    if (rq->fault && rq->fault->latency_ms > 0) {
        add(&m->injected_ms, (uint64_t)rq->fault->latency_ms);
    }
    if (rq->rate.rule && rq->rate.is_passed) {
        add(&m->limited[rq->rate.rule - c->rates], 1);
    }
}

void metrics_put_operations(struct buf *out, const struct metrics *m, struct str site)
{
    const struct contract *c = m->contract;
    for (size_t i = 0; i <= c->n_operations; i++) {
        struct str op = i < c->n_operations ? c->operations[i].id : STR("");
        for (size_t k = 0; k < SLOTS; k++) {
            const struct slot *s = &m->slots[i * SLOTS + k];
            int status = atomic_load_explicit(&s->status, memory_order_relaxed);
            if (status == STATUS_FREE) {
                break;
            }
            buf_printf(out, "rehearse_operation_requests_total{site=\"%.*s\",operation=\"%.*s\",",
                       STR_ARG(site), STR_ARG(op));
            if (status == STATUS_LOST) {
                buf_put(out, STR("status=\"lost\"} "));
            } else {
                buf_printf(out, "status=\"%d\"} ", status);
            }
            buf_printf(out, "%llu\n", (unsigned long long)load(&s->n));
        }
    }
    if (load(&m->others)) {
        buf_printf(out,
                   "rehearse_operation_requests_total{site=\"%.*s\",operation=\"\",status="
                   "\"other\"} %llu\n",
                   STR_ARG(site), (unsigned long long)load(&m->others));
    }
}

static void put_seconds(struct buf *out, uint64_t us)
{
    buf_printf(out, "%llu.%06llu", (unsigned long long)(us / (uint64_t)US_PER_S),
               (unsigned long long)(us % (uint64_t)US_PER_S));
}

void metrics_put_durations(struct buf *out, const struct metrics *m, struct str site)
{
    uint64_t below = 0;
    for (size_t i = 0; i <= BOUNDS; i++) {
        below += load(&m->buckets[i]);
        buf_printf(out, "rehearse_request_duration_seconds_bucket{site=\"%.*s\",le=\"",
                   STR_ARG(site));
        if (i < BOUNDS) {
            put_seconds(out, (uint64_t)bounds_us[i]);
        } else {
            buf_put(out, STR("+Inf"));
        }
        buf_printf(out, "\"} %llu\n", (unsigned long long)below);
    }
    buf_printf(out, "rehearse_request_duration_seconds_sum{site=\"%.*s\"} ", STR_ARG(site));
    put_seconds(out, load(&m->sum_us));
    buf_printf(out, "\nrehearse_request_duration_seconds_count{site=\"%.*s\"} %llu\n",
               STR_ARG(site), (unsigned long long)below);
}

void metrics_put_limits(struct buf *out, const struct metrics *m, struct str site)
{
    for (size_t i = 0; i < m->contract->n_rates; i++) {
        buf_printf(out, "rehearse_rate_limited_total{site=\"%.*s\",rule=\"%.*s\"} %llu\n",
                   STR_ARG(site), STR_ARG(m->contract->rates[i].name),
                   (unsigned long long)load(&m->limited[i]));
    }
}

struct metrics_sums metrics_sum(const struct metrics *m)
{
    struct metrics_sums sums = {.faults = load(&m->faults),
                                .injected_ms = load(&m->injected_ms),
                                .duration_us = load(&m->sum_us)};
    for (size_t i = 0; i <= BOUNDS; i++) {
        sums.requests += load(&m->buckets[i]);
    }
    for (size_t i = 0; i < (m->contract->n_operations + 1) * SLOTS; i++) {
        int digit = atomic_load_explicit(&m->slots[i].status, memory_order_relaxed) / 100;
        sums.by_class[digit >= 1 && digit <= 5 ? digit : 0] += load(&m->slots[i].n);
    }
    return sums;
}
