/* `rehearse serve`: the mock server in the foreground. */
#include "cli/cli.h"
#include "cli/hook_sender.h"
#include "cli/runtime.h"
#include "cli/serve_record.h"
#include "cli/sinks.h"
#include "cli/watch.h"
#include "mockapi/mockapi.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    SITES_MAX = OPTION_LIST_MAX,
    FAULT_BYTES_MAX = 1 << 20,
    PORT_MAX = 65535,
    NO_HTTPS = PORT_MAX + 1
};

struct serve {
    struct option_list profiles, policies, faults, presets, sinks, hook_hosts, journals, archives,
        upstreams;
    const char *tenant, *bind_address, *ready_file, *admin_token, *clock, *state, *on_reload,
        *tls_cert, *tls_key, *authority, *record, *upstream_ca;
    uint64_t upstream_timeout, https_port, port, seed, threads, journal_bytes, idle_timeout;
    bool is_quiet, is_verbose, is_frozen, is_watching, takes_fault_header, has_remote_admin,
        keeps_secrets;
    /* made from them */
    struct arena arena;
    struct findings findings;
    struct mock_site sites[SITES_MAX];
    size_t n_sites;
    struct log log;
    struct hook_sender sender;
    char folder[4096]; /* of the authority */
    struct str hosts[OPTION_LIST_MAX];
    struct str form;           /* what else a token request of that client says */
    struct str client, secret; /* of the first site's first client, for the line to paste */
};

