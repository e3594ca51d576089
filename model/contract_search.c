/* Queries of a profile: searches that bodies describe. */
#include "model/contract_int.h"
#include "model/search.h"

enum {
    CELLS_DEFAULT = 100000,
    PAGE_DEFAULT = 25,
    PAGE_MAX_DEFAULT = 100,
    RANK_DEFAULT = 10,
    JOBS_DEFAULT = 100
};

static const struct field_path *load_place(struct loader *l, struct json from, const char *name)
{
    return load_field(l, json_get(from, str_of(name)));
}

/* How deep a path goes into lists. */
static size_t list_count(const struct field_path *path)
{
    size_t n = 0;
    for (size_t i = 0; path && i < path->n; i++) {
        n += path->parts[i].len == 0;
    }
    return n;
}

/* Rows are the items of a list: the path ends in one. */
static const struct field_path *load_rows(struct loader *l, struct json v)
{
    const struct field_path *path = load_field(l, v);
    if (path && (path->parts[path->n - 1].len || list_count(path) >= SEARCH_DEPTH_MAX)) {
        load_bad(l, v, "rows are the items of a list, at most %d deep: \"lines[].parts[]\"",
                 SEARCH_DEPTH_MAX - 1);
        return NULL;
    }
    return path;
}

static void load_words_of(struct loader *l, struct search_words *w, struct json v)
{
    const struct {
        const char *name;
        struct str *to;
    } all[] = {{"type", &w->type}, {"and", &w->and_word}, {"or", &w->or_word},
               {"clauses", &w->clauses}, {"predicates", &w->predicates},
               {"dimension", &w->dimension}, {"metric", &w->metric},
               {
                   "operator",
                   &w->operator},
                   {"value", &w->value},
                   {"range", &w->range},
                   {"matches", &w->matches},
                   {"exists", &w->exists},
                   {"absent", &w->absent},
                   {"gt", &w->gt},
                   {"gte", &w->gte},
                   {"lt", &w->lt},
                   {"lte", &w->lte},
    };
    (void)l;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        *all[i].to = load_str(v, all[i].name, "");
    }
}

static void load_filters_of(struct loader *l, struct search_rule *r, struct json source)
{
    struct json all = json_get(source, STR("filters"));
    struct search_filter *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct search_filter);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct search_filter *f = &at[r->n_filters++];
        f->in = load_place(l, m, "in");
        f->rows = load_rows(l, json_get(m, STR("rows")));
        f->equals = load_str(m, "equals", "");
        f->text_is = json_str_or(json_path(m, STR("text.is")), STR(""));
        f->text_or = json_str_or(json_path(m, STR("text.or")), STR(""));
        f->text_and = json_str_or(json_path(m, STR("text.and")), STR(""));
        if (f->equals.len &&
            !json_exists(json_get(json_get(source, STR("dimensions")), f->equals))) {
            load_bad(l, json_get(m, STR("equals")), "there is no dimension \"%.*s\"",
                     STR_ARG(f->equals));
        }
    }
    r->filters = at;
}

static void load_dimensions(struct loader *l, struct search_rule *r, struct json all)
{
    struct search_dimension *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct search_dimension);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        const struct field_path *field = load_field(l, m);
        if (field) {
            at[r->n_dimensions++] = (struct search_dimension){json_key(m), field};
        }
    }
    r->dimensions = at;
}

static const struct search_dimension *dimension_named(struct loader *l, const struct search_rule *r,
                                                      struct json member)
{
    struct str *known = ARENA_ARRAY(l->a, r->n_dimensions + 1, struct str);
    for (size_t i = 0; i < r->n_dimensions; i++) {
        known[i] = r->dimensions[i].name;
        if (str_eq(known[i], json_key(member))) {
            return &r->dimensions[i];
        }
    }
    load_unknown(l, member, "dimension", json_key(member), known, r->n_dimensions);
    return NULL;
}

