/* `rehearse replay`: recorded traffic, sent to a mock or to a URL, its answers compared with those of the record. */
#include "cli/again_report.h"
#include "cli/cli.h"
#include "cli/peer.h"
#include "mockapi/mockapi.h"
#include "replay/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_BYTES_MAX = 1 << 30, HEADERS_MAX = 40 };

struct replay_options {
    const char *profile, *tenant, *url, *token_url, *format, *speed;
    struct option_list ignored, policies;
    bool keeps_times, is_verbose;
};

static const struct option options[] = {
    {OPTION_TEXT, 'p', "profile", offsetof(struct replay_options, profile), "NAME",
     "built-in profile or file (default genesys-cloud)", 0, 0},
    {OPTION_TEXT, 't', "tenant", offsetof(struct replay_options, tenant), "NAME",
     "built-in tenant or a snapshot file that the mock begins with (default: the profile's)", 0, 0},
    {OPTION_LIST, 0, "policy", offsetof(struct replay_options, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {OPTION_TEXT, 'u', "url", offsetof(struct replay_options, url), "URL",
     "send to this API instead of a mock; credentials: REHEARSE_CLIENT_ID, REHEARSE_CLIENT_SECRET",
     0, 0},
    {OPTION_TEXT, 0, "token-url", offsetof(struct replay_options, token_url), "URL",
     "with --url: where token requests go (default: the same)", 0, 0},
    {OPTION_LIST, 'i', "ignore", offsetof(struct replay_options, ignored), "POINTER",
     "values of answers that may differ, as /entities/*/description; may be repeated", 0, 0},
    {OPTION_FLAG, 0, "times", offsetof(struct replay_options, keeps_times), NULL,
     "wait as long between requests as there was", 0, 0},
    {OPTION_TEXT, 0, "speed", offsetof(struct replay_options, speed), "N",
     "with --times: so many times as fast", 0, 0},
    {OPTION_TEXT, 'f', "format", offsetof(struct replay_options, format), "FORMAT",
     "text (default), json or junit", 0, 0},
    {OPTION_FLAG, 'v', "verbose", offsetof(struct replay_options, is_verbose), NULL,
     "show the requests whose answers are the same too", 0, 0},
    {.kind = OPTION_END},
};

struct work {
    const struct replay_options *o;
    struct arena arena;
    struct findings findings;
    struct err err;
    struct contract *contract; /* of ours; the mock has its own */
    struct mock *mock;
    struct peer *peer;
    struct str url, token_url, id, secret;
    struct recording recording; /* of all files */
};

static bool open_contract(struct work *w, struct contract **out)
{
    struct policy_choice choices[OPTION_LIST_MAX + 1];
    size_t n = 0;
    for (; n < w->o->policies.n; n++) {
        struct str all = str_of(w->o->policies.at[n]);
        size_t sign = str_find_char(all, '=');
        choices[n] =
            (struct policy_choice){str_slice(all, 0, sign), str_slice(all, sign + 1, all.len)};
    }
    return contract_open(out, w->o->profile ? w->o->profile : "genesys-cloud", choices, n,
                         &w->findings, &w->err);
}

/* A tenant of our own, on a free port of this machine, and its mightiest client. */
static bool start_mock(struct work *w)
{
    struct mock_site site = {.prefix = STR("")};
    const struct mock_options o = {.n_threads = 1, .seed = 1};
    struct buf name;
    if (!open_contract(w, &site.contract)) {
        return false;
    }
    buf_init(&name, &w->arena);
    buf_put(&name, w->o->tenant ? str_of(w->o->tenant) : site.contract->default_tenant);
    if (!tenant_open(&site.tenant, site.contract, buf_cstr(&name), &w->findings, &w->err)) {
        contract_free(site.contract);
        return false;
    }
    for (size_t i = 0; i < tenant_client_count(site.tenant); i++) {
        const struct tenant_client *c = tenant_client_at(site.tenant, i);
        bool may_all = c->n_permissions && str_eq(c->permissions[0], STR("*"));
        if (!w->id.len || (may_all && i == 0)) {
            w->id = str_copy(&w->arena, c->id);
            w->secret = str_copy(&w->arena, c->secret);
        }
    }
    if (!mock_start(&w->mock, &o, &site, 1, &w->err)) {
        return false;
    }
    w->url = w->token_url = mock_site_url(w->mock, 0);
    return true;
}

static bool choose_server(struct work *w)
{
    const char *id = getenv("REHEARSE_CLIENT_ID"), *secret = getenv("REHEARSE_CLIENT_SECRET");
    if (!w->o->url) {
        return start_mock(w);
    }
    w->url = str_of(w->o->url);
    w->url.len -= str_ends(w->url, STR("/"));
    w->token_url = w->o->token_url ? str_of(w->o->token_url) : w->url;
    w->token_url.len -= str_ends(w->token_url, STR("/"));
    w->id = id ? str_of(id) : STR("");
    w->secret = secret ? str_of(secret) : STR("");
    return true;
}

static bool send_one(void *ctx, struct arena *a, const struct again_request *request,
                 struct again_answer *out, struct err *err)
{
    struct work *w = ctx;
    struct str lines[HEADERS_MAX];
    struct buf url, basic;
    struct peer_answer answer = {.status = 0};
    size_t n = 0;
    for (size_t i = 0; i < request->n_headers && n < HEADERS_MAX; i++) {
        struct buf line;
        buf_init(&line, a);
        buf_printf(&line, "%.*s: %.*s", STR_ARG(request->headers[i].name),
                   STR_ARG(request->headers[i].value));
        lines[n++] = buf_str(&line);
    }
    buf_init(&url, a);
    buf_put(&url, request->wants_basic ? w->token_url : w->url);
    buf_put(&url, request->target);
    buf_init(&basic, a);
    if (request->wants_basic && w->id.len) {
        buf_printf(&basic, "%.*s:%.*s", STR_ARG(w->id), STR_ARG(w->secret));
    }
    const struct peer_request rq = {.method = str_cstr(a, request->method),
                                    .url = buf_str(&url),
                                    .bearer = request->bearer,
                                    .basic = buf_str(&basic),
                                    .body = request->body,
                                    .media_type = request->media_type,
                                    .headers = lines,
                                    .n_headers = n};
    if (!peer_send(&answer, a, w->peer, &rq, err)) {
        return false;
    }
    *out = (struct again_answer){.status = (int)answer.status, .body = answer.body};
    return true;
}

/* A token for requests whose own one is not in the record. */
static struct str fetch_token(struct work *w)
{
    const struct operation *op = NULL;
    for (size_t i = 0; i < w->contract->n_operations && !op; i++) {
        const struct operation *o = &w->contract->operations[i];
        bool is_it = o->action == ACTION_TOKEN && o->token.takes_basic && o->n_segments > 0 &&
                     str_find_char(o->path, '{') == o->path.len;
        op = is_it ? o : op;
    }
    struct again_answer answer = {.status = 0};
    struct err ignored = {.code = ERR_NONE}; /* requests will be refused, and say so */
    const struct json_doc *doc = NULL;
    if (!op || !w->id.len) {
        return STR("");
    }
    const struct again_request rq = {.method = op->method,
                                     .target = op->path,
                                     .wants_basic = true,
                                     .body = STR("grant_type=client_credentials"),
                                     .media_type = STR("application/x-www-form-urlencoded")};
    bool is_given = send_one(w, &w->arena, &rq, &answer, &ignored) && answer.status == 200 &&
                    json_parse(&doc, &w->arena, STR("token"), answer.body, NULL, NULL, &ignored);
    return is_given ? json_str_or(json_get(json_root(doc), STR("access_token")), STR("")) : STR("");
}

static bool read_files(struct work *w, char **paths, size_t n)
{
    size_t all = 0;
    struct recording *each = ARENA_ARRAY(&w->arena, n + 1, struct recording);
    for (size_t i = 0; i < n; i++) {
        struct str text;
        struct str name = str_of(paths[i]);
        if (!file_read(&text, &w->arena, paths[i], RECORD_BYTES_MAX, &w->err) ||
            !read_traffic(&each[i], &w->arena, w->contract, name, text, &w->findings, &w->err)) {
            return false;
        }
        all += each[i].n_requests;
    }
    struct traffic_request *requests = ARENA_ARRAY(&w->arena, all + 1, struct traffic_request);
    for (size_t i = 0, k = 0; i < n; i++) {
        for (size_t m = 0; m < each[i].n_requests; m++) {
            requests[k++] = each[i].requests[m];
        }
    }
    w->recording = (struct recording){.requests = requests, .n_requests = all};
    return all > 0 || err_set(&w->err, ERR_INPUT, "%s: there is no request in it", paths[0]);
}

static bool read_spec(struct work *w, struct again_spec *spec)
{
    struct str *ignored = ARENA_ARRAY(&w->arena, w->o->ignored.n + 1, struct str);
    for (size_t i = 0; i < w->o->ignored.n; i++) {
        ignored[i] = str_of(w->o->ignored.at[i]);
        if (!str_starts(ignored[i], STR("/"))) {
            return err_set(&w->err, ERR_INPUT,
                           "--ignore is \"%s\"; expected a JSON Pointer as /entities/*/name",
                           w->o->ignored.at[i]);
        }
    }
    *spec = (struct again_spec){.contract = w->contract,
                                .ignored = ignored,
                                .n_ignored = w->o->ignored.n,
                                .keeps_times = w->o->keeps_times,
                                .send = send_one,
                                .ctx = w};
    uint64_t speed = 1;
    if (w->o->speed && !num_parse_u64(&speed, str_of(w->o->speed), 1, 1000000)) {
        return err_set(&w->err, ERR_INPUT, "--speed is \"%s\"; expected 1 to 1000000", w->o->speed);
    }
    spec->speed = (double)speed;
    return again_report_knows(w->o->format, &w->err);
}

static int replay(struct work *w, char **paths, size_t n)
{
    struct again_spec spec;
    if (!read_spec(w, &spec) || !open_contract(w, &w->contract) || !read_files(w, paths, n) ||
        !peer_open(&w->peer, &w->err) || !choose_server(w)) {
        return EXIT_USAGE;
    }
    struct again_result *results =
        ARENA_ARRAY(&w->arena, w->recording.n_requests + 1, struct again_result);
    size_t n_bad = again_run(results, &w->arena, &spec, &w->recording, fetch_token(w));
    again_report(stdout, w->o->format, results, w->recording.n_requests, w->o->is_verbose);
    return n_bad ? EXIT_FINDINGS : EXIT_WELL;
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    struct work w = {.o = values};
    (void)command;
    arena_init(&w.arena, 0, 0);
    findings_init(&w.findings, &w.arena);
    int status = replay(&w, arguments, n_arguments);
    if (w.err.code != ERR_NONE) {
        cli_print_findings(stderr, &w.findings);
        status = cli_fail(&w.err);
    }
    peer_close(w.peer);
    mock_stop(w.mock);
    contract_free(w.contract);
    arena_done(&w.arena);
    return status;
}

const struct command command_replay = {
    .name = "replay",
    .usage = "[OPTION…] FILE…",
    .summary = "send recorded traffic again, and compare the answers",
    .about =
        "Takes HTTP Archives, the mock's journal, .http files and curl's command lines, in their "
        "order, and sends their requests\nto a mock of its own or to --url. Ids, tokens, versions "
        "and ETags that the live answers give stand in later requests\nwhere the recorded ones "
        "stood. Answers are compared by status and JSON; what changes by nature (ids, times, what "
        "the\nprofile says the server makes) does not count.\n\nExit status: 0 the same, 1 "
        "something differs or was not answered, 2 wrong usage or unreadable input, 3 the system "
        "refused.",
    .examples = "  rehearse replay session.har\n"
                "  rehearse replay --ignore '/entities/*/dateModified' run.ndjson\n"
                "  rehearse replay --url http://127.0.0.1:8080 copied-from-the-browser.sh",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1000,
    .run = run,
    .values_size = sizeof(struct replay_options),
};
