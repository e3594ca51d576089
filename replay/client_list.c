/* The walk: page after page, by number, offset or cursor, until the answer itself says that there is
 * no more. Ids that were seen are remembered: they tell a shifted page from a walk in circles. */
#include "replay/client_list.h"

#include "replay/client_int.h"

enum { WALKS_MAX = 3, STALE_PAGES_MAX = 2, PAGES_MAX = 1000000 };

struct walk {
    struct client *c;
    const struct client_list *list;
    const struct paging *paging;                  /* NULL: one page */
    struct str items, cursor, next, total, count; /* places; s NULL: not told */
    struct arena kept;                            /* ids and cursors */
    struct map ids, cursors;
    int64_t size, at, number;
    int64_t told_total; /* -1: not told */
    struct str at_cursor;
    unsigned stale_pages;
    bool is_stopped;
};

static struct json envelope_of(const struct client *c, const struct operation *op)
{
    struct json reply = json_path(op->source, STR("x-rehearse.reply.body"));
    if (json_exists(reply) || !op->paging) {
        return reply;
    }
    struct json all = json_path(json_root(c->contract->doc), STR("x-rehearse.pagings"));
    return json_get(json_get(all, op->paging->name), STR("envelope"));
}

static struct json at_place(struct json root, struct str place)
{
    const struct json none = {0};
    if (place.s && place.len == 0) {
        return root;
    }
    return place.s ? json_path(root, place) : none;
}

static int64_t number_at(struct json root, struct str place)
{
    struct json v = at_place(root, place);
    int64_t n = -1;
    if (json_kind(v) == JSON_STRING) {
        return num_parse_i64(&n, json_str(v), 0, INT64_MAX) ? n : -1;
    }
    return json_i64_or(v, -1);
}

static struct str page_path(struct walk *w, struct arena *a)
{
    const struct client_list *l = w->list;
    struct buf path, number;
    buf_init(&path, a);
    buf_init(&number, a);
    buf_put(&path, client_path(a, l->op, l->values, l->n_values));
    for (size_t i = 0; i < l->n_query; i++) {
        client_add_query(&path, l->query[i].name, l->query[i].value);
    }
    if (w->paging && w->paging->size_query.len) {
        buf_put_i64(&number, w->size);
        client_add_query(&path, w->paging->size_query, buf_str(&number));
    }
    if (w->paging && w->paging->at_query.len) {
        bool is_cursor = w->paging->style == PAGING_CURSOR;
        buf_clear(&number);
        buf_put_i64(&number, w->at);
        if (!is_cursor || w->at_cursor.len) {
            client_add_query(&path, w->paging->at_query,
                             is_cursor ? w->at_cursor : buf_str(&number));
        }
    }
    return buf_str(&path);
}

/* What makes an item itself, wherever it stands in a listing. */
static struct str identity(const struct operation *op, struct json item)
{
    const struct resource *r = op->resource;
    struct str id = r && r->id_field ? field_text(r->id_field, item) : (struct str){0};
    if (!id.s && r && r->target && r->target->id_field) {
        id = field_text(r->target->id_field, item);
    }
    return id.s ? id : json_source(item);
}

/* Hands over what is new on a page; gives how many items the page has. */
static size_t take_page(struct walk *w, struct json items)
{
    size_t n = 0, n_new = 0;
    for (struct json v = json_first(items); json_exists(v) && !w->is_stopped; v = json_next(v)) {
        struct str id = identity(w->list->op, v);
        n++;
        if (map_get(&w->ids, id)) {
            continue;
        }
        n_new++;
        (void)map_put(&w->ids, str_copy(&w->kept, id), w);
        w->is_stopped = !w->list->each(v, w->list->ctx);
    }
    w->stale_pages = n && !n_new ? w->stale_pages + 1 : 0;
    return n;
}

static struct json items_of(const struct walk *w, struct json root)
{
    struct json items = at_place(root, w->items);
    if (json_kind(items) == JSON_ARRAY) {
        return items;
    }
    if (json_kind(root) == JSON_ARRAY) {
        return root;
    }
    for (struct json m = json_first(root); json_exists(m); m = json_next(m)) {
        if (json_kind(m) == JSON_ARRAY) {
            return m;
        }
    }
    return (struct json){0};
}

/* Where the next page is; false: this was the last one. */
static bool go_on(struct walk *w, struct json root, size_t n, bool *out_circles)
{
    if (!w->paging || !w->paging->at_query.len) {
        return false;
    }
    if (w->paging->style == PAGING_CURSOR) {
        struct str cursor = json_str_or(at_place(root, w->cursor), STR(""));
        *out_circles = cursor.len && map_get(&w->cursors, cursor) != NULL;
        w->at_cursor = str_copy(&w->kept, cursor);
        (void)map_put(&w->cursors, w->at_cursor, w);
        return cursor.len > 0;
    }
    int64_t total = number_at(root, w->total), count = number_at(root, w->count);
    bool is_offset = w->paging->style == PAGING_OFFSET;
    int64_t before = is_offset ? w->at : (w->at - w->paging->first_number) * w->size;
    w->told_total = total;
    w->at += is_offset ? (int64_t)n : 1;
    if (n == 0) {
        return false;
    }
    if (total >= 0) {
        return before + (is_offset ? (int64_t)n : w->size) < total;
    }
    if (!is_offset && count >= 0) {
        return w->at - w->paging->first_number < count;
    }
    return w->next.s ? json_exists(at_place(root, w->next)) : (int64_t)n >= w->size;
}

