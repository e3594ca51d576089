/* Layouts: what has to be kept ready for a resource, worked out from the contract's rules. The
 * rules that ask for the same thing get the same slot, sorting or grouping: a reference by
 * `queueId` and the links of a queue are one grouping, a filter and a reference on `division.id`
 * one slot. */
#include "model/entity_int.h"

bool field_same(const struct field_path *a, const struct field_path *b)
{
    return a == b || str_eq(a->text, b->text);
}

bool fold_same(struct fold a, struct fold b)
{
    return a.ignores_case == b.ignores_case && a.trims == b.trims;
}

static bool slot_same(const struct slot *a, const struct slot *b)
{
    if (a->kind != b->kind || a->n != b->n || !fold_same(a->fold, b->fold) ||
        a->is_numeric != b->is_numeric) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (!field_same(a->fields[i], b->fields[i])) {
            return false;
        }
    }
    return true;
}

static size_t add_slot(struct layout *l, struct slot slot)
{
    for (size_t i = 0; i < l->n_slots; i++) {
        if (slot_same(&l->slots[i], &slot)) {
            return i;
        }
    }
    l->slots[l->n_slots] = slot;
    return l->n_slots++;
}

static size_t add_field(struct layout *l, enum slot_kind kind,
                        const struct field_path *const *field, struct fold fold)
{
    return add_slot(l, (struct slot){kind, field, 1, fold, false});
}

static size_t add_sorting(struct layout *l, size_t slot)
{
    for (size_t i = 0; i < l->n_sortings; i++) {
        if (l->sortings[i].slot == slot) {
            return i;
        }
    }
    l->sortings[l->n_sortings].slot = slot;
    return l->n_sortings++;
}

static size_t add_grouping(struct layout *l, struct grouping g)
{
    for (size_t i = 0; i < l->n_groupings; i++) {
        const struct grouping *have = &l->groupings[i];
        if (have->by == g.by && have->sort == g.sort && have->only_counts == g.only_counts) {
            return i;
        }
    }
    l->groupings[l->n_groupings] = g;
    return l->n_groupings++;
}

static void add_rules(struct layout *l, const struct resource *r)
{
    for (size_t i = 0; i < r->n_unique; i++) {
        const struct unique_rule *u = &r->unique[i];
        struct slot slot = {SLOT_JOINT, u->fields, u->n, u->fold, false};
        l->unique[i] = u->is_batch_only ? SLOT_NONE : add_slot(l, slot);
    }
    for (size_t i = 0; i < r->n_limits; i++) {
        const struct limit_rule *limit = &r->limits[i];
        l->limit[i] = SLOT_NONE;
        if (limit->n) {
            struct slot slot = {SLOT_JOINT, limit->per, limit->n, {0}, false};
            l->limit[i] = add_grouping(l, (struct grouping){add_slot(l, slot), SLOT_NONE, true});
        }
    }
    l->parent = SLOT_NONE;
    if (r->parent_field) {
        size_t by = add_field(l, SLOT_TEXTS, &r->parent_field, (struct fold){0});
        l->parent = add_grouping(l, (struct grouping){by, SLOT_NONE, false});
    }
    l->target = SLOT_NONE;
    if (r->target_field) {
        size_t by = add_field(l, SLOT_TEXTS, &r->target_field, (struct fold){0});
        l->target = add_grouping(l, (struct grouping){by, SLOT_NONE, false});
    }
}

/* How the target's unique rule folds what a reference by another field than the id says. */
static struct fold fold_of(const struct reference_rule *ref)
{
    for (size_t i = 0; ref->by && i < ref->to->n_unique; i++) {
        const struct unique_rule *u = &ref->to->unique[i];
        if (u->n == 1 && !u->is_batch_only && field_same(u->fields[0], ref->by)) {
            return u->fold;
        }
    }
    return (struct fold){0};
}

static void add_references(struct layout *l, const struct resource *r)
{
    for (size_t i = 0; i < r->n_references; i++) {
        const struct reference_rule *ref = &r->references[i];
        size_t by = add_field(l, SLOT_TEXTS, &ref->field, fold_of(ref));
        l->reference[i] = add_grouping(l, (struct grouping){by, SLOT_NONE, false});
    }
}

