/* Items and members: each is walked once for all keywords of one schema that look at it. */
#include "model/schema_int.h"

#include <string.h>

/* --- arrays --- */

bool check_items(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                 const struct value *v, const struct marks *marks)
{
    const struct op_items *items = op->items;
    bool is_valid = true;
    size_t i = 0;
    struct value child = {.is_name = false};
    for (bool is_there = json_item_first(&child.item, v->item.v); is_there;
         is_there = json_item_next(&child.item)) {
        bool is_prefix = i < items->n_prefix;
        const struct schema *schema = is_prefix ? items->prefix[i] : items->rest;
        if (schema == NULL) {
            break;
        }
        if (marks != NULL) {
            marks_set(run, marks, i);
        }
        i++;
        struct schema_issue extra = {.instance = child.item.v};
        bool is_good = !is_prefix && schema->is_false ? schema_refuse(run, s, op, v, extra)
                                                      : schema_check_child(run, schema, &child);
        if (!is_good) {
            is_valid = false;
            if (!schema_goes_on(run)) {
                break;
            }
        }
    }
    return is_valid;
}

static const struct schema_op min_contains = {.keyword = SCHEMA_CONTAINS,
                                              .name = STR_INIT("minContains")};
static const struct schema_op max_contains = {.keyword = SCHEMA_CONTAINS,
                                              .name = STR_INIT("maxContains")};

bool check_contains(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                    const struct value *v, const struct marks *marks)
{
    const struct op_contains *contains = op->contains;
    size_t n = 0, i = 0;
    bool is_marked = marks != NULL && contains->marks;
    bool needs_all = is_marked || contains->max != SIZE_MAX;
    struct value child = {.is_name = false};
    for (bool is_there = json_item_first(&child.item, v->item.v); is_there;
         is_there = json_item_next(&child.item), i++) {
        if (schema_try(run, contains->schema, &child, NULL)) {
            n++;
            if (is_marked) {
                marks_set(run, marks, i);
            }
        }
        if (run->is_stopped || (!needs_all && n >= contains->min)) {
            break;
        }
    }
    struct schema_issue issue = {.name = STR("")};
    if (n < contains->min) {
        bool has_rule = json_exists(json_get(s->source, min_contains.name));
        return schema_refuse(run, s, has_rule ? &min_contains : op, v, issue);
    }
    return n <= contains->max || schema_refuse(run, s, &max_contains, v, issue);
}

static bool refuse_equal(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                         const struct value *v, size_t first)
{
    return schema_refuse(run, s, op, v, (struct schema_issue){.other = first});
}

static bool unique_short(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                         const struct value *v)
{
    size_t i = 0;
    for (struct json a = json_first(v->item.v); json_exists(a); a = json_next(a), i++) {
        for (struct json b = json_next(a); json_exists(b); b = json_next(b)) {
            if (json_eq(a, b)) {
                return refuse_equal(run, s, op, v, i);
            }
        }
    }
    return true;
}

/* An open table of all items by hash, in memory that the run keeps. */
static bool unique_long(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                        const struct value *v, size_t n)
{
    size_t size = 32;
    while (size < n * 2) {
        size *= 2;
    }
    if (run->unique_cap < size) {
        run->unique = mem_resize(run->unique, size, sizeof *run->unique);
        run->unique_cap = size;
    }
    memset(run->unique, 0, size * sizeof *run->unique);
    size_t i = 0;
    for (struct json item = json_first(v->item.v); json_exists(item); item = json_next(item), i++) {
        uint64_t hash = json_hash(item);
        size_t at = (size_t)hash & (size - 1);
        for (; json_exists(run->unique[at].value); at = (at + 1) & (size - 1)) {
            const struct unique_slot *slot = &run->unique[at];
            if (slot->hash == hash && json_eq(slot->value, item)) {
                return refuse_equal(run, s, op, v, slot->index);
            }
        }
        run->unique[at] = (struct unique_slot){item, hash, i};
    }
    return true;
}

bool check_unique(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                  const struct value *v, const struct marks *marks)
{
    (void)marks;
    size_t n = json_count(v->item.v);
    return n <= SCHEMA_UNIQUE_LINEAR_MAX ? unique_short(run, s, op, v)
                                         : unique_long(run, s, op, v, n);
}

/* --- objects --- */

static const struct schema_op additional_word = {.keyword = SCHEMA_ADDITIONAL_PROPERTIES,
                                                 .name = STR_INIT("additionalProperties")};
static const struct schema_op names_word = {.keyword = SCHEMA_PROPERTY_NAMES,
                                            .name = STR_INIT("propertyNames")};

/* Against each pattern that its name matches; *io_is_known: there was one. */
static bool check_patterns(struct schema_run *run, const struct schema *s,
                           const struct op_members *op, const struct value *member,
                           bool *io_is_known)
{
    bool is_valid = true;
    for (size_t i = 0; i < op->n_patterns; i++) {
        const struct op_name_pattern *p = &op->patterns[i];
        enum pattern_result result = pattern_match(p->pattern, run->patterns, member->item.key);
        if (result == PATTERN_LIMIT) {
            return schema_give_up(run, s, member, SCHEMA_MATCH_LIMIT);
        }
        if (result == PATTERN_YES) {
            *io_is_known = true;
            is_valid &= schema_check_child(run, p->schema, member);
            if (!is_valid && !schema_goes_on(run)) {
                return false;
            }
        }
    }
    return is_valid;
}