static void load_where(struct loader *l, const struct search_rule *r, struct search_metric *m,
                       struct json all)
{
    struct search_where *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct search_where);
    for (struct json v = json_first(all); json_exists(v); v = json_next(v)) {
        struct search_where *w = &at[m->n_where];
        w->dimension = dimension_named(l, r, v);
        if (json_kind(v) == JSON_ARRAY) {
            w->n = load_words(l, &w->values, v);
        } else {
            struct str *one = ARENA_ARRAY(l->a, 1, struct str);
            one[0] = json_str_or(v, json_source(v));
            w->values = one;
            w->n = 1;
        }
        m->n_where += w->dimension != NULL;
    }
    m->where = at;
}

/* A metric that adds others up names ones that stand before it and add nothing up themselves. */
static void check_sum(struct loader *l, const struct search_rule *r, const struct search_metric *m,
                      struct json names)
{
    for (struct json v = json_first(names); json_exists(v); v = json_next(v)) {
        bool is_known = false;
        for (size_t i = 0; i < r->n_metrics; i++) {
            is_known = is_known || (r->metrics[i].n_sum == 0 &&
                                    str_eq(r->metrics[i].name, json_str_or(v, STR(""))));
        }
        if (!is_known) {
            load_bad(l, v, "\"%.*s\" is no metric before \"%.*s\" that could be added up",
                     STR_ARG(json_str_or(v, STR(""))), STR_ARG(m->name));
        }
    }
}

/* A metric's rows lie at or below those of the search. */
static void check_below(struct loader *l, const struct search_rule *r,
                        const struct search_metric *m, struct json at)
{
    const struct field_path *base = r->measure_rows ? r->measure_rows : r->rows;
    bool is_below = m->rows == NULL || base == NULL || m->rows->n >= base->n;
    for (size_t i = 0; is_below && m->rows && base && i < base->n; i++) {
        is_below = str_eq(m->rows->parts[i], base->parts[i]);
    }
    if (!is_below) {
        load_bad(l, at, "the rows of a metric lie within those of the query");
    }
}

static void load_metrics(struct loader *l, struct search_rule *r, struct json all)
{
    struct search_metric *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct search_metric);
    r->metrics = at;
    for (struct json v = json_first(all); json_exists(v); v = json_next(v)) {
        struct search_metric *m = &at[r->n_metrics];
        m->name = json_key(v);
        m->rows = load_rows(l, json_get(v, STR("rows")));
        load_where(l, r, m, json_get(v, STR("where")));
        m->value = load_place(l, v, "value");
        m->from = load_place(l, v, "from");
        m->to = load_place(l, v, "to");
        m->at = load_place(l, v, "at");
        m->at = m->at ? m->at : m->to;
        m->n_sum = load_words(l, &m->sum, json_get(v, STR("sum")));
        m->above = json_i64_or(json_get(v, STR("above")), INT64_MIN);
        m->is_each_item = str_eq(load_str(v, "each", "row"), STR("item"));
        bool counts = (!m->value && !m->from && m->n_sum == 0) || m->above != INT64_MIN;
        m->has_count_only = counts || str_eq(load_str(v, "stats", ""), STR("count"));
        if (!m->from != !m->to) {
            load_bad(l, v, "\"from\" and \"to\" go together");
        }
        check_below(l, r, m, v);
        check_sum(l, r, m, json_get(v, STR("sum")));
        r->n_metrics++;
    }
}