static void add_orders(struct layout *l, const struct resource *r)
{
    add_sorting(l, SLOT_NONE);
    for (size_t i = 0; i < r->n_orders; i++) {
        const struct order_rule *o = &r->orders[i];
        size_t slot = SLOT_NONE;
        if (o->field) {
            slot = add_slot(l, (struct slot){SLOT_SORT, &o->field, 1, o->fold, o->is_numeric});
        }
        l->order[i] = add_sorting(l, slot);
        l->order_group[i] = SLOT_NONE;
        if (o->group) {
            size_t by = add_field(l, SLOT_TEXTS, &o->group, (struct fold){0});
            l->order_group[i] = add_grouping(l, (struct grouping){by, slot, false});
        }
    }
}

static bool is_id(const struct resource *r, const struct field_path *field)
{
    return r->id_field && field_same(r->id_field, field);
}

/* What lists may be filtered by is kept too, so that a scan reads keys and parses nothing. */
static void add_filters(struct layout *l, const struct contract *c, const struct resource *r)
{
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct operation *op = &c->operations[i];
        for (size_t k = 0; k < op->n_filters; k++) {
            const struct filter_rule *f = &op->filters[k];
            const struct resource *of = f->through ? f->through->resource : op->resource;
            if (op->resource == r && f->of && !is_id(r, f->of)) {
                add_field(l, SLOT_TEXTS, &f->of, (struct fold){0});
            }
            if (of == r && !is_id(r, f->field)) {
                add_field(l, SLOT_TEXTS, &f->field, (struct fold){0});
            }
        }
    }
}

/* What templates look entities up by: all fields are kept, the first in groups. */
static void add_queries(struct layout *l, const struct contract *c, const struct resource *r)
{
    for (const struct template_query *q = c->queries; q; q = q->next) {
        for (size_t i = 0; q->resource == r && i < q->n; i++) {
            if (is_id(r, q->fields[i])) {
                continue;
            }
            size_t by = add_field(l, SLOT_TEXTS, &q->fields[i], (struct fold){0});
            if (i == 0) {
                add_grouping(l, (struct grouping){by, SLOT_NONE, false});
            }
        }
    }
}

static size_t count_queries(const struct contract *c, const struct resource *r)
{
    size_t n = 0;
    for (const struct template_query *q = c->queries; q; q = q->next) {
        n += q->resource == r ? q->n : 0;
    }
    return n;
}

static size_t count_filters(const struct contract *c, const struct resource *r)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct operation *op = &c->operations[i];
        for (size_t k = 0; k < op->n_filters; k++) {
            const struct filter_rule *f = &op->filters[k];
            n += op->resource == r;
            n += f->through && f->through->resource == r;
        }
    }
    return n;
}

struct layout *layout_new(struct arena *a, const struct contract *contract)
{
    struct layout *all = ARENA_ARRAY(a, contract->n_resources, struct layout);
    for (size_t i = 0; i < contract->n_resources; i++) {
        const struct resource *r = &contract->resources[i];
        struct layout *l = &all[i];
        size_t rules = r->n_unique + r->n_limits + r->n_references + 2 * r->n_orders + 2;
        l->resource = r;
        size_t asked = count_queries(contract, r);
        l->slots = ARENA_ARRAY(a, rules + asked + count_filters(contract, r), struct slot);
        l->sortings = ARENA_ARRAY(a, r->n_orders + 1, struct sorting);
        l->groupings = ARENA_ARRAY(a, rules + asked, struct grouping);
        l->unique = ARENA_ARRAY(a, r->n_unique, size_t);
        l->limit = ARENA_ARRAY(a, r->n_limits, size_t);
        l->reference = ARENA_ARRAY(a, r->n_references, size_t);
        l->order = ARENA_ARRAY(a, r->n_orders, size_t);
        l->order_group = ARENA_ARRAY(a, r->n_orders, size_t);
        add_rules(l, r);
        add_references(l, r);
        add_orders(l, r);
        add_filters(l, contract, r);
        add_queries(l, contract, r);
    }
    return all;
}

size_t layout_texts(const struct layout *l, const struct field_path *field)
{
    for (size_t i = 0; i < l->n_slots; i++) {
        const struct slot *s = &l->slots[i];
        if (s->kind == SLOT_TEXTS && fold_same(s->fold, (struct fold){0}) &&
            field_same(s->fields[0], field)) {
            return i;
        }
    }
    return SLOT_NONE;
}
