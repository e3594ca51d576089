/* What carrying out a plan needs: paths, bodies, ids, and how an entity stands. */
#include "validator/plan_int.h"

#include <stdlib.h>

bool plan_is_symbol(struct str s)
{
    static const struct str head = STR_INIT("@new-");
    if (!str_starts(s, head) || s.len == head.len) {
        return false;
    }
    for (size_t i = head.len; i < s.len; i++) {
        if (s.s[i] < '0' || s.s[i] > '9') {
            return false;
        }
    }
    return true;
}

const struct plan_value *plan_value_find(const struct plan_step *s, struct str name)
{
    for (size_t i = 0; i < s->n_path; i++) {
        if (str_eq(s->path[i].name, name)) {
            return &s->path[i];
        }
    }
    return NULL;
}

static struct str replaced(struct str value, const struct map *ids)
{
    bool may_be = ids && value.len > 1 && value.s[0] == '@'; /* what is in the map is a symbol */
    const struct str *id = may_be ? map_get(ids, value) : NULL;
    return id ? *id : value;
}

struct str plan_step_path(struct arena *a, const struct plan_step *step, const struct map *ids)
{
    struct buf out;
    buf_init(&out, a);
    for (size_t i = 0; i < step->op->n_segments; i++) {
        const struct segment *s = &step->op->segments[i];
        const struct plan_value *value = s->is_parameter ? plan_value_find(step, s->text) : NULL;
        buf_put_char(&out, '/');
        if (!s->is_parameter) {
            buf_put(&out, s->text);
            continue;
        }
        buf_put(&out, s->before);
        uri_encode(&out, value ? replaced(value->value, ids) : STR(""));
        buf_put(&out, s->after);
    }
    for (size_t i = 0; i < step->n_query; i++) {
        buf_put_char(&out, i ? '&' : '?');
        uri_encode(&out, step->query[i].name);
        buf_put_char(&out, '=');
        uri_encode(&out, replaced(step->query[i].value, ids));
    }
    return buf_str(&out);
}

/* As deep as the body, which is bounded. */
static void put_replaced(struct buf *out, struct json v, const struct map *ids)
{
    if (json_kind(v) == JSON_STRING) {
        buf_put_json_string(out, replaced(json_str(v), ids));
        return;
    }
    if (json_kind(v) != JSON_ARRAY && json_kind(v) != JSON_OBJECT) {
        json_put(out, v);
        return;
    }
    bool is_object = json_kind(v) == JSON_OBJECT, is_first = true;
    buf_put_char(out, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        if (is_object) {
            buf_put_json_string(out, replaced(json_key(m), ids));
            buf_put_char(out, ':');
        }
        put_replaced(out, m, ids);
    }
    buf_put_char(out, is_object ? '}' : ']');
}

struct str plan_step_body(struct arena *a, const struct plan_step *step, const struct map *ids)
{
    const struct json_doc *doc = NULL;
    struct buf out;
    if (!step->body.len || !json_parse(&doc, a, STR(""), step->body, NULL, NULL, NULL)) {
        return step->body;
    }
    buf_init(&out, a);
    put_replaced(&out, json_root(doc), ids);
    return buf_str(&out);
}

struct str plan_step_id(struct arena *a, const struct plan_step *step, struct str answer)
{
    enum { DEPTH = 4 }; /* of a batch the id stands in the first of a list in an object */
    const struct json_doc *doc = NULL;
    struct str id = STR("");
    if (!step->resource || !step->resource->id_field ||
        !json_parse(&doc, a, STR(""), answer, NULL, NULL, NULL)) {
        return id;
    }
    struct json at = json_root(doc);
    for (int depth = 0; depth < DEPTH && json_exists(at) && !id.len; depth++) {
        struct str found = field_text(step->resource->id_field, at);
        id = found.s ? found : id;
        at = json_first(at);
    }
    return id;
}

/* --- how an entity stands --- */

/* There may be several views of an entity; where it is written, all of it is shown. */
static bool is_written_at(const struct contract *c, const struct operation *read)
{
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct operation *op = &c->operations[i];
        bool is_write = op->action == ACTION_REPLACE || op->action == ACTION_MERGE ||
                        op->action == ACTION_DELETE;
        if (is_write && op->resource == read->resource && str_eq(op->path, read->path)) {
            return true;
        }
    }
    return false;
}

const struct operation *plan_expect_operation(const struct contract *c, const struct resource *r)
{
    const struct operation *found = NULL;
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct operation *op = &c->operations[i];
        if (op->action != ACTION_READ || op->resource != r || op->part.n ||
            !(op->key_param.len || op->is_singleton)) {
            continue;
        }
        if (is_written_at(c, op)) {
            return op;
        }
        found = found ? found : op;
    }
    return found;
}

