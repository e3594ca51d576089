/* Counters in the text format of Prometheus: one table of metrics, each with the function that
 * appends its samples. docs/metrics.md says what each means. */
#include "mockapi/admin_int.h"

#include "mockapi/hooks.h"
#include "mockapi/journal_file.h"
#include "mockapi/store.h"
#include "mockapi/stream.h"

static void put_sample(struct buf *out, const char *name, const struct site *s, const char *label,
                       const char *value, uint64_t amount)
{
    buf_printf(out, "rehearse_%s{site=\"%.*s\"", name, STR_ARG(s->name));
    if (label) {
        buf_printf(out, ",%s=\"%s\"", label, value);
    }
    buf_printf(out, "} %llu\n", (unsigned long long)amount);
}

static void put_number(struct buf *out, const char *name, uint64_t amount)
{
    buf_printf(out, "rehearse_%s %llu\n", name, (unsigned long long)amount);
}

static void put_build(struct buf *out, const struct admin *admin)
{
    (void)admin;
    buf_put(out, STR("rehearse_build_info{version=\"" REHEARSE_VERSION "\"} 1\n"));
}

static void put_up(struct buf *out, const struct admin *admin)
{
    int64_t up_us = clock_monotonic_us() - admin->started_us;
    buf_printf(out, "rehearse_up_seconds %lld.%06lld\n", (long long)(up_us / US_PER_S),
               (long long)(up_us % US_PER_S));
}

static void put_requests(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        const struct site *s = admin->sites[i];
        put_sample(out, "requests_total", s, NULL, "", metrics_sum(s->metrics).requests);
    }
}

static void put_responses(struct buf *out, const struct admin *admin)
{
    static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    for (size_t i = 0; i < admin->n_sites; i++) {
        struct metrics_sums sums = metrics_sum(admin->sites[i]->metrics);
        for (size_t k = 0; k < sizeof classes / sizeof *classes; k++) {
            put_sample(out, "responses_total", admin->sites[i], "status", classes[k],
                       sums.by_class[k]);
        }
    }
}

static void put_operations(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        metrics_put_operations(out, admin->sites[i]->metrics, admin->sites[i]->name);
    }
}

static void put_durations(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        metrics_put_durations(out, admin->sites[i]->metrics, admin->sites[i]->name);
    }
}

static void put_microseconds(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        const struct site *s = admin->sites[i];
        put_sample(out, "request_microseconds_total", s, NULL, "",
                   metrics_sum(s->metrics).duration_us);
    }
}

static void put_injected(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        const struct site *s = admin->sites[i];
        uint64_t ms = metrics_sum(s->metrics).injected_ms;
        buf_printf(out, "rehearse_injected_latency_seconds_total{site=\"%.*s\"} %llu.%03llu\n",
                   STR_ARG(s->name), (unsigned long long)(ms / 1000),
                   (unsigned long long)(ms % 1000));
    }
}

static void put_faults(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        const struct site *s = admin->sites[i];
        put_sample(out, "faults_total", s, NULL, "", metrics_sum(s->metrics).faults);
    }
}

static void put_fault_hits(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        faults_put_metrics(out, admin->sites[i]->faults, admin->sites[i]->name, false);
    }
}

static void put_fault_matches(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        faults_put_metrics(out, admin->sites[i]->faults, admin->sites[i]->name, true);
    }
}

static void put_limits(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        metrics_put_limits(out, admin->sites[i]->metrics, admin->sites[i]->name);
    }
}

static struct token_counts token_counts(struct site *s)
{
    return tokens_count(s->tokens, clock_now_us(&s->clock));
}

static void put_tokens(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        struct site *s = admin->sites[i];
        struct token_counts n = token_counts(s);
        put_sample(out, "tokens", s, "state", "good", n.good);
        put_sample(out, "tokens", s, "state", "expired", n.expired);
        put_sample(out, "tokens", s, "state", "revoked", n.revoked);
    }
}

static void put_tokens_made(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        struct site *s = admin->sites[i];
        put_sample(out, "tokens_issued_total", s, NULL, "", token_counts(s).made);
    }
}

static void put_sessions(struct buf *out, const struct admin *admin)
{
    put_number(out, "sessions", admin->sessions ? sessions_count(admin->sessions) : 0);
}

static void put_journal_bytes(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        struct site *s = admin->sites[i];
        put_sample(out, "journal_bytes", s, NULL, "", journal_stats(s->journal).bytes);
    }
}

static void put_journal_dropped(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        struct site *s = admin->sites[i];
        put_sample(out, "journal_dropped_total", s, NULL, "", journal_stats(s->journal).dropped);
    }
}

static void put_file_dropped(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_journals; i++) {
        buf_printf(out, "rehearse_journal_file_dropped_total{file=\"%zu\"} %llu\n", i + 1,
                   (unsigned long long)journal_file_dropped(admin->journals[i]));
    }
}

static void put_store_queue(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        struct site *s = admin->sites[i];
        if (s->store) {
            struct store_counts n = store_count(s->store);
            put_sample(out, "store_queue", s, NULL, "", n.queued - n.done);
        }
    }
}

