/* Change sets and plans, read into steps. */
#include "replay/apply_int.h"

enum { CHUNK = 100 };

static const struct {
    const char *word;
    enum step_kind kind;
} verbs[] = {{"create", STEP_CREATE}, {"update", STEP_CHANGE}, {"delete", STEP_DELETE},
             {"call", STEP_CALL},     {"batch", STEP_BATCH},   {"notify", STEP_NOTIFY},
             {"audit", STEP_AUDIT},   {"await", STEP_AWAIT}};

static struct step *add_step(struct apply *ap)
{
    struct step *s = &ap->steps[ap->n_steps];
    s->number = ap->n_steps++;
    return s;
}

static struct str plain(struct json v)
{
    return json_kind(v) == JSON_STRING   ? json_str(v)
           : json_kind(v) == JSON_NUMBER ? json_number_text(v)
           : json_exists(v)              ? json_source(v)
                                         : STR("");
}

static const struct plan_value *values_of(struct apply *ap, struct json obj, size_t *out_n)
{
    struct plan_value *at = ARENA_ARRAY(ap->a, json_count(obj) + 1, struct plan_value);
    size_t n = 0;
    for (struct json m = json_first(obj); json_exists(m); m = json_next(m)) {
        at[n++] = (struct plan_value){json_key(m), plain(m)};
    }
    *out_n = n;
    return at;
}

static bool find_by_name(struct apply *ap, const struct resource *r, struct json name,
                         struct str *out, struct err *err)
{
    struct client_found found;
    struct buf body;
    const struct json_doc *doc = NULL;
    if (!r->name_field) {
        return json_err(err, name, "a %.*s has no name; say which by \"id\"", STR_ARG(r->title));
    }
    buf_init(&body, ap->a);
    buf_put_char(&body, '{');
    buf_put_json_string(&body, r->name_field->text);
    buf_put_char(&body, ':');
    json_put(&body, name);
    buf_put_char(&body, '}');
    if (!json_parse(&doc, ap->a, STR("name"), buf_str(&body), NULL, NULL, err) ||
        !client_find(ap->client, ap->a, r, json_root(doc), &found, err)) {
        return false;
    }
    if (found.n != 1) {
        return json_err(err, name, "%zu of the tenant's %.*ss have this name", found.n,
                        STR_ARG(r->title));
    }
    *out = found.ids[0];
    return true;
}

static bool batch_step(struct apply *ap, struct step *s, struct json change, struct err *err)
{
    struct json bodies = json_get(change, STR("bodies"));
    struct buf text;
    s->plan.op = client_operation(ap->contract, s->plan.resource, ACTION_BATCH);
    if (!s->plan.op || json_kind(bodies) != JSON_ARRAY || !json_count(bodies)) {
        return json_err(err, change, "a batch has \"bodies\", of what the API makes in batches");
    }
    buf_init(&text, ap->a);
    for (struct json v = json_first(bodies); json_exists(v); v = json_next(v)) {
        buf_put(&text, text.len ? STR(",") : STR("["));
        buf_put(&text, apply_inject(ap, s->plan.resource->name, v));
    }
    buf_put_char(&text, ']');
    s->plan.body = buf_str(&text);
    return true;
}

