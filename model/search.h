/* Searches that a request's body describes: rows of entities within an interval that pass filters,
 * counted by groups (aggregates), or the entities that hold such rows, listed (details).
 * docs/profile-format.md, "Queries", explains each word; the names here are the same.
 *
 *     struct search_rule   what the profile says; part of the contract
 *     struct search_plan   one body, read: checked, names resolved; in an arena
 *
 * Costs: each entity of the resource is read once; the rest is linear in rows × metrics. */
#ifndef REHEARSE_MODEL_SEARCH_H
#define REHEARSE_MODEL_SEARCH_H

#include "model/contract.h"
#include "model/interval.h"
#include "model/tenant.h"

enum { SEARCH_DEPTH_MAX = 8 }; /* lists within lists that a row may stand in */

struct search_dimension {
    struct str name;
    const struct field_path *field;
};

/* A dimension that has one of these values, for a metric's rows. */
struct search_where {
    const struct search_dimension *dimension;
    const struct str *values;
    size_t n;
};

struct search_metric {
    struct str name;
    const struct field_path *rows; /* where its samples stand; NULL: at the search's own rows */
    const struct search_where *where;
    size_t n_where;
    const struct field_path *value;     /* a number; or … */
    const struct field_path *from, *to; /* … the milliseconds between two times; else it counts */
    const struct field_path *at;        /* when it happened; NULL: `to`, else the entity's time */
    const struct str *sum;              /* names of metrics whose samples in a row it adds up */
    size_t n_sum;
    int64_t above;     /* counts samples greater than this; INT64_MIN: none */
    bool is_each_item; /* a sample for each of its rows, else one for each row of the search */
    bool has_count_only;
};

/* What filter trees are written in. */
struct search_words {
    struct str type, and_word, or_word, clauses, predicates, dimension, metric, operator, value,
        range, matches, exists, absent, gt, gte, lt, lte;
};

struct search_filter {
    const struct field_path *in;   /* a tree, a predicate, or a list of them that must all hold */
    const struct field_path *rows; /* holds of one such row; NULL: of the search's rows */
    struct str equals; /* a dimension: `in` is the value that it must have; "": a filter */
    struct str text_or, text_and,
        text_is; /* `in` is a text: "type:a OR type:b"; text_is "": it is not */
};

struct search_order {
    struct str name;
    const struct field_path *field; /* a time */
};

/* Every `in`, and every other path below that is not said to be an entity's, leads into the body;
 * NULL: the body cannot say it. */
struct search_rule {
    struct str name;
    const struct resource *resource;
    const struct field_path *rows; /* of the entity; NULL: the entity is the row */
    const struct field_path *interval, *zone;
    const struct field_path *interval_from,
        *interval_to;                      /* the interval's ends, where they stand apart */
    const struct field_path *time, *until; /* of the entity; until NULL: an instant */
    int64_t days_max;                      /* of the interval; 0: any */
    struct str
        resolve_in; /* the body names an entity there: what it has at resolve_take is meant; "" */
    const struct field_path *resolve_take;
    const struct search_filter *filters;
    size_t n_filters;
    struct search_words words;
    const struct search_dimension *dimensions;
    size_t n_dimensions;

    /* aggregates */
    bool has_groups;
    const struct field_path *group_by, *metrics_in, *granularity, *flatten;
    const struct field_path *views, *view_name, *view_metric,
        *view_range; /* the last three: of a view */
    const struct field_path *rank, *rank_metric, *rank_limit;
    struct str rank_top, rank_bottom;
    int64_t rank_limit_default;
    const struct field_path *time_kind;
    struct str time_of_row; /* the word with which samples count at their entity's time */
    int64_t cells_max;
    const struct search_metric *metrics;
    size_t n_metrics;

    /* details */
    const struct field_path *order_by, *direction, *size, *number, *cursor;
    const struct search_order *orders; /* the first is the default */
    size_t n_orders;
    const struct str *descending;
    size_t n_descending;
    bool is_descending_default;
    int64_t size_default, size_max, number_first;
    const struct field_path *measure_rows; /* found entities show the metrics of these rows … */
    struct str measure_as;                 /* … as this member of each; NULL: they do not */
};

struct job_state {
    struct str name;
    int64_t lasts_us; /* the last state: nothing */
};

/* An asynchronous search: the states that it goes through, by the clock. */
struct job_rule {
    struct str name;
    const struct search_rule *search;
    const struct job_state *states; /* at least one; in the last one there are results */
    size_t n_states;
    struct str cancelled, expired;
    int64_t expires_us; /* after its end; 0: never */
    size_t max;         /* so many are kept */
};

struct search_plan;

/* Reads a body. NULL, with findings, where it asks for what there is not. The rule must outlive the
 * plan; texts of the body are borrowed. */
struct search_plan *search_read(struct arena *a, const struct search_rule *rule, struct json body,
                                struct findings *fs);
/* Aggregates: appends {"groups": [{"key": {…}, "cells": [{"interval", "metrics": [{"name", "count",
 * "sum" …}], "views": […]}]}]}. False, with a finding, where there are too many cells. The tenant is
 * locked by the caller. */
CHECK bool search_groups(struct buf *out, const struct search_plan *plan, const struct tenant *t,
                         int64_t now_us, struct findings *fs);
/* Details: all entities that match, in the order asked for, in the arena. The same lock. */
size_t search_entities(const struct entity *const **out, struct arena *a,
                       const struct search_plan *plan, const struct tenant *t, int64_t now_us);
/* Appends a found entity, its rows with what was measured in them. */
void search_put_entity(struct buf *out, const struct search_plan *plan, const struct entity *e);
/* A plan that finds nothing, for showing entities that were found before. */
const struct search_plan *search_shows(struct arena *a, const struct search_rule *rule);
/* The page that the body asks for; size is at most the rule's. */
int64_t search_page_size(const struct search_plan *plan);
int64_t search_page_number(const struct search_plan *plan);

/* The entities of the page that a body asks for. */
struct search_page {
    const struct entity *const *at;
    size_t n, total;
    struct str next; /* the cursor of the page behind it; s NULL: there is none */
};
/* In the arena; the tenant is locked by the caller. */
struct search_page search_page(struct arena *a, const struct search_plan *plan,
                               const struct tenant *t, int64_t now_us);

#endif
