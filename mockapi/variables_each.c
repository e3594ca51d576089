/* What "$each" of templates goes through: lists of the request, lists that are values, and entities of a
 * resource. */
#include "mockapi/act.h"
#include "mockapi/jobs.h"

/* The i-th error among the findings, NULL past the last. */
static const struct finding *error_at(const struct findings *fs, size_t i)
{
    size_t seen = 0;
    for (size_t k = 0; k < fs->len; k++) {
        if (fs->at[k].severity == SEVERITY_ERROR && seen++ == i) {
            return &fs->at[k];
        }
    }
    return NULL;
}

/* An entity's JSON; no value where there is no entity. */
static struct json entity_value(struct request *rq, const struct entity *e)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    bool is_read = e && json_parse(&doc, rq->arena, STR(""), e->text, NULL, NULL, &err);
    return is_read ? json_root(doc) : (struct json){0};
}

/* The value that a list's name leads to: "entity.lines". */
static struct json list_value(struct request *rq, struct str list)
{
    size_t dot = str_find_char(list, '.');
    struct str scope = str_slice(list, 0, dot), name = str_slice(list, dot + 1, list.len);
    struct json from = {0};
    if (str_eq(scope, STR("item"))) {
        from = rq->n_lists ? rq->lists[rq->n_lists - 1] : from;
    } else if (str_eq(scope, STR("body"))) {
        from = rq->item;
    } else if (str_eq(scope, STR("part"))) {
        from = rq->part;
    } else if (str_eq(scope, STR("owner"))) {
        from = rq->owner;
    } else if (str_eq(scope, STR("event"))) {
        from = rq->event;
    } else if (str_eq(scope, STR("result"))) {
        from = rq->result;
    } else if (str_eq(scope, STR("job"))) {
        from = rq->job ? rq->job->body : from; /* job.body… */
        name = str_slice(name, 5, name.len);
    } else {
        from = entity_value(rq, str_eq(scope, STR("entity"))   ? rq->entity
                                : str_eq(scope, STR("target")) ? rq->target
                                : str_eq(scope, STR("parent")) ? rq->parent
                                : str_eq(scope, STR("row"))    ? rq->row
                                                               : NULL);
    }
    return name.len ? json_path(from, name) : from;
}

/* Lists that are values nest: the item at hand of each stands on a stack. */
static bool each_value(struct request *rq, struct str list, size_t i)
{
    struct json v = i ? json_next(rq->lists[rq->n_lists - 1]) : list_value(rq, list);
    if (i == 0) {
        v = json_kind(v) == JSON_ARRAY ? json_first(v) : (struct json){0};
        if (!json_exists(v) || rq->n_lists == TEMPLATE_LISTS_MAX) {
            return false;
        }
        rq->n_lists++;
    }
    rq->lists[rq->n_lists - 1] = v;
    rq->n_lists -= !json_exists(v);
    return json_exists(v);
}

bool request_each(struct str list, size_t i, void *ctx)
{
    struct request *rq = ctx;
    if (str_find_char(list, '.') < list.len || str_eq(list, STR("item"))) {
        return each_value(rq, list, i);
    }
    rq->each = SIZE_MAX;
    rq->each_list = list;
    if (str_eq(list, STR("findings"))) {
        const struct finding *f = error_at(&rq->findings, i);
        if (f) {
            rq->finding = f;
        } else {
            rq->finding = error_at(&rq->findings, 0);
            return false;
        }
    } else if (str_eq(list, STR("failures"))) {
        if (i >= rq->n_failures) {
            return false;
        }
    } else if (str_eq(list, STR("items"))) {
        rq->entity = i < rq->n_done ? rq->done[i] : NULL;
        if (!rq->entity) {
            return false;
        }
    } else if (str_eq(list, STR("outcomes"))) {
        rq->entity = i < rq->n_outcomes ? rq->outcomes[i].entity : NULL;
        if (i >= rq->n_outcomes) {
            return false;
        }
    } else if (!str_eq(list, STR("permissions")) || !rq->op || i >= rq->op->n_permissions) {
        return false;
    }
    rq->each = i;
    return true;
}

/* The caller holds the tenant's lock: templates that look at entities stand only where it does. */
size_t request_rows(const struct template_query *q, const struct str *values,
                    void (*row)(void *row_ctx), void *row_ctx, void *ctx)
{
    struct request *rq = ctx;
    const struct entity *const *at = NULL, *outer = rq->row;
    size_t n = tenant_select(row ? &at : NULL, rq->arena, rq->tenant, q, values, rq->now_us);
    for (size_t i = 0; row && i < n; i++) {
        rq->row = at[i];
        row(row_ctx);
    }
    rq->row = outer;
    return n;
}