static bool resource_step(struct apply *ap, struct step *s, struct json change, struct json name,
                          struct err *err)
{
    struct plan_step *p = &s->plan;
    const struct resource *r = contract_resource(ap->contract, json_str_or(name, STR("")));
    struct json id = json_get(change, STR("id")), by = json_get(change, STR("name"));
    if (!r) {
        return json_err(err, name, "%.*s has no resource of this name",
                        STR_ARG(ap->contract->name));
    }
    p->resource = r;
    p->name = json_str_or(by, STR(""));
    if (s->kind == STEP_CREATE) {
        struct json body = json_get(change, STR("body"));
        p->op = client_operation(ap->contract, r, ACTION_CREATE);
        p->op = p->op ? p->op : client_operation(ap->contract, r, ACTION_BATCH);
        p->body = json_exists(body) ? apply_inject(ap, r->name, body) : STR("{}");
        p->name = r->name_field ? plain(field_find(r->name_field, body)) : STR("");
        s->updates_existing =
            str_eq(json_str_or(json_get(change, STR("exists")), STR("")), STR("update"));
    } else if (s->kind == STEP_BATCH) {
        return batch_step(ap, s, change, err);
    } else {
        p->id = plain(id);
        if (!json_exists(id) && json_exists(by) && !find_by_name(ap, r, by, &p->id, err)) {
            return false;
        }
        if (!p->id.len) {
            return json_err(err, change, "which %.*s is not said: \"id\" or \"name\"",
                            STR_ARG(r->title));
        }
    }
    if (s->kind == STEP_CHANGE) {
        struct json set = json_get(change, STR("set"));
        p->op = client_operation(ap->contract, r, ACTION_MERGE);
        p->op = p->op ? p->op : client_operation(ap->contract, r, ACTION_REPLACE);
        p->body = json_exists(set) ? json_source(set) : STR("{}");
    } else if (s->kind == STEP_DELETE) {
        p->op = client_operation(ap->contract, r, ACTION_DELETE);
    }
    return p->op || s->kind == STEP_AWAIT ||
           json_err(err, change, "the API of %.*s has no operation to %.*s a %.*s",
                    STR_ARG(ap->contract->name), STR_ARG(json_key(name)), STR_ARG(r->title));
}

/* As many links in one body as the API takes; the rest goes into calls of their own. */
static size_t chunk_of(const struct apply *ap, const struct operation *op)
{
    struct json schema = contract_deref(ap->contract, op->body_schema_source);
    int64_t max = json_i64_or(json_get(schema, STR("maxItems")), CHUNK);
    return op->action == ACTION_LINK_ADD && op->is_body_array && max > 0 ? (size_t)max : SIZE_MAX;
}

static bool call_steps(struct apply *ap, struct json change, struct json name, struct err *err)
{
    struct json body = json_get(change, STR("body"));
    const struct operation *op = contract_operation(ap->contract, json_str_or(name, STR("")));
    if (!op) {
        return json_err(err, name, "%.*s has no operation of this name",
                        STR_ARG(ap->contract->name));
    }
    size_t n = json_kind(body) == JSON_ARRAY ? json_count(body) : 0, chunk = chunk_of(ap, op);
    struct json item = json_first(body);
    for (size_t from = 0; from == 0 || from < n; from += chunk == SIZE_MAX ? n + 1 : chunk) {
        struct step *s = add_step(ap);
        struct plan_step *p = &s->plan;
        s->kind = STEP_CALL;
        s->source = change;
        p->op = op;
        p->resource = op->resource;
        p->path = values_of(ap, json_get(change, STR("path")), &p->n_path);
        p->query = values_of(ap, json_get(change, STR("query")), &p->n_query);
        p->body = json_exists(body) ? json_source(body) : STR("");
        if (n > chunk) {
            struct buf part;
            buf_init(&part, ap->a);
            buf_put_char(&part, '[');
            for (size_t i = 0; i < chunk && json_exists(item); i++, item = json_next(item)) {
                buf_put(&part, i ? STR(",") : STR(""));
                json_put(&part, item);
            }
            buf_put_char(&part, ']');
            p->body = buf_str(&part);
        }
        if (from == 0 && json_exists(json_get(change, STR("as")))) {
            struct buf as;
            buf_init(&as, ap->a);
            buf_printf(&as, "@%.*s", STR_ARG(json_str_or(json_get(change, STR("as")), STR(""))));
            s->as = buf_str(&as);
        }
    }
    return true;
}

static size_t steps_of(const struct apply *ap, struct json changes)
{
    size_t n = 0;
    for (struct json v = json_first(changes); json_exists(v); v = json_next(v)) {
        const struct operation *op =
            contract_operation(ap->contract, json_str_or(json_get(v, STR("call")), STR("")));
        size_t chunk = op ? chunk_of(ap, op) : SIZE_MAX;
        n += 1 + json_count(json_get(v, STR("body"))) / (chunk == SIZE_MAX ? SIZE_MAX : chunk);
    }
    return n;
}

