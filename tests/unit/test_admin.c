/* The admin API on a real profile: token, paths, and what each endpoint does. */
#include "tests/unit/unit.h"

#include "mockapi/admin_int.h"

#include <string.h>

static struct arena arena;
static struct site *sites[2];
static struct admin admin;

static struct site *open_site(const char *profile)
{
    struct contract *contract = NULL;
    struct tenant *tenant = NULL;
    struct findings fs;
    struct err err = {0};
    findings_init(&fs, &arena);
    ck_assert_msg(contract_open(&contract, profile, NULL, 0, &fs, &err), "%s", err.msg);
    ck_assert_msg(tenant_open(&tenant, contract, "acme", &fs, &err), "%s", err.msg);
    struct site *s = site_new(contract, tenant, STR(""), 1, 0);
    clock_freeze(&s->clock, 0);
    return s;
}

static void setup(void)
{
    arena_init(&arena, 0, 0);
    sites[0] = open_site("genesys-cloud");
    sites[1] = open_site("cxone-interaction-config");
    admin = (struct admin){.sites = sites, .n_sites = 2, .token = STR("t0ken")};
}

static void teardown(void)
{
    site_free(sites[0]);
    site_free(sites[1]);
    arena_done(&arena);
}

static struct request *make(const char *method, const char *path, struct str body)
{
    struct request *rq = ARENA_NEW(&arena, struct request);
    struct str uri = str_of(path);
    size_t mark = str_find_char(uri, '?');
    rq->arena = &arena;
    rq->method = str_of(method);
    rq->is_head = str_eq(rq->method, STR("HEAD"));
    rq->uri = uri;
    rq->path = str_slice(uri, 0, mark);
    rq->query_text = str_slice(uri, mark + 1, uri.len);
    rq->body_text = body;
    findings_init(&rq->findings, &arena);
    return rq;
}

static struct request *ask(const char *method, const char *path, const char *body)
{
    struct request *rq = make(method, path, str_of(body));
    rq->headers[rq->n_headers++] = (struct header){STR("X-Rehearse-Token"), STR("t0ken")};
    ck_assert(admin_handle(&admin, rq, 60000)); /* it has waited long enough for anything */
    return rq;
}

static struct json json_of(const struct request *rq)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert_msg(
        json_parse(&doc, &arena, STR("reply"), buf_str(&rq->reply.body), NULL, NULL, &err),
        "%s: %.*s", err.msg, STR_ARG(str_slice(buf_str(&rq->reply.body), 0, 500)));
    return json_root(doc);
}

static struct str get(const struct request *rq, const char *dotted)
{
    struct json root = json_of(rq), v = *dotted ? json_path(root, str_of(dotted)) : root;
    return json_exists(v) ? json_source(v) : STR("");
}

static const struct token_row {
    const char *name, *value, *path;
    int status;
} tokens[] = {
    {"X-Rehearse-Token", "t0ken", "/__rehearse/sites", 200},
    {"x-rehearse-token", "t0ken", "/__rehearse/sites", 200},
    {"Authorization", "Bearer t0ken", "/__rehearse/sites", 200},
    {"authorization", "bearer t0ken", "/__rehearse/sites", 200},
    {"Authorization", "Basic t0ken", "/__rehearse/sites", 401},
    {"X-Rehearse-Token", "t0keN", "/__rehearse/sites", 401},
    {"X-Rehearse-Token", "t0ke", "/__rehearse/sites", 401},
    {"X-Rehearse-Token", "t0kent0ken", "/__rehearse/sites", 401},
    {"X-Rehearse-Token", "", "/__rehearse/sites", 401},
    {"X-Rehearse-Token", "t0ken ", "/__rehearse/sites", 401},
    {"X-Other", "t0ken", "/__rehearse/nothing", 401},
    {"X-Other", "t0ken", "/__rehearse/health", 200},
};

START_TEST(token)
{
    const struct token_row *row = &tokens[_i];
    struct request *rq = make("GET", row->path, STR(""));
    rq->headers[rq->n_headers++] = (struct header){str_of(row->name), str_of(row->value)};
    ck_assert(admin_handle(&admin, rq, 0));
    ck_assert_int_eq(rq->reply.status, row->status);
    rq = make("GET", "/__rehearse/sites",
              STR("")); /* a server's empty token is no key to anything */
    rq->headers[rq->n_headers++] = (struct header){str_of(row->name), STR("")};
    admin.token = STR("");
    ck_assert(admin_handle(&admin, rq, 0));
    ck_assert_int_eq(rq->reply.status, 401);
}
END_TEST

