/* Start and stop of the whole: sites, listeners, the addresses that people and tests are told. */
#include "mockapi/server.h"

#include "mockapi/hooks.h"
#include "mockapi/journal_file.h"
#include "mockapi/sink.h"

#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

static struct str make_token(struct arena *a)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    struct buf text;
    buf_init(&text, a);
    random_secret(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        buf_put_char(&text, digits[bytes[i] >> 4]);
        buf_put_char(&text, digits[bytes[i] & 15]);
    }
    return buf_str(&text);
}

static void add_to_listener(struct listener *l, struct site *site)
{
    size_t at = l->n_sites++;
    while (at > 0 && l->sites[at - 1]->prefix.len < site->prefix.len) {
        l->sites[at] = l->sites[at - 1];
        at--;
    }
    l->sites[at] = site;
}

static struct listener *new_listener(struct mock *m, size_t n_sites)
{
    struct listener *l = &m->listeners[m->n_listeners++];
    l->mock = m;
    l->delays = m->delays;
    l->sites = ARENA_ARRAY(&m->arena, n_sites, struct site *);
    return l;
}

static struct str make_url(struct mock *m, const char *address, const struct listener *l,
                           struct str path)
{
    struct buf url;
    buf_init(&url, &m->arena);
    struct str host = str_of(address);
    bool is_bare = str_find_char(host, ':') < host.len && host.s[0] != '[';
    host = str_eq(host, STR("0.0.0.0"))                           ? STR("127.0.0.1")
           : str_eq(host, STR("::")) || str_eq(host, STR("[::]")) ? STR("[::1]")
                                                                  : host;
    is_bare = is_bare && host.s[0] != '[';
    buf_printf(&url, "http%s://%s%.*s%s:%u%.*s", l->is_tls ? "s" : "", is_bare ? "[" : "",
               STR_ARG(host), is_bare ? "]" : "", (unsigned)l->port, STR_ARG(path));
    return buf_str(&url);
}

static bool has_prefix(const struct site *site, struct str prefix)
{
    bool has = str_eq(site->prefix, prefix);
    for (size_t i = 0; i < site->n_aliases; i++) {
        has = has || str_eq(site->aliases[i], prefix);
    }
    return has;
}

static bool is_prefix_free(const struct listener *l, const struct site *site)
{
    bool is_free = true;
    for (size_t i = 0; i < l->n_sites; i++) {
        is_free = is_free && !has_prefix(l->sites[i], site->prefix);
        for (size_t k = 0; k < site->n_aliases; k++) {
            is_free = is_free && !has_prefix(l->sites[i], site->aliases[k]);
        }
    }
    return is_free;
}

/* "/api,/login": the first is the site's prefix, the others lead to it too. */
static struct str split_prefixes(struct arena *a, struct str all, const struct str **out_others,
                                 size_t *out_n)
{
    enum { PREFIXES_MAX = 8 };
    struct str *others = NULL, first = {0}, one;
    size_t n = 0;
    (void)str_cut(&all, ',', &first);
    while (all.len && n < PREFIXES_MAX && str_cut(&all, ',', &one)) {
        others = others ? others : ARENA_ARRAY(a, PREFIXES_MAX, struct str);
        others[n++] = str_copy(a, one);
    }
    *out_others = others;
    *out_n = n;
    return first;
}

static bool place_sites(struct mock *m, const struct mock_site *sites, uint16_t *ports,
                        const struct listener **where, uint16_t main_port, struct err *err)
{
    struct listener *shared = NULL;
    for (size_t i = 0; i < m->admin.n_sites; i++) {
        struct listener *l = sites[i].has_own_port ? new_listener(m, 1) : shared;
        if (!l) {
            l = shared = new_listener(m, m->admin.n_sites);
        }
        ports[l - m->listeners] = sites[i].has_own_port ? sites[i].port : main_port;
        if (!is_prefix_free(l, m->admin.sites[i])) {
            return err_set(err, ERR_INPUT,
                           "two profiles are to be served under the same path of "
                           "one port; give each a path or a port of its own");
        }
        add_to_listener(l, m->admin.sites[i]);
        where[i] = l;
    }
    return true;
}

/* A site is called after its profile; a second one of the same profile gets a number. */
static void name_site(struct mock *m, struct site *site)
{
    unsigned n = 1;
    for (size_t i = 0; i < m->admin.n_sites; i++) {
        n += str_eq(m->admin.sites[i]->contract->name, site->contract->name);
    }
    if (n > 1) {
        struct buf name;
        buf_init(&name, &m->arena);
        buf_printf(&name, "%.*s-%u", STR_ARG(site->name), n);
        site->name = buf_str(&name);
    }
}

static bool open_journals(struct mock *m, const struct mock_options *options, struct err *err)
{
    for (size_t i = 0; i < options->n_journals && i < MOCK_JOURNALS_MAX; i++) {
        struct journal_file_options o = {.path = options->journals[i].path,
                                         .is_har = options->journals[i].is_har,
                                         .keeps_secrets = options->journals_keep_secrets,
                                         .log = options->log};
        if (!journal_file_open(&m->journals[i], &o, err)) {
            return false;
        }
        m->n_journals++;
    }
    return true;
}

