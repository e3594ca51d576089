/* Asking a tenant without a server. One record, as a connection has one, used for each question. */
#include "mockapi/site.h"

#include "mockapi/mockapi.h"

struct trial {
    struct site *site;
    struct schema_run *run;
    struct request *request;
};

struct trial *trial_new(struct contract *contract, struct tenant *tenant)
{
    struct trial *t = MEM_NEW(struct trial);
    t->site = site_new(contract_hold(contract), tenant, STR(""), 1, 1);
    t->run = schema_run_new();
    t->request = MEM_NEW(struct request);
    return t;
}

void trial_free(struct trial *t)
{
    if (t) {
        site_free(t->site);
        schema_run_free(t->run);
        mem_free(t->request);
        mem_free(t);
    }
}

struct tenant *trial_tenant(struct trial *t)
{
    return t->site->tenant;
}

void trial_hush(struct trial *t)
{
    t->site->is_hushed = true;
}

/* A client that may do all, where the tenant has one; else its first. */
static const struct tenant_client *mightiest(const struct tenant *t)
{
    const struct tenant_client *first = NULL;
    for (size_t i = 0; i < tenant_client_count(t); i++) {
        const struct tenant_client *c = tenant_client_at(t, i);
        first = first ? first : c;
        if (c->n_permissions && str_eq(c->permissions[0], STR("*"))) {
            return c;
        }
    }
    return first;
}

static void add_header(struct request *rq, struct str name, struct str value)
{
    rq->headers[rq->n_headers++] = (struct header){name, value};
}

/* A key that the operation wants with each request: each question is a request of its own. */
static void add_key(struct request *rq)
{
    struct route route = contract_route(rq->site->contract, rq->method, rq->path);
    struct buf key;
    if (!route.op || !route.op->idempotency.header.len) {
        return;
    }
    buf_init(&key, rq->arena);
    buf_printf(&key, "00000000-0000-4000-8000-%012llu", (unsigned long long)rq->number);
    add_header(rq, route.op->idempotency.header, buf_str(&key));
}

static struct str etag_of(const struct reply *reply)
{
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (str_eq_fold(reply->headers[i].name, STR("ETag"))) {
            return reply->headers[i].value;
        }
    }
    return STR("");
}

static void take_findings(struct findings *fs, const struct request *rq, struct tenant_answer *out)
{
    for (size_t i = 0; i < rq->findings.len; i++) {
        const struct finding *kept = findings_add(fs, &rq->findings.at[i]);
        if (&rq->findings.at[i] == rq->finding) {
            out->about = kept;
        }
    }
}

/* `rq` is cleared; what it is, beside what is asked, stands in it afterwards. */
static void ask(struct site *site, struct request *rq, struct arena *a,
                const struct tenant_question *q, struct tenant_answer *out, struct findings *fs)
{
    size_t end = str_find_char(q->path, '?');
    rq->arena = a;
    rq->each = SIZE_MAX;
    rq->method = q->method;
    rq->uri = q->path;
    rq->path = str_slice(q->path, 0, end);
    rq->query_text = str_slice(q->path, end + 1, q->path.len);
    rq->prefix = rq->outside_of = STR("");
    rq->body_text = q->body;
    if (q->body.len) {
        add_header(rq, STR("Content-Type"), STR("application/json"));
    }
    if (q->etag.len) {
        add_header(rq, STR("If-Match"), q->etag);
    }
    site_begin(site, rq);
    add_key(rq);
    rq->bearer.client = mightiest(rq->tenant);
    if (rq->bearer.client) {
        rq->bearer.scopes = rq->bearer.client->scopes;
        rq->bearer.n_scopes = rq->bearer.client->n_scopes;
    }
    site_try(rq);
    *out = (struct tenant_answer){.status = rq->reply.status,
                                  .case_name = str_copy(a, rq->reply.case_name),
                                  .text = str_copy(a, buf_str(&rq->reply.body)),
                                  .etag = str_copy(a, etag_of(&rq->reply)),
                                  .op = rq->op};
    take_findings(fs, rq, out);
    site_end(rq, clock_monotonic_us());
}

void trial_ask(void *trial, struct arena *a, const struct tenant_question *q,
               struct tenant_answer *out, struct findings *fs)
{
    struct trial *t = trial;
    request_clear(t->request);
    t->request->run = t->run;
    ask(t->site, t->request, a, q, out, fs);
}

void site_act(struct site *site, struct arena *a, const struct tenant_question *q,
              struct tenant_answer *out, struct findings *fs)
{
    struct request *rq = ARENA_NEW(a, struct request);
    request_clear(rq);
    rq->run = schema_run_new();
    rq->is_actor = true;
    ask(site, rq, a, q, out, fs);
    schema_run_free(rq->run);
}
