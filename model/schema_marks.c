/* Which items or members were evaluated by some subschema: kept only while a schema with
 * unevaluatedItems or unevaluatedProperties is on the way. One bit a child, in frames on a stack
 * that the run owns; a frame is named by its offset because the stack may move when it grows. */
#include "model/schema_int.h"

#include <string.h>

static size_t words(size_t n)
{
    return (n + 63) / 64;
}

struct marks marks_push(struct schema_run *run, size_t n)
{
    struct marks m = {.at = run->n_bits, .n = n};
    size_t need = run->n_bits + words(n);
    if (need > run->bits_cap) {
        run->bits_cap = need * 2 + 16;
        run->bits = mem_resize(run->bits, run->bits_cap, sizeof *run->bits);
    }
    if (need > m.at) {
        memset(run->bits + m.at, 0, (need - m.at) * sizeof *run->bits);
    }
    run->n_bits = need;
    return m;
}

void marks_pop(struct schema_run *run, const struct marks *m)
{
    run->n_bits = m->at;
}

void marks_merge(struct schema_run *run, const struct marks *into, const struct marks *from)
{
    for (size_t i = 0; i < words(into->n); i++) {
        run->bits[into->at + i] |= run->bits[from->at + i];
    }
}

void marks_set(struct schema_run *run, const struct marks *m, size_t i)
{
    run->bits[m->at + i / 64] |= (uint64_t)1 << (i % 64);
}

void marks_fill(struct schema_run *run, const struct marks *m)
{
    if (m->n > 0) {
        memset(run->bits + m->at, 0xFF, words(m->n) * sizeof *run->bits);
    }
}

bool marks_has(const struct schema_run *run, const struct marks *m, size_t i)
{
    return (run->bits[m->at + i / 64] >> (i % 64) & 1) != 0;
}

bool check_unevaluated(struct schema_run *run, const struct schema *s, const struct schema_op *op,
                       const struct value *v, const struct marks *marks)
{
    bool is_valid = true;
    size_t i = 0;
    struct value child = {.is_name = false};
    for (bool is_there = json_item_first(&child.item, v->item.v); is_there;
         is_there = json_item_next(&child.item)) {
        if (marks_has(run, marks, i++)) {
            continue;
        }
        bool is_good;
        if (op->schema->is_false) {
            bool is_member = v->item.kind == JSON_OBJECT;
            struct schema_issue issue = {.instance = child.item.v};
            issue.member = is_member ? child.item.v : (struct json){0};
            is_good = schema_refuse(run, s, op, v, issue);
        } else {
            is_good = schema_check_child(run, op->schema, &child);
        }
        if (!is_good) {
            is_valid = false;
            if (!schema_goes_on(run)) {
                return false;
            }
        }
    }
    marks_fill(run, marks);
    return is_valid;
}
