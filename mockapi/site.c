/* Sites: life, the tenant's exchange under running requests, begin and end of a request. */
#include "mockapi/site.h"

#include "mockapi/publish.h"

#include "mockapi/sessions.h"
#include "mockapi/store.h"

enum { TEXTS_BYTES = 512 };
/* Numbers of requests that the journal does not count: ids are made of them too. */
static const uint64_t ACTS_FROM = 1ULL << 62;

struct site *site_new(struct contract *contract, struct tenant *tenant, struct str prefix,
                      uint64_t seed, size_t journal_bytes)
{
    struct site *s = MEM_NEW(struct site);
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    /* a reset must get its turn under load */
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&s->tenant_lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    atomic_init(&s->refs, 1);
    arena_init(&s->arena, TEXTS_BYTES, 0);
    s->name = str_copy(&s->arena, contract->name);
    s->contract = contract;
    s->prefix = str_copy(&s->arena, prefix);
    s->tenant = tenant;
    s->baseline = tenant_clone(tenant);
    s->seed = seed;
    clock_init(&s->clock);
    s->tokens = tokens_new(seed);
    s->signer = signer_new(seed);
    s->limits = limits_new(contract);
    s->faults = faults_new(seed);
    s->journal = journal_new(journal_bytes);
    s->metrics = metrics_new(contract);
    s->snapshots = snapshots_new();
    s->channels = channels_new(contract->channels);
    s->on_topic = (struct event_listener){publish_event, NULL};
    s->jobs = jobs_new();
    s->keys = idempotency_new();
    return s;
}

void site_free(struct site *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    if (s->session) {
        session_done(s->session);
    } else {
        metrics_free(s->metrics);
    }
    store_free(s->store);
    idempotency_free(s->keys);
    channels_free(s->channels);
    jobs_free(s->jobs);
    snapshots_free(s->snapshots);
    journal_free(s->journal);
    faults_free(s->faults);
    limits_free(s->limits);
    tokens_free(s->tokens);
    signer_free(s->signer);
    clock_done(&s->clock);
    tenant_free(s->tenant);
    tenant_free(s->baseline);
    contract_free(s->contract);
    pthread_rwlock_destroy(&s->tenant_lock);
    arena_done(&s->arena);
    mem_free(s);
}

