/* The order of what is to be done: by rank, creates of what others name first, deletes the other way round,
 * else as it was given; and before all that what one intent needs of another: the maker of a name before
 * those who speak it, the user's delete before that of what it uses, what frees a unique value before what
 * takes it. A depth-first walk; linear in the intents and what they need. */
#include "validator/draft_int.h"

#include <stdlib.h>
#include <string.h>

enum { STATE_NEW, STATE_OPEN, STATE_DONE };

static void needs(struct draft *d, struct draft_intent *of, size_t other)
{
    enum { FIRST = 4 };
    if (of->n_after == of->after_cap) {
        of->after_cap = of->after_cap ? 2 * of->after_cap : FIRST;
        size_t *more = ARENA_ARRAY(d->check.arena, of->after_cap, size_t);
        if (of->n_after) {
            memcpy(more, of->after, of->n_after * sizeof *more);
        }
        of->after = more;
    }
    of->after[of->n_after++] = other;
}

/* Places of resources such that whom one names comes first. */
struct levels {
    const struct contract *c;
    size_t *of; /* by resource; 0: not known yet, SIZE_MAX: being looked at */
};

static size_t level_of(struct levels *l, const struct resource *r, size_t depth)
{
    enum { DEPTH = 64 };
    if (l->of[r->index] || depth == DEPTH) {
        return l->of[r->index] == SIZE_MAX ? 0 : l->of[r->index];
    }
    size_t level = 0;
    l->of[r->index] = SIZE_MAX;
    for (size_t i = 0; i < r->n_references; i++) {
        const struct reference_rule *rule = &r->references[i];
        size_t under = rule->to == r || (rule->mirror && r->index < rule->to->index)
                           ? 0
                           : level_of(l, rule->to, depth + 1);
        level = under > level ? under : level;
    }
    l->of[r->index] = level + 1;
    return level + 1;
}

struct sort_key {
    size_t rank, level, place, index;
};