static bool walk_once(struct walk *w, struct err *err)
{
    struct arena page;
    bool goes_on = true, circles = false, is_well = true;
    w->at = w->paging ? w->paging->first_number : 0;
    w->at_cursor = STR("");
    w->stale_pages = 0;
    w->told_total = -1;
    arena_init(&page, 0, 0);
    for (int64_t i = 0; goes_on && is_well && !w->is_stopped; i++) {
        struct client_answer answer;
        arena_reset(&page);
        const struct client_request rq = {
            .op = w->list->op, .path = page_path(w, &page), .may_repeat = true};
        is_well = client_send(&answer, &page, w->c, &rq, err);
        if (is_well && !client_is_well(&answer)) {
            is_well = client_refused(err, &rq, &answer);
        }
        if (!is_well) {
            break;
        }
        size_t n = take_page(w, items_of(w, answer.json));
        goes_on = go_on(w, answer.json, n, &circles);
        if (goes_on && (circles || w->stale_pages >= STALE_PAGES_MAX || i == PAGES_MAX)) {
            is_well = err_set(err, ERR_INPUT, "the listing %.*s goes in circles",
                              STR_ARG(w->list->op->path));
        }
        if (goes_on && w->paging->number_max && w->paging->style == PAGING_PAGES &&
            w->at > w->paging->number_max) {
            is_well = err_set(err, ERR_LIMIT, "%.*s has more pages than may be asked for",
                              STR_ARG(w->list->op->path));
        }
    }
    arena_done(&page);
    return is_well;
}

bool client_list(struct client *c, const struct client_list *list, struct err *err)
{
    struct walk w = {.c = c, .list = list, .paging = list->op->paging, .told_total = -1};
    struct json envelope = envelope_of(c, list->op);
    arena_init(&w.kept, 0, 0);
    w.items = client_place(&w.kept, envelope, STR("items"));
    w.cursor = client_place(&w.kept, envelope, STR("page.next_cursor"));
    w.next = client_place(&w.kept, envelope, STR("page.next"));
    w.total = client_place(&w.kept, envelope, STR("page.total"));
    w.count = client_place(&w.kept, envelope, STR("page.count"));
    if (w.paging) {
        int64_t most = w.paging->size_max > 0 ? w.paging->size_max : w.paging->size_default;
        w.size = list->page_size > 0 && list->page_size < most ? list->page_size : most;
        w.size = w.size < w.paging->size_min ? w.paging->size_min : w.size;
    }
    bool is_well = false, is_short = true;
    for (int i = 0; i < WALKS_MAX && is_short; i++) {
        is_well = walk_once(&w, err);
        is_short = is_well && !w.is_stopped && w.told_total > (int64_t)w.ids.count;
    }
    if (is_short) {
        is_well = err_set(err, ERR_SYSTEM, "%.*s says %lld and shows %zu, however often it is read",
                          STR_ARG(list->op->path), (long long)w.told_total, w.ids.count);
    }
    map_done(&w.ids);
    map_done(&w.cursors);
    arena_done(&w.kept);
    return is_well;
}

const struct operation *client_operation(const struct contract *c, const struct resource *r,
                                         enum action action)
{
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct operation *op = &c->operations[i];
        bool is_view = op->action == ACTION_READ &&
                       json_exists(json_path(op->source, STR("x-rehearse.reply.body")));
        if (op->action == action && op->resource == r && !op->part.n && !is_view) {
            return op;
        }
    }
    return NULL;
}

/* True if `parent` (or nothing but what has a usual value) is all that the path leaves open. */
static bool is_whole(const struct operation *op, struct str parent)
{
    for (size_t i = 0; i < op->n_segments; i++) {
        const struct segment *s = &op->segments[i];
        if (s->is_parameter && !str_eq(s->text, parent) && !client_has_usual_value(op, s->text)) {
            return false;
        }
    }
    return true;
}

const struct operation *client_list_operation(const struct contract *c, const struct resource *r)
{
    const struct operation *best = NULL;
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct operation *op = &c->operations[i];
        struct str parent = r->parent ? op->parent_param : STR("");
        if (op->action != ACTION_LIST || op->resource != r || op->part.n || op->part.of ||
            op->is_from_target || op->poll.takes || (r->parent && !parent.len) ||
            !is_whole(op, parent)) {
            continue;
        }
        if (!best || (best->show && !op->show)) {
            best = op;
        }
    }
    return best;
}
