/* Conduct rules C303, C304, C401 to C403: conflicts, pages, reads that lag. */
#include "replay/client_int.h"
#include "replay/judge_int.h"

static bool is_conflict(const struct exchange *x)
{
    bool is_stale = exchange_in_case(x, STR("version")) || x->status == 412;
    return x->op && !x->is_lost && is_stale && (x->status == 409 || x->status == 412);
}

void judge_conflict_read(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (!is_conflict(x)) {
            continue;
        }
        const struct exchange *next = judge_on_path(j, x, x->method), *read = NULL;
        for (const struct exchange *y = judge_next(j, x); y && next && y < next;
             y = judge_next(j, y)) {
            bool is_read = exchange_is_safe(y) && y->from_us >= x->from_us && exchange_is_well(y);
            read = is_read && str_eq(y->path, x->path) ? y : read;
            /* some read their entities from the list */
            bool is_list =
                y->op && y->op->action == ACTION_LIST && x->op->resource == y->op->resource;
            read = is_read && is_list ? y : read;
        }
        struct str mine = exchange_header(x->headers, x->n_headers, STR("If-Match"));
        struct str then = next ? exchange_header(next->headers, next->n_headers, STR("If-Match"))
                               : (struct str){NULL, 0};
        bool is_same =
            next && str_eq(next->uri, x->uri) && str_eq(next->body, x->body) && str_eq(mine, then);
        if (is_same) {
            judge_broken(j, v, x, next, "the version that was refused as stale was sent again");
        } else if (next && !read) {
            judge_broken(
                j, v, x, next,
                "after the conflict it was written again without a read: what somebody else "
                "changed in between is overwritten");
        } else {
            judge_occasion(v);
        }
    }
}

void judge_conflict_bound(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i], *last = x;
        int64_t n = 1;
        bool is_first = true, is_done = false;
        if (!is_conflict(x)) {
            continue;
        }
        for (const struct exchange *y = j->e->at; y < x; y++) {
            is_first = is_first && !(is_conflict(y) && str_eq(y->path, x->path));
        }
        for (const struct exchange *y = judge_next(j, x); y && is_first; y = judge_next(j, y)) {
            bool is_write = str_eq(y->path, x->path) && str_eq(y->method, x->method);
            n += is_write && is_conflict(y);
            last = is_write ? y : last;
            is_done = is_write ? exchange_is_well(y) : is_done;
        }
        if (!is_first) {
            continue;
        }
        if (n > j->p.conflicts_max) {
            judge_broken(j, v, x, last, "%lld conflicts on one entity; the bound is %lld",
                         (long long)n, (long long)j->p.conflicts_max);
        } else if (!is_done && j->e->end.is_known && !judge_said_failure(j)) {
            judge_broken(
                j, v, x, last,
                "the change was never taken after the conflict, and the program ended with 0");
        } else {
            judge_occasion(v);
        }
    }
}

/* --- pages --- */

static bool query_value(const struct exchange *x, struct str name, struct str *out)
{
    struct str rest = x->query, pair, key;
    while (name.len && rest.len && str_cut(&rest, '&', &pair)) {
        if (str_cut(&pair, '=', &key) && str_eq_fold(key, name)) {
            *out = pair;
            return true;
        }
    }
    return false;
}

static int64_t query_number(const struct exchange *x, struct str name, int64_t otherwise)
{
    struct str text;
    int64_t number = otherwise;
    bool is_there = query_value(x, name, &text) && num_parse_i64(&number, text, 0, INT32_MAX);
    return is_there ? number : otherwise;
}

/* Where the next page is, by this one's answer. */
struct next_page {
    bool is_there;
    int64_t number;    /* pages and offsets */
    struct str cursor; /* else */
};

/* What an answer has where the listing's template puts the variable. */
static struct json place_in(struct judge *j, const struct exchange *x, struct str variable)
{
    struct json reply = json_path(x->op->source, STR("x-rehearse.reply.body"));
    struct json all = json_path(json_root(x->contract->doc), STR("x-rehearse.pagings"));
    struct json envelope =
        json_exists(reply) ? reply : json_get(json_get(all, x->op->paging->name), STR("envelope"));
    struct str place = client_place(j->a, envelope, variable);
    struct json none = {0};
    return place.len ? json_path(x->answer, place) : none;
}

