/* The presets: usual ways of going wrong by one word. Each fits some kinds of operations only; one
 * that fits no operation of a profile is refused there, with the reason. */
#include "mockapi/fault_int.h"
#include "mockapi/mockapi.h"

enum { LATENCY_MS = 2000, BURST = 3, LAG_MS = 3000, SLOW_BYTES_PER_S = 64, NEVER_MS = 300000 };

struct fault_preset {
    struct str name, about;
    bool (*fits)(const struct operation *op);
    struct str needs; /* what the profile would have to have, for people */
    struct fault_plan then;
    enum fault_retry_after retry_after;
    int64_t times;
    int64_t latency_ms;
    bool is_duplicate, is_item, is_for_tokens;
    bool is_beyond_first, is_one_token; /* as in `when` */
};

static bool fits_any(const struct operation *op)
{
    return op != NULL;
}

static bool fits_bearer(const struct operation *op)
{
    return op->needs_token;
}

static bool fits_write(const struct operation *op)
{
    return !str_eq(op->method, STR("GET")) && !str_eq(op->method, STR("HEAD"));
}

static bool fits_version(const struct operation *op)
{
    return op->version.place != VERSION_NONE;
}

static bool fits_etag(const struct operation *op)
{
    return op->version.place == VERSION_IF_MATCH;
}

static bool fits_batch(const struct operation *op)
{
    return op->action == ACTION_BATCH;
}

static bool fits_read(const struct operation *op)
{
    return op->action == ACTION_READ || op->action == ACTION_LIST || op->action == ACTION_QUERY;
}

static bool fits_entity(const struct operation *op)
{
    return op->action == ACTION_READ && !op->is_singleton;
}

static bool fits_list(const struct operation *op)
{
    return op->action == ACTION_LIST && op->paging;
}

static bool fits_walk(const struct operation *op)
{
    return op->needs_token && fits_list(op);
}

static bool fits_pages(const struct operation *op)
{
    return fits_list(op) && op->paging->style != PAGING_CURSOR && op->paging->style != PAGING_NONE;
}

static bool fits_token(const struct operation *op)
{
    return op->action == ACTION_TOKEN;
}

/* Does a write of this operation tell those who subscribed? */
static bool fits_hooks(const struct operation *op)
{
    for (size_t i = 0; fits_write(op) && op->resource && i < op->resource->n_events; i++) {
        if (op->resource->events[i].hooks) {
            return true;
        }
    }
    return false;
}

static bool fits_idempotency(const struct operation *op)
{
    return op->idempotency.header.len > 0;
}

/* The rule that a body may break by what others have already; NULL if there is none. */
static const struct unique_rule *unique_of(const struct operation *op)
{
    bool is_build = op->action == ACTION_CREATE || op->action == ACTION_REPLACE ||
                    op->action == ACTION_MERGE || op->action == ACTION_LINK_ADD;
    for (size_t i = 0; is_build && op->resource && i < op->resource->n_unique; i++) {
        if (!op->resource->unique[i].is_batch_only) {
            return &op->resource->unique[i];
        }
    }
    return NULL;
}

static bool fits_unique(const struct operation *op)
{
    return unique_of(op) != NULL;
}

