/* Reading what aggregates ask for: dimensions to group by, metrics, views, cells, ranking. */
#include "model/search_int.h"

enum { GROUP_BY_MAX = 16, OUTPUTS_MAX = 256 };

static struct json place(const struct search_reader *r, const struct field_path *in)
{
    struct json v = in ? field_find(in, r->body) : (struct json){0};
    return json_kind(v) != JSON_NULL ? v : (struct json){0};
}

/* A list, or one value that stands for a list of it. */
static struct json first_of(struct json v)
{
    return json_kind(v) == JSON_ARRAY ? json_first(v) : v;
}

static struct json next_of(struct json list, struct json v)
{
    return json_kind(list) == JSON_ARRAY ? json_next(v) : (struct json){0};
}

static bool read_group_by(struct search_reader *r)
{
    struct json list = place(r, r->rule->group_by);
    struct search_plan *plan = r->plan;
    const struct search_dimension **by =
        ARENA_ARRAY(r->a, GROUP_BY_MAX, const struct search_dimension *);
    struct row_view *views = ARENA_ARRAY(r->a, GROUP_BY_MAX, struct row_view);
    plan->group_by = by;
    plan->group_views = views;
    for (struct json v = first_of(list); json_exists(v); v = next_of(list, v)) {
        const struct search_dimension *d = search_dimension_named(r, v);
        bool is_there = false;
        if (!d) {
            return false;
        }
        for (size_t i = 0; i < plan->n_groups; i++) {
            is_there = is_there || by[i] == d;
        }
        if (is_there) {
            continue;
        }
        if (plan->n_groups == GROUP_BY_MAX) {
            return search_bad(r, v, "Q605", "query.limit", STR(""),
                              "groups are made by at most %d dimensions", GROUP_BY_MAX);
        }
        by[plan->n_groups] = d;
        views[plan->n_groups++] = row_view(r->rule->rows, d->field);
    }
    return true;
}

static const struct search_metric *metric_rule(const struct search_rule *rule, struct str name)
{
    for (size_t i = 0; i < rule->n_metrics; i++) {
        if (str_eq(rule->metrics[i].name, name)) {
            return &rule->metrics[i];
        }
    }
    return NULL;
}

/* The place of a metric in the plan, put there (after those that it adds up) if it is new. */
static size_t add_metric(struct search_reader *r, const struct search_metric *m,
                         const struct field_path *base)
{
    struct search_plan *plan = r->plan;
    for (size_t i = 0; i < plan->n_metrics; i++) {
        if (plan->metrics[i].rule == m) {
            return i;
        }
    }
    const struct field_path *rows = m->rows ? m->rows : base;
    struct plan_metric p = {
        .rule = m,
        .value = row_view(rows, m->value),
        .from = row_view(rows, m->from),
        .to = row_view(rows, m->to),
        .at = row_view(rows, m->at),
    };
    size_t *sum = ARENA_ARRAY(r->a, m->n_sum + 1, size_t);
    struct row_view *where = ARENA_ARRAY(r->a, m->n_where + 1, struct row_view);
    for (size_t i = 0; i < m->n_sum; i++) {
        sum[i] = add_metric(r, metric_rule(r->rule, m->sum[i]), base); /* these add nothing up */
    }
    for (size_t i = 0; i < m->n_where; i++) {
        where[i] = row_view(rows, m->where[i].dimension->field);
    }
    p.sum = sum;
    p.where = where;
    plan->metrics[plan->n_metrics] = p;
    return plan->n_metrics++;
}

/* The metric that a body names; false: a finding. */
static bool metric_named(struct search_reader *r, struct json at, size_t *out)
{
    const struct search_rule *rule = r->rule;
    struct str word = json_str_or(at, STR(""));
    const struct search_metric *m = metric_rule(rule, word);
    if (m) {
        *out = add_metric(r, m, rule->rows);
        return true;
    }
    struct str *known = ARENA_ARRAY(r->a, rule->n_metrics + 1, struct str);
    struct buf all;
    buf_init(&all, r->a);
    for (size_t i = 0; i < rule->n_metrics; i++) {
        known[i] = rule->metrics[i].name;
        buf_put(&all, i ? STR(", ") : STR(""));
        buf_put(&all, known[i]);
    }
    size_t near = str_nearest(word, known, rule->n_metrics);
    bool is_near = near < rule->n_metrics;
    return search_bad(r, at, "Q603", "query.metric", buf_str(&all),
                      "there is no metric \"%.*s\"%s%.*s%s", STR_ARG(str_slice(word, 0, 60)),
                      is_near ? "; did you mean \"" : "", STR_ARG(is_near ? known[near] : STR("")),
                      is_near ? "\"?" : "");
}

void search_plan_metrics(struct search_reader *r, const struct field_path *rows)
{
    r->plan->metrics = ARENA_ARRAY(r->a, r->rule->n_metrics + 1, struct plan_metric);
    for (size_t i = 0; i < r->rule->n_metrics; i++) {
        add_metric(r, &r->rule->metrics[i], rows);
    }
}

