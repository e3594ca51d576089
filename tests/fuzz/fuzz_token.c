/* Requests for tokens, in every form that a profile takes: forms, JSON, Basic, tokens to be looked at
 * or ended. Whatever comes, there is an answer, and nobody gets a token without a secret of the
 * tenant's. The input is an endpoint (a digit), a line with the media type, a line with the
 * Authorization header, the body. */
#include "mockapi/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct str paths[] = {
    STR_INIT("/auth/token"),
    STR_INIT("/authentication/v1/token/access-key"),
    STR_INIT("/public/user/refresh"),
    STR_INIT("/InContactAuthorizationServer/Token"),
    STR_INIT("/InContactAuthorizationServer/Token/WhoAmI"),
    STR_INIT("/auth/endsession"),
};
enum { PATHS = sizeof paths / sizeof *paths, TOKEN_PATHS = 4 };

static struct site *site_open(void)
{
    struct arena arena;
    struct findings findings;
    struct err err = {0};
    struct contract *c = NULL;
    struct tenant *t = NULL;
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    if (!contract_open(&c, "cxone", NULL, 0, &findings, &err) ||
        !tenant_open(&t, c, "acme", &findings, &err)) {
        __builtin_trap();
    }
    arena_done(&arena);
    return site_new(c, t, STR(""), 1, 1 << 16);
}

static void add_header(struct request *rq, struct str name, struct str value)
{
    if (value.len) {
        rq->headers[rq->n_headers++] = (struct header){name, value};
    }
}

/* True if a secret of the tenant stands in the text, or can be read out of it. */
static bool may_know_a_secret(const struct site *site, struct arena *a, struct str text)
{
    struct str basic, decoded = STR("");
    size_t at = str_find(text, STR("asic "));
    if (at < text.len) {
        struct str rest = str_slice(text, at + 5, text.len);
        if (base64_decode(&basic, a, str_trim(str_slice(rest, 0, str_find_char(rest, '\n'))))) {
            decoded = basic;
        }
    }
    for (size_t i = 0; i < tenant_client_count(site->tenant); i++) {
        struct str secret = tenant_client_at(site->tenant, i)->secret;
        if (str_find(text, secret) < text.len || str_find(decoded, secret) < decoded.len) {
            return true;
        }
    }
    /* written with escapes: nothing is said of those */
    return str_find_char(text, '%') < text.len || str_find_char(text, '\\') < text.len ||
           str_find_char(text, '+') < text.len;
}

static void check_answer(const struct request *rq, struct str input)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    bool is_json = str_eq(rq->reply.content_type, STR("application/json"));
    if (rq->reply.status < 200 || rq->reply.status > 599 ||
        (is_json && !json_parse(&doc, rq->arena, STR("answer"), buf_str(&rq->reply.body), NULL,
                                NULL, &err))) {
        __builtin_trap();
    }
    if (rq->token_value.s && !may_know_a_secret(rq->site, rq->arena, input)) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct site *site; /* the fuzzer's process is its life */
    struct arena arena;
    if (size < 1) {
        return 0;
    }
    if (!site) {
        site = site_open();
    }
    arena_init(&arena, 0, 0);
    struct request *rq = ARENA_NEW(&arena, struct request);
    struct str all = str_copy(&arena, (struct str){(const char *)data, size}), rest = all, line;
    size_t endpoint = (size_t)data[0] % PATHS;
    rq->arena = &arena;
    rq->each = SIZE_MAX;
    rq->method = endpoint < TOKEN_PATHS + 1 ? STR("POST") : STR("GET");
    rq->uri = rq->path = paths[endpoint];
    rq->query_text = STR("");
    rest = str_slice(rest, 1, rest.len);
    (void)str_cut(&rest, '\n', &line);
    add_header(rq, STR("Content-Type"), line);
    if (rest.s && str_cut(&rest, '\n', &line)) {
        add_header(rq, STR("Authorization"), line);
    }
    rq->body_text = rest.s ? rest : STR("");
    if (endpoint > TOKEN_PATHS) {
        rq->query_text = rq->body_text;
    }
    struct str id = signer_key_id(&arena, rq->body_text);
    if (id.s && id.len > rq->body_text.len) {
        __builtin_trap();
    }
    site_begin(site, rq);
    site_handle(rq);
    site_end(rq, clock_monotonic_us());
    check_answer(rq, all);
    arena_done(&arena);
    return 0;
}
