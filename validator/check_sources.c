/* Snapshots of tenants; recorded traffic. */
#include "validator/check_int.h"

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
        check_floor_snapshot(c, t, root);
    }
    for (struct json m = json_first(resources); json_exists(m); m = json_next(m)) {
        c->n_entities += json_count(m);
    }
    tenant_free(t);
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