static void make_sites(struct mock *m, const struct mock_options *options,
                       const struct mock_site *sites, size_t n_sites)
{
    m->admin.sites = ARENA_ARRAY(&m->arena, n_sites, struct site *);
    m->urls = ARENA_ARRAY(&m->arena, n_sites, struct str);
    m->listeners = ARENA_ARRAY(&m->arena, n_sites + 1 + options->n_sockets, struct listener);
    for (size_t i = 0; i < n_sites; i++) {
        const struct mock_site *s = &sites[i];
        const struct str *aliases = NULL;
        size_t n_aliases = 0;
        struct str prefix = split_prefixes(&m->arena, s->prefix, &aliases, &n_aliases);
        struct site *site =
            site_new(s->contract, s->tenant, prefix, options->seed, options->journal_bytes);
        if (options->journal_body_bytes) {
            journal_keep_bodies(site->journal, options->journal_body_bytes);
        }
        site->aliases = aliases;
        site->n_aliases = n_aliases;
        site->takes_fault_header = options->takes_fault_header;
        site->on_hook = (struct event_listener){hooks_take, m->admin.hooks};
        site->streams = m->streams;
        site->pace = options->pace;
        if (site->pace.times > 1) {
            int64_t now_us = clock_monotonic_us();
            clock_set_scale(&site->clock, (double)site->pace.times);
            clock_advance(&site->clock, pace_us(site->pace, now_us) - now_us);
        }
        journal_set_files(site->journal, m->journals, m->n_journals);
        name_site(m, site);
        m->admin.sites[m->admin.n_sites++] = site;
    }
}

static bool open_stores(struct mock *m, const struct mock_site *sites, struct err *err)
{
    for (size_t i = 0; i < m->admin.n_sites; i++) {
        struct site *s = m->admin.sites[i];
        if (sites[i].state_file && !store_open(&s->store, s, sites[i].state_file, m->log, err)) {
            return false;
        }
    }
    return true;
}

/* The sites of the first listener, with TLS. */
static bool add_https(struct mock *m, const struct mock_options *options, uint16_t *ports,
                      struct err *err)
{
    const struct listener *plain = &m->listeners[0];
    struct listener *l = new_listener(m, plain->n_sites);
    for (size_t i = 0; i < plain->n_sites; i++) {
        add_to_listener(l, plain->sites[i]);
    }
    l->is_tls = true;
    ports[l - m->listeners] = options->https_port;
    return tls_new(&m->tls, options, m->admin.sites, m->admin.n_sites, err);
}

static bool has_tls_socket(const struct mock_options *options)
{
    bool has = false;
    for (size_t i = 0; i < options->n_sockets; i++) {
        has = has || options->sockets[i].is_tls;
    }
    return has;
}

struct str mock_https_url(const struct mock *m)
{
    return m->https_url;
}

bool mock_authority_make(const char *folder, struct err *err)
{
    struct authority *a = NULL;
    if (!authority_open(&a, folder, err)) {
        return false;
    }
    authority_free(a);
    return true;
}

bool mock_start(struct mock **out, const struct mock_options *options,
                const struct mock_site *sites, size_t n_sites, struct err *err)
{
    struct mock *m = MEM_NEW(struct mock);
    const char *address = options->bind_address ? options->bind_address : "127.0.0.1";
    arena_init(&m->arena, 0, 0);
    m->log = options->log;
    m->options = *options;
    m->bind_address = str_copy(&m->arena, str_of(address));
    m->delays = delays_new(options->pace.times);
    m->streams = m->admin.streams = streams_new();
    m->sessions = m->admin.sessions = sessions_new(m);
    m->reload = m->admin.reload = reload_new();
    m->admin.token = options->admin_token.len ? str_copy(&m->arena, options->admin_token)
                                              : make_token(&m->arena);
    uint16_t *ports = ARENA_ARRAY(&m->arena, n_sites + 1 + options->n_sockets, uint16_t);
    const struct listener **where = ARENA_ARRAY(&m->arena, n_sites, const struct listener *);
    m->admin.is_for_all = options->has_remote_admin;
    m->admin.started_us = clock_monotonic_us();
    m->admin.hooks = hooks_new(options);
    m->admin.sink = sink_new();
    bool is_open = open_journals(m, options, err);
    m->admin.traffic = &m->traffic;
    m->admin.journals = m->journals;
    m->admin.n_journals = m->n_journals;
    make_sites(m, options, sites, n_sites); /* which takes them, also on failure */
    bool is_placed = place_sites(m, sites, ports, where, options->port, err);
    server_take_sockets(m, options);
    if (!is_placed || !is_open || !open_stores(m, sites, err)) {
        mock_stop(m);
        return false;
    }
    bool is_https = options->has_https
                        ? add_https(m, options, ports, err)
                        : !has_tls_socket(options) ||
                              tls_new(&m->tls, options, m->admin.sites, m->admin.n_sites, err);
    if (!is_https) {
        mock_stop(m);
        return false;
    }
    for (size_t i = 0; i < m->n_listeners; i++) {
        if (!listener_start(&m->listeners[i], address, ports[i], options, err)) {
            mock_stop(m);
            return false;
        }
    }
    for (size_t i = 0; i < n_sites; i++) {
        m->urls[i] = make_url(m, address, where[i], m->admin.sites[i]->prefix);
    }
    if (options->has_https) {
        m->https_url = make_url(m, address, &m->listeners[m->n_listeners - 1], STR(""));
    }
    m->admin_url = make_url(m, address, &m->listeners[0], STR("/__rehearse"));
    *out = m;
    return true;
}

