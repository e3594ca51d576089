/* Looking rules up. */
#include "validator/rules_int.h"

const struct rule *rule_at(size_t i)
{
    if (i < n_rules_d_to_l) {
        return &rules_d_to_l[i];
    }
    i -= n_rules_d_to_l;
    return i < n_rules_p_to_w ? &rules_p_to_w[i] : NULL;
}

/* The place of a rule; behind the last one: there is none. */
static size_t rule_place(struct str id)
{
    size_t i = 0;
    for (const struct rule *r; (r = rule_at(i)) != NULL && !str_eq_fold(r->id, id);) {
        i++;
    }
    return i;
}

const struct rule *rule_find(struct str id)
{
    return rule_at(rule_place(id));
}

struct str rule_family(struct str id)
{
    static const struct {
        char letter;
        struct str name;
    } families[] = {{'J', STR_INIT("text")},       {'S', STR_INIT("shape")},
                    {'U', STR_INIT("uniqueness")}, {'L', STR_INIT("limits")},
                    {'R', STR_INIT("references")}, {'D', STR_INIT("dependencies")},
                    {'F', STR_INIT("the floor")},  {'W', STR_INIT("workloads")},
                    {'P', STR_INIT("operation")},  {'T', STR_INIT("time")},
                    {'K', STR_INIT("the checker")}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (id.len && id.s[0] == families[i].letter) {
            return families[i].name;
        }
    }
    return STR("");
}

size_t rules_of(struct report_rule **out, struct arena *a, const struct report_item *items,
                size_t n_items)
{
    size_t n_rules = n_rules_d_to_l + n_rules_p_to_w, n = 0;
    bool *is_met = ARENA_ARRAY(a, n_rules + 1, bool); /* and none of them */
    struct report_rule *at = ARENA_ARRAY(a, n_rules, struct report_rule);
    for (size_t i = 0; i < n_items; i++) {
        is_met[rule_place(items[i].finding.rule)] = true;
    }
    for (size_t i = 0; i < n_rules; i++) {
        const struct rule *r = rule_at(i);
        if (is_met[i]) {
            at[n++] = (struct report_rule){.id = r->id,
                                           .title = r->title,
                                           .about = r->why,
                                           .help = r->how,
                                           .severity = r->severity};
        }
    }
    *out = at;
    return n;
}
