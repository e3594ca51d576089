/* What templates see of a request: every variable of docs/profile-format.md. */
#include "mockapi/act.h"
#include "mockapi/jobs.h"

static bool put_str(struct buf *out, struct str s)
{
    if (!s.s) {
        return false;
    }
    buf_put_json_string(out, s);
    return true;
}

static bool put_number(struct buf *out, int64_t n)
{
    buf_put_i64(out, n);
    return true;
}

static bool put_list(struct buf *out, const struct str *at, size_t n)
{
    buf_put_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i) {
            buf_put_char(out, ',');
        }
        buf_put_json_string(out, at[i]);
    }
    buf_put_char(out, ']');
    return true;
}

static bool put_json(struct buf *out, struct json from, struct str dotted)
{
    struct json v = dotted.len ? json_path(from, dotted) : from;
    if (!json_exists(v)) {
        return false;
    }
    json_put(out, v);
    return true;
}

/* A member of a JSON text of our own (an entity, a client). */
static bool put_member(struct buf *out, struct str text, struct str dotted)
{
    struct str v = text.s && dotted.len ? json_text_path(text, dotted) : text;
    buf_put(out, v);
    return v.s != NULL;
}

static bool put_entity(struct buf *out, const struct entity *e, struct str name)
{
    return e && put_member(out, e->text, name);
}

/* The whole entity is what is shown of it, but where that is being made. */
static bool put_own_entity(struct buf *out, struct request *rq, struct str name)
{
    bool is_shown = rq->entity && name.len == 0 && !rq->is_showing && rq->op && rq->op->resource;
    return is_shown ? act_put_shown(out, rq, rq->entity) : put_entity(out, rq->entity, name);
}

static bool put_date(struct buf *out, int64_t at_us, int digits)
{
    buf_put_char(out, '"');
    date_put(out, at_us, digits);
    buf_put_char(out, '"');
    return true;
}

static bool put_now(struct buf *out, const struct request *rq, struct str name)
{
    if (str_eq(name, STR("epoch"))) {
        return put_number(out, rq->now_us / US_PER_S);
    }
    return put_date(out, rq->now_us, str_eq(name, STR("s")) ? 0 : 3);
}

static bool put_client(struct buf *out, struct request *rq, struct str name)
{
    const struct tenant_client *c = rq->bearer.client;
    if (!c || str_starts(name, STR("secret"))) {
        return false;
    }
    return str_eq(name, STR("id")) ? put_str(out, c->id)
                                   : name.len && put_member(out, c->text, name);
}

static bool put_token_times(struct buf *out, const struct bearer *b, struct str name)
{
    if (str_eq(name, STR("issued"))) {
        return put_date(out, b->issued_us, 3);
    }
    if (str_eq(name, STR("expires"))) {
        return put_date(out, b->expires_us, 3);
    }
    if (str_eq(name, STR("issued_epoch"))) {
        return put_number(out, b->issued_us / US_PER_S);
    }
    return str_eq(name, STR("expires_epoch")) && put_number(out, b->expires_us / US_PER_S);
}

/* What the token endpoint alone knows of the token that it makes, and what verifies it. */
static bool put_new_token(struct buf *out, struct request *rq, struct str name)
{
    if (str_eq(name, STR("audience"))) {
        return rq->bearer.audience.len && put_str(out, rq->bearer.audience);
    }
    if (str_eq(name, STR("id"))) {
        return put_str(out, rq->token_id);
    }
    if (str_eq(name, STR("refresh"))) {
        return put_str(out, rq->token_refresh);
    }
    if (str_eq(name, STR("refresh_lifetime"))) {
        return rq->token_refresh.s && put_number(out, rq->token_refresh_lifetime_s);
    }
    if (str_eq(name, STR("identity"))) {
        return put_str(out, oauth_identity(rq));
    }
    return str_eq(name, STR("keys")) && oauth_put_keys(out, rq);
}

static bool put_token(struct buf *out, struct request *rq, struct str name)
{
    const struct bearer *b = &rq->bearer;
    bool is_new = rq->token_value.s != NULL;
    if (str_eq(name, STR("value"))) {
        return put_str(out, is_new ? rq->token_value : b->value);
    }
    if (str_eq(name, STR("lifetime"))) {
        return put_number(out, is_new ? rq->token_lifetime_s : b->lifetime_s);
    }
    if (str_eq(name, STR("expires_in"))) {
        return put_number(out,
                          is_new ? rq->token_lifetime_s : (b->expires_us - rq->now_us) / US_PER_S);
    }
    if (str_eq(name, STR("scopes"))) {
        return put_list(out, b->scopes, b->n_scopes);
    }
    if (str_eq(name, STR("scope"))) {
        if (is_new) {
            return put_str(out, rq->token_scope);
        }
        buf_put_char(out, '"');
        for (size_t i = 0; i < b->n_scopes; i++) {
            if (i) {
                buf_put_char(out, ' ');
            }
            buf_put_json_escaped(out, b->scopes[i]);
        }
        buf_put_char(out, '"');
        return true;
    }
    if (str_eq(name, STR("permissions"))) {
        return b->client && put_list(out, b->client->permissions, b->client->n_permissions);
    }
    return put_token_times(out, b, name) || put_new_token(out, rq, name);
}

