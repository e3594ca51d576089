/* Query parameters as templates see them: with the type that their schema gives them. */
#include "mockapi/request.h"

static const struct parameter *find(const struct request *rq, struct str name)
{
    for (size_t i = 0; rq->op && i < rq->op->n_parameters; i++) {
        const struct parameter *p = &rq->op->parameters[i];
        if (str_eq(p->name, name) && str_eq(p->in, STR("query"))) {
            return p;
        }
    }
    return NULL;
}

/* One value. What is not of its type (it is refused, or no request was let through yet) stays a text. */
static void put_scalar(struct buf *out, struct request *rq, enum json_kind kind, struct str text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    bool is_other = kind == JSON_NUMBER || kind == JSON_BOOL;
    if (kind == JSON_BOOL) {
        text = str_lower(rq->arena, text);
    }
    if (is_other && json_parse(&doc, rq->arena, STR(""), text, NULL, NULL, &err) &&
        json_kind(json_root(doc)) == kind) {
        json_put(out, json_root(doc));
    } else {
        buf_put_json_string(out, text);
    }
}

/* Repeated parameters and commas make one list. */
static void put_given(struct buf *out, struct request *rq, const struct parameter *p)
{
    bool is_first = true;
    buf_put_char(out, '[');
    for (size_t i = 0; i < rq->query.n; i++) {
        struct str rest = rq->query.pairs[i].value, one;
        while (str_eq(rq->query.pairs[i].name, p->name) && str_cut(&rest, ',', &one)) {
            buf_put(out, is_first ? STR("") : STR(","));
            put_scalar(out, rq, p->kind, one);
            is_first = false;
        }
    }
    buf_put_char(out, ']');
}

bool request_put_query(struct buf *out, struct request *rq, struct str name)
{
    const struct parameter *p = find(rq, name);
    struct str value = request_query_value(rq, name);
    if (!value.s) {
        return false;
    }
    if (!p || !p->is_list) {
        put_scalar(out, rq, p ? p->kind : JSON_STRING, value);
    } else if (query_get(&rq->query, name).s) {
        put_given(out, rq, p);
    } else {
        json_put(out, json_get(json_get(p->source, STR("schema")), STR("default")));
    }
    return true;
}
