/* Aggregates: samples of metrics, taken row by row, into cells by group and part of the interval. */
#include "model/search_int.h"

#include <stdlib.h>

enum { KEYS_OF_ROW_MAX = 256 };

struct stats {
    int64_t count;
    double sum, min, max;
};

struct cell {
    size_t id[2];  /* its key: the group's place, and … */
    size_t number; /* … which part of the interval it is */
    struct cell *next;
    struct stats stats[]; /* by output */
};

struct group {
    size_t place;
    struct str *values; /* by dimension; s NULL: the row has none */
    struct cell *cells; /* newest first while counting, then by number */
    size_t n_cells;
    struct stats ranked; /* of the ranking's output, all cells together */
};

struct count {
    const struct search_plan *plan;
    struct arena *a;       /* groups and cells */
    struct arena *scratch; /* the entity at hand */
    struct map by_key, by_cell;
    struct group **groups;
    size_t n_groups, cap_groups;
    size_t n_cells;
    bool is_full;

    /* of the row at hand */
    const struct row *row;
    int64_t entity_us;
    bool has_entity_time;
    struct group **own; /* its groups, once a sample asked for them */
    size_t n_own;
    struct sampler sampler;
};

/* Texts of one dimension. */
struct texts_of {
    struct arena *a;
    struct str *at;
    size_t n, cap;
};

static void add_text(struct json value, void *ctx)
{
    struct texts_of *t = ctx;
    if (json_kind(value) == JSON_ARRAY) {
        for (struct json v = json_first(value); json_exists(v); v = json_next(v)) {
            if (row_text(v).s) {
                add_text(v, ctx);
            }
        }
        return;
    }
    struct str text = row_text(value);
    for (size_t i = 0; i < t->n; i++) {
        if (str_eq(t->at[i], text)) {
            return;
        }
    }
    if (!text.s || t->n == KEYS_OF_ROW_MAX) {
        return;
    }
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 4;
        struct str *more = ARENA_ARRAY(t->a, cap, struct str);
        for (size_t i = 0; i < t->n; i++) {
            more[i] = t->at[i];
        }
        t->at = more;
        t->cap = cap;
    }
    t->at[t->n++] = text;
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* "a,b,c", in one order whatever the rows'. */
static void flatten(struct texts_of *t)
{
    struct buf joined;
    if (t->n < 2) {
        return;
    }
    qsort(t->at, t->n, sizeof *t->at, by_text);
    buf_init(&joined, t->a);
    for (size_t i = 0; i < t->n; i++) {
        buf_put(&joined, i ? STR(",") : STR(""));
        buf_put(&joined, t->at[i]);
    }
    t->at[0] = buf_str(&joined);
    t->n = 1;
}

static struct group *group_of(struct count *c, const struct str *values)
{
    size_t n = c->plan->n_groups;
    struct buf key;
    buf_init(&key, c->scratch);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&key, "%zu%c", values[i].len, values[i].s ? ':' : '-');
        buf_put(&key, values[i]);
    }
    struct group *g = map_get(&c->by_key, buf_str(&key));
    if (g) {
        return g;
    }
    g = ARENA_NEW(c->a, struct group);
    g->values = ARENA_ARRAY(c->a, n + 1, struct str);
    for (size_t i = 0; i < n; i++) {
        g->values[i] = values[i].s ? str_copy(c->a, values[i]) : (struct str){0};
    }
    if (c->n_groups == c->cap_groups) {
        c->cap_groups = c->cap_groups ? 2 * c->cap_groups : 16;
        struct group **more = ARENA_ARRAY(c->a, c->cap_groups, struct group *);
        for (size_t i = 0; i < c->n_groups; i++) {
            more[i] = c->groups[i];
        }
        c->groups = more;
    }
    g->place = c->n_groups;
    c->groups[c->n_groups++] = g;
    map_put(&c->by_key, str_copy(c->a, buf_str(&key)), g);
    return g;
}