/* Calls one after the other, each on fresh sites; the last answer is looked at. */
static const struct call_row {
    const char *method, *path, *body;
    int status;
    const char *dotted, *wanted; /* JSON text */
} calls[] = {
    {"GET", "/health", "", 200, "status", "\"ok\""},
    {"HEAD", "/health", "", 200, "status", "\"ok\""},
    {"GET", "/sites", "", 200, "sites", NULL},
    {"GET", "/faltus", "", 404, "error.message",
     "\"the server's own interface has no such path; did you mean /__rehearse/faults?\""},
    {"GET", "/", "", 404, "error.status", "404"},
    {"GET", "", "", 404, "error.status", "404"},
    {"PATCH", "/clock", "", 405, "error.message", "\"this takes GET, POST\""},
    {"GET", "/faults/5", "", 405, "error.message", "\"this takes DELETE\""},
    {"GET", "/faults/5/6", "", 404, "error.status", "404"},
    {"GET", "/sites/nothing/clock", "", 404, "error.status", "404"},
    {"GET", "/sites/cxone-interaction-config/clock", "", 200, "frozen", "true"},
    {"GET", "/sites/%zz/clock", "", 404, "error.status", "404"},
    {"GET", "/journal?limit=x", "", 400, "error.status", "400"},
    {"GET", "/journal?limit=%zz", "", 400, "error.status", "400"},
    {"GET", "/journal?limt=1", "", 400, "error.message",
     "\"there is no query parameter \\\"limt\\\" here; did you mean limit?\""},
    {"GET", "/clock?x=1", "", 400, "error.message",
     "\"there is no query parameter \\\"x\\\" here\""},
    {"GET", "/journal?limit=1&status=404", "", 200, "entries", "[]"},
    {"GET", "/journal?wait=0", "", 200, "entries", "[]"},
    {"GET", "/journal?wait=1&timeoutMs=1", "", 408, "error.status", "408"},
    {"GET", "/journal?timeoutMs=999999999", "", 400, "error.status", "400"},
    {"DELETE", "/journal", "", 200, "", NULL},
    {"GET", "/unmatched", "", 200, "entries", "[]"},
    {"GET", "/streams", "", 409, "error.message",
     "\"this profile has no notification channels\""}, /* without a server there are none */
    {"POST", "/streams", "{\"topic\": \"t\", \"body\": 1}", 409, "error.status", "409"},
    {"POST", "/streams/warn", "", 409, "error.status", "409"},
    {"DELETE", "/streams?code=1006", "", 409, "error.status", "409"},
    {"GET", "/clock", "", 200, "now", "\"1970-01-01T00:00:00.000Z\""},
    {"POST", "/clock", "{\"advance\": \"2d\"}", 200, "now", "\"1970-01-03T00:00:00.000Z\""},
    {"POST", "/clock", "{\"advance\": \"-1h\"}", 200, "now", "\"1969-12-31T23:00:00.000Z\""},
    {"POST", "/clock", "{\"advance\": \"9999999d\"}", 422, "error.status", "422"},
    {"POST", "/clock", "{\"advance\": \"-9999999d\"}", 422, "error.status", "422"},
    {"POST", "/clock", "{\"advance\": 5}", 422, "error.status", "422"},
    {"POST", "/clock", "{\"freeze\": \"2026-01-05T09:00:00Z\"}", 200, "now",
     "\"2026-01-05T09:00:00.000Z\""},
    {"POST", "/clock", "{\"freeze\": \"soon\"}", 422, "error.status", "422"},
    {"POST", "/clock", "{\"resume\": true}", 200, "frozen", "false"},
    {"POST", "/clock", "{\"reset\": true}", 200, "frozen", "false"},
    {"POST", "/clock", "{\"scale\": 60}", 200, "scale", "60"},
    {"POST", "/clock", "{\"scale\": 0}", 422, "error.status", "422"},
    {"POST", "/clock", "{\"scale\": 1e99}", 422, "error.status", "422"},
    {"POST", "/clock", "{\"scale\": 1, \"reset\": true}", 422, "error.status", "422"},
    {"POST", "/clock", "[]", 422, "error.status", "422"},
    {"POST", "/clock", "{", 422, "findings", NULL},
    {"POST", "/clock", "", 422, "error.status", "422"},
    {"POST", "/faults", "{\"preset\": \"500\"}", 201, "id", "1"},
    {"POST", "/faults", "{\"faults\": [{\"preset\": \"500\"}, {\"preset\": \"502\"}]}", 201,
     "faults", NULL},
    {"POST", "/faults", "{\"preset\": \"501\"}", 422, "error.message",
     "\"no preset has this name\""},
    {"DELETE", "/faults/7", "", 404, "error.status", "404"},
    {"DELETE", "/faults/x", "", 404, "error.status", "404"},
    {"DELETE", "/faults", "", 200, "faults", "[]"},
    {"GET", "/faults", "", 200, "faults", "[]"},
    {"GET", "/faults/presets", "", 200, "presets", NULL},
    {"GET", "/tokens", "", 200, "tokens", "[]"},
    {"POST", "/tokens/issue", "{\"client\": \"acme-admin\", \"lifetimeS\": 5}", 201, "lifetimeS",
     "5"},
    {"POST", "/tokens/issue", "{\"client\": \"acme-admin\", \"scope\": \"a b\"}", 201, "scope",
     "\"a b\""},
    {"POST", "/tokens/issue", "{\"client\": \"acme-admin\", \"lifetimeS\": -1}", 422,
     "error.status", "422"},
    {"POST", "/tokens/issue", "{\"client\": \"nobody\"}", 422, "error.status", "422"},
    {"POST", "/tokens/expire", "{}", 200, "ended", "0"},
    {"POST", "/reset", "", 200, "tenant", "\"acme\""},
    {"GET", "/state", "", 200, "profile", "\"genesys-cloud\""},
    {"PUT", "/state", "{}", 422, "findings", NULL},
    {"PUT", "/state", "nonsense", 422, "findings", NULL},
    {"GET", "/snapshots", "", 200, "snapshots", "[]"},
    {"GET", "/snapshots/x", "", 404, "error.status", "404"},
    {"GET", "/openapi", "", 200, "openapi", "\"3.1.0\""},
};