static bool read_changes(struct apply *ap, struct err *err)
{
    struct json changes = json_get(ap->root, STR("changes"));
    ap->steps = ARENA_ARRAY(ap->a, steps_of(ap, changes) + 1, struct step);
    for (struct json v = json_first(changes); json_exists(v); v = json_next(v)) {
        size_t i = 0;
        while (i < sizeof verbs / sizeof *verbs &&
               !json_exists(json_get(v, str_of(verbs[i].word)))) {
            i++;
        }
        if (i == sizeof verbs / sizeof *verbs) {
            return json_err(err, v,
                            "a change says one of create, update, delete, call, batch, notify, "
                            "audit, await");
        }
        struct json name = json_get(v, str_of(verbs[i].word)), as = json_get(v, STR("as"));
        if (verbs[i].kind == STEP_CALL) {
            if (!call_steps(ap, v, name, err)) {
                return false;
            }
            continue;
        }
        struct step *s = add_step(ap);
        s->kind = verbs[i].kind;
        s->source = v;
        if (json_exists(as)) {
            struct buf text;
            buf_init(&text, ap->a);
            buf_printf(&text, "@%.*s", STR_ARG(json_str_or(as, STR(""))));
            s->as = buf_str(&text);
        }
        bool is_ours = s->kind == STEP_NOTIFY || s->kind == STEP_AUDIT;
        if (!is_ours && !resource_step(ap, s, v, name, err)) {
            return false;
        }
    }
    return true;
}

/* --- plans --- */

/* {"a": {"b": value}} of "a.b". */
static void put_nested(struct buf *out, struct str dotted, struct str value)
{
    struct str head, rest = dotted;
    size_t depth = 0;
    while (rest.len && str_cut(&rest, '.', &head)) {
        buf_put_char(out, '{');
        buf_put_json_string(out, head);
        buf_put_char(out, ':');
        depth++;
    }
    buf_put(out, value);
    for (size_t i = 0; i < depth; i++) {
        buf_put_char(out, '}');
    }
}

static bool is_plain_change(const struct plan_step *p)
{
    bool is_plain = p->n_members > 0 && p->op->key_param.len && !p->op->part.n &&
                    (p->op->action == ACTION_MERGE || p->op->action == ACTION_REPLACE);
    for (size_t i = 0; i < p->n_members && is_plain; i++) {
        is_plain = p->members[i].after.len &&
                   str_find_char(p->members[i].field, '[') == p->members[i].field.len;
        for (size_t k = 0; k < i && is_plain; k++) { /* two within one object: as it stands */
            struct str a = p->members[i].field, b = p->members[k].field;
            a = str_slice(a, 0, str_find_char(a, '.'));
            b = str_slice(b, 0, str_find_char(b, '.'));
            is_plain = !str_eq(a, b);
        }
    }
    return is_plain;
}

static bool parse(struct apply *ap, struct str text, struct json *out, struct err *err)
{
    const struct json_doc *doc = NULL;
    if (!json_parse(&doc, ap->a, ap->name, text, NULL, NULL, err)) {
        return false;
    }
    *out = json_root(doc);
    return true;
}

static bool change_step(struct apply *ap, struct step *s, struct err *err)
{
    struct plan_step *p = &s->plan;
    struct buf set, base;
    bool has_base = false;
    buf_init(&set, ap->a);
    buf_init(&base, ap->a);
    for (size_t i = 0; i < p->n_members; i++) {
        struct buf *to[] = {&set, &base};
        struct str value[] = {p->members[i].after, p->members[i].before};
        for (size_t k = 0; k < 2; k++) {
            struct buf one;
            buf_init(&one, ap->a);
            if (value[k].len) {
                put_nested(&one, p->members[i].field, value[k]);
                buf_put(to[k], to[k]->len ? STR(",") : STR("{"));
                buf_put(to[k], str_slice(buf_str(&one), 1, one.len - 1));
                has_base = has_base || k == 1;
            }
        }
    }
    buf_put_char(&set, '}');
    buf_put(&base, has_base ? STR("}") : STR("{}"));
    s->kind = STEP_CHANGE;
    p->body = buf_str(&set);
    return parse(ap, buf_str(&base), &s->base, err);
}

