/* Who gets a token, what it carries, and what it opens, on the built-in profiles: through the whole
 * table of steps, without sockets. */
#include "tests/unit/unit.h"

#include "mockapi/site.h"

#include <string.h>

static struct arena arena;
static struct site *site;

static void open_site(const char *profile)
{
    struct contract *contract = NULL;
    struct tenant *tenant = NULL;
    struct findings fs;
    struct err err = {0};
    findings_init(&fs, &arena);
    ck_assert_msg(contract_open(&contract, profile, NULL, 0, &fs, &err), "%s", err.msg);
    ck_assert_msg(tenant_open(&tenant, contract, "acme", &fs, &err), "%s", err.msg);
    site_free(site);
    site = site_new(contract, tenant, STR(""), 1, 0);
    clock_freeze(&site->clock, INT64_C(1767225600) * US_PER_S);
}

static void set_up(void)
{
    arena_init(&arena, 0, 0);
    site = NULL;
    open_site("genesys-cloud");
}

static void tear_down(void)
{
    site_free(site);
    site = NULL;
    arena_done(&arena);
}

static struct request *send_request(const char *method, const char *path, const char *authorization,
                                    const char *type, const char *body)
{
    struct request *rq = ARENA_NEW(&arena, struct request);
    rq->arena = &arena;
    rq->each = SIZE_MAX;
    rq->method = str_of(method);
    rq->uri = rq->path = str_of(path);
    rq->query_text = STR("");
    rq->body_text = str_of(body);
    if (authorization) {
        rq->headers[rq->n_headers++] = (struct header){STR("authorization"), str_of(authorization)};
    }
    if (type) {
        rq->headers[rq->n_headers++] = (struct header){STR("content-type"), str_of(type)};
    }
    site_begin(site, rq);
    site_handle(rq);
    site_end(rq, clock_monotonic_us());
    return rq;
}

static struct json json_of(const struct request *rq)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert_msg(
        json_parse(&doc, &arena, STR("reply"), buf_str(&rq->reply.body), NULL, NULL, &err), "%s",
        err.msg);
    return json_root(doc);
}

static const char *basic(const char *pair)
{
    struct buf b;
    buf_init(&b, &arena);
    buf_put(&b, STR("Basic "));
    base64_put(&b, str_of(pair));
    return buf_cstr(&b);
}

