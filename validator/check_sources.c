/* Snapshots of tenants; Terraform's plans and exports; recorded traffic. */
#include "validator/check_int.h"

#include "validator/read_terraform.h"

void check_tenant(struct check *c, struct json root)
{
    struct tenant *t = NULL;
    struct err err = {0};
    struct json resources = json_get(root, STR("resources"));
    if (!tenant_load(&t, c->contract, root, c->fs, &err) && c->fs->len == 0) {
        struct finding f = check_finding(c, root, "P606", SEVERITY_ERROR);
        f.message = findings_text(c->fs, "%s", err.msg);
        findings_add(c->fs, &f);
    }
    if (t) {
        check_whole(c, t, root);
    }
    for (struct json m = json_first(resources); json_exists(m); m = json_next(m)) {
        c->n_entities += json_count(m);
    }
    tenant_free(t);
}

static bool is_used(const struct terraform_change *change)
{
    return json_exists(change->entity) && change->type->resource;
}

void check_terraform_change(struct check *c, const struct terraform_change *change)
{
    const struct resource *r = change->type->resource;
    struct str id = STR("");
    switch (change->action) {
    case TERRAFORM_KEEP:
        break;
    case TERRAFORM_CREATE:
    case TERRAFORM_REPLACE:
        if (is_used(change)) {
            (void)check_create(c, r, change->at, change->entity, &id);
        }
        break;
    case TERRAFORM_UPDATE:
        if (is_used(change) && change->id.len) {
            (void)check_update(c, r, change->at, change->id, change->entity);
        }
        break;
    case TERRAFORM_DELETE:
        if (r && change->id.len) {
            (void)check_delete(c, r, change->at, change->id);
        }
        break;
    }
}

bool check_terraform_read(struct check *c, struct json root, struct terraform *t)
{
    struct err err = {0};
    if (!read_terraform(t, c->arena, c->contract, root, c->fs, &err)) {
        struct finding f = check_finding(c, root, "P606", SEVERITY_ERROR);
        f.message = findings_text(c->fs, "%s", err.msg);
        findings_add(c->fs, &f);
        return false;
    }
    for (size_t i = 0; i < t->n_unknowns; i++) {
        const struct terraform_unknown *u = &t->unknowns[i];
        const struct terraform_change *of = &t->changes[u->change];
        struct buf why;
        buf_init(&why, c->arena);
        check_about(c, of->type->resource, of->id, of->address);
        buf_printf(&why, "%.*s of %.*s: %.*s", STR_ARG(u->attribute), STR_ARG(of->address),
                   STR_ARG(u->why));
        check_skip(c, u->at, buf_str(&why));
    }
    return true;
}

void check_terraform(struct check *c, struct json root)
{
    struct terraform t = {0};
    bool is_read = check_terraform_read(c, root, &t);
    for (size_t i = 0; is_read && i < t.n_changes; i++) {
        check_terraform_change(c, &t.changes[i]);
    }
}

static bool is_asked(const struct operation *op)
{
    return op->action != ACTION_TOKEN && op->action != ACTION_REVOKE &&
           op->action != ACTION_INTROSPECT && op->action != ACTION_CHANNEL;
}

/* The path and query of a URL. */
static struct str target_of(struct str url)
{
    size_t scheme = str_find(url, STR("://"));
    struct str rest = scheme < url.len ? str_slice(url, scheme + 3, url.len) : url;
    struct str target =
        scheme < url.len ? str_slice(rest, str_find_char(rest, '/'), rest.len) : url;
    return str_slice(target, 0, str_find_char(target, '#'));
}

static void check_request(struct check *c, const struct traffic_request *rq, struct str file)
{
    const struct operation *op = rq->route.op;
    struct finding f = {.rule = STR("S100"),
                        .severity = SEVERITY_ERROR,
                        .file = file,
                        .span = rq->at,
                        .line = rq->line,
                        .column = rq->column,
                        .status = rq->route.is_other_method ? 405 : 404,
                        .item = SIZE_MAX};
    c->n_entities++;
    check_about(c, op ? op->resource : NULL, STR(""), STR(""));
    if (!op) {
        f.message =
            findings_text(c->fs, "%.*s has no operation %.*s %.*s", STR_ARG(c->contract->name),
                          STR_ARG(rq->method), STR_ARG(rq->path));
        findings_add(c->fs, &f);
        return;
    }
    if (!is_asked(op) || rq->body_kind == BODY_BAD || rq->body_kind == BODY_CUT ||
        rq->body_kind == BODY_OTHER) {
        return;
    }
    struct check_step step = {.op = op, .resource = op->resource, .body = rq->body, .at = rq->body};
    struct buf body;
    buf_init(&body, c->arena);
    if (json_exists(rq->body)) {
        json_put(&body, rq->body);
    } else {
        step.fallback = &f;
    }
    step.body_text = buf_str(&body);
    step.path = target_of(rq->url);
    (void)check_ask(c, &step, NULL);
}

void check_traffic(struct check *c, const struct recording *recording, struct str file)
{
    for (size_t i = 0; i < recording->n_requests; i++) {
        check_request(c, &recording->requests[i], file);
    }
}
