/* Reads: one entity, a page of them. Text is copied under the tenant's read lock; envelopes are
 * rendered after it. */
#include "mockapi/act.h"

#include "mockapi/fault.h"

bool act_read(struct request *rq)
{
    if (rq->op->part.n || rq->op->part.n_guards) {
        return act_read_part(rq);
    }
    tenant_lock_read(rq->tenant);
    const struct entity *e = act_find(rq);
    if (e) {
        act_reply_entity(rq, e);
        act_put_etag(rq, rq->op->resource, e);
    }
    tenant_unlock(rq->tenant);
    rq->entity = NULL;
    return false;
}

/* Refuses a query parameter of a list, named in the answer. Always false. */
static bool refuse(struct request *rq, struct str name, struct str value, const char *expected)
{
    struct finding f = {.rule = STR("S108"),
                        .severity = SEVERITY_ERROR,
                        .field = name,
                        .value = value,
                        .name = STR("query"),
                        .item = SIZE_MAX};
    f.expected = str_of(expected);
    f.message = findings_text(&rq->findings, "\"%.*s\" is %.*s; expected %s", STR_ARG(name),
                              STR_ARG(value), expected);
    const struct finding *kept = findings_add(&rq->findings, &f);
    rq->finding = kept;
    return reply_case(rq, STR("query"));
}

bool act_page_size(struct request *rq, const struct paging *p)
{
    struct str given = p->size_query.len ? query_get(&rq->query, p->size_query) : (struct str){0};
    int64_t size = p->size_default;
    if (given.len && !num_parse_i64(&size, given, INT64_MIN, INT64_MAX)) {
        return refuse(rq, p->size_query, given, "a whole number");
    }
    if (p->size_max > 0 && size > p->size_max) {
        if (p->size_over_refused) {
            return refuse(rq, p->size_query, given, "a smaller page");
        }
        size = p->size_max;
    }
    rq->page_size = size < p->size_min ? p->size_min : size;
    return true;
}

/* Where the page starts; false: replied. */
static bool page_start(struct request *rq, const struct paging *p, struct page_request *page)
{
    struct str at = p->at_query.len ? query_get(&rq->query, p->at_query) : (struct str){0};
    int64_t number = p->first_number, skip = 0;
    if (p->style == PAGING_CURSOR) {
        page->after = at.s ? at : STR("");
        rq->page_number = 1;
        return true;
    }
    if (at.len && !num_parse_i64(&number, at, INT64_MIN, INT64_MAX)) {
        return refuse(rq, p->at_query, at, "a whole number");
    }
    if (number < p->first_number) {
        number = p->first_number;
    }
    if (p->number_max > 0 && number > p->number_max) {
        return refuse(rq, p->at_query, at, "an earlier page");
    }
    if (p->style == PAGING_OFFSET) {
        skip = number;
        rq->page_number = rq->page_size > 0 ? skip / rq->page_size + 1 : 1;
    } else {
        rq->page_number = number;
        if (__builtin_mul_overflow(number - p->first_number, rq->page_size, &skip)) {
            skip = INT64_MAX;
        }
    }
    rq->page_offset = skip;
    page->skip = (size_t)skip;
    return true;
}

bool act_page_begin(struct request *rq, const struct paging *p, struct page_request *page)
{
    rq->page_size = INT64_MAX;
    return p->style == PAGING_NONE || (act_page_size(rq, p) && page_start(rq, p, page));
}

static bool is_word(const struct str *words, size_t n, struct str word)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_fold(words[i], word)) {
            return true;
        }
    }
    return false;
}

