/* --replace OLD=NEW: everything that names the one names the other. */
#include "validator/draft_int.h"

#include <string.h>

void draft_stay(struct draft *d, const struct deps_edge *e, const char *why)
{
    enum { FIRST = 8 };
    struct buf who;
    buf_init(&who, d->check.arena);
    deps_put_node(&who, d->before, e->from);
    if (d->n_stays == d->stays_cap) {
        d->stays_cap = d->stays_cap ? 2 * d->stays_cap : FIRST;
        struct draft_stay *more = ARENA_ARRAY(d->check.arena, d->stays_cap, struct draft_stay);
        if (d->n_stays) {
            memcpy(more, d->stays, d->n_stays * sizeof *more);
        }
        d->stays = more;
    }
    d->stays[d->n_stays++] = (struct draft_stay){buf_str(&who), e->pointer, str_of(why)};
}

/* By id, or by name: of the profile's main resource first. */
static uint32_t find(const struct draft *d, const struct resource *r, struct str text,
                     bool *out_is_several)
{
    const struct contract *c = d->check.contract;
    *out_is_several = false;
    for (size_t i = 0; i < c->n_resources; i++) {
        uint32_t node = DEPS_NONE;
        if ((!r || r == &c->resources[i]) && !c->resources[i].parent) {
            node = deps_find(d->before, &c->resources[i], text);
        }
        if (node != DEPS_NONE && !deps_node(d->before, node)->is_missing) {
            return node;
        }
    }
    for (size_t i = 0; i < c->n_resources; i++) {
        const struct resource *one = &c->resources[i];
        uint32_t node = r && r != one ? DEPS_NONE : deps_find_name(d->before, one, text, DEPS_NONE);
        if (node != DEPS_NONE && !deps_node(d->before, node)->is_missing) {
            *out_is_several = deps_find_name(d->before, one, text, node) != DEPS_NONE;
            return node;
        }
    }
    return DEPS_NONE;
}

/* Something of that name is to be made. */
static bool is_planned(const struct draft *d, const struct resource *r, struct str name)
{
    for (size_t i = 0; i < d->n_intents; i++) {
        const struct draft_intent *one = &d->intents[i];
        struct json body = one->kind == INTENT_CHANGE ? json_get(one->at, STR("body")) : one->body;
        if (one->rank == RANK_CREATE && one->resource == r && r->name_field &&
            str_eq(json_str_or(field_find(r->name_field, body), STR("")), name)) {
            return true;
        }
    }
    return false;
}

static bool say_none(const struct draft *d, struct str name, struct err *err)
{
    enum { NAMES_MAX = 500 };
    struct str names[NAMES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < deps_node_count(d->before) && n < NAMES_MAX; i++) {
        const struct deps_node *node = deps_node(d->before, (uint32_t)i);
        if (node->resource == &d->check.contract->resources[0] && node->name.len) {
            names[n++] = node->name;
        }
    }
    size_t near = str_nearest(name, names, n);
    return err_set(err, ERR_INPUT, "--replace: nothing in the tenant is called \"%.*s\"%s%.*s%s",
                   STR_ARG(name), near < n ? "; did you mean \"" : "",
                   STR_ARG(near < n ? names[near] : STR("")), near < n ? "\"?" : "");
}

bool draft_replace(struct draft *d, struct str from, struct str to, struct err *err)
{
    bool is_several = false;
    uint32_t old = find(d, NULL, from, &is_several), other = DEPS_NONE;
    if (old == DEPS_NONE) {
        return say_none(d, from, err);
    }
    if (is_several) {
        return err_set(err, ERR_INPUT,
                       "--replace: several are called \"%.*s\"; say which by its id",
                       STR_ARG(from));
    }
    const struct resource *r = deps_node(d->before, old)->resource;
    other = find(d, r, to, &is_several);
    if (is_several) {
        return err_set(err, ERR_INPUT,
                       "--replace: several are called \"%.*s\"; say which by its id", STR_ARG(to));
    }
    if (other == DEPS_NONE && !is_planned(d, r, to)) {
        return say_none(d, to, err);
    }
    if (other == old) {
        return err_set(err, ERR_INPUT, "--replace: both are the same");
    }
    struct buf text;
    const struct json_doc *doc = NULL;
    buf_init(&text, d->check.arena);
    buf_put_json_string(&text, to);
    if (!json_parse(&doc, d->check.arena, STR("--replace"), buf_str(&text), NULL, NULL, err)) {
        return false;
    }
    for (size_t i = 0; i < deps_users_count(d->before, old); i++) {
        const struct deps_edge *e = deps_user(d->before, old, i);
        if (e->kind == EDGE_SHOWS && e->rule) {
            continue; /* a record of the past names what was */
        }
        struct draft_intent *out = draft_intent(d, INTENT_MOVE, RANK_CHANGE);
        out->at = json_root(doc);
        out->edge = e;
        out->to = str_copy(d->check.arena, to);
    }
    return true;
}