#define FORM "application/x-www-form-urlencoded"
#define GRANT "grant_type=client_credentials"
#define CLOUD "genesys-cloud"
#define DEFINITIONS "genesys-definitions"
#define CXONE "cxone-interaction-config"
#define ADMIN "acme-admin:acme-admin-secret"
#define ADMIN_FORM "&client_id=acme-admin&client_secret=acme-admin-secret"
static const struct {
    const char *name, *profile, *pair, *type, *body;
    int status;
    const char *case_name; /* NULL: a token */
} asks[] = {
    {"basic", CLOUD, ADMIN, FORM, GRANT, 200, NULL},
    {"form", CLOUD, NULL, FORM, GRANT ADMIN_FORM, 200, NULL},
    {"charset", CLOUD, ADMIN, FORM "; charset=utf-8", GRANT, 200, NULL},
    {"type in capitals", CLOUD, ADMIN, "Application/X-WWW-Form-UrlEncoded", GRANT, 200, NULL},
    {"unknown members", CLOUD, ADMIN, FORM, GRANT "&audience=x", 200, NULL},
    {"no secret", CLOUD, "acme-admin:", FORM, GRANT, 400, "token.client"},
    {"no colon", CLOUD, "acme-admin", FORM, GRANT, 400, "token.client"},
    {"wrong secret", CLOUD, "acme-admin:acme-admin-secres", FORM, GRANT, 400, "token.client"},
    {"secret's beginning", CLOUD, "acme-admin:acme-admin-sec", FORM, GRANT, 400, "token.client"},
    {"secret and more", CLOUD, ADMIN "!", FORM, GRANT, 400, "token.client"},
    {"secret twice", CLOUD, ADMIN "acme-admin-secret", FORM, GRANT, 400, "token.client"},
    {"another's secret", CLOUD, "acme-admin:acme-reader-secret", FORM, GRANT, 400, "token.client"},
    {"unknown client", CLOUD, "nobody:acme-admin-secret", FORM, GRANT, 400, "token.client"},
    {"no credentials", CLOUD, NULL, FORM, GRANT, 400, "token.client"},
    {"id alone", CLOUD, NULL, FORM, GRANT "&client_id=acme-admin", 400, "token.client"},
    {"JSON", CLOUD, ADMIN, "application/json", "{\"grant_type\":\"client_credentials\"}", 400,
     "token.request"},
    {"no type", CLOUD, ADMIN, NULL, GRANT, 400, "token.request"},
    {"nothing", CLOUD, ADMIN, FORM, "", 400, "token.request"},
    {"bad escape", CLOUD, ADMIN, FORM, "grant_type=%zz", 400, "token.request"},
    {"other grant", CLOUD, ADMIN, FORM, "grant_type=password", 400, "token.grant"},
    {"scope not asked for", CLOUD, ADMIN, FORM, GRANT "&scope=anything", 200, NULL},
    {"scope wanted", DEFINITIONS, ADMIN, FORM, GRANT, 400, "token.scope"},
    {"scope given", DEFINITIONS, ADMIN, FORM, GRANT "&scope=routing:wrapupcode:read", 200, NULL},
    {"two scopes", DEFINITIONS, ADMIN, FORM,
     GRANT "&scope=routing:wrapupcode:read+routing:rule:read", 200, NULL},
    {"scope of another", DEFINITIONS, "acme-reader:acme-reader-secret", FORM,
     GRANT "&scope=routing:wrapupcode:read+routing:wrapupcode:write", 400, "token.scope"},
    {"wrong secret here", DEFINITIONS, "acme-admin:x", FORM, GRANT, 401, "token.client"},
    {"scope optional", CXONE, ADMIN, FORM, GRANT, 200, NULL},
    {"scope unknown", CXONE, ADMIN, FORM, GRANT "&scope=world:rule", 400, "token.scope"},
};

/* The token endpoints of a profile that knows access keys, users, refresh tokens. */
#define NICE "cxone"
#define JSON "application/json"
#define KEY "ACMEKEYOFADAADMIN000000000000000000000000000000000000"
#define AT_TOKEN "/auth/token"
#define AT_KEY "/authentication/v1/token/access-key"
#define AT_HUB "/public/user/refresh"
#define AT_OLD "/InContactAuthorizationServer/Token"
#define PASSWORD "grant_type=password&username=" KEY "&password=ada-key-secret"
static const struct {
    const char *name, *path, *pair, *type, *body;
    int status;
    const char *case_name; /* NULL: a token */
} forms[] = {
    {"basic", AT_TOKEN, ADMIN, FORM, PASSWORD, 200, NULL},
    {"form", AT_TOKEN, NULL, FORM, PASSWORD ADMIN_FORM, 200, NULL},
    {"form called JSON", AT_TOKEN, ADMIN, JSON, PASSWORD, 200, NULL},
    {"form called nothing", AT_TOKEN, ADMIN, NULL, PASSWORD, 200, NULL},
    {"JSON called form", AT_TOKEN, ADMIN, FORM,
     " {\"grant_type\":\"password\",\"username\":\"" KEY "\",\"password\":\"ada-key-secret\"}", 200,
     NULL},
    {"a user at the keys' endpoint", AT_TOKEN, ADMIN, FORM,
     "grant_type=password&username=ada@acme.example&password=ada-password", 401, "token.key"},
    {"nobody", AT_TOKEN, NULL, FORM, PASSWORD, 401, "token.client"},
    {"empty", AT_TOKEN, ADMIN, FORM, "", 400, "token.request"},
    {"NUL", AT_TOKEN, ADMIN, FORM, "grant_type=password&username=%00", 400, "token.request"},
    {"cut JSON", AT_TOKEN, ADMIN, JSON, "{\"grant_type\":\"password\"", 400, "token.request"},
    {"no refresh token", AT_TOKEN, NULL, FORM, "grant_type=refresh_token", 400, "token.request"},
    {"strange refresh token", AT_TOKEN, NULL, FORM, "grant_type=refresh_token&refresh_token=x", 401,
     "token.refresh"},
    {"refresh by a wrong application", AT_TOKEN, "acme-admin:x", FORM,
     "grant_type=refresh_token&refresh_token=x", 401, "token.client"},
    {"key", AT_KEY, NULL, JSON,
     "{\"accessKeyId\":\"" KEY "\",\"accessKeySecret\":\"ada-key-secret\"}", 200, NULL},
    {"key as form", AT_KEY, NULL, FORM, "accessKeyId=" KEY "&accessKeySecret=ada-key-secret", 400,
     "token.request"},
    {"key's members are texts", AT_KEY, NULL, JSON,
     "{\"accessKeyId\":{\"a\":1},\"accessKeySecret\":null}", 400, "token.request"},
    {"deep", AT_KEY, NULL, JSON, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 400, "token.request"},
    {"names twice", AT_KEY, NULL, JSON, "{\"accessKeyId\":\"a\",\"accessKeyId\":\"b\"}", 400,
     "token.request"},
    {"bad UTF-8", AT_KEY, NULL, JSON, "{\"accessKeyId\":\"\xff\"}", 400, "token.request"},
    {"hub", AT_HUB, NULL, JSON, "{\"token\":\"x\"}", 401, "token.refresh"},
    {"hub without", AT_HUB, NULL, JSON, "{}", 400, "token.request"},
    {"legacy user", AT_OLD, "Provisioning@Acme:4593215", JSON,
     "{\"grant_type\":\"password\",\"username\":\"ada@acme.example\",\"password\":\"ada-"
     "password\"}",
     200, NULL},
    {"legacy without application", AT_OLD, NULL, JSON,
     "{\"grant_type\":\"password\",\"username\":\"ada@acme.example\",\"password\":\"ada-"
     "password\"}",
     401, "token.client"},
};