/* The groups that the row at hand belongs to: one for each combination of its values. */
static void find_own_groups(struct count *c)
{
    const struct search_plan *p = c->plan;
    struct texts_of *texts = ARENA_ARRAY(c->scratch, p->n_groups + 1, struct texts_of);
    struct str *values = ARENA_ARRAY(c->scratch, p->n_groups + 1, struct str);
    size_t all = 1;
    for (size_t i = 0; i < p->n_groups; i++) {
        texts[i].a = c->scratch;
        row_values(c->row, &p->group_views[i], add_text, &texts[i]);
        if (p->is_flat) {
            flatten(&texts[i]);
        }
        size_t n = texts[i].n ? texts[i].n : 1;
        all = all * n > KEYS_OF_ROW_MAX ? KEYS_OF_ROW_MAX : all * n;
    }
    c->own = ARENA_ARRAY(c->scratch, all, struct group *);
    c->n_own = 0;
    for (size_t k = 0; k < all; k++) {
        size_t rest = k;
        for (size_t i = 0; i < p->n_groups; i++) {
            size_t n = texts[i].n;
            values[i] = n ? texts[i].at[rest % n] : (struct str){0};
            rest /= n ? n : 1;
        }
        c->own[c->n_own++] = group_of(c, values);
    }
}