static bool add_output(struct search_reader *r, struct json at, struct plan_output output)
{
    struct search_plan *plan = r->plan;
    for (size_t i = 0; i < plan->n_outputs; i++) {
        bool is_same = plan->outputs[i].is_view == output.is_view;
        if (is_same && str_eq(plan->outputs[i].name, output.name)) {
            return true; /* asked for twice */
        }
    }
    if (plan->n_outputs == OUTPUTS_MAX) {
        return search_bad(r, at, "Q605", "query.limit", STR(""),
                          "at most %d metrics and views can be asked for", OUTPUTS_MAX);
    }
    plan->outputs[plan->n_outputs++] = output;
    return true;
}

static bool read_metrics(struct search_reader *r)
{
    struct json list = place(r, r->rule->metrics_in);
    for (struct json v = first_of(list); json_exists(v); v = next_of(list, v)) {
        struct plan_output output = {0};
        if (!metric_named(r, v, &output.metric)) {
            return false;
        }
        output.name = json_str(v);
        if (!add_output(r, v, output)) {
            return false;
        }
    }
    return true;
}

/* A view counts the samples of a metric that lie within a range. */
static bool read_views(struct search_reader *r)
{
    struct json list = place(r, r->rule->views);
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct plan_output output = {.is_view = true};
        struct json range = r->rule->view_range ? field_find(r->rule->view_range, v) : v;
        struct json metric = r->rule->view_metric ? field_find(r->rule->view_metric, v) : v;
        output.name = r->rule->view_name ? row_text(field_find(r->rule->view_name, v)) : STR("");
        if (!output.name.len) {
            return search_bad(r, v, "Q604", "query.view", STR("a name"), "a view has a name");
        }
        if (!metric_named(r, json_exists(metric) ? metric : v, &output.metric) ||
            !search_read_range(r, json_exists(range) ? range : v, &output.low, &output.high) ||
            !add_output(r, v, output)) {
            return false;
        }
    }
    return true;
}

/* The cells of the interval: one, or as many as there are periods in it. */
static bool read_cells(struct search_reader *r)
{
    struct search_plan *plan = r->plan;
    struct json v = place(r, r->rule->granularity);
    struct period p = {0};
    size_t max = (size_t)r->rule->cells_max, cap = 1, n = 0;
    if (json_exists(v) && !period_parse(&p, json_str_or(v, STR("")))) {
        return search_bad(r, v, "Q606", "query.granularity", STR("a duration as PT30M or P1D"),
                          "this is no duration in ISO 8601");
    }
    int64_t *starts = ARENA_ARRAY(r->a, cap + 1, int64_t), at = plan->interval.from_us;
    bool is_one = p.us == 0 && p.days == 0 && p.months == 0;
    while (at < plan->interval.to_us) {
        if (n == max) {
            return search_bad(r, v, "Q605", "query.limit.cells", STR(""),
                              "the interval has more than %zu of these", max);
        }
        if (n == cap) {
            int64_t *more = ARENA_ARRAY(r->a, 2 * cap + 1, int64_t);
            for (size_t i = 0; i < n; i++) {
                more[i] = starts[i];
            }
            starts = more;
            cap *= 2;
        }
        starts[n++] = at;
        if (is_one || !period_after(&at, plan->interval.from_us, p, (int64_t)n, &plan->zone)) {
            break;
        }
    }
    starts[n] = plan->interval.to_us;
    plan->starts = starts;
    plan->n_cells = n;
    return true;
}

/* Ranking: by a metric that is asked for, the first if none is named. */
static bool read_rank(struct search_reader *r)
{
    const struct search_rule *rule = r->rule;
    struct search_plan *plan = r->plan;
    struct json kind = place(r, rule->rank), metric = place(r, rule->rank_metric),
                limit = place(r, rule->rank_limit);
    struct str word = json_str_or(kind, STR("")), name = json_str_or(metric, STR(""));
    plan->rank = word.len == 0                     ? 0
                 : str_eq(word, rule->rank_top)    ? 1
                 : str_eq(word, rule->rank_bottom) ? -1
                                                   : 0;
    plan->rank_limit = rule->rank_limit_default;
    if (json_exists(limit) && (!json_i64(limit, &plan->rank_limit) || plan->rank_limit < 1)) {
        return search_bad(r, limit, "Q604", "query.rank", STR("a number of groups"),
                          "this is no number of groups");
    }
    for (size_t i = 0; json_exists(metric) && i < plan->n_outputs; i++) {
        if (!plan->outputs[i].is_view && str_eq(plan->outputs[i].name, name)) {
            plan->rank_output = i;
            return true;
        }
    }
    return !json_exists(metric) || search_bad(r, metric, "Q603", "query.rank", STR(""),
                                              "groups are ranked by a metric that is asked for");
}

bool search_read_groups(struct search_reader *r)
{
    struct search_plan *plan = r->plan;
    struct json time = place(r, r->rule->time_kind);
    if (!plan->has_interval) {
        return search_bad(r, (struct json){0}, "Q601", "query.interval",
                          STR("start/end in ISO 8601"), "there is no interval");
    }
    plan->metrics = ARENA_ARRAY(r->a, r->rule->n_metrics + 1, struct plan_metric);
    plan->outputs = ARENA_ARRAY(r->a, OUTPUTS_MAX, struct plan_output);
    plan->is_flat = json_is_true(place(r, r->rule->flatten));
    plan->is_time_of_entity =
        r->rule->time_of_row.len && str_eq(json_str_or(time, STR("")), r->rule->time_of_row);
    return read_group_by(r) && read_metrics(r) && read_views(r) && read_cells(r) && read_rank(r);
}
