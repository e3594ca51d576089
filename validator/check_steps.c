/* Creates, changes and deletes, as questions to the tenant. */
#include "validator/check_int.h"

const struct operation *check_operation(const struct contract *c, const struct resource *r,
                                        enum action action)
{
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct operation *op = &c->operations[i];
        if (op->action == action && op->resource == r && !op->part.n) {
            return op;
        }
    }
    return NULL;
}

/* A string's content, a number's literal; "" for anything else. Borrowed. */
static struct str plain_text(struct json v)
{
    return json_kind(v) == JSON_STRING   ? json_str(v)
           : json_kind(v) == JSON_NUMBER ? json_number_text(v)
                                         : STR("");
}

/* What a path parameter that names no entity is, the API's version mostly: the newest. */
static struct str usual_value(const struct operation *op, struct str name)
{
    for (size_t i = 0; i < op->n_parameters; i++) {
        const struct parameter *p = &op->parameters[i];
        struct json schema = json_get(p->source, STR("schema"));
        struct json first = json_first(json_get(schema, STR("enum"))),
                    most = json_get(schema, STR("maximum"));
        if (str_eq(p->name, name) && str_eq(p->in, STR("path"))) {
            return json_exists(first)  ? plain_text(first)
                   : json_exists(most) ? plain_text(most)
                                       : STR("x");
        }
    }
    return STR("x");
}

struct str check_path(struct arena *a, const struct operation *op, struct str id, struct str parent)
{
    struct buf out;
    bool makes = op->action == ACTION_CREATE || op->action == ACTION_BATCH;
    buf_init(&out, a);
    for (size_t i = 0; i < op->n_segments; i++) {
        const struct segment *s = &op->segments[i];
        buf_put_char(&out, '/');
        if (!s->is_parameter) {
            buf_put(&out, s->text);
            continue;
        }
        bool is_parent = op->parent_param.len && str_eq(s->text, op->parent_param);
        bool is_key = !makes && op->key_param.len && str_eq(s->text, op->key_param);
        buf_put(&out, s->before);
        if (is_parent || is_key) {
            uri_encode(&out, is_parent ? parent : id);
        } else {
            buf_put(&out, usual_value(op, s->text));
        }
        buf_put(&out, s->after);
    }
    return buf_str(&out);
}

/* What a creating operation wants around one entity. */
static struct str wrap_body(struct check *c, const struct operation *op, struct str one,
                            size_t *out_cut)
{
    struct buf out;
    buf_init(&out, c->arena);
    *out_cut = (op->wrap.len ? 1U : 0U) + (op->action == ACTION_BATCH ? 1U : 0U);
    if (op->wrap.len) {
        buf_put_char(&out, '{');
        buf_put_json_string(&out, op->wrap);
        buf_put_char(&out, ':');
    }
    buf_put(&out, op->action == ACTION_BATCH ? STR("[") : STR(""));
    buf_put(&out, one);
    buf_put(&out, op->action == ACTION_BATCH ? STR("]") : STR(""));
    buf_put(&out, op->wrap.len ? STR("}") : STR(""));
    return buf_str(&out);
}

/* "@name" means the id of what the change set made under that name. */
static void put_resolved(struct check *c, struct buf *out, struct json v)
{
    struct str text = json_str_or(v, STR(""));
    if (json_kind(v) == JSON_STRING && text.len > 1 && text.s[0] == '@') {
        const struct str *id = map_get(&c->locals, str_slice(text, 1, text.len));
        buf_put_json_string(out, id ? *id : text);
        return;
    }
    if (json_kind(v) != JSON_ARRAY && json_kind(v) != JSON_OBJECT) {
        json_put(out, v);
        return;
    }
    bool is_object = json_kind(v) == JSON_OBJECT;
    buf_put_char(out, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (m.at != json_first(v).at) {
            buf_put_char(out, ',');
        }
        if (is_object) {
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
        }
        put_resolved(c, out, m); /* as deep as the document, which is bounded */
    }
    buf_put_char(out, is_object ? '}' : ']');
}

