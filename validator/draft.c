/* The draft's way: documents become intents, intents are ordered and carried out one by one. */
#include "validator/draft_int.h"

#include <string.h>

struct draft_intent *draft_intent(struct draft *d, enum intent_kind kind, enum intent_rank rank)
{
    enum { FIRST = 64 };
    if (d->n_intents == d->intents_cap) {
        d->intents_cap = d->intents_cap ? 2 * d->intents_cap : FIRST;
        struct draft_intent *more =
            ARENA_ARRAY(d->check.arena, d->intents_cap, struct draft_intent);
        if (d->n_intents) {
            memcpy(more, d->intents, d->n_intents * sizeof *more);
        }
        d->intents = more;
    }
    struct draft_intent *out = &d->intents[d->n_intents];
    *out = (struct draft_intent){.kind = kind, .rank = rank, .place = d->n_intents};
    d->n_intents++;
    return out;
}

void draft_noop(struct draft *d, const struct resource *r, struct str id, struct str name,
                const char *why)
{
    enum { FIRST = 16 };
    if (d->n_noops == d->noops_cap) {
        d->noops_cap = d->noops_cap ? 2 * d->noops_cap : FIRST;
        struct draft_noop *more = ARENA_ARRAY(d->check.arena, d->noops_cap, struct draft_noop);
        if (d->n_noops) {
            memcpy(more, d->noops, d->n_noops * sizeof *more);
        }
        d->noops = more;
    }
    d->noops[d->n_noops++] = (struct draft_noop){r, str_copy(d->check.arena, id),
                                                 str_copy(d->check.arena, name), str_of(why)};
}

struct json draft_entity(struct draft *d, const struct resource *r, struct str id)
{
    const struct json_doc *doc = NULL;
    tenant_lock_read(d->check.tenant);
    const struct entity *e = tenant_find(d->check.tenant, r, id);
    struct str text = e ? str_copy(d->check.arena, e->text) : (struct str){0};
    tenant_unlock(d->check.tenant);
    bool is_there = text.s && json_parse(&doc, d->check.arena, STR(""), text, NULL, NULL, NULL);
    return is_there ? json_root(doc) : (struct json){0};
}

bool draft_holds(struct json there, struct json wanted)
{
    if (json_kind(wanted) == JSON_ARRAY && json_kind(there) == JSON_ARRAY) {
        struct json b = json_first(there);
        bool is_same = json_count(there) == json_count(wanted);
        for (struct json m = json_first(wanted); is_same && json_exists(m); m = json_next(m)) {
            is_same = draft_holds(b, m); /* as deep as the document */
            b = json_next(b);
        }
        return is_same;
    }
    if (json_kind(wanted) != JSON_OBJECT || json_kind(there) != JSON_OBJECT) {
        return json_kind(wanted) == JSON_NULL ? !json_exists(there) || json_kind(there) == JSON_NULL
                                              : json_exists(there) && json_eq(there, wanted);
    }
    for (struct json m = json_first(wanted); json_exists(m); m = json_next(m)) {
        if (!draft_holds(json_get(there, json_key(m)), m)) { /* as deep as the document */
            return false;
        }
    }
    return true;
}

void draft_begin(struct draft *d)
{
    d->ask = d->check.ask;
    d->ctx = d->check.ctx;
    d->check.ask = draft_ask;
    d->check.ctx = d;
    d->changes = ARENA_NEW(d->check.arena, struct draft_changes);
    tenant_lock_write(d->check.tenant);
    tenant_watch(d->check.tenant, draft_note, d);
    d->before = deps_build(d->check.tenant);
    tenant_unlock(d->check.tenant);
    draft_traps_before(d);
}

void draft_end(struct draft *d)
{
    if (d->changes) {
        draft_forget(d);
        tenant_lock_write(d->check.tenant);
        tenant_watch(d->check.tenant, NULL, NULL);
        tenant_unlock(d->check.tenant);
        mem_free(d->changes->at);
    }
    map_done(&d->symbols);
    map_done(&d->expected);
    map_done(&d->gone);
    map_done(&d->aliases);
    map_done(&d->known);
    deps_free(d->before);
    deps_free(d->at_deletes);
    check_done(&d->check);
}

/* --- documents --- */

static enum intent_rank rank_of_call(const struct draft *d, struct json change)
{
    const struct operation *op =
        contract_operation(d->check.contract, json_str_or(json_get(change, STR("call")), STR("")));
    bool removes = op && (op->action == ACTION_LINK_REMOVE || str_eq(op->method, STR("DELETE")));
    return removes ? RANK_UNLINK : RANK_CHANGE;
}

