/* Acting: what an operation does, on the tenant under its lock. This file holds the dispatch and
 * what the acts share; the acts themselves are in act_read.c, act_write.c, act_batch.c and
 * act_links.c. */
#include "mockapi/act.h"

#include "mockapi/fault.h"

#include "mockapi/events.h"

void act_lock_write(struct request *rq)
{
    tenant_lock_write(rq->tenant);
    events_begin(rq);
}

void act_unlock_write(struct request *rq)
{
    events_collect(rq);
    tenant_unlock(rq->tenant);
}

struct json act_parse(struct request *rq, struct str text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    bool is_ours = json_parse(&doc, rq->arena, STR(""), text, NULL, NULL, &err);
    if (!is_ours) {
        unreachable(); /* the text came from our own writer */
    }
    return json_root(doc);
}

const struct finding *act_first_error(const struct findings *fs)
{
    for (size_t i = 0; i < fs->len; i++) {
        if (fs->at[i].severity == SEVERITY_ERROR) {
            return &fs->at[i];
        }
    }
    return NULL;
}

struct body_check act_check(const struct request *rq)
{
    return (struct body_check){
        .contract = rq->contract,
        .op = rq->op,
        .tenant = rq->tenant,
        .resource = rq->op->resource,
        .run = rq->run,
    };
}

void act_unwrap(struct request *rq)
{
    if (rq->op->wrap.len) {
        rq->body = rq->item = json_get(rq->body, rq->op->wrap);
    }
}

bool act_check_shape(struct request *rq)
{
    if (!json_exists(rq->body)) {
        return true;
    }
    struct body_check check = act_check(rq);
    if (check_shape(&check, rq->body, &rq->findings)) {
        act_unwrap(rq);
        return true;
    }
    return reply_finding(rq, act_first_error(&rq->findings));
}

bool act_is_visible(const struct request *rq, const struct resource *r, const struct entity *e)
{
    int64_t lag_ms = r->visible_after_ms + (rq->fault ? rq->fault->lag_ms : 0);
    return e->created_us + lag_ms * US_PER_MS <= rq->now_us;
}

const struct entity *act_find(struct request *rq)
{
    const struct operation *op = rq->op;
    const struct resource *r = op->resource;
    const struct entity *e = NULL;
    if (op->is_singleton) {
        e = tenant_first(rq->tenant, r);
    } else if (op->pick_field) {
        e = tenant_pick(rq->tenant, r, op->pick_field, op->pick_value);
    } else {
        bool is_link = r->parent && op->parent_param.len > 0;
        if (is_link && !act_find_parent(rq)) {
            return NULL;
        }
        struct str id = is_link ? act_link_id(rq) : request_path_value(rq, op->key_param);
        e = id.s ? tenant_find(rq->tenant, r, id) : NULL;
    }
    if (!e || !act_is_visible(rq, r, e)) {
        reply_case(rq, op->gone_case.len ? op->gone_case : STR("not_found"));
        return NULL;
    }
    if (rq->fault && rq->fault->moves_version && op->version.place != VERSION_NONE) {
        struct str same = str_copy(rq->arena, e->id);
        act_restore(rq, r, e, BUILD_MERGE, act_parse(rq, STR("{}")));
        e = tenant_find(rq->tenant, r, same);
    }
    rq->entity = e;
    rq->version = e->version;
    return e;
}

/* The resource of what the path calls the owner of a link. */
static const struct resource *owner_resource(const struct operation *op)
{
    return op->is_from_target ? op->resource->target : op->resource->parent;
}

bool act_find_parent(struct request *rq)
{
    const struct operation *op = rq->op;
    struct str id = request_path_value(rq, op->parent_param);
    const struct resource *parent = owner_resource(op);
    rq->parent = parent && id.s ? tenant_find(rq->tenant, parent, id) : NULL;
    return rq->parent || reply_case(rq, STR("not_found.parent"));
}

bool act_check_refusals(struct request *rq)
{
    struct template_source source = request_source(rq);
    for (size_t i = 0; i < rq->op->n_refusals; i++) {
        struct buf text;
        buf_init(&text, rq->arena);
        bool is_there = template_put(&text, rq->op->refusals[i].when, &source);
        if (is_there && !str_eq(buf_str(&text), STR("null")) &&
            !str_eq(buf_str(&text), STR("false"))) {
            return reply_case(rq, rq->op->refusals[i].case_name);
        }
    }
    return true;
}