static bool put_page(struct buf *out, const struct request *rq, struct str name)
{
    const struct {
        struct str name;
        int64_t value;
    } numbers[] = {
        {STR("size"), rq->page_size},     {STR("number"), rq->page_number},
        {STR("count"), rq->page_count},   {STR("total"), (int64_t)rq->page.total},
        {STR("offset"), rq->page_offset},
    };
    const struct {
        struct str name, value;
    } texts[] = {
        {STR("self"), rq->page_self},
        {STR("first"), rq->page_first},
        {STR("last"), rq->page_last},
        {STR("next"), rq->page_next},
        {STR("previous"), rq->page_previous},
        {STR("next_cursor"), rq->page.has_more ? rq->page.next_cursor : (struct str){0}},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (str_eq(name, numbers[i].name)) {
            return put_number(out, numbers[i].value);
        }
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (str_eq(name, texts[i].name)) {
            return put_str(out, texts[i].value);
        }
    }
    return str_eq(name, STR("next_number")) && rq->page_next.s &&
           put_number(out, rq->page_number + 1);
}

static bool put_error(struct buf *out, struct request *rq, struct str name)
{
    const struct error_case *e = rq->error;
    if (!e) {
        return false;
    }
    if (str_eq(name, STR("status"))) {
        return put_number(out, e->status);
    }
    if (str_eq(name, STR("code"))) {
        return put_str(out, e->code);
    }
    if (str_eq(name, STR("message"))) {
        return put_str(out, rq->error_message);
    }
    return str_eq(name, STR("name")) && put_str(out, e->name);
}

static bool put_finding(struct buf *out, const struct request *rq, struct str name)
{
    const struct finding *f = rq->finding;
    if (!f) {
        return false;
    }
    const struct {
        struct str name, value;
    } texts[] = {
        {STR("rule"), f->rule},       {STR("message"), f->message},   {STR("field"), f->field},
        {STR("pointer"), f->pointer}, {STR("expected"), f->expected}, {STR("name"), f->name},
        {STR("hint"), f->hint},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (str_eq(name, texts[i].name)) {
            return texts[i].value.len && put_str(out, texts[i].value);
        }
    }
    if (str_eq(name, STR("value"))) {
        /* what was found is JSON text already; one that was cut for display is shown as a text */
        struct str v = f->value;
        bool is_text = v.len > 1 && v.s[0] == '"' && v.s[v.len - 1] == '"';
        return v.s && put_str(out, is_text ? str_slice(v, 1, v.len - 1) : v);
    }
    return str_eq(name, STR("item")) && f->item != SIZE_MAX && put_number(out, (int64_t)f->item);
}

static bool put_failure(struct buf *out, const struct request *rq, struct str name)
{
    if (str_eq(name, STR("count"))) {
        return put_number(out, (int64_t)rq->n_failures);
    }
    size_t at = rq->each;
    if (str_eq(rq->each_list, STR("outcomes"))) {
        bool is_failed = at < rq->n_outcomes && !rq->outcomes[at].entity;
        at = is_failed ? rq->outcomes[at].failure : SIZE_MAX;
    } else if (!str_eq(rq->each_list, STR("failures"))) {
        return false;
    }
    if (at >= rq->n_failures) {
        return false;
    }
    const struct failure *f = &rq->failures[at];
    if (str_eq(name, STR("index"))) {
        return put_number(out, (int64_t)f->index);
    }
    if (str_eq(name, STR("status"))) {
        return put_number(out, f->status);
    }
    return put_str(out, str_eq(name, STR("code"))      ? f->code
                        : str_eq(name, STR("message")) ? f->message
                                                       : (struct str){0});
}

