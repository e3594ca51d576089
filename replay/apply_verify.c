/* Reading back what was written, with patience: reads may lag behind writes. */
#include "replay/apply_int.h"

enum { LOOK_MS = 400 };

struct links {
    const struct resource *r;
    struct json wanted; /* items of the body that went out */
    size_t n_found;
};

static struct str text_of(struct json v)
{
    return json_kind(v) == JSON_STRING   ? json_str(v)
           : json_kind(v) == JSON_NUMBER ? json_number_text(v)
                                         : (struct str){0};
}

/* The id of the link's other end in an item. */
static struct str end_of(const struct resource *r, struct json item)
{
    struct str text = text_of(field_find(r->target_field, item));
    if (!text.s && r->target->id_field) {
        text = text_of(field_find(r->target->id_field, item));
    }
    return text;
}

static bool count_link(struct json item, void *ctx)
{
    struct links *l = ctx;
    struct str there = end_of(l->r, item);
    for (struct json v = json_first(l->wanted); json_exists(v); v = json_next(v)) {
        struct str want = end_of(l->r, v);
        if (want.s && there.s && str_eq(want, there)) {
            l->n_found++;
            break;
        }
    }
    return true;
}

bool apply_look_at_links(struct apply *ap, struct step *s, struct arena *a, struct str body,
                         bool *out_is_so, struct err *err)
{
    const struct resource *r = s->plan.resource;
    const struct operation *op = r && r->parent ? client_list_operation(ap->contract, r) : NULL;
    const struct json_doc *doc = NULL;
    struct links l = {.r = r};
    *out_is_so = true;
    if (!op || !body.len || !json_parse(&doc, a, STR("body"), body, NULL, NULL, NULL) ||
        json_kind(json_root(doc)) != JSON_ARRAY) {
        s->is_unshown = true;
        return true;
    }
    l.wanted = json_root(doc);
    struct client_value value = {.name = op->parent_param};
    for (size_t i = 0; i < s->plan.n_path; i++) {
        if (str_eq(s->plan.path[i].name, s->plan.op->parent_param)) {
            value.value = apply_resolve_id(ap, a, s->plan.path[i].value);
        }
    }
    const struct client_list list = {
        .op = op, .values = &value, .n_values = 1, .each = count_link, .ctx = &l};
    if (!value.value.len || !client_list(ap->client, &list, err)) {
        s->is_unshown = !value.value.len;
        return !value.value.len;
    }
    bool removes = s->plan.op->removes.is_always || s->plan.verb == PLAN_UNLINK;
    for (size_t i = 0; i < s->plan.n_query && s->plan.op->removes.query.len; i++) {
        removes = removes || (str_eq(s->plan.query[i].name, s->plan.op->removes.query) &&
                              str_eq(s->plan.query[i].value, STR("true")));
    }
    *out_is_so = removes ? l.n_found == 0 : l.n_found >= json_count(l.wanted);
    return true;
}

static bool look(struct apply *ap, struct step *s, struct arena *a, struct str id, struct json want,
                 struct str body, bool *out_is_so, struct err *err)
{
    struct json shown;
    if (s->kind == STEP_CALL) {
        return apply_look_at_links(ap, s, a, body, out_is_so, err);
    }
    if (!client_read(ap->client, a, s->plan.resource, id, &shown, NULL, err)) {
        return false;
    }
    *out_is_so = s->kind == STEP_DELETE ? !json_exists(shown)
                                        : json_exists(shown) && client_has(shown, want);
    return true;
}

bool apply_verify(struct apply *ap, struct step *s, struct arena *a, struct str id, struct str body,
                  struct err *err)
{
    const struct resource *r = s->plan.resource;
    const struct json_doc *doc = NULL;
    struct json want = {0};
    bool is_links = s->kind == STEP_CALL && s->plan.op->action >= ACTION_LINK_ADD &&
                    s->plan.op->action <= ACTION_LINK_CHANGE;
    if (s->kind >= STEP_NOTIFY || (s->kind == STEP_CALL && !is_links) || s->kind == STEP_BATCH) {
        return true;
    }
    bool can_read = s->kind == STEP_CALL || client_operation(ap->contract, r, ACTION_READ) ||
                    client_list_operation(ap->contract, r);
    if (!can_read || (s->kind != STEP_CALL && !id.len)) {
        s->is_unshown = true;
        return true;
    }
    if (s->kind < STEP_DELETE && json_parse(&doc, a, STR("body"), body, NULL, NULL, NULL)) {
        want = json_root(doc);
    }
    int64_t patience_ms = ap->contract->client.settle_ms + (r ? r->visible_after_ms : 0);
    int64_t until_us = clock_monotonic_us() + patience_ms * US_PER_MS;
    for (;;) {
        bool is_so = false;
        if (!look(ap, s, a, id, want, body, &is_so, err)) {
            return err_wrap(err, "it was written, but cannot be read back");
        }
        if (is_so) {
            return true;
        }
        if (clock_monotonic_us() >= until_us) {
            return err_set(err, ERR_INPUT, "it was written, and reads do not show it");
        }
        client_pause(ap->client, LOOK_MS);
    }
}