/* What a path parameter that names no entity is, the API's version mostly. */
static struct str usual_value(const struct operation *op, struct str name)
{
    for (size_t i = 0; i < op->n_parameters; i++) {
        struct json schema = json_get(op->parameters[i].source, STR("schema"));
        struct json first = json_first(json_get(schema, STR("enum")));
        struct json most = json_get(schema, STR("maximum"));
        if (str_eq(op->parameters[i].name, name)) {
            return json_kind(first) == JSON_STRING   ? json_str(first)
                   : json_kind(first) == JSON_NUMBER ? json_number_text(first)
                   : json_kind(most) == JSON_NUMBER  ? json_number_text(most)
                                                     : STR("x");
        }
    }
    return STR("x");
}

struct str plan_expect_path(struct arena *a, const struct operation *op, struct str id)
{
    struct buf out;
    buf_init(&out, a);
    for (size_t i = 0; i < op->n_segments; i++) {
        const struct segment *s = &op->segments[i];
        buf_put_char(&out, '/');
        if (!s->is_parameter) {
            buf_put(&out, s->text);
            continue;
        }
        buf_put(&out, s->before);
        uri_encode(&out, str_eq(s->text, op->key_param) ? id : usual_value(op, s->text));
        buf_put(&out, s->after);
    }
    return buf_str(&out);
}

/* The entity in an answer, which may stand in an envelope. */
static struct json entity_in(const struct resource *r, struct json shown)
{
    bool is_there = !r->id_field || field_text(r->id_field, shown).s;
    struct json inner = json_first(shown);
    if (is_there) {
        return shown;
    }
    inner = json_kind(inner) == JSON_ARRAY ? json_first(inner) : inner;
    return json_kind(inner) == JSON_OBJECT ? inner : shown;
}

struct str plan_version(const struct resource *r, struct json shown)
{
    struct str text =
        r->version_field ? field_text(r->version_field, entity_in(r, shown)) : STR("");
    return text.s ? text : STR("");
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(json_key(*(const struct json *)a), json_key(*(const struct json *)b));
}

static void put_canonical(struct buf *out, struct arena *a, const struct contract *c,
                          struct json schema, struct json v);

/* Members by name; without those that no client writes. As deep as the document. */
static void put_members(struct buf *out, struct arena *a, const struct contract *c,
                        struct json schema, struct json v)
{
    struct json *all = ARENA_ARRAY(a, json_count(v) + 1, struct json);
    size_t n = 0;
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct member_look look = contract_member(c, schema, json_key(m));
        if (json_kind(m) != JSON_NULL && !(look.n && look.is_read_only)) {
            all[n++] = m;
        }
    }
    if (n) {
        qsort(all, n, sizeof *all, by_key);
    }
    buf_put_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        buf_put_json_string(out, json_key(all[i]));
        put_canonical(out, a, c, contract_member(c, schema, json_key(all[i])).member, all[i]);
    }
    buf_put_char(out, '}');
}

static void put_canonical(struct buf *out, struct arena *a, const struct contract *c,
                          struct json schema, struct json v)
{
    if (json_kind(v) == JSON_OBJECT) {
        put_members(out, a, c, schema, v);
    } else if (json_kind(v) == JSON_ARRAY) {
        struct json items = json_get(contract_deref(c, schema), STR("items"));
        buf_put_char(out, '[');
        for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
            put_canonical(out, a, c, items, m);
            buf_put_char(out, ',');
        }
        buf_put_char(out, ']');
    } else {
        json_put(out, v);
    }
}

struct str plan_fingerprint(struct arena *a, const struct contract *c, const struct resource *r,
                            struct json shown)
{
    struct buf all, out;
    struct json entity = entity_in(r, shown);
    buf_init(&all, a);
    buf_init(&out, a);
    buf_put_char(&all, '{');
    struct json *members = ARENA_ARRAY(a, json_count(entity) + 1, struct json);
    size_t n = 0;
    for (struct json m = json_first(entity); json_exists(m); m = json_next(m)) {
        struct member_look look = contract_member(c, r->schema, json_key(m));
        bool is_version = r->version_field && str_eq(r->version_field->text, json_key(m));
        if (json_kind(m) != JSON_NULL && !is_version && look.n && !look.is_read_only) {
            members[n++] = m;
        }
    }
    if (n) {
        qsort(members, n, sizeof *members, by_key);
    }
    for (size_t i = 0; i < n; i++) {
        buf_put_json_string(&all, json_key(members[i]));
        put_canonical(&all, a, c, contract_member(c, r->schema, json_key(members[i])).member,
                      members[i]);
    }
    buf_printf(&out, "%016llx", (unsigned long long)str_hash(buf_str(&all)));
    return buf_str(&out);
}
