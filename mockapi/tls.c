#include "mockapi/tls.h"

#include <pthread.h>

/* The certificates for one host. */
struct minted {
    struct leaf leaves[LEAF_COUNT];
    bool is_there[LEAF_COUNT];
};

struct tls {
    struct leaf leaves[LEAF_COUNT]; /* for all hosts of the profiles */
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

static bool mint(struct tls *t, const struct mock_options *options, struct site *const *sites,
                 size_t n_sites, struct err *err)
{
    static const struct str own[] = {STR_INIT("localhost"), STR_INIT("127.0.0.1"), STR_INIT("::1")};
    struct arena a;
    struct authority *authority = NULL;
    size_t n = 3, n_hosts = sizeof own / sizeof *own;
    if (!authority_open(&authority, options->authority, err)) {
        return false;
    }
    for (size_t i = 0; i < n_sites; i++) {
        n += sites[i]->contract->n_hosts;
    }
    arena_init(&a, 0, 0);
    struct str *hosts = ARENA_ARRAY(&a, n, struct str);
    for (size_t i = 0; i < n_hosts; i++) {
        hosts[i] = own[i];
    }
    for (size_t i = 0; i < n_sites; i++) {
        for (size_t k = 0; k < sites[i]->contract->n_hosts; k++) {
            hosts[n_hosts++] = as_pattern(&a, sites[i]->contract->hosts[k].host);
        }
    }
    bool is_made = true;
    for (int fault = 0; fault < LEAF_COUNT && is_made; fault++) {
        bool is_own = fault == LEAF_GOOD && options->tls_cert;
        is_made = is_own ? leaf_read(&t->leaves[fault], options->tls_cert, options->tls_key, err)
                         : authority_mint(&t->leaves[fault], authority, hosts, n_hosts,
                                          (enum leaf_fault)fault, err);
    }
    t->authority = authority;
    t->is_users = options->tls_cert != NULL;
    arena_done(&a);
    return is_made;
}

bool tls_new(struct tls **out, const struct mock_options *options, struct site *const *sites,
             size_t n_sites, struct err *err)
{
    struct tls *t = MEM_NEW(struct tls);
    (void)pthread_mutex_init(&t->lock, NULL);
    arena_init(&t->arena, 0, 0);
    if (!mint(t, options, sites, n_sites, err)) {
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
        leaf_done(&t->leaves[i]);
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

/* NULL: none can be had for that name. */
static const struct leaf *leaf_of(struct tls *t, struct str host, enum leaf_fault fault)
{
    const struct leaf *found = NULL;
    (void)pthread_mutex_lock(&t->lock);
    struct minted *m = minted_of(t, host);
    if (m && !m->is_there[fault]) {
        m->is_there[fault] = authority_mint(&m->leaves[fault], t->authority, &host, 1, fault, NULL);
    }
    found = m && m->is_there[fault] ? &m->leaves[fault] : NULL;
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
    const struct leaf *own = NULL;
    *out_is_good = fault == LEAF_GOOD;
    if (host.len && !(t->is_users && fault == LEAF_GOOD)) {
        own = leaf_of(t, host, fault);
    }
    return own ? own : &t->leaves[fault];
}
