#include "mockapi/tls.h"

#include <pthread.h>

/* The certificates for one host. */
struct minted {
    struct leaf leaves[LEAF_COUNT];
    bool is_there[LEAF_COUNT];
};

struct tls {
    struct minted all;       /* for all hosts of the profiles: who does not say which he wants */
    const struct str *hosts; /* these; written at start only */
    size_t n_all;
    struct authority *authority; /* NULL: the user's own certificate is shown, whatever the name */
    bool is_users;
    pthread_mutex_t lock; /* guards the fields below */
    struct arena arena;   /* of the names */
    struct map by_host;   /* name → struct minted */
    size_t n_hosts;
};

/* "{region}.example.com" is any name below example.com. */
static struct str as_pattern(struct arena *a, struct str host)
{
    size_t end = str_find_char(host, '}');
    struct buf name;
    if (host.len == 0 || host.s[0] != '{' || end >= host.len) {
        return host;
    }
    buf_init(&name, a);
    buf_put_char(&name, '*');
    buf_put(&name, str_slice(host, end + 1, host.len));
    return buf_str(&name);
}

/* Certificates are minted when they are first shown: one for many hosts costs milliseconds, and most who
 * come say which host they want. */
static bool prepare(struct tls *t, const struct mock_options *options, struct site *const *sites,
                    size_t n_sites, struct err *err)
{
    static const struct str own[] = {STR_INIT("localhost"), STR_INIT("127.0.0.1"), STR_INIT("::1")};
    size_t n = sizeof own / sizeof *own;
    if (!authority_open(&t->authority, options->authority, err)) {
        return false;
    }
    for (size_t i = 0; i < n_sites; i++) {
        n += sites[i]->contract->n_hosts;
    }
    struct str *hosts = ARENA_ARRAY(&t->arena, n, struct str);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        hosts[t->n_all++] = own[i];
    }
    for (size_t i = 0; i < n_sites; i++) {
        for (size_t k = 0; k < sites[i]->contract->n_hosts; k++) {
            hosts[t->n_all++] = as_pattern(&t->arena, sites[i]->contract->hosts[k].host);
        }
    }
    t->hosts = hosts;
    t->is_users = options->tls_cert != NULL;
    t->all.is_there[LEAF_GOOD] = t->is_users;
    return !t->is_users ||
           leaf_read(&t->all.leaves[LEAF_GOOD], options->tls_cert, options->tls_key, err);
}

bool tls_new(struct tls **out, const struct mock_options *options, struct site *const *sites,
             size_t n_sites, struct err *err)
{
    struct tls *t = MEM_NEW(struct tls);
    (void)pthread_mutex_init(&t->lock, NULL);
    arena_init(&t->arena, 0, 0);
    if (!prepare(t, options, sites, n_sites, err)) {
        tls_free(t);
        return false;
    }
    *out = t;
    return true;
}

void tls_free(struct tls *t)
{
    size_t cursor = 0;
    struct str host;
    void *minted = NULL;
    if (!t) {
        return;
    }
    while (map_next(&t->by_host, &cursor, &host, &minted)) {
        for (int i = 0; i < LEAF_COUNT; i++) {
            leaf_done(&((struct minted *)minted)->leaves[i]);
        }
    }
    map_done(&t->by_host);
    for (int i = 0; i < LEAF_COUNT; i++) {
        leaf_done(&t->all.leaves[i]);
    }
    authority_free(t->authority);
    arena_done(&t->arena);
    (void)pthread_mutex_destroy(&t->lock);
    mem_free(t);
}

/* No request may ever come of the handshake: it is in the journal by itself. */
static void write_down(struct site *site, struct arena *a, const struct fault_plan *plan)
{
    struct request *rq = ARENA_NEW(a, struct request);
    request_clear(rq);
    rq->arena = a;
    rq->is_handshake = rq->is_tls = true;
    rq->fault = plan;
    site_note_handshake(site, rq);
}

/* Under the lock: what there is of a host; NULL: no more names are kept. */
static struct minted *minted_of(struct tls *t, struct str host)
{
    struct minted *m = map_get(&t->by_host, host);
    if (!m && t->n_hosts < TLS_HOSTS_MAX) {
        m = ARENA_NEW(&t->arena, struct minted);
        t->n_hosts++;
        (void)map_put(&t->by_host, str_copy(&t->arena, host), m);
    }
    return m;
}

/* Under the lock; NULL: none can be had. */
static const struct leaf *mint(struct tls *t, struct minted *m, const struct str *hosts, size_t n,
                               enum leaf_fault fault)
{
    if (!m->is_there[fault]) {
        m->is_there[fault] = authority_mint(&m->leaves[fault], t->authority, hosts, n, fault, NULL);
    }
    return m->is_there[fault] ? &m->leaves[fault] : NULL;
}

/* For the host, or where it is "" or too many are kept, for all. */
static const struct leaf *leaf_of(struct tls *t, struct str host, enum leaf_fault fault)
{
    (void)pthread_mutex_lock(&t->lock);
    struct minted *m = host.len ? minted_of(t, host) : NULL;
    const struct leaf *found = m ? mint(t, m, &host, 1, fault) : NULL;
    found = found ? found : mint(t, &t->all, t->hosts, t->n_all, fault);
    (void)pthread_mutex_unlock(&t->lock);
    return found;
}

/* Deals the fault, if there is one, and writes it down. */
static enum leaf_fault fault_of(struct site *site)
{
    enum leaf_fault kind = LEAF_GOOD;
    struct arena a;
    arena_init(&a, 0, 0);
    const struct fault_plan *plan = faults_deal_tls(site->faults, &a, clock_now_us(&site->clock));
    switch (plan ? plan->tls : FAULT_TLS_NONE) {
    case FAULT_TLS_EXPIRED:
        kind = LEAF_EXPIRED;
        break;
    case FAULT_TLS_WRONG_HOST:
        kind = LEAF_WRONG_HOST;
        break;
    case FAULT_TLS_SELF_SIGNED:
        kind = LEAF_SELF_SIGNED;
        break;
    case FAULT_TLS_NONE:
        break;
    }
    if (plan) {
        write_down(site, &a, plan);
    }
    arena_done(&a);
    return kind;
}

const struct leaf *tls_leaf(struct tls *t, struct site *site, struct str host, bool *out_is_good)
{
    enum leaf_fault fault = fault_of(site);
    *out_is_good = fault == LEAF_GOOD;
    return leaf_of(t, t->is_users && fault == LEAF_GOOD ? STR("") : host, fault);
}