static void load_groups(struct loader *l, struct search_rule *r, struct json g)
{
    struct json views = json_get(g, STR("views")), rank = json_get(g, STR("rank")),
                time = json_get(g, STR("time"));
    r->has_groups = json_exists(g);
    r->group_by = load_place(l, g, "by");
    r->metrics_in = load_place(l, g, "metrics");
    r->granularity = load_place(l, g, "granularity");
    r->flatten = load_place(l, g, "flatten");
    r->views = load_place(l, views, "in");
    r->view_name = load_place(l, views, "name");
    r->view_metric = load_place(l, views, "metric");
    r->view_range = load_place(l, views, "range");
    r->rank = load_place(l, rank, "in");
    r->rank_top = load_str(rank, "top", "");
    r->rank_bottom = load_str(rank, "bottom", "");
    r->rank_metric = load_place(l, rank, "metric");
    r->rank_limit = load_place(l, rank, "limit");
    r->rank_limit_default = json_i64_or(json_get(rank, STR("default")), RANK_DEFAULT);
    r->time_kind = load_place(l, time, "in");
    r->time_of_row = load_str(time, "entity", "");
    r->cells_max = json_i64_or(json_get(g, STR("max")), CELLS_DEFAULT);
}

static void load_list(struct loader *l, struct search_rule *r, struct json v)
{
    struct json by = json_get(v, STR("orderBy")), values = json_get(by, STR("values")),
                direction = json_get(v, STR("direction")), page = json_get(v, STR("page"));
    struct search_order *at = ARENA_ARRAY(l->a, json_count(values) + 2, struct search_order);
    r->order_by = load_place(l, by, "in");
    for (struct json m = json_first(values); json_exists(m); m = json_next(m)) {
        const struct field_path *field = load_field(l, m);
        if (field) {
            at[r->n_orders++] = (struct search_order){json_key(m), field};
        }
    }
    if (r->n_orders == 0) {
        at[r->n_orders++] = (struct search_order){STR(""), r->time};
    }
    r->orders = at;
    r->direction = load_place(l, direction, "in");
    r->n_descending = load_words(l, &r->descending, json_get(direction, STR("descending")));
    r->is_descending_default = str_eq(load_str(direction, "default", ""), STR("descending"));
    r->size = load_place(l, page, "size");
    r->number = load_place(l, page, "number");
    r->cursor = load_place(l, page, "cursor");
    r->size_default = json_i64_or(json_get(page, STR("default")), PAGE_DEFAULT);
    r->size_max = json_i64_or(json_get(page, STR("max")), PAGE_MAX_DEFAULT);
    r->number_first = json_i64_or(json_get(page, STR("first")), 1);
    r->measure_rows = load_rows(l, json_path(v, STR("measures.rows")));
    r->measure_as = json_str_or(json_path(v, STR("measures.as")), STR(""));
}

/* The query's own metrics, or those of another one that it names. */
static struct json metrics_of(struct loader *l, struct json v)
{
    struct json metrics = json_get(v, STR("metrics"));
    if (json_kind(metrics) != JSON_STRING) {
        return metrics;
    }
    struct json other = json_get(json_get(l->ext, STR("queries")), json_str(metrics));
    struct json found = json_get(other, STR("metrics"));
    if (json_kind(found) != JSON_OBJECT) {
        load_bad(l, metrics, "there is no query \"%.*s\" with metrics", STR_ARG(json_str(metrics)));
    }
    return json_kind(found) == JSON_OBJECT ? found : (struct json){0};
}

static void load_search(struct loader *l, struct search_rule *r, struct json v)
{
    struct json interval = json_get(v, STR("interval"));
    r->name = json_key(v);
    r->resource = load_resource_named(l, json_get(v, STR("resource")));
    r->rows = load_rows(l, json_get(v, STR("rows")));
    r->interval = load_place(l, interval, "in");
    r->interval_from = load_place(l, interval, "from");
    r->interval_to = load_place(l, interval, "to");
    r->zone = load_place(l, interval, "zone");
    r->time = load_place(l, interval, "time");
    r->until = load_place(l, interval, "until");
    r->days_max = json_i64_or(json_get(interval, STR("maxDays")), 0);
    load_words_of(l, &r->words, json_get(v, STR("words")));
    load_filters_of(l, r, v);
    r->resolve_in = load_str(json_get(v, STR("resolve")), "in", "");
    r->resolve_take = load_field(l, json_path(v, STR("resolve.take")));
    load_dimensions(l, r, json_get(v, STR("dimensions")));
    load_groups(l, r, json_get(v, STR("groups")));
    load_list(l, r, json_get(v, STR("list")));
    load_metrics(l, r, metrics_of(l, v));
}

