/* Filters of searches: reading the trees that bodies hold, and asking rows. */
#include "model/search_int.h"

enum { FILTER_NODES_MAX = 1000 };

struct filter_node *search_new_node(struct search_reader *r, struct json at, enum filter_kind kind)
{
    if (r->nodes++ == FILTER_NODES_MAX) {
        search_bad(r, at, "Q605", "query.limit", STR(""), "a filter has at most %d parts",
                   FILTER_NODES_MAX);
        return NULL;
    }
    struct filter_node *n = ARENA_NEW(r->a, struct filter_node);
    n->kind = kind;
    return n;
}

static struct json word_of(struct json v, struct str word)
{
    struct json found = word.len ? json_get(v, word) : (struct json){0};
    return json_kind(found) != JSON_NULL ? found : (struct json){0};
}

bool search_read_range(struct search_reader *r, struct json range, struct filter_bound *low,
                       struct filter_bound *high)
{
    const struct search_words *w = &r->rule->words;
    const struct {
        struct str word;
        struct filter_bound *to;
        bool is_open;
    } all[] = {
        {w->gt, low, true}, {w->gte, low, false}, {w->lt, high, true}, {w->lte, high, false}};
    bool is_bound = false;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct json v = word_of(range, all[i].word);
        struct str text = row_text(v);
        if (json_exists(v) && !text.s) {
            return search_bad(r, v, "Q604", "query.filter", STR("a number or a text"),
                              "a range ends at a number or a text");
        }
        if (text.s) {
            *all[i].to = (struct filter_bound){text, all[i].is_open};
            is_bound = true;
        }
    }
    return is_bound || search_bad(r, range, "Q604", "query.filter", STR("a bound"),
                                  "a range has no end of any kind");
}

/* What a predicate does with its dimension. */
static bool read_test(struct search_reader *r, struct filter_node *n, struct json predicate)
{
    const struct search_words *w = &r->rule->words;
    struct json op = word_of(predicate, w->operator), value = word_of(predicate, w->value),
                range = word_of(predicate, w->range);
    struct str word = json_exists(op) ? json_str_or(op, STR("")) : w->matches;
    if (w->exists.len && str_eq(word, w->exists)) {
        n->kind = FILTER_EXISTS;
        return true;
    }
    if (w->absent.len && str_eq(word, w->absent)) {
        n->kind = FILTER_ABSENT;
        return true;
    }
    if (!str_eq(word, w->matches)) {
        return search_bad(r, op, "Q604", "query.filter", w->matches, "there is no such operator");
    }
    if (json_exists(range)) {
        n->kind = FILTER_RANGE;
        return search_read_range(r, range, &n->low, &n->high);
    }
    n->value = row_text(value);
    return n->value.s != NULL || search_bad(r, predicate, "Q604", "query.filter", STR("a value"),
                                            "this has no value to be compared with");
}

static const struct filter_node *read_predicate(struct search_reader *r, struct json v,
                                                const struct field_path *rows)
{
    const struct search_words *w = &r->rule->words;
    struct json dimension = word_of(v, w->dimension), metric = word_of(v, w->metric);
    struct filter_node *n = search_new_node(r, v, FILTER_MATCH);
    if (!n) {
        return NULL;
    }
    if (!json_exists(dimension)) {
        search_bad(r, json_exists(metric) ? metric : v, "Q604", "query.filter", STR("a dimension"),
                   json_exists(metric) ? "filters by a metric are not known here"
                                       : "this names no dimension");
        return NULL;
    }
    const struct search_dimension *d = search_dimension_named(r, dimension);
    if (!d) {
        return NULL;
    }
    n->view = row_view(rows, d->field);
    return read_test(r, n, v) ? n : NULL;
}

static const struct filter_node *read_node(struct search_reader *r, struct json v,
                                           const struct field_path *rows);

/* The items of `list` as children of `n`; false: a finding. */
static bool add_children(struct search_reader *r, struct filter_node *n, struct json list,
                         const struct field_path *rows)
{
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        const struct filter_node *child = read_node(r, m, rows);
        if (!child) {
            return false;
        }
        n->children[n->n++] = child;
    }
    return true;
}

/* A tree, or a predicate where it names no list of further parts. */
static const struct filter_node *read_node(struct search_reader *r, struct json v,
                                           const struct field_path *rows)
{
    const struct search_words *w = &r->rule->words;
    struct json clauses = word_of(v, w->clauses), predicates = word_of(v, w->predicates),
                type = word_of(v, w->type);
    if (json_kind(v) != JSON_OBJECT) {
        search_bad(r, v, "Q604", "query.filter", STR("an object"), "this is no filter");
        return NULL;
    }
    if (!json_exists(clauses) && !json_exists(predicates)) {
        return read_predicate(r, v, rows);
    }
    bool is_or = w->or_word.len && str_eq(json_str_or(type, STR("")), w->or_word);
    struct filter_node *n = search_new_node(r, v, is_or ? FILTER_OR : FILTER_AND);
    if (!n) {
        return NULL;
    }
    n->children = ARENA_ARRAY(r->a, json_count(clauses) + json_count(predicates) + 1,
                              const struct filter_node *);
    bool is_read = add_children(r, n, clauses, rows) && add_children(r, n, predicates, rows);
    return is_read ? n : NULL;
}