bool act_check_requires(struct request *rq)
{
    const struct operation *op = rq->op;
    const struct entity *of = rq->parent ? rq->parent : rq->entity;
    if (op->n_requires == 0 || !of) {
        return act_check_refusals(rq);
    }
    struct body_check check = act_check(rq);
    const struct resource *r = rq->parent ? owner_resource(op) : op->resource;
    if (!check_requires(&check, of, r, rq->body, &rq->findings)) {
        return reply_finding(rq, act_first_error(&rq->findings));
    }
    return act_check_refusals(rq);
}

struct json act_item(struct request *rq)
{
    if (!rq->op->item) {
        return rq->item;
    }
    struct template_source source = request_source(rq);
    struct buf text;
    buf_init(&text, rq->arena);
    return template_put(&text, rq->op->item, &source) ? act_parse(rq, buf_str(&text)) : rq->item;
}

/* The id that a new entity gets: the body's where the profile lets it, joined from its members, or
 * the next one. */
static struct str new_id(struct request *rq, const struct resource *r, struct json body,
                         bool is_whole)
{
    struct buf id;
    buf_init(&id, rq->arena);
    struct json given = r->id_field ? field_find(r->id_field, body) : (struct json){0};
    if (r->id_make == ID_JOIN) {
        for (size_t i = 0; i < r->n_id_join; i++) {
            if (i) {
                buf_put_char(&id, '/');
            }
            buf_put(&id, field_text(r->id_join[i], body));
        }
        return buf_str(&id);
    }
    bool is_taken = is_whole || r->id_make == ID_GIVEN || r->id_given == ID_GIVEN_TAKEN;
    if (is_taken && json_kind(given) == JSON_STRING) {
        return json_str(given);
    }
    if (is_taken && json_kind(given) == JSON_NUMBER) {
        return json_number_text(given);
    }
    tenant_next_id(rq->tenant, r, &id);
    return buf_str(&id);
}

/* A breach of the resource's schema, where the body has what breaks it. */
struct whole {
    struct request *rq;
    struct json body, value;
    size_t item;
    bool is_bad;
};

static bool report_issue(const struct schema_issue *issue, void *ctx)
{
    struct whole *w = ctx;
    struct findings *fs = &w->rq->findings;
    struct json at = json_exists(issue->member) ? issue->member : issue->instance;
    struct buf pointer;
    buf_init(&pointer, w->rq->arena);
    json_pointer_put(&pointer, at);
    struct json there = json_pointer_find(w->body, buf_str(&pointer));
    struct finding f =
        json_finding(fs, json_exists(there) ? there : w->body, STR("S103"), SEVERITY_ERROR);
    f.rule = issue_rule(issue, false);
    f.pointer = buf_str(&pointer);
    f.item = w->item;
    issue_say(fs, &f, issue);
    findings_add(fs, &f);
    w->is_bad = true;
    return true;
}

/* True if the whole entity is as its resource's schema says. */
static bool check_whole(struct request *rq, struct json body, struct json value, size_t item)
{
    struct whole w = {.rq = rq, .body = body, .value = value, .item = item};
    const struct schema *shape = rq->op->resource->shape;
    if (!shape) {
        return true;
    }
    struct schema_run *run = rq->run ? rq->run : schema_run_new();
    schema_check(shape, run, value, report_issue, &w);
    if (run != rq->run) {
        schema_run_free(run);
    }
    return !w.is_bad;
}

static const struct entity *insert(struct request *rq, struct json body, size_t item,
                                   enum build_mode mode)
{
    bool is_whole = mode == BUILD_LOAD;
    const struct resource *r = rq->op->resource;
    struct template_source source = request_source(rq);
    struct body_check check = act_check(rq);
    rq->new_id = new_id(rq, r, body, is_whole);
    rq->version = r->version_start;
    if (is_whole && r->version_field) {
        rq->version = json_i64_or(field_find(r->version_field, body), r->version_start);
    }
    struct build build = {
        .resource = r,
        .mode = mode,
        .body = body,
        .id = rq->new_id,
        .version = rq->version,
        .tenant = rq->tenant,
        .source = &source,
    };
    struct buf text;
    buf_init(&text, rq->arena);
    entity_build(&text, rq->arena, &build);
    struct json value = act_parse(rq, buf_str(&text));
    if ((is_whole && !check_whole(rq, body, value, item)) ||
        !check_entity(&check, value, rq->item, item, &rq->findings)) {
        return NULL;
    }
    const struct entity *there = tenant_find(rq->tenant, r, rq->new_id);
    if (there) {
        struct finding f = json_finding(&rq->findings, rq->item, STR("U204"), SEVERITY_ERROR);
        f.message =
            findings_text(&rq->findings, "there is a %.*s with this id already", STR_ARG(r->title));
        f.name = r->title;
        f.item = item;
        f.case_name = STR("unique");
        findings_add(&rq->findings, &f);
        return NULL;
    }
    rq->entity = tenant_put(rq->tenant, r, value, rq->version, rq->now_us);
    if (!act_effects(rq, item)) {
        tenant_delete(rq->tenant, r, rq->new_id);
        rq->entity = NULL;
    }
    return rq->entity;
}