static void add_change(struct draft *d, struct json change)
{
    static const struct {
        struct str verb;
        enum intent_rank rank;
    } verbs[] = {{STR_INIT("create"), RANK_CREATE},
                 {STR_INIT("update"), RANK_CHANGE},
                 {STR_INIT("delete"), RANK_DELETE}};
    struct draft_intent *out = draft_intent(d, INTENT_CHANGE, rank_of_call(d, change));
    struct json id = json_get(change, STR("id"));
    out->at = change;
    out->body = change;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        struct json named = json_get(change, verbs[i].verb);
        if (json_exists(named)) {
            out->rank = verbs[i].rank;
            out->resource = contract_resource(d->check.contract, json_str_or(named, STR("")));
        }
    }
    out->id = json_kind(id) == JSON_NUMBER ? json_number_text(id) : json_str_or(id, STR(""));
    out->name = json_str_or(json_get(change, STR("name")), STR(""));
    struct str as = json_str_or(json_get(change, STR("as")), STR(""));
    if (as.len) {
        struct buf name;
        buf_init(&name, d->check.arena);
        buf_put_char(&name, '@');
        buf_put(&name, as);
        out->makes = buf_str(&name);
    }
}

/* The set of links that a resource lists (codes of a queue) against those that are there. What is created
 * has no id yet: its links wait for a second plan, and that is said. */
static void add_terraform_links(struct draft *d, const struct terraform_change *change,
                                const struct terraform_reference *rule)
{
    struct json given = change->after;
    uint32_t node =
        change->id.len ? deps_find(d->before, change->type->resource, change->id) : DEPS_NONE;
    for (size_t i = 0; i < rule->attribute->n && rule->attribute->parts[i].len; i++) {
        given = json_get(given, rule->attribute->parts[i]);
    }
    if (json_kind(given) != JSON_ARRAY) {
        return; /* not managed */
    }
    if (node == DEPS_NONE || change->action != TERRAFORM_UPDATE || change->n_unknown) {
        if (json_count(given)) {
            check_about(&d->check, rule->link, change->id, change->address);
            check_skip(&d->check, given,
                       STR("links of what gets an id only when it is made: plan again after that"));
        }
        return;
    }
    for (size_t i = 0; i < change->n_uses; i++) {
        if (change->uses[i].rule == rule) {
            struct draft_intent *out = draft_intent(d, INTENT_LINK, RANK_CHANGE);
            out->resource = rule->link;
            out->at = out->body = change->uses[i].value;
            out->parent = change->id;
            out->target = json_str_or(change->uses[i].value, STR(""));
        }
    }
    for (size_t k = 0; k < deps_uses_count(d->before, node); k++) {
        const struct deps_edge *e = deps_use(d->before, node, k);
        struct str target = deps_node(d->before, e->to)->id;
        bool is_wanted = e->link != rule->link;
        for (size_t i = 0; i < change->n_uses && !is_wanted; i++) {
            is_wanted = change->uses[i].rule == rule &&
                        str_eq(json_str_or(change->uses[i].value, STR("")), target);
        }
        if (!is_wanted) {
            struct draft_intent *out = draft_intent(d, INTENT_UNLINK, RANK_UNLINK);
            out->resource = rule->link;
            out->at = out->body = given;
            out->parent = change->id;
            out->target = target;
        }
    }
}

static void add_terraform(struct draft *d, struct json root)
{
    struct terraform *t = ARENA_NEW(d->check.arena, struct terraform);
    if (!check_terraform_read(&d->check, root, t)) {
        return;
    }
    for (size_t i = 0; i < t->n_changes; i++) {
        const struct terraform_change *change = &t->changes[i];
        if (change->action == TERRAFORM_KEEP || !change->type->resource) {
            continue;
        }
        enum intent_rank rank = change->action == TERRAFORM_DELETE   ? RANK_DELETE
                                : change->action == TERRAFORM_UPDATE ? RANK_CHANGE
                                                                     : RANK_CREATE;
        struct draft_intent *out = draft_intent(d, INTENT_TERRAFORM, rank);
        out->at = out->body = change->at;
        out->resource = change->type->resource;
        out->id = change->action == TERRAFORM_CREATE ? STR("") : change->id;
        out->terraform = change;
        for (size_t k = 0; k < change->type->n_references; k++) {
            if (change->type->references[k].link && change->action != TERRAFORM_DELETE) {
                add_terraform_links(d, change, &change->type->references[k]);
            }
        }
    }
}