/* Apart from its callers, whose frames stay small so. */
COLD static bool refuse_member(struct schema_run *run, const struct schema *s,
                               const struct schema_op *word, const struct value *v,
                               const struct value *member)
{
    struct schema_issue issue = {.instance = member->item.v, .member = member->item.v};
    return schema_refuse(run, s, word, v, issue);
}

static bool check_additional(struct schema_run *run, const struct schema *s,
                             const struct op_members *op, const struct value *v,
                             const struct value *member)
{
    return op->additional->is_false ? refuse_member(run, s, &additional_word, v, member)
                                    : schema_check_child(run, op->additional, member);
}

static bool check_name(struct schema_run *run, const struct schema *s, const struct op_members *op,
                       const struct value *v, const struct value *member)
{
    struct value name = {.item = member->item, .is_name = true};
    name.item.kind = JSON_STRING;
    name.item.text = member->item.key;
    return schema_try(run, op->name_schema, &name, NULL) ||
           refuse_member(run, s, &names_word, v, member);
}

COLD static bool refuse_missing(struct schema_run *run, const struct schema *s,
                                const struct schema_op *op, const struct value *v, struct str name)
{
    return schema_refuse(run, s, op, v, (struct schema_issue){.name = name});
}

/* `seen`: a bit for each of the first 64 required names that is there. */
static bool check_required(struct schema_run *run, const struct schema *s,
                           const struct schema_op *op, const struct value *v, uint64_t seen)
{
    const struct op_members *members = op->members;
    size_t n = members->n_required;
    uint64_t all = n >= 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
    if (n <= 64 && seen == all) {
        return true;
    }
    bool is_valid = true;
    for (size_t i = 0; i < n; i++) {
        bool is_there =
            i < 64 ? (seen >> i & 1) != 0 : json_exists(json_get(v->item.v, members->required[i]));
        if (!is_there) {
            is_valid = false;
            (void)schema_refuse(run, s, op, v, (struct schema_issue){.name = members->required[i]});
            if (!schema_goes_on(run)) {
                break;
            }
        }
    }
    return is_valid;
}

/* One member; *io_seen gets the bit of its name if that is required. */
static bool check_member(struct schema_run *run, const struct schema *s,
                         const struct op_members *members, const struct value *v,
                         const struct value *member, bool *out_is_known, uint64_t *io_seen)
{
    const struct name_entry *entry = schema_names_find(&members->names, member->item.key);
    bool is_valid = true, is_known = false;
    if (entry != NULL) {
        if (entry->required > 0 && entry->required <= 64) {
            *io_seen |= (uint64_t)1 << (entry->required - 1);
        }
        if (entry->schema != NULL) {
            is_known = true;
            is_valid = schema_check_child(run, entry->schema, member);
        }
    }
    if (members->n_patterns > 0 && (is_valid || schema_goes_on(run))) {
        is_valid &= check_patterns(run, s, members, member, &is_known);
    }
    if (!is_known && members->additional != NULL && (is_valid || schema_goes_on(run))) {
        is_known = true;
        is_valid &= check_additional(run, s, members, v, member);
    }
    if (members->name_schema != NULL && (is_valid || schema_goes_on(run))) {
        is_valid &= check_name(run, s, members, v, member);
    }
    *out_is_known = is_known;
    return is_valid;
}

bool check_members(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                   const struct value *v, const struct marks *marks)
{
    bool is_valid = true;
    uint64_t seen = 0;
    size_t i = 0;
    struct value member = {.is_name = false};
    for (bool is_there = json_item_first(&member.item, v->item.v); is_there;
         is_there = json_item_next(&member.item), i++) {
        bool is_known;
        if (!check_member(run, s, op->members, v, &member, &is_known, &seen)) {
            is_valid = false;
            if (!schema_goes_on(run)) {
                return false;
            }
        }
        if (marks != NULL && is_known) {
            marks_set(run, marks, i);
        }
    }
    return check_required(run, s, op, v, seen) && is_valid;
}

bool check_dependent_required(struct schema_run *run, const struct schema *s,
                              const struct schema_op *op, const struct value *v,
                              const struct marks *marks)
{
    (void)marks;
    bool is_valid = true;
    for (size_t i = 0; i < op->dependencies.n; i++) {
        const struct op_dependency *d = &op->dependencies.at[i];
        if (!json_exists(json_get(v->item.v, d->name))) {
            continue;
        }
        for (size_t k = 0; k < d->n_required; k++) {
            if (json_exists(json_get(v->item.v, d->required[k]))) {
                continue;
            }
            is_valid = false;
            (void)refuse_missing(run, s, op, v, d->required[k]);
            if (!schema_goes_on(run)) {
                return false;
            }
        }
    }
    return is_valid;
}