static bool plan_to_step(struct apply *ap, const struct plan_step *from, struct err *err)
{
    struct step *s = add_step(ap);
    struct json body = {0};
    s->plan = *from;
    s->as = from->makes;
    s->kind = STEP_CALL;
    if (from->verb == PLAN_CHANGE && from->id.len && is_plain_change(from)) {
        return change_step(ap, s, err);
    }
    if (from->verb == PLAN_DELETE && from->op->action == ACTION_DELETE && from->id.len) {
        s->kind = STEP_DELETE;
        return true;
    }
    bool makes = from->verb == PLAN_CREATE &&
                 (from->op->action == ACTION_CREATE || from->op->action == ACTION_BATCH);
    if (makes && from->body.len) {
        if (!parse(ap, from->body, &body, err)) {
            return false;
        }
        body = from->op->wrap.len ? json_get(body, from->op->wrap) : body;
        bool is_one = json_kind(body) != JSON_ARRAY || json_count(body) == 1;
        body = json_kind(body) == JSON_ARRAY ? json_first(body) : body;
        if (is_one && json_kind(body) == JSON_OBJECT) {
            s->kind = STEP_CREATE;
            s->plan.body = json_source(body);
        }
    }
    return true;
}

/* Each entity that the plan touches stands as it did. */
static bool check_expects(struct apply *ap, struct err *err)
{
    struct arena a;
    bool is_well = true;
    arena_init(&a, 0, 0);
    for (size_t i = 0; i < ap->plan.n_expects && is_well; i++) {
        const struct plan_expect *e = &ap->plan.expects[i];
        struct json shown;
        struct str label = e->name.len ? e->name : e->id;
        arena_reset(&a);
        if (!e->fingerprint.len && !e->version.len) {
            continue;
        }
        is_well = client_read(ap->client, &a, e->resource, e->id, &shown, NULL, err);
        if (!is_well) {
            break;
        }
        if (!json_exists(shown)) {
            is_well = err_set(err, ERR_INPUT,
                              "the tenant has moved on: %.*s %.*s is gone; make the plan anew",
                              STR_ARG(e->resource->title), STR_ARG(label));
        } else if ((e->version.len && !str_eq(e->version, plan_version(e->resource, shown))) ||
                   (e->fingerprint.len &&
                    !str_eq(e->fingerprint,
                            plan_fingerprint(&a, ap->contract, e->resource, shown)))) {
            is_well = err_set(err, ERR_INPUT,
                              "the tenant has moved on: %.*s %.*s is not as it was when the plan "
                              "was made; make the plan anew",
                              STR_ARG(e->resource->title), STR_ARG(label));
        }
    }
    arena_done(&a);
    return is_well;
}

bool apply_check_plan(struct apply *ap, struct err *err)
{
    return !ap->is_plan || check_expects(ap, err);
}

bool apply_read(struct apply *ap, struct err *err)
{
    struct json profile = json_get(ap->root, STR("profile"));
    ap->is_plan = str_eq(json_str_or(json_get(ap->root, STR("kind")), STR("")), STR("plan"));
    if (json_exists(profile) && !str_eq(json_str_or(profile, STR("")), ap->contract->name)) {
        return json_err(err, profile, "this is for another profile than %.*s",
                        STR_ARG(ap->contract->name));
    }
    if (!ap->is_plan) {
        return json_kind(json_get(ap->root, STR("changes"))) == JSON_ARRAY
                   ? read_changes(ap, err)
                   : json_err(err, ap->root, "this is neither a change set nor a plan");
    }
    if (!plan_read(&ap->plan, ap->a, ap->contract, ap->name, ap->text, err)) {
        return false;
    }
    ap->steps = ARENA_ARRAY(ap->a, ap->plan.n_steps + 1, struct step);
    for (size_t i = 0; i < ap->plan.n_steps; i++) {
        if (!plan_to_step(ap, &ap->plan.steps[i], err)) {
            return false;
        }
    }
    return true;
}