/* The sort order asked for; false: replied. */
static bool page_sort(struct request *rq, struct page_request *page)
{
    const struct sort_rule *sort = &rq->op->sort;
    page->order = sort->default_order;
    page->is_descending = sort->is_descending_default;
    if (sort->needs_query.len && query_get(&rq->query, sort->needs_query).len == 0) {
        return true;
    }
    struct str by = sort->by_query.len ? query_get(&rq->query, sort->by_query) : (struct str){0};
    struct str direction =
        sort->direction_query.len ? query_get(&rq->query, sort->direction_query) : (struct str){0};
    size_t after = sort->direction_after.len ? str_find(by, sort->direction_after) : by.len;
    if (after < by.len) {
        direction = str_trim(str_slice(by, after + sort->direction_after.len, by.len));
        by = str_trim(str_slice(by, 0, after));
    }
    bool is_known = by.len == 0;
    for (size_t i = 0; i < sort->n && by.len; i++) {
        if (str_eq_fold(sort->choices[i].value, by)) {
            page->order = sort->choices[i].order;
            is_known = true;
        }
    }
    if (is_word(sort->descending, sort->n_descending, direction)) {
        page->is_descending = true;
    } else if (is_word(sort->ascending, sort->n_ascending, direction)) {
        page->is_descending = false;
    } else if (direction.len) {
        is_known = false;
    }
    return is_known || !sort->refuses_unknown ||
           refuse(rq, sort->by_query, by.len ? by : direction, "a known order");
}

static void page_filters(struct request *rq, struct page_request *page)
{
    const struct operation *op = rq->op;
    struct page_filter *filters = ARENA_ARRAY(rq->arena, op->n_filters + 1, struct page_filter);
    for (size_t i = 0; i < op->n_filters; i++) {
        const struct filter_rule *rule = &op->filters[i];
        struct str value = {0};
        struct buf joined;
        buf_init(&joined, rq->arena);
        for (size_t k = 0; k < rq->query.n; k++) { /* repeated parameters make one list */
            if (!str_eq(rq->query.pairs[k].name, rule->query) || !rq->query.pairs[k].value.len) {
                continue;
            }
            if (!value.s) {
                value = rq->query.pairs[k].value;
                continue;
            }
            if (joined.len == 0) {
                buf_put(&joined, value);
            }
            buf_put_char(&joined, ',');
            buf_put(&joined, rq->query.pairs[k].value);
            bool takes_list = rule->match == MATCH_IN || rule->match == MATCH_CONTAINS_ANY;
            value = takes_list ? buf_str(&joined) : value;
        }
        if (rule->path.len) {
            value = request_path_value(rq, rule->path);
        } else if (rule->value.len) {
            value = rule->value;
        } else if (!value.s) {
            value = request_query_value(rq, rule->query); /* the parameter's default counts */
        }
        if (value.len && !(rule->all_value.len && str_eq(value, rule->all_value))) {
            filters[page->n_filters++] = (struct page_filter){rule, value};
        }
    }
    page->filters = filters;
}

/* The request's own path with another place in the list: size and place first, the other parameters
 * in their order. */
static struct str page_uri(struct request *rq, const struct paging *p, bool has_at, struct str at)
{
    struct buf uri;
    buf_init(&uri, rq->arena);
    buf_reserve(&uri, rq->path.len + rq->query_text.len + 64);
    buf_put(&uri, rq->path);
    char separator = '?';
    if (p->size_query.len) {
        buf_put_char(&uri, separator);
        separator = '&';
        uri_encode(&uri, p->size_query);
        buf_put_char(&uri, '=');
        buf_put_i64(&uri, rq->page_size);
    }
    if (has_at && p->at_query.len) {
        buf_put_char(&uri, separator);
        separator = '&';
        uri_encode(&uri, p->at_query);
        buf_put_char(&uri, '=');
        uri_encode(&uri, at);
    }
    for (size_t i = 0; i < rq->query.n; i++) {
        const struct query_pair *pair = &rq->query.pairs[i];
        if (str_eq(pair->name, p->size_query) || str_eq(pair->name, p->at_query)) {
            continue;
        }
        buf_put_char(&uri, separator);
        separator = '&';
        uri_encode(&uri, pair->name);
        if (pair->value.s) {
            buf_put_char(&uri, '=');
            uri_encode(&uri, pair->value);
        }
    }
    return buf_str(&uri);
}

