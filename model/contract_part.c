/* Operations on a part of an entity: the steps to it, what refuses the request, what a write
 * changes. */
#include "model/contract_int.h"
#include "model/template_int.h"

bool load_var(struct loader *l, struct var *out, struct json name)
{
    struct err err = {0};
    return var_parse(out, l->a, json_str_or(name, STR("")), name, &err) ||
           load_bad(l, name, "%s", err.msg);
}

/* The name of a test's variable stands where a member's name does. */
static bool load_key_var(struct loader *l, struct var *out, struct json member)
{
    struct err err = {0};
    return var_parse(out, l->a, json_key(member), member, &err) ||
           load_bad(l, member, "%s", err.msg);
}

static void add_value(struct loader *l, struct var_test *t, struct str *values, struct json v)
{
    struct str word = json_str_or(v, STR(""));
    struct buf text;
    if (str_eq(word, STR("$absent"))) {
        t->takes_absent = true;
    } else if (str_eq(word, STR("$present"))) {
        t->takes_present = true;
    } else {
        buf_init(&text, l->a);
        json_put(&text, v);
        values[t->n++] = buf_str(&text);
    }
}

/* One value, or a list of which it is one. */
static void load_values(struct loader *l, struct var_test *t, struct json v)
{
    bool is_list = json_kind(v) == JSON_ARRAY;
    struct str *values = ARENA_ARRAY(l->a, is_list ? json_count(v) + 1 : 1, struct str);
    t->values = values;
    if (!is_list) {
        add_value(l, t, values, v);
        return;
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        add_value(l, t, values, m);
    }
}

static void load_test(struct loader *l, struct var_test *t, struct json v)
{
    struct json unknown = json_get(v, STR("unknown")), unlinked = json_get(v, STR("unlinked")),
                differs = json_get(v, STR("differs")), not = json_get(v, STR("not"));
    load_key_var(l, &t->var, v);
    if (json_exists(unknown)) {
        t->kind = VAR_TEST_UNKNOWN;
        t->resource = load_resource_named(l, unknown);
    } else if (json_exists(unlinked)) {
        t->kind = VAR_TEST_UNLINKED;
        t->resource = load_resource_named(l, unlinked);
        load_var(l, &t->other, json_get(v, STR("parent")));
        if (t->resource && !t->resource->parent) {
            load_bad(l, unlinked, "this resource is no set of links");
        }
    } else if (json_exists(differs)) {
        t->kind = VAR_TEST_DIFFERS;
        load_var(l, &t->other, differs);
    } else {
        t->kind = json_exists(not ) ? VAR_TEST_IS_NOT : VAR_TEST_IS;
        load_values(l, t, json_exists(not ) ? not : v);
    }
}

void load_var_tests(struct loader *l, struct var_tests *out, struct json tests)
{
    struct var_test *at = ARENA_ARRAY(l->a, json_count(tests) + 1, struct var_test);
    for (struct json m = json_first(tests); json_exists(m); m = json_next(m)) {
        load_test(l, &at[out->n++], m);
    }
    out->at = at;
}

static bool is_path_parameter(const struct operation *op, struct str name)
{
    for (size_t i = 0; i < op->n_segments; i++) {
        if (op->segments[i].is_parameter && str_eq(op->segments[i].text, name)) {
            return true;
        }
    }
    return false;
}

void load_check_parameter(struct loader *l, const struct operation *op, struct json name)
{
    struct str known[PATH_PARAMETERS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < op->n_segments && n < PATH_PARAMETERS_MAX; i++) {
        if (op->segments[i].is_parameter) {
            known[n++] = op->segments[i].text;
        }
    }
    if (!is_path_parameter(op, json_str_or(name, STR("")))) {
        load_unknown(l, name, "path parameter", json_str_or(name, STR("")), known, n);
    }
}

static size_t load_steps(struct loader *l, const struct part_step **out, struct json all,
                         const struct operation *op)
{
    struct part_step *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct part_step);
    size_t n = 0;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct part_step *s = &at[n++];
        struct json param = json_get(m, STR("param"));
        struct str take = load_str(m, "take", "");
        s->list = load_str(m, "list", "");
        s->by = load_str(m, "by", "");
        s->take = str_eq(take, STR("first"))  ? TAKE_FIRST
                  : str_eq(take, STR("last")) ? TAKE_LAST
                                              : TAKE_EQUAL;
        s->param = json_str_or(param, STR(""));
        s->value = load_str(m, "value", "");
        load_template_rows(l, &s->made, json_get(m, STR("make")));
        s->missing_case = load_case_name(l, json_get(m, STR("missing")), "not_found", op);
        if (json_exists(param)) {
            load_check_parameter(l, op, param);
        }
        if (s->take == TAKE_EQUAL &&
            (s->by.len == 0 || (s->param.len == 0) == (s->value.len == 0))) {
            load_bad(l, m,
                     "nothing says which item is meant: \"by\" with \"param\" or \"value\", or "
                     "\"take\"");
        }
    }
    *out = at;
    return n;
}

static void load_guards(struct loader *l, struct operation *op, struct json all)
{
    struct guard *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct guard);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct guard *g = &at[op->part.n_guards++];
        load_var_tests(l, &g->when, json_get(m, STR("if")));
        g->case_name = load_case_name(l, json_get(m, STR("case")), "", op);
    }
    op->part.guards = at;
}

static void load_changes(struct loader *l, struct operation *op, struct json all)
{
    struct part_change *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct part_change);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct part_change *c = &at[op->part.n_changes++];
        int64_t up = json_i64_or(json_get(m, STR("up")), 0);
        load_var_tests(l, &c->when, json_get(m, STR("if")));
        c->n = load_steps(l, &c->steps, json_get(m, STR("in")), op);
        load_template_rows(l, &c->set, json_get(m, STR("set")));
        c->up = up > 0 ? (size_t)up : 0;
        if (c->up > op->part.n) {
            load_bad(l, m, "\"up\" leads out of the entity: there are %zu steps", op->part.n);
        }
    }
    op->part.changes = at;
}

void load_part(struct loader *l, struct operation *op, struct json x)
{
    struct part_rule *p = &op->part;
    struct json of = json_get(x, STR("of")), steps = json_get(x, STR("part")),
                changes = json_get(x, STR("changes"));
    p->n = load_steps(l, &p->steps, steps, op);
    load_guards(l, op, json_get(x, STR("guards")));
    load_changes(l, op, changes);
    if (json_exists(changes) && op->action != ACTION_MERGE) {
        load_bad(l, changes, "only \"merge\" has changes");
    }
    struct json first = json_exists(steps) ? steps : json_get(x, STR("guards"));
    bool is_guarded =
        (op->action == ACTION_STATIC || op->action == ACTION_LIST) && !json_exists(steps);
    if (json_exists(first) && op->action != ACTION_MERGE && op->action != ACTION_READ &&
        !is_guarded && !(op->action == ACTION_LIST && json_exists(of))) {
        load_bad(l, first,
                 "only \"read\", \"merge\" and a \"list\" with \"of\" know parts and "
                 "guards, \"list\" and \"static\" guards");
    }
    if (!json_exists(of)) {
        return;
    }
    p->of = load_resource_named(l, json_get(of, STR("resource")));
    p->of_param = load_str(of, "key", "");
    load_check_parameter(l, op, json_get(of, STR("key")));
    load_var(l, &p->of_parent, json_get(of, STR("parent")));
    if (op->action != ACTION_LIST || (op->resource && !op->resource->parent)) {
        load_bad(l, of, "only a list of links has its parent through another entity");
    }
}
