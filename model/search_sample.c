/* Samples: what each metric measures in one row, and entities shown with what was measured in their
 * rows. */
#include "model/search_int.h"

static bool is_where(const struct plan_metric *m, const struct row *row)
{
    for (size_t i = 0; i < m->rule->n_where; i++) {
        const struct search_where *w = &m->rule->where[i];
        struct str text = row_text(row_value(row, &m->where[i]));
        size_t k = 0;
        while (k < w->n && !(text.s && str_eq(w->values[k], text))) {
            k++;
        }
        if (k == w->n) {
            return false;
        }
    }
    return true;
}

/* Adds a part to a sample: it stands at the time of its last part. */
static void join(struct sample *all, const struct sample *s)
{
    all->is_there = true;
    all->value += s->value;
    if (s->has_time && (!all->has_time || s->at_us > all->at_us)) {
        all->at_us = s->at_us;
        all->has_time = true;
    }
}

/* What one of a metric's rows adds to its sample. */
static bool take(struct row *row, void *ctx)
{
    struct sampler *r = ctx;
    const struct plan_metric *m = &r->plan->metrics[r->metric];
    struct sample s = {.is_there = true, .value = 1}, *all = &r->samples[r->metric];
    int64_t from = 0, to = 0;
    if (!is_where(m, row)) {
        return true;
    }
    if (m->rule->from) {
        if (!row_time(row, &m->from, &from) || !row_time(row, &m->to, &to)) {
            return true; /* not over yet */
        }
        s.value = (double)(to - from) / (double)US_PER_MS;
    } else if (m->rule->value) {
        struct json v = row_value(row, &m->value);
        if (json_kind(v) != JSON_NUMBER) {
            return true;
        }
        s.value = json_double(v);
    }
    s.has_time = row_time(row, &m->at, &s.at_us);
    if (m->rule->is_each_item) {
        r->item(r->metric, &s, r->ctx);
        return true;
    }
    join(all, &s);
    if (!m->rule->from && !m->rule->value) {
        all->value = 1; /* it counts the row, however many parts are there */
    }
    return true;
}

void sample_row(struct sampler *r, struct row *row)
{
    const struct search_plan *p = r->plan;
    for (size_t i = 0; i < p->n_metrics; i++) {
        const struct plan_metric *m = &p->metrics[i];
        r->metric = i;
        r->samples[i] = (struct sample){0};
        for (size_t k = 0; k < m->rule->n_sum; k++) {
            if (r->samples[m->sum[k]].is_there) {
                join(&r->samples[i], &r->samples[m->sum[k]]);
            }
        }
        if (m->rule->n_sum == 0) {
            rows_each(m->rule->rows ? m->rule->rows : r->base, r->base ? r->base->n : 0, row, take,
                      r);
        }
    }
}

bool sample_counts(const struct search_metric *m, const struct sample *s)
{
    return m->above == INT64_MIN || s->value > (double)m->above;
}

void sample_put_number(struct buf *out, double v)
{
    const double exact = 9007199254740992.0;
    bool is_small = v > -exact && v < exact;
    double whole = is_small ? (double)(int64_t)v : 0;
    if (is_small && !(v < whole) && !(v > whole)) {
        buf_put_i64(out, (int64_t)v);
    } else {
        buf_printf(out, "%.17g", v);
    }
}

/* An entity on its way out, with what was measured in its rows. */
struct measured {
    struct sampler sampler;
    struct buf *out;
    struct row row;
    bool is_first;
};

static void put_sample(size_t metric, const struct sample *s, void *ctx)
{
    struct measured *m = ctx;
    const struct search_metric *rule = m->sampler.plan->metrics[metric].rule;
    struct buf *out = m->out;
    if (!sample_counts(rule, s)) {
        return;
    }
    buf_put(out, m->is_first ? STR("{\"name\":") : STR(",{\"name\":"));
    m->is_first = false;
    buf_put_json_string(out, rule->name);
    buf_put(out, STR(",\"value\":"));
    sample_put_number(out, rule->above == INT64_MIN ? s->value : 1);
    if (s->has_time) {
        buf_put(out, STR(",\"at\":\""));
        date_put(out, s->at_us, 3);
        buf_put_char(out, '"');
    }
    buf_put_char(out, '}');
}

static void put_samples(struct measured *m)
{
    const struct search_plan *p = m->sampler.plan;
    buf_put_char(m->out, '[');
    m->is_first = true;
    sample_row(&m->sampler, &m->row);
    for (size_t i = 0; i < p->n_metrics; i++) {
        if (m->sampler.samples[i].is_there) {
            put_sample(i, &m->sampler.samples[i], m);
        }
    }
    buf_put_char(m->out, ']');
}

/* `v`, from which the rows are still to be reached by the path's parts from `part` on. */
static void put_rows(struct measured *m, struct json v, size_t part)
{
    const struct field_path *rows = m->sampler.base;
    bool is_first = true, is_row = part == rows->n;
    struct buf *out = m->out;
    if (part < rows->n && rows->parts[part].len == 0 && json_kind(v) == JSON_ARRAY) {
        buf_put_char(out, '[');
        m->row.depth++;
        for (struct json item = json_first(v); json_exists(item); item = json_next(item)) {
            buf_put(out, is_first ? STR("") : STR(","));
            is_first = false;
            m->row.at[m->row.depth] = item;
            put_rows(m, item, part + 1);
        }
        m->row.depth--;
        buf_put_char(out, ']');
        return;
    }
    if (json_kind(v) != JSON_OBJECT) {
        json_put(out, v);
        return;
    }
    buf_put_char(out, '{');
    for (struct json member = json_first(v); json_exists(member); member = json_next(member)) {
        bool is_way = !is_row && str_eq(json_key(member), rows->parts[part]);
        if (is_row && str_eq(json_key(member), m->sampler.plan->rule->measure_as)) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        buf_put_json_string(out, json_key(member));
        buf_put_char(out, ':');
        if (is_way) {
            put_rows(m, member, part + 1);
        } else {
            json_put(out, member);
        }
    }
    if (is_row) {
        buf_put(out, is_first ? STR("") : STR(","));
        buf_put_json_string(out, m->sampler.plan->rule->measure_as);
        buf_put_char(out, ':');
        put_samples(m);
    }
    buf_put_char(out, '}');
}

void search_put_entity(struct buf *out, const struct search_plan *plan, const struct entity *e)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    struct measured m = {.out = out};
    struct arena a;
    arena_init(&a, 0, 0);
    if (!plan->rule->measure_rows || !json_parse(&doc, &a, STR(""), e->text, NULL, NULL, &err)) {
        buf_put(out, e->text);
        arena_done(&a);
        return;
    }
    m.sampler = (struct sampler){
        .plan = plan,
        .base = plan->rule->measure_rows,
        .samples = ARENA_ARRAY(&a, plan->n_metrics + 1, struct sample),
        .item = put_sample,
        .ctx = &m,
    };
    m.row.at[0] = json_root(doc);
    put_rows(&m, json_root(doc), 0);
    arena_done(&a);
}
