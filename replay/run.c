#include "replay/faster.h"
#include "replay/run_running.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    JOURNAL_BYTES = 64 << 20,
    BODY_BYTES = 1 << 20,
    PORT_HTTPS = 443,
    PORT_HTTP = 80,
    PORTS = 2
};

/* Asked by the mock's threads. */
bool run_takes_host(void *ctx, const struct mock *mock, struct str host, bool is_tls)
{
    struct running *r = ctx;
    bool is_expected = mock_knows_host(mock, host);
    (void)is_tls;
    (void)pthread_mutex_lock(&r->hosts.lock);
    struct run_host *h = host.len ? hosts_at(&r->hosts, host, is_expected) : NULL;
    if (h) {
        h->n_refused += !is_expected;
    }
    (void)pthread_mutex_unlock(&r->hosts.lock);
    return is_expected;
}

static void tell_arrival(void *ctx, struct mock *mock, const struct mock_arrival *arrival)
{
    const struct running *r = ctx;
    r->spec->arrives(r->spec->ctx, mock, arrival);
}

static bool add_sinks_and_faults(struct running *r, struct findings *fs, struct err *err)
{
    const struct run_ground *g = r->spec->ground;
    struct sink_rules *rules = NULL;
    if (g->n_sinks && !mock_read_sinks(&rules, g->sinks, g->n_sinks, fs, err)) {
        return false;
    }
    if (rules) {
        mock_take_sinks(r->mock, rules);
    }
    for (size_t i = 0; i < r->spec->n_faults; i++) {
        if (!mock_add_faults(r->mock, 0, r->spec->faults[i], fs, err)) {
            return false;
        }
    }
    return true;
}

/* The ground's contracts and copies of its tenants; several are told apart by their hosts, else by path. */
static struct mock_site *make_sites(struct running *r, struct arena *a)
{
    const struct run_ground *g = r->spec->ground;
    struct mock_site *sites = ARENA_ARRAY(a, g->n_sites, struct mock_site);
    union {
        const struct run_ground *read;
        struct run_ground *lock;
    } ground = {g};
    (void)pthread_mutex_lock(&ground.lock->lock);
    for (size_t i = 0; i < g->n_sites; i++) {
        struct buf prefix;
        buf_init(&prefix, a);
        buf_printf(&prefix, "/%.*s", STR_ARG(g->contracts[i]->name));
        sites[i] = (struct mock_site){.contract = contract_hold(g->contracts[i]),
                                      .tenant = tenant_clone(g->tenants[i]),
                                      .prefix = g->n_sites > 1 ? buf_str(&prefix) : STR("")};
    }
    (void)pthread_mutex_unlock(&ground.lock->lock);
    return sites;
}

bool run_start_mock(struct running *r, const struct mock_socket *sockets, size_t n_sockets,
                    struct findings *fs, struct err *err)
{
    struct arena *a = &r->result->arena;
    const struct run_spec *spec = r->spec;
    const struct mock_options options = {.n_threads = 1,
                                         .seed = spec->seed,
                                         .journal_bytes = JOURNAL_BYTES,
                                         .journal_body_bytes = BODY_BYTES,
                                         .authority = spec->ground->folder,
                                         .sockets = sockets,
                                         .n_sockets = n_sockets,
                                         .has_https = n_sockets == 0,
                                         .takes_host = run_takes_host,
                                         .arrives = spec->arrives ? tell_arrival : NULL,
                                         .watch_ctx = r,
                                         .pace = r->result->pace};
    if (!mock_start(&r->mock, &options, make_sites(r, a), spec->ground->n_sites, err)) {
        return false;
    }
    if (spec->has_clock) {
        mock_set_clock(r->mock, spec->clock_us, false);
    }
    return add_sinks_and_faults(r, fs, err);
}

