/* Links, and what `replace` moves. How a link's body looks is read off the template that makes a link
 * from it: "{body.id}" at a member of the link says where that member stands in a body. */
#include "validator/draft_int.h"

static const struct operation *link_operation(const struct contract *c, const struct resource *link,
                                              enum action action, bool removes)
{
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct operation *op = &c->operations[i];
        if (op->action == action && op->resource == link && op->parent_param.len && !op->part.n &&
            !op->is_from_target && op->removes.is_always == removes) {
            return op;
        }
    }
    return NULL;
}

/* The links of a parent. */
static size_t links_of(struct draft *d, const struct resource *link, struct str parent,
                       struct json **out)
{
    struct arena *a = d->check.arena;
    struct page page = {0};
    struct page_request all = {
        .resource = link, .parent_id = parent, .take = SIZE_MAX, .now_us = INT64_MAX};
    size_t n = 0;
    tenant_lock_read(d->check.tenant);
    bool is_listed = tenant_page(&page, a, d->check.tenant, &all);
    struct json *at = ARENA_ARRAY(a, page.n + 1, struct json);
    for (size_t i = 0; is_listed && i < page.n; i++) {
        const struct json_doc *doc = NULL;
        if (json_parse(&doc, a, STR(""), str_copy(a, page.at[i]->text), NULL, NULL, NULL)) {
            at[n++] = json_root(doc);
        }
    }
    tenant_unlock(d->check.tenant);
    *out = at;
    return n;
}

static bool is_to(const struct resource *link, struct json one, struct str target)
{
    struct str text = field_text(link->target_field, one);
    return text.s && str_eq(text, target);
}

/* "{body.id}" or "{body.id?}": "id"; "" for anything else. */
static struct str body_member(struct json v)
{
    struct str text = json_str_or(v, STR(""));
    if (!str_starts(text, STR("{body.")) || !str_ends(text, STR("}"))) {
        return STR("");
    }
    text = str_slice(text, sizeof "{body." - 1, text.len - 1);
    text = str_ends(text, STR("?")) ? str_slice(text, 0, text.len - 1) : text;
    return str_find_char(text, '.') == text.len && str_find_char(text, '{') == text.len ? text
                                                                                        : STR("");
}

/* An id as the target's own entity writes it: some are numbers. */
static void put_id(struct draft *d, struct buf *out, const struct resource *r, struct str id)
{
    struct json entity = r ? draft_entity(d, r, id) : (struct json){0};
    struct json own = r && r->id_field ? field_find(r->id_field, entity) : (struct json){0};
    if (json_kind(own) == JSON_NUMBER) {
        buf_put(out, id);
    } else {
        buf_put_json_string(out, id);
    }
}

/* One link as the operation wants it; false: the template does not tell. */
static bool put_link(struct draft *d, struct buf *out, const struct operation *op,
                     const struct resource *link, struct str target, struct json like)
{
    struct json item = json_path(op->source, STR("x-rehearse.item"));
    bool is_first = true, has_target = false;
    buf_put_char(out, '{');
    for (struct json m = json_first(item); json_exists(m); m = json_next(m)) {
        struct str name = body_member(m);
        bool is_target = str_eq(json_key(m), link->target_field->text);
        struct json value = json_get(like, json_key(m));
        if (!name.len || (!is_target && !json_exists(value))) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        buf_put_json_string(out, name);
        buf_put_char(out, ':');
        if (is_target) {
            put_id(d, out, link->target, target);
        } else {
            json_put(out, value);
        }
        has_target = has_target || is_target;
    }
    buf_put_char(out, '}');
    return has_target;
}

static void say_none(struct draft *d, struct json at, const struct resource *link)
{
    struct finding f = check_finding(&d->check, at, "P606", SEVERITY_ERROR);
    f.message = findings_text(d->check.fs,
                              "the API of %.*s has no operation for this: %.*s is no link that a "
                              "body can change",
                              STR_ARG(d->check.contract->name), STR_ARG(link->title));
    findings_add(d->check.fs, &f);
}

static bool ask(struct draft *d, const struct operation *op, const struct resource *link,
                struct json at, struct str path, struct str items)
{
    struct check_step step = {.op = op, .resource = link, .at = at, .path = path};
    struct buf body;
    bool is_list = items.len && (op->is_body_array || op->wrap.len);
    buf_init(&body, d->check.arena);
    if (op->wrap.len && items.len) {
        buf_put_char(&body, '{');
        buf_put_json_string(&body, op->wrap);
        buf_put_char(&body, ':');
    }
    buf_put(&body, is_list ? STR("[") : STR(""));
    buf_put(&body, items);
    buf_put(&body, is_list ? STR("]") : STR(""));
    buf_put(&body, op->wrap.len && items.len ? STR("}") : STR(""));
    step.body_text = buf_str(&body);
    check_about(&d->check, link, STR(""), STR(""));
    d->check.n_entities++;
    return check_ask(&d->check, &step, NULL);
}

