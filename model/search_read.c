/* Reading a body into a plan: interval, filters, order, page; what aggregates ask for is read in
 * search_measure.c. What the body does not say is as the profile says. */
#include "model/search_int.h"

#include <stdarg.h>
#include <stdio.h>

#define US_PER_DAY (INT64_C(86400) * US_PER_S)

bool search_bad(struct search_reader *r, struct json at, const char *id, const char *case_name,
                struct str expected, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct finding f =
        json_finding(r->fs, json_exists(at) ? at : r->body, str_of(id), SEVERITY_ERROR);
    size_t bad = 0, n = str_of(text).len;
    if (!str_is_utf8((struct str){text, n}, &bad)) {
        n = bad; /* cut within a character */
    }
    f.message = str_copy(r->fs->arena, (struct str){text, n});
    f.expected = expected;
    f.case_name = str_of(case_name);
    f.item = SIZE_MAX;
    findings_add(r->fs, &f);
    return false;
}

const struct search_dimension *search_dimension_named(struct search_reader *r, struct json at)
{
    return search_dimension_of(r, at, json_str_or(at, STR("")));
}

const struct search_dimension *search_dimension_of(struct search_reader *r, struct json at,
                                                   struct str word)
{
    const struct search_rule *rule = r->rule;
    struct str *known = NULL;
    struct buf all;
    for (size_t i = 0; i < rule->n_dimensions; i++) {
        if (str_eq(rule->dimensions[i].name, word)) {
            return &rule->dimensions[i];
        }
    }
    known = ARENA_ARRAY(r->a, rule->n_dimensions + 1, struct str);
    buf_init(&all, r->a);
    for (size_t i = 0; i < rule->n_dimensions; i++) {
        known[i] = rule->dimensions[i].name;
        buf_put(&all, i ? STR(", ") : STR(""));
        buf_put(&all, known[i]);
    }
    size_t near = str_nearest(word, known, rule->n_dimensions);
    bool is_near = near < rule->n_dimensions;
    search_bad(r, at, "Q602", "query.dimension", buf_str(&all),
               "there is no dimension \"%.*s\"%s%.*s%s", STR_ARG(str_slice(word, 0, 60)),
               is_near ? "; did you mean \"" : "", STR_ARG(is_near ? known[near] : STR("")),
               is_near ? "\"?" : "");
    return NULL;
}

static struct json place(const struct search_reader *r, const struct field_path *in)
{
    struct json v = in ? field_find(in, r->body) : (struct json){0};
    return json_kind(v) != JSON_NULL ? v : (struct json){0};
}

static bool read_zone(struct search_reader *r)
{
    struct json zone = place(r, r->rule->zone);
    struct str text = json_str_or(zone, STR(""));
    if (!json_exists(zone) || zone_parse(&r->plan->zone, text)) {
        return true;
    }
    return search_bad(r, zone, "Q606", "query.zone",
                      STR("UTC, an offset as +01:00, or a place as Europe/Berlin"),
                      "this time zone is not known here");
}

static bool read_interval(struct search_reader *r)
{
    struct json v = place(r, r->rule->interval), from = place(r, r->rule->interval_from),
                to = place(r, r->rule->interval_to);
    struct interval *i = &r->plan->interval;
    struct str text = json_str_or(v, STR(""));
    if (!json_exists(v) && !json_exists(from) && !json_exists(to)) {
        return true;
    }
    if (r->rule->interval_from) {
        v = json_exists(from) ? from : to;
        struct buf both;
        buf_init(&both, r->a);
        buf_put(&both, json_str_or(from, STR("")));
        buf_put_char(&both, '/');
        buf_put(&both, json_str_or(to, STR("")));
        text = buf_str(&both);
    }
    if (!interval_parse(i, text, &r->plan->zone)) {
        return search_bad(r, v, "Q601", "query.interval", STR("start/end in ISO 8601"),
                          "this is no interval whose end comes after its start");
    }
    r->plan->has_interval = true;
    if (r->rule->days_max && i->to_us - i->from_us > r->rule->days_max * US_PER_DAY) {
        return search_bad(r, v, "Q605", "query.limit.interval", STR(""),
                          "the interval is longer than %lld days", (long long)r->rule->days_max);
    }
    return true;
}

static bool read_order(struct search_reader *r)
{
    const struct search_rule *rule = r->rule;
    struct json by = place(r, rule->order_by), direction = place(r, rule->direction);
    struct search_plan *plan = r->plan;
    plan->order = rule->n_orders ? &rule->orders[0] : NULL;
    plan->is_descending = rule->is_descending_default;
    if (json_exists(by)) {
        plan->order = NULL;
    }
    for (size_t i = 0; json_exists(by) && i < rule->n_orders; i++) {
        if (str_eq(rule->orders[i].name, json_str_or(by, STR("")))) {
            plan->order = &rule->orders[i];
        }
    }
    if (json_exists(by) && !plan->order) {
        return search_bad(r, by, "Q604", "query.order", STR(""), "there is no such order");
    }
    if (json_exists(direction)) {
        plan->is_descending = false;
    }
    for (size_t i = 0; json_exists(direction) && i < rule->n_descending; i++) {
        plan->is_descending = plan->is_descending ||
                              str_eq_fold(rule->descending[i], json_str_or(direction, STR("")));
    }
    return true;
}

static bool read_page(struct search_reader *r)
{
    const struct search_rule *rule = r->rule;
    struct json size = place(r, rule->size), number = place(r, rule->number);
    struct search_plan *plan = r->plan;
    plan->size = rule->size_default;
    plan->number = rule->number_first;
    if (json_exists(size) && (!json_i64(size, &plan->size) || plan->size < 0)) {
        return search_bad(r, size, "Q604", "query.page", STR("a whole number"),
                          "this is no size of a page");
    }
    if (json_exists(number) &&
        (!json_i64(number, &plan->number) || plan->number < rule->number_first)) {
        return search_bad(r, number, "Q604", "query.page", STR("a whole number"),
                          "this is no number of a page; they count from %lld",
                          (long long)rule->number_first);
    }
    if (rule->size_max && plan->size > rule->size_max) {
        plan->size = rule->size_max;
    }
    return true;
}

struct search_plan *search_read(struct arena *a, const struct search_rule *rule, struct json body,
                                struct findings *fs)
{
    struct search_plan *plan = ARENA_NEW(a, struct search_plan);
    struct search_reader r = {.a = a, .rule = rule, .plan = plan, .body = body, .fs = fs};
    plan->rule = rule;
    plan->time = row_view(NULL, rule->time);
    plan->until = row_view(NULL, rule->until);
    if (rule->measure_rows) {
        search_plan_metrics(&r, rule->measure_rows);
    }
    bool is_read = read_zone(&r) && read_interval(&r) && search_read_filters(&r) &&
                   (rule->has_groups ? search_read_groups(&r)
                                     : read_order(&r) && read_page(&r) && search_read_cursor(&r));
    return is_read ? plan : NULL;
}

const struct search_plan *search_shows(struct arena *a, const struct search_rule *rule)
{
    struct search_plan *plan = ARENA_NEW(a, struct search_plan);
    struct search_reader r = {.a = a, .rule = rule, .plan = plan};
    plan->rule = rule;
    if (rule->measure_rows) {
        search_plan_metrics(&r, rule->measure_rows);
    }
    return plan;
}

int64_t search_page_size(const struct search_plan *plan)
{
    return plan->size;
}

int64_t search_page_number(const struct search_plan *plan)
{
    return plan->number;
}