START_TEST(token_requests_have_many_forms)
{
    open_site(NICE);
    const struct request *rq =
        send_request("POST", forms[_i].path, forms[_i].pair ? basic(forms[_i].pair) : NULL,
                     forms[_i].type, forms[_i].body);
    struct str token = json_str_or(json_get(json_of(rq), STR("access_token")), STR(""));
    ck_assert_msg(rq->reply.status == forms[_i].status, "%s: %d %.*s", forms[_i].name,
                  rq->reply.status, STR_ARG(buf_str(&rq->reply.body)));
    ck_assert_msg(!forms[_i].case_name || str_eq(rq->reply.case_name, str_of(forms[_i].case_name)),
                  "%s: %.*s", forms[_i].name, STR_ARG(rq->reply.case_name));
    ck_assert_msg((token.len > 0) == !forms[_i].case_name, "%s", forms[_i].name);
}
END_TEST

/* The claims of the token in a reply. */
static struct json claims_of(struct str token)
{
    struct str head, claims, text = {0};
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert(str_cut(&token, '.', &head) && str_cut(&token, '.', &claims) && token.len > 300);
    ck_assert(base64url_decode(&text, &arena, claims));
    ck_assert_msg(json_parse(&doc, &arena, STR("claims"), text, NULL, NULL, &err), "%s", err.msg);
    return json_root(doc);
}