START_TEST(call)
{
    const struct call_row *row = &calls[_i];
    struct buf path;
    buf_init(&path, &arena);
    buf_printf(&path, "/__rehearse%s", row->path);
    struct request *rq = ask(row->method, buf_cstr(&path), row->body);
    ck_assert_msg(rq->reply.status == row->status, "%s %s %s: %d %.*s", row->method, row->path,
                  row->body, rq->reply.status,
                  STR_ARG(str_slice(buf_str(&rq->reply.body), 0, 500)));
    struct str found = get(rq, row->dotted);
    ck_assert_msg(row->wanted ? str_eq(found, str_of(row->wanted)) : found.len > 0,
                  "%s %s %s: %.*s", row->method, row->path, row->body,
                  STR_ARG(str_slice(buf_str(&rq->reply.body), 0, 500)));
}
END_TEST

/* A request to the profile itself, with the token given. */
static int visit(const char *method, const char *path, struct str bearer)
{
    struct request *rq = make(method, path, STR(""));
    struct buf value;
    buf_init(&value, &arena);
    buf_put(&value, STR("Bearer "));
    buf_put(&value, bearer);
    rq->headers[rq->n_headers++] = (struct header){STR("Authorization"), buf_str(&value)};
    site_begin(sites[0], rq);
    site_handle(rq);
    site_end(rq, clock_monotonic_us());
    return rq->reply.status;
}

static struct str issue(void)
{
    struct request *rq = ask("POST", "/__rehearse/tokens/issue", "{\"client\": \"acme-admin\"}");
    ck_assert_int_eq(rq->reply.status, 201);
    return json_str(json_get(json_of(rq), STR("token")));
}

static const char codes[] = "/api/v2/routing/wrapupcodes?pageSize=1";

