/* Conduct rules C303, C304: what is done about a conflict. */
#include "replay/judge_int.h"

enum { FIND_DEPTH = 6 };

static bool is_conflict(const struct exchange *x)
{
    bool is_stale = exchange_in_case(x, STR("version")) || x->status == 412;
    return x->op && !x->is_lost && is_stale && (x->status == 409 || x->status == 412);
}

/* --- versions --- */

/* The version that a write carries; s NULL: none. */
static struct str version_sent(const struct exchange *x)
{
    struct str text = {NULL, 0};
    switch (x->op->version.place) {
    case VERSION_QUERY:
        (void)judge_query(x, x->op->version.name, &text);
        break;
    case VERSION_BODY: {
        struct json v = json_get(x->asked, x->op->version.name);
        text = json_kind(v) == JSON_STRING ? json_str(v) : json_source(v);
        break;
    }
    case VERSION_IF_MATCH:
        text = exchange_header(x->headers, x->n_headers, STR("If-Match"));
        break;
    case VERSION_NONE:
        break;
    }
    return text;
}

static bool is_on_path(struct str path, struct str id)
{
    struct str rest = path, part;
    while (id.len && rest.len && str_cut(&rest, '/', &part)) {
        if (str_eq(part, id)) {
            return true;
        }
    }
    return false;
}

/* The entity that `path` names, in an answer that shows it, alone or among others. */
static struct json entity_in(const struct resource *r, struct json answer, struct str path,
                             int depth)
{
    struct json none = {0};
    struct str id = r->id_field && json_kind(answer) == JSON_OBJECT
                        ? field_text(r->id_field, answer)
                        : (struct str){NULL, 0};
    if (id.s && is_on_path(path, id)) {
        return answer;
    }
    for (struct json m = json_first(answer); json_exists(m) && depth < FIND_DEPTH;
         m = json_next(m)) {
        struct json found = entity_in(r, m, path, depth + 1);
        if (json_exists(found)) {
            return found;
        }
    }
    return none;
}

/* The version that a read shows of what `x` writes to; s NULL: it does not tell. */
static struct str version_shown(const struct exchange *x, const struct exchange *read)
{
    const struct resource *r = x->op->resource;
    struct str none = {NULL, 0};
    if (x->op->version.place == VERSION_IF_MATCH) {
        return str_eq(read->path, x->path)
                   ? exchange_header(read->reply_headers, read->n_reply_headers, STR("ETag"))
                   : none;
    }
    if (!r || !r->version_field) {
        return none;
    }
    struct json entity =
        str_eq(read->path, x->path) ? read->answer : entity_in(r, read->answer, x->path, 0);
    return json_exists(entity) ? field_text(r->version_field, entity) : none;
}

/* The last read of what `x` writes to, behind it and before `next`; NULL: none. */
static const struct exchange *read_between(const struct judge *j, const struct exchange *x,
                                           const struct exchange *next)
{
    const struct exchange *read = NULL;
    for (const struct exchange *y = judge_next(j, x); y && y < next; y = judge_next(j, y)) {
        bool is_read = exchange_is_safe(y) && y->from_us >= x->from_us && exchange_is_well(y);
        /* some read their entities from the list */
        bool is_list = y->op && y->op->action == ACTION_LIST && x->op->resource == y->op->resource;
        read = is_read && (str_eq(y->path, x->path) || is_list) ? y : read;
    }
    return read;
}

/* --- lost updates --- */

/* A member that somebody else set, that the client had read as it was before, and that the write sets back to that. */
static struct str set_back(const struct other_change *k, const struct exchange *x,
                           struct json was_read)
{
    for (struct json m = json_first(k->set); json_exists(m); m = json_next(m)) {
        struct json was = json_get(k->before, json_key(m));
        struct json sent = json_get(x->asked, json_key(m)), read = json_get(was_read, json_key(m));
        if (json_exists(was) && json_exists(sent) && json_exists(read) && !json_eq(was, m) &&
            json_eq(sent, was) && json_eq(read, was)) {
            return json_key(m);
        }
    }
    return (struct str){NULL, 0};
}

/* Without versions no conflict shows it: the client writes behind the change, and its last read was before that. Who
 * never read what it writes means what it says, and who read the new value too. */
static void judge_lost_update(struct judge *j, struct verdict *v, const struct other_change *k)
{
    const struct exchange *read = NULL;
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        struct json entity = {0};
        if (!x->op || !x->op->resource || !str_eq(x->site, k->site)) {
            continue;
        }
        if (exchange_is_safe(x) && exchange_is_well(x)) {
            entity = str_eq(x->path, k->path) ? x->answer
                                              : entity_in(x->op->resource, x->answer, k->path, 0);
            read = json_exists(entity) ? x : read;
            continue;
        }
        bool is_write = str_eq(x->path, k->path) && !exchange_is_safe(x) && x->to_us > k->at_us &&
                        x->status >= 200 && x->status < 300;
        if (!is_write || !read) {
            continue;
        }
        entity = str_eq(read->path, k->path) ? read->answer
                                             : entity_in(x->op->resource, read->answer, k->path, 0);
        struct str back = read->from_us < k->at_us ? set_back(k, x, entity) : (struct str){NULL, 0};
        if (back.s) {
            judge_broken(j, v, read, x,
                         "somebody else had set \"%.*s\" in between: it was overwritten with what "
                         "had been read before",
                         STR_ARG(str_slice(back, 0, 60)));
        } else {
            judge_occasion(v);
        }
        return;
    }
}

void judge_conflict_read(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n_others; i++) {
        judge_lost_update(j, v, &j->e->others[i]);
    }
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (!is_conflict(x)) {
            continue;
        }
        const struct exchange *next = judge_on_path(j, x, x->method);
        const struct exchange *read = next ? read_between(j, x, next) : NULL;
        struct str mine = exchange_header(x->headers, x->n_headers, STR("If-Match"));
        struct str then = next ? exchange_header(next->headers, next->n_headers, STR("If-Match"))
                               : (struct str){NULL, 0};
        bool is_same =
            next && str_eq(next->uri, x->uri) && str_eq(next->body, x->body) && str_eq(mine, then);
        struct str shown = read ? version_shown(x, read) : (struct str){NULL, 0};
        /* who reads, and is shown that very version, can send no other */
        bool is_stale = is_same && (!read || (shown.s && !str_eq(shown, version_sent(next))));
        if (is_stale) {
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
            /* carried out, though the answer may be lost */
            is_done = is_write ? y->status >= 200 && y->status < 300 : is_done;
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
