/* Filters of a list and cursors. Private to model/. */
#ifndef REHEARSE_MODEL_PAGE_INT_H
#define REHEARSE_MODEL_PAGE_INT_H

#include "model/tenant_int.h"

/* One filter, made ready: the entity has a text that one of `texts` is equal to, or, where an end
 * is open, a part of. */
struct filter_test {
    const struct field_path *field;
    struct fold fold;
    struct str *texts;
    size_t n;
    bool is_open_left, is_open_right;
    bool is_date, is_until; /* a date at or after `bound_us`, or before it */
    int64_t bound_us;
    bool is_negated;
    bool is_presence, wants_presence; /* whether the field is there at all */
    bool is_flag; /* true or false; an absent member counts as false */
    bool is_id;   /* the field is the entity's id */
    size_t slot;  /* SLOT_TEXTS, or SLOT_NONE: read from the entity's text */
    const struct slot *kept;
    bool is_solved; /* every entity that is looked at passes */
    /* a filter on what others say of the entity: one of them passes */
    const struct template_query *through; /* NULL: on the entity itself */
    const struct tenant *tenant;
    const struct field_path *of;
    bool is_of_id;
    size_t of_slot;
    const struct slot *of_kept;
};

/* False if the filter lets everything pass ("*"). */
bool filter_test_init(struct filter_test *out, struct arena *a, const struct tenant *t,
                      const struct layout *layout, const struct page_filter *filter);
bool filter_test_holds(const struct filter_test *test, const struct entity *e);

/* A place in a list. */
struct cursor {
    struct str key; /* of the last entity seen, in the order's slot */
    uint64_t age;
};

/* `salt` stands for the list: a cursor of another list is refused. */
struct str cursor_text(struct arena *a, const struct cursor *cursor, uint64_t salt);
/* The cursor's key is copied into `a`. */
CHECK bool cursor_read(struct cursor *out, struct arena *a, struct str text, uint64_t salt);

/* What a page is cut from: a range of ranks of an order, or a list. */
struct set {
    const struct order *order; /* NULL: `list` */
    size_t from, to;
    const struct entity **list;
};

struct plan {
    struct arena *arena;
    const struct tenant *tenant;
    const struct table *table;
    const struct page_request *request;
    struct filter_test *tests;
    size_t n_tests;
    size_t slot; /* of the order asked for */
    struct set set;
    bool is_sorted;
    bool may_hide; /* some entity may not be visible yet */
    int64_t delay_us;
    bool has_cursor;
    struct cursor cursor;
};

size_t set_size(const struct set *s);
/* Calls `each` for the set's entities, in order, or from the last to the first. */
void set_walk(const struct set *s, bool is_descending,
              bool (*each)(const struct entity *e, void *ctx), void *ctx);
/* Fills in tests and set; arena, table, request and cursor are the caller's. */
void plan_make(struct plan *p);
/* True if all of the set passes: nothing is left to be tested. */
bool plan_is_exact(const struct plan *p);

#endif