void draft_add(struct draft *d, struct json root, enum document_kind kind)
{
    check_about(&d->check, NULL, STR(""), STR(""));
    if (kind == DOCUMENT_TENANT) {
        draft_desired(d, root);
    } else if (kind == DOCUMENT_TERRAFORM) {
        add_terraform(d, root);
    } else if (kind == DOCUMENT_CHANGES) {
        struct json changes = json_get(root, STR("changes"));
        bool is_meant = check_changes_head(&d->check, root);
        for (struct json v = json_first(changes); is_meant && json_exists(v); v = json_next(v)) {
            add_change(d, v);
        }
    } else {
        struct draft_intent *out = draft_intent(d, INTENT_DOCUMENT, RANK_CREATE);
        out->at = root;
        out->document = kind;
    }
}

/* --- carried out --- */

/* An update of a change set that would change nothing is not asked. */
static bool is_settled(struct draft *d, const struct draft_intent *intent)
{
    struct json set = json_get(intent->at, STR("set"));
    const struct resource *r = intent->resource;
    struct str id = intent->id;
    if (intent->kind != INTENT_CHANGE || intent->rank != RANK_CHANGE || !r || !json_exists(set)) {
        return false;
    }
    if (!id.len && intent->name.len) {
        uint32_t node = deps_find_name(d->before, r, intent->name, DEPS_NONE);
        bool is_one =
            node != DEPS_NONE && deps_find_name(d->before, r, intent->name, node) == DEPS_NONE;
        id = is_one ? deps_node(d->before, node)->id : id;
    }
    struct json there = id.len ? draft_entity(d, r, id) : (struct json){0};
    if (!json_exists(there) || !draft_holds(there, set)) {
        return false;
    }
    struct str name = r->name_field ? field_text(r->name_field, there) : STR("");
    draft_noop(d, r, id, name, "it is so already");
    return true;
}

static void run_one(struct draft *d, const struct draft_intent *intent)
{
    struct buf said;
    buf_init(&said, d->check.arena);
    if (intent->rank == RANK_DELETE && !d->is_deleting) {
        d->is_deleting = true;
        tenant_lock_read(d->check.tenant);
        d->at_deletes = deps_build(d->check.tenant);
        tenant_unlock(d->check.tenant);
    }
    switch (intent->kind) {
    case INTENT_CHANGE:
        if (!is_settled(d, intent)) {
            check_change(&d->check, intent->at);
        }
        break;
    case INTENT_DOCUMENT:
        check_document(&d->check, intent->at, intent->document, &said);
        break;
    case INTENT_TERRAFORM:
        check_terraform_change(&d->check, intent->terraform);
        break;
    case INTENT_MOVE:
        draft_run_move(d, intent);
        break;
    case INTENT_CREATE:
    case INTENT_UPDATE:
    case INTENT_DELETE:
    case INTENT_LINK:
    case INTENT_UNLINK:
        draft_run_desired(d, intent);
        break;
    }
}

void draft_run(struct draft *d)
{
    draft_conflicts(d);
    draft_order(d);
    for (size_t i = 0; i < d->n_intents; i++) {
        run_one(d, &d->intents[i]);
    }
    d->n_errors = d->check.fs->errors;
    draft_traps_after(d);
    draft_breaks(d);
    draft_pace_of(d);
}

/* --- what came of it --- */

size_t draft_count(const struct draft *d, enum plan_verb verb)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_steps; i++) {
        const struct draft_step *s = &d->steps[i];
        n += s->plan.verb == verb && !s->is_refused && !s->is_noop;
    }
    return n;
}

void draft_plan(struct draft *d, struct plan *out)
{
    struct plan_step *steps = ARENA_ARRAY(d->check.arena, d->n_steps + 1, struct plan_step);
    *out = (struct plan){.profile = d->check.contract->name,
                         .tenant = tenant_name(d->check.tenant),
                         .expects = d->expects,
                         .n_expects = d->n_expects,
                         .steps = steps};
    for (size_t i = 0; i < d->n_steps; i++) {
        if (!d->steps[i].is_refused && !d->steps[i].is_noop) {
            steps[out->n_steps++] = d->steps[i].plan;
        }
    }
}
