/* Changes that contradict each other: of what is deleted too, of one member to two values. The tenant would
 * take both, one after the other; nobody means that. */
#include "validator/draft_int.h"

static void relate(struct finding *f, struct draft *d, struct json other)
{
    struct finding place = json_finding(d->check.fs, other, f->rule, f->severity);
    f->related_message = STR("the other one");
    f->related_pointer = place.pointer;
    f->related_line = place.line;
    f->related_column = place.column;
}

static void say_deleted(struct draft *d, const struct draft_intent *change,
                        const struct draft_intent *delete)
{
    check_about(&d->check, change->resource, change->id, change->name);
    struct finding f = check_finding(&d->check, change->at, "R409", SEVERITY_ERROR);
    f.message = findings_text(d->check.fs, "this %.*s is changed here and deleted at line %u",
                              STR_ARG(change->resource->title),
                              json_finding(d->check.fs, delete->at, f.rule, f.severity).line);
    f.hint = STR("one of the two is not meant");
    relate(&f, d, delete->at);
    findings_add(d->check.fs, &f);
}

static void compare_sets(struct draft *d, const struct draft_intent *one,
                         const struct draft_intent *other)
{
    struct json sets = json_get(one->at, STR("set")), before = json_get(other->at, STR("set"));
    for (struct json m = json_first(sets); json_exists(m); m = json_next(m)) {
        struct json same = json_get(before, json_key(m));
        if (!json_exists(same) || json_eq(same, m)) {
            continue;
        }
        check_about(&d->check, one->resource, one->id, one->name);
        struct finding f = check_finding(&d->check, m, "U201", SEVERITY_ERROR);
        struct str name = json_key(m);
        f.message = findings_text(
            d->check.fs, "two changes give \"%.*s\" different values: here, and at line %u",
            STR_ARG(name), json_finding(d->check.fs, same, f.rule, f.severity).line);
        relate(&f, d, same);
        findings_add(d->check.fs, &f);
    }
}

void draft_conflicts(struct draft *d)
{
    size_t n = deps_node_count(d->before);
    size_t *first = ARENA_ARRAY(d->check.arena, n + 1, size_t); /* place + 1 */
    size_t *deleted = ARENA_ARRAY(d->check.arena, n + 1, size_t);
    for (size_t i = 0; i < d->n_intents; i++) {
        uint32_t node = draft_node(d, &d->intents[i]);
        if (node != DEPS_NONE && d->intents[i].rank == RANK_DELETE) {
            deleted[node] = i + 1;
        }
    }
    for (size_t i = 0; i < d->n_intents; i++) {
        const struct draft_intent *one = &d->intents[i];
        uint32_t node = draft_node(d, one);
        if (node == DEPS_NONE || one->kind != INTENT_CHANGE || one->rank != RANK_CHANGE) {
            continue;
        }
        if (deleted[node]) {
            say_deleted(d, one, &d->intents[deleted[node] - 1]);
        } else if (first[node]) {
            compare_sets(d, one, &d->intents[first[node] - 1]);
        } else {
            first[node] = i + 1;
        }
    }
}