struct site *site_hold(struct site *s)
{
    (void)atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

const struct tenant_client *site_own_client(const struct site *s)
{
    return s->session ? session_client(s->session) : NULL;
}

const struct tenant_client *site_client(const struct site *s, const struct tenant *t, struct str id)
{
    const struct tenant_client *own = site_own_client(s);
    return own && str_eq(own->id, id) ? own : tenant_client_find(t, id);
}

struct channels *site_channels(struct site *site)
{
    return site->channels;
}

struct idempotency *site_idempotency(struct site *site)
{
    return site->keys;
}

/* The request's uuid is a function of seed and number, so that a run repeats byte for byte. */
static void make_id(const struct site *s, struct request *rq)
{
    enum { PURPOSE_REQUEST_ID = 1 };
    uint32_t out[4];
    const uint32_t counter[4] = {(uint32_t)rq->number, (uint32_t)(rq->number >> 32),
                                 PURPOSE_REQUEST_ID, 0};
    const uint32_t key[2] = {(uint32_t)s->seed, (uint32_t)(s->seed >> 32)};
    philox4x32(out, counter, key);
    uuid_text(rq->id, (uint64_t)out[0] << 32 | out[1], (uint64_t)out[2] << 32 | out[3]);
}

void site_begin(struct site *s, struct request *rq)
{
    rq->site = s;
    rq->contract = s->contract;
    rq->number = rq->is_actor
                     ? ACTS_FROM + atomic_fetch_add(&s->n_acts, 1)
                     : atomic_fetch_add_explicit(&s->n_requests, 1, memory_order_relaxed) + 1;
    rq->now_us = clock_now_us(&s->clock);
    make_id(s, rq);
    findings_init(&rq->findings, rq->arena);
    pthread_rwlock_rdlock(&s->tenant_lock);
    rq->tenant = s->tenant;
}

static void let_go(struct request *rq)
{
    rq->tenant = NULL;
    rq->bearer.client = NULL; /* the tenant's */
    pthread_rwlock_unlock(&rq->site->tenant_lock);
}

void site_pause(struct request *rq)
{
    const struct tenant_client *c = rq->bearer.client;
    if (!rq->client_id.s && c) {
        rq->client_id = str_copy(rq->arena, c->id);
    }
    let_go(rq);
}

static void write_down(struct site *s, struct request *rq, int64_t started_us)
{
    int64_t latency_us = pace_us(s->pace, clock_monotonic_us()) - pace_us(s->pace, started_us);
    if (rq->is_actor || s->is_hushed) {
        return;
    }
    metrics_count(s->metrics, rq, latency_us);
    journal_add(s->journal, rq, latency_us);
}

void site_end(struct request *rq, int64_t started_us)
{
    struct site *s = rq->site;
    if (s->store && rq->wait && store_note(s->store, rq->wait)) {
        rq->store = s->store;
        rq->client_id =
            rq->bearer.client ? str_copy(rq->arena, rq->bearer.client->id) : (struct str){0};
    } else {
        write_down(s, rq, started_us);
    }
    let_go(rq);
    if (!rq->store) {
        events_tell(rq);
    }
}

void site_note(struct request *rq, int64_t started_us, bool is_stored)
{
    struct site *s = rq->site;
    rq->store = NULL;
    if (!is_stored) {
        pthread_rwlock_rdlock(&s->tenant_lock);
        rq->tenant = s->tenant;
        reply_case(rq, STR("server"));
    }
    write_down(s, rq, started_us);
    if (is_stored) {
        events_tell(rq);
    } else {
        let_go(rq);
    }
}

void site_note_handshake(struct site *s, struct request *rq)
{
    rq->site = s;
    rq->contract = s->contract;
    rq->number = atomic_fetch_add_explicit(&s->n_requests, 1, memory_order_relaxed) + 1;
    rq->now_us = clock_now_us(&s->clock);
    make_id(s, rq);
    findings_init(&rq->findings, rq->arena);
    journal_add(s->journal, rq, 0);
}

void site_wait(struct site *s, struct request *rq)
{
    if (s->store && rq->wait && !rq->store && store_note(s->store, rq->wait)) {
        rq->store = s->store;
    }
}

void site_replace(struct site *s, struct tenant *tenant, bool is_baseline, struct request *rq)
{
    struct tenant *baseline = is_baseline ? tenant_clone(tenant) : NULL;
    pthread_rwlock_wrlock(&s->tenant_lock);
    struct tenant *old = s->tenant, *old_baseline = NULL;
    s->tenant = tenant;
    if (baseline) {
        old_baseline = s->baseline;
        s->baseline = baseline;
    }
    idempotency_clear(s->keys);
    jobs_clear(s->jobs);
    limits_clear(s->limits);
    channels_clear(s->channels);
    if (s->store) {
        store_replace(s->store, old, old_baseline);
        old = old_baseline = NULL;
    }
    if (rq) {
        site_wait(s, rq);
    }
    pthread_rwlock_unlock(&s->tenant_lock);
    tenant_free(old);
    tenant_free(old_baseline);
}

void site_set_baseline(struct site *s, struct tenant *baseline)
{
    pthread_rwlock_wrlock(&s->tenant_lock);
    struct tenant *old = s->baseline;
    s->baseline = baseline;
    pthread_rwlock_unlock(&s->tenant_lock);
    tenant_free(old);
}

void site_reset(struct site *s, struct request *rq)
{
    pthread_rwlock_rdlock(&s->tenant_lock);
    struct tenant *fresh = tenant_clone(s->baseline);
    pthread_rwlock_unlock(&s->tenant_lock);
    site_replace(s, fresh, false, rq);
}