static struct str page_uri_number(struct request *rq, const struct paging *p, int64_t number)
{
    struct buf at;
    buf_init(&at, rq->arena);
    buf_put_i64(&at, p->style == PAGING_OFFSET ? (number - 1) * rq->page_size : number);
    return page_uri(rq, p, true, buf_str(&at));
}

static struct str page_uri_offset(struct request *rq, const struct paging *p, int64_t offset)
{
    struct buf at;
    buf_init(&at, rq->arena);
    buf_put_i64(&at, offset > 0 ? offset : 0);
    return page_uri(rq, p, true, buf_str(&at));
}

/* Pages by offset need not begin at a multiple of their size. */
static void offset_uris(struct request *rq, const struct paging *p)
{
    int64_t size = rq->page_size, at = rq->page_offset, total = (int64_t)rq->page.total;
    rq->page_self = page_uri_offset(rq, p, at);
    if (at < total && size < total - at && (p->number_max <= 0 || size <= p->number_max - at)) {
        rq->page_next = page_uri_offset(rq, p, at + size);
    }
    if (at > 0) {
        rq->page_previous = page_uri_offset(rq, p, at < total ? at - size : total - size);
    }
}

/* The last page that may be asked for, where that is not the last there is. */
static int64_t reach(const struct paging *p, int64_t last, int64_t size)
{
    int64_t max = p->number_max;
    if (p->style == PAGING_OFFSET && max > 0) {
        max = size > 0 ? max / size + 1 : 1;
    }
    return max > 0 && last > max ? max : last;
}

void act_page_uris(struct request *rq, const struct paging *p)
{
    int64_t total = (int64_t)rq->page.total;
    int64_t first = p->style == PAGING_OFFSET ? 1 : p->first_number;
    rq->page_count = rq->page_size > 0 ? (total + rq->page_size - 1) / rq->page_size : 0;
    if (p->style == PAGING_CURSOR) {
        struct str at = query_get(&rq->query, p->at_query);
        rq->page_self = page_uri(rq, p, at.s != NULL, at);
        rq->page_first = page_uri(rq, p, false, at);
        if (rq->page.has_more) {
            rq->page_next = page_uri(rq, p, true, rq->page.next_cursor);
        }
        return;
    }
    int64_t last = first + (rq->page_count > 0 ? rq->page_count - 1 : 0);
    last = reach(p, last, rq->page_size);
    rq->page_first = page_uri_number(rq, p, first);
    rq->page_last = page_uri_number(rq, p, last);
    if (p->style == PAGING_OFFSET) {
        offset_uris(rq, p);
        return;
    }
    rq->page_self = page_uri_number(rq, p, rq->page_number);
    if (rq->page_number < last) {
        rq->page_next = page_uri_number(rq, p, rq->page_number + 1);
    }
    if (rq->page_number > first) {
        rq->page_previous = page_uri_number(rq, p, rq->page_number - 1);
    }
}

/* The entities of the page as an array; the tenant is locked. */
static void put_items(struct buf *out, struct request *rq)
{
    size_t bytes = 2;
    bool is_first = true;
    for (size_t i = 0; i < rq->page.n; i++) {
        bytes += rq->page.at[i]->text.len + 1;
    }
    buf_reserve(out, bytes);
    buf_put_char(out, '[');
    for (size_t i = 0; i < rq->page.n; i++) {
        size_t before = out->len;
        if (!is_first) {
            buf_put_char(out, ',');
        }
        if (act_put_shown(out, rq, rq->page.at[i])) {
            is_first = false;
        } else {
            out->len = before;
        }
    }
    buf_put_char(out, ']');
}

/* Everything but {items} comes from the request; those go from the store into the reply without a
 * stop between. */
static bool resolve_page(struct buf *out, const struct var *var, void *ctx)
{
    struct request *rq = ctx;
    struct template_source source = request_source(rq);
    if (var->scope == VAR_ITEMS) {
        put_items(out, rq);
        return true;
    }
    return source.resolve(out, var, source.ctx);
}