struct str check_resolve(struct check *c, struct json v)
{
    struct buf out;
    buf_init(&out, c->arena);
    put_resolved(c, &out, v);
    return buf_str(&out);
}

/* What people call the entity of a body. */
static struct str name_in(const struct resource *r, struct json body)
{
    return r->name_field ? json_str_or(field_find(r->name_field, body), STR("")) : STR("");
}

/* The id as it is written, where the answer is the entity and its id needs no reading. */
static struct str id_written(const struct resource *r, struct str text)
{
    struct str id = STR("");
    if (r->id_field && !r->id_field->is_list && json_text_is(text, JSON_OBJECT)) {
        struct str value = json_text_path(text, r->id_field->text);
        bool is_plain = value.s && str_find_char(value, '\\') == value.len;
        if (is_plain && json_text_is(value, JSON_STRING)) {
            id = str_slice(value, 1, value.len - 1);
        }
    }
    return id;
}

/* The id that an answer tells, wherever it stands: of the entity, or of the first of a batch. */
struct str check_id_in(struct check *c, const struct resource *r, struct str text)
{
    const struct json_doc *doc = NULL;
    struct str id = id_written(r, text);
    if (id.len || !r->id_field || !json_parse(&doc, c->arena, STR(""), text, NULL, NULL, NULL)) {
        return id;
    }
    struct json at = json_root(doc);
    for (int depth = 0; depth < 4 && json_exists(at) && !id.len; depth++) {
        id = plain_text(field_find(r->id_field, at));
        at = json_first(at);
    }
    return id;
}

static bool has_no_operation(struct check *c, const struct resource *r, struct json at,
                             const char *what)
{
    struct finding f = check_finding(c, at, "P606", SEVERITY_ERROR);
    f.message = findings_text(c->fs, "the API of %.*s has no operation to %s a %.*s",
                              STR_ARG(c->contract->name), what, STR_ARG(r->title));
    findings_add(c->fs, &f);
    return false;
}

bool check_create(struct check *c, const struct resource *r, struct json at, struct json body,
                  struct str *out_id)
{
    return check_create_as(c, r, at, body, body, out_id);
}

bool check_create_as(struct check *c, const struct resource *r, struct json at, struct json body,
                     struct json shown, struct str *out_id)
{
    struct tenant_answer answer;
    const struct operation *op = check_operation(c->contract, r, ACTION_CREATE);
    op = op ? op : check_operation(c->contract, r, ACTION_BATCH);
    check_about(c, r, STR(""), name_in(r, body));
    c->n_entities++;
    if (!op) {
        return has_no_operation(c, r, at, "create");
    }
    struct check_step step = {.op = op, .resource = r, .at = at, .body = shown};
    step.path = check_path(c->arena, op, STR(""), STR(""));
    step.body_text = wrap_body(c, op, check_resolve(c, body), &step.cut);
    bool is_made = check_ask(c, &step, &answer);
    struct str id = is_made ? check_id_in(c, r, answer.text) : STR("");
    check_made(c, shown, id);
    if (is_made && out_id) {
        *out_id = id;
    }
    return is_made;
}

/* What the tenant shows of the entity, "" if nothing; its ETag. */
static struct json look(struct check *c, const struct resource *r, struct str id, struct str *etag)
{
    const struct operation *op = check_operation(c->contract, r, ACTION_READ);
    struct tenant_answer answer = {0};
    struct findings ignored;
    const struct json_doc *doc = NULL;
    findings_init(&ignored, c->arena);
    if (!op) {
        return (struct json){0};
    }
    const struct tenant_question q = {.method = op->method,
                                      .path = check_path(c->arena, op, id, STR(""))};
    c->ask(c->ctx, c->arena, &q, &answer, &ignored);
    *etag = answer.etag;
    bool is_read =
        answer.status < 300 && json_parse(&doc, c->arena, STR(""), answer.text, NULL, NULL, NULL);
    return is_read ? json_root(doc) : (struct json){0};
}