/* The whole set of a parent's links, with one more, and without one ("" none). */
static bool replace_set(struct draft *d, const struct resource *link, struct json at,
                        struct str parent, struct str add, struct str drop, struct json like)
{
    const struct operation *op =
        link_operation(d->check.contract, link, ACTION_LINK_REPLACE, false);
    struct json *all = NULL;
    struct buf items;
    bool is_well = op != NULL;
    size_t n = op ? links_of(d, link, parent, &all) : 0;
    buf_init(&items, d->check.arena);
    for (size_t i = 0; i < n; i++) {
        struct str target = field_text(link->target_field, all[i]);
        bool is_dropped = !target.s || (drop.len && str_eq(target, drop));
        if (!is_dropped && is_well) {
            buf_put(&items, items.len ? STR(",") : STR(""));
            is_well = put_link(d, &items, op, link, target, all[i]);
        }
    }
    if (add.len && is_well) {
        buf_put(&items, items.len ? STR(",") : STR(""));
        is_well = put_link(d, &items, op, link, add, like);
    }
    if (!is_well) {
        say_none(d, at, link);
        return false;
    }
    struct str path = check_path(d->check.arena, op, STR(""), parent);
    if (!items.len) { /* an empty set is a list too */
        struct check_step step = {.op = op, .resource = link, .at = at, .path = path};
        step.body_text = STR("[]");
        return check_ask(&d->check, &step, NULL);
    }
    return ask(d, op, link, at, path, buf_str(&items));
}

bool draft_link(struct draft *d, const struct resource *link, struct json at, struct str parent,
                struct str target, struct json entity)
{
    const struct operation *op = link_operation(d->check.contract, link, ACTION_LINK_ADD, false);
    struct json *all = NULL;
    struct buf item;
    size_t n = link->target_field ? links_of(d, link, parent, &all) : 0;
    for (size_t i = 0; i < n; i++) {
        if (is_to(link, all[i], target)) {
            draft_noop(d, link, target, draft_link_title(d, link, all[i]), "it is there already");
            return true;
        }
    }
    if (!link->target_field) {
        say_none(d, at, link);
        return false;
    }
    if (!op) {
        return replace_set(d, link, at, parent, target, STR(""), entity);
    }
    buf_init(&item, d->check.arena);
    if (!put_link(d, &item, op, link, target, entity)) {
        say_none(d, at, link);
        return false;
    }
    return ask(d, op, link, at, check_path(d->check.arena, op, target, parent), buf_str(&item));
}

bool draft_unlink(struct draft *d, const struct resource *link, struct json at, struct str parent,
                  struct str target)
{
    const struct operation *op = link_operation(d->check.contract, link, ACTION_LINK_REMOVE, false);
    if (op) {
        struct str path = check_path(d->check.arena, op, target, parent);
        return ask(d, op, link, at, path, STR(""));
    }
    op = link_operation(d->check.contract, link, ACTION_LINK_ADD, true);
    struct buf item;
    buf_init(&item, d->check.arena);
    if (op && link->target_field && put_link(d, &item, op, link, target, (struct json){0})) {
        return ask(d, op, link, at, check_path(d->check.arena, op, target, parent), buf_str(&item));
    }
    if (!link->target_field) {
        say_none(d, at, link);
        return false;
    }
    return replace_set(d, link, at, parent, STR(""), target, (struct json){0});
}

/* --- moves --- */

struct swap {
    struct str from, to; /* texts */
};

static bool put_swapped(struct buf *out, const struct swap *s, struct json v);

/* Items and members; what comes twice through the swap stands once. */
static bool put_swapped_all(struct buf *out, const struct swap *s, struct json v)
{
    bool is_object = json_kind(v) == JSON_OBJECT, is_first = true, is_hit = false;
    buf_put_char(out, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        bool is_named = is_object && str_eq(json_key(m), s->from);
        bool is_twice = is_named && json_exists(json_get(v, s->to));
        struct buf one;
        buf_init(&one, out->arena);
        bool hits = put_swapped(&one, s, m) || is_named;
        for (struct json b = json_first(v); !is_object && hits && json_exists(b);
             b = json_next(b)) {
            struct buf other;
            buf_init(&other, out->arena);
            json_put(&other, b);
            is_twice = is_twice || str_eq(buf_str(&other), buf_str(&one));
        }
        is_hit = is_hit || hits;
        if (is_twice) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        if (is_object) {
            buf_put_json_string(out, is_named ? s->to : json_key(m));
            buf_put_char(out, ':');
        }
        buf_put(out, buf_str(&one));
    }
    buf_put_char(out, is_object ? '}' : ']');
    return is_hit;
}