/* The reply; the tenant is locked. */
static void reply_page(struct request *rq, const struct paging *p)
{
    struct template_source source = request_source(rq);
    source.resolve = resolve_page;
    if (p->style == PAGING_NONE) {
        rq->page_size = (int64_t)rq->page.total;
    } else {
        act_page_uris(rq, p);
    }
    reply_success(rq, STR(""));
    if (p->empty_status > 200 && rq->page.n == 0) {
        rq->reply.status = p->empty_status;
        buf_clear(&rq->reply.body);
        rq->reply.content_type = STR("");
        return;
    }
    if (rq->op->has_empty_reply) {
        return;
    }
    buf_clear(&rq->reply.body);
    const struct template *t = rq->op->reply ? rq->op->reply : p->envelope;
    if (t) {
        template_put(&rq->reply.body, t, &source);
    } else {
        put_items(&rq->reply.body, rq);
    }
    rq->reply.content_type = STR("application/json");
}

static void lock_list(struct request *rq)
{
    if (rq->op->poll.takes) {
        act_lock_write(rq);
    } else {
        tenant_lock_read(rq->tenant);
    }
}

static void unlock_list(struct request *rq)
{
    if (rq->op->poll.takes) {
        act_unlock_write(rq);
    } else {
        tenant_unlock(rq->tenant);
    }
}

/* What was given out is gone. */
static void take_page(struct request *rq)
{
    for (size_t i = 0; rq->op->poll.takes && i < rq->page.n; i++) {
        struct str id = str_copy(rq->arena, rq->page.at[i]->id);
        tenant_delete(rq->tenant, rq->op->resource, id);
    }
}

/* Is there time left to wait for something to give? */
static bool may_wait(struct request *rq)
{
    const struct poll_rule *rule = &rq->op->poll;
    int64_t s = rule->default_s, now_us = clock_monotonic_us();
    if (!rule->waits) {
        return false;
    }
    struct str given = rule->query.len ? request_query_value(rq, rule->query) : (struct str){0};
    if (given.len && !num_parse_i64(&s, given, 0, rule->max_s)) {
        s = rule->max_s; /* the parameter's schema says what else may stand there */
    }
    if (!rq->poll_until_us) {
        rq->poll_until_us = now_us + s * US_PER_S;
    }
    return now_us < rq->poll_until_us;
}

bool act_list(struct request *rq)
{
    static const struct paging whole = {.style = PAGING_NONE};
    const struct operation *op = rq->op;
    const struct paging *p = op->paging ? op->paging : &whole;
    int64_t lag_us = rq->fault ? rq->fault->lag_ms * US_PER_MS : 0;
    struct page_request page = {.resource = op->resource, .now_us = rq->now_us, .lag_us = lag_us};
    if (!act_page_begin(rq, p, &page)) {
        return false;
    }
    if (!page_sort(rq, &page)) {
        return false;
    }
    page.take = (size_t)rq->page_size;
    if (rq->fault && rq->fault->page_shift) {
        int64_t from = (int64_t)page.skip + rq->fault->page_shift;
        page.skip = from > 0 ? (size_t)from : 0;
    }
    page_filters(rq, &page);
    lock_list(rq);
    bool is_found = !op->part.n_guards || op->part.of || act_enter_part(rq, (struct json){0});
    if (is_found && op->resource->parent) {
        is_found = op->part.of ? act_find_parent_of(rq) : act_find_parent(rq);
        page.parent_id = rq->parent ? rq->parent->id : STR("");
        page.is_from_target = op->is_from_target;
    }
    if (is_found && !tenant_page(&rq->page, rq->arena, rq->tenant, &page)) {
        is_found = reply_case(rq, STR("query.cursor"));
    }
    rq->is_polling = is_found && rq->page.n == 0 && may_wait(rq);
    if (is_found && !rq->is_polling) {
        reply_page(rq, p);
        take_page(rq);
    }
    unlock_list(rq);
    rq->page.at = NULL; /* not ours any more */
    rq->page.n = 0;
    return false;
}