START_TEST(tokens_end)
{
    struct str one = issue(), two = issue();
    ck_assert_int_eq(visit("GET", codes, one), 200);
    ck_assert(str_eq(
        get(ask("POST", "/__rehearse/tokens/expire", "{\"client\": \"acme-admin\"}"), "ended"),
        STR("2")));
    ck_assert_int_eq(visit("GET", codes, one), 401);
    two = issue();
    ck_assert_int_eq(visit("GET", codes, two), 200);
    ck_assert_int_eq(ask("POST", "/__rehearse/tokens/revoke", "{}")->reply.status, 200);
    ck_assert_int_eq(visit("GET", codes, two), 401);
}
END_TEST

START_TEST(faults_are_dealt_and_written_down)
{
    struct str bearer = issue();
    ask("POST", "/__rehearse/faults", "{\"preset\": \"401-expired\"}");
    ck_assert_int_eq(visit("GET", codes, bearer), 401);
    ck_assert_int_eq(visit("GET", codes, bearer), 401); /* dead for good */
    bearer = issue();
    ask("POST", "/__rehearse/faults", "{\"preset\": \"503-retry-after\", \"retryAfter\": 2}");
    ck_assert_int_eq(visit("GET", codes, bearer), 503);
    ck_assert_int_eq(visit("GET", codes, bearer), 200);
    ck_assert_int_eq(visit("GET", "/api/v2/routing/wrapupcode", bearer), 404);
    struct json entries =
        json_get(json_of(ask("GET", "/__rehearse/journal?faults=true", "")), STR("entries"));
    ck_assert_uint_eq(json_count(entries), 2);
    entries = json_get(json_of(ask("GET", "/__rehearse/unmatched", "")), STR("entries"));
    ck_assert_uint_eq(json_count(entries), 1);
    struct str why =
        json_str(json_get(json_first(json_get(json_first(entries), STR("nearest"))), STR("why")));
    ck_assert_msg(str_eq(why, STR("segment 4 is \"wrapupcodes\", not \"wrapupcode\"")), "%.*s",
                  STR_ARG(why));
    struct str metrics = buf_str(&ask("GET", "/__rehearse/metrics", "")->reply.body);
    struct str line = STR("rehearse_responses_total{site=\"genesys-cloud\",status=\"5xx\"} 1\n");
    ck_assert(str_find(metrics, line) < metrics.len);
}
END_TEST

/* The document has each endpoint of the table with its parameters, and nothing else. */
START_TEST(the_document_is_the_table)
{
    struct json root = json_of(ask("GET", "/__rehearse/openapi", ""));
    size_t n = 0;
    struct map ids = {0};
    for (struct json p = json_first(json_get(root, STR("paths"))); json_exists(p);
         p = json_next(p)) {
        for (struct json m = json_first(p); json_exists(m); m = json_next(m)) {
            struct str id = json_str_or(json_get(m, STR("operationId")), STR(""));
            ck_assert_msg(id.len && !map_get(&ids, id), "%.*s", STR_ARG(id));
            (void)map_put(&ids, id, &ids);
            n++;
        }
    }
    ck_assert_uint_eq(n, admin_n_endpoints);
    for (size_t i = 0; i < admin_n_endpoints; i++) {
        const struct admin_endpoint *e = &admin_endpoints[i];
        struct json path = json_get(json_get(root, STR("paths")), str_of(e->path));
        struct json m = json_get(path, str_lower(&arena, str_of(e->method)));
        ck_assert_msg(json_exists(m), "the document lacks %s %s", e->method, e->path);
        ck_assert(json_exists(json_get(m, STR("requestBody"))) == (e->body_schema != NULL));
        size_t parameters = strchr(e->path, '{') != NULL;
        for (const struct admin_parameter *q = e->query; q && q->name; q++) {
            parameters++;
        }
        ck_assert_uint_eq(json_count(json_get(m, STR("parameters"))), parameters);
        ck_assert(json_exists(json_pointer_find(m, STR("/responses/2XX/content"))));
    }
    map_done(&ids);
}
END_TEST