/* The body of a change: what is set; for an operation that takes the whole, over what is there, as far as
 * its schema knows it. The version that is there goes where the operation wants it. */
static struct str change_body(struct check *c, const struct operation *op, struct json there,
                              struct json set)
{
    struct buf out;
    struct json known = json_get(op->body_schema_source, STR("properties"));
    bool is_first = true;
    buf_init(&out, c->arena);
    buf_put_char(&out, '{');
    for (struct json m = json_first(there); json_exists(m); m = json_next(m)) {
        struct json property = json_get(known, json_key(m));
        bool is_version =
            op->version.place == VERSION_BODY && str_eq(op->version.name, json_key(m));
        bool is_kept = op->action == ACTION_REPLACE && json_kind(m) != JSON_NULL &&
                       (!json_exists(known) || json_exists(property)) &&
                       !json_is_true(json_get(property, STR("readOnly")));
        if ((is_kept || is_version) && !json_exists(json_get(set, json_key(m)))) {
            buf_put(&out, is_first ? STR("") : STR(","));
            buf_put_json_string(&out, json_key(m));
            buf_put_char(&out, ':');
            json_put(&out, m);
            is_first = false;
        }
    }
    for (struct json m = json_first(set); json_exists(m); m = json_next(m)) {
        buf_put(&out, is_first ? STR("") : STR(","));
        buf_put_json_string(&out, json_key(m));
        buf_put_char(&out, ':');
        put_resolved(c, &out, m);
        is_first = false;
    }
    buf_put_char(&out, '}');
    return buf_str(&out);
}

bool check_update(struct check *c, const struct resource *r, struct json at, struct str id,
                  struct json set)
{
    return check_update_as(c, r, at, id, set, set);
}

bool check_update_as(struct check *c, const struct resource *r, struct json at, struct str id,
                     struct json set, struct json shown)
{
    struct str etag = STR("");
    const struct operation *op = check_operation(c->contract, r, ACTION_MERGE);
    op = op ? op : check_operation(c->contract, r, ACTION_REPLACE);
    struct json there = look(c, r, id, &etag);
    check_about(c, r, id, name_in(r, there));
    c->n_entities++;
    if (!op) {
        return has_no_operation(c, r, at, "change");
    }
    struct check_step step = {.op = op, .resource = r, .at = at, .body = shown, .etag = etag};
    struct buf path;
    buf_init(&path, c->arena);
    buf_put(&path, check_path(c->arena, op, id, STR("")));
    if (op->version.place == VERSION_QUERY && r->version_field) {
        struct str version = plain_text(field_find(r->version_field, there));
        buf_printf(&path, "?%.*s=%.*s", STR_ARG(op->version.name), STR_ARG(version));
    }
    step.path = buf_str(&path);
    step.body_text = change_body(c, op, there, set);
    return check_ask(c, &step, NULL);
}

struct users {
    struct check *c;
    struct buf text;
    size_t n;
};

static bool note_user(const struct resource *from, const struct reference_rule *rule,
                      const struct entity *e, void *ctx)
{
    enum { NAMED_MAX = 5 };
    struct users *u = ctx;
    (void)rule;
    if (u->n++ < NAMED_MAX) {
        struct str name =
            from->name_field ? json_text_path(e->text, from->name_field->text) : (struct str){0};
        buf_put(&u->text, u->text.len ? STR(", ") : STR(""));
        buf_printf(&u->text, "%.*s %.*s", STR_ARG(from->title), STR_ARG(name.s ? name : e->id));
    }
    return true;
}