const struct entity *act_insert(struct request *rq, struct json body, size_t item)
{
    return insert(rq, body, item, BUILD_CREATE);
}

const struct entity *act_insert_whole(struct request *rq, struct json body, size_t item)
{
    if (json_kind(body) != JSON_OBJECT) {
        struct finding f = json_finding(&rq->findings, body, STR("S103"), SEVERITY_ERROR);
        f.message =
            findings_text(&rq->findings, "a %.*s is an object", STR_ARG(rq->op->resource->title));
        f.expected = STR("object");
        f.item = item;
        findings_add(&rq->findings, &f);
        return NULL;
    }
    return insert(rq, body, item, BUILD_LOAD);
}

bool act_check_version(struct request *rq, const struct entity *e)
{
    const struct version_rule *rule = &rq->op->version;
    struct str given = {0};
    switch (rule->place) {
    case VERSION_NONE:
        return true;
    case VERSION_QUERY:
        given = query_get(&rq->query, rule->name);
        break;
    case VERSION_BODY: {
        struct json v = json_path(rq->body, rule->name);
        given = json_kind(v) == JSON_NUMBER ? json_number_text(v) : json_str_or(v, (struct str){0});
        break;
    }
    case VERSION_IF_MATCH:
        given = str_trim(request_header(rq, STR("If-Match")));
        if (str_eq(given, STR("*"))) {
            return true;
        }
        if (given.len > 1 && given.s[0] == '"' && given.s[given.len - 1] == '"') {
            given = str_slice(given, 1, given.len - 1);
        }
        break;
    }
    if (given.len == 0) {
        return !rule->is_required || reply_case(rq, STR("version.missing"));
    }
    int64_t number = 0;
    if (num_parse_i64(&number, given, INT64_MIN, INT64_MAX) && number == e->version) {
        return true;
    }
    return reply_case(rq, STR("version.stale"));
}

void act_put_etag(struct request *rq, const struct resource *r, const struct entity *e)
{
    if (!r->has_etag) {
        return;
    }
    struct buf tag;
    buf_init(&tag, rq->arena);
    buf_put_char(&tag, '"');
    buf_put_i64(&tag, e->version);
    buf_put_char(&tag, '"');
    reply_header(rq, STR("ETag"), buf_str(&tag));
}

/* Locked, because the reply may look at entities. */
static bool act_static(struct request *rq)
{
    tenant_lock_read(rq->tenant);
    if (act_enter_part(rq, (struct json){0})) {
        reply_success(rq, STR(""));
    }
    tenant_unlock(rq->tenant);
    return false;
}

static bool dispatch(struct request *rq)
{
    switch (rq->op->action) {
    case ACTION_TOKEN:
        return act_token(rq);
    case ACTION_REVOKE:
        return act_revoke(rq);
    case ACTION_INTROSPECT:
        return act_introspect(rq);
    case ACTION_LIST:
        return act_list(rq);
    case ACTION_READ:
        return act_read(rq);
    case ACTION_CREATE:
        return act_create(rq);
    case ACTION_REPLACE:
    case ACTION_MERGE:
        return act_change(rq);
    case ACTION_DELETE:
        return act_delete(rq);
    case ACTION_BATCH:
        return act_batch(rq);
    case ACTION_LINK_ADD:
    case ACTION_LINK_CHANGE:
    case ACTION_LINK_REPLACE:
        return act_links(rq);
    case ACTION_LINK_REMOVE:
        return act_link_remove(rq);
    case ACTION_STATIC:
        return act_static(rq);
    case ACTION_REFUSE:
        return reply_case(rq, rq->op->refuse_case);
    case ACTION_ASSIGN:
        return act_assign(rq);
    case ACTION_CHANNEL:
        return act_channel(rq);
    case ACTION_GRAPH:
        return act_graph(rq);
    case ACTION_QUERY:
        return act_query(rq);
    case ACTION_JOB:
        return act_job(rq);
    case ACTION_NAMED:
    case ACTION_COUNT:
        break;
    }
    unreachable(); /* the loader refuses profiles that ask for these */
}

bool step_act(struct request *rq)
{
    struct schema_run *own = NULL;
    if (!rq->run) {
        rq->run = own = schema_run_new();
    }
    bool goes_on = dispatch(rq);
    rq->entity = rq->target = rq->parent = rq->row = NULL; /* the lock that kept them is gone */
    if (own) {
        rq->run = NULL;
        schema_run_free(own);
    }
    return goes_on;
}
