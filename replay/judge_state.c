/* Conduct rules C401 to C403: pages, reads that lag. */
#include "replay/client_int.h"
#include "replay/judge_int.h"

/* --- pages --- */

static int64_t query_number(const struct exchange *x, struct str name, int64_t otherwise)
{
    struct str text;
    int64_t number = otherwise;
    bool is_there = judge_query(x, name, &text) && num_parse_i64(&number, text, 0, INT32_MAX);
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
    bool has = judge_query(y, y->op->paging->at_query, &text);
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
            is_walk = is_walk || (judge_query(y, at_query, &ignored) && !str_eq(y->uri, x->uri)) ||
                      (y != x && judge_query(x, at_query, &ignored));
            is_last = is_last && y <= x;
            goes_on =
                goes_on || (next.is_there && y > x && asks_for(y, &next) && exchange_is_well(y));
        }
        if (is_walk && next.is_there && !goes_on && is_last && !j->e->end.is_stopped) {
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

static struct str last_part(struct str path)
{
    size_t from = path.len;
    while (from > 0 && path.s[from - 1] != '/') {
        from--;
    }
    return str_slice(path, from, path.len);
}

/* Did the client write there before? To the entity itself, by whatever path, or to the list that it was made in. */
static const struct exchange *own_write(const struct judge *j, const struct exchange *x)
{
    const struct exchange *found = NULL;
    for (const struct exchange *y = j->e->at; y < x; y++) {
        bool is_write = !exchange_is_safe(y) && y->op && y->op->resource == x->op->resource;
        bool is_named =
            str_starts(x->path, y->path) || str_eq(last_part(x->path), last_part(y->path));
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
        if (again || j->e->end.is_stopped) {
            judge_occasion(v);
        } else {
            judge_broken(j, v, write, x,
                         "what was written %.1f s before was not there yet, and was not looked for "
                         "again",
                         (double)(x->from_us - write->to_us) / US_PER_S);
        }
    }
}