static int by_key(const void *a, const void *b)
{
    const struct sort_key *x = a, *y = b;
    if (x->rank != y->rank) {
        return x->rank < y->rank ? -1 : 1;
    }
    if (x->level != y->level) {
        return x->level < y->level ? -1 : 1;
    }
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Texts like "@won" in a value: whom it needs. As deep as the document. */
static void need_made(struct draft *d, struct draft_intent *of, struct json v,
                      const struct map *makers)
{
    if (json_kind(v) == JSON_STRING) {
        struct str text = json_str(v);
        const size_t *maker = text.len > 1 && text.s[0] == '@' ? map_get(makers, text) : NULL;
        if (maker && *maker != of->place) {
            needs(d, of, *maker);
        }
        return;
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        need_made(d, of, m, makers);
    }
}

uint32_t draft_node(const struct draft *d, const struct draft_intent *intent)
{
    const struct resource *r = intent->resource;
    if (!r || r->parent) {
        return DEPS_NONE;
    }
    return intent->id.len     ? deps_find(d->before, r, intent->id)
           : intent->name.len ? deps_find_name(d->before, r, intent->name, DEPS_NONE)
                              : DEPS_NONE;
}

/* The delete of a node, if there is one, waits for this intent. */
static void holds_up(struct draft *d, const size_t *deleted, uint32_t node, size_t intent)
{
    if (node != DEPS_NONE && deleted[node] && deleted[node] - 1 != intent) {
        needs(d, &d->intents[deleted[node] - 1], intent);
    }
}

/* What changes one that names what is deleted comes before that. */
static void order_uses(struct draft *d, const size_t *deleted)
{
    for (size_t i = 0; i < d->n_intents; i++) {
        const struct draft_intent *intent = &d->intents[i];
        const struct resource *r = intent->resource;
        if (intent->kind == INTENT_MOVE) {
            holds_up(d, deleted, intent->edge->to, i);
            holds_up(d, deleted, intent->edge->from, i);
            continue;
        }
        if (intent->rank == RANK_DELETE || !r) {
            continue;
        }
        if (r->parent && intent->target.len && r->target) {
            holds_up(d, deleted, deps_find(d->before, r->target, intent->target), i);
            holds_up(d, deleted, deps_find(d->before, r->parent, intent->parent), i);
        }
        uint32_t node = intent->rank == RANK_CREATE ? DEPS_NONE : draft_node(d, intent);
        for (size_t k = 0; node != DEPS_NONE && k < deps_uses_count(d->before, node); k++) {
            holds_up(d, deleted, deps_use(d->before, node, k)->to, i);
        }
    }
}

/* What is moved to the one that is to be made waits for it. */
static void order_moves(struct draft *d)
{
    for (size_t i = 0; i < d->n_intents; i++) {
        for (size_t k = 0; d->intents[i].kind == INTENT_MOVE && k < d->n_intents; k++) {
            const struct draft_intent *one = &d->intents[k];
            const struct resource *r = one->resource;
            if (one->rank != RANK_CREATE || !r || !r->name_field) {
                continue;
            }
            struct json body =
                one->kind == INTENT_CHANGE ? json_get(one->at, STR("body")) : one->body;
            if (str_eq(json_str_or(field_find(r->name_field, body), STR("")), d->intents[i].to)) {
                needs(d, &d->intents[i], k);
                break;
            }
        }
    }
}

/* A delete comes after the deletes of those who name it. */
static void order_deletes(struct draft *d)
{
    size_t n = deps_node_count(d->before);
    size_t *deleted = ARENA_ARRAY(d->check.arena, n + 1, size_t); /* place + 1 */
    for (size_t i = 0; i < d->n_intents; i++) {
        uint32_t node =
            d->intents[i].rank == RANK_DELETE ? draft_node(d, &d->intents[i]) : DEPS_NONE;
        if (node != DEPS_NONE) {
            deleted[node] = i + 1;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; deleted[i] && k < deps_users_count(d->before, (uint32_t)i); k++) {
            const struct deps_edge *e = deps_user(d->before, (uint32_t)i, k);
            if (deleted[e->from] && e->from != i && !e->is_mirror) {
                needs(d, &d->intents[deleted[i] - 1], deleted[e->from] - 1);
            }
        }
    }
    order_uses(d, deleted);
}

/* A create or rename whose unique name stands on what goes, or gets another name, waits for that. */
static void order_names(struct draft *d)
{
    struct map freed = {0};
    for (size_t i = 0; i < d->n_intents; i++) {
        struct draft_intent *intent = &d->intents[i];
        uint32_t node = intent->rank == RANK_DELETE ? draft_node(d, intent) : DEPS_NONE;
        struct str name = node == DEPS_NONE ? STR("") : deps_node(d->before, node)->name;
        if (name.len) {
            size_t *place = ARENA_NEW(d->check.arena, size_t);
            *place = i;
            (void)map_put(&freed, str_lower(d->check.arena, name), place);
        }
    }
    for (size_t i = 0; i < d->n_intents && freed.count; i++) {
        struct draft_intent *intent = &d->intents[i];
        const struct resource *r = intent->resource;
        struct json body = json_get(intent->at, STR("body")),
                    set = json_get(intent->at, STR("set"));
        body = intent->kind == INTENT_CREATE ? intent->body : json_exists(body) ? body : set;
        struct str name = r && r->name_field && intent->rank != RANK_DELETE && json_exists(body)
                              ? json_str_or(field_find(r->name_field, body), STR(""))
                              : STR("");
        const size_t *place = name.len ? map_get(&freed, str_lower(d->check.arena, name)) : NULL;
        if (place && *place != i && d->intents[*place].resource == r && r->n_unique) {
            needs(d, intent, *place);
        }
    }
    map_done(&freed);
}

static void say_cycle(struct draft *d, const struct draft_intent *a, const struct draft_intent *b)
{
    struct finding f = check_finding(&d->check, a->at, "D506", SEVERITY_ERROR);
    f.message = findings_text(d->check.fs,
                              "changes %zu and %zu each have to come before the other: no order "
                              "works",
                              a->place + 1, b->place + 1);
    f.hint = STR("split them: make the new one under another name first, rename it in a second "
                 "plan");
    findings_add(d->check.fs, &f);
}

struct visit {
    size_t intent, next;
};

/* One intent, behind all that it needs. */
static void visit(struct draft *d, size_t root, struct visit *stack, size_t *order, size_t *n)
{
    size_t depth = 0;
    if (d->intents[root].state != STATE_NEW) {
        return;
    }
    stack[depth++] = (struct visit){root, 0};
    d->intents[root].state = STATE_OPEN;
    while (depth) {
        struct visit *top = &stack[depth - 1];
        struct draft_intent *intent = &d->intents[top->intent];
        if (top->next == intent->n_after) {
            intent->state = STATE_DONE;
            order[(*n)++] = top->intent;
            depth--;
            continue;
        }
        size_t other = intent->after[top->next++];
        if (d->intents[other].state == STATE_OPEN) {
            say_cycle(d, intent, &d->intents[other]);
        } else if (d->intents[other].state == STATE_NEW) {
            d->intents[other].state = STATE_OPEN;
            stack[depth++] = (struct visit){other, 0};
        }
    }
}

static void order_made(struct draft *d)
{
    struct map makers = {0};
    for (size_t i = 0; i < d->n_intents; i++) {
        if (d->intents[i].makes.len) {
            (void)map_put(&makers, d->intents[i].makes, &d->intents[i].place);
        }
    }
    for (size_t i = 0; i < d->n_intents && makers.count; i++) {
        struct draft_intent *intent = &d->intents[i];
        if (intent->kind != INTENT_DOCUMENT && intent->kind != INTENT_TERRAFORM) {
            need_made(d, intent, intent->at, &makers);
        }
    }
    map_done(&makers);
}

void draft_order(struct draft *d)
{
    size_t n = 0, count = d->n_intents;
    struct arena *a = d->check.arena;
    struct levels levels = {d->check.contract,
                            ARENA_ARRAY(a, d->check.contract->n_resources + 1, size_t)};
    struct sort_key *keys = ARENA_ARRAY(a, count + 1, struct sort_key);
    struct visit *stack = ARENA_ARRAY(a, count + 1, struct visit);
    size_t *order = ARENA_ARRAY(a, count + 1, size_t);
    struct draft_intent *sorted = ARENA_ARRAY(a, count + 1, struct draft_intent);
    for (size_t i = 0; i < count; i++) {
        const struct draft_intent *intent = &d->intents[i];
        size_t level = intent->resource ? level_of(&levels, intent->resource, 0) : 0;
        keys[i] = (struct sort_key){intent->rank, level, intent->place, i};
        keys[i].level = intent->rank == RANK_DELETE   ? SIZE_MAX - level
                        : intent->rank == RANK_CREATE ? level
                                                      : 0;
    }
    if (count) {
        qsort(keys, count, sizeof *keys, by_key);
    }
    order_made(d);
    order_deletes(d);
    order_names(d);
    order_moves(d);
    for (size_t i = 0; i < count; i++) {
        visit(d, keys[i].index, stack, order, &n);
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = d->intents[order[i]];
        d->n_reordered += sorted[i].kind == INTENT_CHANGE && sorted[i].place != i;
    }
    d->intents = sorted;
}