static struct next_page next_of(struct judge *j, const struct exchange *x)
{
    const struct paging *p = x->op->paging;
    struct next_page next = {.is_there = false};
    struct json cursor = place_in(j, x, STR("page.next_cursor"));
    int64_t total = json_i64_or(place_in(j, x, STR("page.total")), -1);
    int64_t size = query_number(x, p->size_query, p->size_default);
    int64_t at = query_number(x, p->at_query, p->first_number);
    if (p->size_max > 0 && size > p->size_max) {
        size = p->size_max;
    }
    if (p->style == PAGING_CURSOR) {
        next.cursor = json_str_or(cursor, STR(""));
        next.is_there = next.cursor.len > 0;
        return next;
    }
    int64_t seen = p->style == PAGING_OFFSET ? at + size : (at - p->first_number + 1) * size;
    next.number = p->style == PAGING_OFFSET ? at + size : at + 1;
    next.is_there =
        total > seen && size > 0 && (p->number_max == 0 || next.number <= p->number_max);
    return next;
}

static bool is_page(const struct exchange *x)
{
    return x->op && x->op->paging && x->op->action == ACTION_LIST && x->op->paging->envelope &&
           exchange_is_well(x) && json_exists(x->answer);
}

/* The same listing but for where in it. */
static bool is_same_walk(const struct exchange *x, const struct exchange *y)
{
    return y->op == x->op && str_eq(x->path, y->path);
}

static bool asks_for(const struct exchange *y, const struct next_page *next)
{
    struct str text = STR("");
    int64_t number = 0;
    bool has = query_value(y, y->op->paging->at_query, &text);
    if (y->op->paging->style == PAGING_CURSOR) {
        struct buf plain = {0};
        uri_put_escaped(&plain, next->cursor);
        bool is_it = has && (str_eq(text, next->cursor) || str_eq(text, buf_str(&plain)));
        buf_done(&plain);
        return is_it || (has && str_find(text, str_slice(next->cursor, 0, 8)) == 0);
    }
    return has && num_parse_i64(&number, text, 0, INT32_MAX) && number == next->number;
}

/* A client that walks asks for a second page at some time. One that only ever looks at a first page may want no more
 * than that; only what it walks, and leaves before the end, is held against it. */
void judge_paging_complete(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        bool is_walk = false, goes_on = false, is_last = true;
        if (!is_page(x)) {
            continue;
        }
        struct next_page next = next_of(j, x);
        for (size_t k = 0; k < j->e->n; k++) {
            const struct exchange *y = &j->e->at[k];
            struct str ignored;
            if (!y->op || !y->op->paging || !str_eq(y->site, x->site) || !is_same_walk(x, y)) {
                continue;
            }
            struct str at_query = y->op->paging->at_query;
            is_walk = is_walk || (query_value(y, at_query, &ignored) && !str_eq(y->uri, x->uri)) ||
                      (y != x && query_value(x, at_query, &ignored));
            is_last = is_last && y <= x;
            goes_on =
                goes_on || (next.is_there && y > x && asks_for(y, &next) && exchange_is_well(y));
        }
        if (is_walk && next.is_there && !goes_on && is_last) {
            judge_broken(j, v, x, NULL,
                         "there is a next page, and the walk ended here: what stands on the pages "
                         "behind was not read");
        } else if (is_walk && (goes_on || !next.is_there)) {
            judge_occasion(v);
        }
    }
}

void judge_paging_ends(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i], *last = x;
        int64_t n = 0;
        if (!is_page(x) || !judge_is_first(j, x)) {
            continue;
        }
        for (const struct exchange *y = x; y; y = judge_again(j, y)) {
            n += exchange_is_well(y);
            last = y;
        }
        if (n > j->p.same_page_max) {
            judge_broken(j, v, x, last, "the same page was read %lld times", (long long)n);
        } else {
            judge_occasion(v);
        }
    }
}

/* --- reads that lag --- */

/* Did the client write there before? */
static const struct exchange *own_write(const struct judge *j, const struct exchange *x)
{
    const struct exchange *found = NULL;
    for (const struct exchange *y = j->e->at; y < x; y++) {
        bool is_write = !exchange_is_safe(y) && y->op && y->op->resource == x->op->resource;
        bool is_named = str_starts(x->path, y->path);
        found = is_write && is_named && exchange_is_well(y) && str_eq(y->site, x->site) ? y : found;
    }
    return found;
}

void judge_stale_read(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        bool is_late = x->op && x->status == 404 && exchange_is_safe(x) && x->fault.len;
        const struct exchange *write = is_late ? own_write(j, x) : NULL;
        if (!write || str_eq(write->method, STR("DELETE"))) {
            continue;
        }
        const struct exchange *again = judge_again(j, x);
        if (again) {
            judge_occasion(v);
        } else {
            judge_broken(j, v, write, x,
                         "what was written %.1f s before was not there yet, and was not looked for "
                         "again",
                         (double)(x->from_us - write->to_us) / US_PER_S);
        }
    }
}
