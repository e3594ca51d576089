/* What templates look at: the resources and fields of each "$each" and "$count" are found once the
 * whole profile is known, and kept in a list, so that tenants have an index for them. */
#include "model/contract_int.h"

static void load_query(struct loader *l, struct template_query *q)
{
    struct json where = json_get(q->source, STR("where"));
    size_t n = 0;
    q->resource = load_resource_named(l, json_get(q->source, STR("resource")));
    for (struct json m = json_first(where); json_exists(m); m = json_next(m), n++) {
        if (!field_compile(&q->fields[n], l->a, json_key(m))) {
            load_bad(l, m, "this is no field path (\"name\", \"division.id\", \"skills[].id\")");
        }
    }
}

void load_queries(struct loader *l)
{
    for (struct template_query *q = l->queries; q; q = q->next) {
        load_query(l, q);
    }
    l->c->queries = l->queries;
}
