/* Who asks, and may he: the bearer token, its client, the scopes and permissions that the operation
 * wants. */
#include "mockapi/site.h"

static bool reply_unauthorized(struct request *rq, struct str case_name)
{
    reply_case(rq, case_name);
    reply_header(rq, STR("WWW-Authenticate"), STR("Bearer")); /* RFC 9110 15.5.2 */
    return false;
}

static void lend_first_client(struct request *rq)
{
    const struct tenant_client *own = site_own_client(rq->site);
    if (own || tenant_client_count(rq->tenant) > 0) {
        rq->bearer.client = own ? own : tenant_client_at(rq->tenant, 0);
        rq->bearer.scopes = rq->bearer.client->scopes;
        rq->bearer.n_scopes = rq->bearer.client->n_scopes;
    }
}

bool step_identify(struct request *rq)
{
    struct str header = request_header(rq, STR("Authorization")), client_id = {0};
    if (!rq->op->needs_token) {
        return true;
    }
    if (!header.s) {
        return reply_unauthorized(rq, STR("auth.missing"));
    }
    struct str scheme = str_slice(header, 0, str_find_char(header, ' '));
    struct str text = str_trim(str_slice(header, scheme.len, header.len));
    if (!str_eq_fold(scheme, STR("Bearer"))) {
        return reply_unauthorized(rq, STR("auth.scheme"));
    }
    if (text.len == 0) {
        if (!rq->contract->has_free_bearer) {
            return reply_unauthorized(rq, STR("auth.missing"));
        }
        lend_first_client(rq);
        return true;
    }
    switch (tokens_find(rq->site->tokens, &rq->bearer, &client_id, rq->arena, text, rq->now_us)) {
    case TOKEN_UNKNOWN:
        return reply_unauthorized(rq, STR("auth.unknown"));
    case TOKEN_EXPIRED:
        return reply_unauthorized(rq, STR("auth.expired"));
    case TOKEN_REVOKED:
        return reply_unauthorized(rq, STR("auth.revoked"));
    case TOKEN_GOOD:
        break;
    }
    rq->bearer.client = site_client(rq->site, rq->tenant, client_id);
    return rq->bearer.client || reply_unauthorized(rq, STR("auth.unknown"));
}

/* "*" grants all, "a:b:*" grants by prefix. */
static bool is_granted(const struct str *granted, size_t n, struct str wanted)
{
    for (size_t i = 0; i < n; i++) {
        struct str g = granted[i];
        if (str_eq(g, wanted) ||
            (str_ends(g, STR("*")) && str_starts(wanted, str_slice(g, 0, g.len - 1)))) {
            return true;
        }
    }
    return false;
}

static bool has_scope(const struct request *rq)
{
    const struct operation *op = rq->op;
    for (size_t i = 0; i < op->n_scopes; i++) {
        if (is_granted(rq->bearer.scopes, rq->bearer.n_scopes, op->scopes[i])) {
            return true;
        }
    }
    return op->n_scopes == 0;
}

bool request_may(const struct request *rq, struct str permission)
{
    const struct tenant_client *c = rq->bearer.client;
    return c && is_granted(c->permissions, c->n_permissions, permission);
}

static bool has_permission(const struct request *rq)
{
    const struct operation *op = rq->op;
    size_t held = 0;
    for (size_t i = 0; i < op->n_permissions; i++) {
        held += request_may(rq, op->permissions[i]);
    }
    return op->needs_all_permissions ? held == op->n_permissions
                                     : held > 0 || op->n_permissions == 0;
}

bool step_permit(struct request *rq)
{
    const struct operation *op = rq->op;
    if (!op->needs_token) {
        return true;
    }
    if (!has_scope(rq)) {
        return reply_case(rq, STR("scope"));
    }
    if (!has_permission(rq)) {
        bool is_one_of = !op->needs_all_permissions && op->n_permissions > 1;
        return reply_case(rq, is_one_of ? STR("permission.any") : STR("permission"));
    }
    return true;
}