START_TEST(tokens_say_whose_they_are)
{
    open_site(NICE);
    struct request *rq = send_request("POST", AT_TOKEN, basic(ADMIN), FORM, PASSWORD);
    struct json body = json_of(rq);
    struct json claims = claims_of(json_str_or(json_get(body, STR("access_token")), STR("")));
    static const char *const texts[][2] = {
        {"aud", "acme-admin"},
        {"icAgentId", "5014201"},
        {"name", "ada@acme.example"},
        {"tenantId", "11eb0a5f-3c52-4c80-9d4b-0242ac110003"},
        {"area", "na1"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct str got = json_str_or(json_get(claims, str_of(texts[i][0])), STR(""));
        ck_assert_msg(str_eq(got, str_of(texts[i][1])), "%s: %.*s", texts[i][0], STR_ARG(got));
    }
    int64_t issued = json_i64_or(json_get(claims, STR("iat")), 0);
    ck_assert_int_eq(issued, 1767225600);
    ck_assert_int_eq(json_i64_or(json_get(claims, STR("exp")), 0), issued + 3600);
    struct json identity = claims_of(json_str_or(json_get(body, STR("id_token")), STR("")));
    ck_assert(json_eq(json_get(identity, STR("sid")), json_get(claims, STR("jti"))));
}
END_TEST

START_TEST(tokens_are_asked_for)
{
    open_site(asks[_i].profile);
    const char *credentials = asks[_i].pair ? basic(asks[_i].pair) : NULL;
    const struct request *rq =
        send_request("POST", "/oauth/token", credentials, asks[_i].type, asks[_i].body);
    ck_assert_msg(rq->reply.status == asks[_i].status, "%s: %d %.*s", asks[_i].name,
                  rq->reply.status, STR_ARG(buf_str(&rq->reply.body)));
    struct json token = json_get(json_of(rq), STR("access_token"));
    if (asks[_i].case_name) {
        ck_assert_msg(str_eq(rq->reply.case_name, str_of(asks[_i].case_name)), "%s: %.*s",
                      asks[_i].name, STR_ARG(rq->reply.case_name));
        ck_assert(!json_exists(token));
    } else {
        ck_assert_uint_ge(json_str_or(token, STR("")).len, 32);
    }
}
END_TEST

static const char *bearer(const char *pair, const char *more)
{
    struct buf body, header;
    buf_init(&body, &arena);
    buf_init(&header, &arena);
    buf_printf(&body, GRANT "%s", more);
    const struct request *rq =
        send_request("POST", "/oauth/token", basic(pair), FORM, buf_cstr(&body));
    struct str token = json_str_or(json_get(json_of(rq), STR("access_token")), STR(""));
    ck_assert_uint_gt(token.len, 0);
    buf_put(&header, STR("Bearer "));
    buf_put(&header, token);
    return buf_cstr(&header);
}

static void expect(const char *method, const char *path, const char *authorization, int status,
                   const char *case_name)
{
    const struct request *rq =
        send_request(method, path, authorization, "application/json", "{\"name\":\"From here\"}");
    ck_assert_msg(rq->reply.status == status &&
                      (!case_name || str_eq(rq->reply.case_name, str_of(case_name))),
                  "%s %s: expected %d %s, got %d %.*s", method, path, status,
                  case_name ? case_name : "", rq->reply.status, STR_ARG(rq->reply.case_name));
}

#define CODES "/api/v2/routing/wrapupcodes"
START_TEST(tokens_open_what_the_client_may)
{
    const char *admin = bearer(ADMIN, ""), *reader = bearer("acme-reader:acme-reader-secret", "");
    expect("GET", CODES, admin, 200, NULL);
    expect("POST", CODES, admin, 200, NULL);
    expect("GET", CODES, reader, 200, NULL);
    expect("POST", CODES, reader, 403, "permission");
    expect("GET", CODES, NULL, 401, "auth.missing");
    expect("GET", CODES, "Bearer", 401, "auth.missing");
    expect("GET", CODES, "Bearer ", 401, "auth.missing");
    expect("GET", CODES, basic(ADMIN), 401, "auth.scheme");
    expect("GET", CODES, admin + strlen("Bearer "), 401, "auth.scheme");
    expect("GET", CODES, "Bearer never-made", 401, "auth.unknown");
}
END_TEST

START_TEST(scopes_open_what_the_token_carries)
{
    open_site(DEFINITIONS);
    const char *read = bearer(ADMIN, "&scope=routing:wrapupcode:read");
    const char *rules = bearer(ADMIN, "&scope=routing:rule:read");
    expect("GET", CODES, read, 200, NULL);
    expect("GET", "/api/v2/routing/rules", read, 403, "scope");
    expect("GET", "/api/v2/routing/rules", rules, 200, NULL);
    expect("GET", CODES, rules, 403, "scope");
}
END_TEST

START_TEST(tokens_end)
{
    const char *admin = bearer(ADMIN, ""), *other = bearer(ADMIN, "");
    expect("DELETE", "/api/v2/tokens/me", admin, 200, NULL);
    expect("GET", CODES, admin, 401, "auth.revoked");
    expect("DELETE", "/api/v2/tokens/me", admin, 401, "auth.revoked");
    expect("GET", CODES, other, 200, NULL);
    clock_advance(&site->clock, 86399 * US_PER_S);
    expect("GET", CODES, other, 200, NULL);
    clock_advance(&site->clock, US_PER_S);
    expect("GET", CODES, other, 401, "auth.expired");
    expect("GET", CODES, bearer(ADMIN, ""), 200, NULL);
}
END_TEST

/* A client that the tenant has no more: its tokens open nothing. */
START_TEST(tokens_of_a_client_that_is_gone)
{
    const char *admin = bearer(ADMIN, "");
    struct tenant *empty = tenant_new(site->contract, STR("empty"), 1);
    site_replace(site, empty, false, NULL);
    expect("GET", CODES, admin, 401, "auth.unknown");
    site_reset(site, NULL);
    expect("GET", CODES, admin, 200, NULL);
}
END_TEST

START_TEST(minting_is_limited_by_the_minute)
{
    const struct operation *op =
        contract_route(site->contract, STR("POST"), STR("/oauth/token")).op;
    struct token_rule *rule = (struct token_rule *)(uintptr_t)&op->token; /* ours alone here */
    rule->per_minute_max = 2;
    static const int statuses[] = {200, 200, 400, 400};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        const struct request *rq = send_request("POST", "/oauth/token", basic(ADMIN), FORM, GRANT);
        ck_assert_int_eq(rq->reply.status, statuses[i]);
    }
    /* another client is not meant, nor is the next minute */
    (void)bearer("acme-reader:acme-reader-secret", "");
    clock_advance(&site->clock, 60 * US_PER_S);
    (void)bearer(ADMIN, "");
}
END_TEST