static bool put_rate(struct buf *out, const struct request *rq, struct str name)
{
    const struct rate_rule *rule = rq->rate.rule;
    int64_t left_s = (rq->rate.reset_us - rq->now_us + US_PER_S - 1) / US_PER_S;
    /* A fault deals a refusal of its own: nobody shall wait out a window that is still open. */
    if (!rule || (rq->fault && str_eq(name, STR("retry_after")))) {
        left_s = rq->contract->retry_after_default_s;
    }
    if (rq->rate.retry_after_s) {
        left_s = rq->rate.retry_after_s;
    }
    if (str_eq(name, STR("retry_after")) || str_eq(name, STR("reset"))) {
        return put_number(out, left_s > 1 ? left_s : 1);
    }
    if (!rule && rq->contract->n_rates) {
        rule = &rq->contract->rates[0]; /* a refusal that no window led to: the first speaks for it */
    }
    if (!rule) {
        return false;
    }
    if (str_eq(name, STR("limit"))) {
        return put_number(out, rule->limit);
    }
    if (str_eq(name, STR("window"))) {
        return put_number(out, rule->window_us / US_PER_S);
    }
    if (str_eq(name, STR("remaining"))) {
        return put_number(out, rq->rate.remaining);
    }
    return str_eq(name, STR("name")) && put_str(out, rule->name);
}

static bool put_joined(struct buf *out, const struct str *at, size_t n)
{
    buf_put_char(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (i) {
            buf_put(out, STR(", "));
        }
        buf_put_json_escaped(out, at[i]);
    }
    buf_put_char(out, '"');
    return true;
}

static bool put_request(struct buf *out, const struct request *rq, struct str name)
{
    struct str host = request_header(rq, STR("Host"));
    if (str_eq(name, STR("id"))) {
        return put_str(out, str_of(rq->id));
    }
    if (str_eq(name, STR("method"))) {
        return put_str(out, rq->method);
    }
    if (str_eq(name, STR("path"))) {
        return put_str(out, rq->path);
    }
    if (str_eq(name, STR("uri"))) {
        return put_str(out, rq->uri);
    }
    if (str_eq(name, STR("host"))) {
        return put_str(out, host);
    }
    if (str_eq(name, STR("permissions")) && rq->op) {
        return put_joined(out, rq->op->permissions, rq->op->n_permissions);
    }
    if (str_eq(name, STR("scopes")) && rq->op) {
        return put_joined(out, rq->op->scopes, rq->op->n_scopes);
    }
    bool is_stream = str_eq(name, STR("stream"));
    if (!(is_stream || str_eq(name, STR("base"))) || !host.s) {
        return false;
    }
    buf_put(out, is_stream ? STR("\"ws") : STR("\"http"));
    buf_put(out, rq->is_tls ? STR("s://") : STR("://"));
    buf_put_json_escaped(out, host);
    if (is_stream) {
        buf_put_json_escaped(out, rq->prefix);
    }
    buf_put_char(out, '"');
    return true;
}

static bool put_random(struct buf *out, struct request *rq, struct str name)
{
    if (rq->random_state == 0) {
        rq->random_state = str_hash(str_of(rq->id)) + rq->number;
    }
    uint64_t high = splitmix64(&rq->random_state), low = splitmix64(&rq->random_state);
    char uuid[37];
    uuid_text(uuid, high, low);
    if (str_eq(name, STR("uuid"))) {
        return put_str(out, str_of(uuid));
    }
    if (!str_eq(name, STR("hex32"))) {
        return false;
    }
    buf_put_char(out, '"');
    for (const char *c = uuid; *c; c++) {
        if (*c != '-') {
            buf_put_char(out, *c);
        }
    }
    buf_put_char(out, '"');
    return true;
}

static bool put_policy(struct buf *out, const struct request *rq, struct str name)
{
    for (size_t i = 0; i < rq->contract->n_policies; i++) {
        if (str_eq(rq->contract->policies[i].name, name)) {
            return put_str(out, rq->contract->policies[i].value);
        }
    }
    return false;
}

static bool put_list_item(struct buf *out, const struct request *rq, struct str name)
{
    return name.len == 0 && str_eq(rq->each_list, STR("permissions")) && rq->op &&
           rq->each < rq->op->n_permissions && put_str(out, rq->op->permissions[rq->each]);
}

static bool put_job(struct buf *out, const struct job_view *v, struct str name)
{
    if (str_eq(name, STR("id"))) {
        return put_str(out, v->job->id);
    }
    if (str_eq(name, STR("state"))) {
        return put_str(out, v->state);
    }
    if (str_eq(name, STR("started"))) {
        return put_date(out, v->job->started_us, 3);
    }
    if (str_eq(name, STR("ended"))) {
        return v->ended_us != INT64_MAX && put_date(out, v->ended_us, 3);
    }
    if (str_eq(name, STR("expires"))) {
        int64_t lasts_us = v->job->rule->expires_us;
        return v->ended_us != INT64_MAX && lasts_us && put_date(out, v->ended_us + lasts_us, 3);
    }
    bool is_body = str_starts(name, STR("body"));
    return is_body && put_json(out, v->body, str_slice(name, 5, name.len));
}