/* The part of the interval that a time is in; n_cells if in none. */
static size_t cell_number(const struct search_plan *p, int64_t at_us)
{
    size_t low = 0, high = p->n_cells;
    if (at_us < p->interval.from_us || at_us >= p->interval.to_us) {
        return p->n_cells;
    }
    while (low + 1 < high) { /* starts[low] <= at < starts[high] */
        size_t middle = low + (high - low) / 2;
        if (p->starts[middle] <= at_us) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct cell *cell_of(struct count *c, struct group *g, size_t number)
{
    size_t id[2] = {g->place, number};
    struct cell *cell = map_get(&c->by_cell, (struct str){(const char *)id, sizeof id});
    if (cell) {
        return cell;
    }
    if (c->n_cells == (size_t)c->plan->rule->cells_max) {
        c->is_full = true;
        return NULL;
    }
    size_t bytes = sizeof(struct cell) + c->plan->n_outputs * sizeof(struct stats);
    cell = arena_alloc(c->a, 1, bytes, _Alignof(struct cell));
    cell->id[0] = g->place;
    cell->id[1] = cell->number = number;
    map_put(&c->by_cell, (struct str){(const char *)cell->id, sizeof cell->id}, cell);
    cell->next = g->cells;
    g->cells = cell;
    g->n_cells++;
    c->n_cells++;
    return cell;
}

static void add(struct stats *s, double value)
{
    s->min = s->count == 0 || value < s->min ? value : s->min;
    s->max = s->count == 0 || value > s->max ? value : s->max;
    s->sum += value;
    s->count++;
}

/* A number as text, for the bounds of views. */
static struct str number_text(struct arena *a, double value)
{
    struct buf b;
    buf_init(&b, a);
    buf_printf(&b, "%.17g", value);
    return buf_str(&b);
}

/* One sample of metric `m` into the cells of the row's groups. */
static void emit(struct count *c, size_t m, const struct sample *s)
{
    const struct search_plan *p = c->plan;
    const struct search_metric *rule = p->metrics[m].rule;
    bool is_own = s->has_time && !p->is_time_of_entity;
    size_t number = is_own               ? cell_number(p, s->at_us)
                    : c->has_entity_time ? cell_number(p, c->entity_us)
                                         : p->n_cells;
    if (number == p->n_cells || !sample_counts(rule, s)) {
        return;
    }
    if (!c->own) {
        find_own_groups(c);
    }
    struct str text = {0};
    for (size_t i = 0; i < p->n_outputs; i++) {
        const struct plan_output *o = &p->outputs[i];
        if (o->metric != m) {
            continue;
        }
        if (o->is_view) {
            text = text.s ? text : number_text(c->scratch, s->value);
            if (!bounds_hold(&o->low, &o->high, text)) {
                continue;
            }
        }
        for (size_t k = 0; k < c->n_own; k++) {
            struct cell *cell = cell_of(c, c->own[k], number);
            if (cell) {
                add(&cell->stats[i], s->value);
            }
            if (cell && p->rank && i == p->rank_output) {
                add(&c->own[k]->ranked, s->value);
            }
        }
    }
}

static void emit_item(size_t metric, const struct sample *s, void *ctx)
{
    emit(ctx, metric, s);
}

static bool count_row(struct row *row, void *ctx)
{
    struct count *c = ctx;
    const struct search_plan *p = c->plan;
    if (!filters_hold_of_row(p, row)) {
        return true;
    }
    c->row = row;
    c->own = NULL;
    sample_row(&c->sampler, row);
    for (size_t i = 0; i < p->n_metrics; i++) {
        if (c->sampler.samples[i].is_there) {
            emit(c, i, &c->sampler.samples[i]);
        }
    }
    return !c->is_full;
}

static int by_number(const void *a, const void *b)
{
    const struct cell *x = *(struct cell *const *)a, *y = *(struct cell *const *)b;
    return (x->number > y->number) - (x->number < y->number);
}

/* Of two groups, by their values; one without comes first. */
static int compare_groups(const struct group *x, const struct group *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_x = x->values[i].s != NULL, is_y = y->values[i].s != NULL;
        int c = is_x && is_y ? str_cmp(x->values[i], y->values[i]) : is_x - is_y;
        if (c) {
            return c;
        }
    }
    return 0;
}

static int by_rank(const void *a, const void *b, void *ctx)
{
    const struct search_plan *p = ctx;
    const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;
    if (p->rank) {
        bool is_count = p->metrics[p->outputs[p->rank_output].metric].rule->has_count_only;
        double v = is_count ? (double)x->ranked.count : x->ranked.sum;
        double w = is_count ? (double)y->ranked.count : y->ranked.sum;
        int c = (v < w) - (v > w);
        if (c) {
            return c * p->rank;
        }
    }
    return compare_groups(x, y, p->n_groups);
}

static void put_number(struct buf *out, const char *name, double v)
{
    buf_printf(out, ",\"%s\":", name);
    sample_put_number(out, v);
}

static void put_stats(struct buf *out, const struct search_plan *p, const struct plan_output *o,
                      const struct stats *s)
{
    buf_put(out, STR("{\"name\":"));
    buf_put_json_string(out, o->name);
    buf_put(out, STR(",\"count\":"));
    buf_put_i64(out, s->count);
    if (!p->metrics[o->metric].rule->has_count_only) {
        put_number(out, "min", s->min);
        put_number(out, "max", s->max);
        put_number(out, "sum", s->sum);
        if (!p->rule->granularity) {
            put_number(out, "mean", s->sum / (double)s->count);
        }
    }
    buf_put_char(out, '}');
}

static void put_outputs(struct buf *out, const struct search_plan *p, const struct cell *cell,
                        bool views)
{
    bool is_first = true;
    buf_put_char(out, '[');
    for (size_t i = 0; i < p->n_outputs; i++) {
        const struct plan_output *o = &p->outputs[i];
        if (o->is_view != views || cell->stats[i].count == 0) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        put_stats(out, p, o, &cell->stats[i]);
    }
    buf_put_char(out, ']');
}

static void put_cell(struct buf *out, const struct search_plan *p, const struct cell *cell)
{
    buf_put(out, STR("{\"interval\":\""));
    date_put(out, p->starts[cell->number], 3);
    buf_put_char(out, '/');
    date_put(out, p->starts[cell->number + 1], 3);
    buf_put(out, STR("\",\"metrics\":"));
    put_outputs(out, p, cell, false);
    buf_put(out, STR(",\"views\":"));
    put_outputs(out, p, cell, true);
    buf_put_char(out, '}');
}

static void put_group(struct buf *out, struct count *c, const struct group *g)
{
    const struct search_plan *p = c->plan;
    struct cell **cells = ARENA_ARRAY(c->a, g->n_cells + 1, struct cell *);
    size_t n = 0;
    bool is_first = true;
    for (struct cell *cell = g->cells; cell; cell = cell->next) {
        cells[n++] = cell;
    }
    qsort(cells, n, sizeof(struct cell *), by_number);
    buf_put(out, STR("{\"key\":{"));
    for (size_t i = 0; i < p->n_groups; i++) {
        if (!g->values[i].s) {
            continue;
        }
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        buf_put_json_string(out, p->group_by[i]->name);
        buf_put_char(out, ':');
        buf_put_json_string(out, g->values[i]);
    }
    buf_put(out, STR("},\"cells\":["));
    for (size_t i = 0; i < n; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        put_cell(out, p, cells[i]);
    }
    buf_put_char(out, ']');
    if (!p->rule->granularity && n) { /* one part, so what is in it is the group's */
        buf_put(out, STR(",\"metrics\":"));
        put_outputs(out, p, cells[0], false);
    }
    buf_put_char(out, '}');
}

static void count_entity(struct count *c, const struct entity *e)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    struct row row = {0};
    struct arena_mark mark = arena_mark(c->scratch);
    if (json_parse(&doc, c->scratch, STR(""), e->text, NULL, NULL, &err)) {
        row.at[0] = json_root(doc);
        c->has_entity_time = row_time(&row, &c->plan->time, &c->entity_us);
        if (filters_hold_of_entity(c->plan, &row)) {
            rows_each(c->plan->rule->rows, 0, &row, count_row, c);
        }
    }
    arena_release(c->scratch, mark);
}