static const struct option options[] = {
    {OPTION_LIST, 'p', "profile", offsetof(struct serve, profiles), "NAME",
     "built-in profile or file; NAME=/PATH serves it below a path (several, with commas: API and "
     "login "
     "behind a gateway), NAME=:PORT on a port of its own; may be repeated",
     0, 0},
    {OPTION_TEXT, 't', "tenant", offsetof(struct serve, tenant), "NAME",
     "built-in tenant of the profile (acme, broken) or a snapshot file; default: the profile's", 0,
     0},
    {OPTION_FLAG, 'w', "watch", offsetof(struct serve, is_watching), NULL,
     "read the tenant, fault and sink files again whenever they change (SIGHUP does so at once)", 0,
     0},
    {OPTION_TEXT, 0, "on-reload", offsetof(struct serve, on_reload), "replace|keep",
     "what happens to the state then: the file's takes its place, or it stays and only reset goes "
     "back to the file's (default replace; with --state keep)",
     0, 0},
    {OPTION_TEXT, 0, "state", offsetof(struct serve, state), "FILE",
     "keep the first profile's tenant and its access tokens in FILE: they survive a restart, and "
     "no "
     "answered change is lost",
     0, 0},
    {OPTION_COUNT, 'P', "port", offsetof(struct serve, port), "PORT",
     "listen on PORT; 0 takes any free one (default 8080)", 0, PORT_MAX},
    {OPTION_TEXT, 'b', "bind", offsetof(struct serve, bind_address), "ADDRESS",
     "address or name to listen on, as ::1 or 0.0.0.0 (default 127.0.0.1)", 0, 0},
    {OPTION_TEXT, 'r', "ready-file", offsetof(struct serve, ready_file), "FILE",
     "write every address and the admin token to FILE as JSON once listening", 0, 0},
    {OPTION_LIST, 'f', "faults", offsetof(struct serve, faults), "FILE",
     "fault rules from a JSON file (first profile); may be repeated", 0, 0},
    {OPTION_LIST, 0, "preset", offsetof(struct serve, presets), "NAME[=TIMES]",
     "deal a fault preset from the start (first profile); may be repeated", 0, 0},
    {OPTION_LIST, 0, "sink", offsetof(struct serve, sinks), "NAME",
     "what stands behind other hosts (BI, CRM, WFM …): built-in sinks of a profile's name, or a "
     "file; may be repeated",
     0, 0},
    {OPTION_LIST, 0, "policy", offsetof(struct serve, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {OPTION_COUNT, 's', "seed", offsetof(struct serve, seed), "N",
     "seed of tokens, ids and drawn faults (default 1): the same seed, the same answers", 0,
     UINT64_MAX},
    {OPTION_TEXT, 0, "clock", offsetof(struct serve, clock), "DATE",
     "start the clock at an ISO 8601 date", 0, 0},
    {OPTION_COUNT, 0, "https-port", offsetof(struct serve, https_port), "PORT",
     "HTTPS too, on PORT; 0 takes any free one. Certificates are minted by an authority of this "
     "machine's: see "
     "`rehearse authority`",
     0, PORT_MAX},
    {OPTION_TEXT, 0, "tls-cert", offsetof(struct serve, tls_cert), "FILE",
     "a certificate of your own, PEM", 0, 0},
    {OPTION_TEXT, 0, "tls-key", offsetof(struct serve, tls_key), "FILE", "its key, PEM", 0, 0},
    {OPTION_TEXT, 0, "authority", offsetof(struct serve, authority), "DIR",
     "where the authority is kept (default: the user's data folder)", 0, 0},
    {OPTION_LIST, 0, "allow-hook-host", offsetof(struct serve, hook_hosts), "HOST",
     "webhooks may be sent to that host too, not to this machine alone; may be repeated", 0, 0},
    {OPTION_FLAG, 0, "allow-fault-header", offsetof(struct serve, takes_fault_header), NULL,
     "let requests ask for a fault with X-Rehearse-Fault, as 429-burst", 0, 0},
    {OPTION_FLAG, 0, "allow-remote-admin", offsetof(struct serve, has_remote_admin), NULL,
     "the admin API answers other machines too, where --bind lets them in; still with its token", 0,
     0},
    {OPTION_FLAG, 0, "frozen", offsetof(struct serve, is_frozen), NULL,
     "let the clock stand still (at --clock, or now)", 0, 0},
    {OPTION_COUNT, 0, "idle-timeout", offsetof(struct serve, idle_timeout), "SECONDS",
     "close a connection that is silent for so long (default 60)", 1, 86400},
    {OPTION_COUNT, 0, "threads", offsetof(struct serve, threads), "N",
     "worker threads (default: one a processor)", 1, 256},
    {OPTION_TEXT, 0, "admin-token", offsetof(struct serve, admin_token), "TOKEN",
     "token of the admin API (default: drawn at start)", 0, 0},
    {OPTION_COUNT, 0, "journal-bytes", offsetof(struct serve, journal_bytes), "N",
     "memory of the journal (default 2 MiB)", 4096, 1ULL << 32},
    {OPTION_LIST, 'j', "journal", offsetof(struct serve, journals), "FILE",
     "write every request to FILE as it ends: a line of JSON each, or an HTTP Archive where the "
     "name ends in .har; may be repeated",
     0, 0},
    {OPTION_LIST, 0, "journal-har", offsetof(struct serve, archives), "FILE",
     "the same as an HTTP Archive, whatever its name", 0, 0},
    {OPTION_FLAG, 0, "journal-secrets", offsetof(struct serve, keeps_secrets), NULL,
     "leave tokens and client secrets in these files", 0, 0},
    {OPTION_TEXT, 0, "record", offsetof(struct serve, record), "DIR",
     "no mock: hand requests on to --upstream and write both messages to DIR/traffic.har and "
     "DIR/traffic.ndjson, secrets left out (docs/record.md)",
     0, 0},
    {OPTION_LIST, 0, "upstream", offsetof(struct serve, upstreams), "URL",
     "the tenant that --record stands before; /PATH=URL for what stands below a path; may be "
     "repeated",
     0, 0},
    {OPTION_TEXT, 0, "upstream-ca", offsetof(struct serve, upstream_ca), "FILE",
     "authorities that its certificate is verified with, PEM (default: the system's)", 0, 0},
    {OPTION_COUNT, 0, "upstream-timeout", offsetof(struct serve, upstream_timeout), "SECONDS",
     "wait so long for its answers (default 60)", 1, 3600},
    {OPTION_FLAG, 'q', "quiet", offsetof(struct serve, is_quiet), NULL, "print nothing but errors",
     0, 0},
    {OPTION_FLAG, 'v', "verbose", offsetof(struct serve, is_verbose), NULL,
     "a line for each request", 0, 0},
    {.kind = OPTION_END},
};

/* "genesys-cloud", "genesys-cloud=/cloud", "file.json=:8081" */
static bool split_profile(struct serve *s, struct mock_site *site, const char *word,
                          struct str *out_name, struct err *err)
{
    struct str all = str_of(word), name = str_slice(all, 0, str_find_char(all, '='));
    struct str where = str_slice(all, name.len + 1, all.len);
    uint64_t port = 0;
    *out_name = str_copy(&s->arena, name);
    if (where.len == 0) {
        return true;
    }
    if (where.s[0] == ':' && num_parse_u64(&port, str_slice(where, 1, where.len), 0, PORT_MAX)) {
        site->has_own_port = true;
        site->port = (uint16_t)port;
        return true;
    }
    struct str rest = where, path;
    bool are_paths = true;
    while (rest.len && str_cut(&rest, ',', &path)) {
        are_paths = are_paths && path.len > 1 && path.s[0] == '/' && !str_ends(path, STR("/"));
    }
    if (are_paths) {
        site->prefix = where;
        return true;
    }
    return err_set(err, ERR_INPUT,
                   "--profile %s: behind '=' stands a path (\"/cloud\"), several of them "
                   "(\"/api,/login\") or a port (\":8081\")",
                   word);
}

static size_t split_policies(const struct serve *s, struct policy_choice *out)
{
    for (size_t i = 0; i < s->policies.n; i++) {
        struct str all = str_of(s->policies.at[i]);
        size_t sign = str_find_char(all, '=');
        out[i] = (struct policy_choice){str_slice(all, 0, sign), str_slice(all, sign + 1, all.len)};
    }
    return s->policies.n;
}

/* What to send to the first token endpoint, besides the client's credentials. */
static struct str token_form(struct serve *s, const struct mock_site *site)
{
    const struct operation *op = NULL;
    for (size_t i = 0; !op && i < site->contract->n_operations; i++) {
        const struct operation *o = &site->contract->operations[i];
        op = o->action == ACTION_TOKEN ? o : NULL;
    }
    if (!op || op->token.n_grants == 0 || op->token.grants[0].grant != GRANT_PASSWORD) {
        return STR("-d grant_type=client_credentials");
    }
    for (size_t i = 0; i < tenant_client_count(site->tenant); i++) {
        const struct tenant_client *c = tenant_client_at(site->tenant, i);
        for (size_t k = 0; k < op->token.n_kinds; k++) {
            if (str_eq(c->kind, op->token.kinds[k])) {
                struct buf out;
                buf_init(&out, &s->arena);
                buf_printf(&out, "-d grant_type=password -d username=%.*s -d password=%.*s",
                           STR_ARG(c->id), STR_ARG(s->tenant ? STR("SECRET") : c->secret));
                return buf_str(&out);
            }
        }
    }
    return STR("-d grant_type=password -d username=KEY -d password=SECRET");
}

static bool open_site(struct serve *s, const char *word, struct err *err)
{
    struct mock_site *site = &s->sites[s->n_sites];
    struct policy_choice choices[OPTION_LIST_MAX];
    size_t n = split_policies(s, choices);
    struct str name;
    struct buf tenant = {0};
    if (!split_profile(s, site, word, &name, err) ||
        !contract_open(&site->contract, name.s, choices, n, &s->findings, err)) {
        return false;
    }
    buf_put(&tenant, s->tenant ? str_of(s->tenant) : site->contract->default_tenant);
    bool is_open = tenant_open(&site->tenant, site->contract, buf_cstr(&tenant), &s->findings, err);
    buf_done(&tenant);
    if (!is_open) {
        contract_free(site->contract);
        return false;
    }
    site->state_file = s->n_sites == 0 ? s->state : NULL;
    if (s->n_sites == 0 && tenant_client_count(site->tenant) > 0) {
        const struct tenant_client *c = tenant_client_at(site->tenant, 0);
        s->client = str_copy(&s->arena, c->id);
        /* the secrets of built-in tenants are in the manual; one's own stay unprinted */
        s->secret = s->tenant ? STR("SECRET") : str_copy(&s->arena, c->secret);
        s->form = token_form(s, site);
    }
    s->n_sites++;
    return true;
}

/* Several profiles on one port are told apart by path: one that was given none gets its name. */
static void give_prefixes(struct serve *s)
{
    size_t n_shared = 0;
    for (size_t i = 0; i < s->n_sites; i++) {
        n_shared += !s->sites[i].has_own_port;
    }
    for (size_t i = 0; n_shared > 1 && i < s->n_sites; i++) {
        struct mock_site *site = &s->sites[i];
        struct buf prefix;
        if (site->has_own_port || site->prefix.len) {
            continue;
        }
        buf_init(&prefix, &s->arena);
        buf_printf(&prefix, "/%.*s", STR_ARG(site->contract->name));
        site->prefix = buf_str(&prefix);
    }
}

/* The fault files and presets of the command line as documents of fault files, in `a`. */
static bool read_faults(const struct serve *s, struct arena *a, struct json *out, size_t *out_n,
                        struct findings *fs, struct err *err)
{
    const struct json_doc *doc = NULL;
    *out_n = 0;
    for (size_t i = 0; i < s->faults.n; i++) {
        struct str text;
        if (!file_read(&text, a, s->faults.at[i], FAULT_BYTES_MAX, err) ||
            !json_parse(&doc, a, str_of(s->faults.at[i]), text, NULL, fs, err)) {
            return false;
        }
        out[(*out_n)++] = json_root(doc);
    }
    for (size_t i = 0; i < s->presets.n; i++) {
        struct str all = str_of(s->presets.at[i]),
                   name = str_slice(all, 0, str_find_char(all, '='));
        struct buf text;
        buf_init(&text, a);
        buf_put(&text, STR("{\"faults\":[{\"preset\":"));
        buf_put_json_string(&text, name);
        if (name.len < all.len) {
            buf_printf(&text, ",\"times\":%.*s", STR_ARG(str_slice(all, name.len + 1, all.len)));
        }
        buf_put(&text, STR("}]}"));
        if (!json_parse(&doc, a, STR("--preset"), buf_str(&text), NULL, fs, err)) {
            return false;
        }
        out[(*out_n)++] = json_root(doc);
    }
    return true;
}

static bool add_faults_and_sinks(struct serve *s, struct mock *mock, struct err *err)
{
    struct json files[2 * OPTION_LIST_MAX];
    size_t n = 0;
    if (!read_faults(s, &s->arena, files, &n, &s->findings, err)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!mock_add_faults(mock, 0, files[i], &s->findings, err)) {
            return false;
        }
    }
    struct sink_rules *sinks = NULL;
    if (!sinks_read(&sinks, &s->sinks, &s->findings, err)) {
        return false;
    }
    if (sinks) {
        mock_take_sinks(mock, sinks);
    }
    return true;
}

/* The tenant, fault and sink files again; false, and all as before, where one is bad. */
static bool reload(const struct serve *s, struct mock *mock, struct err *err)
{
    struct mock_reload sites[SITES_MAX] = {{.tenant = NULL}};
    struct json files[2 * OPTION_LIST_MAX];
    struct arena a;
    struct findings fs;
    struct buf name = {0};
    size_t n_sites = mock_site_count(mock), n_open = 0;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    struct sink_rules *sinks = NULL;
    bool is_read = read_faults(s, &a, files, &sites[0].n_faults, &fs, err) &&
                   sinks_read(&sinks, &s->sinks, &fs, err);
    sites[0].faults = files;
    sites[0].has_faults = s->faults.n > 0;
    while (is_read && n_open < n_sites) {
        const struct contract *c = mock_site_contract(mock, n_open);
        buf_clear(&name);
        buf_put(&name, s->tenant ? str_of(s->tenant) : c->default_tenant);
        sites[n_open].keeps_state =
            s->on_reload ? strcmp(s->on_reload, "keep") == 0 : s->state != NULL;
        is_read = tenant_open(&sites[n_open].tenant, c, buf_cstr(&name), &fs, err);
        n_open += is_read;
    }
    buf_done(&name);
    if (is_read) {
        is_read = mock_reload(mock, sites, &fs, err);
    } else {
        for (size_t i = 0; i < n_open; i++) {
            tenant_free(sites[i].tenant);
        }
    }
    if (is_read && sinks) {
        mock_take_sinks(mock, sinks);
    } else {
        mock_drop_sinks(sinks);
    }
    arena_done(&a);
    return is_read;
}

static bool watch_files(const struct serve *s, struct watch *w, struct err *err)
{
    if (!s->is_watching) {
        return true;
    }
    for (size_t i = 0; i < s->faults.n; i++) {
        if (!watch_file(w, s->faults.at[i], err)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->sinks.n; i++) {
        bool is_file = access(s->sinks.at[i], R_OK) == 0; /* else it is built in */
        if (is_file && !watch_file(w, s->sinks.at[i], err)) {
            return false;
        }
    }
    return !s->tenant || access(s->tenant, R_OK) != 0 || watch_file(w, s->tenant, err);
}

/* Until the server is to end. */
static bool serve_on(struct serve *s, struct mock *mock, struct err *err)
{
    static const char *const words[] = {
        [WATCH_SIGNAL] = "SIGHUP", [WATCH_FILE] = "a file changed", [WATCH_WISH] = "POST /reload"};
    struct watch *w = NULL;
    enum watch_event event = WATCH_END;
    if (!watch_open(&w, mock_reload_fd(mock), err) || !watch_files(s, w, err)) {
        watch_close(w);
        return false;
    }
    while ((event = watch_next(w)) != WATCH_END) {
        struct err why = {0};
        mock_reload_begin(mock);
        bool is_done = reload(s, mock, &why);
        if (!is_done && why.line) {
            struct err plain = why;
            err_set(&why, plain.code, "%s:%u: %.300s", plain.file, (unsigned)plain.line, plain.msg);
        }
        mock_reload_end(mock, words[event], is_done ? NULL : &why);
    }
    watch_close(w);
    return true;
}

static bool set_clock(const struct serve *s, struct mock *mock, struct err *err)
{
    int64_t at_us = 0;
    if (!s->clock && !s->is_frozen) {
        return true;
    }
    struct clock now;
    clock_init(&now);
    at_us = clock_now_us(&now);
    clock_done(&now);
    if (s->clock && !date_parse(&at_us, str_of(s->clock))) {
        return err_set(err, ERR_INPUT,
                       "--clock \"%s\" is no date; expected one as 2026-01-05T09:00:00Z", s->clock);
    }
    mock_set_clock(mock, at_us, s->is_frozen);
    return true;
}

static void tell(const struct serve *s, const struct mock *mock)
{
    for (size_t i = 0; i < mock_site_count(mock); i++) {
        const struct contract *c = mock_site_contract(mock, i);
        printf("%.*s: %zu operations on %.*s\n", STR_ARG(c->name), c->n_operations,
               STR_ARG(mock_site_url(mock, i)));
    }
    for (size_t i = 0; i < mock_site_contract(mock, 0)->n_operations; i++) {
        const struct operation *op = &mock_site_contract(mock, 0)->operations[i];
        if (op->action == ACTION_TOKEN && s->client.len) {
            printf("\ntry: curl -u %.*s:%.*s %.*s %.*s%.*s\n", STR_ARG(s->client),
                   STR_ARG(s->secret), STR_ARG(s->form), STR_ARG(mock_site_url(mock, 0)),
                   STR_ARG(op->path));
            break;
        }
    }
    unsigned port = mock_port(mock);
    printf("then: rehearse ctl%s%.0u faults presets\nCtrl-C ends it.\n",
           port == PORT_DEFAULT ? "" : " --port ", port == PORT_DEFAULT ? 0 : port);
    fflush(stdout);
}

/* Writes the ready file that was asked for, and the one by which `rehearse ctl` finds the server
 * (its path into `runtime`). Without the latter ctl has to be told: no reason not to serve. */
static bool write_ready(const struct serve *s, const struct mock *mock, struct buf *runtime,
                        struct err *err)
{
    struct buf json = {0};
    struct err unimportant = {0};
    mock_ready_json(&json, mock);
    if (runtime_path(runtime, mock_port(mock), &unimportant) &&
        !file_write_fleeting(buf_cstr(runtime), buf_str(&json), 0600, &unimportant)) {
        buf_done(runtime);
    }
    bool is_written =
        !s->ready_file || file_write_fleeting(s->ready_file, buf_str(&json), 0600, err);
    buf_done(&json);
    return is_written;
}

static bool open_sites(struct serve *s, struct err *err)
{
    if (s->profiles.n == 0) {
        s->profiles.at[s->profiles.n++] = "genesys-cloud";
    }
    for (size_t i = 0; i < s->profiles.n; i++) {
        if (!open_site(s, s->profiles.at[i], err)) {
            return false;
        }
    }
    give_prefixes(s);
    return true;
}

static void drop_sites(struct serve *s)
{
    for (size_t i = 0; i < s->n_sites; i++) {
        tenant_free(s->sites[i].tenant);
        contract_free(s->sites[i].contract);
    }
}

/* The files of --journal and --journal-har into `out`; gives their number. */
static size_t list_journals(const struct serve *s, struct mock_journal out[2 * OPTION_LIST_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < s->journals.n; i++) {
        const char *path = s->journals.at[i];
        out[n++] = (struct mock_journal){path, str_ends(str_of(path), STR(".har"))};
    }
    for (size_t i = 0; i < s->archives.n; i++) {
        out[n++] = (struct mock_journal){s->archives.at[i], true};
    }
    return n;
}

static int serve_until_signal(struct serve *s)
{
    struct mock_journal journals[2 * OPTION_LIST_MAX];
    size_t n_journals = list_journals(s, journals);
    struct err err = {0};
    struct mock *mock = NULL;
    struct buf runtime = {0};
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before any thread starts */
    runtime_allow_files();
    cli_authority_folder(s->folder);
    if (!s->tls_cert != !s->tls_key) {
        fputs("rehearse: --tls-cert and --tls-key go together\n", stderr);
        return EXIT_USAGE;
    }
    if (n_journals > MOCK_JOURNALS_MAX) {
        (void)fprintf(stderr, "rehearse: at most %d journal files\n", MOCK_JOURNALS_MAX);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < s->hook_hosts.n; i++) {
        s->hosts[i] = str_of(s->hook_hosts.at[i]);
    }
    struct mock_options mock_options = {
        .bind_address = s->bind_address,
        .port = (uint16_t)s->port,
        .n_threads = (unsigned)s->threads,
        .has_https = s->https_port != NO_HTTPS,
        .https_port = (uint16_t)s->https_port,
        .tls_cert = s->tls_cert,
        .tls_key = s->tls_key,
        .authority = s->authority ? s->authority : s->folder,
        .send = hook_send,
        .send_ctx = &s->sender,
        .hook_hosts = s->hosts,
        .n_hook_hosts = s->hook_hosts.n,
        .takes_fault_header = s->takes_fault_header,
        .has_remote_admin = s->has_remote_admin,
        .idle_timeout_s = (unsigned)s->idle_timeout,
        .seed = s->seed,
        .admin_token = str_of(s->admin_token),
        .journal_bytes = (size_t)s->journal_bytes,
        .journals = journals,
        .n_journals = n_journals,
        .journals_keep_secrets = s->keeps_secrets,
        .log = &s->log,
    };
    if (!mock_start(&mock, &mock_options, s->sites, s->n_sites, &err)) {
        return cli_fail(&err);
    }
    if (!add_faults_and_sinks(s, mock, &err) || !set_clock(s, mock, &err) ||
        !write_ready(s, mock, &runtime, &err)) {
        mock_stop(mock);
        buf_done(&runtime);
        cli_print_findings(stderr, &s->findings);
        return cli_fail(&err);
    }
    if (!s->is_quiet) {
        tell(s, mock);
    }
    bool is_well = serve_on(s, mock, &err);
    mock_tell_unmet(mock);
    mock_stop(mock);
    hook_sender_done(&s->sender);
    if (runtime.len) {
        unlink(buf_cstr(&runtime));
    }
    buf_done(&runtime);
    return is_well ? EXIT_WELL : cli_fail(&err);
}

/* In the place of the mock. */
static int record(struct serve *s)
{
    const struct serve_record how = {.folder = s->record,
                                     .profile = s->profiles.n ? s->profiles.at[0] : "genesys-cloud",
                                     .upstreams = &s->upstreams,
                                     .ca_file = s->upstream_ca,
                                     .ready_file = s->ready_file,
                                     .port = s->port,
                                     .timeout_s = s->upstream_timeout,
                                     .is_quiet = s->is_quiet,
                                     .has_mocks_options = s->bind_address || s->state ||
                                                          s->tenant || s->https_port != NO_HTTPS ||
                                                          s->faults.n || s->presets.n ||
                                                          s->profiles.n > 1,
                                     .log = &s->log};
    return serve_record(&how);
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    struct serve *s = values;
    struct err err = {0};
    (void)command;
    (void)arguments;
    (void)n_arguments;
    arena_init(&s->arena, 0, 0);
    findings_init(&s->findings, &s->arena);
    log_init(&s->log, stderr, s->is_verbose ? LOG_DEBUG : LOG_WARN);
    if (s->record || s->upstreams.n) {
        int recorded = record(s);
        arena_done(&s->arena);
        return recorded;
    }
    bool is_known = !s->on_reload || strcmp(s->on_reload, "keep") == 0 ||
                    strcmp(s->on_reload, "replace") == 0 ||
                    err_set(&err, ERR_INPUT, "--on-reload is replace or keep");
    if (!is_known || !open_sites(s, &err)) {
        drop_sites(s);
        cli_print_findings(stderr, &s->findings);
        int status = cli_fail(&err);
        arena_done(&s->arena);
        return status;
    }
    int status = serve_until_signal(s);
    arena_done(&s->arena);
    return status;
}

static void defaults(void *values)
{
    struct serve *s = values;
    s->port = PORT_DEFAULT;
    s->https_port = NO_HTTPS;
    s->seed = 1;
    s->upstream_timeout = 60;
}

const struct command command_serve = {
    .name = "serve",
    .usage = "[OPTION…]",
    .summary = "the mock API: stateful, fixture-driven, with faults on demand",
    .about = "Serves one or several profiles, each with a tenant of its own, until SIGTERM or "
             "Ctrl-C. State is in "
             "memory:\nclients create, change and delete as in the real tenant. `rehearse ctl` "
             "speaks to the running "
             "server.",
    .examples = "  rehearse serve\n"
                "  rehearse serve --profile genesys-cloud --port 0 --ready-file ready.json\n"
                "  rehearse serve --profile genesys-cloud --profile cxone-interaction-config=/cx\n"
                "  rehearse serve --preset 429-burst=3 --policy duplicate-name=409\n"
                "  rehearse serve --record session --upstream https://api.mypurecloud.com "
                "--upstream /oauth=https://login.mypurecloud.com\n",
    .options = options,
    .defaults = defaults,
    .run = run,
    .values_size = sizeof(struct serve),
};