static bool resolve(struct buf *out, const struct var *var, void *ctx)
{
    struct request *rq = ctx;
    switch (var->scope) {
    case VAR_ID:
        return put_str(out, rq->new_id.s ? rq->new_id
                            : rq->entity ? rq->entity->id
                                         : (struct str){0});
    case VAR_NOW:
        return put_now(out, rq, var->name);
    case VAR_VERSION:
        return put_number(out, rq->version);
    case VAR_ENTITY:
        return put_own_entity(out, rq, var->name);
    case VAR_TARGET:
        return put_entity(out, rq->target, var->name);
    case VAR_PARENT:
        return put_entity(out, rq->parent, var->name);
    case VAR_ROW:
        return put_entity(out, rq->row, var->name);
    case VAR_BODY:
        return put_json(out, rq->item, var->name);
    case VAR_PATH:
        return put_str(out, request_path_value(rq, var->name));
    case VAR_QUERY:
        return request_put_query(out, rq, var->name);
    case VAR_CLIENT:
        return put_client(out, rq, var->name);
    case VAR_TOKEN:
        return put_token(out, rq, var->name);
    case VAR_TENANT:
        return str_eq(var->name, STR("name"))
                   ? put_str(out, tenant_name(rq->tenant))
                   : put_member(out, tenant_about(rq->tenant), var->name);
    case VAR_ITEMS:
        buf_put(out, rq->items.len ? buf_str(&rq->items) : STR("[]"));
        return true;
    case VAR_PAGE:
        return put_page(out, rq, var->name);
    case VAR_ERROR:
        return put_error(out, rq, var->name);
    case VAR_FINDING:
        return put_finding(out, rq, var->name);
    case VAR_FAILURE:
        return put_failure(out, rq, var->name);
    case VAR_RATE:
        return put_rate(out, rq, var->name);
    case VAR_REQUEST:
        return put_request(out, rq, var->name) || put_list_item(out, rq, var->name);
    case VAR_RANDOM:
        return put_random(out, rq, var->name);
    case VAR_POLICY:
        return put_policy(out, rq, var->name);
    case VAR_ITEM:
        return rq->n_lists && put_json(out, rq->lists[rq->n_lists - 1], var->name);
    case VAR_PART:
        return put_json(out, rq->part, var->name);
    case VAR_OWNER:
        return put_json(out, rq->owner, var->name);
    case VAR_RESULT:
        return put_json(out, rq->result, var->name);
    case VAR_HEADER:
        return put_str(out, request_header(rq, var->name));
    case VAR_EVENT:
        return put_json(out, rq->event, var->name);
    case VAR_JOB:
        return rq->job && put_job(out, rq->job, var->name);
    case VAR_SCOPE_COUNT:
        break;
    }
    unreachable();
}

struct template_source request_source(struct request *rq)
{
    return (struct template_source){.resolve = resolve, .each = request_each, .ctx = rq, .rows = request_rows};
}

struct str request_header(const struct request *rq, struct str name)
{
    for (size_t i = 0; i < rq->n_headers; i++) {
        if (str_eq_fold(rq->headers[i].name, name)) {
            return rq->headers[i].value;
        }
    }
    return (struct str){0};
}

struct str request_path_value(const struct request *rq, struct str name)
{
    size_t at = 0;
    for (size_t i = 0; rq->op && i < rq->op->n_segments; i++) {
        if (!rq->op->segments[i].is_parameter) {
            continue;
        }
        if (str_eq(rq->op->segments[i].text, name)) {
            return rq->path_values[at];
        }
        at++;
    }
    return (struct str){0};
}

struct str request_query_value(const struct request *rq, struct str name)
{
    struct str given = query_get(&rq->query, name);
    if (given.s) {
        return given;
    }
    for (size_t i = 0; rq->op && i < rq->op->n_parameters; i++) {
        const struct parameter *p = &rq->op->parameters[i];
        if (!str_eq(p->name, name) || !str_eq(p->in, STR("query"))) {
            continue;
        }
        struct json value = json_get(json_get(p->source, STR("schema")), STR("default"));
        if (json_kind(value) == JSON_STRING) {
            return json_str(value);
        }
        return json_exists(value) ? json_source(value) : (struct str){0};
    }
    return (struct str){0};
}
