/* Fuzz target for the admin API: "METHOD PATH?QUERY", a line feed, a body; the token is given. What
 * is answered must be JSON (but for metrics) with a status, and waits must not block. */
#include <stdlib.h>

#include "mockapi/admin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

/* A site a process: opening one for each input would cost all the time there is. */
static struct site *site;

static void close_site(void)
{
    site_free(site);
}

static struct site *open_site(void)
{
    struct contract *contract = NULL;
    struct tenant *tenant = NULL;
    struct findings fs;
    struct err err = {0};
    struct arena a;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    must(contract_open(&contract, "cxone-interaction-config", NULL, 0, &fs, &err), "profile");
    must(tenant_open(&tenant, contract, "acme", &fs, &err), "tenant");
    struct site *s = site_new(contract, tenant, STR(""), 1, 1);
    arena_done(&a);
    return s;
}

static void ask(const struct admin *admin, struct arena *a, struct str text)
{
    struct request *rq = ARENA_NEW(a, struct request);
    const struct json_doc *doc = NULL;
    struct err err = {0};
    size_t line = str_find_char(text, '\n');
    struct str head = str_slice(text, 0, line),
               method = str_slice(head, 0, str_find_char(head, ' '));
    struct buf uri;
    buf_init(&uri, a);
    buf_put(&uri, STR("/__rehearse"));
    buf_put(&uri, str_slice(head, method.len + 1, head.len));
    size_t mark = str_find_char(buf_str(&uri), '?');
    rq->arena = a;
    rq->method = method;
    rq->uri = buf_str(&uri);
    rq->path = str_slice(rq->uri, 0, mark);
    rq->query_text = str_slice(rq->uri, mark + 1, rq->uri.len);
    rq->body_text = str_slice(text, line + 1, text.len);
    rq->headers[rq->n_headers++] = (struct header){STR("X-Rehearse-Token"), STR("t")};
    if (!admin_handle(admin, rq, 0)) {
        return; /* it waits */
    }
    must(rq->reply.status >= 200 && rq->reply.status < 500, "status");
    must(!str_eq(rq->reply.content_type, STR("application/json")) ||
             json_parse(&doc, a, STR("reply"), buf_str(&rq->reply.body), NULL, NULL, &err),
         "the reply is JSON");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a, 0, 0);
    if (!site) {
        site = open_site();
        must(atexit(close_site) == 0, "atexit");
    }
    struct admin admin = {.sites = &site, .n_sites = 1, .token = STR("t")};
    ask(&admin, &a, (struct str){(const char *)data, size});
    faults_clear(site->faults);
    tokens_clear(site->tokens);
    clock_reset(&site->clock);
    arena_done(&a);
    return 0;
}