void mock_stop(struct mock *m)
{
    if (!m) {
        return;
    }
    delays_stop(m->delays);
    for (size_t i = 0; i < m->admin.n_sites; i++) {
        store_stop(m->admin.sites[i]->store);
    }
    for (size_t i = 0; i < m->n_listeners; i++) {
        listener_stop(&m->listeners[i]);
    }
    sessions_free(m->sessions);
    streams_free(m->streams);
    hooks_free(m->admin.hooks);
    delays_free(m->delays);
    reload_free(m->reload);
    for (size_t i = 0; i < m->admin.n_sites; i++) {
        site_free(m->admin.sites[i]);
    }
    for (size_t i = 0; i < m->n_journals; i++) {
        journal_file_close(m->journals[i]);
    }
    sink_free(m->admin.sink);
    tls_free(m->tls);
    arena_done(&m->arena);
    mem_free(m);
}

bool mock_add_faults(struct mock *m, size_t site, struct json file, struct findings *fs,
                     struct err *err)
{
    struct site *s = m->admin.sites[site];
    return faults_load(s->faults, s->contract, file, clock_now_us(&s->clock), fs, err);
}

void mock_tell_unmet(struct mock *m)
{
    struct buf text = {0};
    for (size_t i = 0; i < m->admin.n_sites; i++) {
        faults_put_unmet(&text, m->admin.sites[i]->faults);
    }
    struct str rest = buf_str(&text), line;
    while (m->log && rest.len && str_cut(&rest, '\n', &line)) {
        log_line(m->log, LOG_WARN, "%.*s", STR_ARG(line));
    }
    buf_done(&text);
}

void mock_set_clock(struct mock *m, int64_t at_us, bool is_frozen)
{
    for (size_t i = 0; i < m->admin.n_sites; i++) {
        clock_freeze(&m->admin.sites[i]->clock, at_us);
        if (!is_frozen) {
            clock_resume(&m->admin.sites[i]->clock);
        }
    }
}

size_t mock_site_count(const struct mock *m)
{
    return m->admin.n_sites;
}

const struct contract *mock_site_contract(const struct mock *m, size_t site)
{
    return m->admin.sites[site]->contract;
}

struct str mock_site_url(const struct mock *m, size_t site)
{
    return m->urls[site];
}

unsigned mock_port(const struct mock *m)
{
    return m->listeners[0].port;
}

struct str mock_admin_url(const struct mock *m)
{
    return m->admin_url;
}

struct str mock_admin_token(const struct mock *m)
{
    return m->admin.token;
}

static void put_member(struct buf *out, const char *name, struct str value, const char *end)
{
    buf_printf(out, "\"%s\":", name);
    buf_put_json_string(out, value);
    buf_put(out, str_of(end));
}

static struct str token_path(const struct contract *c)
{
    for (size_t i = 0; i < c->n_operations; i++) {
        if (c->operations[i].action == ACTION_TOKEN) {
            return c->operations[i].path;
        }
    }
    return STR("");
}

void mock_ready_json(struct buf *out, const struct mock *m)
{
    buf_printf(out, "{\"pid\":%ld,\"version\":\"" REHEARSE_VERSION "\",\"admin\":{",
               (long)getpid());
    put_member(out, "url", m->admin_url, ",");
    put_member(out, "token", m->admin.token, "},");
    if (m->https_url.len) {
        put_member(out, "https_url", m->https_url, ",");
    }
    buf_put(out, STR("\"listeners\":["));
    for (size_t i = 0; i < m->admin.n_sites; i++) {
        struct str url = m->urls[i];
        struct buf token_url = {0};
        buf_put(&token_url, url);
        buf_put(&token_url, token_path(m->admin.sites[i]->contract));
        buf_put(out, i ? STR(",{") : STR("{"));
        put_member(out, "site", m->admin.sites[i]->name, ",");
        put_member(out, "profile", m->admin.sites[i]->contract->name, ",");
        put_member(out, "tenant", tenant_name(m->admin.sites[i]->baseline), ",");
        put_member(out, "url", url, ",");
        put_member(out, "token_url", buf_str(&token_url), "}");
        buf_done(&token_url);
    }
    buf_put(out, STR("]}\n"));
}