#define NEEDS_ANY STR_INIT("an operation")
#define NEEDS_BEARER STR_INIT("an operation that asks for a token")
static const struct fault_preset presets[] = {
    {.name = STR_INIT("401-expired"),
     .about = STR_INIT("the caller's token expires now, before its time"),
     .fits = fits_bearer,
     .needs = NEEDS_BEARER,
     .then = {.case_name = STR_INIT("auth.expired"), .expires_token = true},
     .times = 1},
    {.name = STR_INIT("401-revoked"),
     .about = STR_INIT("the caller's token is revoked"),
     .fits = fits_bearer,
     .needs = NEEDS_BEARER,
     .then = {.case_name = STR_INIT("auth.revoked"), .revokes_token = true},
     .times = 1},
    {.name = STR_INIT("403-scope"),
     .about = STR_INIT("the token lacks what the operation asks for"),
     .fits = fits_bearer,
     .needs = NEEDS_BEARER,
     .then = {.case_name = STR_INIT("scope")},
     .times = 1},
    {.name = STR_INIT("409-version"),
     .about = STR_INIT("somebody else changed it first: the version is stale"),
     .fits = fits_version,
     .needs = STR_INIT("an operation with optimistic locking (version)"),
     .then = {.case_name = STR_INIT("version.stale")},
     .times = 1},
    {.name = STR_INIT("409-duplicate"),
     .about = STR_INIT("it exists already, with the status that the profile gives this"),
     .fits = fits_unique,
     .needs = STR_INIT("an operation that writes a resource with a unique rule"),
     .then = {.case_name = STR_INIT("unique")},
     .times = 1,
     .is_duplicate = true},
    {.name = STR_INIT("409-idempotency"),
     .about = STR_INIT("the idempotency key was used before"),
     .fits = fits_idempotency,
     .needs = STR_INIT("an operation with an idempotency key"),
     .then = {.case_name = STR_INIT("idempotency.reused")},
     .times = 1},
    {.name = STR_INIT("429-burst"),
     .about = STR_INIT("too many requests, three times in a row"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.case_name = STR_INIT("rate")},
     .times = BURST},
    {.name = STR_INIT("503-retry-after"),
     .about = STR_INIT("out of service, with a Retry-After"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.case_name = STR_INIT("server.503")},
     .retry_after = RETRY_AFTER_USUAL,
     .times = 1},
    {.name = STR_INIT("500"),
     .about = STR_INIT("an internal error"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.case_name = STR_INIT("server.500")},
     .times = 1},
    {.name = STR_INIT("502"),
     .about = STR_INIT("a bad gateway"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.case_name = STR_INIT("server.502")},
     .times = 1},
    {.name = STR_INIT("504"),
     .about = STR_INIT("a gateway's timeout"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.case_name = STR_INIT("server.504")},
     .times = 1},
    {.name = STR_INIT("reset-before"),
     .about = STR_INIT("the connection is reset, nothing was carried out"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.close = FAULT_CLOSE_BEFORE},
     .times = 1},
    {.name = STR_INIT("reset-during"),
     .about = STR_INIT("carried out; the connection breaks off inside the answer's body"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.close = FAULT_CLOSE_DURING},
     .times = 1},
    {.name = STR_INIT("reset-after-commit"),
     .about = STR_INIT("a write is carried out, its answer is lost"),
     .fits = fits_write,
     .needs = STR_INIT("an operation that writes"),
     .then = {.close = FAULT_CLOSE_AFTER},
     .times = 1},
    {.name = STR_INIT("truncate"),
     .about = STR_INIT("half of the answer's body"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.body = FAULT_BODY_TRUNCATED},
     .times = 1},
    {.name = STR_INIT("bad-json"),
     .about = STR_INIT("an answer that is not JSON though it says so"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.body = FAULT_BODY_MALFORMED},
     .times = 1},
    {.name = STR_INIT("html-error-page"),
     .about = STR_INIT("a proxy's error page, 502 and HTML"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.status = 502, .body = FAULT_BODY_HTML},
     .times = 1},
    {.name = STR_INIT("latency"),
     .about = STR_INIT("each answer takes two seconds more"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .latency_ms = LATENCY_MS},
    {.name = STR_INIT("404-lag"),
     .about = STR_INIT("a new entity is not found for its first three seconds"),
     .fits = fits_entity,
     .needs = STR_INIT("an operation that reads one entity"),
     .then = {.lag_ms = LAG_MS}},
    {.name = STR_INIT("late-visibility"),
     .about = STR_INIT("lists miss what is younger than three seconds"),
     .fits = fits_list,
     .needs = STR_INIT("an operation that lists pages"),
     .then = {.lag_ms = LAG_MS}},
    {.name = STR_INIT("stale-read"),
     .about =
         STR_INIT("reads do not see the writes of up to the last three seconds, deletes included"),
     .fits = fits_read,
     .needs = STR_INIT("an operation that reads"),
     .then = {.stale_ms = LAG_MS}},
    {.name = STR_INIT("page-shift"),
     .about = STR_INIT("something is inserted before a walk's second page: one item comes twice"),
     .fits = fits_pages,
     .needs = STR_INIT("an operation that lists numbered pages"),
     .then = {.page_shift = -1},
     .is_beyond_first = true,
     .times = 1},
    {.name = STR_INIT("token-dies-midwalk"),
     .about = STR_INIT("the caller's token expires behind the first page of a list"),
     .fits = fits_walk,
     .needs = STR_INIT("an operation that lists pages and asks for a token"),
     .then = {.case_name = STR_INIT("auth.expired"), .expires_token = true},
     .is_beyond_first = true,
     .times = 1},
    {.name = STR_INIT("token-throttled"),
     .about = STR_INIT("the token endpoint has had too many requests"),
     .fits = fits_token,
     .needs = STR_INIT("a token endpoint"),
     .then = {.case_name = STR_INIT("token.rate")},
     .is_for_tokens = true,
     .times = 1},
    {.name = STR_INIT("409-version-moving"),
     .about = STR_INIT("somebody else changes the entity first, twice: its version really moves"),
     .fits = fits_version,
     .needs = STR_INIT("an operation with optimistic locking (version)"),
     .then = {.moves_version = true},
     .times = 2},
    {.name = STR_INIT("412-etag"),
     .about = STR_INIT("the ETag is not the current one, told as 412"),
     .fits = fits_etag,
     .needs = STR_INIT("an operation that takes If-Match"),
     .then = {.case_name = STR_INIT("version.stale"), .status = 412},
     .times = 1},
    {.name = STR_INIT("422-item"),
     .about = STR_INIT("the first item of a batch is not valid, told as 422"),
     .fits = fits_batch,
     .needs = STR_INIT("an operation that takes a batch"),
     .then = {.case_name = STR_INIT("schema.other"), .status = 422},
     .is_item = true,
     .times = 1},
    {.name = STR_INIT("429-no-header"),
     .about = STR_INIT("too many requests, and no word of how long to wait"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.case_name = STR_INIT("rate"), .retry_after = STR_INIT("")},
     .retry_after = RETRY_AFTER_TEXT,
     .times = 1},
    {.name = STR_INIT("429-date"),
     .about = STR_INIT("too many requests, Retry-After as a date"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.case_name = STR_INIT("rate")},
     .retry_after = RETRY_AFTER_DATE,
     .times = 1},
    {.name = STR_INIT("429-one-token"),
     .about = STR_INIT("the token that is met first is limited, others go through"),
     .fits = fits_bearer,
     .needs = NEEDS_BEARER,
     .then = {.case_name = STR_INIT("rate")},
     .is_one_token = true,
     .times = BURST},
    {.name = STR_INIT("timeout"),
     .about = STR_INIT("no answer comes for five minutes, then the connection is reset"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.close = FAULT_CLOSE_BEFORE},
     .latency_ms = NEVER_MS,
     .times = 1},
    {.name = STR_INIT("wrong-content-type"),
     .about = STR_INIT("the answer's JSON is called text/html"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.content_type = STR_INIT("text/html")},
     .times = 1},
    {.name = STR_INIT("slow-body"),
     .about = STR_INIT("the answer's body comes at 64 bytes a second"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.slow = {.bytes_per_s = SLOW_BYTES_PER_S}},
     .times = 1},
    {.name = STR_INIT("tls-expired"),
     .about = STR_INIT("the certificate of the next handshake has expired (HTTPS only)"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.tls = FAULT_TLS_EXPIRED},
     .times = 1},
    {.name = STR_INIT("tls-wrong-host"),
     .about = STR_INIT("the certificate of the next handshake is another host's (HTTPS only)"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.tls = FAULT_TLS_WRONG_HOST},
     .times = 1},
    {.name = STR_INIT("tls-self-signed"),
     .about =
         STR_INIT("the certificate of the next handshake is signed by itself alone (HTTPS only)"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.tls = FAULT_TLS_SELF_SIGNED},
     .times = 1},
    {.name = STR_INIT("duplicate-webhook"),
     .about = STR_INIT("the webhooks that the write causes are sent twice"),
     .fits = fits_hooks,
     .needs = STR_INIT("a write that causes webhooks"),
     .then = {.doubles_hook = true},
     .times = 1},
    {.name = STR_INIT("reordered-webhook"),
     .about = STR_INIT("the webhooks that the write causes come after those of later writes"),
     .fits = fits_hooks,
     .needs = STR_INIT("a write that causes webhooks"),
     .then = {.delays_hook = true},
     .times = 1},
    {.name = STR_INIT("bad-chunk"),
     .about = STR_INIT("the body comes in chunks, and the size of the second one is no number"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.body = FAULT_BODY_BAD_CHUNK},
     .times = 1},
    {.name = STR_INIT("empty-body"),
     .about = STR_INIT("the answer has its status and no body"),
     .fits = fits_any,
     .needs = NEEDS_ANY,
     .then = {.body = FAULT_BODY_EMPTY},
     .times = 1},
};
enum { PRESET_COUNT = sizeof presets / sizeof *presets };

static bool applies(const struct fault_preset *p, const struct contract *contract)
{
    for (size_t i = 0; i < contract->n_operations; i++) {
        if (p->fits(&contract->operations[i])) {
            return true;
        }
    }
    return false;
}

static void add_unknown(struct json at, struct findings *fs)
{
    struct str names[PRESET_COUNT], word = json_str(at);
    struct finding f = json_finding(fs, at, STR("F101"), SEVERITY_ERROR);
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        names[i] = presets[i].name;
    }
    size_t near = str_nearest(word, names, PRESET_COUNT);
    f.message = STR("no preset has this name");
    f.expected = STR("a name that GET /__rehearse/faults/presets lists");
    if (near < PRESET_COUNT) {
        f.hint = findings_text(fs, "did you mean \"%.*s\"?", STR_ARG(names[near]));
    }
    (void)findings_add(fs, &f);
}

