/* Queries: what they read of an entity must be in its schema, else they find nothing and nobody
 * knows why. */
#include "model/contract_int.h"
#include "model/search.h"

static void check_metric(struct loader *l, const struct resource *r, struct json m)
{
    static const struct str fields[] = {STR_INIT("value"), STR_INIT("from"), STR_INIT("to"),
                                        STR_INIT("at"), STR_INIT("rows")};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        load_check_field(l, r, json_get(m, fields[i]));
    }
}

static void check_page(struct loader *l, struct json page)
{
    struct json given = json_get(page, STR("default"));
    int64_t max = json_i64_or(json_get(page, STR("max")), INT64_MAX);
    if (json_exists(given) && json_i64_or(given, 0) > max) {
        load_bad(l, given, "the default is greater than \"max\"");
    }
}

static void check_search(struct loader *l, const struct resource *r, struct json q)
{
    struct json dimensions = json_get(q, STR("dimensions")), metrics = json_get(q, STR("metrics")),
                orders = json_path(q, STR("list.orderBy.values")),
                filters = json_get(q, STR("filters"));
    load_check_field(l, r, json_get(q, STR("rows")));
    load_check_field(l, r, json_path(q, STR("interval.time")));
    load_check_field(l, r, json_path(q, STR("interval.until")));
    load_check_field(l, r, json_path(q, STR("resolve.take")));
    load_check_field(l, r, json_path(q, STR("list.measures.rows")));
    for (struct json m = json_first(dimensions); json_exists(m); m = json_next(m)) {
        load_check_field(l, r, m);
    }
    for (struct json m = json_first(orders); json_exists(m); m = json_next(m)) {
        load_check_field(l, r, m);
    }
    for (struct json m = json_first(filters); json_exists(m); m = json_next(m)) {
        load_check_field(l, r, json_get(m, STR("rows")));
    }
    for (struct json m = json_first(metrics); json_kind(metrics) == JSON_OBJECT && json_exists(m);
         m = json_next(m)) {
        check_metric(l, r, m);
    }
    check_page(l, json_path(q, STR("list.page")));
}

void load_check_searches(struct loader *l)
{
    size_t i = 0;
    struct json all = json_get(l->ext, STR("queries"));
    for (struct json q = json_first(all); json_exists(q); q = json_next(q), i++) {
        check_search(l, l->c->searches[i].resource, q);
    }
}
