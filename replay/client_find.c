/* Reading what is there: by id, by what it says. */
#include "replay/client_int.h"
#include "replay/client_write.h"

static struct str text_of(struct json v)
{
    return json_kind(v) == JSON_STRING   ? json_str(v)
           : json_kind(v) == JSON_NUMBER ? json_number_text(v)
                                         : (struct str){0};
}

struct finder {
    struct arena *a;
    const struct resource *r;
    struct str id; /* looked for; s NULL: by `body` */
    struct json body;
    struct client_found *found;
};

static struct json keep(struct arena *a, struct json v)
{
    const struct json_doc *doc = NULL;
    struct str text = str_copy(a, json_source(v));
    return json_parse(&doc, a, STR("entity"), text, NULL, NULL, NULL) ? json_root(doc)
                                                                      : (struct json){0};
}

static bool is_equal_text(struct str x, struct str y, struct fold fold)
{
    x = fold.trims ? str_trim(x) : x;
    y = fold.trims ? str_trim(y) : y;
    return fold.ignores_case ? str_eq_fold(x, y) : str_eq(x, y);
}

/* By what must be unique, where the body says all of it; else by all that it says. */
static bool fits(const struct resource *r, struct json shown, struct json body)
{
    for (size_t i = 0; i < r->n_unique; i++) {
        const struct unique_rule *u = &r->unique[i];
        bool is_same = u->n > 0, is_said = u->n > 0;
        for (size_t k = 0; k < u->n && is_said; k++) {
            struct str want = text_of(field_find(u->fields[k], body));
            struct str have = text_of(field_find(u->fields[k], shown));
            is_said = want.s != NULL;
            is_same = is_same && is_said && have.s && is_equal_text(want, have, u->fold);
        }
        if (is_said) {
            return is_same;
        }
    }
    return client_has(shown, body);
}

static bool look(struct json item, void *ctx)
{
    struct finder *f = ctx;
    struct str id = f->r->id_field ? text_of(field_find(f->r->id_field, item)) : (struct str){0};
    bool is_it = f->id.s ? id.s && str_eq(id, f->id) : fits(f->r, item, f->body);
    if (!is_it || !id.s) {
        return true;
    }
    struct client_found *out = f->found;
    struct str *ids = ARENA_ARRAY(f->a, out->n + 1, struct str);
    struct json *at = ARENA_ARRAY(f->a, out->n + 1, struct json);
    for (size_t i = 0; i < out->n; i++) {
        ids[i] = out->ids[i];
        at[i] = out->at[i];
    }
    ids[out->n] = str_copy(f->a, id);
    at[out->n++] = keep(f->a, item);
    out->ids = ids;
    out->at = at;
    return !f->id.s;
}

bool client_has(struct json shown, struct json wanted)
{
    if (json_kind(wanted) != JSON_OBJECT || json_kind(shown) != JSON_OBJECT) {
        return json_eq(shown, wanted) || json_kind(wanted) == JSON_NULL;
    }
    bool is_any = false;
    for (struct json m = json_first(wanted); json_exists(m); m = json_next(m)) {
        struct json there = json_get(shown, json_key(m));
        if (json_exists(there)) {
            is_any = true;
            if (!client_has(there, m)) {
                return false;
            }
        }
    }
    return is_any || json_count(wanted) == 0;
}

bool client_find(struct client *c, struct arena *a, const struct resource *r, struct json body,
                 struct client_found *out, struct err *err)
{
    struct finder f = {.a = a, .r = r, .body = body, .found = out};
    const struct client_list list = {
        .op = client_list_operation(c->contract, r), .each = look, .ctx = &f};
    *out = (struct client_found){0};
    if (!list.op || r->parent) {
        return err_set(err, ERR_INPUT, "the API of %.*s has no list of %.*ss to look it up in",
                       STR_ARG(c->contract->name), STR_ARG(r->title));
    }
    return client_list(c, &list, err);
}

bool client_read(struct client *c, struct arena *a, const struct resource *r, struct str id,
                 struct json *out, struct str *out_etag, struct err *err)
{
    const struct operation *op = client_operation(c->contract, r, ACTION_READ);
    struct client_answer answer;
    struct client_found found = {0};
    struct finder f = {.a = a, .r = r, .id = id, .found = &found};
    *out = (struct json){0};
    if (op && (op->key_param.len || op->is_singleton)) {
        const struct client_value value = {op->key_param, id};
        const struct client_request rq = {.op = op,
                                          .path =
                                              client_path(a, op, &value, op->key_param.len ? 1 : 0),
                                          .may_repeat = true};
        if (!client_send(&answer, a, c, &rq, err)) {
            return false;
        }
        if (answer.status != 404 && answer.status != 204 && !client_is_well(&answer)) {
            return client_refused(err, &rq, &answer);
        }
        if (out_etag) {
            *out_etag = answer.etag;
        }
        struct json v = client_is_well(&answer) ? answer.json : (struct json){0};
        for (int i = 0; i < 2 && r->id_field && json_exists(v) && !op->is_singleton &&
                        !json_exists(field_find(r->id_field, v));
             i++) {
            v = json_first(v);
        }
        *out = v;
        return true;
    }
    const struct client_list list = {
        .op = client_list_operation(c->contract, r), .each = look, .ctx = &f};
    if (!list.op) {
        return err_set(err, ERR_INPUT, "the API of %.*s does not show a %.*s",
                       STR_ARG(c->contract->name), STR_ARG(r->title));
    }
    if (!client_list(c, &list, err)) {
        return false;
    }
    *out = found.n ? found.at[0] : *out;
    return true;
}