const struct fault_preset *fault_preset_find(const struct contract *contract, struct json at,
                                             struct findings *fs)
{
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        const struct fault_preset *p = &presets[i];
        if (!str_eq(json_str(at), p->name)) {
            continue;
        }
        if (applies(p, contract)) {
            return p;
        }
        struct finding f = json_finding(fs, at, STR("F102"), SEVERITY_ERROR);
        f.message =
            findings_text(fs, "preset \"%.*s\" does not apply to profile \"%.*s\": it needs %.*s",
                          STR_ARG(p->name), STR_ARG(contract->name), STR_ARG(p->needs));
        (void)findings_add(fs, &f);
        return NULL;
    }
    add_unknown(at, fs);
    return NULL;
}

struct str fault_preset_name(const struct fault_preset *p)
{
    return p->name;
}

void fault_preset_apply(struct fault_rule *r, const struct fault_preset *p)
{
    r->preset = p;
    r->then = p->then;
    r->then.name = p->name;
    r->retry_after = p->retry_after;
    r->times = p->times;
    r->latency = LATENCY_FIXED;
    r->latency_low = (double)p->latency_ms;
    r->when.is_beyond_first = r->when.is_beyond_first || p->is_beyond_first;
    r->when.is_one_token = r->when.is_one_token || p->is_one_token;
}

