/* Counters of one profile, shared with its sessions: requests by operation and status, how long they
 * took, refusals by rate rule. Atomics alone: counting takes no lock; any thread. Private to
 * mockapi/. */
#ifndef REHEARSE_MOCKAPI_METRICS_H
#define REHEARSE_MOCKAPI_METRICS_H

#include "mockapi/request.h"

#include <stdatomic.h>

struct metrics;

/* What the whole server counts. */
struct traffic {
    atomic_uint_fast64_t connections; /* that were opened */
    atomic_int_fast64_t open;         /* of them, now */
    atomic_uint_fast64_t tls_faults;  /* handshakes that were shown a wrong certificate */
};

struct metrics *metrics_new(const struct contract *contract);
void metrics_free(struct metrics *m);
/* Counts a finished request. */
void metrics_count(struct metrics *m, const struct request *rq, int64_t latency_us);

/* Appends the samples of one kind, a line each: in the text format of Prometheus all sites' samples of
 * a metric stand together, so each is asked for in turn. `site` is the label's value, escaped. */
void metrics_put_operations(struct buf *out, const struct metrics *m, struct str site);
void metrics_put_durations(struct buf *out, const struct metrics *m, struct str site);
void metrics_put_limits(struct buf *out, const struct metrics *m, struct str site);
/* All operations together; by_class[0]: the client saw no answer. */
struct metrics_sums {
    uint64_t requests, by_class[6], faults, injected_ms, duration_us;
};
struct metrics_sums metrics_sum(const struct metrics *m);

#endif