void load_searches(struct loader *l)
{
    struct json all = json_get(l->ext, STR("queries"));
    struct search_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct search_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        load_search(l, &at[l->c->n_searches++], m);
    }
    l->c->searches = at;
}

const struct search_rule *load_search_named(struct loader *l, struct json name)
{
    struct str *known = ARENA_ARRAY(l->a, l->c->n_searches + 1, struct str);
    for (size_t i = 0; i < l->c->n_searches; i++) {
        known[i] = l->c->searches[i].name;
        if (str_eq(known[i], json_str_or(name, STR("")))) {
            return &l->c->searches[i];
        }
    }
    load_unknown(l, name, "query", json_str_or(name, STR("")), known, l->c->n_searches);
    return NULL;
}

static void load_states(struct loader *l, struct job_rule *r, struct json all)
{
    struct job_state *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct job_state);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        int64_t ms = json_i64_or(json_get(m, STR("ms")), 0);
        at[r->n_states++] = (struct job_state){load_str(m, "state", ""), ms * US_PER_MS};
    }
    r->states = at;
}

void load_jobs(struct loader *l)
{
    struct json all = json_get(l->ext, STR("jobs"));
    struct job_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct job_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct job_rule *r = &at[l->c->n_jobs++];
        struct json expired = json_get(m, STR("expired"));
        r->name = json_key(m);
        r->search = load_search_named(l, json_get(m, STR("query")));
        load_states(l, r, json_get(m, STR("states")));
        r->cancelled = load_str(m, "cancelled", "");
        r->expired = load_str(expired, "state", "");
        r->expires_us = json_i64_or(json_get(expired, STR("afterMs")), 0) * US_PER_MS;
        r->max = (size_t)json_i64_or(json_get(m, STR("max")), JOBS_DEFAULT);
    }
    l->c->jobs = at;
    if (json_exists(all)) {
        struct json cases = json_path(l->ext, STR("errors.cases"));
        static const struct str names[] = {STR_INIT("job.pending"), STR_INIT("job.cancelled"),
                                           STR_INIT("job.expired")};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (!json_exists(json_get(cases, names[i])) &&
                !json_exists(json_get(cases, STR("job")))) {
                load_bad(l, cases, "a profile with jobs has the error case \"job\", or \"%.*s\"",
                         STR_ARG(names[i]));
            }
        }
    }
}

void load_job(struct loader *l, struct operation *op, struct json x)
{
    struct json name = json_get(x, STR("job"));
    struct str stage = load_str(x, "stage", "start");
    struct str *known = ARENA_ARRAY(l->a, l->c->n_jobs + 1, struct str);
    for (size_t i = 0; i < l->c->n_jobs; i++) {
        known[i] = l->c->jobs[i].name;
        if (str_eq(known[i], json_str_or(name, STR("")))) {
            op->job = &l->c->jobs[i];
        }
    }
    if (!op->job) {
        load_unknown(l, name, "job", json_str_or(name, STR("")), known, l->c->n_jobs);
    }
    op->stage = str_eq(stage, STR("status"))    ? JOB_STATUS
                : str_eq(stage, STR("results")) ? JOB_RESULTS
                : str_eq(stage, STR("cancel"))  ? JOB_CANCEL
                                                : JOB_START;
    if (op->stage != JOB_START && op->key_param.len == 0) {
        load_bad(l, x, "nothing says which job is meant: a path parameter");
    }
    if (op->paging && op->paging->style != PAGING_CURSOR) {
        load_bad(l, json_get(x, STR("paging")), "results of jobs are paged by cursor");
    }
}