START_TEST(the_same_seed_gives_the_same_tokens)
{
    const char *first = bearer(ADMIN, ""), *second = bearer(ADMIN, "");
    open_site(CLOUD);
    ck_assert_str_eq(first, bearer(ADMIN, ""));
    ck_assert_str_eq(second, bearer(ADMIN, ""));
    ck_assert_str_ne(first, second);
}
END_TEST

START_TEST(no_secret_is_in_the_journal)
{
    struct buf out;
    const char *admin = bearer(ADMIN, "");
    buf_init(&out, &arena);
    (void)send_request("POST", "/oauth/token", NULL, FORM, GRANT ADMIN_FORM);
    expect("GET", CODES, admin, 200, NULL);
    expect("GET", CODES, basic(ADMIN), 401, NULL);
    journal_put(&out, site->journal, &(struct journal_filter){0}, JOURNAL_JSON);
    static const char *const secrets[] = {"acme-admin-secret", "acme-admin%2Dsecret",
                                          "YWNtZS1hZG1pbjphY21lLWFkbWluLXNlY3JldA"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        ck_assert_msg(str_find(buf_str(&out), str_of(secrets[i])) == out.len, "%s is there",
                      secrets[i]);
    }
    struct str token = str_of(admin + strlen("Bearer "));
    ck_assert(str_find(buf_str(&out), token) == out.len);
    ck_assert(str_find(buf_str(&out), STR("acme-admin")) < out.len); /* the client's id is */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oauth");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, token_requests_have_many_forms, 0, sizeof forms / sizeof *forms);
    tcase_add_test(all, tokens_say_whose_they_are);
    tcase_add_loop_test(all, tokens_are_asked_for, 0, sizeof asks / sizeof *asks);
    tcase_add_test(all, tokens_open_what_the_client_may);
    tcase_add_test(all, scopes_open_what_the_token_carries);
    tcase_add_test(all, tokens_end);
    tcase_add_test(all, tokens_of_a_client_that_is_gone);
    tcase_add_test(all, minting_is_limited_by_the_minute);
    tcase_add_test(all, the_same_seed_gives_the_same_tokens);
    tcase_add_test(all, no_secret_is_in_the_journal);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
