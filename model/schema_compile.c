/* A work list of nodes. schema_compile asks for one and works until none is left; each node asks
 * for the nodes that it refers to. A node whose compiling failed stays at the head of the list, so
 * that a later call meets it again and nothing half-built is ever used.
 *
 * $dynamicRef may lead to a $dynamicAnchor of any resource that is entered on the way to it, so
 * once the list is empty, all anchors of wanted names in entered resources are compiled too. */
#include "model/schema_int.h"

#include <string.h>

struct schema_op *compiler_add(struct compiler *c, op_check *check, unsigned kinds,
                               enum schema_keyword keyword, struct str name)
{
    if (c->n_ops == c->ops_cap) {
        c->ops_cap = c->ops_cap * 2 + 8;
        c->ops = mem_resize(c->ops, c->ops_cap, sizeof *c->ops);
    }
    struct schema_op *op = &c->ops[c->n_ops++];
    memset(op, 0, sizeof *op);
    op->check = check;
    op->kinds = (uint8_t)kinds;
    op->keyword = (uint8_t)keyword;
    op->name = name;
    return op;
}

static struct schema *node_of(struct schema_set *set, struct json at)
{
    struct schema_key key = {.doc = at.doc, .at = at.at};
    struct schema *node = map_get(&set->nodes, (struct str){(const char *)&key, sizeof key});
    if (node != NULL) {
        return node;
    }
    node = ARENA_NEW(set->arena, struct schema);
    node->key = key;
    node->source = at;
    node->resource = schema_resource_of(set, at);
    map_put(&set->nodes, (struct str){(const char *)&node->key, sizeof key}, node);
    vec_push(&set->pending, node);
    return node;
}

bool compiler_node(const struct schema **out, struct compiler *c, struct json at)
{
    if (json_kind(at) != JSON_OBJECT && json_kind(at) != JSON_BOOL) {
        return json_err(c->err, at, "a schema must be an object, true or false");
    }
    if (!schema_walk(c->set, at, c->err)) {
        return false;
    }
    *out = node_of(c->set, at);
    return true;
}

bool compiler_reference(const struct schema **out, struct compiler *c, struct json value,
                        struct target *out_target)
{
    struct err why = {.code = ERR_NONE};
    if (json_kind(value) != JSON_STRING) {
        return json_err(c->err, value, "a reference must be a text, a URI reference");
    }
    if (!schema_find(out_target, c->set, c->node->resource->uri, json_str(value), &why)) {
        return json_err(c->err, value, "the reference \"%.*s\" leads nowhere: %s",
                        STR_ARG(json_str(value)), why.msg);
    }
    return compiler_node(out, c, out_target->at);
}

bool compiler_pattern(const struct pattern **out, struct compiler *c, struct str text,
                      struct json at)
{
    struct pattern *pattern = map_get(&c->set->patterns, text);
    struct err why = {.code = ERR_NONE};
    if (pattern == NULL) {
        if (!pattern_new(&pattern, c->set->arena, text, &why)) {
            return json_err(c->err, at, "bad pattern \"%.*s\": %s", STR_ARG(text), why.msg);
        }
        map_put(&c->set->patterns, text, pattern);
    }
    *out = pattern;
    return true;
}

static void enter(struct schema_set *set, struct resource *r)
{
    if (!r->is_entered) {
        r->is_entered = true;
        r->next_entered = set->entered;
        set->entered = r;
    }
}

static bool compile_node(struct compiler *c, struct schema *node)
{
    c->node = node;
    c->n_ops = 0;
    if (!schema_dialect(&c->dialect, c->set, node->resource, c->err)) {
        return false;
    }
    if (json_kind(node->source) == JSON_OBJECT) {
        if (!schema_compile_words(c, node->source)) {
            return false;
        }
    } else if (!json_is_true(node->source)) {
        compiler_add(c, check_false, KIND_ANY, SCHEMA_FALSE, STR(""));
        node->is_false = true;
    }
    struct schema_op *ops = ARENA_ARRAY(c->set->arena, c->n_ops + 1, struct schema_op);
    if (c->n_ops > 0) {
        memcpy(ops, c->ops, c->n_ops * sizeof *ops);
    }
    node->ops = ops;
    node->n_ops = (uint32_t)c->n_ops;
    enter(c->set, node->resource);
    return true;
}

static bool compile_pending(struct compiler *c)
{
    struct schema_set *set = c->set;
    for (; set->n_built < set->pending.len; set->n_built++) {
        if (!compile_node(c, set->pending.at[set->n_built])) {
            return false;
        }
    }
    return true;
}

/* Asks for the anchors that a $dynamicRef may lead to. */
static bool request_dynamics(struct compiler *c)
{
    for (struct resource *r = c->set->entered; r != NULL; r = r->next_entered) {
        for (struct dynamic *d = r->dynamics; d != NULL; d = d->next) {
            if (d->schema == NULL && map_get(&c->set->wanted, d->name) != NULL &&
                !compiler_node(&d->schema, c, d->at)) {
                return false;
            }
        }
    }
    return true;
}

bool schema_compile(const struct schema **out, struct schema_set *set, struct str uri,
                    struct err *err)
{
    struct compiler c = {.set = set, .err = err};
    struct target target;
    const struct schema *schema = NULL;
    bool is_good = schema_find(&target, set, STR(""), uri, err) &&
                   compiler_node(&schema, &c, target.at) && compile_pending(&c);
    while (is_good) {
        size_t before = set->pending.len;
        is_good = request_dynamics(&c) && compile_pending(&c);
        if (before == set->pending.len) {
            break;
        }
    }
    mem_free(c.ops);
    if (is_good) {
        *out = schema;
    }
    return is_good;
}
