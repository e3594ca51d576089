/* A request from anywhere against the built-in tenant: whatever comes, there is an answer in the
 * vendor's form. The input is a request as text: a line "METHOD TARGET", header lines, an empty
 * line, the body. "Bearer TOKEN" in an Authorization header stands for a good token. */
#include "mockapi/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct site *site_open(void)
{
    struct arena arena;
    struct findings findings;
    struct err err = {0};
    struct contract *c = NULL;
    struct tenant *t = NULL;
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    if (!contract_open(&c, "genesys-cloud", NULL, 0, &findings, &err) ||
        !tenant_open(&t, c, "acme", &findings, &err)) {
        __builtin_trap();
    }
    arena_done(&arena);
    return site_new(c, t, STR(""), 1, 1 << 16);
}

static void read_head(struct request *rq, struct str *rest)
{
    struct str line, name;
    if (!str_cut(rest, '\n', &line)) {
        return;
    }
    str_cut(&line, ' ', &rq->method);
    rq->uri = line.s ? line : STR("");
    size_t end = str_find_char(rq->uri, '?');
    rq->path = str_slice(rq->uri, 0, end);
    rq->query_text = str_slice(rq->uri, end + 1, rq->uri.len);
    while (rest->len && str_cut(rest, '\n', &line) && line.len &&
           rq->n_headers < REQUEST_HEADERS_MAX) {
        if (str_cut(&line, ':', &name)) {
            rq->headers[rq->n_headers++] = (struct header){name, line.s ? str_trim(line) : STR("")};
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct site *site; /* the fuzzer's process is its life */
    struct arena arena;
    if (!site) {
        site = site_open();
    }
    arena_init(&arena, 0, 0);
    struct request *rq = ARENA_NEW(&arena, struct request);
    struct str rest = str_copy(&arena, (struct str){(const char *)data, size});
    rq->arena = &arena;
    rq->each = SIZE_MAX;
    rq->method = rq->uri = rq->path = rq->query_text = STR("");
    read_head(rq, &rest);
    rq->body_text = rest.s ? rest : STR("");
    rq->is_head = str_eq(rq->method, STR("HEAD"));
    site_begin(site, rq);
    struct str token =
        tokens_issue(site->tokens, &arena, STR("acme-admin"), STR("*"), 60, rq->now_us);
    for (size_t i = 0; i < rq->n_headers; i++) {
        if (str_eq(rq->headers[i].value, STR("Bearer TOKEN"))) {
            struct buf value;
            buf_init(&value, &arena);
            buf_printf(&value, "Bearer %.*s", STR_ARG(token));
            rq->headers[i].value = buf_str(&value);
        }
    }
    site_handle(rq);
    site_end(rq, clock_monotonic_us());
    const struct json_doc *doc = NULL;
    struct err err = {0};
    bool is_json = str_eq(rq->reply.content_type, STR("application/json"));
    if (rq->reply.status < 200 || rq->reply.status > 599 ||
        (is_json &&
         !json_parse(&doc, &arena, STR("answer"), buf_str(&rq->reply.body), NULL, NULL, &err))) {
        __builtin_trap();
    }
    arena_done(&arena);
    return 0;
}