/* What would go on naming what is gone, or go with it, though the tenant allows the delete. */
static void warn_of_users(struct check *c, struct json at, const struct users *u)
{
    if (u->n == 0) {
        return;
    }
    struct finding f = check_finding(c, at, "D501", SEVERITY_WARNING);
    f.message =
        findings_text(c->fs, "deleting it touches %zu that use%s it: %.*s%s", u->n,
                      u->n == 1 ? "s" : "", STR_ARG(buf_str(&u->text)), u->n > 5 ? " …" : "");
    f.hint = STR("take it off them first, or replace it there");
    findings_add(c->fs, &f);
}

bool check_delete(struct check *c, const struct resource *r, struct json at, struct str id)
{
    const struct operation *op = check_operation(c->contract, r, ACTION_DELETE);
    struct users users = {.c = c};
    struct str etag = STR("");
    struct json there = look(c, r, id, &etag);
    check_about(c, r, id, name_in(r, there));
    c->n_entities++;
    if (!op) {
        return has_no_operation(c, r, at, "delete");
    }
    buf_init(&users.text, c->arena);
    tenant_lock_read(c->tenant);
    tenant_referrers(c->tenant, r, id, note_user, &users);
    tenant_unlock(c->tenant);
    struct check_step step = {.op = op, .resource = r, .at = at, .etag = etag};
    step.path = check_path(c->arena, op, id, STR(""));
    bool is_gone = check_ask(c, &step, NULL);
    if (is_gone) {
        warn_of_users(c, at, &users);
    }
    return is_gone;
}

/* --- by name --- */

struct named {
    const struct resource *r;
    struct str name;
    struct arena *arena;
    struct str id;
    size_t n, n_names;
    struct str names[500];
};

static bool note_named(const struct entity *e, void *ctx)
{
    struct named *n = ctx;
    enum { NAMES_MAX = sizeof n->names / sizeof *n->names };
    struct str quoted = json_text_path(e->text, n->r->name_field->text);
    if (quoted.len < 2) {
        return true;
    }
    struct buf name;
    buf_init(&name, n->arena);
    json_put_decoded(&name, str_slice(quoted, 1, quoted.len - 1));
    if (str_eq(buf_str(&name), n->name)) {
        n->id = str_copy(n->arena, e->id);
        n->n++;
    } else if (n->n_names < NAMES_MAX) {
        n->names[n->n_names++] = buf_str(&name);
    }
    return true;
}

bool check_find(struct check *c, const struct resource *r, struct json name, struct str *out_id)
{
    struct named n = {.r = r, .name = json_str_or(name, STR("")), .arena = c->arena};
    tenant_lock_read(c->tenant);
    if (r->name_field) {
        (void)tenant_each(c->tenant, r, note_named, &n);
    }
    tenant_unlock(c->tenant);
    if (n.n == 1) {
        *out_id = n.id;
        return true;
    }
    if (n.n == 0 &&
        check_is_later(c, findings_text(c->fs, "%.*s %.*s", STR_ARG(r->name), STR_ARG(n.name)),
                       name)) {
        return false;
    }
    struct finding f = check_finding(c, name, n.n ? "R408" : "R403", SEVERITY_ERROR);
    if (n.n) {
        f.message = findings_text(c->fs, "%zu of the tenant's %.*ss have this name", n.n,
                                  STR_ARG(r->title));
        f.hint = STR("say which by \"id\"");
    } else {
        size_t near = str_nearest(n.name, n.names, n.n_names);
        f.message = findings_text(c->fs, "there is no %.*s of this name", STR_ARG(r->title));
        if (near < n.n_names) {
            f.hint = findings_text(c->fs, "did you mean \"%.*s\"?", STR_ARG(n.names[near]));
            size_t others = n.n_names - near - 1;
            bool is_only_one = str_nearest(n.name, n.names, near) == near &&
                               str_nearest(n.name, n.names + near + 1, others) == others;
            f.replacement = is_only_one ? n.names[near] : f.replacement;
        }
    }
    findings_add(c->fs, &f);
    return false;
}