/* True if there was something to swap. As deep as the entity. */
static bool put_swapped(struct buf *out, const struct swap *s, struct json v)
{
    if (json_kind(v) == JSON_ARRAY || json_kind(v) == JSON_OBJECT) {
        return put_swapped_all(out, s, v);
    }
    if (json_kind(v) == JSON_STRING && str_eq(json_str(v), s->from)) {
        buf_put_json_string(out, s->to);
        return true;
    }
    if (json_kind(v) == JSON_NUMBER && str_eq(json_number_text(v), s->from)) {
        buf_put(out, s->to);
        return true;
    }
    json_put(out, v);
    return false;
}

/* The id of the new end, which the plan may have made. */
static struct str new_end(struct draft *d, const struct draft_intent *intent,
                          const struct resource *r)
{
    struct buf key, quoted;
    const struct json_doc *doc = NULL;
    buf_init(&key, d->check.arena);
    buf_printf(&key, "=%.*s", STR_ARG(intent->to));
    const struct str *known = map_get(&d->aliases, buf_str(&key));
    struct str *id = ARENA_NEW(d->check.arena, struct str);
    if (known) {
        return *known;
    }
    buf_init(&quoted, d->check.arena);
    buf_put_json_string(&quoted, intent->to);
    *id = json_exists(draft_entity(d, r, intent->to)) ? intent->to : STR("");
    if (!id->len &&
        json_parse(&doc, d->check.arena, STR("--replace"), buf_str(&quoted), NULL, NULL, NULL)) {
        (void)check_find(&d->check, r, json_root(doc), id);
    }
    (void)map_put(&d->aliases, buf_str(&key), id);
    return *id;
}

static void move_link(struct draft *d, const struct draft_intent *intent, struct str parent,
                      struct str from, struct str to)
{
    const struct resource *link = intent->edge->link;
    struct json *all = NULL, like = {0};
    size_t n = link->target_field ? links_of(d, link, parent, &all) : 0;
    bool has_new = false, has_old = false;
    for (size_t i = 0; i < n; i++) {
        bool is_old = is_to(link, all[i], from);
        like = is_old ? all[i] : like;
        has_old = has_old || is_old;
        has_new = has_new || is_to(link, all[i], to);
    }
    bool is_set = !link_operation(d->check.contract, link, ACTION_LINK_ADD, false);
    if (!link->target_field || !has_old) {
        return;
    }
    if (is_set && link_operation(d->check.contract, link, ACTION_LINK_REPLACE, false)) {
        (void)replace_set(d, link, intent->at, parent, has_new ? STR("") : to, from, like);
    } else if (is_set) {
        draft_stay(d, intent->edge, "the API has no operation that changes this link");
    } else if (has_new || draft_link(d, link, intent->at, parent, to, like)) {
        (void)draft_unlink(d, link, intent->at, parent, from);
    }
}

static void move_member(struct draft *d, const struct draft_intent *intent,
                        const struct deps_node *owner, const struct swap *s)
{
    const struct deps_edge *e = intent->edge;
    struct str member = e->rule->field->parts[0];
    struct json there = draft_entity(d, owner->resource, owner->id);
    const struct json_doc *doc = NULL;
    struct buf set;
    buf_init(&set, d->check.arena);
    buf_put_char(&set, '{');
    buf_put_json_string(&set, member);
    buf_put_char(&set, ':');
    bool is_there = put_swapped(&set, s, json_get(there, member));
    buf_put_char(&set, '}');
    if (is_there &&
        json_parse(&doc, d->check.arena, STR("--replace"), buf_str(&set), NULL, NULL, NULL)) {
        (void)check_update(&d->check, owner->resource, json_root(doc), owner->id, json_root(doc));
    }
}

void draft_run_move(struct draft *d, const struct draft_intent *intent)
{
    const struct deps_edge *e = intent->edge;
    const struct deps_node *owner = deps_node(d->before, e->from);
    const struct deps_node *old = deps_node(d->before, e->to);
    const struct contract *c = d->check.contract;
    if (!owner->resource) {
        draft_stay(d, e, "it stands outside of the API: move it by hand");
        return;
    }
    struct str id = new_end(d, intent, old->resource);
    if (!id.len) {
        return; /* a finding says so */
    }
    if (e->link) {
        move_link(d, intent, owner->id, old->id, id);
        return;
    }
    if (!check_operation(c, owner->resource, ACTION_MERGE) &&
        !check_operation(c, owner->resource, ACTION_REPLACE)) {
        draft_stay(d, e, "the API has no operation that changes it");
        return;
    }
    struct json new_entity = draft_entity(d, old->resource, id);
    struct str name =
        old->resource->name_field ? field_text(old->resource->name_field, new_entity) : STR("");
    const struct swap s = {e->is_by_name ? old->name : old->id,
                           e->is_by_name && name.s ? name : id};
    move_member(d, intent, owner, &s);
}