START_TEST(a_snapshot_comes_back)
{
    struct request *first = ask("GET", "/__rehearse/state", "");
    struct str before = str_copy(&arena, buf_str(&first->reply.body));
    struct request *put = make("PUT", "/__rehearse/state?baseline=true", before);
    put->headers[put->n_headers++] = (struct header){STR("X-Rehearse-Token"), STR("t0ken")};
    ck_assert(admin_handle(&admin, put, 0));
    ck_assert_msg(put->reply.status == 200, "%.*s",
                  STR_ARG(str_slice(buf_str(&put->reply.body), 0, 500)));
    ck_assert(str_eq(buf_str(&ask("GET", "/__rehearse/state", "")->reply.body), before));
    /* a bad one is refused with its findings, and the old one stays */
    struct request *bad = ask("PUT", "/__rehearse/state",
                              "{\"format\": 1, \"profile\": \"other\", \"resources\": 5}");
    ck_assert_int_eq(bad->reply.status, 422);
    ck_assert_uint_ge(json_count(json_get(json_of(bad), STR("findings"))), 1);
    ck_assert(str_eq(buf_str(&ask("GET", "/__rehearse/state", "")->reply.body), before));
}
END_TEST

START_TEST(a_wrong_method_says_which_are_right)
{
    struct request *rq = ask("PUT", "/__rehearse/clock", "");
    struct str allow = STR("");
    for (size_t i = 0; i < rq->reply.n_headers; i++) {
        if (str_eq(rq->reply.headers[i].name, STR("Allow"))) {
            allow = rq->reply.headers[i].value;
        }
    }
    ck_assert(str_eq(allow, STR("GET, POST")));
}
END_TEST

START_TEST(a_kept_state_comes_back)
{
    struct str before = get(ask("GET", "/__rehearse/state", ""), "resources");
    ck_assert_int_eq(ask("PUT", "/__rehearse/snapshots/one", "")->reply.status, 201);
    struct request *rq = make("POST", "/api/v2/routing/wrapupcodes", STR("{\"name\": \"Kept\"}"));
    struct buf value;
    buf_init(&value, &arena);
    buf_put(&value, STR("Bearer "));
    buf_put(&value, issue());
    rq->headers[rq->n_headers++] = (struct header){STR("Authorization"), buf_str(&value)};
    rq->headers[rq->n_headers++] = (struct header){STR("Content-Type"), STR("application/json")};
    site_begin(sites[0], rq);
    site_handle(rq);
    site_end(rq, clock_monotonic_us());
    ck_assert_int_eq(rq->reply.status, 200);
    ck_assert(!str_eq(get(ask("GET", "/__rehearse/state", ""), "resources"), before));
    ck_assert_int_eq(ask("POST", "/__rehearse/snapshots/one/restore", "")->reply.status, 200);
    ck_assert(str_eq(get(ask("GET", "/__rehearse/state", ""), "resources"), before));
    ck_assert_int_eq(ask("DELETE", "/__rehearse/snapshots/one", "")->reply.status, 200);
    ck_assert_int_eq(ask("POST", "/__rehearse/snapshots/one/restore", "")->reply.status, 404);
}
END_TEST

START_TEST(a_wait_says_nothing_yet)
{
    struct request *rq = make("GET", "/__rehearse/journal?wait=1&timeoutMs=100", STR(""));
    rq->headers[rq->n_headers++] = (struct header){STR("X-Rehearse-Token"), STR("t0ken")};
    ck_assert(!admin_handle(&admin, rq, 99));
    ck_assert(admin_handle(&admin, rq, 100));
    ck_assert_int_eq(rq->reply.status, 408);
    visit("GET", codes, STR("nobody's"));
    ck_assert(admin_handle(&admin, rq, 0));
    ck_assert_int_eq(rq->reply.status, 200);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof *(rows)))

int main(void)
{
    Suite *suite = suite_create("admin");
    TCase *c = tcase_create("admin");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, token, 0, COUNT(tokens));
    tcase_add_loop_test(c, call, 0, COUNT(calls));
    tcase_add_test(c, the_document_is_the_table);
    tcase_add_test(c, tokens_end);
    tcase_add_test(c, faults_are_dealt_and_written_down);
    tcase_add_test(c, a_snapshot_comes_back);
    tcase_add_test(c, a_kept_state_comes_back);
    tcase_add_test(c, a_wait_says_nothing_yet);
    tcase_add_test(c, a_wrong_method_says_which_are_right);
    return unit_run(suite);
}
