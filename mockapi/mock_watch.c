/* What somebody who drives a program against the mock in one process asks of it: sockets of his own, who
 * speaks to which host, what came of it all. */
#include "mockapi/connection.h"
#include "mockapi/sink.h"

bool host_is_named(struct str pattern, struct str host)
{
    enum { PATTERN_MAX = 256 };
    char text[2 * PATTERN_MAX], lower[PATTERN_MAX];
    size_t n = 0;
    if (pattern.len > PATTERN_MAX || host.len > PATTERN_MAX) {
        return false;
    }
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.s[i] == '{') {
            i += str_find_char(str_slice(pattern, i, pattern.len), '}');
            text[n++] = '?';
            text[n++] = '*';
        } else {
            text[n++] = pattern.s[i];
        }
    }
    for (size_t i = 0; i < host.len; i++) {
        char c = host.s[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return str_glob((struct str){text, n}, (struct str){lower, host.len});
}

/* Without the port and the last dot. */
static struct str bare_host(struct str host)
{
    bool is_bracketed = host.len && host.s[0] == '[';
    size_t end = is_bracketed ? str_find_char(host, ']') + 1 : str_find_char(host, ':');
    host = str_slice(host, 0, end);
    return host.len && host.s[host.len - 1] == '.' ? str_slice(host, 0, host.len - 1) : host;
}

bool mock_knows_host(const struct mock *m, struct str host)
{
    static const struct str own[] = {STR_INIT(""), STR_INIT("localhost"), STR_INIT("127.0.0.1"),
                                     STR_INIT("[::1]")};
    host = bare_host(host);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (str_eq_fold(host, own[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < m->admin.n_sites; i++) {
        const struct contract *c = m->admin.sites[i]->contract;
        for (size_t k = 0; k < c->n_hosts; k++) {
            if (host_is_named(c->hosts[k].host, host)) {
                return true;
            }
        }
    }
    return sink_has_host(m->admin.sink, host);
}

bool server_takes_host(struct mock *m, struct str host, bool is_tls)
{
    return !m->options.takes_host ||
           m->options.takes_host(m->options.watch_ctx, m, bare_host(host), is_tls);
}

void server_tell_arrival(struct mock *m, const struct site *site, const struct request *rq)
{
    if (!m->options.arrives) {
        return;
    }
    struct mock_arrival arrival = {.method = rq->method, .path = rq->path};
    arrival.op = contract_route(site->contract, rq->method, rq->path).op;
    while (arrival.site + 1 < m->admin.n_sites && m->admin.sites[arrival.site] != site) {
        arrival.site++;
    }
    m->options.arrives(m->options.watch_ctx, m, &arrival);
}

void server_take_sockets(struct mock *m, const struct mock_options *options)
{
    const struct mock_socket *sockets = options->sockets;
    for (size_t i = 0; i < options->n_sockets; i++) {
        struct listener *l = &m->listeners[i];
        if (i > 0 || m->n_listeners == 0) {
            l = &m->listeners[m->n_listeners++];
            l->mock = m;
            l->delays = m->delays;
            l->sites = m->listeners[0].sites;
            l->n_sites = m->listeners[0].n_sites;
        }
        l->has_socket = true;
        l->socket = sockets[i].fd;
        l->is_tls = sockets[i].is_tls;
    }
}

void mock_put_evidence(struct buf *out, const struct mock *m, size_t site)
{
    const struct journal_filter all = {.is_evidence = true};
    journal_put(out, m->admin.sites[site]->journal, &all, JOURNAL_JSON);
}

void mock_put_journal(struct buf *out, const struct mock *m, size_t site)
{
    const struct journal_filter all = {0};
    journal_put(out, m->admin.sites[site]->journal, &all, JOURNAL_NDJSON);
}

void mock_put_faults(struct buf *out, const struct mock *m, size_t site, size_t *out_unmet)
{
    struct faults *f = m->admin.sites[site]->faults;
    *out_unmet = faults_count_unmet(f);
    faults_put(out, f);
}

void mock_put_sink(struct buf *out, const struct mock *m)
{
    sink_put(out, m->admin.sink, STR(""));
}

void mock_put_state(struct buf *out, const struct mock *m, size_t site)
{
    struct site *s = m->admin.sites[site];
    (void)pthread_rwlock_rdlock(&s->tenant_lock);
    tenant_lock_read(s->tenant);
    tenant_snapshot(out, s->tenant);
    tenant_unlock(s->tenant);
    (void)pthread_rwlock_unlock(&s->tenant_lock);
}

void mock_act(struct mock *m, size_t site, struct arena *a, const struct tenant_question *q,
              struct tenant_answer *out, struct findings *fs)
{
    site_act(m->admin.sites[site], a, q, out, fs);
}

void mock_revoke_tokens(struct mock *m, size_t site)
{
    (void)tokens_revoke_client(m->admin.sites[site]->tokens, STR(""));
}