static void put_store_changes(struct buf *out, const struct admin *admin)
{
    for (size_t i = 0; i < admin->n_sites; i++) {
        struct site *s = admin->sites[i];
        if (s->store) {
            put_sample(out, "store_changes_total", s, NULL, "", store_count(s->store).done);
        }
    }
}

static void put_hooks(struct buf *out, const struct admin *admin)
{
    struct hook_counts n = admin->hooks ? hooks_count(admin->hooks) : (struct hook_counts){0};
    const struct {
        const char *state;
        uint64_t n;
    } rows[] = {{"delivered", n.delivered}, {"failed", n.failed}, {"refused", n.refused}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_printf(out, "rehearse_webhooks_total{state=\"%s\"} %llu\n", rows[i].state,
                   (unsigned long long)rows[i].n);
    }
}

static void put_hook_attempts(struct buf *out, const struct admin *admin)
{
    put_number(out, "webhook_attempts_total",
               admin->hooks ? hooks_count(admin->hooks).attempts : 0);
}

static void put_hook_queue(struct buf *out, const struct admin *admin)
{
    put_number(out, "webhook_queue", admin->hooks ? hooks_count(admin->hooks).waiting : 0);
}

static void put_streams(struct buf *out, const struct admin *admin)
{
    put_number(out, "streams", admin->streams ? streams_count(admin->streams) : 0);
}

static void put_connections(struct buf *out, const struct admin *admin)
{
    int64_t open = admin->traffic ? atomic_load(&admin->traffic->open) : 0;
    put_number(out, "connections", open > 0 ? (uint64_t)open : 0);
}

static void put_connections_total(struct buf *out, const struct admin *admin)
{
    put_number(out, "connections_total",
               admin->traffic ? atomic_load(&admin->traffic->connections) : 0);
}

static void put_tls_faults(struct buf *out, const struct admin *admin)
{
    put_number(out, "tls_faults_total",
               admin->traffic ? atomic_load(&admin->traffic->tls_faults) : 0);
}

static const struct metric {
    const char *name, *kind, *help;
    void (*put)(struct buf *out, const struct admin *admin);
} metrics[] = {
    {"build_info", "gauge", "The version that runs.", put_build},
    {"up_seconds", "gauge", "Time since the start.", put_up},
    {"connections", "gauge", "Connections that are open.", put_connections},
    {"connections_total", "counter", "Connections that were opened.", put_connections_total},
    {"tls_faults_total", "counter", "Handshakes that were shown a wrong certificate.",
     put_tls_faults},
    {"sessions", "gauge", "Sessions that there are.", put_sessions},
    {"requests_total", "counter", "Requests that were answered or broken off.", put_requests},
    {"responses_total", "counter", "Answers by class of status; none: broken off.", put_responses},
    {"operation_requests_total", "counter",
     "Requests by operation (none: unmatched) and status (lost: no answer).", put_operations},
    {"request_duration_seconds", "histogram",
     "Time from the request line to the answer, without what faults added.", put_durations},
    {"request_microseconds_total", "counter", "The same time, summed.", put_microseconds},
    {"injected_latency_seconds_total", "counter", "Time that faults added.", put_injected},
    {"faults_total", "counter", "Faults that were dealt to requests.", put_faults},
    {"fault_hits_total", "counter", "Faults that were dealt, by rule.", put_fault_hits},
    {"fault_matches_total", "counter", "Requests that a rule fits, by rule.", put_fault_matches},
    {"rate_limited_total", "counter", "Requests that a rate limit refused.", put_limits},
    {"tokens", "gauge", "Tokens that are kept.", put_tokens},
    {"tokens_issued_total", "counter", "Tokens that were issued.", put_tokens_made},
    {"store_queue", "gauge", "Changes that are not yet in the state file.", put_store_queue},
    {"store_changes_total", "counter", "Changes that are in the state file.", put_store_changes},
    {"webhooks_total", "counter", "Webhooks by what came of them.", put_hooks},
    {"webhook_attempts_total", "counter", "Times that a webhook was sent.", put_hook_attempts},
    {"webhook_queue", "gauge", "Webhooks that wait to be sent.", put_hook_queue},
    {"streams", "gauge", "WebSocket streams that are open.", put_streams},
    {"journal_bytes", "gauge", "Memory of the journal that is in use.", put_journal_bytes},
    {"journal_dropped_total", "counter", "Entries that made room for newer ones.",
     put_journal_dropped},
    {"journal_file_dropped_total", "counter", "Requests that a journal file lacks.",
     put_file_dropped},
};

void admin_metrics(struct admin_call *call)
{
    struct buf *out = admin_reply(call, 200);
    call->rq->reply.content_type = STR("text/plain; version=0.0.4");
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const struct metric *m = &metrics[i];
        size_t head = out->len;
        buf_printf(out, "# HELP rehearse_%s %s\n# TYPE rehearse_%s %s\n", m->name, m->help, m->name,
                   m->kind);
        size_t samples = out->len;
        m->put(out, call->admin);
        if (out->len == samples) {
            out->len = head; /* a metric without samples is not there */
        }
    }
}