bool fault_preset_is_for_tokens(const struct fault_preset *p)
{
    return p->is_for_tokens;
}

bool fault_preset_fits(const struct fault_preset *p, const struct operation *op)
{
    return p->fits(op);
}

bool mock_fault_fits(struct str preset, const struct operation *op)
{
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        if (str_eq(presets[i].name, preset)) {
            return presets[i].fits(op);
        }
    }
    return false;
}

/* The first item of the batch is to blame: alone, where the profile tells of each item, else for the whole. */
static void refine_item(struct fault_plan *plan, struct request *rq)
{
    const struct batch_rule *batch = &rq->op->batch;
    bool is_alone = false;
    struct finding *f = ARENA_NEW(rq->arena, struct finding);
    *f = (struct finding){.rule = STR("S199"),
                          .severity = SEVERITY_ERROR,
                          .message = STR("the item is not valid (dealt by a fault)"),
                          .pointer = STR("/0"),
                          .name = rq->op->resource->title,
                          .item = 0};
    for (size_t i = 0; i < batch->n_item_rules; i++) {
        is_alone = is_alone || (batch->is_partial && str_starts(f->rule, batch->item_rules[i]));
    }
    if (is_alone) {
        plan->case_name = STR("");
        plan->status = 0;
        rq->item_fault = f;
    } else {
        rq->finding = findings_add(&rq->findings, f);
    }
}

void fault_preset_refine(struct fault_plan *plan, const struct fault_preset *p, struct request *rq)
{
    const struct unique_rule *u = p->is_duplicate ? unique_of(rq->op) : NULL;
    if (p->is_item) {
        refine_item(plan, rq);
    }
    if (!u) {
        return;
    }
    struct finding *f = ARENA_NEW(rq->arena, struct finding);
    *f = (struct finding){.rule = STR("U202"),
                          .severity = SEVERITY_ERROR,
                          .message = STR("dealt by a fault"),
                          .name = rq->op->resource->title,
                          .item = SIZE_MAX};
    if (u->n) {
        f->field = u->fields[u->n - 1]->text;
    }
    struct json value = u->n ? json_path(rq->body, f->field) : (struct json){0};
    f->value = json_exists(value) ? json_source(value) : (struct str){0};
    rq->finding = f;
    if (u->case_name.len) {
        plan->case_name = u->case_name;
    }
}

void faults_put_presets(struct buf *out, const struct contract *contract)
{
    buf_put(out, STR("{\"presets\":["));
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        const struct fault_preset *p = &presets[i];
        bool does = applies(p, contract);
        buf_put(out, i ? STR(",{\"name\":") : STR("{\"name\":"));
        buf_put_json_string(out, p->name);
        buf_put(out, STR(",\"about\":"));
        buf_put_json_string(out, p->about);
        buf_put(out, does ? STR(",\"applies\":true") : STR(",\"applies\":false,\"needs\":"));
        if (!does) {
            buf_put_json_string(out, p->needs);
        }
        buf_put(out, STR(",\"times\":"));
        buf_put_i64(out, p->times);
        buf_put_char(out, '}');
    }
    buf_put(out, STR("]}"));
}