/* The seal, its names, the mock behind its sockets. */
static bool prepare_sealed(struct running *r, struct findings *fs, struct err *err)
{
    static const uint16_t ports[PORTS] = {PORT_HTTPS, PORT_HTTP};
    const struct run_spec *spec = r->spec;
    const struct run_ground *g = spec->ground;
    r->options.argv = spec->argv;
    r->options.env = trust_environment(&r->result->arena, &g->trust, environ, r->env);
    r->options.ports = ports;
    r->options.n_ports = PORTS;
    r->options.mounts = g->trust.mounts;
    r->options.n_mounts = g->trust.n_mounts;
    r->options.kind = g->seal == RUN_SEAL_ROOT ? SEAL_ROOT : SEAL_USER;
    if (!seal_open(&r->seal, &r->options, err)) {
        return false;
    }
    const struct mock_socket sockets[PORTS] = {{r->seal.sockets[0], true},
                                               {r->seal.sockets[1], false}};
    int udp = r->seal.dns_udp, tcp = r->seal.dns_tcp;
    r->seal.dns_udp = r->seal.dns_tcp = -1; /* the names', whatever comes */
    if (!dns_start(&r->dns, udp, tcp, err)) {
        return false;
    }
    r->seal.n_sockets = 0; /* the mock's, whatever comes */
    return run_start_mock(r, sockets, PORTS, fs, err);
}

/* What makes the program and the mock run at one pace, where that is asked for. */
static bool prepare_pace(struct running *r, struct err *err)
{
    const struct run_ground *g = r->spec->ground;
    struct arena *a = &r->result->arena;
    struct buf mark;
    r->env = r->spec->env;
    if (g->speedup == 0) {
        return true;
    }
    if (!faster_can(a, r->spec->argv[0], err)) {
        return false;
    }
    buf_init(&mark, a);
    buf_printf(&mark, "%s/faster-%llx", g->folder, (unsigned long long)(uintptr_t)r);
    r->mark = buf_str(&mark);
    r->result->pace = (struct pace){g->speedup, clock_monotonic_us()};
    r->env = faster_environment(a, environ, r->env, g->preload, r->result->pace, r->mark);
    return true;
}

/* The program left its mark, or its times are worth nothing. */
static bool check_pace(struct running *r, struct err *err)
{
    if (r->mark.len == 0) {
        return true;
    }
    bool is_faster = unlink(str_cstr(&r->result->arena, r->mark)) == 0;
    return is_faster || err_set(err, ERR_SYSTEM,
                                "the program did not take the faster clock of --speedup: something "
                                "drops LD_PRELOAD, or what "
                                "it starts is linked statically; run it without");
}

/* All but the program itself. */
static bool prepare(struct running *r, struct findings *fs, struct err *err)
{
    const struct run_spec *spec = r->spec;
    const struct run_ground *g = spec->ground;
    if (!prepare_pace(r, err)) {
        return false;
    }
    r->nothing = spec->in < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
    if (spec->in < 0 && r->nothing < 0) {
        return err_sys(err, errno, "/dev/null cannot be opened");
    }
    if (!spec->is_interactive && !capture_start(&r->capture, spec->shows_output, err)) {
        return false;
    }
    r->options.in = spec->in < 0 ? r->nothing : spec->in;
    r->options.out = spec->is_interactive ? STDOUT_FILENO : r->capture.write[0];
    r->options.err = spec->is_interactive ? STDERR_FILENO : r->capture.write[1];
    r->options.is_interactive = spec->is_interactive;
    return g->seal == RUN_SEAL_USER || g->seal == RUN_SEAL_ROOT ? prepare_sealed(r, fs, err)
                                                                : run_open_prepare(r, fs, err);
}

static bool run(struct running *r, struct err *err)
{
    struct seal_end end = {0};
    const struct run_spec *spec = r->spec;
    r->let_go_us = clock_monotonic_us();
    r->result->started_us = pace_us(r->result->pace, r->let_go_us);
    if (!seal_run(&r->seal, err) ||
        !seal_wait(&r->seal, &r->options, spec->timeout_ms, spec->stop, &end, err)) {
        return false;
    }
    r->result->has_proc = r->seal.has_proc;
    r->result->end = (struct run_end){.is_timeout = end.is_timeout,
                                      .is_stopped = end.is_stopped,
                                      .exit_status = end.exit_status,
                                      .signal = end.signal,
                                      .n_left = end.n_left,
                                      .wall_us = end.wall_us,
                                      .user_us = end.user_us,
                                      .system_us = end.system_us,
                                      .max_rss_kib = end.max_rss_kib};
    return true;
}

