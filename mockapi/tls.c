#include "mockapi/tls.h"

struct tls {
    struct leaf leaves[LEAF_COUNT];
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
    authority_free(authority);
    arena_done(&a);
    return is_made;
}

bool tls_new(struct tls **out, const struct mock_options *options, struct site *const *sites,
             size_t n_sites, struct err *err)
{
    struct tls *t = MEM_NEW(struct tls);
    if (!mint(t, options, sites, n_sites, err)) {
        tls_free(t);
        return false;
    }
    *out = t;
    return true;
}

void tls_free(struct tls *t)
{
    for (int i = 0; t && i < LEAF_COUNT; i++) {
        leaf_done(&t->leaves[i]);
    }
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

const struct leaf *tls_leaf(const struct tls *t, struct site *site)
{
    enum leaf_fault kind = LEAF_GOOD;
    struct arena a;
    arena_init(&a, 0, 0);
    const struct fault_plan *plan = faults_deal_tls(site->faults, &a, clock_now_us(&site->clock));
    enum fault_tls fault = plan ? plan->tls : FAULT_TLS_NONE;
    switch (fault) {
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
    return &t->leaves[kind];
}

bool tls_is_good(const struct tls *t, const struct leaf *leaf)
{
    return leaf == &t->leaves[LEAF_GOOD];
}
