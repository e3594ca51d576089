/* What a write does beside its own entity: effects of operations, records of changes. Each is a
 * create, told as an operation that no path leads to. */
#include "model/contract_int.h"

static struct operation *load_create(struct loader *l, struct json resource, struct json item)
{
    struct operation *op = ARENA_NEW(l->a, struct operation);
    op->action = ACTION_CREATE;
    op->resource = load_resource_named(l, resource);
    load_template(l, &op->item, item);
    return op;
}

void load_effects(struct loader *l, struct operation *op, struct json all)
{
    struct effect *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct effect);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct effect *e = &at[op->n_effects++];
        struct json links = json_get(m, STR("links"));
        struct operation *create = load_create(
            l, json_exists(links) ? links : json_get(m, STR("create")), json_get(m, STR("set")));
        create->segments = op->segments; /* {path.…} and {query.…} are those of the request */
        create->n_segments = op->n_segments;
        create->parameters = op->parameters;
        create->n_parameters = op->n_parameters;
        e->op = create;
        e->in = load_str(m, "in", "");
        e->replaces = json_exists(links);
        if (e->replaces && e->op->resource && e->op->resource->parent != op->resource) {
            load_bad(l, links, "the parent of these links is another resource");
        }
    }
    op->effects = at;
}

void load_audit(struct loader *l, struct resource *r, struct json rule)
{
    if (json_exists(rule)) {
        r->audit.op =
            load_create(l, json_get(rule, STR("resource")), json_get(rule, STR("record")));
        r->audit.n_but = load_words(l, &r->audit.but, json_get(rule, STR("but")));
    }
}