/* The names that were looked up, after those that were spoken to. */
static void take_hosts(struct running *r)
{
    struct run_result *out = r->result;
    (void)pthread_mutex_lock(&r->hosts.lock); /* the mock still runs */
    for (size_t i = 0; r->dns && i < dns_name_count(r->dns); i++) {
        struct str name = dns_name_at(r->dns, i);
        bool is_expected = mock_knows_host(r->mock, name);
        struct run_host *h = hosts_at(&r->hosts, name, is_expected);
        if (h) {
            h->is_looked_up = true;
        }
    }
    out->hosts = ARENA_ARRAY(&out->arena, r->hosts.n, struct run_host);
    out->n_hosts = r->hosts.n;
    for (size_t i = 0; i < r->hosts.n; i++) {
        out->hosts[i] = r->hosts.list[i];
        out->hosts[i].name = str_copy(&out->arena, r->hosts.list[i].name);
        out->n_hosts_refused += !r->hosts.list[i].is_expected;
    }
    (void)pthread_mutex_unlock(&r->hosts.lock);
}

static void take_sites(struct running *r)
{
    struct run_result *out = r->result;
    const struct run_ground *g = r->spec->ground;
    out->sites = ARENA_ARRAY(&out->arena, g->n_sites, struct run_site);
    out->n_sites = g->n_sites;
    for (size_t i = 0; i < g->n_sites; i++) {
        struct run_site *s = &out->sites[i];
        struct buf text;
        *s = (struct run_site){
            .name = g->contracts[i]->name, .contract = g->contracts[i], .before = g->states[i]};
        buf_init(&text, &out->arena);
        mock_put_evidence(&text, r->mock, i);
        s->journal = buf_str(&text);
        buf_init(&text, &out->arena);
        mock_put_journal(&text, r->mock, i);
        s->shown = buf_str(&text);
        buf_init(&text, &out->arena);
        mock_put_state(&text, r->mock, i);
        s->after = buf_str(&text);
        buf_init(&text, &out->arena);
        mock_put_faults(&text, r->mock, i, &s->n_unmet);
        s->faults = buf_str(&text);
    }
}

static void take_results(struct running *r)
{
    struct run_result *out = r->result;
    struct buf sink;
    take_hosts(r);
    take_sites(r);
    buf_init(&sink, &out->arena);
    mock_put_sink(&sink, r->mock);
    out->sink = buf_str(&sink);
    out->out = str_copy(&out->arena, buf_str(&r->capture.text[0]));
    out->err = str_copy(&out->arena, buf_str(&r->capture.text[1]));
    out->out_bytes = r->capture.bytes[0];
    out->err_bytes = r->capture.bytes[1];
}

static void put_away(struct running *r)
{
    proxy_free(r->proxy);
    mock_stop(r->mock);
    dns_free(r->dns);
    seal_close_sockets(&r->seal);
    seal_close(&r->seal);
    if (!r->spec->is_interactive) {
        capture_done(&r->capture);
    }
    hosts_done(&r->hosts);
    fd_close(&r->nothing);
}

bool run_once(const struct run_spec *spec, struct run_result *out, struct findings *fs,
              struct err *err)
{
    const int64_t began_us = clock_monotonic_us();
    struct running *r = MEM_NEW(struct running);
    *out = (struct run_result){.seal = spec->ground->seal};
    arena_init(&out->arena, 0, 0);
    r->spec = spec;
    r->result = out;
    r->nothing = -1;
    r->capture = (struct capture){.read = {-1, -1}, .write = {-1, -1}, .stop = -1};
    r->seal = (struct seal){.channel = -1, .dns_udp = -1, .dns_tcp = -1};
    hosts_init(&r->hosts);
    bool has_run = prepare(r, fs, err) && run(r, err) && check_pace(r, err);
    if (has_run) {
        out->setup_us = r->let_go_us - began_us;
        dns_stop(r->dns);
        capture_stop(&r->capture);
        take_results(r);
    }
    put_away(r);
    mem_free(r);
    if (has_run) {
        out->rest_us = clock_monotonic_us() - began_us - out->setup_us - out->end.wall_us;
    } else {
        run_result_done(out);
    }
    return has_run;
}

void run_result_done(struct run_result *r)
{
    arena_done(&r->arena);
    *r = (struct run_result){0};
}
