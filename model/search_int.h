/* Searches from the inside. Private to model/search*.c. */
#ifndef REHEARSE_MODEL_SEARCH_INT_H
#define REHEARSE_MODEL_SEARCH_INT_H

#include "model/search.h"

/* A row: the items that lead to it, outermost first; at[0] is the entity. */
struct row {
    struct json at[SEARCH_DEPTH_MAX];
    size_t depth;
};

/* A field as rows see it: they share `depth` lists with it; from there its parts go on. */
struct row_view {
    const struct field_path *field; /* NULL: none */
    size_t depth, part;
};

/* How `field` is seen from the rows at `rows` (NULL: from the entity). */
struct row_view row_view(const struct field_path *rows, const struct field_path *field);
/* Every value that the row has there. */
void row_values(const struct row *row, const struct row_view *view,
                void (*each)(struct json value, void *ctx), void *ctx);
/* The first one; no value if there is none. */
struct json row_value(const struct row *row, const struct row_view *view);
/* The same as a time; false where it is none. */
bool row_time(const struct row *row, const struct row_view *view, int64_t *out_us);
/* A scalar as text: a string's content, a number's literal; s NULL for null and what is none. */
struct str row_text(struct json value);
/* Walks the rows at `rows` (NULL: `row` itself) that lie within `row`, which stands at the first
 * `from` parts of that path. False from `each` ends it, and comes back. */
bool rows_each(const struct field_path *rows, size_t from, struct row *row,
               bool (*each)(struct row *row, void *ctx), void *ctx);

enum filter_kind {
    FILTER_AND,
    FILTER_OR,
    FILTER_MATCH,
    FILTER_EXISTS,
    FILTER_ABSENT,
    FILTER_RANGE
};

/* A bound of a range; s NULL: none. */
struct filter_bound {
    struct str text;
    bool is_open; /* the bound itself is not in it */
};

struct filter_node {
    enum filter_kind kind;
    const struct filter_node **children;
    size_t n;
    struct row_view view;
    struct str value;
    struct filter_bound low, high;
};

struct plan_filter {
    const struct filter_node *root;
    const struct field_path *rows; /* NULL: of each row of the search; else of one of these */
};

struct plan_metric {
    const struct search_metric *rule;
    struct row_view value, from, to, at;
    const struct row_view *where; /* as rule->where */
    const size_t *sum;            /* places of the metrics that it adds up */
};

/* What is counted and shown: a metric, or a metric's samples within a range. */
struct plan_output {
    size_t metric;
    struct str name;
    bool is_view;
    struct filter_bound low, high;
};

struct search_plan {
    const struct search_rule *rule;
    struct interval interval;
    bool has_interval;
    struct zone zone;
    struct row_view time, until; /* of the entity */
    const struct plan_filter *filters;
    size_t n_filters;

    const struct search_dimension *const *group_by;
    const struct row_view *group_views;
    size_t n_groups;
    struct plan_metric *metrics; /* those asked for, and those that they add up */
    size_t n_metrics;
    struct plan_output *outputs;
    size_t n_outputs;
    int64_t *starts; /* of the cells, and the end */
    size_t n_cells;
    bool is_flat, is_time_of_entity;
    int rank;           /* 1: the highest first, -1: the lowest first, 0: no ranking */
    size_t rank_output; /* by this one */
    int64_t rank_limit;

    const struct search_order *order;
    bool is_descending;
    int64_t size, number;
    bool has_cursor; /* the page begins behind this place */
    int64_t after_us;
    uint64_t after_age, cursor_salt;
};

/* One that matches. */
struct search_found {
    const struct entity *entity;
    int64_t at_us; /* what it is ordered by; ties go by age */
};

struct search_reader {
    struct arena *a;
    const struct search_rule *rule;
    struct search_plan *plan;
    struct json body;
    struct findings *fs;
    size_t nodes; /* of filters so far */
};

/* A finding at `at`; false. `expected` may be "". */
bool search_bad(struct search_reader *r, struct json at, const char *id, const char *case_name,
                struct str expected, const char *format, ...) PRINTF(6, 7);
/* The dimension of that name; NULL: a finding at `at`. */
const struct search_dimension *search_dimension_named(struct search_reader *r, struct json at);
/* The same for a name that stands within the text `at`. */
const struct search_dimension *search_dimension_of(struct search_reader *r, struct json at,
                                                   struct str name);
/* A part of a filter; NULL: too many, a finding at `at`. */
struct filter_node *search_new_node(struct search_reader *r, struct json at, enum filter_kind kind);
/* Reads a filter that is written as a text; NULL: a finding. */
const struct filter_node *search_read_text(struct search_reader *r, struct json at,
                                           const struct search_filter *rule,
                                           const struct field_path *rows);
/* Reads the cursor, where the body has one. */
bool search_read_cursor(struct search_reader *r);
/* All that match, in their order. */
size_t search_find(const struct search_found **out, struct arena *a, const struct search_plan *plan,
                   const struct tenant *t, int64_t now_us);
/* Reads the plan's filters. */
bool search_read_filters(struct search_reader *r);
/* Reads the bounds of a range object; false: a finding. */
bool search_read_range(struct search_reader *r, struct json range, struct filter_bound *low,
                       struct filter_bound *high);
/* Reads what aggregates ask for. */
bool search_read_groups(struct search_reader *r);

/* A metric's sample of a row. */
struct sample {
    bool is_there;
    double value;
    int64_t at_us;
    bool has_time;
};

struct sampler {
    const struct search_plan *plan;
    const struct field_path *base; /* the rows that are sampled; NULL: entities */
    struct sample *samples;        /* by metric of the plan */
    void (*item)(size_t metric, const struct sample *s, void *ctx); /* those of single items */
    void *ctx;
    size_t metric; /* being taken */
};

/* Takes all samples of a row; calls `item` for those of metrics that have one an item. */
void sample_row(struct sampler *r, struct row *row);
/* False where the metric counts only greater ones. */
bool sample_counts(const struct search_metric *m, const struct sample *s);
/* Whole numbers as such, others with all digits. */
void sample_put_number(struct buf *out, double v);
/* Puts all metrics of the rule into the plan. */
void search_plan_metrics(struct search_reader *r, const struct field_path *rows);

bool filter_holds(const struct filter_node *node, const struct row *row);
/* True if all filters hold that are about the entity at row->at[0], not about single rows. */
bool filters_hold_of_entity(const struct search_plan *plan, struct row *row);
bool filters_hold_of_row(const struct search_plan *plan, const struct row *row);
bool bounds_hold(const struct filter_bound *low, const struct filter_bound *high, struct str text);

#endif