bool search_groups(struct buf *out, const struct search_plan *plan, const struct tenant *t,
                   int64_t now_us, struct findings *fs)
{
    struct arena a, scratch;
    const struct entity *const *all = NULL;
    const struct template_query everything = {.resource = plan->rule->resource};
    arena_init(&a, 0, 0);
    arena_init(&scratch, 0, 0);
    struct count c = {.plan = plan, .a = &a, .scratch = &scratch};
    c.sampler = (struct sampler){
        .plan = plan,
        .base = plan->rule->rows,
        .samples = ARENA_ARRAY(&a, plan->n_metrics + 1, struct sample),
        .item = emit_item,
        .ctx = &c,
    };
    size_t n = tenant_select(&all, &a, t, &everything, NULL, now_us);
    for (size_t i = 0; i < n && !c.is_full; i++) {
        count_entity(&c, all[i]);
    }
    if (c.is_full) {
        struct finding f = {.rule = STR("Q605"),
                            .severity = SEVERITY_ERROR,
                            .case_name = STR("query.limit.cells"),
                            .item = SIZE_MAX};
        f.message = findings_text(fs, "the answer has more than %lld groups and parts of them",
                                  (long long)plan->rule->cells_max);
        findings_add(fs, &f);
    } else {
        if (c.n_groups) {
            qsort_r(c.groups, c.n_groups, sizeof(struct group *), by_rank, (void *)(uintptr_t)plan);
        }
        size_t show = plan->rank && (size_t)plan->rank_limit < c.n_groups ? (size_t)plan->rank_limit
                                                                          : c.n_groups;
        buf_put(out, STR("{\"groups\":["));
        for (size_t i = 0; i < show; i++) {
            buf_put(out, i ? STR(",") : STR(""));
            put_group(out, &c, c.groups[i]);
        }
        buf_put(out, STR("]}"));
    }
    map_done(&c.by_cell);
    map_done(&c.by_key);
    arena_done(&scratch);
    arena_done(&a);
    return !c.is_full;
}