/* A plain value that a dimension must have. */
static bool read_equal(struct search_reader *r, const struct search_filter *rule, struct json v,
                       const struct field_path *rows, struct plan_filter *out)
{
    struct filter_node *n = search_new_node(r, v, FILTER_MATCH);
    for (size_t i = 0; n && i < r->rule->n_dimensions; i++) {
        if (str_eq(r->rule->dimensions[i].name, rule->equals)) {
            n->view = row_view(rows, r->rule->dimensions[i].field);
        }
    }
    if (!n) {
        return false;
    }
    n->value = row_text(v);
    out->root = n;
    return n->value.s != NULL || search_bad(r, v, "Q604", "query.filter", STR("a text"),
                                            "this is no value to be compared with");
}

/* What stands at one place of the body: a filter, or a list of those that must all hold. */
static bool read_place(struct search_reader *r, const struct search_filter *rule,
                       struct plan_filter *out)
{
    struct json v = rule->in ? field_find(rule->in, r->body) : (struct json){0};
    const struct field_path *rows = rule->rows ? rule->rows : r->rule->rows;
    bool is_empty = rule->text_is.len && str_eq(json_str_or(v, STR("x")), STR(""));
    if (!json_exists(v) || json_kind(v) == JSON_NULL || is_empty) {
        return true;
    }
    out->rows = rule->rows;
    if (rule->text_is.len) {
        out->root = search_read_text(r, v, rule, rows);
        return out->root != NULL;
    }
    if (rule->equals.len) {
        return read_equal(r, rule, v, rows, out);
    }
    if (json_kind(v) != JSON_ARRAY) {
        out->root = read_node(r, v, rows);
        return out->root != NULL;
    }
    struct filter_node *all = search_new_node(r, v, FILTER_AND);
    if (!all) {
        return false;
    }
    all->children = ARENA_ARRAY(r->a, json_count(v) + 1, const struct filter_node *);
    out->root = all;
    return add_children(r, all, v, rows);
}

bool search_read_filters(struct search_reader *r)
{
    struct plan_filter *at = ARENA_ARRAY(r->a, r->rule->n_filters + 1, struct plan_filter);
    r->plan->filters = at;
    for (size_t i = 0; i < r->rule->n_filters; i++) {
        struct plan_filter *f = &at[r->plan->n_filters];
        if (!read_place(r, &r->rule->filters[i], f)) {
            return false;
        }
        r->plan->n_filters += f->root != NULL;
    }
    return true;
}

/* <0, 0, >0: as numbers where both are, as times where both are, else as texts. */
static int compare(struct str a, struct str b)
{
    double x = 0, y = 0;
    int64_t s = 0, t = 0;
    if (num_parse_double(&x, a) && num_parse_double(&y, b)) {
        return (x > y) - (x < y);
    }
    if (date_parse(&s, a) && date_parse(&t, b)) {
        return (s > t) - (s < t);
    }
    return str_cmp(a, b);
}

bool bounds_hold(const struct filter_bound *low, const struct filter_bound *high, struct str text)
{
    int from = low->text.s ? compare(text, low->text) : 1;
    int to = high->text.s ? compare(text, high->text) : -1;
    return from >= (low->is_open ? 1 : 0) && to <= (high->is_open ? -1 : 0);
}

struct asked {
    const struct filter_node *node;
    bool is_there, is_found;
};

static void ask(struct json value, void *ctx)
{
    struct asked *a = ctx;
    struct str text = row_text(value);
    if (!text.s) { /* lists and objects are there, and equal nothing */
        a->is_there = a->is_there || json_kind(value) != JSON_NULL;
        for (struct json v = json_first(value); json_exists(v); v = json_next(v)) {
            if (json_kind(value) == JSON_ARRAY && row_text(v).s) {
                ask(v, ctx);
            }
        }
        return;
    }
    a->is_there = true;
    a->is_found = a->is_found || (a->node->kind == FILTER_MATCH
                                      ? str_eq(text, a->node->value)
                                      : bounds_hold(&a->node->low, &a->node->high, text));
}

bool filter_holds(const struct filter_node *node, const struct row *row)
{
    struct asked asked = {.node = node};
    bool is_or = node->kind == FILTER_OR;
    switch (node->kind) {
    case FILTER_AND:
    case FILTER_OR:
        for (size_t i = 0; i < node->n; i++) {
            if (filter_holds(node->children[i], row) == is_or) {
                return is_or;
            }
        }
        return !is_or || node->n == 0;
    case FILTER_MATCH:
    case FILTER_RANGE:
        row_values(row, &node->view, ask, &asked);
        return asked.is_found;
    case FILTER_EXISTS:
    case FILTER_ABSENT:
        row_values(row, &node->view, ask, &asked);
        return asked.is_there == (node->kind == FILTER_EXISTS);
    }
    unreachable();
}

static bool is_other(struct row *row, void *ctx)
{
    const struct filter_node *root = ctx;
    return !filter_holds(root, row);
}

bool filters_hold_of_entity(const struct search_plan *plan, struct row *row)
{
    for (size_t i = 0; i < plan->n_filters; i++) {
        const struct plan_filter *f = &plan->filters[i];
        if (f->rows &&
            rows_each(f->rows, 0, row, is_other, (struct filter_node *)(uintptr_t)f->root)) {
            return false; /* none of the rows was the one */
        }
    }
    return true;
}

bool filters_hold_of_row(const struct search_plan *plan, const struct row *row)
{
    for (size_t i = 0; i < plan->n_filters; i++) {
        if (!plan->filters[i].rows && !filter_holds(plan->filters[i].root, row)) {
            return false;
        }
    }
    return true;
}
